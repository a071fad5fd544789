"""Tests of the carbon and energy ledger."""
