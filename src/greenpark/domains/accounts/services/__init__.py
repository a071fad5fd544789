"""Writes of this domain: one action, one transaction, an audit event."""
