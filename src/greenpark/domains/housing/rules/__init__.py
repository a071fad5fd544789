"""Pure decisions of the housing measure; each cites its article."""
