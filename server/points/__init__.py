"""Contact points: list, map, add, change, open, suspend."""
