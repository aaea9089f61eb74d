"""The screen `request`."""
