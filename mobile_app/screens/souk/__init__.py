"""The screen `souk`."""
