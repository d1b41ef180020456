"""Mask -> Profile, Scores -> ScoresProfile: what is in a file, counted once, for the rules to judge.

8-bit pictures are counted by Pillow's own histogram, without NumPy; arrays in chunks, so that a memory map larger
than memory is never held.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from segloss_cli import _level_arrays
from segloss_cli._counts import MAX_VALUES, Measured
from segloss_cli._edges import LEAST_VALUES, when_asked
from segloss_cli._levels import levels_of
from segloss_cli._void import radius_of
from segloss_cli.types import Colour, Edges, Mask, Number, Place, Profile, Scores, ScoresProfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from PIL import Image


STRIP = 1 << 20
"""Pixels of a coloured picture that are looked at together."""

MAX_COLOURS = 1 << 16
"""Distinct colours of a picture are counted up to about here."""

_COARSE = 6
"""From this radius on (pixels) a coarser picture is eroded first."""

_ONE_BAND = {"1", "L", "P"}
_LEVELS = frozenset(range(256))
_DEEP = {"I;16", "I;16B", "I;16L", "I", "F"}


def profile_label(mask: Mask) -> Profile:
    """Count what is in a label.

    Args:
        mask: the label as read. Planes of a multi-label mask (N, C, H, W) are counted together, as 0 and 1.

    Returns:
        The profile; beyond 2**20 distinct values (2**16 colours of a picture) ``distinct`` is a lower bound.

    Example:
        >>> import numpy
        >>> from segloss_cli.types import Container
        >>> ids = numpy.array([[[0, 0, 7]]], "uint8")
        >>> mask = Mask(Container("gt.npy", "NPY", (1, 3), "uint8"), array=ids, ids=lambda: ids)
        >>> dict(profile_label(mask).counts)
        {0: 2, 7: 1}
    """
    image = mask.image
    if image is None or image.mode in _DEEP:
        import numpy as np

        from segloss_cli._arrays import profile_ids

        with np.errstate(all="ignore"):
            return profile_ids(mask)
    return _of_levels(mask, image) if image.mode in _ONE_BAND else _of_colours(mask, image)


def profile_scores(scores: Scores, *, full: bool = True) -> ScoresProfile:
    """Measure a prediction: range, NaN and infinity with the first place, sums over the class axis.

    The sums are those of the probabilities that the stored values stand for, and only taken for probabilities and
    log-probabilities of two and more channels.

    Args:
        scores: the prediction as read.
        full: look at every value; False samples logits (``exact`` is then False), whose kind a sample proves.
    """
    import numpy as np

    from segloss_cli._values import profile_values

    with np.errstate(all="ignore"):
        return profile_values(scores, full=full)


def settled(profile: Profile) -> Profile:
    """The profile without its picture, to be kept: what is still to be measured is measured now, but for edges."""
    return replace(profile, core=dict(profile.core), edges=None)


def locate(mask: Mask, values: Iterable[Number]) -> Place | None:
    """The first pixel in reading order that has one of the values, and the half-open box around all that do.

    In a file of several images it is the first image that has any. Coloured labels have a place only where their
    bands are equal (then the values are grey levels); NaN is found too.

    Returns:
        The place, or None where no pixel has any of the values.
    """
    wanted = tuple(values)
    image = mask.image
    if image is None or image.mode in _DEEP:
        from segloss_cli._arrays import locate_ids

        return locate_ids(mask, wanted)
    plain = image if image.mode in _ONE_BAND else _grey(image)
    if plain is None:
        return None
    return _level_arrays.place_of(plain, wanted) if _level_arrays.at_hand(plain) else _locate_levels(plain, wanted)


def _of_levels(mask: Mask, image: Image.Image) -> Profile:
    counts = _levels(image)
    return _profile(mask, image, counts, core=_cores(image, counts), edges=_edges(image, counts))


def _of_colours(mask: Mask, image: Image.Image) -> Profile:
    grey = _grey(image)
    if grey is not None:
        counts = _levels(grey)
        colours: dict[Colour, int] = {(int(v),) * 3: n for v, n in counts.items()}
        return _profile(
            mask, grey, counts, colours=colours, grey=True, core=_cores(grey, counts), edges=_edges(grey, counts)
        )
    found, low, high = _colours(image)
    return Profile(
        container=mask.container,
        images=1,
        height=image.height,
        width=image.width,
        pixels=image.width * image.height,
        counts=None,
        distinct=len(found),
        low=low,
        high=high,
        colours={colour: found[colour] for colour in sorted(found)} if len(found) <= MAX_VALUES else None,
    )


def _colours(image: Image.Image) -> tuple[dict[Colour, int], int, int]:
    """Pixels of each colour, alpha aside, up to a number of them; and the lowest and highest value of any band."""
    found: dict[Colour, int] = {}
    low, high = 255, 0
    for strip in _strips(image):
        plain = strip.convert("RGB") if strip.mode in {"RGBA", "RGBX", "CMYK", "YCbCr", "PA"} else strip
        extrema: list[Any] = [band.getextrema() for band in plain.split()]
        low, high = min(low, *(each[0] for each in extrema)), max(high, *(each[1] for each in extrema))
        seen: list[Any] = plain.getcolors(plain.width * plain.height) or [] if len(found) < MAX_COLOURS else []
        for n, colour in seen:
            found[colour] = found.get(colour, 0) + n
    return found, low, high


def _strips(image: Image.Image) -> Iterator[Image.Image]:
    step = max(STRIP // image.width, 1)
    for top in range(0, image.height, step):
        yield image.crop((0, top, image.width, min(top + step, image.height)))


def _profile(mask: Mask, image: Image.Image, counts: dict[Number, int], **facts: Any) -> Profile:
    return Profile(
        container=mask.container,
        images=1,
        height=image.height,
        width=image.width,
        pixels=image.width * image.height,
        counts=counts,
        distinct=len(counts),
        low=min(counts),
        high=max(counts),
        **facts,
    )


def _levels(image: Image.Image) -> dict[Number, int]:
    """Pixels of each stored value; in mode 1 whatever is not 0 is 1."""
    levels = levels_of(image)
    if image.mode == "1":
        levels = [levels[0], sum(levels[1:])]
    return {value: n for value, n in enumerate(levels) if n}


def _grey(image: Image.Image) -> Image.Image | None:
    """The band that a coloured picture's bands all equal, alpha aside; None where they differ."""
    from PIL import ImageChops

    names = image.getbands()
    if names in {("L", "A"), ("L", "a")}:
        return image.getchannel(0)
    if names[:3] != ("R", "G", "B"):
        return None
    for strip in _strips(image):
        red, green, blue = strip.split()[:3]
        if any(ImageChops.difference(red, other).getbbox() for other in (green, blue)):
            return None
    return image.getchannel(0)


