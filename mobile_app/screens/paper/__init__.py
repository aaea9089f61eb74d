"""The screen `paper`."""
