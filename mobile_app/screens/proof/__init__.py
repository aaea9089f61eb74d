"""The screen of a paper whose square was scanned: genuine or not."""
