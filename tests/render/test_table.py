"""The report for people."""

import re
from dataclasses import replace

import pytest

from segloss_cli.render import table
from segloss_cli.render._blocks import Column, Grid, cell
from segloss_cli.render._terminal import chunks
from segloss_cli.render._values import of_losses
from segloss_cli.rules._examples import colours, label
from segloss_cli.types import Contract, Place, Report


@pytest.mark.parametrize("width", [200, 80, 40, 24])
def test_nothing_is_lost_at_any_width(reports, width):
    text = table.render(reports.full(), width=width)
    tokens = {token for line in table.render(reports.full()).splitlines() for token in line.split()}
    joined = re.sub(r"\s", "", text)
    assert {token for token in tokens if token not in joined} == set()
    assert "…" not in text


@pytest.mark.parametrize("width", [200, 80, 40])
@pytest.mark.parametrize("command", ["inspect", "compute"])
def test_lines_fit_the_terminal(reports, width, command):
    text = table.render(replace(reports.full(), command=command), width=width)
    assert max(map(len, text.splitlines())) <= width


def test_a_pipe_is_never_wrapped(reports):
    long = "a message of many words " * 30
    found = reports.finding(message=long.strip())
    text = table.render(replace(reports.empty(), findings=(found,)))
    assert long.strip() in text


def test_colours_only_where_they_are_wanted(reports):
    assert "\x1b[" in table.render(reports.full(), width=80, colour=True)
    assert "\x1b" not in table.render(reports.full(), width=80, colour=False)
    assert "\x1b" not in table.render(reports.full(), width=None, colour=True)


def test_swatches_need_colours(reports):
    inspected = replace(reports.full(), command="inspect")
    assert "██" in table.render(inspected, width=80, colour=True)
    assert "██" not in table.render(inspected, width=80)
    assert "██" not in table.render(inspected)


def test_a_line_per_file(reports):
    lines = table.render(reports.full(), detail="summary").splitlines()
    assert lines[0].split() == ["file", "is", "stored", "as", "values", "findings"]
    assert lines[1].startswith("gt.png") and lines[1].endswith("error SL201, info SL104")
    assert lines[2].startswith("pred.npy") and lines[2].endswith("warning SL305")
    assert lines[3].startswith("bad.png") and "Git LFS" in lines[3]
    assert lines[4] == "3 files: 1 error, 1 warning, 1 note; 1 skipped"


def test_findings_only(reports):
    text = table.render(reports.full(), detail="findings")
    assert [line for line in text.splitlines() if not line.startswith(" ")] == [
        "error SL201 id-out-of-range gt.png (proof)",
        "info SL104 palette-label gt.png (proof)",
        "warning SL305 prediction-nonfinite pred.npy (likely)",
    ]
    assert table.render(reports.empty(), detail="findings") == ""


def test_a_coloured_label():
    contract = Contract(palette=((0, 0, 0), (128, 0, 0)), names=("sky", "road"))
    report = Report("inspect", contract, (colours({(0, 0, 0): 3, (128, 0, 0): 1, (1, 2, 3): 1}),))
    lines = [line.split() for line in table.render(report).splitlines()]
    assert ["#800000", "(128,", "0,", "0)", "1", "20.00", "%", "road"] in lines
    assert ["#010203", "(1,", "2,", "3)", "1", "20.00", "%"] in lines


def test_shares_show_0_and_100_only_where_they_are_exact():
    text = table.render(Report("inspect", Contract(), (label({0: 10**6, 1: 1}),)))
    assert "<0.01 %" in text and "99.99 %" in text
    assert "100.00 %" in table.render(Report("inspect", Contract(), (label({0: 10}),)))


def test_an_index_beyond_the_palette(reports):
    report = Report("inspect", Contract(), (label({0: 1, 9: 1}, mode="P", palette=((0, 0, 0),)),))
    assert "not in palette" in table.render(report)


def loss_lines(reports, *values, contract=None):
    from segloss_cli.render._plain import layout

    return layout(of_losses(values, contract or Contract())).splitlines()


def test_given_and_repaired_stand_side_by_side(reports):
    repaired = reports.value("dice", 0.41, target="repaired: ids>0 to 1")
    head, row = loss_lines(reports, reports.value("dice", -39.1), repaired)[:2]
    assert re.split(r"  +", head) == ["loss", "given", "repaired: ids>0 to 1", "range", "note"]
    assert re.split(r"  +", row) == ["dice", "-39.100000", "0.410000", "[0, 1]", "given: outside its range"]


