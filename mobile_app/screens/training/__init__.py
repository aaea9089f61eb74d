"""The screen `training`."""
