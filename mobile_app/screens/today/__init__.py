"""The screen `today`."""
