"""The screen `about`."""
