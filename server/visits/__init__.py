"""Visits, as coordinators see them."""
