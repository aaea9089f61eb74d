"""Accounts, territories, devices, sign-in."""
