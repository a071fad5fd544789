"""Screens of the housing domain."""
