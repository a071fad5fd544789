"""Districts, parks, enterprises, facilities and monitoring points of a region."""
