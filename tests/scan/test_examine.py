"""One sample: what is counted of it, where what is wrong with it is shown, and that no file stops the others."""

import os

import numpy as np
import pytest
from PIL import Image

from segloss_cli.errors import ReadError
from segloss_cli.rules import codes
from segloss_cli.scan import _headers
from segloss_cli.scan._headers import Headers, profile_of
from segloss_cli.scan.check import order_for
from segloss_cli.scan.examine import entries_for, examine
from segloss_cli.types import Container, Contract, Sample

DECLARED = Contract(num_classes=3, declared=frozenset({"num_classes"}))
ALL = order_for(DECLARED, codes())
HEADERS = order_for(DECLARED, ["SL101", "SL104", "SL501"])


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def label(name="gt.png", stray=None, palette=False, size=(24, 24)):
    ids = np.zeros(size, np.uint8)
    ids[4:9, 3:12], ids[12:20, 6:15] = 1, 2
    if stray is not None:
        ids[20:22, 1:3] = stray
    picture = Image.fromarray(ids)
    if palette:
        picture = Image.frombytes("P", picture.size, picture.tobytes())
        picture.putpalette([0, 0, 0, 200, 0, 0, 0, 200, 0])
    picture.save(name)
    return name


def photo(name="photo.png", size=(24, 24), mode="RGB"):
    noise = np.random.default_rng(0).integers(0, 255, (*size, 3)).astype(np.uint8)
    Image.fromarray(noise).convert(mode).save(name)
    return name


def scores(name="pred.npy", size=(24, 24), channels=3):
    values = np.random.default_rng(0).normal(size=(channels, *size)).astype(np.float32)
    np.save(name, values)
    return name


def broken(name):
    with open(name, "wb"):
        return name


def found(outcome, *wanted):
    return [(f.code, f.path) for f in outcome.findings if f.code in (wanted or ("SL107", "SL201", "SL309", "SL501"))]


def counted(outcome):
    """What the sample adds to the number of labels, images, predictions, and files that could not be read."""
    facts = outcome.facts
    return bool(facts.encoding), bool(facts.mode), bool(facts.prediction), facts.unread


