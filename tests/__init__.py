"""The tests that belong to no single folder."""
