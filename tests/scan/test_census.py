"""The census: what a label adds, and that neither order nor grouping of the parts matters."""

from __future__ import annotations

import copy
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segloss_cli._dataset import MAX_IDS, Tint, Tints
from segloss_cli.profile import profile_label
from segloss_cli.read import read_label
from segloss_cli.rules._examples import array, colours, declared, floats, label
from segloss_cli.rules._palettes import VOC_VOID, voc_colour
from segloss_cli.scan._facts import SUFFIXES, ids_of, suffix_of
from segloss_cli.scan._order import Facts
from segloss_cli.scan.census import Census, decoded, digest_of, encoding_of, facts_of
from segloss_cli.types import Container, Contract, Dataset, Orphan, Sample, Seen, Split

NOTHING = Contract()
VOC = tuple(map(voc_colour, range(21)))

paths = st.sampled_from(["a.png", "b/a.png", "b/c.png", "é\udcff.png", "z.png"])
colour = st.sampled_from([(0, 0, 0), (0, 128, 0), (0, 128, 1), (255, 255, 255)])
facts = st.builds(
    Facts,
    split=st.sampled_from(["", "train", "val"]),
    path=paths,
    pixels=st.integers(0, 100),
    counts=st.none() | st.dictionaries(st.integers(-2, 6), st.integers(0, 50), max_size=4),
    encoding=st.sampled_from(["", "PNG, mode P, uint8", "NPY, int32"]),
    family=st.sampled_from(["", "ids", "{0, 255}"]),
    suffix=st.sampled_from(["", "_labelIds"]),
    tints=st.lists(st.tuples(st.integers(0, 2), colour), max_size=3, unique_by=lambda pair: pair[0]).map(tuple),
    empty=st.booleans(),
    top=st.integers(0, 3),
    digest=st.sampled_from(["", "ab", "cd"]),
    image=paths,
    mode=st.sampled_from(["", "RGB", "L"]),
    prediction=st.sampled_from(["", "p.npy"]),
    unread=st.integers(0, 2),
)
orphans = st.lists(
    st.builds(
        Orphan,
        path=paths,
        role=st.sampled_from(["image", "label"]),
        kind=st.sampled_from(["no-image", "stray"]),
        what=st.just("no image has its name"),
        partner=st.sampled_from(["", "x.jpg"]),
    ),
    max_size=3,
)


def census_of(parts, problems=()):
    census = Census()
    for part in parts:
        census.add(part)
    return census.dataset(problems)


datasets = st.builds(census_of, st.lists(facts, max_size=6), orphans)


@given(datasets, datasets, datasets)
def test_neither_grouping_nor_order_matters(a, b, c):
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a


@given(datasets)
def test_nothing_adds_nothing(a):
    assert a + Dataset() == a
    assert Dataset() + a == a


@given(st.lists(st.tuples(facts, st.integers(0, 3)), max_size=12), orphans)
def test_the_sum_of_any_partition_is_the_whole(marked, problems):
    whole = census_of([part for part, _ in marked], problems)
    total = Dataset()
    for group in range(4):
        total += census_of([part for part, mark in marked if mark == group], problems if group % 2 else ())
    assert total == whole


@given(st.lists(facts, max_size=8).flatmap(lambda parts: st.tuples(st.just(parts), st.permutations(parts))))
def test_the_census_does_not_depend_on_the_order(both):
    parts, shuffled = both
    assert census_of(parts) == census_of(shuffled)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_too_many_ids_are_too_many_however_they_come(marks):
    """Six labels of 1,000 ids each, some of them alike: more than are listed as a whole, whatever the parts say."""
    parts = [
        Facts("", f"{n}.png", 9, dict.fromkeys(range(1000 * n, 1000 * n + 1000), 1), "NPY, int32") for n in range(6)
    ]
    whole = census_of(parts)
    total = Dataset()
    for group in range(6):
        total += census_of([part for part, mark in zip(parts, marks, strict=True) if mark == group])
    assert total == whole
    assert whole.splits[""] == Split(labels=6, pixels=54, many=True)
    assert (whole + census_of(parts[:1])).splits[""].many


