"""Screens of the telemetry domain."""
