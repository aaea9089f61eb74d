"""Requests for services, as coordinators see them."""
