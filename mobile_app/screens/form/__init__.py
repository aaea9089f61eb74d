"""The screen `form`."""
