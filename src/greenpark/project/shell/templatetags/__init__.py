"""Template tags and filters available everywhere."""
