"""Screens of the carbon ledger."""