def _lut(image: Image.Image, values: Sequence[Number]) -> list[int]:
    """A table that makes the values 255 and all else 0."""
    if image.mode == "1":
        return [255 * (0 in values), *[255 * (1 in values)] * 255]
    table = [0] * 256
    for value in values:
        if value in _LEVELS:
            table[int(value)] = 255
    return table


def _locate_levels(image: Image.Image, values: tuple[Number, ...]) -> Place | None:
    hits = image.point(_lut(image, values), "L")
    box = hits.getbbox()
    if box is None:
        return None
    left, top, right, _ = box
    row = hits.crop((left, top, right, top + 1)).getbbox()
    return Place(y=top, x=left + (row[0] if row else 0), bbox=box)


def _edges(image: Image.Image, counts: Mapping[Number, int]) -> Callable[..., Edges | None] | None:
    """How the areas meet, where there are enough values for two between two others."""
    if len(counts) < LEAST_VALUES:
        return None

    def sample() -> bool:
        from segloss_cli import _slivers

        return _slivers.sample(image)

    def measure() -> Edges | None:
        from segloss_cli import _slivers

        return _slivers.edges_of(image)

    return when_asked(sample, measure)


def _cores(image: Image.Image, counts: Mapping[Number, int]) -> Mapping[Number, float]:
    """The core of each value that often means void, where others are present too."""
    present = [value for value in (254, 255) if value in counts]
    if len(counts) < 2 or not present:
        return {}
    radius = radius_of(image.height, image.width)

    def share(value: Number) -> float:
        if not _thick(image, value, radius):
            return 0.0
        return _survivors(image.point(_lut(image, [value]), "1"), radius) / counts[value]

    return Measured(present, share)


def _thick(image: Image.Image, value: Number, radius: int) -> bool:
    """Whether an erosion could leave anything: then one with 5 x 5 leaves something of every (r / 4)th pixel."""
    from PIL import Image

    if radius < _COARSE:
        return True
    size = -(-4 * image.width // radius), -(-4 * image.height // radius)
    coarse = image.resize(size, Image.Resampling.NEAREST)
    if _level_arrays.at_hand(coarse):
        return _level_arrays.survives(coarse, value, 2)
    return _survivors(coarse.point(_lut(image, [value]), "1"), 2) > 0


def _survivors(hits: Image.Image, radius: int) -> int:
    """How many hits survive an erosion with a (2r + 1)^2 box; beyond the border all is hit.

    The picture is one long integer of a bit a pixel, shifted against itself: several times as fast as Pillow's filters.
    """
    from PIL import Image

    width, height = hits.size
    framed = Image.new("1", (-(-(width + 2 * radius) // 8) * 8, height + 2 * radius), 1)
    framed.paste(hits, (radius, radius))
    bits = int.from_bytes(framed.tobytes(), "big")
    # the minimum over a window of 2r + 1, doubling the window's length at each step, along x and then along y
    for stride in (1, framed.width):
        length = 1
        while length < 2 * radius + 1:
            step = min(length, 2 * radius + 1 - length)
            bits &= bits << stride * step
            length += step
    # what is left of a window stands at its upper left corner; bits shifted in from the next row lie beyond the width
    row = ((1 << width) - 1) << framed.width - width
    inside = int.from_bytes(row.to_bytes(framed.width // 8, "big") * height, "big")
    return (bits >> 2 * radius * framed.width & inside).bit_count()
