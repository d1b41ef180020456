"""Keeps pytest out of this folder: its modules need the libraries of ``requirements.txt``."""

collect_ignore_glob = ["*.py"]
