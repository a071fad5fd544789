"""Screens of the overview."""
