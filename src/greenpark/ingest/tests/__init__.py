"""Tests of the gateways, with real brokers, servers and processes."""
