"""The JSON document and its schema."""

import json
import os
from dataclasses import replace
from importlib import resources

import jsonschema
import pytest

from segloss_cli import __version__
from segloss_cli.render.json import render
from segloss_cli.types import Dataset, Split

SCHEMA = json.loads(resources.files("segloss_cli.render").joinpath("report.schema.json").read_text("utf-8"))


def parsed(report, **view):
    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    return json.loads(render(report, **view), parse_constant=refuse)


def keys_of(schema, definitions):
    """The keys that a schema of an object documents, those of the schemas it refers to included."""
    if "$ref" in schema:
        return keys_of(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return set(schema.get("properties", {})).union(*(keys_of(part, definitions) for part in schema.get("allOf", [])))


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_reports_fit_the_schema(report):
    jsonschema.Draft202012Validator(SCHEMA).validate(parsed(report))


@pytest.mark.parametrize(
    "broken",
    [
        {"schema": "segloss/2"},
        {"losses": [{"loss": "dice"}]},
        {"files": [{"path": "x", "kind": "label"}]},
        {"complete": "yes"},
        {"dataset": {"files": {}}},
        {"classes": [{"id": 0}]},
        {"totals": {"SL201": {"findings": 1}}},
    ],
)
def test_the_schema_refuses_other_documents(reports, broken):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate({**parsed(reports.full()), **broken})


def test_every_key_is_in_the_schema(reports):
    document = parsed(reports.full())
    definitions = SCHEMA["$defs"]
    assert set(document) == keys_of(SCHEMA, definitions)
    compared, searched = parsed(reports.compared()), parsed(reports.searched())
    checked = parsed(reports.checked())
    for name, records in [
        ("dataset", [checked["dataset"]]),
        ("split", checked["dataset"]["splits"].values()),
        ("class", checked["classes"]),
        ("amounts", [split for one in checked["classes"] for split in one["splits"].values()]),
        ("total", checked["totals"].values()),
        ("comparison", compared["comparison"]),
        ("reason", compared["comparison"][0]["reasons"]),
        ("gradient", [loss["grad"] for loss in compared["losses"] if loss["grad"]]),
        ("match", searched["matches"]),
        ("contract", [document["contract"]]),
        ("summary", [document["summary"]]),
        ("finding", document["findings"]),
        ("loss", document["losses"]),
        ("skipped", document["skipped"]),
    ]:
        assert records
        for record in records:
            assert set(record) == keys_of(definitions[name], definitions), name
    for file in document["files"]:
        assert set(file) == keys_of(definitions[file["kind"]], definitions)


def test_the_head(reports):
    document = parsed(reports.full())
    assert document["schema"] == "segloss/1"
    assert document["version"] == __version__
    assert document["complete"] is False
    assert document["contract"] == {
        "num_classes": 21,
        "ignore": [255],
        "names": ["sky", "gt.png"],
        "palette": [],
        "task": "multiclass",
        "reduce_zero_label": False,
        "preset": "",
        "inferred": ["num_classes", "names", "task"],
    }
    assert document["summary"] == {
        "files": 3,
        "errors": 1,
        "warnings": 1,
        "infos": 1,
        "skipped": 1,
        "exit_code": None,
    }


def test_a_label(reports):
    file = parsed(reports.full())["files"][0]
    assert file["values"] == {"0": 90, "15": 7, "255": 3}
    assert file["shape"] == [10, 10]
    assert file["palette"] == {"0": "#000000", "15": "#2b55c3", "255": "#dba5f3"}
    assert file["readers"]["ToTensor"] == {"0": 0.0, "15": 0.0588, "255": 1.0}
    assert (file["distinct"], file["min"], file["max"], file["colours"]) == (3, 0, 255, None)


def test_more_values_than_are_listed(reports):
    label = replace(reports.full().files[0], counts=None, distinct=4000, low=0, high=float("nan"))
    file = parsed(replace(reports.full(), files=(label,)))["files"][0]
    assert (file["values"], file["distinct"], file["min"], file["max"]) == (None, 4000, 0, None)


def test_a_prediction(reports):
    file = parsed(reports.full())["files"][1]
    assert file["reading"] == [1, 21, 10, 10]
    assert (file["nan"], file["inf"], file["first_bad"]) == (2, 1, [0, 3, 1, 2])
    assert file["sums"] == [None, 9.5]


def test_numbers_that_json_does_not_have(reports):
    document = parsed(reports.full())
    focal = document["losses"][3]
    assert (focal["value"], focal["status"], focal["reason"]) == (None, "undefined", "the value is nan")
    assert focal["knobs"] == {"gamma": 2, "weights": [1.0, None]}
    assert document["losses"][0]["range"] == [0.0, None]
    assert document["losses"][0]["per_class"] == [1.0, None, 2.0]
    assert document["findings"][0]["evidence"]["ratio"] is None
    assert document["facts"] == {"seconds": None}


def test_a_comparison(reports):
    dice, jaccard, mcc = parsed(reports.compared())["comparison"]
    assert dice["values"] == {"ours": 0.680746, "smp": 0.480746, "monai": 0.696612}
    assert (dice["agree"], jaccard["agree"]) == (False, True)
    assert dice["reasons"][0]["knobs"] == [
        {"knob": "classes", "value": "present-zero", "words": "an absent class counts as 0", "alone": 0.480746}
    ]
    assert mcc["values"] == {"ours": None}


def test_gradients(reports):
    dice, smp, monai, *_ = parsed(reports.compared())["losses"]
    assert dice["grad"]["per_class"] == [0.75, 0.25, 0.0]
    assert (smp["grad"]["finite"], smp["grad"]["norm"], smp["grad"]["bad"]) == (False, None, 12)
    assert monai["grad"]["reason"] == "not differentiable (arg max)"


def test_matches(reports):
    document = parsed(reports.searched())
    assert [(m["found"], m["agrees"], m["command"].split()[-1]) for m in document["matches"]] == [
        (0.480746, True, "dice"),
        (0.4807, True, "focal"),
        (0.4801, False, "dice"),
    ]
    assert document["facts"]["find"]["tried"] == 8463
    assert "commands" not in document["facts"]["find"]


def test_numpy_values_are_numbers(reports):
    import numpy as np

    found = reports.finding(
        evidence={"count": np.int64(3), "share": np.float32(0.5), "ids": np.array([1, 2]), "any": {2, 1}}
    )
    assert parsed(replace(reports.empty(), findings=(found,)))["findings"][0]["evidence"] == {
        "count": 3,
        "share": 0.5,
        "ids": [1, 2],
        "any": [1, 2],
    }


def test_places(reports):
    first, second, _ = parsed(reports.full())["findings"]
    assert (first["first"], first["bbox"]) == ({"image": 0, "y": 1, "x": 4}, [4, 1, 7, 2])
    assert (second["first"], second["bbox"]) == (None, None)


def test_fingerprints_are_unique_and_stable(reports):
    twice = replace(
        reports.empty(), findings=(reports.finding(key="40"), reports.finding(key="40"), reports.finding(key="41"))
    )
    marks = [finding["fingerprint"] for finding in parsed(twice)["findings"]]
    assert len(set(marks)) == 3
    assert (
        marks[0]
        == parsed(replace(twice, findings=(reports.finding(key="40", message="5 pixels"),)))["findings"][0][
            "fingerprint"
        ]
    )


def test_a_fingerprint_is_about_the_relative_path(reports):
    def mark(path, root=""):
        return parsed(replace(reports.empty(), findings=(reports.finding(path),)), root=root)["findings"][0][
            "fingerprint"
        ]

    root = os.path.abspath(os.sep + "work")
    assert (
        mark("masks/gt.png")
        == mark(os.path.join("masks", ".", "gt.png"))
        == mark(os.path.join(root, "masks", "gt.png"), root)
    )
    assert mark("masks/gt.png") != mark("gt.png")
    assert mark(os.path.join(root + "2", "gt.png"), root) != mark("gt.png", root)


def test_the_text_is_ascii(reports):
    text = render(reports.hostile())
    assert text.isascii()
    assert json.loads(text)["files"][0]["path"].endswith("\\xff\u200b.png")


def test_view_changes_nothing(reports):
    assert render(reports.full(), width=40, colour=True, detail="summary") == render(reports.full())


def test_a_check(reports):
    document = parsed(reports.checked())
    assert document["files"] == []
    assert document["dataset"]["files"] == {"image": 1200, "label": 1200}
    assert document["dataset"]["splits"]["train"] == {
        "labels": 800,
        "pixels": 80_000,
        "empty": 12,
        "uncounted": 4,
        "many": False,
    }
    assert document["dataset"]["unpaired"] == {"no-image": 1}
    assert document["dataset"]["encodings"] == {
        "PNG, mode P, 8-bit, uint8": {"files": 1200, "first": "train/labels/a.png"}
    }
    road = document["classes"][1]
    assert (road["name"], road["pixels"], road["files"], road["splits"]["val"]["pixels"]) == ("road", 9992, 300, 0)
    assert document["totals"]["SL104"]["findings"] == 1200
    assert document["contract"]["preset"] == "camvid"
    assert "totals" not in document["facts"]
    assert document["facts"]["suppressed"] == 3


def test_the_summary_of_a_check_counts_what_was_not_kept(reports):
    assert parsed(reports.checked())["summary"] == {
        "files": 2401,
        "errors": 9,
        "warnings": 1,
        "infos": 1200,
        "skipped": 2,
        "exit_code": None,
    }


@pytest.mark.parametrize(
    "splits",
    [
        {"": Split(3, 9, many=True)},
        {"": Split(3, 9, uncounted=3)},
        {"train": Split(3, 9, {0: 9}), "val": Split(3, 9, many=True)},
    ],
)
def test_no_classes_where_no_ids_are_known(reports, splits):
    report = replace(reports.checked(), dataset=Dataset(splits))
    assert parsed(report)["classes"] == []


def test_the_exit_code_is_no_fact(reports):
    document = parsed(replace(reports.clean(), facts={**reports.clean().facts, "exit_code": 3}))
    assert document["summary"]["exit_code"] == 3
    assert "exit_code" not in document["facts"]
