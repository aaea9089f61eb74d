"""The tablet app, with and without a window."""
