"""The screen `rescue`."""
