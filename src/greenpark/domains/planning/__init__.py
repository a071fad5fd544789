"""A plan's words as a running system: indicators, tasks, projects, parameters, findings, coverage."""
