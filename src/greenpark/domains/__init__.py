"""One Django application per folder; other domains come in by facade and contracts only."""
