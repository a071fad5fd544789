"""Reads of the housing domain."""
