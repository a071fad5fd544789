"""One module per domain; each lists its rows in ``ROWS``. See ../README.md."""
