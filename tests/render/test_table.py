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


def row_of(text, start):
    (row,) = (line for line in text.splitlines() if line.startswith(start))
    return row


def test_libraries_stand_beside_each_other_where_they_fit(reports):
    for width in (None, 200, 60):
        lines = [line.split() for line in table.render(reports.compared(), width=width).splitlines()]
        assert lines[:3] == [
            ["loss", "ours", "smp", "monai"],
            ["dice", "0.680746", "*0.480746", "*0.696612"],
            ["jaccard", "0.250000", "0.250000"],
        ]


def test_where_they_do_not_each_number_stands_once(reports):
    text = table.render(reports.compared(), width=32)
    lines = [line.split() for line in text.splitlines()]
    assert ["dice", "0.680746", "ours"] in lines
    assert ["*0.480746", "smp"] in lines
    assert ["jaccard", "0.250000", "ours,", "smp"] in lines


def test_why_libraries_differ(reports):
    lines = table.render(reports.compared()).splitlines()
    start = lines.index("* not the first number of its row")
    assert [re.split(r"  +", line) for line in lines[start + 2 : start + 5]] == [
        ["loss", "libraries", "why they differ"],
        ["dice", "smp", "an absent class counts as 0"],
        ["", "monai", "each image by itself (alone 0.480746), smooth=1 instead of 1e-05"],
    ]


def test_libraries_stand_in_the_order_of_every_row(reports):
    """Else the first number of a row would not be the one that the others are compared with."""
    known = reports.compared()
    rows = [{"monai": 0.25, "smp": 0.5}, {"torch": 0.25, "monai": 0.25}, {"torch": 0.5, "smp": 0.5}]
    comparison = tuple({**known.facts["comparison"][1], "loss": f"loss {i}", "values": v} for i, v in enumerate(rows))
    text = table.render(replace(known, facts={"comparison": comparison}))
    assert text.splitlines()[0].split() == ["loss", "torch", "monai", "smp"]


def test_a_comparison_of_some_pairs_says_so(reports):
    known = reports.compared()
    assert " pairs" not in table.render(known)
    part = tuple(replace(value, over="3 classes, 1 of 3 pairs") for value in known.losses)
    assert "\n1 of 3 pairs: without those that cannot" in table.render(replace(known, losses=part))
    mean = tuple(replace(value, over="mean of 3 pairs") for value in known.losses)
    assert " pairs" not in table.render(replace(known, losses=mean))


def test_what_a_library_does_not_take_is_counted(reports):
    text = table.render(reports.compared())
    assert "blank: the library has no such loss; or, 4 times, its loss does not take this data" in text
    assert "takes no void" not in text
    few = replace(reports.compared(), losses=reports.compared().losses[:4])
    assert "dice a: a takes no void" in table.render(few)


def test_there_are_no_blank_cells_where_no_library_has_a_value(reports):
    known = reports.compared()
    alone = replace(known, losses=tuple(v for v in known.losses if v.status == "skipped" or not v.like))
    comparison = ({**known.facts["comparison"][1], "loss": "dice", "values": {"ours": 0.25}},)
    text = table.render(replace(alone, facts={"comparison": comparison}))
    assert "\n4 times a library's loss does not take this data (--format json says why)\n" in text
    assert "blank" not in text


def test_losses_that_are_not_computed_for_one_reason_stand_together(reports):
    def skipped(loss, reason, like=None):
        return reports.value(loss, None, status="skipped", like=like, reason=reason)

    losses = (
        skipped("giou", "giou takes no class weights"),
        skipped("mcc", "mcc takes no class weights"),
        skipped("mcc", "monai's mcc takes no class weights", "monai"),
        skipped("mcc", "smp's mcc takes binary, not multiclass", "smp"),
        skipped("nacl", "nacl is for multiclass, not binary"),
        skipped("topk", "needs logits"),
        skipped("topk", "needs logits", "nnunet"),
        skipped("focal", "needs logits"),
    )
    lines = table.render(replace(reports.empty(), command="compute", losses=losses)).splitlines()
    assert lines[:6] == [
        "not computed",
        "  giou, mcc, mcc monai: takes no class weights",
        "  mcc smp: takes binary, not multiclass",
        "  nacl: for multiclass, not binary",
        "  topk, focal: needs logits",
        "",
    ]


def test_what_has_no_value_at_all_is_no_row(reports):
    lines = table.render(reports.compared()).splitlines()
    assert lines[lines.index("undefined") + 1] == "  mcc: no class is present"


def test_gradients_by_class(reports):
    lines = table.render(reports.compared()).splitlines()
    start = lines.index("gradient with respect to the logits")
    assert [re.split(r"  +", line) for line in lines[start + 1 : start + 5]] == [
        ["loss", "norm", "pixels without", "largest shares", "classes without"],
        ["dice", "0.018400", "90.04 %", "0 sky: 75.00 %, 1 gt.png: 25.00 %", "2"],
        ["dice smp", "not finite", "12 elements NaN or infinite"],
        ["dice monai", "none", "not differentiable (arg max)"],
    ]


