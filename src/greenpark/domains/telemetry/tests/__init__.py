"""Tests of the telemetry domain."""
