"""Reads of the telemetry domain."""