def test_what_many_losses_are_undefined_for_is_said_once(reports):
    names = ("dice", "focal", "topk", "ohem", "giou")
    void = [reports.value(name, None, reason="no valid pixel", over="pixels", label="gt.png") for name in names]
    report = replace(reports.empty(), command="compute", losses=tuple(void))
    lines = [line.split() for line in table.render(report).splitlines()]
    assert lines[:2] == [["loss", "value", "range"], ["dice", "undefined", "[0,", "1]"]]
    assert ["every", "loss:", "no", "valid", "pixel"] in lines
    other = reports.value("kl", None, reason="another", label="gt.png")
    text = table.render(replace(report, losses=(*void, other)))
    assert "\nundefined\n  dice, focal, topk, ohem, giou: no valid pixel\n" in text
    assert row_of(text, "kl ").endswith("another")
    few = table.render(replace(report, losses=tuple(void[:3])))
    assert few.count("no valid pixel") == 3


@pytest.mark.parametrize("name", ["sensitivity-specificity", "generalized-dice"])
def test_a_name_is_not_folded(reports, name):
    value = reports.value(name, 0.5, over="of " + "many words " * 12)
    assert name in table.render(replace(reports.empty(), command="compute", losses=(value,)), width=60)


def test_libraries_with_the_same_gradient_share_a_row(reports):
    known = reports.compared()
    grad = known.losses[0].grad
    text = table.render(replace(known, losses=tuple(replace(value, grad=grad) for value in known.losses[:3])))
    assert row_of(text, "dice (so smp, monai)  0.018400")
    assert text.count("0.018400") == 1


def test_the_gradient_of_one_channel_has_no_classes(reports):
    none = replace(reports.compared().losses[0].grad, norm=0.0, per_class=(0.0,), zero=1.0)
    losses = (replace(reports.compared().losses[0], grad=none),)
    lines = table.render(replace(reports.empty(), command="compute", losses=losses)).splitlines()
    start = lines.index("gradient with respect to the logits")
    assert [re.split(r"  +", line) for line in lines[start + 1 : start + 3]] == [
        ["loss", "norm", "pixels without"],
        ["dice", "0.000000", "100 %"],
    ]


def test_what_gives_a_number(reports):
    text = table.render(reports.searched())
    assert "14 settings give 0.4807, of 8,463 tried\n" in text
    assert "by chance about 1.5 of them would agree to these digits; of the plain defaults, 0.002" in text
    assert "and 12 more" in text
    assert "0.480700  focal (alpha=none), 1 - value  segloss compute p.npy gt.png --loss focal" in text
    assert "dice, class 3, repaired: 255 ignored" in text
    assert "not tried, since they take long: boundary, cldice; name one with --loss" in text
    assert "error SL201 gt.png: 3 pixels hold 40" in text
    assert "fix:" not in text


def test_nothing_was_tried(reports):
    why = "no loss can be computed of these files"
    facts = {**reports.searched().facts["find"], "agreeing": 0, "tried": 0, "commands": (), "nothing": why}
    text = table.render(replace(reports.searched(), matches=(), facts={"find": facts}))
    assert "nothing was tried for 0.4807: no loss can be computed of these files\n" in text
    assert "by chance" not in text


def test_nothing_gives_it(reports):
    found = reports.searched()
    facts = {**found.facts["find"], "agreeing": 0, "commands": found.facts["find"]["commands"][2:]}
    text = table.render(replace(found, matches=found.matches[2:], facts={"find": facts}))
    assert "nothing gives 0.4807: 8,463 settings tried\n" in text
    assert "the nearest\n" in text


def test_wide_grids_are_split_and_each_part_names_its_rows():
    grid = Grid(tuple(Column(f"column {i}") for i in range(5)), [[cell(f"cell number {i}") for i in range(5)]])
    assert chunks(grid, 1000) == [[0, 1, 2, 3, 4]]
    assert chunks(grid, 30) == [[0, 1], [0, 2], [0, 3], [0, 4]]
    assert chunks(grid, 5) == [[0, 1], [0, 2], [0, 3], [0, 4]]


def test_an_interrupted_run_says_so(reports):
    assert "interrupted" in table.render(reports.full())
    assert "interrupted" not in table.render(replace(reports.full(), complete=True))


@pytest.mark.parametrize("facts", [{}, {"find": {"tried": 0}}])
def test_nothing_is_said_of_what_was_not_looked_at(reports, facts):
    text = table.render(replace(reports.empty(), command="compute", complete=False, facts=facts))
    assert text == "interrupted: this report is incomplete\n"


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