def test_as_many_ids_as_are_listed():
    ids = dict.fromkeys(range(MAX_IDS), 1)
    assert len(census_of([Facts("", "a.npy", 9, ids, "NPY, int32")]).counts) == MAX_IDS
    split = Split(counts=ids) + Split(counts={MAX_IDS: 1})
    assert split.many
    assert split.counts == {}


def test_examples_are_the_first_by_path():
    dataset = census_of(
        [
            Facts("", "b.png", 4, {1: 4}, "PNG, mode P, uint8", "ids", tints=((1, (9, 9, 9)),)),
            Facts("", "a.png", 4, {1: 4}, "PNG, mode P, uint8", "ids", tints=((1, (9, 9, 9)),)),
            Facts("", "c.png", 4, {1: 4}, "PNG, mode P, uint8", "ids", tints=((1, (0, 9, 9)),)),
            Facts("", "d.png", 4, {1: 4}, "PNG, mode P, uint8", "ids", tints=((1, (1, 9, 9)),)),
        ]
    )
    assert dataset.encodings == {"PNG, mode P, uint8": Seen(4, "a.png")}
    assert dataset.holders == {1: Seen(4, "a.png")}
    assert dataset.tints == {1: Tints(Tint((0, 9, 9), 1, "c.png"), Tint((9, 9, 9), 2, "a.png"))}


def test_what_counts_as_judged():
    dataset = census_of(
        [
            Facts(
                "train", "a.png", encoding="PNG, mode L, 8-bit, uint8", image="a.jpg", mode="RGB", prediction="a.npy"
            ),
            Facts("train", "b.png", unread=1, image="b.jpg", mode="L"),
            Facts("train", "", prediction="c.npy"),
        ]
    )
    assert dataset.files == {"image": 2, "label": 1, "prediction": 2}
    assert dataset.unread == 1
    assert dataset.modes == {"L": Seen(1, "b.jpg"), "RGB": Seen(1, "a.jpg")}
    assert dataset.splits == {"train": Split(labels=1, uncounted=1)}
    assert dataset.splits["train"].counted == 0


def test_twins_keep_the_first_of_each_split():
    known = {"encoding": "PNG, mode L, 8-bit, uint8", "digest": "ab"}
    dataset = census_of(
        [Facts("val", "v.png", **known), Facts("train", "b.png", **known), Facts("train", "a.png", **known)]
    )
    assert dataset.twins == {"ab": {"train": "a.png", "val": "v.png"}}


def test_all_splits_as_one():
    a, b = (
        Split(1, 4, {0: 4}, {0: Seen(1, "a")}, empty=1),
        Split(2, 8, {0: 2, 1: 6}, {0: Seen(1, "b"), 1: Seen(2, "b")}),
    )
    dataset = Dataset({"train": a, "val": b})
    assert dataset.whole is dataset.whole
    assert replace(dataset, splits={"val": b}).whole == b
    assert copy.deepcopy(dataset) == dataset
    assert dataset.whole == Split(3, 12, {0: 6, 1: 6}, {0: Seen(2, "a"), 1: Seen(2, "b")}, empty=1)
    assert dataset.whole.files == {0: 2, 1: 2}
    assert dataset.counts == {0: 6, 1: 6}


def test_the_facts_of_a_label():
    sample = Sample("gt/a.png", "img/a.jpg", "", "val")
    profile = label({0: 60, 1: 30, 255: 10}, path="gt/a.png", bit_depth=8, core={255: 0.01})
    assert facts_of(sample, profile, declared(ignore={255}), "ab") == Facts(
        split="val",
        path="gt/a.png",
        pixels=100,
        counts={0: 60, 1: 30, 255: 10},
        encoding="PNG, mode L, 8-bit, uint8",
        family="{0, 1}",
        top=1,
        digest="ab",
    )


