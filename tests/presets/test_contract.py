"""What a user says beside a preset wins, and what makes no sense any more is dropped."""

import pytest

from segloss_cli import rules
from segloss_cli.presets import contract_of, find, merged
from segloss_cli.rules._examples import colours, declared, label
from segloss_cli.types import Contract

VOC = contract_of(find("voc"))


def test_without_flags_the_preset_stays():
    assert merged(VOC, Contract()) == VOC


def test_without_a_preset_the_flags_stay():
    flags = declared(num_classes=3, ignore={9}, losses=("dice",))
    assert merged(Contract(), flags) == flags


def test_another_ignored_id_takes_the_place_of_the_preset_s():
    both = merged(VOC, declared(ignore={7}))
    assert both.ignore == {7}
    assert both.says("ignore")
    assert both.names == VOC.names
    assert both.preset == "voc"


def test_another_number_of_classes_leaves_no_names():
    both = merged(VOC, declared(num_classes=20))
    assert both.num_classes == 20
    assert both.names == ()
    assert not both.says("names")
    assert both.ignore == {255}


def test_the_same_number_of_classes_keeps_them():
    both = merged(VOC, declared(num_classes=21))
    assert both.names == VOC.names
    assert both.says("num_classes")


def test_names_of_one_s_own_bring_their_number_along():
    both = merged(VOC, Contract(num_classes=2, names=("cat", "dog"), declared=frozenset({"names"})))
    assert both.num_classes == 2
    assert both.names == ("cat", "dog")
    assert both.declared == {"names", "ignore", "task"}


def test_more_classes_than_two_are_no_binary_task():
    both = merged(contract_of(find("medical-binary")), declared(num_classes=3))
    assert both.task is None
    assert merged(contract_of(find("medical-binary")), declared(num_classes=3, task="multilabel")).task == "multilabel"


def test_colours_are_dropped_with_the_classes():
    both = merged(contract_of(find("potsdam")), declared(num_classes=5))
    assert (both.palette, both.coded) == ((), False)


def test_settings_of_the_run_are_the_user_s():
    both = merged(VOC, declared(losses=("dice",), weights=(1.0,) * 21, options={"SL608.share": 0.1}))
    assert both.losses == ("dice",)
    assert len(both.weights) == 21
    assert both.options == {"SL608.share": 0.1}
    assert both.says("losses")


def test_what_was_only_inferred_stays_so():
    inferred = contract_of(find("voc"), declared=False)
    both = merged(inferred, declared(ignore={255}))
    assert both.declared == {"ignore"}
    assert both.num_classes == 21


def judged(record, contract):
    return {(finding.code, finding.severity) for finding in rules.judge(record, contract)}


def codes(record, contract):
    return {code for code, _ in judged(record, contract)}


@pytest.mark.parametrize("name", ["potsdam", "vaihingen", "isaid", "camvid-32", "cityscapes-colour"])
def test_colours_of_a_preset_are_known_to_the_rules(name):
    preset = find(name)
    drawn = colours(dict.fromkeys(preset.palette, 10))
    assert "SL105" not in codes(drawn, contract_of(preset))
    assert ("SL102", "info") in judged(drawn, contract_of(preset))


@pytest.mark.parametrize("name", ["potsdam", "vaihingen", "isaid", "camvid-32", "cityscapes-colour"])
def test_a_colour_that_a_preset_lacks_is_an_error(name):
    preset = find(name)
    drawn = colours({**dict.fromkeys(preset.palette, 10), (1, 2, 3): 10})
    assert ("SL105", "error") in judged(drawn, contract_of(preset))
    assert ("SL105", "warning") in judged(drawn, contract_of(preset, declared=False))


def test_colours_where_a_preset_has_ids_are_an_error():
    palette = find("voc").palette
    assert ("SL102", "error") in judged(colours({palette[0]: 50, palette[15]: 50}), VOC)


@pytest.mark.parametrize(
    ("name", "healthy"),
    [
        ("voc", {0: 80, 15: 15, 255: 5}),
        ("cityscapes", {0: 50, 18: 40, 255: 10}),
        ("cityscapes-labelids", {1: 10, 3: 10, 7: 50, 33: 30}),
        ("kitti", {4: 30, 7: 50, 8: 20}),
        ("ade20k", {0: 5, 1: 40, 150: 55}),
        ("camvid", {0: 50, 10: 40, 11: 10}),
        ("nyudv2-40", {0: 20, 1: 40, 40: 40}),
        ("nyudv2-40-255", {0: 40, 39: 40, 255: 20}),
        ("sunrgbd-37", {0: 40, 36: 40, 255: 20}),
        ("pets", {1: 40, 2: 40, 3: 20}),
        ("loveda", {0: 40, 1: 60}),
        ("mapillary", {0: 1, 13: 90, 65: 9}),
        ("pascal-context", {0: 40, 59: 60}),
        ("pascal-context-59", {0: 40, 59: 60}),
        ("coco-stuff", {0: 40, 181: 50, 255: 10}),
        ("camvid-32", {0: 40, 17: 40, 30: 20}),
        ("person-part", {0: 80, 6: 15, 255: 5}),
    ],
)
def test_healthy_labels_are_no_worse_than_a_note(name, healthy):
    for said in (True, False):
        found = judged(label(healthy, core={255: 0.05}), contract_of(find(name), declared=said))
        assert {severity for _, severity in found} <= {"info"}, found


@pytest.mark.parametrize("values", [{0: 70, 255: 30}, {0: 70, 1: 30}, {0: 100}])
def test_both_ways_of_storing_binary_masks_pass(values):
    preset = find("medical-binary")
    found = {
        (code, severity)
        for code, severity in judged(label(values, core={255: 0.9}), contract_of(preset))
        if code not in preset.without
    }
    assert {severity for _, severity in found} <= {"info"}


@pytest.mark.parametrize(
    ("name", "faulty", "code"),
    [
        ("voc", {0: 80, 21: 20}, "SL202"),
        ("voc", {0: 80, 77: 20}, "SL201"),
        ("cityscapes", {7: 50, 24: 30, 33: 20}, "SL206"),
        ("ade20k", {0: 50, 151: 50}, "SL201"),
        ("pets", {1: 40, 2: 40, 9: 20}, "SL201"),
        ("camvid", {0: 40, 10: 40, 255: 20}, "SL202"),
        ("nyudv2-40-255", {0: 20, 40: 80}, "SL206"),
    ],
)
def test_labels_that_a_preset_cannot_hold_are_errors_where_it_was_said(name, faulty, code):
    record = label(faulty)
    assert (code, "error") in judged(record, contract_of(find(name)))
    assert all(severity != "error" for _, severity in judged(record, contract_of(find(name), declared=False)))
