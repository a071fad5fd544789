"""Reads of the carbon ledger: plain values, never models."""
