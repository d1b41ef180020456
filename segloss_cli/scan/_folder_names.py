"""What the name of a folder says of the files in it: images, labels, predictions, a split, or none of these."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NamedTuple, TypeVar

from segloss_cli.types import Role

T = TypeVar("T")
Part = Literal["", "image", "label", "prediction", "aside"]
"""What a file is: "aside" is neither of the three (instance ids, depth, pictures made of labels)."""


def words_in(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def each_of(text: str, value: T) -> dict[str, T]:
    """A value for each word of a text."""
    return dict.fromkeys(text.split(), value)


INSTANCES = "instance maps"
MEASURED = "depth and other measurements"
PAINTED = "pictures made of labels"

_WORDS: dict[Role, frozenset[str]] = {
    "image": words_in(
        "image images img imgs jpegimages jpgimages pngimages photo photos photographs picture pictures pics rgb rgbs "
        "irrg rgbir ortho input inputs frame frames fram stills"
    ),
    "label": words_in(
        "label labels labelmap labelmaps labelids mask masks annotation annotations annot annots anno annos ann anns "
        "gt gts groundtruth groundtruths truth truths trimap trimaps stuffthingmap stuffthingmaps segmap segmaps "
        "semseg manual manuals pixelmaps pixellabels"
    ),
    "prediction": words_in(
        "pred preds prediction predictions predicted logit logits output outputs result results prob probs probability "
        "probabilities softmax inference inferences submission submissions"
    ),
}
_VAGUE = words_in("seg segs segmentation segmentations semantic semantics")
"""Labels where the name says nothing else; ``segmentation_project`` may hold anything."""

_ASIDE = {
    **each_of("instance instances instanceids panoptic inst", INSTANCES),
    **each_of("depth depths disparity disparities disp hha normals flow flows lidar", MEASURED),
    **each_of(
        "overlay overlays visualization visualizations visualisation visualisations viz preview previews thumbnail "
        "thumbnails thumbs",
        PAINTED,
    ),
}
_COLOURED = words_in("color colour colors colours colored coloured rgb viz vis")
_BEGINNINGS: tuple[tuple[str, Part, str], ...] = (
    ("segmentationclassvis", "aside", PAINTED),
    ("segmentationclass", "label", ""),
    ("segmentationobject", "aside", INSTANCES),
    ("labeledapproved", "label", ""),
    ("leftimg8bit", "image", ""),
    ("rightimg8bit", "aside", "right images of stereo pairs"),
)
_SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
    "trainval": "trainval",
}
_SHORT_SPLITS = {"tr": "train", "ts": "test"}
"""Splits beside a role only: nnU-Net's ``imagesTr``."""

_PLAIN = words_in(
    "png jpg jpeg tif tiff bmp gif npy npz dir dirs folder path raw all full new final fine coarse class classes aug "
    "id ids bit extra st nd rd orig original originals resized cropped gray grey left trainvaltest ground data dataset "
    "set files trainid trainids"
)
_ABOUT_ANYTHING = words_in("data dataset set files")
_TOKENS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


class Meaning(NamedTuple):
    """What one folder's name says.

    ``sure`` is whether it says nothing else; ``reason`` why files are put aside; ``rest`` are the words that tell
    ``masks_a`` from ``masks_b``.
    """

    part: Part = ""
    split: str = ""
    sure: bool = False
    reason: str = ""
    rest: tuple[str, ...] = ()


@cache
def meaning_of(name: str) -> Meaning:
    """What a folder's name says; asked once per name.

    >>> meaning_of("JPEGImages").part, meaning_of("valannot")[:2], meaning_of("label37_test")[:2]
    ('image', ('label', 'val'), ('label', 'test'))
    >>> meaning_of("masks_a").rest, meaning_of("mask_rcnn_project").part, meaning_of("train_station").split
    (('a',), '', '')
    """
    words = tuple(_words(name))
    splits = [_SPLITS[word] for word in words if word in _SPLITS]
    part, reason = _part(name.lower(), words)
    if part and not splits:
        splits = [_SHORT_SPLITS[word] for word in words if word in _SHORT_SPLITS]
    sure = all(map(_is_known, words)) and bool(words)
    rest = tuple(word for word in words if not _is_known(word) or word.isdigit()) if part else ()
    return Meaning(part, splits[-1] if splits and (sure or part) else "", sure, reason, rest)


def _part(name: str, words: tuple[str, ...]) -> tuple[Part, str]:
    for beginning, part, reason in _BEGINNINGS:
        if name.startswith(beginning):
            return part, reason
    if _says(words, _WORDS["prediction"]):
        return "prediction", ""
    for word in words:
        if word in _ASIDE and _says(words, frozenset([word])):
            return "aside", _ASIDE[word]
    if _says(words, _WORDS["label"]) or _is_vague_label(words):
        return ("label", "") if _COLOURED.isdisjoint(words) else ("aside", PAINTED)
    return ("image", "") if _says(words, _WORDS["image"]) else ("", "")


def _is_vague_label(words: tuple[str, ...]) -> bool:
    if _VAGUE.isdisjoint(words) or not all(_is_known(word) and word not in _ABOUT_ANYTHING for word in words):
        return False
    # segmentation_images are labels, image_segmentation is what the whole is for
    return _WORDS["image"].isdisjoint(words) or words[-1] in _WORDS["image"]


def _says(words: tuple[str, ...], role: frozenset[str]) -> bool:
    """Whether the name is about one of these words: it says little else, ends in one, or has it in the plural."""
    found = [word for word in words if word in role]
    if not found:
        return False
    if all(map(_is_known, words)) or any(word.endswith("s") or word in {"gt", "annot"} for word in found):
        return True
    telling = [word for word in words if word not in _PLAIN and word not in _SPLITS and not word.isdigit()]
    return telling[-1] in role


@cache
def _is_known(word: str) -> bool:
    known = word in _SPLITS or word in _SHORT_SPLITS or word in _PLAIN or word in _VAGUE or word in _ASIDE
    return known or word.isdigit() or word in _COLOURED or any(word in words for words in _WORDS.values())


def _words(name: str) -> list[str]:
    """The words of a name in small letters: at separators, capitals and digits; ``trainannot`` is two."""
    found: list[str] = []
    for token in _TOKENS.findall(name):
        word = token.lower()
        split = next((s for s in _SPLITS if word.startswith(s) and _is_role(word[len(s) :])), "")
        found += [split, word[len(split) :]] if split else [word]
    return found


def _is_role(word: str) -> bool:
    return any(word in words for words in _WORDS.values())
