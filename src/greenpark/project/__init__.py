"""Where everything is wired together: settings, urls, API root, processes, command line, web shell."""
