"""Bytes to dataclasses and back. No sockets, no clock, no Django."""
