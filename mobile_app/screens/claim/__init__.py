"""The screen `claim`."""
