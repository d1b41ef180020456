"""Files that hold text, by the ends of their names."""

from __future__ import annotations

TEXT_SUFFIXES = (
    ".cfg",
    ".csv",
    ".html",
    ".ini",
    ".ipynb",
    ".json",
    ".jsonl",
    ".log",
    ".md",
    ".py",
    ".rst",
    ".sh",
    ".toml",
    ".tsv",
    ".txt",
    ".xml",
    ".yaml",
    ".yml",
)
"""Files that a folder may hold beside its pictures and that are passed over in it."""
