"""Gateways: socket, broker, poller or file, through a protocol, to the Sink. No Django."""
