"""The screen `task`."""
