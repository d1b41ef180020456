"""Rules about predictions, pairs, losses and what was declared: their tables, their false alarms, their thresholds."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segloss_cli._plugins import names
from segloss_cli.losses._knobs import find
from segloss_cli.presets import catalogue, contract_of
from segloss_cli.rules import catalogue as rules
from segloss_cli.rules import judge
from segloss_cli.rules._agree import Confusion, best_remap, classes_in, mean_iou
from segloss_cli.rules._examples import declared, label, pair, scores, sized, value
from segloss_cli.rules._examples_pairs import apart, asked, compared, terms
from segloss_cli.rules._libraries import (
    CALLS,
    IGNORING,
    INPUTS,
    OVER_CHANNELS,
    OVERLAP,
    SOFT_ONLY,
    declared_losses,
    named,
    words,
)
from segloss_cli.rules.sl317_constant_prediction import baseline
from segloss_cli.rules.sl407_silent_in_this_loss import EFFECTS
from segloss_cli.types import Agreement, Contract, LossValue, Pair, ScoresProfile, Terms

LOSSES = tuple(names("segloss_cli.losses"))
SOFT = {"pixel", "sides", "ranked", "divergence"}
VOC = {"num_classes": 21, "ignore": {255}}
NOTHING = Contract()
GOOD: Confusion = {(0, 0): 2000, (0, 1): 100, (1, 1): 1500, (1, 2): 120, (2, 2): 376}


def codes(record, contract=NOTHING):
    return [finding.code for finding in judge(record, contract)]


def loud(record, contract=NOTHING):
    return [finding.code for finding in judge(record, contract) if finding.severity != "info"]


def of(code, record, contract=NOTHING):
    return [finding for finding in judge(record, contract) if finding.code == code]


class TestWhatIsKnownOfTheLibraries:
    """The rules may not import the losses; here both are held against each other."""

    def test_who_takes_an_ignored_id(self):
        known = {
            loss: (
                {like for like, convention in find(loss).conventions.items() if "ignore" in convention.takes},
                {like for like, convention in find(loss).conventions.items() if "ignore" not in convention.takes},
            )
            for loss in LOSSES
            if find(loss).conventions
        }
        assert {loss: (set(one.able), set(one.unable)) for loss, one in IGNORING.items()} == known

    def test_which_losses_need_scores(self):
        assert {loss for loss in LOSSES if find(loss).of_logits or SOFT & set(find(loss).kinds)} == SOFT_ONLY

    def test_which_losses_sum_over_pixels(self):
        assert {loss for loss in LOSSES if "overlap" in find(loss).kinds} == OVERLAP

    def test_which_losses_are_a_softmax_over_the_channels(self):
        for loss in OVER_CHANNELS:
            assert {"pixel", "ranked"} & set(find(loss).kinds)

    def test_names_of_losses_that_say_what_they_take_are_not_ours(self):
        assert not set(INPUTS) & set(LOSSES)

    def test_library_calls_exist(self):
        for call in CALLS:
            assert call.like in find(call.loss).conventions

    def test_effects_are_of_losses_and_libraries_that_exist(self):
        for effects in EFFECTS.values():
            for loss, by_library in effects.items():
                assert by_library
                assert set(by_library) <= set(find(loss).conventions) | {"torch"}

    @pytest.mark.parametrize(
        ("text", "loss", "like"),
        [
            ("dice", "dice", ""),
            (" Dice ", "dice", ""),
            ("dice:like=monai", "dice", "monai"),
            ("dice:smooth=1,like=monai", "dice", "monai"),
            ("dice:smooth=1", "dice", ""),
            ("dice:like", "dice", ""),
            ("", "", ""),
        ],
    )
    def test_how_losses_are_declared(self, text, loss, like):
        assert (named(text).loss, named(text).like) == (loss, like)

    def test_only_what_was_declared_counts(self):
        assert declared_losses(Contract(losses=("dice",))) == ()
        assert words(declared_losses(declared(losses=("dice", "dice", "bce:like=smp")))) == "dice and bce of smp"


class TestActivation:
    @pytest.mark.parametrize("loss", LOSSES)
    @pytest.mark.parametrize("kind", ["logits", "probabilities", "log-probabilities"])
    def test_losses_of_ours_take_anything(self, loss, kind):
        low, high = {"logits": (-5.0, 5.0), "probabilities": (0.01, 0.99)}.get(kind, (-9.0, -0.1))
        assert not of("SL306", scores((1, 3, 8, 8), kind, low=low, high=high), declared(losses=(loss,)))

    @pytest.mark.parametrize(
        ("loss", "kind", "span", "severity"),
        [
            ("nll", "probabilities", (0.0, 1.0), "error"),
            ("nll", "logits", (-3.0, 3.0), "error"),
            ("nll", "log-probabilities", (-9.0, 0.0), None),
            ("nll", "logits", (-9.0, -0.1), None),  # all below 0: they may be logarithms
            ("bce-loss", "logits", (-3.0, 3.0), "error"),
            ("bce-loss", "logits", (0.1, 0.9), None),
            ("bce-with-logits", "probabilities", (0.0, 1.0), "warning"),
            ("bce-with-logits", "logits", (0.1, 0.9), None),
            ("cross-entropy-with-logits", "log-probabilities", (-9.0, 0.0), None),
            ("mcc:like=smp", "logits", (-3.0, 3.0), "info"),
            ("mcc:like=monai", "logits", (-3.0, 3.0), None),
            ("kl:like=torch", "probabilities", (0.0, 1.0), "info"),
        ],
    )
    def test_only_values_that_cannot_be_it_are_an_error(self, loss, kind, span, severity):
        low, high = span
        found = of("SL306", scores((1, 1, 8, 8), kind, low=low, high=high), declared(losses=(loss,)))
        assert [finding.severity for finding in found] == ([] if severity is None else [severity])

    def test_probabilities_below_a_tiny_value_are_no_logarithms(self):
        sure = {"low": 0.0, "high": 0.001, "sum_low": 1.0, "sum_high": 1.0}
        assert of("SL306", scores((1, 2000, 8, 8), "probabilities", **sure), declared(losses=("nll",)))


class TestOneChannel:
    ONE = pair(scores((1, 1, 8, 8)), sized(8, 8))

    @pytest.mark.parametrize("loss", sorted(OVER_CHANNELS))
    def test_declared_it_is_an_error_and_computed_a_warning(self, loss):
        contract = declared(losses=(loss,))
        assert [f.severity for f in of("SL307", self.ONE, contract)] == ["error"]
        assert [f.severity for f in of("SL307", asked(self.ONE, loss), contract)] == ["warning"]

    @pytest.mark.parametrize("loss", sorted(set(LOSSES) - OVER_CHANNELS))
    def test_other_losses_have_a_binary_form(self, loss):
        assert not of("SL307", self.ONE, declared(losses=(loss,)))

    def test_asked_without_being_declared_is_nothing(self):
        assert not of("SL307", asked(self.ONE, "cross-entropy"))

    def test_sampled_ones_prove_nothing(self):
        ones = scores((1, 1, 8, 8), "probabilities", low=1.0, high=1.0)
        assert of("SL307", pair(ones, sized(8, 8)))
        assert not of("SL307", pair(replace(ones, exact=False), sized(8, 8)))


class TestClassIds:
    @pytest.mark.parametrize("loss", LOSSES)
    def test_what_was_asked_for_needs_scores_or_not(self, loss):
        ids = pair(scores((1, 1, 8, 8), "ids", low=0, high=2), sized(8, 8))
        found = of("SL308", asked(ids, loss, f"{loss}:like=smp"), declared(losses=(loss,)))
        assert bool(found) == (loss in SOFT_ONLY)
        assert not of("SL308", ids, declared(losses=(loss,))), "saved after training with it"

    def test_both_can_be_wrong(self):
        ids = asked(pair(scores((1, 1, 8, 8), "ids", low=-2, high=9), sized(8, 8)), "bce")
        first, second = of("SL308", ids, declared(losses=("bce",), num_classes=3))
        assert "needs scores" in first.message
        assert "-2 and 9 are none" in second.message
        assert first.key != second.key

    def test_one_output_has_the_ids_0_and_1(self):
        ids = pair(scores((1, 1, 8, 8), "ids", low=0, high=1), sized(8, 8))
        assert not of("SL308", ids, declared(num_classes=1, task="binary"))


class TestHalfPrecision:
    @pytest.mark.parametrize(("side", "speaks"), [(255, False), (256, True)])
    def test_from_65520_pixels_on(self, side, speaks):
        half = scores((1, 2, side, side), dtype="float16")
        assert bool(of("SL313", half, declared(losses=("dice",)))) == speaks
        assert not loud(half), "as a file it is fine"

    @pytest.mark.parametrize("loss", LOSSES)
    def test_it_is_warned_of_where_a_loss_sums_over_pixels(self, loss):
        (finding,) = of("SL313", scores((1, 2, 512, 512), dtype="float16"), declared(losses=(loss,)))
        assert (finding.severity == "warning") == (loss in OVERLAP)


CONFUSIONS = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(0, 5)), st.integers(1, 5000), min_size=1, max_size=20
)


class TestRemaps:
    @given(CONFUSIONS)
    def test_the_mean_iou_is_a_share(self, confusion):
        assert 0 <= mean_iou(confusion) <= 1

    @given(st.permutations(range(6)))
    def test_a_renaming_is_undone(self, table):
        renamed = {(t, table[p]): n for (t, p), n in GOOD.items()}
        best = best_remap(Agreement(sum(renamed.values()), renamed))
        if renamed == GOOD:
            return
        assert best.iou >= mean_iou(GOOD) - 0.05

    def test_nothing_counts(self):
        assert mean_iou({}) == 0
        assert classes_in({}) == (0, 0)

    def test_small_classes_do_not_count_where_two_are_large(self):
        assert mean_iou({(0, 0): 500, (1, 1): 490, (2, 0): 10}) == pytest.approx((500 / 510 + 1) / 2)
        assert mean_iou({(0, 0): 990, (1, 0): 10}) == pytest.approx(0.99 / 2), "of a thin foreground both"

    def test_a_simple_reason_is_preferred(self):
        shifted = {(t, p + 1): n for (t, p), n in GOOD.items()}
        best = best_remap(Agreement(4096, shifted))
        assert best.what == "1 is taken from every predicted id"

    def test_a_long_table_is_cut(self):
        wheel = {(i, (i + 5) % 12): 100 for i in range(12)}
        best = best_remap(Agreement(1200, wheel))
        assert best.what.endswith("7 -> 2, ...")
        assert best.iou == 1

    def test_a_prediction_of_more_classes_than_the_label_has(self):
        best = best_remap(Agreement(700, {(0, 4): 200, (1, 5): 200, (2, 6): 200, (2, 7): 100}))
        assert best.iou == pytest.approx((1 + 1 + 200 / 300) / 3)

    @pytest.mark.parametrize(
        ("kept", "speaks"),
        [(0.0, True), (0.3, True), (0.75, False), (1.0, False)],
    )
    def test_it_takes_a_leap(self, kept, speaks):
        """Of each class a part is right, and the rest is the other class."""
        part = round(2000 * kept)
        mixed = {(0, 0): part, (0, 1): 2000 - part, (1, 1): part, (1, 0): 2000 - part}
        assert bool(of("SL315", compared({key: n for key, n in mixed.items() if n}))) == speaks

    def test_thin_pictures_are_left_alone(self):
        wrong = compared({(0, 1): 2000, (1, 0): 2000})
        assert of("SL315", wrong)
        assert not of("SL315", replace(wrong, label=sized(15, 400)))


class TestConstantAndCopied:
    @given(st.dictionaries(st.integers(0, 5), st.integers(1, 1000), min_size=2, max_size=6), st.integers(0, 6))
    def test_the_baseline_is_within_its_bounds(self, truth, value):
        score = baseline(truth, value)
        assert 0 <= score.dice <= score.accuracy <= 1
        assert 0 < score.entropy <= math.log(len(truth)) + 1e-9

    def test_names_are_data(self):
        couple = compared({(0, 0): 3000, (1, 0): 1096}, constant=0)
        (finding,) = of("SL317", couple, Contract(names=("sky\x1b[31m", "road")))
        assert finding.message.isprintable()
        assert finding.severity == "info"

    @pytest.mark.parametrize(("borders", "speaks"), [(99, False), (100, True)])
    def test_a_copy_of_a_trivial_label_may_be_chance(self, borders, speaks):
        same = compared({(0, 0): 3000, (1, 1): 1096}, identical=True, borders=borders)
        assert bool(of("SL319", same)) == speaks

    def test_ids_are_told_from_scores(self):
        same = compared({(0, 0): 3000, (1, 1): 1096}, identical=True)
        ids = replace(same, scores=scores((1, 1, 64, 64), "ids", low=0, high=1))
        assert "its class ids are the label" in of("SL319", ids)[0].message

    def test_what_cannot_be_compared(self):
        assert codes(apart()) == []


class TestIgnoredPixels:
    @pytest.mark.parametrize("loss", sorted(IGNORING))
    def test_a_library_s_loss_is_judged_by_the_table(self, loss):
        for like in (*IGNORING[loss].able, *IGNORING[loss].unable):
            found = of("SL403", terms(0, 255), declared(losses=(f"{loss}:like={like}",), **VOC))
            assert [f.severity for f in found] == (["error"] if like in IGNORING[loss].unable else [])

    @pytest.mark.parametrize("loss", LOSSES)
    def test_a_name_alone_is_no_proof(self, loss):
        assert all(f.severity != "error" for f in of("SL403", terms(0, 255), declared(losses=(loss,), **VOC)))

    def test_computed_losses_are_one_note(self):
        every = tuple(f"{loss}:like={like}" for loss in IGNORING for like in IGNORING[loss].unable)
        (finding,) = of("SL403", terms(0, 255, asked=every), declared(**VOC))
        assert finding.severity == "info"
        assert len(finding.evidence["losses"]) == len(every)

    def test_an_ignored_id_that_was_inferred_counts(self):
        contract = Contract(ignore=frozenset({255}), losses=("bce:like=torch",), declared=frozenset({"losses"}))
        assert of("SL403", terms(0, 255), contract)


class TestConfiguration:
    @pytest.mark.parametrize("preset", catalogue(), ids=lambda entry: entry.preset.name)
    def test_no_preset_contradicts_itself(self, preset):
        for sure in (True, False):
            contract = contract_of(preset.preset, declared=sure)
            assert not of("SL405", Terms(), contract)
            weights = (1.0,) * (contract.num_classes or 0)
            assert not of("SL404", Terms(), replace(contract, weights=weights, declared=frozenset({"weights"})))

    @given(st.lists(st.floats(0.01, 100), min_size=1, max_size=30))
    def test_any_finite_weights_of_the_right_number_are_fine(self, weights):
        contract = declared(num_classes=len(weights), weights=tuple(weights))
        assert not of("SL404", terms(*range(len(weights))), contract)

    def test_each_fault_of_weights_is_its_own(self):
        contract = declared(num_classes=2, weights=(-1.0, math.inf, 1.0))
        found = of("SL404", terms(0, 1), contract)
        assert {f.key for f in found} == {"number", "negative", "infinite", "absent"}
        assert found[0].evidence["weights"] == [-1.0, "inf", 1.0]

    def test_labels_of_fractions_have_no_classes(self):
        assert not of("SL404", terms(0.5, 0.25), declared(num_classes=2, weights=(1.0, 1.0)))

    def test_a_healthy_configuration(self):
        contract = declared(
            num_classes=3, ignore={255}, names=("a", "b", "c"), losses=("cross-entropy",), weights=(1.0, 2.0, 3.0)
        )
        assert codes(terms(0, 1, 2, 255), contract) == []

    @given(st.integers(1, 300))
    def test_from_17_classes_on_a_byte_is_too_small(self, classes):
        assert bool(of("SL903", terms(0), declared(num_classes=classes))) == (classes > 16)


class TestSilence:
    WHITE = label({0: 70, 255: 30}, core={255: 0.9})

    @pytest.mark.parametrize("loss", LOSSES)
    def test_a_healthy_label_needs_no_note(self, loss):
        for record in (label({0: 50, 1: 50}), label({0: 50, 1: 30, 2: 20})):
            assert not of("SL407", record, declared(losses=(loss,), num_classes=3))

    def test_it_only_accompanies_another_finding(self):
        contract = declared(losses=("bce", "dice"), task="binary")
        assert codes(self.WHITE, contract) == ["SL208", "SL407"]
        assert codes(self.WHITE, declared(losses=("bce",), num_classes=256)) == []

    def test_a_library_without_a_measurement_is_left_out(self):
        assert not of("SL407", self.WHITE, declared(losses=("dice:like=mmseg",), task="binary"))

    def test_every_effect_can_be_said(self):
        for effects in EFFECTS.values():
            assert all(text and text.isprintable() for by in effects.values() for text in by.values())


class TestValues:
    @given(st.floats(-2, 2), st.sampled_from([(-1.0, 0.0), (0.0, 1.0), (-math.inf, math.inf)]))
    def test_below_0_it_is_by_design_or_out_of_range(self, amount, bounds):
        low, high = bounds
        found = codes(value("dice", amount, low, high))
        assert ("SL901" in found) == (low <= amount < 0)
        assert not {"SL901", "SL402"} <= set(found) or amount > high

    @given(st.lists(st.floats(0, 1), min_size=2, max_size=9), st.floats(0, 1))
    def test_what_agrees_is_quiet(self, each, amount):
        mean = sum(each) / len(each)
        found = of("SL904", value("dice", amount, 0.0, 1.0, per_image=tuple(each)))
        if abs(mean - amount) <= 0.01 * max(mean, amount):
            assert not found
        assert all(f.severity == "info" for f in found)

    def test_one_finding_for_a_value_of_no_image(self):
        assert not of("SL904", LossValue("dice", 0.5, "ok", 0, 1, per_image=(None, None)))


def test_the_rules_are_all_there():
    wanted = [306, 307, 308, 313, 314, 315, 317, 319, 403, 404, 405, 407, 901, 903, 904]
    assert {f"SL{number}" for number in wanted} <= {entry.code for entry in rules()}


@pytest.mark.parametrize(
    "record",
    [
        scores(),
        scores((2, 19, 512, 512)),
        scores((1, 1, 64, 64), "ids", low=0, high=1),
        compared({(0, 0): 3000, (0, 1): 96, (1, 1): 1000}),
        compared({(0, 0): 3900, (0, 1): 96, (1, 1): 50, (1, 0): 50}),
        terms(0, 1, 255),
    ],
)
@pytest.mark.parametrize("contract", [NOTHING, declared(ignore={255}), declared(losses=("cross-entropy", "dice"))])
def test_healthy_things_are_quiet(record: ScoresProfile | Pair | Terms, contract: Contract):
    assert loud(record, contract) == []
