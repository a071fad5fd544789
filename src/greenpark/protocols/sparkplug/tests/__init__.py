"""Tests of the Sparkplug B codec and session."""
