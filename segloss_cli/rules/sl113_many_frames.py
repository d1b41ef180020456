"""The file holds several frames or pages, and readers take the first.

## What it is
An animated GIF, PNG or WebP, or a TIFF of several pages. Pillow, OpenCV and most loaders read the first picture only,
and so does segloss: what it says of such a file is true of the first frame.

## Why it hurts
The rest is silently not there: of a stack of 40 slices in one TIFF 39 are never seen, and if the image beside it is
read as a volume, the shapes differ (or broadcast). The other way round, a second page may be a thumbnail or a legend
that nobody wants. A GIF's further frames hold only what changed, in a palette that may be another.

## How to fix it
Say what is meant: a volume goes into an array, or one file per slice; a page too many is dropped.

```python
frames = [np.array(frame) for frame in ImageSequence.Iterator(Image.open(path))]
np.save(copy, np.stack(frames))
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import array, label
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, _: Contract) -> Iterator[Hit]:
    """A picture of more than one frame."""
    frames = profile.container.frames
    if frames < 2:
        return
    yield Hit(
        f"{frames:,} frames ({profile.container.format}): readers take the first and leave out {frames - 1:,}",
        "a volume: np.save(path, np.stack(frames)), or a file per slice; otherwise store the one frame that is meant",
        {"frames": frames, "format": profile.container.format},
    )


RULE = Rule(
    about="label",
    severity="warning",
    certainty="proof",
    judge=judge,
    depth="container",
    good=(
        Example("one frame", label()),
        Example("a TIFF of one page", label(format="TIFF", path="gt.tif")),
        Example("an array of many slices", array(shape=(40, 1, 100), images=40)),
    ),
    bad=(
        Example("a TIFF of 40 pages", label(format="TIFF", path="gt.tif", frames=40), says="40 frames"),
        Example("an animated PNG", label(frames=2), says="leave out 1"),
    ),
)
