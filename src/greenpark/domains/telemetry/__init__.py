"""Readings of monitoring points: shown, exported, imported, and followed back to the frame that brought them."""
