"""Figures of a user's own fault network, one module a figure."""
