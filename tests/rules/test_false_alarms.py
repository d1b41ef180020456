"""Healthy files stay silent: no warning and no error from any rule, whatever is or is not declared of them."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segloss_cli.rules import judge
from segloss_cli.rules._examples import array, colours, declared, floats, label, pair, scores, sized, value
from segloss_cli.rules._palettes import voc_colour
from segloss_cli.types import Contract

NOTHING = Contract()
VOC_RING = label({0: 70, 2: 5, 15: 20, 255: 5}, mode="P", palette=tuple(map(voc_colour, range(21))), core={255: 0.01})
TRAIN_IDS = label({**dict.fromkeys(range(19), 5), 255: 5}, core={255: 0.45})
CITYSCAPES_HOOD = label({0: 80, 255: 20}, core={255: 0.9})
RING_CROP = label({0: 94, 255: 6}, mode="P", core={255: 0.03})
VESSELS = label({0: 88, 255: 12}, core={255: 0.1})
EMPTY = label({0: 100})
DEEP = {"mode": "I;16", "dtype": "uint16", "bit_depth": 16}
INSTANCES = label({0: 50, 1: 9, 2: 9, 1003: 9, 40000: 9}, mode="I;16", dtype="uint16", bit_depth=16)
CITYSCAPES_INSTANCES = label(
    {7: 50, 11: 20, 24000: 10, 26003: 20},
    mode="I;16",
    dtype="uint16",
    path="a_gtFine_instanceIds.png",
)
MATTE = floats({k / 255: 1 for k in range(256)})
SMOOTHED = floats({0.05: 50, 0.95: 50})
DISTANCES = floats({-12.5: 20, 0.0: 20, 31.25: 60})
NYU = label({0: 5, 1: 40, 5: 5, 7: 5, 15: 5, 19: 5, 34: 5, 38: 5, 40: 25})
STUFF = label({0: 20, 38: 20, 75: 20, 113: 20, 180: 20})
CAMVID = label(dict.fromkeys(range(12), 5))
EVERY_BYTE = label(dict.fromkeys(range(256), 5))
ADE = label({0: 5, 1: 45, 12: 40, 150: 10})
LOVEDA_TILE = label({0: 60, 3: 40})
PANOPTIC = colours({(0, 0, 0): 10, (60, 20, 9): 50, (7, 7, 120): 40}, path="panoptic_val2017_000000000139.png")
CARLA = colours({(0, 0, 0): 10, (7, 0, 0): 50, (12, 0, 0): 40})

HEALTHY = [
    pytest.param(VOC_RING, NOTHING, id="VOC as is"),
    pytest.param(VOC_RING, declared(num_classes=21, ignore={255}), id="VOC with its contract"),
    pytest.param(TRAIN_IDS, NOTHING, id="Cityscapes trainIds"),
    pytest.param(TRAIN_IDS, declared(num_classes=19, ignore={255}), id="Cityscapes trainIds with their contract"),
    pytest.param(CITYSCAPES_HOOD, declared(num_classes=19, ignore={255}), id="a tile of road and ego vehicle"),
    pytest.param(label({7: 50, 26: 30, 33: 20}), declared(num_classes=34), id="labelIds of 34 classes"),
    pytest.param(ADE, declared(num_classes=150, reduce_zero_label=True), id="ADE20K with reduce_zero_label"),
    pytest.param(ADE, declared(num_classes=151), id="ADE20K with other as a class"),
    pytest.param(ADE, NOTHING, id="ADE20K"),
    pytest.param(LOVEDA_TILE, declared(num_classes=7, reduce_zero_label=True), id="LoveDA: no-data and one class"),
    pytest.param(LOVEDA_TILE, declared(num_classes=8, ignore={0}), id="LoveDA: 0 is ignored"),
    pytest.param(label({0: 60, 2: 40}), declared(num_classes=2, reduce_zero_label=True), id="class 2 of 1 and 2"),
    pytest.param(RING_CROP, NOTHING, id="crop with a thin ring"),
    pytest.param(RING_CROP, declared(num_classes=21, ignore={255}), id="crop with a thin ring, VOC contract"),
    pytest.param(RING_CROP, declared(num_classes=2, ignore={255}), id="crop with a thin ring, two classes"),
    pytest.param(RING_CROP, declared(task="binary", ignore={255}), id="crop with a thin ring, binary"),
    pytest.param(VESSELS, NOTHING, id="DRIVE-style thin foreground"),
    pytest.param(PANOPTIC, NOTHING, id="panoptic, ids in RGB"),
    pytest.param(CARLA, declared(num_classes=23), id="CARLA, ids in R"),
    pytest.param(INSTANCES, NOTHING, id="16-bit instance map"),
    pytest.param(label({0: 50, 1: 30, 9: 20}, **DEEP), NOTHING, id="16-bit instance map with few objects"),
    pytest.param(label({0: 50, 37: 50}, **DEEP), declared(num_classes=38), id="class ids in 16 bits"),
    pytest.param(label({256: 50, 512: 30, 769: 20}, **DEEP), NOTHING, id="class * 256 + n"),
    pytest.param(label({0: 50, 257: 30, 514: 20}, **DEEP), declared(num_classes=600), id="many classes in 16 bits"),
    pytest.param(
        label({0: 50, 1: 50}, format="GIF", path="a_mask.gif", mode="P"), NOTHING, id="Carvana: a GIF of two colours"
    ),
    pytest.param(label({0: 50, 1: 50}, path="a"), NOTHING, id="a name without a suffix"),
    pytest.param(label({0: 50, 1: 50}, path="a.tiff", format="TIFF"), NOTHING, id="another name of TIFF"),
    pytest.param(label({0: 50, 1: 50}, path="a.seg"), NOTHING, id="a suffix of one's own"),
    pytest.param(
        label({0: 50, 1: 30, 2: 20}, mode="P", palette=tuple(map(voc_colour, range(256)))),
        NOTHING,
        id="NYU in VOC colours",
    ),
    pytest.param(CITYSCAPES_INSTANCES, NOTHING, id="Cityscapes instance map"),
    pytest.param(array({0: 50, 41_000: 50}, counts=None, distinct=41_001, high=41_001), NOTHING, id="many instances"),
    pytest.param(MATTE, NOTHING, id="soft matte"),
    pytest.param(MATTE, declared(soft=True), id="soft matte, declared"),
    pytest.param(MATTE, declared(task="binary"), id="soft matte of a binary task"),
    pytest.param(SMOOTHED, NOTHING, id="label smoothing"),
    pytest.param(SMOOTHED, declared(task="binary"), id="label smoothing of a binary task"),
    pytest.param(DISTANCES, declared(soft=True), id="distance map, declared soft"),
    pytest.param(floats({0.0: 9, 7.5: 9}), declared(soft=True), id="unsigned distances, declared soft"),
    pytest.param(EMPTY, NOTHING, id="empty mask"),
    pytest.param(EMPTY, declared(task="binary"), id="empty mask, binary"),
    pytest.param(EMPTY, declared(num_classes=2, ignore={255}), id="empty mask, two classes"),
    pytest.param(label({1: 100}), declared(task="binary"), id="nothing but foreground"),
    pytest.param(label({0: 60, 1: 40}), declared(task="binary"), id="binary"),
    pytest.param(label({0: 60, 1: 40}, mode="1", dtype="bool"), declared(task="binary"), id="binary, one bit"),
    pytest.param(label({0: 60, 1: 40}), NOTHING, id="0 and 1"),
    pytest.param(label({0: 60, 15: 40}, mode="P"), NOTHING, id="one VOC class without void"),
    pytest.param(label({0: 60, 1: 35, 255: 5}, mode="P", core={255: 0.0}), NOTHING, id="pets"),
    pytest.param(EVERY_BYTE, declared(num_classes=256), id="256 classes"),
    pytest.param(EVERY_BYTE, NOTHING, id="every byte"),
    pytest.param(label({0: 50, 255: 50}), declared(num_classes=256), id="two of 256 classes"),
    pytest.param(label({3: 100}), declared(num_classes=21), id="one class in this file"),
    pytest.param(label({1: 50, 4: 50}), declared(num_classes=5), id="ids absent from this file"),
    pytest.param(NYU, NOTHING, id="NYUDv2-40"),
    pytest.param(NYU, declared(num_classes=41), id="NYUDv2-40 with void as a class"),
    pytest.param(NYU, declared(num_classes=40, reduce_zero_label=True), id="NYUDv2-40 with reduce_zero_label"),
    pytest.param(STUFF, declared(num_classes=182), id="COCO-Stuff ids that are grey levels too"),
    pytest.param(CAMVID, NOTHING, id="CamVid"),
    pytest.param(CAMVID, declared(num_classes=11, ignore={11}), id="CamVid with its contract"),
    pytest.param(array({-1: 5, 0: 55, 15: 40}, dtype="int32"), NOTHING, id="labelme array"),
    pytest.param(array({-1: 5, 0: 55, 15: 40}, dtype="int32"), declared(num_classes=21, ignore={-1}), id="labelme"),
    pytest.param(array({-100: 5, 0: 55, 2: 40}), declared(num_classes=3, ignore={-100}), id="torch's own ignored id"),
    pytest.param(floats({0.0: 50, 20.0: 50}), declared(num_classes=21), id="ids as floats"),
    pytest.param(
        colours({(0, 0, 0): 50, (128, 0, 0): 50}),
        declared(palette=((0, 0, 0), (128, 0, 0)), num_classes=2),
        id="colours with their palette",
    ),
    pytest.param(label({0: 50, 2: 50}, orientation=1), declared(num_classes=3), id="EXIF orientation 1"),
    pytest.param(array(shape=(1, 10, 10), height=10, width=10), NOTHING, id="a batch of one"),
    pytest.param(
        array(shape=(4, 1, 5, 5), images=4, height=5, width=5), declared(task="binary"), id="binary with a channel axis"
    ),
    pytest.param(scores(), NOTHING, id="logits"),
    pytest.param(scores(low=-2.0, high=0.0), NOTHING, id="negative logits"),
    pytest.param(scores(kind="log-probabilities", low=-30.0, high=0.0), NOTHING, id="log_softmax, once or twice"),
    pytest.param(scores(kind="log-probabilities", low=-30.0, high=0.0, inf=4), NOTHING, id="log of 0"),
    pytest.param(scores(kind="probabilities", low=0.0, high=1.0, sum_low=1.0, sum_high=1.0), NOTHING, id="softmax"),
    pytest.param(scores((1, 1, 9, 9), "probabilities", low=0.0, high=1.0), NOTHING, id="sigmoid"),
    pytest.param(
        scores((1, 19, 64, 64), "probabilities", low=0.051, high=0.055, sum_low=1.0, sum_high=1.0),
        NOTHING,
        id="an untrained network",
    ),
    pytest.param(scores((1, 1, 64, 64), "ids", low=0, high=1), NOTHING, id="class ids"),
    pytest.param(scores((1, 3, 8, 6), axes="HWC"), declared(num_classes=3), id="channels last, declared"),
    pytest.param(pair(scores((1, 3, 8, 6)), sized(8, 6)), declared(num_classes=3), id="a pair"),
    pytest.param(pair(scores((2, 1, 8, 6)), sized(8, 6, 2)), declared(task="binary"), id="a binary pair"),
    pytest.param(pair(scores((1, 1, 8, 6), "ids"), sized(8, 6)), declared(task="multiclass"), id="ids against ids"),
    pytest.param(value("dice", -0.91, -1.0, 0.0, like="nnunet"), NOTHING, id="-Dice by design"),
    pytest.param(value("cross-entropy", 0.0, 0.0, math.inf), NOTHING, id="cross-entropy 0"),
    pytest.param(value("cross-entropy", 40.0, 0.0, math.inf, knobs={"label_smoothing": 0.1}), NOTHING, id="smoothing"),
    pytest.param(value("giou", 1.97, 0.0, 2.0), NOTHING, id="GIoU up to 2"),
    pytest.param(value("dice", None, 0.0, 1.0, status="undefined"), NOTHING, id="undefined Dice"),
]


@pytest.mark.parametrize(("record", "contract"), HEALTHY)
def test_healthy_is_silent(record, contract):
    assert [f"{f.code} {f.message}" for f in judge(record, contract) if f.severity != "info"] == []


def _counts(ids, rest=()):
    """Counts by which neither a class nor void is rare."""
    return {value: 100 + 7 * place for place, value in enumerate(sorted({*ids, *rest}))}


@st.composite
def _healthy(draw, least=2):
    """A number of classes, the ids of some of them, and what is ignored."""
    count = draw(st.integers(least, 300))
    ids = draw(st.sets(st.integers(0, count - 1), min_size=2, max_size=12))
    ignore = draw(st.sampled_from([frozenset(), frozenset({-1}), frozenset({65535}), frozenset({count})]))
    if count <= 255:
        ignore = draw(st.sampled_from([ignore, frozenset({255})]))
    present = draw(st.booleans())
    return count, ids, ignore, ignore if present else frozenset()


_stored = st.sampled_from(
    [
        {"dtype": "uint8", "mode": "L"},
        {"dtype": "uint8", "mode": "P"},
        {"dtype": "uint16", "mode": "I;16"},
        {"dtype": "int64", "mode": "", "format": "NPY", "path": "gt.npy"},
        {"dtype": "int32", "mode": "", "format": "NPY", "path": "gt.npy"},
    ]
)


@given(_healthy(), _stored, st.floats(0, 1))
def test_ids_within_a_declared_contract_are_no_error(healthy, stored, core):
    count, ids, ignore, void = healthy
    record = label(_counts(ids, void), core=dict.fromkeys(void, core), **stored)
    found = list(judge(record, declared(num_classes=count, ignore=ignore)))
    assert [finding.code for finding in found if finding.severity != "info"] == []


@given(_healthy(least=3), st.sets(st.integers(-300, 70_000), min_size=1, max_size=6))
def test_ids_outside_a_declared_contract_are_named_exactly(healthy, renamed):
    count, ids, ignore, _ = healthy
    strays = {value for value in renamed if not 0 <= value < count} - ignore
    record = array(_counts(ids, strays))
    findings = [f for f in judge(record, declared(num_classes=count, ignore=ignore)) if f.code in {"SL201", "SL202"}]
    assert sorted(value for finding in findings for value in finding.values) == sorted(strays)
    assert all((f.severity, f.certainty) == ("error", "proof") for f in findings)
    assert sum(f.evidence["pixels"] for f in findings) == sum(record.counts[value] for value in strays)


@given(_healthy(least=3), st.sets(st.integers(-300, 70_000), min_size=1, max_size=6))
def test_what_was_inferred_is_never_an_error(healthy, renamed):
    count, ids, ignore, _ = healthy
    record = array(_counts(ids, renamed))
    inferred = Contract(num_classes=count, ignore=ignore, task="multiclass")
    assert [finding.code for finding in judge(record, inferred) if finding.severity == "error"] == []


_anything = st.one_of(
    st.dictionaries(st.integers(-(2**40), 2**40), st.integers(1, 10**9), max_size=40).map(array),
    st.dictionaries(st.integers(0, 255), st.integers(1, 10**6), min_size=1).map(label),
    st.dictionaries(
        st.floats(allow_nan=False, allow_infinity=False, width=32), st.integers(1, 9), min_size=1, max_size=20
    ).map(floats),
    st.dictionaries(st.tuples(*[st.integers(0, 255)] * 3), st.integers(1, 9**9), min_size=1, max_size=20).map(colours),
)
_contracts = st.one_of(
    st.just(NOTHING),
    st.integers(1, 300).map(lambda count: declared(num_classes=count)),
    st.integers(1, 300).map(lambda count: declared(num_classes=count, ignore={255}, reduce_zero_label=True)),
    st.sets(st.integers(-1, 255), max_size=3).map(lambda ids: declared(ignore=ids)),
    st.sampled_from(["binary", "multiclass", "multilabel"]).map(lambda task: declared(task=task)),
    st.just(declared(losses=("bce", "dice"))),
    st.just(declared(palette=((0, 0, 0), (128, 0, 0)), ignore={255})),
)


@given(_anything)
def test_without_a_contract_no_values_are_an_error(record):
    assert [finding.code for finding in judge(record, NOTHING) if finding.severity == "error"] == []


@given(_anything, _contracts)
def test_whatever_comes_is_said_cleanly(record, contract):
    for finding in judge(record, contract):
        assert finding.message.isprintable()
        assert finding.remedy.isprintable()
        assert finding.severity != "error" or finding.certainty == "proof"
        assert len(finding.message) < 400
        json.dumps(finding.evidence, allow_nan=False)


@given(
    st.integers(1, 5),
    st.floats(-1e6, 1e6),
    st.floats(0, 1e6),
    st.sampled_from(["logits", "probabilities", "log-probabilities", "ids"]),
)
def test_finite_predictions_are_no_error(channels, low, width, kind):
    record = scores((1, channels, 9, 9), kind, low=low, high=low + width)
    assert [finding.code for finding in judge(record, NOTHING) if finding.severity == "error"] == []


@given(st.integers(1, 64), st.integers(1, 64), st.integers(1, 64), st.integers(1, 64), st.integers(2, 9))
def test_a_pair_is_an_error_exactly_where_its_sizes_differ(height, width, h, w, channels):
    found = [f.code for f in judge(pair(scores((1, channels, height, width)), sized(h, w)), NOTHING)]
    assert found == ([] if (height, width) == (h, w) else ["SL309"])


@given(st.floats(-2, 2), st.sampled_from([(0.0, 1.0), (-1.0, 0.0), (0.0, math.inf)]))
def test_a_value_is_out_of_range_exactly_where_it_is(amount, bounds):
    low, high = bounds
    found = [f.code for f in judge(value("dice", amount, low, high), NOTHING)]
    inside = low - 1e-6 <= amount <= high + 1e-6
    assert [code for code in found if code != "SL901"] == ([] if inside else ["SL402"])
    # what is negative by design is said to be so, and of nothing else it is
    assert "SL901" not in found or (inside and amount < 0)
    assert "SL901" in found or not (inside and amount < -1e-6)
