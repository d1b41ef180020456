"""Rules about a whole data set: what they say, and on which healthy sets they are silent."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segloss_cli import rules
from segloss_cli.rules._examples import array, colours, declared, floats, label
from segloss_cli.rules._examples_dataset import dataset, of_splits, split
from segloss_cli.rules._palettes import CITYSCAPES, voc_colour
from segloss_cli.rules._sets import class_ids, instances, titles
from segloss_cli.rules.sl602_imbalance import constant
from segloss_cli.scan.census import Census, facts_of
from segloss_cli.types import Contract, Dataset, Sample

CODES = ("SL204", "SL207", "SL601", "SL602", "SL603", "SL605", "SL606", "SL607", "SL608")
ENTRIES = tuple(entry for entry in rules.catalogue() if entry.code in CODES)
VOC = tuple(map(voc_colour, range(21)))
NOTHING = Contract()
EXAMPLES = [
    pytest.param(entry, example, id=f"{entry.code}-{example.note}") for entry in ENTRIES for example in entry.rule.bad
]


def found(record, contract=NOTHING):
    return list(rules.judge(record, contract, ENTRIES))


def codes(record, contract=NOTHING):
    return {finding.code for finding in found(record, contract)}


def beyond_notes(record, contract=NOTHING):
    return {finding.code for finding in found(record, contract) if finding.severity != "info"}


def counted(labels, contract=NOTHING, splits=("",)):
    """The data set of some labels' profiles, dealt out to the splits in turn."""
    census = Census()
    for number, profile in enumerate(labels):
        path = f"gt/{number:05}.png"
        census.add(facts_of(Sample(path, split=splits[number % len(splits)]), profile, contract))
    return census.dataset()