def test_one_target_needs_one_column(reports):
    head, row = loss_lines(reports, reports.value("focal", 0.5, high=reports.INF, knobs={"gamma": 2.0}, like="kornia"))
    assert head.split() == ["loss", "value", "range"]
    assert re.split(r"  +", row) == ["focal (gamma=2) kornia", "0.500000", "[0, inf)"]


@pytest.mark.parametrize(("amount", "outside"), [(1.0000005, False), (1.001, True), (-1e-9, False), (-0.1, True)])
def test_a_value_outside_its_range_is_said(reports, amount, outside):
    assert ("outside its range" in loss_lines(reports, reports.value("dice", amount))[1]) is outside


def test_why_a_value_is_undefined_or_was_not_computed(reports):
    lines = loss_lines(
        reports,
        reports.value("dice", None, reason="no class is present"),
        reports.value("giou", None, status="skipped", reason="needs a region"),
        reports.value("kl", None, status="skipped", reason="needs a region"),
    )
    assert re.split(r"  +", lines[1]) == ["dice", "undefined", "[0, 1]", "no class is present"]
    assert lines[-2:] == ["not computed", "  giou, kl: needs a region"]


def test_pairs_and_the_data_set(reports):
    pairs = [reports.value("dice", i / 10, pred=f"p/{i}.npy", label=f"l/{i}.png") for i in range(3)]
    lines = loss_lines(reports, *pairs, reports.value("dice", 0.1, over="the data set", pred="", label=""))
    assert lines[:2] == ["loss     value  range   over", "dice  0.100000  [0, 1]  the data set"]
    assert [line.split() for line in lines[3:]] == [
        ["by", "pair"],
        ["label", "dice"],
        ["0.png", "0.000000"],
        ["1.png", "0.100000"],
        ["2.png", "0.200000"],
    ]


def test_classes_and_images(reports):
    value = reports.value("dice", 0.2, per_class=(0.1, None), per_image=(0.5, 0.25))
    lines = [line.split() for line in loss_lines(reports, value, contract=Contract(names=("sky",)))]
    assert lines[3:7] == [["by", "class"], ["class", "dice"], ["0", "sky", "0.100000"], ["1", "undefined"]]
    assert lines[8:] == [["by", "image"], ["image", "dice"], ["0", "0.500000"], ["1", "0.250000"]]


def test_wide_grids_are_split_and_each_part_names_its_rows():
    grid = Grid(tuple(Column(f"column {i}") for i in range(5)), [[cell(f"cell number {i}") for i in range(5)]])
    assert chunks(grid, 1000) == [[0, 1, 2, 3, 4]]
    assert chunks(grid, 30) == [[0, 1], [0, 2], [0, 3], [0, 4]]
    assert chunks(grid, 5) == [[0, 1], [0, 2], [0, 3], [0, 4]]


def test_an_interrupted_run_says_so(reports):
    assert "interrupted" in table.render(reports.full())
    assert "interrupted" not in table.render(replace(reports.full(), complete=True))


def test_more_values_than_are_listed(reports):
    found = replace(label(), counts=None, distinct=4000, low=0, high=33007)
    coloured = replace(colours({(1, 2, 3): 4}), colours=None, distinct=4000, high=255)
    text = table.render(replace(reports.empty(), files=(found, coloured)))
    assert "4,000 values, 0 to 33007" in text
    assert "4,000 colours, 0 to 255" in text


def test_a_place_without_a_box_in_one_image_of_several(reports):
    found = reports.finding(place=Place(3, 4, n=2))
    assert "first at image 2, y=3, x=4\n" in table.render(replace(reports.empty(), findings=(found,)))


def test_what_is_said_of_several_files_is_said_once(reports):
    same = [reports.finding(f"{name}.png", severity="info") for name in "abc"]
    text = table.render(replace(reports.empty(), command="compute", findings=(*same, reports.finding("d.png"))))
    assert text.splitlines() == [
        "info SL201 id-out-of-range in 3 files (proof)",
        "  3 pixels hold 40",
        "  files: a.png, b.png, c.png",
        "  fix: map 40 to 255",
        "error SL201 id-out-of-range d.png (proof)",
        "  3 pixels hold 40",
        "  fix: map 40 to 255",
        "",
        "0 files: 1 error, 3 notes",
    ]
