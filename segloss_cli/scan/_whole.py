"""Files that are written whole or not at all."""

from __future__ import annotations

import os


def write_whole(path: str, text: str) -> None:
    """Write a file beside its place, then put it there; a link is replaced, not followed.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    from tempfile import NamedTemporaryFile

    folder = os.path.dirname(path) or os.curdir
    with NamedTemporaryFile(
        "w", dir=folder, prefix=".segloss-", suffix=".tmp", delete=False, encoding="utf-8", newline="\n"
    ) as file:
        try:
            file.write(text)
            file.close()
            os.chmod(file.name, 0o666 & ~_umask())
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise


def _umask() -> int:
    # the mask can only be read by setting it
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
