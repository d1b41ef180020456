"""What tells one finding from all others, the same in every run: for baselines and for services that track findings."""

from __future__ import annotations

import os
from collections.abc import Iterable

from segloss_cli.render._paths import relative
from segloss_cli.types import Finding


def fingerprints(findings: Iterable[Finding], root: str = "") -> list[str]:
    """The fingerprint of each finding, unique among them.

    First 32 hex digits of sha256 over the code, the path relative to ``root`` and the finding's key: stable over small
    edits of the file, since no count is in it. A second finding with the same words gets its number in.

    >>> from segloss_cli.types import Finding
    >>> one = Finding("SL201", "id-out-of-range", "error", "proof", "gt.png", "...", "...", key="40")
    >>> first, second = fingerprints([one, one])
    >>> len(first), first == second
    (32, False)
    """
    seen: dict[str, int] = {}
    return [_fingerprint(finding, root, seen) for finding in findings]


def _fingerprint(finding: Finding, root: str, seen: dict[str, int]) -> str:
    from hashlib import sha256

    words = "\0".join((finding.code, relative(finding.path, root), _stable(finding.key, root)))
    seen[words] = seen.get(words, 0) + 1
    numbered = words if seen[words] == 1 else f"{words}\0{seen[words]}"
    # a name from Windows may hold a surrogate that stands for no byte
    return sha256(numbered.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _stable(key: str, root: str) -> str:
    """The key; one that is a partner's path, given from elsewhere, as it is seen from the root."""
    return relative(key, root) if os.path.isabs(key) or key.startswith(os.pardir + os.sep) else key
