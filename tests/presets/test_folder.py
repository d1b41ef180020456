"""Contract tests over the folder: a new preset is tested here before its author writes a test."""

import re
from dataclasses import replace

import pytest

from segloss_cli import presets
from segloss_cli.errors import UsageError
from segloss_cli.presets._marks import MARKS
from segloss_cli.types import Contract

ENTRIES = presets.catalogue()
HEADINGS = ["## What the labels are", "## Traps", "## Reference"]
WANTED = {
    "ade20k",
    "camvid",
    "camvid-32",
    "cityscapes",
    "cityscapes-colour",
    "cityscapes-instances",
    "cityscapes-labelids",
    "coco-panoptic",
    "coco-stuff",
    "coco-stuff-171",
    "isaid",
    "kitti",
    "loveda",
    "mapillary",
    "mapillary-v2",
    "medical-binary",
    "nyudv2-40",
    "nyudv2-40-255",
    "pascal-context",
    "pascal-context-59",
    "person-part",
    "pets",
    "potsdam",
    "sunrgbd-37",
    "vaihingen",
    "voc",
}

each = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.preset.name)


def test_every_data_set_of_the_issue_is_there():
    assert set(presets.names()) >= WANTED


def test_names_are_those_of_the_files():
    assert tuple(entry.preset.name for entry in ENTRIES) == presets.names()


def test_titles_are_unique():
    titles = [entry.preset.title for entry in ENTRIES]
    assert sorted({*titles}) == sorted(titles)


def test_every_preset_can_be_told_and_nothing_else():
    assert sorted(MARKS) == sorted(presets.names())


@each
def test_the_page_says_what_traps_there_are_and_where_it_is_from(entry):
    page = entry.page.strip()
    found = [line for line in page.splitlines() if line.startswith("## ")]
    assert found == HEADINGS
    assert all(part.strip() for part in re.split(r"^## .*$", page, flags=re.MULTILINE))
    reference = page.partition("## Reference")[2]
    assert re.search(r"\b(19|20)\d\d\b", reference)
    assert max(map(len, page.splitlines())) <= 120


@each
def test_the_summary_is_one_plain_line(entry):
    summary = presets.summary(entry)
    assert 20 <= len(summary) <= 100
    assert summary.isprintable()
    assert not summary.endswith(".")


@each
def test_names_colours_and_number_of_classes_agree(entry):
    preset = entry.preset
    count = preset.num_classes
    # the foreground of a binary mask is 1 or 255: a name by id would be wrong for one of them
    assert len(preset.names) == (0 if preset.task == "binary" else count or 0)
    assert all(name == name.strip() and name.isprintable() and name for name in preset.names)
    assert len({*preset.names}) == len(preset.names)
    if preset.palette:
        assert len(preset.palette) >= count
        assert {*range(count, len(preset.palette))} <= preset.ignore
        assert all(len(colour) == 3 and all(0 <= band <= 255 for band in colour) for colour in preset.palette)


@each
def test_colours_that_stand_for_ids_are_told_apart(entry):
    palette = entry.preset.palette
    if entry.preset.coded:
        assert len({*palette}) == len(palette)


@each
def test_what_may_be_stored_are_classes_and_what_is_ignored(entry):
    preset = entry.preset
    assert preset.spans or preset.task is None
    assert all(first <= last for first, last in preset.spans)
    stored = {value for first, last in preset.spans for value in range(first, last + 1)}
    shift = int(preset.reduce_zero_label)
    assert {*range(shift, (preset.num_classes or 0) + shift)} <= stored


@each
def test_the_contract_counts_as_declared(entry):
    preset = entry.preset
    contract = presets.contract_of(preset)
    assert contract.preset == preset.name
    assert contract.names == preset.names
    assert contract.num_classes == preset.num_classes
    set_terms = {
        name
        for name in ("num_classes", "ignore", "names", "palette", "task", "reduce_zero_label", "coded")
        if getattr(contract, name)
    }
    assert contract.declared == set_terms - preset.assumed
    assert preset.assumed <= set_terms


@each
def test_a_detected_contract_is_the_same_and_declares_nothing(entry):
    declared = presets.contract_of(entry.preset)
    inferred = presets.contract_of(entry.preset, declared=False)
    assert inferred == replace(declared, declared=frozenset())


@each
def test_only_coded_labels_have_a_palette_in_their_contract(entry):
    contract = presets.contract_of(entry.preset)
    assert contract.palette == (entry.preset.palette if entry.preset.coded else ())


@each
def test_ignored_ids_are_no_declared_classes(entry):
    # an ignored id among the classes is worth a warning where a user says so, not where a data set is made so
    contract = presets.contract_of(entry.preset)
    if contract.says("ignore") and not contract.reduce_zero_label:
        assert all(not 0 <= value < (contract.num_classes or 0) for value in contract.ignore)


@each
def test_layouts_name_what_both_sides_share(entry):
    layout = entry.preset.layout
    assert bool(layout.images) == bool(layout.labels)
    for pattern in (*layout.images, *layout.labels):
        fields = re.findall(r"\{([^{}]*)\}", pattern)
        assert {*fields} <= {"stem", "split", "name", "number"}
        assert {*fields} & {"stem", "number"}
        assert not pattern.startswith("/")


@each
def test_codes_that_are_left_out_are_codes(entry):
    assert all(re.fullmatch(r"SL[1-9]\d\d", code) for code in entry.preset.without)


@pytest.mark.parametrize("name", ["VOC", "coco_stuff", " Ade20K "])
def test_names_are_found_in_any_writing(name):
    assert presets.find(name).name in {"voc", "coco-stuff", "ade20k"}


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("cityscape", "did you mean cityscapes or"), ("ade", "ade20k"), ("nyu", "nyudv2-40 or nyudv2-40-255?")],
)
def test_unknown_names_are_answered_with_those_that_come_close(wrong, meant):
    with pytest.raises(UsageError, match=re.escape(f"no preset '{wrong}'")) as caught:
        presets.find(wrong)
    assert meant in str(caught.value)


@pytest.mark.parametrize("wrong", ["", "zzzz", "_marks", "../voc", "voc.py", "_preset"])
def test_nothing_else_is_a_preset(wrong):
    with pytest.raises(UsageError, match="known: ade20k, camvid"):
        presets.find(wrong)


def test_a_name_that_is_not_public_is_no_attribute():
    with pytest.raises(AttributeError, match="nothing_of_this"):
        getattr(presets, "nothing_" + "of_this")


def test_an_empty_contract_is_what_nothing_says():
    assert presets.merged(Contract(), Contract()) == Contract()
