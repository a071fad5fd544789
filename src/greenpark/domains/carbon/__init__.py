"""Carbon and energy ledger: factors, accounting sources, monthly reports, entries, month close, corrections."""