@pytest.mark.parametrize(
    ("profile", "contract", "family"),
    [
        (label({0: 5, 1: 5}), NOTHING, "{0, 1}"),
        (label({0: 5, 255: 5}, core={255: 0.9}), NOTHING, "{0, 255}"),
        (label({0: 5, 255: 5}), NOTHING, "{0, 255}"),
        (label({0: 5, 255: 5}, core={255: 0.01}), NOTHING, "ids"),
        (label({0: 5, 255: 5}), declared(ignore={255}), ""),
        (label({0: 5, 15: 5}, mode="P", palette=VOC), NOTHING, "ids"),
        (label({0: 5, 20: 5}, mode="P", palette=(*VOC[:20], (255, 255, 255))), NOTHING, "{0, 20}"),
        (label({0: 5, 65535: 5}, mode="I;16", dtype="uint16"), NOTHING, "{0, 65535}"),
        (label({0: 5}), NOTHING, ""),
        (label({1: 5, 2: 5}), NOTHING, "ids"),
        (label({0: 5, 1: 5, 255: 1}), NOTHING, "ids"),
        (label(dict.fromkeys(range(0, 256, 5), 3)), NOTHING, "grey levels"),
        (label({**dict.fromkeys(range(60), 3), 255: 1}), NOTHING, "ids"),
        (array({-1: 5, 0: 5, 15: 5}), NOTHING, "ids"),
        (colours({(0, 0, 0): 5, (128, 0, 0): 5}), NOTHING, "colours"),
        (floats({0.0: 5, 0.5: 5}), NOTHING, "fractions"),
        (floats({k / 255: 5 for k in (0, 3, 9)}), NOTHING, "k/255"),
        (array({0: 5}, counts=None, distinct=5000, low=0, high=9000), NOTHING, "many values"),
        (label({7: 5, 24000: 5, 24001: 5, 26000: 5}, mode="I;16"), NOTHING, "class*1000+n"),
        (label({7: 5, 8: 5, 26000: 5}, mode="I;16"), NOTHING, "ids"),
        (label({0: 5, 768: 5, 769: 5, 6912: 5}, mode="I;16"), NOTHING, "class*256+n"),
        (label({257: 5, 514: 5, 2056: 5}, mode="I;16"), NOTHING, "ids"),
        (label(dict.fromkeys(range(0, 1200, 7), 5), mode="I;16"), NOTHING, "ids"),
        (array({0: 5, 1001: 5, 300_001: 5}), NOTHING, "ids"),
        (label({0: 5, 1: 5}), declared(task="multilabel"), ""),
    ],
)
def test_the_family_of_values(profile, contract, family):
    assert facts_of(Sample(profile.path), profile, contract).family == family


@pytest.mark.parametrize(
    ("counts", "contract", "empty", "top"),
    [
        ({0: 9}, NOTHING, True, 0),
        ({0: 9, 255: 1}, declared(ignore={255}), True, 0),
        ({255: 9}, declared(ignore={255}), False, 0),
        ({0: 9}, declared(num_classes=5, reduce_zero_label=True), False, 0),
        ({1: 9}, NOTHING, False, 1),
        ({0: 9, 1: 1, 2: 1, 255: 1}, NOTHING, False, 2),
        ({0: 9, 2: 1}, NOTHING, False, 0),
        ({3: 9, 4: 1}, NOTHING, False, 0),
        ({255: 9}, NOTHING, False, 0),
    ],
)
def test_empty_labels_and_ids_without_a_gap(counts, contract, empty, top):
    found = facts_of(Sample("a.png"), label(counts), contract)
    assert (found.empty, found.top) == (empty, top)


