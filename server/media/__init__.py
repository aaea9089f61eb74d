"""Photos and documents: their bytes, sent in pieces, kept by their hash."""
