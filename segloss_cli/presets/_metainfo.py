"""mmseg's METAINFO in a Python file: classes and palette as literals, which are parsed and never run."""

from __future__ import annotations

import ast
import re
import tokenize
import warnings
from collections.abc import Iterator
from io import StringIO
from keyword import iskeyword
from typing import Any

from segloss_cli.errors import ReadError
from segloss_cli.presets._preset import Layout
from segloss_cli.presets._source import Existing, checked, full, stamped
from segloss_cli.types import Contract

DEPTH = 6
"""Literals are nested no deeper than this: a dictionary of a list of colours needs three."""

LONGEST_LINE = 20_000
"""Python 3.12's tokenizer takes time by the square of a line's length."""

IGNORED = 255
"""mmseg's default."""

_ASSIGNED = re.compile(r"^[ \t]*(METAINFO|metainfo|CLASSES)[ \t]*(?::[^=\n]{0,80})?=[ \t]*", re.MULTILINE)
_PALETTE = re.compile(r"^[ \t]*PALETTE[ \t]*=", re.MULTILINE)
_SHIFTED = re.compile(r"\breduce_zero_label\s*(?::\s*bool\s*)?=\s*(True|False)\b")
_SUFFIX = re.compile(r"\bseg_map_suffix\s*(?::\s*str\s*)?=\s*(['\"])([\w.-]{1,60})\1")

_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_WORDS = frozenset({*_OPEN, *_CLOSE, *",:=", "True", "False", "None"})


def read(path: str, text: str) -> Existing | None:
    """The contract of a Python file that assigns METAINFO or CLASSES; None where it does neither.

    METAINFO, and CLASSES beside PALETTE, declare the classes; 255 is ignored, as is mmseg's default, and
    ``reduce_zero_label`` is taken where the file sets it. CLASSES alone may be anything's classes, and is a guess.

    Raises:
        ReadError: what is assigned is no literal with classes in it, or there are several.
    """
    found = list(_ASSIGNED.finditer(text))
    if not found:
        return None
    word = found[0][1]
    if len(found) > 1:
        raise ReadError(path, f"assigns {word} or the like {len(found)} times; say which classes with --names")
    said = _literal(path, text[found[0].end() :])
    classes, palette = (said.get("classes"), said.get("palette")) if isinstance(said, dict) else (said, None)
    if not isinstance(classes, tuple | list) or not all(isinstance(name, str) for name in classes):
        raise ReadError(path, f"has a {word} without a plain list of classes; say them with --names")
    names = full(checked(path, dict(enumerate(classes))))
    if word == "CLASSES" and not _PALETTE.search(text):
        guess = f"{path}: {len(names)} CLASSES, taken for the ids from 0 (a guess); declare them with --names"
        return Existing(stamped(path, Contract(num_classes=len(names), names=names), ()), path, (guess,))
    return Existing(_contract(path, names, text), path, (*_colours(path, names, palette),), _layout(text))


def _contract(path: str, names: tuple[str, ...], text: str) -> Contract:
    shifted = {match[1] for match in _SHIFTED.finditer(text)} == {"True"}
    contract = Contract(
        num_classes=len(names), ignore=frozenset({IGNORED}), names=names, task="multiclass", reduce_zero_label=shifted
    )
    return stamped(path, contract, ("num_classes", "ignore", "names", "reduce_zero_label"))


def _layout(text: str) -> Layout:
    """The suffix of labels without the ending, such as ``_gtFine_labelTrainIds``; a plain ``.png`` is none."""
    suffixes = (match[2].rpartition(".")[0] for match in _SUFFIX.finditer(text))
    return Layout(suffixes=tuple(sorted({suffix for suffix in suffixes if suffix})))


def _literal(path: str, text: str) -> Any:
    """The value at the beginning of a text, of a dictionary, tuples, lists, texts and numbers alone."""
    try:
        source = "".join(_plain(path, text))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _value(ast.parse(source, mode="eval").body)
    except (SyntaxError, TypeError, tokenize.TokenError) as error:
        raise ReadError(path, "has a METAINFO that is no plain literal; say the classes with --names") from error


def _plain(path: str, text: str) -> Iterator[str]:
    """The words of one literal, checked one by one, so that what is parsed is neither deep nor anything but data."""
    if max(map(len, text.split("\n"))) > LONGEST_LINE:
        raise ReadError(path, f"has a line of more than {LONGEST_LINE:,} characters; say the classes with --names")
    depth, before = 0, ""
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type in {tokenize.COMMENT, tokenize.NL}:
            continue
        depth += (token.string in _OPEN) - (token.string in _CLOSE)
        if token.type in {tokenize.NEWLINE, tokenize.ENDMARKER} or depth < 0:
            return
        # a call of a call, or an index of an index, would be deep without brackets in brackets
        chained = token.string in _OPEN and before not in {"", "dict", "=", ":", ",", *_OPEN}
        data = token.type in {tokenize.STRING, tokenize.NUMBER} or token.string in _WORDS or _is_name(token)
        if chained or not data or depth > DEPTH:
            raise ReadError(path, f"has a METAINFO with {token.string[:20]!r} in it, which is no plain literal")
        before = token.string
        yield f"{token.string} "


def _is_name(token: tokenize.TokenInfo) -> bool:
    return token.type == tokenize.NAME and not iskeyword(token.string)


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):
        return {word.arg: _value(word.value) for word in node.keywords}
    return ast.literal_eval(node)


def _colours(path: str, names: tuple[str, ...], palette: Any) -> Iterator[str]:
    if isinstance(palette, tuple | list) and len(palette) != len(names):
        yield f"{path}: {len(names)} classes, and {len(palette)} colours in the palette"
