"""Public phone pages: announcements, application, progress, draw, verification of documents."""
