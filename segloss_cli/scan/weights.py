"""Class weights from the command line: numbers, or a file that holds them."""

from __future__ import annotations

import json
import math
import os
from typing import Any

from segloss_cli.errors import UsageError

_MAX_BYTES = 1 << 20


def weights_of(text: str, *, infinite: bool = False) -> tuple[float, ...]:
    """Comma-separated numbers, or a file: ``.npy``, a JSON list, or one number a line; told by its content.

    ``infinite`` lets infinity pass, which 1 / frequency gives a class that does not occur, and which is harmless as
    long as that is so.

    >>> weights_of("1,2.5,0")
    (1.0, 2.5, 0.0)
    """
    numbers = _from_file(text) if os.path.exists(text) else text.split(",")
    try:
        weights = tuple(float(number) for number in numbers)
    except (TypeError, ValueError) as error:
        raise UsageError(f"--class-weights {text}: {_words(error)}; give numbers a,b,c or a file of them") from error
    wrong = [weight for weight in weights if math.isnan(weight) or weight < 0 or (math.isinf(weight) and not infinite)]
    if wrong or not weights:
        found = f"holds {wrong[0]}" if wrong else "holds no number"
        raise UsageError(f"--class-weights {text}: {found}; weights are finite and 0 or more, one per class")
    return weights


def _words(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _from_file(path: str) -> list[Any]:
    if not os.path.isfile(path) or os.path.getsize(path) > _MAX_BYTES:
        raise UsageError(f"--class-weights {path}: no file of numbers (a folder, or larger than 1 MiB)")
    with open(path, "rb") as file:
        content = file.read()
    if content.startswith(b"\x93NUMPY"):
        return _npy(path, content)
    text = content.decode("utf-8", "replace").strip()
    if text.startswith("["):
        return _json(path, text)
    return [line for line in text.replace(",", "\n").splitlines() if line.strip()]


def _json(path: str, text: str) -> list[Any]:
    try:
        return list(json.loads(text))
    except ValueError as error:
        raise UsageError(f"--class-weights {path}: not a JSON list of numbers ({error})") from error


def _npy(path: str, content: bytes) -> list[Any]:
    import io

    import numpy as np

    try:
        return list(np.load(io.BytesIO(content), allow_pickle=False).reshape(-1).tolist())
    except (ValueError, EOFError, TypeError, SyntaxError) as error:
        raise UsageError(f"--class-weights {path}: no readable .npy of numbers ({_words(error)})") from error
