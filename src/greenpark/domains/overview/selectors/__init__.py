"""Reads across domains, by their facades only."""
