"""The screen `letters`."""
