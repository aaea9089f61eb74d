"""The screen `attention`."""
