"""A grey label is stored in three equal bands: R == G == B everywhere.

## What it is
The label was exported as RGB though it holds one number per pixel. Nothing is lost, it is only there three times.

## Why it hurts
The loader gives (H, W, 3) and the loss stops: ``only batches of spatial targets supported (3D tensors) but got targets
of size: : [2, 256, 256, 3]``, or ``Expected input batch_size (921600) to match target batch_size (2764800)``, a ratio
of exactly 3. Where nothing stops, as with a Dice that flattens, every pixel counts three times, and an opaque alpha
band that is kept adds a fourth "mask" that is 255 everywhere: foreground for every pixel.

## How to fix it
Take one band; that loses nothing:

```python
ids = np.asarray(Image.open(path))[..., 0]
Image.fromarray(ids).save(path_of_the_copy)
```

``convert("L")`` gives the same numbers here, and only here: of real colours it makes grey levels that are ids of
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import colours, label
from segloss_cli.rules._ids import bands
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import listing
from segloss_cli.types import Contract, Profile


def judge(profile: Profile, _: Contract) -> Iterator[Hit]:
    """A label of several bands whose colours are all grey and whose alpha is opaque."""
    count = bands(profile)
    if count < 2 or not profile.grey or profile.container.alpha == "varies":
        return
    levels = [*(profile.counts or ())]
    alpha = " and an opaque alpha" if profile.container.alpha == "opaque" else ""
    what = "one band" if count == 2 else "three equal bands"
    values = f" holding {listing(levels)}" if 0 < len(levels) <= 8 else ""
    yield Hit(
        f"stored as {profile.container.mode or profile.container.dtype}: {what}{values}{alpha}, one number per pixel",
        "take one band, nothing is lost: ids = np.asarray(Image.open(path))[..., 0]",
        {"bands": count, "alpha": profile.container.alpha, "distinct": profile.distinct},
    )


RULE = Rule(
    about="label",
    severity="warning",
    certainty="proof",
    judge=judge,
    good=(
        Example("one band", label({0: 50, 255: 50})),
        Example("real colours", colours({(0, 0, 0): 50, (128, 0, 0): 50})),
        Example("alpha that varies may be the mask", label({0: 9}, mode="LA", grey=True, alpha="varies")),
    ),
    bad=(
        Example("a grey RGB", colours({(0, 0, 0): 50, (255, 255, 255): 50}), says="three equal bands"),
        Example("with opaque alpha", colours({(1, 1, 1): 9}, mode="RGBA", alpha="opaque"), says="opaque alpha"),
        Example(
            "grey with opaque alpha",
            label({0: 50, 1: 50}, mode="LA", shape=(1, 100, 2), grey=True, alpha="opaque"),
            says="stored as LA",
        ),
    ),
)
