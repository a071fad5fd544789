"""Writes of the telemetry domain."""
