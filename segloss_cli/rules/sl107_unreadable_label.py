"""The label cannot be read, or holds NaN or infinity.

## What it is
The file is empty, truncated, not what it says it is (a Git LFS pointer, a web page saved as ``.png``), or an array
with Python objects in it; or it can be read, but some of its numbers are no numbers.

## Why it hurts
A label file of zero bytes, or one whose download stopped half-way, stops the training hours later with ``OSError:
image file is truncated`` or ``cannot identify image file``, if ever that file is drawn. Pillow fills the missing rows
of some files with zeros and says nothing: all background. NaN in a label is worse: ``.long()`` turns it into -2**63,
which is out of range in one loss and an ignored or wrapped id in another; one NaN target makes a mean NaN.

## How to fix it
Get the file again (``git lfs pull`` for a pointer) or export it again, and decode every label once before training:

```python
for path in paths:
    np.asarray(Image.open(path))                        # raises for what cannot be decoded
    assert np.isfinite(np.load(array_path)).all()
```
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.errors import ReadError
from segloss_cli.rules._examples import floats, label
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import amount, printable
from segloss_cli.types import Contract, Finding, Profile

_REMEDIES = {
    "--member": "name the array that is the label or the prediction: --member NAME",
    "lfs": "fetch the file itself: git lfs pull",
    "html": "download the file again; this is a web page, perhaps an error or a log-in page",
    "web page": "download the file again; this is an error or log-in page",
    "pickle": "save it again as plain numbers: np.save(path, ids.astype(np.uint8))",
    "object": "save it again as plain numbers: np.save(path, ids.astype(np.uint8))",
    "permission": "make the file readable, then run again",
    "bomb": "check where the file comes from; a label this large is cut into tiles before training",
}
_AGAIN = "download or export the file again, and decode every label once before training"


def judge(profile: Profile, _: Contract) -> Iterator[Hit]:
    """A label that was read, with numbers in it that are none."""
    if not profile.nonfinite:
        return
    yield Hit(
        f"NaN or infinity on {amount(profile.nonfinite, profile.pixels)}; as an integer NaN becomes -2**63",
        "find what wrote them (0/0, a missing tile) and store the ignored id there: np.nan_to_num(x, nan=255)",
        {"nonfinite": profile.nonfinite, "pixels": profile.pixels},
    )


def finding_for(error: ReadError) -> Finding:
    """The finding for a file that cannot be read at all: the error's own reason, and what to do about it."""
    reason = printable(error.reason)
    known = (remedy for word, remedy in _REMEDIES.items() if word in reason.lower())
    return Finding(
        code="SL107",
        name="unreadable-label",
        severity="error",
        certainty="proof",
        path=error.path,
        message=reason or "cannot be read",
        remedy=next(known, _AGAIN),
    )


RULE = Rule(
    about="label",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("integers", label({0: 50, 255: 50})),
        Example("finite floats", floats({0.0: 50, 1.0: 50})),
    ),
    bad=(
        Example("some NaN", floats({0.0: 50, 1.0: 50}, nonfinite=3, pixels=103), says="3 pixels, 2.9 %"),
        Example("nothing but NaN", floats({}, nonfinite=100, pixels=100), says="100 %"),
    ),
)
