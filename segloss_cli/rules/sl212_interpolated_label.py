"""The label was interpolated: its borders hold ids that lie between those of their two sides.

## What it is
Where class 3 meets class 9, a few pixels are 5 or 7. Nobody drew those: bilinear or bicubic resizing took the mean of
two ids (and a mask that was drawn with anti-aliasing, or rotated with interpolation, looks the same). With classes
numbered without gaps every such pixel is a legal id, so that no check of values finds it.

The rule looks at *slivers*: pixels strictly between their left and right neighbours, or between the upper and lower
one. It compares them with the *jumps*, pixels whose two neighbours are 2 or more apart. Measured on 46 real labels of
eight data sets (street scenes, indoor scenes, objects with void borders, pets, skin lesions, cells, an instance map):

| what was done to them | slivers to jumps |
| --- | --- |
| as published | 0.000 to 0.012 |
| resized with NEAREST to 0.25, 0.5, 0.75, 1.5, 2 | 0.000 to 0.047 |
| rotated with NEAREST; median and mode filters | 0.000 to 0.062 |
| resized with BILINEAR to 0.25, 0.5, 0.75, 1.5, 2 | 0.417 to 0.758 |
| resized with BICUBIC to 0.25, 0.5, 0.75, 1.5, 2 | 0.319 to 0.905 |
| resized with LANCZOS / BOX to 0.25, 0.5, 0.75 | 0.278 to 0.478 / 0.132 to 0.430 |
| rotated with BILINEAR | 0.375 to 0.467 |

It speaks from 0.12 on, if the slivers are of several values and sides. That leaves out classes drawn as a line between
two others (kerbs, wires), ordered classes such as contour lines, depth and distance maps, photographs and noise. It
cannot see what happened to labels of the ids 0 and 1, to most labels of up to four ids that were enlarged, and to
copies that were enlarged with NEAREST afterwards. Declared classes help: of ids that are no class and nowhere an area
it is enough that most pixels lie between two others.

## Why it hurts
After such a resize ``np.unique`` finds 11 values where 5 were, and ids N and N + 1 beyond the last class: ``Assertion
't >= 0 && t < n_classes' failed``, but only with ``scale=0.5``. Where all ids are legal nothing fails. A strip of a
third class along every border is learned, and counts as wrong in every metric. Sixteen threads of 420. The classic
trap is ``cv2.resize(mask, (w, h), cv2.INTER_NEAREST)``: the third positional argument is ``dst``, so that the
interpolation stays bilinear.

## How to fix it
Go back to the labels before the resize, and resize them with NEAREST, given by name:

```python
mask = cv2.resize(mask, (w, h), interpolation=cv2.INTER_NEAREST)
mask = Image.fromarray(ids).resize((w, h), Image.Resampling.NEAREST)
```

For a loss at the network's resolution, resize the logits and not the label. A mask of two levels that was
anti-aliased is repaired by a threshold: ``mask >= 128``.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import Counts, Triples, declared, smeared
from segloss_cli.rules._ids import is_array
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._smears import Smear, evidence_of, smear_of, two_levels, weight_of
from segloss_cli.rules._words import listing, number
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, contract: Contract) -> Iterator[Hit]:
    """A label with slopes where areas meet."""
    smear = smear_of(profile, contract)
    if smear is None or smear.kind != "interpolated":
        return
    low, value, high = smear.example
    yield Hit(
        f"{smear.slivers:,} border pixels lie between their two sides, such as {number(value)} between {number(low)} "
        f"and {number(high)}: {_share(smear)}; {_cause(profile)}{_outside(smear)}",
        _remedy(profile, smear),
        evidence_of(smear),
        values=smear.outside or smear.rare,
        **weight_of(profile, contract, smear),
    )


def _share(smear: Smear) -> str:
    return f"{smear.slivers / max(smear.jumps, 1):.2f} to each jump, where drawn labels have up to 0.06"


def _cause(profile: Profile) -> str:
    return "resized with interpolation" if is_array(profile) else "resized with interpolation, or anti-aliased"


def _outside(smear: Smear) -> str:
    return f"; {listing(smear.outside)} {'is' if len(smear.outside) == 1 else 'are'} no class" if smear.outside else ""


def _remedy(profile: Profile, smear: Smear) -> str:
    if two_levels(profile) and not smear.outside:
        return "two levels: mask = mask >= 128, once, and look at it; resize labels with NEAREST only"
    return "take the label before the resize, and resize it with NEAREST, by keyword: interpolation=cv2.INTER_NEAREST"


_DENSE: Counts = {0: 400, 1: 20, 2: 20, 3: 20, 4: 300, 5: 20, 6: 20, 7: 20, 8: 300}
_SLOPES: Triples = {(0, 1, 3): 20, (1, 3, 4): 20, (4, 5, 7): 20, (5, 7, 8): 20}
_GREYS: Counts = {0: 5000, 64: 20, 128: 20, 191: 20, 255: 4940}
_RAMPS: Triples = {(0, 64, 128): 20, (64, 128, 191): 20, (128, 191, 255): 20}
_KERB: Triples = {(0, 1, 5): 40, (0, 1, 7): 30, (5, 6, 9): 2}
_C9 = declared(num_classes=9)

RULE = Rule(
    about="label",
    severity="warning",
    certainty="likely",
    judge=judge,
    depth="pixels",
    good=(
        Example("borders as they are drawn", smeared(_DENSE, _SLOPES, jumps=2000), _C9),
        Example("a sample says nothing", smeared(_DENSE, _SLOPES, sampled=False), _C9),
        Example("a kerb between road and pavement", smeared(_DENSE | {9: 9}, _KERB)),
        Example("contour lines", smeared(_DENSE, {(k - 1, k, k + 1): 20 for k in range(1, 8)})),
        Example("a class that is a line between two others", smeared({0: 400, 1: 90, 2: 400, 9: 9}, {(0, 1, 2): 90})),
        Example("the values between are ignored", smeared(_DENSE, _SLOPES), declared(ignore={1, 2, 3, 5, 6, 7})),
        Example("soft labels", smeared(_GREYS, _RAMPS), declared(soft=True)),
        Example("a photograph", smeared(_DENSE, _SLOPES, flat=99)),
        Example("long ramps are SL213's, or depth", smeared(_DENSE, _SLOPES, long=60)),
        Example("noise is SL213's", smeared(_DENSE, _SLOPES, peaks=200)),
        Example("one id out of range is SL201's", smeared({0: 500, 4: 9, 6: 1, 9: 490}, {}), declared(num_classes=4)),
    ),
    bad=(
        Example("classes without gaps", smeared(_DENSE, _SLOPES), _C9, says="such as 7 between 5 and 8"),
        Example("nothing declared", smeared(_DENSE, _SLOPES), says="0.50 to each jump"),
        Example("a binary mask with smooth edges", smeared(_GREYS, _RAMPS), says="or anti-aliased"),
        Example(
            "ids beyond the classes",
            smeared(_GREYS, _RAMPS),
            declared(num_classes=2),
            says="64, 128 and 191 are no class",
        ),
        Example(
            "a few pixels that are no class and lie between two others",
            smeared(_GREYS, _RAMPS, jumps=9999),
            declared(num_classes=1, ignore={255}),
            says="128 and 191 are no class",
        ),
        Example("perhaps a matte", smeared(_GREYS | {128: 2000}, _RAMPS), says="128"),
        Example("an array", smeared(_DENSE, _SLOPES, format="NPY", mode="", dtype="int64"), says="interpolation"),
    ),
)
