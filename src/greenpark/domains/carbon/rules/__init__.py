"""Pure decisions of the carbon ledger: states of a report, tiers, canonical bytes, differences, report items."""
