"""The screen `slip`."""
