"""Rows: the Django app that keeps what must be asked for quickly. Everything here but accounts, subscriptions, desk
decisions and settings can be rebuilt from the WARCs (law 2)."""
