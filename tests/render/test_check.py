"""The report for people on a data set, and what all formats count findings with."""

from dataclasses import replace

import pytest

from segloss_cli.render import table
from segloss_cli.render._class_table import MOST, percent, row, telling, titles, uncounted
from segloss_cli.render._closing import closing, first_of
from segloss_cli.render._fingerprint import fingerprints
from segloss_cli.render._groups import amounts, groups_of, unjudged
from segloss_cli.render._pages import page_of
from segloss_cli.rules import catalogue
from segloss_cli.types import Contract, Dataset, Report, Skipped, Split


def many(classes):
    return [
        {"id": i, "name": f"c{i}", "pixels": 1000 - i, "share": 0.5, "files": 1, "ignored": False, "splits": {}}
        for i in range(classes)
    ]


class TestTable:
    @pytest.mark.parametrize("width", [200, 80, 40])
    def test_lines_fit_the_terminal(self, reports, width):
        text = table.render(reports.checked(), width=width)
        assert max(map(len, text.splitlines())) <= width
        assert "…" not in text

    def test_a_pipe_has_the_same_text_without_escapes(self, reports):
        text = table.render(reports.checked(), width=None, colour=True)
        assert "\x1b" not in text
        assert "\x1b[" in table.render(reports.checked(), width=80, colour=True)

    def test_the_head_says_how_all_was_known(self, reports):
        lines = table.render(reports.checked()).splitlines()
        assert lines[:3] == ["labels/ holds labels (by its name)", "pairs by stem, such as train/labels/a.png", ""]

    def test_a_group(self, reports):
        text = table.render(reports.checked())
        assert (
            "error SL201 id-out-of-range (proof): 8 findings in 8 files\n"
            "  train/labels/a.png: 3 pixels hold 40\n"
            "  val/labels/1.png: 1 pixels hold 40\n"
            "  val/labels/2.png: 2 pixels hold 40\n"
            "  val/labels/3.png: 3 pixels hold 40\n"
            "  val/labels/4.png: 4 pixels hold 40\n"
            "  and 3 more (--format json lists all)\n"
            "  fix: map 40 to 255\n"
        ) in text

    def test_a_group_of_which_not_all_was_kept(self, reports):
        assert "  and 1,199 more (--format json lists 1)\n" in table.render(reports.checked())

    def test_the_whole_set(self, reports):
        text = table.render(reports.checked())
        assert "warning SL603 class-missing-in-a-split (proof): whole set\n  road is not in val\n" in text
        twice = (reports.finding("", key="1"), reports.finding("", key="2"))
        text = table.render(replace(reports.clean(), findings=twice))
        assert "(proof): 2 findings about the whole set\n" in text

    def test_the_end(self, reports):
        *_, said, first = table.render(reports.checked()).splitlines()
        assert said.startswith("2,401 files (1,200 images, 1,200 labels): 9 errors, 1 warning, 1,200 notes; 3 in the")
        assert first == "fix first: SL201 id-out-of-range: map 40 to 255"

    def test_a_clean_set(self, reports):
        text = table.render(reports.clean())
        assert text.splitlines()[-1] == "2 files: nothing wrong found; shard 1 of 4"
        assert "fix first" not in text
        assert table.render(reports.clean(), detail="findings") == ""

    def test_an_interrupted_run(self, reports):
        text = table.render(replace(reports.clean(), complete=False))
        assert text.splitlines()[-1] == "interrupted: this report is incomplete"

    def test_findings_only(self, reports):
        text = table.render(reports.checked(), detail="findings")
        assert text.startswith("error SL201")
        assert "fix first" not in text and "background" not in text
        assert text.endswith("and 6 more not judged\n")

    def test_a_line_for_each_rule(self, reports):
        lines = [line.split() for line in table.render(reports.checked(), detail="summary").splitlines()]
        assert lines[1] == ["error", "SL201", "id-out-of-range", "proof", "8", "8"]
        assert lines[3] == ["warning", "SL603", "class-missing-in-a-split", "proof", "1", "whole", "set"]
        assert lines[-1][:2] == ["fix", "first:"]
        assert table.render(reports.clean(), detail="summary").startswith("2 files: ")

    def test_files_that_nobody_judged(self, reports):
        lost = tuple(Skipped(f"{i}.png", "gone") for i in range(7))
        lines = table.render(Report("check", Contract(), skipped=lost), detail="findings").splitlines()
        assert lines == [*(f"not judged {i}.png: gone" for i in range(5)), "and 2 more not judged"]

    def test_classes(self, reports):
        lines = table.render(reports.checked()).splitlines()
        start = next(i for i, line in enumerate(lines) if line.split()[:1] == ["id"])
        assert lines[start].split() == ["id", "class", "pixels", "share", "files", "train", "val"]
        assert lines[start + 2].split() == ["1", "road", "9,992", "8.33", "%", "300", "12.49", "%", "none"]
        assert lines[start + 6] == "4 of 1,200 labels not counted: their ids are not known"

    def test_classes_without_names_and_splits(self, reports):
        lines = [line.split() for line in table.render(reports.clean()).splitlines()]
        assert lines[:2] == [["id", "pixels", "share", "files"], ["0", "4", "50.00", "%", "2"]]

    def test_many_classes(self, reports):
        split = Split(2, 10**6, {i: 1000 - i for i in range(200)}, {})
        text = table.render(replace(reports.clean(), dataset=Dataset({"": split})))
        assert "40 of 200 classes: the commonest, the rarest (--format json lists all)" in text

    def test_too_many_ids(self, reports):
        text = table.render(replace(reports.clean(), dataset=Dataset({"": Split(2, 9, many=True)})))
        assert text.startswith("no table of classes: the labels hold too many different ids\n")


