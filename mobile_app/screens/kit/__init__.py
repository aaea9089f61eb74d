"""The screen `kit`."""
