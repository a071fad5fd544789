"""Actions of the carbon ledger: one action, one transaction, named errors, an audit entry."""
