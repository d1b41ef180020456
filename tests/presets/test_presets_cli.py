"""``segloss presets``: the list and the pages."""

import pytest

from segloss_cli.cli.presets import ignored_by, presets, stored_as
from segloss_cli.errors import UsageError
from segloss_cli.presets import catalogue, find, names


def test_the_list_has_every_preset_with_its_summary(capsys):
    assert presets() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(names())
    assert "20 kinds of objects" in lines[-1]


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.preset.name)
def test_every_page_is_shown(capsys, entry):
    assert presets(entry.preset.name) == 0
    text = capsys.readouterr().out
    assert text.startswith(entry.preset.name)
    assert "## Traps" in text
    assert all(name in text for name in entry.preset.names)
    assert all(pattern in text for pattern in entry.preset.layout.labels)


def test_classes_are_shown_by_the_id_that_is_stored(capsys):
    presets("ade20k")
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["1", "wall", "#787878"] in rows
    assert ["150", "flag", "#5c00ff"] in rows


def test_classes_without_a_colour_have_none(capsys):
    presets("camvid")
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["10", "Bicyclist"] in rows


def test_objects_have_no_classes(capsys):
    presets("cityscapes-instances")
    text = capsys.readouterr().out
    assert "no classes, ignored: nothing, ids of objects" in text
    assert "stored id" not in text


def test_without_a_layout_no_files_are_shown(capsys):
    presets("nyudv2-40")
    assert "\nfiles\n" not in capsys.readouterr().out


def test_an_unknown_name_is_a_usage_error():
    with pytest.raises(UsageError, match="did you mean voc"):
        presets("vocc")


@pytest.mark.parametrize(
    ("name", "ignored", "stored"),
    [
        ("voc", "255", "ids from 0"),
        ("coco-panoptic", "0", "ids in RGB"),
        ("pets", "0", "ids from 1"),
        ("medical-binary", "", "ids from 0"),
        ("cityscapes-colour", "10 ids", "colours"),
    ],
)
def test_the_facts_in_a_few_words(name, ignored, stored):
    assert (ignored_by(find(name)), stored_as(find(name))) == (ignored, stored)
