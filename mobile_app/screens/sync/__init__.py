"""The screen `sync`."""