@pytest.mark.parametrize(
    ("profile", "contract", "ids"),
    [
        (floats({0.0: 5, 2.0: 5}), NOTHING, {0: 5, 2: 5}),
        (floats({0.0: 5, 0.5: 5}), NOTHING, None),
        (label({0: 5, 1: 5}), declared(task="multilabel"), None),
        (colours({VOC[0]: 5, VOC[15]: 5}), NOTHING, None),
        (
            colours({VOC[0]: 5, VOC[15]: 4, VOC_VOID: 1}),
            declared(coded=True, palette=VOC, ignore={255}),
            {0: 5, 15: 4, 255: 1},
        ),
        (colours({VOC[0]: 5, VOC[15]: 4, VOC_VOID: 1}), declared(coded=True, palette=VOC), {0: 5, 15: 4}),
        (colours({VOC[0]: 5, VOC[15]: 4}), declared(coded=True, palette=VOC, reduce_zero_label=True), {1: 5, 16: 4}),
        (colours({(1, 2, 3): 5, (3, 2, 1): 5}), declared(coded=True, palette=VOC), None),
        (colours({VOC[0]: 5, VOC[7]: 5}), declared(coded=True, palette=VOC), {0: 5, 7: 5}),
        (colours({(0, 0, 0): 5, (15, 15, 15): 5}), declared(coded=True, palette=VOC), {0: 5, 15: 5}),
        (label({0: 5, 3: 5}, mode="P"), declared(coded=True, palette=VOC), {0: 5, 3: 5}),
        (
            colours({(9, 9, 9): 5, (7, 7, 7): 3}),
            declared(coded=True, palette=((9, 9, 9), (9, 9, 9), (7, 7, 7))),
            {0: 5, 2: 3},
        ),
    ],
)
def test_the_ids_of_a_label(profile, contract, ids):
    found = ids_of(profile, contract)
    assert found == ids
    assert found is None or all(type(value) is int for value in found)


def test_decoding_counts_ids_and_keeps_the_colours():
    contract = declared(coded=True, palette=VOC)
    profile = colours({VOC[5]: 5, VOC[15]: 4, (1, 2, 3): 1})
    found = decoded(profile, contract)
    assert found == replace(profile, counts={5: 5, 15: 4}, low=5, high=15)
    assert decoded(found, contract) == found
    assert decoded(profile, NOTHING) is profile


def test_how_files_are_stored():
    def stored(**known):
        return encoding_of(Container("a", shape=(4, 4), **known))

    assert stored(format="PNG", mode="P", bit_depth=4, dtype="uint8") == "PNG, mode P, uint8"
    assert stored(format="PNG", mode="L", bit_depth=8, dtype="uint8") == "PNG, mode L, 8-bit, uint8"
    assert stored(format="TIFF", mode="I;16", dtype="uint16") == "TIFF, mode I;16, uint16"
    assert stored(format="NPY", dtype="int32") == "NPY, int32"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_suffixes_are_told_from_the_end_of_the_name(suffix):
    assert suffix_of(f"gt/a_gtFine{suffix}.png") == suffix
    assert suffix_of(f"gt\\A_GTFINE{suffix.upper()}.PNG") == suffix
    assert suffix_of(f"gt{suffix}/a.png") == ""


def test_other_names_have_no_suffix():
    assert suffix_of("a_mask.png") == ""
    assert suffix_of("a_labelIds") == "_labelIds"
    assert suffix_of("") == ""


def test_palettes_give_tints_to_the_ids_that_count():
    profile = label({0: 5, 15: 4, 99: 1, 255: 1}, mode="P", palette=VOC)
    assert facts_of(Sample("a.png"), profile, declared(ignore={255})).tints == ((0, VOC[0]), (15, VOC[15]))
    assert facts_of(Sample("a.png"), label({0: 5}), NOTHING).tints == ()


