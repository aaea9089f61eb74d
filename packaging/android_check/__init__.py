"""Would the tablet app build for Android? `make android-check`; a module a question."""
