"""Readings on disk: inbox, seal, history, rollups, frames. No Django."""
