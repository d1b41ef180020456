"""``python -m segloss_cli``."""

from segloss_cli.cli import main

main()
