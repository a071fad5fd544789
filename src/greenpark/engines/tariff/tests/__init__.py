"""Tests of the tariff engine."""
