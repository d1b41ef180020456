"""The labels of one data set are stored in different ways.

## What it is
Some files are palette images and some plain grey, some 8-bit and some 16-bit, some hold {0, 255} and others {0, 1} or
{0, 251}, or the palettes give one id different colours. Each file passes by itself; together they do not mean one
thing. A folder that holds several encodings of the same picture by design, as Cityscapes does, is told as such.

## Why it hurts
A loader treats all files alike, so it is right for some only. Real: 20 masks of a retina set in mode L with {0, 255},
60 in mode P with {0, 251}; ``label == 255`` finds no vessel in 60 of 80. OpenCV reads a palette image as colours, a
grey one as ids. labelme writes void as 255 in a PNG and as -1 in the ``.npy`` beside it. Scores then differ from the
paper's "because the wrong annotation folder was used": 3 of 420 threads.

## How to fix it
Name the files that are meant (``segloss check 'gtFine/**/*_labelTrainIds.png'``), or rewrite the smaller part as the
larger is:

```python
ids = np.array(Image.open(path))                        # indices of a palette image, grey levels of another
Image.fromarray((ids > 0).astype(np.uint8)).save(copy)  # binary: one encoding for all
```

Where palettes disagree about ids, as they do after ``quantize`` or in GIFs, only the colours can be trusted: map them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from segloss_cli.rules._examples import declared
from segloss_cli.rules._examples_dataset import dataset, tints
from segloss_cli.rules._ids import ignored
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._sets import kept_ids
from segloss_cli.rules._weights import FACT, LIKELY
from segloss_cli.rules._words import listing
from segloss_cli.types import Contract, Dataset, Seen

FEW = 5
"""Fewer labels than this are some files rather than a data set."""


def judge(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    """Encodings by suffix, or else by storage and by values; then void values and palettes."""
    if len(dataset.suffixes) > 1:
        yield _by_suffix(dataset.suffixes)
        return
    if dataset.whole.labels < FEW:
        return
    yield from _storage(dataset.encodings)
    yield from _values(dataset, contract)
    yield from _voids(dataset, contract)
    yield from _palettes(dataset)


def _by_suffix(suffixes: Mapping[str, Seen]) -> Hit:
    return Hit(
        f"several encodings of the same pictures lie side by side, by the end of the name: {_amounts(suffixes)}",
        "check and load one of them: name the files, as in 'gtFine/**/*_labelTrainIds.png'",
        _evidence(suffixes),
        key="suffix",
        **FACT,
    )


def _storage(encodings: Mapping[str, Seen]) -> Iterator[Hit]:
    """Modes and types that differ; formats may, as far as the values read alike."""
    kinds: dict[str, Seen] = {}
    for encoding, seen in encodings.items():
        kind = encoding.partition(", ")[2]
        kinds[kind] = kinds[kind] + seen if kind in kinds else seen
    if len(kinds) < 2:
        return
    # the first of each have one name, and there are as many of each
    same = len({(_stem(seen.first), seen.files) for seen in kinds.values()}) == 1
    what = "the same pictures lie in several encodings" if same else "labels are stored in different ways"
    yield Hit(
        f"{what}: {_amounts(encodings)}",
        "load one of them only" if same else "store all labels alike: rewrite the smaller part as the larger is",
        _evidence(encodings),
        key="storage",
        path=_rarest(encodings).first,
        **FACT,
    )


def _values(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    """Families of values that exclude each other: {0, 255} and {0, 1} or some greys in a binary set, ids and ids / 255.

    Soft labels are mostly greys or fractions, and a few of them happen to be hard.
    """
    families = dataset.families
    pairs = {name: seen for name, seen in families.items() if name.startswith("{0, ")}
    white = {name: seen for name, seen in pairs.items() if name != "{0, 1}"}
    greys = {name: seen for name, seen in families.items() if name == "grey levels" and not contract.says("soft")}
    scaled = {name: seen for name, seen in families.items() if name in {"k/255", "ids"}}
    binary = "ids" not in families and len(pairs) == len({*kept_ids(dataset, contract)} - {0})
    if len(scaled) > 1:
        clash = scaled
    elif white and greys and _total(greys) <= _total(white):
        clash = white | greys
    else:
        clash = pairs if white and binary else {}
    if len(clash) < 2:
        return
    yield Hit(
        f"the values mean different things in different files: {_amounts(clash)}",
        "bring all labels to one set of ids; for two classes label = (label > 0), after a look at the greys",
        _evidence(clash),
        key="values",
        path=_rarest(clash).first,
        **FACT,
    )


def _voids(dataset: Dataset, contract: Contract) -> Iterator[Hit]:
    holders = {value: seen for value, seen in dataset.holders.items() if value in {-1, 255}}
    if len(holders) < 2 or ignored(contract) >= {-1, 255}:
        return
    named = {str(value): seen for value, seen in holders.items()}
    yield Hit(
        f"void is probably written in two ways: {_amounts(named)} (a guess)",
        "map one to the other, label[label == -1] = 255, or ignore both: --ignore-index -1 --ignore-index 255",
        _evidence(named),
        key="void",
        path=_rarest(named).first,
        **LIKELY,
    )


def _palettes(dataset: Dataset) -> Iterator[Hit]:
    split = {value: shades for value, shades in dataset.tints.items() if shades.low.colour != shades.high.colour}
    if not split:
        return
    value, shades = min(split.items())
    low, high = shades.low, shades.high
    rare = min((low, high), key=lambda tint: (tint.files, tint.first))
    yield Hit(
        f"palettes disagree about {'id' if len(split) == 1 else 'ids'} {listing(split)}: {value} is {low.colour} in "
        f"{_files(low.files)} and {high.colour} in {_files(high.files)}",
        "were the files re-indexed (GIF, quantize, convert('P'))? then map colours to ids instead of trusting indices",
        {
            "ids": [*split],
            "colours": {str(v): [[*s.low.colour], [*s.high.colour]] for v, s in split.items()},
            "files": [low.files, high.files],
            "first": [low.first, high.first],
        },
        key="palette",
        path=rare.first,
        **FACT,
    )


def _amounts(seen: Mapping[str, Seen]) -> str:
    """The commonest first: ``PNG, mode P, uint8 (60 files); GIF, mode L, 8-bit, uint8 (20 files)``."""
    order = sorted(seen.items(), key=lambda item: (-item[1].files, item[0]))
    shown = [f"{what} ({_files(one.files)})" for what, one in order[:_MOST]]
    return "; ".join(shown) + (f"; {len(order) - _MOST} more" if len(order) > _MOST else "")


def _total(seen: Mapping[str, Seen]) -> int:
    return sum(one.files for one in seen.values())


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _evidence(seen: Mapping[str, Seen]) -> dict[str, object]:
    return {
        "files": {what: one.files for what, one in sorted(seen.items())},
        "first": {what: one.first for what, one in sorted(seen.items())},
    }


def _rarest(seen: Mapping[str, Seen]) -> Seen:
    return min(seen.values(), key=lambda one: (one.files, one.first))


def _stem(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]


_MOST = 6
_L, _P, _DEEP = "PNG, mode L, 8-bit, uint8", "PNG, mode P, uint8", "PNG, mode I;16, 16-bit, uint16"
_BLACK, _WHITE, _RED = (0, 0, 0), (255, 255, 255), (128, 0, 0)

RULE = Rule(
    about="dataset",
    severity="warning",
    certainty="proof",
    judge=judge,
    good=(
        Example("all alike", dataset({0: 9, 1: 9}, encodings={_L: 100}, families={"ids": 90, "{0, 1}": 10})),
        Example("two formats, read alike", dataset({0: 9}, encodings={_L: 50, "TIFF, mode L, 8-bit, uint8": 50})),
        Example("two files", dataset({0: 9}, labels=2, encodings={_L: 1, _P: 1})),
        Example("one suffix", dataset({0: 9}, encodings={_L: 100}, suffixes={"_labelTrainIds": 100})),
        Example(
            "VOC: some labels have one class and void", dataset({0: 9, 1: 9, 15: 9}, families={"{0, 1}": 9, "ids": 91})
        ),
        Example(
            "a void area in a set of classes",
            dataset({0: 9, 1: 9, 2: 9, 255: 9}, families={"{0, 255}": 3, "{0, 1}": 20, "ids": 77}),
        ),
        Example("one palette", dataset({0: 9}, encodings={_P: 100}, tints={0: tints(_BLACK, _BLACK)})),
        Example("two voids, both ignored", dataset({-1: 9, 0: 9, 255: 9}), declared(ignore={-1, 255})),
        Example("a binary set of 0 and 255", dataset({0: 9, 255: 9}, families={"{0, 255}": 100})),
        Example("greys beside many classes", dataset({0: 9, 9: 9}, families={"grey levels": 20, "ids": 80})),
        Example("soft labels, some of them hard", dataset({0: 9, 1: 9}, families={"k/255": 60, "{0, 1}": 40})),
        Example("mattes, some of them hard", dataset({0: 9, 255: 9}, families={"grey levels": 60, "{0, 255}": 40})),
        Example(
            "soft labels by declaration",
            dataset({0: 9, 255: 9}, families={"grey levels": 40, "{0, 255}": 60}),
            declared(soft=True),
        ),
        Example("instances beside pictures without any", dataset({7: 9}, families={"class*1000+n": 70, "ids": 30})),
    ),
    bad=(
        Example(
            "a retina set",
            dataset({0: 9, 251: 6, 255: 3}, encodings={"GIF, mode P, uint8": 60, "GIF, mode L, 8-bit, uint8": 20}),
            says="stored in different ways: GIF, mode P, uint8 (60 files); GIF, mode L, 8-bit, uint8 (20 files)",
        ),
        Example(
            "its values",
            dataset({0: 9, 251: 6, 255: 3}, families={"{0, 251}": 60, "{0, 255}": 20}),
            says="different things in different files: {0, 251} (60 files); {0, 255} (20 files)",
        ),
        Example(
            "Cityscapes as it is unpacked",
            dataset({0: 9}, labels=3, encodings={_L: 2, _DEEP: 1}, suffixes={"_labelIds": 1, "_instanceIds": 1}),
            says="by the end of the name: _instanceIds (1 file); _labelIds (1 file)",
        ),
        Example(
            "0 and 1 beside 0 and 255",
            dataset({0: 9, 1: 9, 255: 9}, families={"{0, 1}": 5, "{0, 255}": 95}),
            says="{0, 1}",
        ),
        Example(
            "some were smoothed",
            dataset({0: 9, 255: 9}, families={"{0, 255}": 95, "grey levels": 5}),
            says="grey levels",
        ),
        Example(
            "some went through ToTensor", dataset({0: 9}, families={"ids": 95, "k/255": 5}), says="k/255 (5 files)"
        ),
        Example("8 and 16 bits", dataset({0: 9}, encodings={_L: 95, _DEEP: 5}), says="16-bit, uint16 (5 files)"),
        Example("-1 and 255", dataset({-1: 9, 0: 9, 255: 9}), says="void is probably written in two ways"),
        Example(
            "palettes that disagree",
            dataset({0: 9, 1: 9}, tints={0: tints(_BLACK, _BLACK), 1: tints(_RED, _WHITE, (90, 10))}),
            says="id 1: 1 is (128, 0, 0) in 90 files and (255, 255, 255) in 10 files",
        ),
        Example(
            "many ways",
            dataset(
                {0: 9}, encodings={f"NPY, {kind}{bits}": 1 for kind in ("int", "uint") for bits in (8, 16, 32, 64)}
            ),
            says="2 more",
        ),
    ),
)
