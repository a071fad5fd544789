"""The web shell: base templates, tokens, chart islands, template filters. Domains reach it by template name only."""