def disc(side=80, radius=30, dtype="uint8"):
    y, x = np.mgrid[:side, :side]
    return ((y - side // 2) ** 2 + (x - side // 3) ** 2 < radius**2).astype(dtype)


def read(path, ids, save=None):
    """The label and its profile, from a file."""
    (save or (lambda where, what: Image.fromarray(what).save(where)))(path, ids)
    mask = read_label(str(path))
    return mask, profile_label(mask)


def test_equal_labels_have_equal_digests(tmp_path):
    ids = disc()
    plain = digest_of(*read(tmp_path / "a.png", ids))
    assert len(plain) == 16
    assert int(plain, 16) >= 0
    assert digest_of(*read(tmp_path / "b.bmp", ids)) == plain
    assert digest_of(*read(tmp_path / "c.npy", ids, np.save)) == plain

    def with_palette(where, what):
        picture = Image.frombytes("P", what.shape[::-1], what.tobytes())
        picture.putpalette([0, 0, 0, 255, 0, 0])
        picture.save(where)

    assert digest_of(*read(tmp_path / "d.png", ids, with_palette)) == plain


def test_different_labels_have_different_digests(tmp_path):
    found = [
        digest_of(*read(tmp_path / "a.png", disc())),
        digest_of(*read(tmp_path / "b.png", disc(radius=31))),
        digest_of(*read(tmp_path / "c.png", disc().T.copy())),
        digest_of(*read(tmp_path / "d.png", 2 * disc())),
        digest_of(*read(tmp_path / "e.npy", np.stack([disc(), disc(radius=28)]), np.save)),
        digest_of(*read(tmp_path / "f.npy", np.stack([disc(), disc(radius=27)]), np.save)),
    ]
    assert all(found)
    assert len({*found}) == len(found)


@pytest.mark.parametrize("kind", ["empty", "box", "half", "low", "few rows"])
def test_labels_that_may_coincide_have_no_digest(tmp_path, kind):
    ids = np.zeros((40, 40), np.uint8)
    if kind == "box":
        ids[5:20, 7:30] = 1
    elif kind == "half":
        ids[:, 20:] = 1
    elif kind == "low":
        ids = disc()[30:45]
    elif kind == "few rows":
        ids[np.arange(14), np.arange(14)] = 1
    assert digest_of(*read(tmp_path / "a.png", ids)) == ""


def test_a_census_of_real_files(tmp_path):
    census = Census()
    for number, split in enumerate(["train", "train", "val"]):
        path = tmp_path / f"{number}.png"
        mask, profile = read(path, disc())
        census.add(facts_of(Sample(str(path), split=split), profile, NOTHING, digest_of(mask, profile)))
    dataset = census.dataset([Orphan("x.jpg", "image", "no-label", "no label has its name")])
    assert dataset.encodings == {"PNG, mode L, 8-bit, uint8": Seen(3, str(tmp_path / "0.png"))}
    assert dataset.families == {"{0, 1}": Seen(3, str(tmp_path / "0.png"))}
    assert [*dataset.twins.values()] == [{"train": str(tmp_path / "0.png"), "val": str(tmp_path / "2.png")}]
    assert dataset.splits["train"].counts == {0: 2 * int((disc() == 0).sum()), 1: 2 * int(disc().sum())}
    assert dataset.tops == {1: 3}
    assert dataset.orphans[0].kind == "no-label"


def test_the_census_of_eight_bit_pictures_needs_no_numpy(tmp_path):
    Image.fromarray(disc()).save(tmp_path / "a.png")
    script = (
        "import sys\n"
        "from segloss_cli.read import read_label\n"
        "from segloss_cli.profile import profile_label\n"
        "from segloss_cli.scan.census import Census, digest_of, facts_of\n"
        "from segloss_cli.types import Contract, Sample\n"
        "mask = read_label(sys.argv[1]); profile = profile_label(mask)\n"
        "census = Census()\n"
        "census.add(facts_of(Sample(sys.argv[1]), profile, Contract(), digest_of(mask, profile)))\n"
        "assert census.dataset().files == {'label': 1}\n"
        "print('numpy' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.png")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_memory_does_not_grow_with_the_number_of_files():
    """Ten thousand labels that are alike leave no more behind than ten."""
    sizes = []
    for count in (10, 10_000):
        census = Census()
        for number in range(count):
            tints = ((0, (0, 0, 0)), (1, (number % 251, number % 7, 3)))
            census.add(Facts("train", f"{number:05}.png", 9, {0: 8, 1: 1}, "PNG, mode P, uint8", "{0, 1}", "", tints))
        sizes.append(len(repr(vars(census)["_lows"])) + len(repr(census.dataset())))
    assert sizes[1] < sizes[0] + 100