def test_all_of_them_are_about_data_sets():
    assert [entry.code for entry in ENTRIES] == [*CODES]
    assert all(entry.rule.about == "dataset" for entry in ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_a_set_of_nothing_is_judged_in_silence(entry):
    for contract in (NOTHING, declared(num_classes=3, ignore={255}), declared(task="binary", consecutive=True)):
        assert list(entry.rule.judge(Dataset(), contract)) == []
        assert list(entry.rule.judge(dataset({}, labels=0), contract)) == []


@pytest.mark.parametrize(("entry", "example"), EXAMPLES)
def test_what_they_say_is_clean_and_stays_the_same(entry, example):
    before = copy.deepcopy(example.record)
    hits = list(entry.rule.judge(example.record, example.contract))
    assert hits == list(entry.rule.judge(example.record, example.contract))
    assert example.record == before
    for hit in hits:
        assert all(text.isprintable() for text in (hit.message, hit.remedy, hit.key))
        assert json.loads(json.dumps(hit.evidence, allow_nan=False))
    assert len({(hit.path, hit.key) for hit in hits}) == len(hits)


@pytest.mark.parametrize(("entry", "example"), EXAMPLES)
def test_no_split_name_or_path_gets_out_as_it_is(entry, example):
    evil = "evil\x1b[31m\n"
    record = example.record
    splits = {name and name + evil: one for name, one in record.splits.items()}
    twins = {key: {name + evil: path + evil for name, path in first.items()} for key, first in record.twins.items()}
    changed = replace(record, splits=splits, twins=twins)
    for hit in entry.rule.judge(changed, example.contract):
        assert all(text.isprintable() for text in (hit.message, hit.remedy, hit.key))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_the_declared_options_are_those_that_are_asked_for(entry):
    """An option that is set to its default changes nothing; each is a number."""
    contract = {f"{entry.code}.{name}": value for name, value in entry.rule.options.items()}
    for example in (*entry.rule.good, *entry.rule.bad):
        if not example.contract.options:
            said = replace(example.contract, options=contract)
            assert list(entry.rule.judge(example.record, said)) == list(
                entry.rule.judge(example.record, example.contract)
            )


shares = st.dictionaries(st.integers(0, 20), st.integers(1, 10**6), min_size=1, max_size=8)


@given(shares)
def test_the_scores_of_a_constant_prediction(counts):
    """Against the scores of such a prediction, counted pixel by pixel."""
    it, total = constant(counts), sum(counts.values())
    assert it.accuracy == pytest.approx(max(counts.values()) / total)
    ious = [counts[value] / total if value == it.answer else 0 for value in counts]
    assert it.mean_iou == pytest.approx(sum(ious) / len(ious))
    hits = counts[it.answer]
    assert it.dice[it.answer] == pytest.approx(2 * hits / (total + hits))
    assert sum(it.dice.values()) == it.dice[it.answer]
    assert -1e-9 <= it.cross_entropy <= math.log(len(counts)) + 1e-9


@given(shares, st.lists(st.floats(0.01, 1), min_size=8, max_size=8))
def test_no_constant_answer_has_a_lower_cross_entropy(counts, guess):
    total = sum(guess[: len(counts)])
    loss = -sum(n * math.log(p / total) for n, p in zip(counts.values(), guess, strict=False)) / sum(counts.values())
    assert loss >= constant(counts).cross_entropy - 1e-9


def test_names_in_sentences():
    contract = declared(names=("a\nb", "road"))
    assert titles([0], contract) == "0 (a b)"
    assert titles([0, 7], contract) == "0 and 7"
    assert titles([1], declared(names=("road",), reduce_zero_label=True)) == "1 (road)"
    assert titles(range(9), declared(names=tuple("abcdefghi"))) == "0..8"


def test_the_ids_that_are_classes():
    held = dataset({0: 5, 1: 5, 9: 5, 255: 5})
    assert class_ids(held, NOTHING) == (0, 1, 9)
    assert class_ids(held, declared(num_classes=2)) == (0, 1)
    assert class_ids(held, declared(num_classes=256)) == (0, 1, 9, 255)
    assert class_ids(dataset({0: 5, 255: 5}), NOTHING) == (0, 255)
    assert class_ids(dataset({0: 5, 255: 5}), declared(num_classes=2)) == (0, 255)
    assert class_ids(dataset({}, many=True), declared(num_classes=2)) == ()


# what must stay silent: healthy sets, made from healthy labels


def voc_labels(count=200, seed=0):
    """Background, one to three of 20 classes, and a border of 255; rarer classes in fewer labels."""
    draw = np.random.default_rng(seed)
    for _ in range(count):
        held = {int(draw.integers(1, 21)) for _ in range(int(draw.integers(1, 4)))}
        yield label({0: 120_000, **dict.fromkeys(held, 20_000), 255: 5_000}, mode="P", palette=VOC, core={255: 0.01})


def test_voc_trainval_as_it_is():
    for contract in (NOTHING, declared(num_classes=21, ignore={255})):
        record = counted(voc_labels(), contract, ("train", "val"))
        assert beyond_notes(record, contract) == set()


def test_a_few_labels_of_voc():
    assert codes(counted([*voc_labels()][:9])) == set()
    assert beyond_notes(counted([*voc_labels()][:12])) == set()


def test_cityscapes_train_ids():
    draw = np.random.default_rng(1)
    labels = [
        label({**{k: 50_000 for k in range(19) if k < 11 or draw.random() < 0.3}, 255: 90_000}, core={255: 0.8})
        for _ in range(200)
    ]
    for contract in (NOTHING, declared(num_classes=19, ignore={255})):
        assert beyond_notes(counted(labels, contract, ("train", "val")), contract) == set()


def test_cityscapes_label_ids():
    draw = np.random.default_rng(2)
    kept = [k for k in range(34) if k not in {29, 30}]
    labels = [label({k: 9_000 for k in kept if draw.random() < 0.6}) for _ in range(200)]
    contract = declared(num_classes=34)
    assert beyond_notes(counted(labels, contract), contract) == set()
    assert {f.code for f in found(counted(labels, contract), contract)} == {"SL603"}  # 29 and 30 occur nowhere: a note


def test_ade20k_with_zero_for_other():
    draw = np.random.default_rng(3)
    contract = declared(num_classes=150, reduce_zero_label=True)
    labels = [label({0: 900, **{int(draw.integers(1, 151)): 9_000 for _ in range(12)}}) for _ in range(400)]
    assert beyond_notes(counted(labels, contract, ("training", "validation")), contract) == set()
    assert beyond_notes(counted(labels)) == set()


@pytest.mark.parametrize("core", [0.02, 0.9])
def test_binary_crops_whose_255_is_void(core):
    labels = [label({0: 900, 255: 100}, core={255: core}) for _ in range(5)]
    labels += [label({0: 900, 7: 90, 255: 10}, core={255: 0.02}) for _ in range(20)]
    labels += [label({0: 900, 1: 90}) for _ in range(20)]
    labels += [label({0: 900, 4: 90}) for _ in range(3)]
    for contract in (NOTHING, declared(ignore={255})):
        assert beyond_notes(counted(labels, contract), contract) == set()


def test_drive_as_it_is_published():
    """All masks in one encoding, {0, 255}: nothing to say beyond the imbalance of thin vessels."""
    labels = [label({0: 300_000, 255: 30_000}, format="GIF", core={255: 0.1}) for _ in range(40)]
    for contract in (NOTHING, declared(task="binary"), declared(num_classes=2)):
        assert beyond_notes(counted(labels, contract, ("training", "test")), contract) == set()


def test_drive_as_it_was_mixed():
    white = ((0, 0, 0),) * 251 + ((255, 255, 255),)
    labels = [label({0: 300_000, 255: 30_000}, format="GIF", core={255: 0.1}) for _ in range(20)]
    labels += [label({0: 9_000, 251: 1_000}, format="GIF", mode="P", palette=white, core={}) for _ in range(60)]
    hits = {finding.message.split(":")[0]: finding for finding in found(counted(labels)) if finding.code == "SL606"}
    storage = hits["labels are stored in different ways"]
    assert "GIF, mode P, uint8 (60 files); GIF, mode L, uint8 (20 files)" in storage.message
    assert storage.path == "gt/00000.png"
    assert (storage.severity, storage.certainty) == ("warning", "proof")


def test_panoptic_pictures():
    draw = np.random.default_rng(4)
    labels = [
        colours(
            {(int(draw.integers(0, 256)), int(draw.integers(0, 256)), int(draw.integers(0, 10))): 500 for _ in range(9)}
        )
        for _ in range(40)
    ]
    assert codes(counted(labels, NOTHING, ("train", "val"))) == set()


def sixteen_bit(draw):
    ids = sorted(draw.choice(60_000, 300, replace=False).tolist())
    return label(dict.fromkeys(ids, 40), mode="I;16", dtype="uint16")


def test_sixteen_bit_instance_maps():
    """Guessed for what they are, and not judged as classes on top of it."""
    draw = np.random.default_rng(5)
    record = counted([sixteen_bit(draw) for _ in range(40)], NOTHING, ("train", "val"))
    assert record.whole.many
    assert codes(record) == {"SL605"}
    assert codes(record, declared(preset="cells-instances")) == set()


@pytest.mark.parametrize("kind", ["matte", "smoothed", "distance"])
def test_soft_labels(kind):
    made = {
        "matte": floats({k / 255: 40 for k in range(0, 256, 3)}),
        "smoothed": floats({0.05: 900, 0.95: 100}),
        "distance": array({0: 9}, counts=None, dtype="float32", integral=False, distinct=9_000, low=0.0, high=99.5),
    }[kind]
    hard = floats({0.0: 900, 1.0: 100})
    contract = declared(soft=True)
    for said in (NOTHING, contract):
        assert codes(counted([made] * 40, said, ("train", "val")), said) == set()
        assert beyond_notes(counted([made] * 30 + [hard] * 10, said), said) == set()


def test_thin_classes():
    """A kerb one pixel wide is rare in pixels, and common in files: a note about imbalance, no stroke."""
    labels = [label({0: 200_000, 1: 60_000, 2: 300}) for _ in range(100)]
    contract = declared(num_classes=3)
    assert {f.code: f.severity for f in found(counted(labels, contract), contract)} == {"SL602": "info"}


def test_empty_masks_of_a_medical_set():
    labels = [label({0: 250_000, 1: 12_000}) for _ in range(70)] + [label({0: 262_000}) for _ in range(30)]
    contract = declared(task="binary")
    said = {f.code: f.severity for f in found(counted(labels, contract, ("train", "val", "test")), contract)}
    assert said == {"SL601": "info", "SL602": "info"}


def test_one_object_of_each_class():
    """VOC crops with one object: two ids each, no numbers of objects."""
    draw = np.random.default_rng(6)
    labels = [label({0: 9_000, int(draw.integers(1, 21)): 900}, mode="P", palette=VOC) for _ in range(300)]
    assert beyond_notes(counted(labels)) == set()


def test_all_of_256_classes():
    draw = np.random.default_rng(7)
    labels = [label({int(draw.integers(0, 256)): 900 for _ in range(30)}) for _ in range(300)]
    contract = declared(num_classes=256)
    assert beyond_notes(counted(labels, contract), contract) == set()


def test_ids_absent_from_single_files():
    """One label of 0, 1, 2, 4 among a thousand with 3, and one of 1..3 among those with 0."""
    labels = [label({0: 900, 1: 50, 2: 40, 3: 30, 4: 20}) for _ in range(30)]
    odd = [label({0: 900, 1: 50, 2: 40, 4: 20}), label({1: 50, 2: 40, 3: 30})]
    for contract in (NOTHING, declared(num_classes=5), declared(num_classes=5, consecutive=True)):
        assert beyond_notes(counted(labels + odd, contract), contract) == set()
        assert codes(counted(odd[:1], contract), contract) == set()
        assert codes(counted(odd[1:], contract), contract) == set()


def test_camvid():
    draw = np.random.default_rng(8)
    labels = [
        label({**{k: 9_000 for k in range(11) if k < 6 or draw.random() < 0.7}, 11: 400}, core={}) for _ in range(300)
    ]
    contract = declared(num_classes=11, ignore={11})
    assert beyond_notes(counted(labels, contract, ("train", "val", "test")), contract) == set()


def test_colours_that_the_contract_decodes():
    draw = np.random.default_rng(9)
    labels = [colours({CITYSCAPES[k]: 900 for k in draw.choice(19, 8, replace=False).tolist()}) for _ in range(200)]
    contract = declared(palette=CITYSCAPES, coded=True, num_classes=19)
    record = counted(labels, contract, ("train", "val"))
    assert set(record.counts) == set(range(19))
    assert beyond_notes(record, contract) == set()


# what must be found


def test_oxford_pets_trimaps():
    record = counted([label({1: 300, 2: 600, 3: 100}) for _ in range(40)])
    contract = declared(num_classes=3)
    (finding,) = [f for f in found(record, contract) if f.code == "SL204"]
    assert (finding.severity, finding.certainty) == ("error", "proof")
    assert {f.code: f.severity for f in found(record)} == {"SL204": "info"}


def test_brats():
    draw = np.random.default_rng(10)
    labels = [label({0: 9_000, **{k: 90 for k in (1, 2, 4) if draw.random() < 0.8}}) for _ in range(60)]
    (finding,) = [f for f in found(counted(labels)) if f.code == "SL207"]
    assert (finding.severity, finding.certainty) == ("warning", "likely")
    contract = declared(num_classes=4, consecutive=True)
    (finding,) = [f for f in found(counted(labels, contract), contract) if f.code == "SL207"]
    assert (finding.severity, finding.certainty) == ("error", "proof")


def test_cells_with_numbers():
    draw = np.random.default_rng(11)
    labels = [label(dict.fromkeys(range(int(draw.integers(5, 91))), 300)) for _ in range(60)]
    assert codes(counted(labels, NOTHING, ("train", "val"))) == {"SL605"}


def test_cityscapes_instance_ids():
    draw = np.random.default_rng(12)

    def one():
        ids = {7: 9_000, 11: 900, 24: 90}
        for kind in (24, 26):
            ids |= {kind * 1000 + n: 50 for n in range(int(draw.integers(0, 10)))}
        return label(ids, mode="I;16", dtype="uint16", bit_depth=16)

    record = counted([one() for _ in range(60)])
    assert "class*1000+n" in instances(record).what
    assert codes(record) == {"SL605"}


def test_the_three_encodings_of_cityscapes():
    census = Census()
    for number in range(30):
        for end, profile in (
            ("labelIds", label({7: 900, 26: 90})),
            ("labelTrainIds", label({0: 900, 13: 90})),
            ("instanceIds", label({7: 900, 26_000: 45, 26_001: 45}, mode="I;16", dtype="uint16")),
        ):
            census.add(facts_of(Sample(f"ulm/ulm_{number:06}_gtFine_{end}.png"), profile, NOTHING))
    (finding,) = [f for f in found(census.dataset()) if f.code == "SL606"]
    assert "_instanceIds (30 files); _labelIds (30 files); _labelTrainIds (30 files)" in finding.message
    assert finding.path == ""


def test_the_same_pictures_as_png_and_npy():
    census = Census()
    for number in range(5):
        stem = f"2011_{number:06}"
        png = label({0: 900, 15: 90, 255: 10}, mode="P", core={255: 0.0})
        census.add(facts_of(Sample(f"SegmentationClass/{stem}.png"), png, NOTHING))
        npy = array({-1: 10, 0: 900, 15: 90}, dtype="int32")
        census.add(facts_of(Sample(f"SegmentationClassNpy/{stem}.npy"), npy, NOTHING))
    messages = [f.message for f in found(census.dataset()) if f.code == "SL606"]
    assert [message.split(":")[0] for message in messages] == [
        "the same pictures lie in several encodings",
        "void is probably written in two ways",
    ]


def test_palettes_of_their_own():
    """GIFs that were re-indexed: the same id is another colour in every file."""
    draw = np.random.default_rng(13)

    def one():
        return label({0: 900, 1: 90}, format="GIF", mode="P", palette=((0, 0, 0), (int(draw.integers(1, 256)), 0, 0)))

    (finding,) = [f for f in found(counted([one() for _ in range(40)])) if f.code == "SL606"]
    assert finding.message.startswith("palettes disagree about id 1: 1 is (")
    assert finding.evidence["ids"] == [1]


def test_a_copy_in_another_split_is_told_at_the_copy():
    record = of_splits(
        {"train": split({0: 9, 1: 9}), "val": split({0: 9, 1: 9})},
        twins={"ab": {"train": "train/a.png", "val": "val/\x1b[31m.png"}, "cd": {"train": "train/c.png"}},
    )
    (finding,) = [f for f in found(record) if f.code == "SL607"]
    assert (finding.path, finding.key, finding.severity) == ("val/\x1b[31m.png", "train/a.png", "warning")


def test_a_stray_stroke_is_told_at_its_file():
    labels = [label({1: 200_000, 2: 60_000}) for _ in range(535)]
    labels.insert(77, label({0: 34, 1: 200_000, 2: 60_000}))
    (finding,) = [f for f in found(counted(labels)) if f.code == "SL608"]
    assert (finding.path, finding.values, finding.key) == ("gt/00077.png", (0,), "0")
    assert (finding.severity, finding.certainty) == ("warning", "likely")


def test_a_class_that_validation_lacks():
    labels = [label({0: 900, 1: 90, **({} if number % 5 == 0 else {2: 9})}) for number in range(100)]
    record = counted(labels, declared(num_classes=3), ("val", "train", "train", "train", "train"))
    (finding,) = [f for f in found(record, declared(num_classes=3)) if f.code == "SL603"]
    assert (finding.key, finding.evidence["missing"]) == ("val", [2])
    assert (finding.severity, finding.certainty) == ("warning", "proof")
