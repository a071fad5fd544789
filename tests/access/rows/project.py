"""Addresses that belong to no domain."""

from tests.access.framework import Row

ROWS = [
    # No gateway has reported in a test: the answer says so, to everybody alike.
    Row("healthz", None, ok=(200, 503)),
]
