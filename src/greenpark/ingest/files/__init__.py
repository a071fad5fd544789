"""Readings from CSV and Excel files: read, checked cell by cell, previewed, stored, and handed back with the errors."""
