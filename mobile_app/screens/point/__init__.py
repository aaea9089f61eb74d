"""The screen `point`."""
