"""The screen `more`."""
