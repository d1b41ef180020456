"""The grid of usual settings, the forms of a value, and what agrees by chance."""

from __future__ import annotations

import numpy as np
import pytest

from segloss_cli._plugins import names
from segloss_cli.errors import UsageError
from segloss_cli.losses._knobs import Request, Setting, find, parameters, resolve
from segloss_cli.scan.forms import Evaluated, chance, forms_of, number_of, numbers_of
from segloss_cli.scan.grid import ENOUGH, MOST, NUMBERS, TOGETHER, settings
from segloss_cli.scan.ranking import _written

LOSSES = names("segloss_cli.losses")
EVERY = [(name, like) for name in LOSSES for like in (None, *find(name).conventions)]


def grid(name, like, **options):
    loss = find(name)
    function = loss.conventions[like].knobs if like else loss.function
    return list(settings(function, parameters(loss, like), {}, **options))


class TestTheGrid:
    @pytest.mark.parametrize(("name", "like"), EVERY)
    def test_every_setting_can_be_asked_for(self, name, like):
        for some, knobs in grid(name, like):
            assert 0 <= some <= MOST
            resolve(Request(name, like, knobs), Setting("multiclass"))

    @pytest.mark.parametrize(("name", "like"), EVERY)
    def test_the_fewest_first_none_twice_not_too_many(self, name, like):
        found = grid(name, like)
        assert [some for some, _ in found] == sorted(some for some, _ in found)
        assert found[0] == (0, {})
        assert len({repr(sorted(knobs.items())) for _, knobs in found}) == len(found)
        assert len(found) <= ENOUGH or max(some for some, _ in found) == 1

    def test_no_setting_repeats_a_default(self):
        for name, like in EVERY:
            defaults = parameters(find(name), like)
            apart = {knob for knobs in TOGETHER for knob in knobs}
            for _, knobs in grid(name, like, most=1):
                assert all(defaults[knob] != value for knob, value in knobs.items() if knob not in apart)

    def test_words_name_their_own_values(self):
        assert {knobs.get("classes") for _, knobs in grid("dice", None)} == {None, "present", "present-zero"}
        assert {knobs.get("pool") for _, knobs in grid("dice", None)} == {None, True}

    def test_what_the_user_set_stays(self):
        loss = find("dice")
        found = list(settings(loss.function, parameters(loss, None), {"smooth": 3.0}))
        assert {knobs["smooth"] for _, knobs in found} == {3.0}

    def test_every_number_of_the_table_is_some_losses_knob(self):
        known = {knob for name, like in EVERY for knob in parameters(find(name), like)}
        plain = {knob.partition(".")[2] or knob for knob in NUMBERS} | {knob for knobs in TOGETHER for knob in knobs}
        assert plain <= known


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "value", "tolerance"),
        [
            ("0.4807", 0.4807, 5e-5),
            ("-0.5", -0.5, 0.05),
            ("12", 12.0, 0.5),
            ("4.8e-3", 4.8e-3, 5e-5),
            (" 1.50 ", 1.5, 5e-3),
        ],
    )
    def test_to_the_digits_given(self, text, value, tolerance):
        number = number_of(text)
        assert number.value == value
        assert number.tolerance == pytest.approx(tolerance, abs=1.1e-6 * abs(value))

    def test_no_more_digits_than_single_precision_has(self):
        assert number_of("0.48074641823768616").tolerance == pytest.approx(0.4807e-6, rel=1e-3)

    @pytest.mark.parametrize("text", ["", "x", "nan", "inf", "1e-999", "1e999", "0.5%"])
    def test_no_number(self, text):
        with pytest.raises(UsageError, match="no number to look for"):
            number_of(text)


class TestForms:
    def test_only_what_makes_sense(self):
        of = Evaluated(
            values=np.asarray([0.25, 2.0]),
            classes=np.asarray([[0.1, 0.4], [np.nan, np.nan]]),
            images=np.asarray([[0.2, 0.3], [1.0, 3.0]]),
            scores=np.asarray([True, False]),
            means=np.asarray([False, True]),
            pixels=100,
        )
        forms = list(forms_of(of))
        found = numbers_of(forms, np.asarray([0, 0]))
        listed = {
            (forms[f].called(p), r): n
            for n, r, f, p in zip(found.numbers, found.rows, found.forms, found.parts, strict=True)
        }
        assert listed["1 - value", 0] == 0.75
        assert ("1 - value", 1) not in listed
        assert listed["sum: value x 100 pixels", 1] == 200
        assert ("sum: value x 100 pixels", 0) not in listed
        assert listed["class 1", 0] == 0.4
        assert listed["1 - class 1", 0] == 0.6
        assert ("class 0", 1) not in listed
        assert listed["mean of the images' values", 1] == 2
        assert listed["sum / 2 images", 1] == 100

    def test_too_far_from_the_plain_command(self):
        of = Evaluated(
            *(np.full(shape, 0.5) for shape in (1, (1, 0), (1, 1))), np.asarray([True]), np.asarray([True]), 4
        )
        found = numbers_of(list(forms_of(of)), np.asarray([3]))
        assert found.steps.tolist() == [3]

    def test_chance_grows_with_what_was_tried_and_falls_with_the_digits(self):
        stream = np.random.default_rng(0)
        few, many = stream.random(100), stream.random(10_000)
        assert chance(many, number_of("0.5000")) > 10 * chance(few, number_of("0.5000"))
        assert chance(many, number_of("0.500")) == pytest.approx(10 * chance(many, number_of("0.5000")), rel=0.05)
        # of 10,000 numbers in [0, 1] a ten thousandth of them hits a window of a ten thousandth
        assert chance(many, number_of("0.5000")) == pytest.approx(1, rel=0.1)
        assert chance(np.asarray([]), number_of("0.5")) == 0


@pytest.mark.parametrize("value", [0.0, 1.0, 2.5, 1e-05, 1e-08, -1.0, 100000, True, None, "present", (0.25, 0.75)])
def test_a_knob_is_written_as_the_command_line_reads_it(value):
    from segloss_cli.losses._knobs import parse

    assert parse(f"dice:knob={_written(value)}")[1]["knob"] == value
