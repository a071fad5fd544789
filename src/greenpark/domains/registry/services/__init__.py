"""Writes of the registry: one action, one transaction, an audit event."""