class TestAllRules:
    def test_a_label_alone(self):
        outcome = examine(Sample(label(stray=9), split="val"), ALL)
        assert found(outcome) == [("SL201", "gt.png")]
        place = next(f.place for f in outcome.findings if f.code == "SL201")
        assert (place.y, place.x, place.bbox) == (20, 1, (1, 20, 3, 22))
        assert counted(outcome) == (True, False, False, 0)
        facts = outcome.facts
        assert (facts.split, facts.path, facts.pixels, facts.digest) == ("val", "gt.png", 576, "")
        assert facts.counts == {0: 455, 1: 45, 2: 72, 9: 4}

    def test_only_the_rules_that_are_asked_for(self):
        assert examine(Sample(label(stray=9)), order_for(DECLARED, ["SL202"])).findings == ()

    def test_a_digest_where_one_is_wanted(self):
        ids = np.random.default_rng(0).integers(0, 3, (24, 24)).astype(np.uint8)
        for name in ("a.png", "b.png"):
            Image.fromarray(ids).save(name)
        order = order_for(DECLARED, codes(), digests=True)
        first, second = (examine(Sample(name), order).facts.digest for name in ("a.png", "b.png"))
        assert first == second != ""
        assert examine(Sample("a.png"), ALL).facts.digest == ""

    def test_a_label_and_its_image(self):
        outcome = examine(Sample(label(stray=9), photo(size=(12, 12))), ALL)
        assert found(outcome) == [("SL201", "gt.png"), ("SL501", "gt.png")]
        assert counted(outcome) == (True, True, False, 0)
        assert (outcome.facts.image, outcome.facts.mode) == ("photo.png", "RGB")

    def test_a_label_and_its_prediction(self):
        outcome = examine(Sample(label(stray=9), prediction=scores(size=(12, 12))), ALL)
        assert found(outcome) == [("SL201", "gt.png"), ("SL309", "gt.png")]
        assert outcome.skipped == ()
        assert counted(outcome) == (True, False, True, 0)

    def test_a_pair_that_no_asked_rule_speaks_of_is_not_judged(self):
        outcome = examine(Sample(label(), prediction=scores(size=(12, 12))), order_for(DECLARED, ["SL201"]))
        assert outcome.findings == ()
        assert [one.path for one in outcome.skipped] == ["pred.npy"]
        assert "12 x 12" in outcome.skipped[0].reason

    def test_all_three(self):
        outcome = examine(Sample(label(stray=9), photo(size=(12, 12)), scores()), ALL)
        assert found(outcome) == [("SL201", "gt.png"), ("SL501", "gt.png")]
        assert counted(outcome) == (True, True, True, 0)

    def test_an_unreadable_image_hides_nothing_of_the_label(self):
        outcome = examine(Sample(label(stray=9), broken("photo.png")), ALL)
        assert found(outcome) == [("SL201", "gt.png"), ("SL107", "photo.png")]
        assert counted(outcome) == (True, False, False, 1)
        assert [one.path for one in outcome.skipped] == ["photo.png"]

    def test_an_unreadable_prediction_hides_nothing_of_the_label(self):
        outcome = examine(Sample(label(stray=9), prediction=broken("pred.npy")), ALL)
        assert found(outcome) == [("SL201", "gt.png"), ("SL107", "pred.npy")]
        assert counted(outcome) == (True, False, False, 1)

    def test_an_unreadable_label_hides_nothing_of_the_others(self):
        with open("pred.npy", "wb") as file:
            np.save(file, np.full((3, 24, 24), np.nan, np.float32))
        outcome = examine(Sample(broken("gt.png"), broken("photo.png"), "pred.npy", "val"), ALL)
        assert found(outcome, "SL107", "SL316") == [
            ("SL107", "gt.png"),
            ("SL316", "pred.npy"),
            ("SL107", "photo.png"),
        ]
        assert counted(outcome) == (False, False, True, 2)
        assert (outcome.facts.split, outcome.facts.path, outcome.facts.counts) == ("val", "gt.png", None)
        assert counted(examine(Sample("gt.png", photo("good.png")), ALL)) == (False, True, False, 1)

    def test_a_set_without_labels(self):
        assert counted(examine(Sample(image=photo()), ALL)) == (False, True, False, 0)
        assert counted(examine(Sample(prediction=scores()), ALL)) == (False, False, True, 0)
        both = examine(Sample(image="photo.png", prediction="pred.npy", split="test"), ALL)
        assert counted(both) == (False, True, True, 0)
        assert (both.facts.split, both.facts.path) == ("test", "")

    def test_an_image_beside_a_prediction_is_looked_at(self):
        outcome = examine(Sample(image=broken("photo.png"), prediction=scores()), ALL)
        assert found(outcome) == [("SL107", "photo.png")]
        assert counted(outcome) == (False, False, True, 1)

    def test_an_unreadable_prediction_alone(self):
        outcome = examine(Sample(image=photo(), prediction=broken("pred.npy")), ALL)
        assert found(outcome) == [("SL107", "pred.npy")]
        assert counted(outcome) == (False, True, False, 1)

    def test_predicted_ids_are_judged_as_those_of_a_label(self):
        outcome = examine(Sample(prediction=label("ids.png", stray=9)), ALL)
        assert found(outcome) == [("SL201", "ids.png")]
        assert next(f.place.y for f in outcome.findings if f.code == "SL201") == 20
        assert counted(outcome) == (False, False, True, 0)

    def test_scores_alone_are_read_by_the_declared_number_of_classes(self):
        values = np.random.default_rng(0).normal(size=(5, 7, 3)).astype(np.float32)
        np.save("pred.npy", values)  # channels last, where there are three classes
        undeclared = order_for(Contract(), codes())
        assert found(examine(Sample(prediction="pred.npy"), undeclared), "SL310") == []
        assert found(examine(Sample(prediction="pred.npy"), ALL), "SL310") == [("SL310", "pred.npy")]

    def test_what_the_system_refuses_is_no_fault_of_the_file(self):
        outcome = examine(Sample("missing.png", "missing.jpg", "missing.npy"), ALL)
        assert outcome.findings == ()
        assert [one.path for one in outcome.skipped] == ["missing.png", "missing.npy", "missing.jpg"]
        assert counted(outcome) == (False, False, False, 3)

    def test_without_the_rule_it_is_skipped_without_a_finding(self):
        outcome = examine(Sample(broken("gt.png")), order_for(DECLARED, ["SL201"]))
        assert outcome.findings == ()
        assert [one.path for one in outcome.skipped] == ["gt.png"]

    def test_one_array_of_several(self):
        np.savez("gt.npz", a=np.zeros((4, 4), np.uint8), b=np.full((4, 4), 9, np.uint8))
        order = order_for(DECLARED, codes(), member="b")
        assert found(examine(Sample("gt.npz"), order)) == [("SL201", "gt.npz")]
        assert found(examine(Sample(prediction="gt.npz"), order)) == [("SL201", "gt.npz")]


