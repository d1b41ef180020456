"""What one label adds to the census of its data set: ids, encoding, what its values look like, a digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from segloss_cli.rules._ids import coloured, ignored
from segloss_cli.rules._palettes import VOC_VOID, voc_colour
from segloss_cli.scan._order import Facts
from segloss_cli.types import Colour, Container, Contract, Mask, Profile, Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = (
    "_labelIds",
    "_labelTrainIds",
    "_instanceIds",
    "_instanceTrainIds",
    "_color",
    "_instance_color_RGB",
    "_instance_id_RGB",
)
"""Ends of names that tell several encodings of one picture apart (Cityscapes, iSAID); case does not matter."""

ROWS = 16
"""Labels with fewer different rows than this may be equal by chance (empty, boxes, stripes): they get no digest."""

GREY_LEVELS, NEAR_WHITE = 16, 200
"""More values than this, up to near white, read as the greys of a picture rather than as ids."""

_ENDS = {suffix.lower(): suffix for suffix in SUFFIXES}
_VOID = frozenset({255, 65535, -1, -100})


def facts_of(sample: Sample, profile: Profile, contract: Contract, digest: str = "") -> Facts:
    """What a label that was read adds to the data set.

    Args:
        sample: the files that belong together, whose label this is.
        profile: what is in the label.
        contract: what labels are meant to be: which ids are ignored, how colours are decoded.
        digest: the label's content, from :func:`digest_of`, where it is wanted.

    Returns:
        The facts; image and prediction of the sample are left for the caller to add, once they were judged.
    """
    counts = ids_of(profile, contract)
    gone = ignored(contract)
    kept = [] if counts is None else [value for value in counts if value not in gone]
    return Facts(
        split=sample.split,
        path=sample.label,
        pixels=profile.pixels,
        counts=counts,
        encoding=encoding_of(profile.container),
        family=family_of(profile, kept),
        suffix=suffix_of(sample.label),
        tints=_tints(profile, kept),
        empty=kept == [0],
        top=_top(kept),
        digest=digest,
    )


def decoded(profile: Profile, contract: Contract) -> Profile:
    """The profile with its ids counted, where the contract says that colours stand for ids; else as it is.

    Colours that the palette lacks are left out (``unknown-colour``, SL105, speaks of them). Under
    ``reduce_zero_label`` the first colour is the id 1, as labels are stored that are reduced later.
    """
    colours = profile.colours
    if not (contract.coded and contract.palette and colours):
        return profile
    table = _table(contract.palette, int(contract.reduce_zero_label), 255 in ignored(contract))
    if profile.grey and not all(colour in table for colour in colours):
        return profile
    counts: dict[int, int] = {}
    for colour, pixels in colours.items():
        if colour in table:
            counts[table[colour]] = counts.get(table[colour], 0) + pixels
    if not counts:
        return profile
    return replace(profile, counts=dict(sorted(counts.items())), low=min(counts), high=max(counts))


def ids_of(profile: Profile, contract: Contract) -> Mapping[int, int] | None:
    """The pixels of each id of a label; None where it is not known: colours, fractions, planes, lossy, or too many."""
    profile = decoded(profile, contract)
    counts = profile.counts
    if counts is None or not profile.integral or profile.container.lossy or contract.task == "multilabel":
        return None
    planes = profile.one_hot
    if planes is not None and planes.overlaps == planes.holes == 0:
        return None
    return {int(value): pixels for value, pixels in counts.items()}


def encoding_of(container: Container) -> str:
    """How a file is stored, in words; the last is the type of its values.

    >>> encoding_of(Container("gt.png", "PNG", (4, 4), "uint8", mode="L", bit_depth=8))
    'PNG, mode L, 8-bit, uint8'

    The depth of palette indices is left out, since it makes no difference to what is read.
    """
    mode, depth = container.mode, container.bit_depth
    bits = f", {depth}-bit" if depth is not None and mode not in {"", "P"} else ""
    return f"{container.format}{f', mode {mode}' if mode else ''}{bits}, {container.dtype}"


def family_of(profile: Profile, kept: list[int]) -> str:
    """What the values of a label look like, ``kept`` being its ids that are not ignored; "" where they do not tell.

    "colours", "fractions", "k/255" (what ``ToTensor`` leaves), "many values" (more than 1,024), "grey levels",
    "class*1000+n" and "class*256+n" (instances of a class), "{0, 1}", "{0, v}" for a v that is shown white in solid
    areas, or "ids".
    """
    if coloured(profile):
        return "colours"
    if profile.distinct < 2:
        return ""
    if not profile.integral:
        return "k/255" if profile.rescaled else "fractions"
    return "many values" if profile.counts is None else _of_ids(profile, kept)


def suffix_of(path: str) -> str:
    """The end of the name that tells one encoding from another, or "".

    >>> suffix_of("frankfurt/frankfurt_000000_000294_gtFine_labelIds.png"), suffix_of("a_mask.png")
    ('_labelIds', '')
    """
    name = path.replace("\\", "/").rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    lower = stem.lower()
    return _ENDS[max((end for end in _ENDS if lower.endswith(end)), key=len)] if lower.endswith(tuple(_ENDS)) else ""


def digest_of(mask: Mask, profile: Profile) -> str:
    """16 hex digits that stand for a label's size and pixels; "" for a label that may equal another by chance.

    Palettes count as their indices. This reads every pixel once more, so ask for it only where there are splits.
    """
    if profile.distinct < 2 or profile.height < ROWS:
        return ""
    from hashlib import sha256

    # three times as fast as blake2b where the processor has instructions for it
    total = sha256(f"{profile.images} {profile.height} {profile.width} ".encode(), usedforsecurity=False)
    rows: set[bytes] = set()
    for plane in _planes(mask):
        total.update(plane)
        step = len(plane) // profile.height
        for start in range(0, len(plane) if len(rows) < ROWS else 0, step):
            rows.add(plane[start : start + step])
            if len(rows) == ROWS:
                break
    return total.hexdigest()[:16] if len(rows) == ROWS else ""


def _tints(profile: Profile, kept: list[int]) -> tuple[tuple[int, Colour], ...]:
    palette = profile.container.palette
    if profile.container.mode != "P":
        return ()
    return tuple((value, palette[value]) for value in kept if value < len(palette))


def _top(kept: list[int]) -> int:
    ids = [value for value in kept if value not in _VOID]
    dense = bool(ids) and ids[0] in {0, 1} and ids[-1] - ids[0] == len(ids) - 1
    return ids[-1] if dense else 0


def _white(profile: Profile, value: int) -> bool:
    """Whether a value is shown white and covers solid areas: foreground, where a thin one may be a void border."""
    palette = profile.container.palette
    shown = palette[value] == (255, 255, 255) if 0 <= value < len(palette) else value in {255, 65535}
    return shown and profile.core.get(value, 1.0) >= 0.3


def _of_ids(profile: Profile, kept: list[int]) -> str:
    if len(kept) < 2:
        return ""
    if len(kept) == 2 and kept[0] == 0:
        return f"{{0, {kept[1]}}}" if kept[1] == 1 or _white(profile, kept[1]) else "ids"
    return _of_many(kept)


def _of_many(kept: list[int]) -> str:
    values = [value for value in kept if value not in _VOID]
    if len(values) > GREY_LEVELS and NEAR_WHITE <= values[-1] < 256 and values[0] >= 0:
        return "grey levels"
    if _numbered(values, 1000, 255):
        return "class*1000+n"
    return "class*256+n" if _numbered(values, 256, 0) else "ids"


def _numbered(values: list[int], base: int, plain: int) -> bool:
    """Whether values are class * base + n, where n counts up from 0 or 1, beside some up to ``plain``."""
    tops: dict[int, int] = {}
    large = [value for value in values if value >= base]
    if not large or any(value > plain for value in values[: len(values) - len(large)]) or large[-1] >= 256 * base:
        return False
    for value in large:
        tops[value // base] = max(tops.get(value // base, 0), value % base)
    return any(tops.values()) and 2 * len(large) >= sum(top + 1 for top in tops.values())


@cache
def _table(palette: tuple[Colour, ...], first: int, void: bool) -> dict[Colour, int]:
    table: dict[Colour, int] = {}
    for number, colour in enumerate(palette):
        table.setdefault(colour, number + first)
    if void and {voc_colour(1), voc_colour(15)} <= table.keys():
        table.setdefault(VOC_VOID, 255)
    return table


def _planes(mask: Mask) -> Iterator[bytes]:
    if mask.image is not None:
        yield mask.image.tobytes()
        return
    for plane in mask.ids():
        yield plane.tobytes()
