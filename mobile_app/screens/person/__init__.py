"""The screen `person`."""
