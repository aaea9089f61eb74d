"""The screen `lease`."""
