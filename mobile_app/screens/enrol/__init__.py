"""The screen `enrol`."""
