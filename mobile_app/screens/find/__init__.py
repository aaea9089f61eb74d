"""The screen `find`."""
