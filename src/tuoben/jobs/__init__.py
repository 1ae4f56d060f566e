"""Longer work above the stages: finding listings, draining the outbox, verifying, rebuilding."""