class TestClasses:
    def test_few_are_shown_all(self):
        assert telling(many(MOST)) == (many(MOST), "")

    def test_of_many_the_ends_and_what_is_missing(self):
        classes = many(210)
        classes[100]["pixels"] = 0
        classes[101]["splits"] = {"train": {"pixels": 3}, "val": {"pixels": 0}}
        shown, words = telling(classes)
        assert [one["id"] for one in shown] == [*range(20), 100, 101, *range(190, 210)]
        assert words.startswith("42 of 210 classes: the commonest, the rarest, and 2 of 2 that are missing somewhere")

    def test_a_row(self):
        one = {**many(1)[0], "ignored": True, "share": None, "splits": {"val": {"pixels": 0, "share": None}}}
        assert row(one, ["train", "val"]) == ["0", "c0 (ignored)", "1,000", "", "1", "none", "none"]
        assert titles([one, {"splits": {"": {}}}]) == ["val"]

    @pytest.mark.parametrize(
        ("share", "text"), [(1.0, "100.00 %"), (0.999999, "99.99 %"), (0.5, "50.00 %"), (0.00001, "<0.01 %")]
    )
    def test_shares(self, share, text):
        assert percent({"pixels": 1, "share": share}) == text

    def test_what_was_not_counted(self):
        assert uncounted(Dataset({"": Split(2, 9)})) == ""
        assert uncounted(Dataset({"": Split(1, 9, uncounted=1)})).startswith("1 of 1 label not counted")


class TestGroups:
    def test_the_worst_first(self, reports):
        assert [group.code for group in groups_of(reports.checked())] == ["SL201", "SL107", "SL603", "SL104"]

    def test_severity_before_certainty_before_number(self, reports):
        found = [reports.finding(code="SL101", severity="info")]
        found += [reports.finding(code="SL102", certainty="hint")] * 9
        found += [reports.finding(code="SL103"), reports.finding(code="SL104"), reports.finding(code="SL104", key="2")]
        order = [group.code for group in groups_of(Report("inspect", Contract(), findings=tuple(found)))]
        assert order == ["SL104", "SL103", "SL102", "SL101"]

    def test_the_worst_of_a_rule_speaks_for_it(self, reports):
        found = (
            reports.finding("a", severity="warning", remedy="no"),
            reports.finding("b", remedy="rare"),
            reports.finding("c", remedy="often"),
            reports.finding("d", remedy="often"),
        )
        (group,) = groups_of(Report("inspect", Contract(), findings=found))
        assert (group.severity, group.remedy, group.findings, group.files) == ("error", "often", 4, 4)
        assert [finding.path for finding in group.kept] == ["b", "c", "d", "a"]

    def test_amounts_count_what_was_not_kept(self, reports):
        assert amounts(reports.checked()) == {"error": 9, "warning": 1, "info": 1200}
        assert amounts(reports.full()) == {"error": 1, "warning": 1, "info": 1}

    def test_amounts_of_a_rule_of_which_nothing_was_kept(self):
        totals = {"SL201": {"name": "x", "severity": "error", "findings": 3, "files": 2}}
        assert amounts(Report("check", Contract(), facts={"totals": totals}))["error"] == 3

    def test_a_file_with_its_finding_is_judged(self, reports):
        assert [skipped.path for skipped in unjudged(reports.checked())] == ["train/labels/a.png.npz"]


def test_closing_words(reports):
    assert closing(reports.empty()) == "0 files: nothing wrong found"
    assert closing(reports.full()) == "3 files: 1 error, 1 warning, 1 note; 1 skipped"


def test_a_note_is_nothing_to_mend_first(reports):
    assert first_of(replace(reports.clean(), findings=(reports.finding(severity="info"),))) is None


def test_fingerprints_of_names_that_are_no_unicode(reports):
    marks = fingerprints([reports.finding(path) for path in ("\udcff", "\ud800", "\\xff", "")])
    assert len(set(marks)) == 4


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.code)
def test_every_rule_has_a_page_that_formats_can_carry(entry):
    page = page_of(entry.code, entry.name)
    assert page.summary.endswith((".", "?", ")")) and "\n" not in page.summary
    assert len(page.what) > len("what it is")
    assert page.markdown.count("```") % 2 == 0 and "## Why it hurts" in page.markdown
    assert page.severity == entry.rule.severity


def test_no_rule_no_page():
    assert page_of("SL999", "unheard-of") is None
    assert page_of("SL201", "another-name") is None