class TestHeaders:
    def test_no_rule_of_headers_needs_a_pixel(self, monkeypatch):
        sample = Sample(label(palette=True), photo(size=(12, 12)))
        monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda *_: pytest.fail("a pixel was decoded"))
        outcome = examine(sample, HEADERS)
        assert found(outcome, "SL104", "SL501") == [("SL104", "gt.png"), ("SL501", "gt.png")]
        assert outcome.facts.counts is None
        assert counted(outcome) == (True, True, False, 0)

    @pytest.mark.parametrize("kind", ["tif", "webp", "png", "jpg", "bmp"])
    def test_images_of_other_kinds_are_not_decoded_either(self, monkeypatch, kind):
        sample = Sample(label(), photo(f"photo.{kind}", size=(12, 12)))
        monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda *_: pytest.fail("a pixel was decoded"))
        assert found(examine(sample, HEADERS)) == [("SL501", "gt.png")]

    def test_every_file_is_counted(self):
        sample = Sample(label(), photo(), scores(), "val")
        for one, expected in [
            (sample, (True, True, True, 0)),
            (sample._replace(label=""), (False, True, True, 0)),
            (sample._replace(label="", image=""), (False, False, True, 0)),
            (sample._replace(label="", prediction=""), (False, True, False, 0)),
            (sample._replace(image="", prediction=""), (True, False, False, 0)),
        ]:
            outcome = examine(one, HEADERS)
            assert counted(outcome) == expected
            assert outcome.facts.split == "val"
            assert (outcome.findings, outcome.skipped) == ((), ())

    def test_no_file_stops_the_others(self):
        healthy = Sample(label(palette=True), photo(), scores())
        for role, expected in [
            ("label", (False, True, True, 1)),
            ("image", (True, False, True, 1)),
            ("prediction", (True, True, False, 1)),
        ]:
            name = broken(f"{role}.png")
            outcome = examine(healthy._replace(**{role: name}), HEADERS)
            assert counted(outcome) == expected
            assert [one.path for one in outcome.skipped] == [name]
            assert found(outcome, "SL104") == ([] if role == "label" else [("SL104", "gt.png")])

    def test_all_of_them_can_be_unreadable(self):
        outcome = examine(Sample(broken("a.png"), broken("b.png"), broken("c.npy")), HEADERS)
        assert [one.path for one in outcome.skipped] == ["a.png", "c.npy", "b.png"]
        assert counted(outcome) == (False, False, False, 3)

    def test_each_finding_has_the_path_of_its_own_file(self):
        for name in ("a.png", "b.PNG", "folder.d/c.png"):
            os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
            assert found(examine(Sample(label(name, palette=True)), HEADERS), "SL104") == [("SL104", name)]

    def test_an_order_is_not_taken_for_another(self):
        sample = Sample(label(palette=True))
        assert found(examine(sample, HEADERS), "SL104")
        assert not found(examine(sample, order_for(DECLARED, ["SL101"])), "SL104")
        assert found(examine(sample, HEADERS), "SL104")

    @pytest.mark.parametrize("shown", ["gt.png", "gt.jpg", "gt", ".png"])
    def test_all_that_a_rule_sees_of_a_name_is_its_end(self, shown):
        label("gt.png")
        os.rename("gt.png", shown)
        told = found(examine(Sample(shown), order_for(DECLARED, ["SL112"])), "SL112")
        assert told == ([("SL112", shown)] if shown == "gt.jpg" else [])


class TestRememberedHeaders:
    def headers(self, *wanted):
        return Headers(DECLARED, entries_for(frozenset(wanted), "label"), entries_for(frozenset(wanted), "scene"))

    @pytest.mark.parametrize(("kind", "stored"), [("png", "PNG, mode P, uint8"), ("bmp", "BMP, mode P, uint8")])
    def test_of_two_files_with_the_same_header_one_is_judged(self, monkeypatch, kind, stored):
        names = [label(f"{name}.{kind}", palette=True) for name in "ab"]
        headers, asked = self.headers("SL104"), []
        real = _headers.judge
        monkeypatch.setattr(_headers, "judge", lambda *args: asked.append(args) or real(*args))
        told = [headers.outcome_of(Sample(name)) for name in names]
        assert [outcome.findings[0].path for outcome, _ in told] == names
        assert [(outcome.facts.path, outcome.facts.encoding) for outcome, _ in told] == [(n, stored) for n in names]
        assert [(verdict.encoding, verdict.findings[0].path) for _, verdict in told] == [(stored, f"*.{kind}")] * 2
        assert len(asked) == 1

    def test_no_more_than_so_many_are_remembered(self, monkeypatch):
        monkeypatch.setattr(_headers, "_MOST", 1)
        headers = self.headers("SL104")
        for _ in range(2):
            for width in (20, 21, 22):
                name = label(f"{width}.png", size=(24, width), palette=True)
                assert headers.of_label(name).container.shape == (24, width)
                Image.open(name).convert("RGB").save(f"{width}.bmp")
                assert headers.of_label(f"{width}.bmp").container.shape == (24, width, 3)

    def test_without_rules_nothing_is_judged(self, monkeypatch):
        monkeypatch.setattr(_headers, "judge", lambda *_: pytest.fail("there is no rule to ask"))
        headers = self.headers()
        verdict = headers.of_label(label(palette=True))
        assert verdict.findings == ()
        assert headers.of_scene(verdict.container, verdict.container) == ()

    def test_what_has_no_header_is_an_error(self):
        with pytest.raises(ReadError):
            self.headers("SL104").of_label(broken("gt.png"))

    @pytest.mark.parametrize(("shape", "size"), [((4, 6), (4, 6)), ((4, 6, 3), (4, 6)), ((5,), (1, 5)), ((), (1, 1))])
    def test_a_header_is_a_profile_without_pixels(self, shape, size):
        profile = profile_of(Container("a.npy", "NPY", shape, "uint8"))
        assert (profile.height, profile.width, profile.pixels) == (*size, size[0] * size[1])
        assert profile.counts is None
