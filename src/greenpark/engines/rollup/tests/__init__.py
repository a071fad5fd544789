"""Tests of the rollup engine."""
