"""Tests of the housing domain."""
