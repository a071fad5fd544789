"""Modbus TCP and RTU over TCP: poller of registers, with data types, byte and word order."""
