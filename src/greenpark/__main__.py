"""``python -m greenpark``."""

from greenpark.project.cli import main

main()
