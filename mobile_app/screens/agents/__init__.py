"""The screen `agents`."""
