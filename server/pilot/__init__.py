"""Invented data for the pilot provinces."""
