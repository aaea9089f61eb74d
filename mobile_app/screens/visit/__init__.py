"""The screen `visit`."""
