"""Tests of the formula engine."""
