"""A whole data set judged in this process: what is asked, what is counted, what becomes of findings, and Ctrl-C."""

import os

import numpy as np
import pytest
from PIL import Image

import segloss_cli
from segloss_cli.errors import UsageError
from segloss_cli.rules import Entry, codes, judge, selected
from segloss_cli.rules._rule import Hit, Rule, option
from segloss_cli.scan import baseline as baselines
from segloss_cli.scan import check as module
from segloss_cli.scan._order import Facts, Outcome
from segloss_cli.scan.cache import Cache
from segloss_cli.scan.check import Plan, check, check_dataset, order_for, several_splits
from segloss_cli.scan.examine import examine
from segloss_cli.scan.listing import Survey, survey
from segloss_cli.scan.policy import Policy
from segloss_cli.types import (
    Container,
    Contract,
    Dataset,
    Orphan,
    Picture,
    Profile,
    Sample,
    Scene,
    Seen,
    Skipped,
    Split,
    Terms,
)

THREE = Contract(num_classes=3, declared=frozenset({"num_classes"}))
OLD = 1_700_000_000


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def save(path, stray=None):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    ids = np.zeros((24, 24), np.uint8)
    ids[4:9, 3:12], ids[12:20, 6:15] = 1, 2
    if stray is not None:
        ids[20:22, 1:3] = stray
    Image.fromarray(ids).save(path)
    os.utime(path, (OLD, OLD))


@pytest.fixture
def found():
    """Labels of two splits; the second of each holds an id that is no class, the third is empty."""
    for split in ("train", "val"):
        for i in range(4):
            save(f"data/{split}/{i}.png", 9 if i == 1 else None)
        with open(f"data/{split}/2.png", "wb"):
            pass
        os.utime(f"data/{split}/2.png", (OLD, OLD))
    return survey(["data"])


def unpaired(found):
    """A survey that knows of a label without an image."""
    orphan = Orphan("data/train/0.png", "label", "no-image", "no image has its stem")
    return Survey(found.samples, (orphan,), root="data")


def plan(contract=THREE, wanted=None, **facts):
    return Plan(order_for(contract, codes() if wanted is None else wanted), facts.pop("policy", Policy()), **facts)


def shown(report, *wanted):
    return [(f.code, f.path) for f in report.findings if not wanted or f.code in wanted]


class TestReport:
    def test_what_it_holds(self, found):
        report = check(found, plan(wanted=["SL107", "SL201"]))
        assert (report.command, report.contract, report.complete, report.files) == ("check", THREE, True, ())
        assert shown(report) == [
            ("SL201", "data/train/1.png"),
            ("SL107", "data/train/2.png"),
            ("SL201", "data/val/1.png"),
            ("SL107", "data/val/2.png"),
        ]
        assert [one.path for one in report.skipped] == ["data/train/2.png", "data/val/2.png"]
        assert report.dataset.files == {"label": 6}
        assert report.dataset.unread == 2
        assert {name: split.labels for name, split in report.dataset.splits.items()} == {"train": 3, "val": 3}

    def test_its_facts(self, found):
        report = check(found, plan(wanted=["SL107", "SL201"], notes=("as configured",), limit=1))
        facts = dict(report.facts)
        assert facts.pop("notes") == [*found.notes, "as configured"]
        assert facts == {
            "samples": 8,
            "passed": {},
            "shard": None,
            "root": "data",
            "totals": {
                "SL107": {"name": "unreadable-label", "severity": "error", "findings": 2, "files": 2},
                "SL201": {"name": "id-out-of-range", "severity": "error", "findings": 2, "files": 2},
            },
            "limit": 1,
            "unjudged": 0,
            "suppressed": 0,
            "judged_whole": True,
        }
        assert shown(report) == [("SL201", "data/train/1.png"), ("SL107", "data/train/2.png")]

    def test_what_was_passed_over_is_told(self):
        save("data/a.png")
        for name in ("b.txt", "c.txt", ".hidden"):
            with open(f"data/{name}", "w"):
                pass
        assert check(survey(["data"]), plan()).facts["passed"] == {"hidden": 1, "text and code": 2}

    def test_of_nothing(self):
        os.mkdir("data")
        report = check(survey(["data"], allow_empty=True), plan())
        assert (report.findings, report.skipped, report.facts["samples"]) == ((), (), 0)
        assert report.dataset == Dataset()

    def test_what_the_system_refuses_makes_it_incomplete(self, found):
        gone = Survey((*found.samples, Sample("data/val/gone.png")), root="data", refused=(Skipped("data/x", "no"),))
        report = check(gone, plan(wanted=["SL107"]))
        assert report.facts["unjudged"] == 2
        assert {"data/val/gone.png", "data/x"} < {one.path for one in report.skipped}

    def test_what_refuses_to_be_listed_is_in_one_part_only(self, found):
        refused = tuple(Skipped(f"data/x{i}", "no") for i in range(9))
        known = Survey(found.samples, root="data", refused=refused)
        parts = [check(known, plan(shard=(i, 3))) for i in (1, 2, 3)]
        assert sum(part.facts["unjudged"] for part in parts) == 9
        assert sorted(one.path for part in parts for one in part.skipped if "x" in one.path) == [
            one.path for one in refused
        ]


class TestPolicy:
    def test_severities_and_paths(self, found):
        policy = Policy({"SL107": "off", "SL201": "warning", "SL6": "info"}, {"data/val": ["SL201"]})
        report = check(found, plan(wanted=["SL107", "SL201"], policy=policy))
        assert [(f.code, f.path, f.severity) for f in report.findings] == [("SL201", "data/train/1.png", "warning")]
        assert report.facts["totals"]["SL201"]["severity"] == "warning"
        # off is the user's word that it is known: neither a finding nor a file that nobody judged
        assert report.skipped == ()
        assert report.facts["unjudged"] == 0

    def test_they_hold_for_the_set_too(self, found):
        known = unpaired(found)
        assert shown(check(known, plan()), "SL604") == [("SL604", "data/train/0.png")]
        assert not shown(check(known, plan(policy=Policy({"SL604": "off"}))), "SL604")
        assert not shown(check(known, plan(policy=Policy({}, {"data/train/0.png": ["pairing"]}))), "SL604")


class TestBaseline:
    def load(self, counts, **facts):
        baselines.write("base.json", counts)
        return baselines.load("base.json", codes=codes(), **facts)

    def test_it_excuses_and_is_counted(self, found):
        recorded = self.load({"data/train/1.png": {"SL201": 1}, "data/train/2.png": {"SL107": 1}})
        report = check(found, plan(wanted=["SL107", "SL201", "SL408"], baseline=recorded))
        assert shown(report) == [("SL201", "data/val/1.png"), ("SL107", "data/val/2.png")]
        assert [one.path for one in report.skipped] == ["data/val/2.png"]
        assert report.facts["suppressed"] == 2
        assert "baseline_used" not in report.facts

    def test_what_it_records_for_nothing_is_found(self, found):
        counts = {"data/train/0.png": {"SL201": 1}, "": {"SL602": 1}}
        report = check(found, plan(wanted=["SL107", "SL201", "SL408"], baseline=self.load(counts)))
        assert [f.key for f in report.findings if f.code == "SL408"] == ["SL201 data/train/0.png", "SL602"]

    def test_of_some_files_nothing_is_said_of_what_it_records_for_nothing(self, found):
        counts = {"data/train/0.png": {"SL201": 1}, "": {"SL602": 1}}
        recorded = self.load(counts, whole=False)
        assert not shown(check(found, plan(baseline=recorded, alone=True)), "SL408")
        assert recorded.pruned() == {"": {"SL602": 1}}

    def test_nor_where_a_file_could_not_be_judged(self, found):
        gone = Survey((*found.samples, Sample("data/val/gone.png")), root="data")
        recorded = self.load({"data/val/gone.png": {"SL201": 1}})
        assert not shown(check(gone, plan(baseline=recorded)), "SL408")

    def test_a_part_tells_what_it_used(self, found):
        recorded = self.load({"data/train/1.png": {"SL201": 1}})
        used = [check(found, plan(baseline=recorded, shard=(i, 2))).facts.get("baseline_used") for i in (1, 2)]
        assert {"data/train/1.png": {"SL201": 1}} in used
        assert not shown(check(found, plan(baseline=recorded, shard=(2, 2))), "SL408")

    def test_recording_counts_all_whatever_the_limit(self, found):
        counts = {}
        check(found, plan(wanted=["SL201", "SL107"], recording=counts, limit=1, root="data"))
        assert counts == {
            f"{split}/{i}.png": {code: 1} for split in ("train", "val") for i, code in ((1, "SL201"), (2, "SL107"))
        }


class TestWhole:
    def test_rules_about_the_set_are_asked_once(self, found):
        assert shown(check(unpaired(found), plan()), "SL604") == [("SL604", "data/train/0.png")]

    def test_of_a_part_they_are_not_asked(self, found):
        report = check(unpaired(found), plan(shard=(1, 1)))
        assert not shown(report, "SL604")
        assert report.facts["judged_whole"] is False
        assert report.facts["shard"] == [1, 1]
        assert report.facts["part"]["codes"] == sorted(codes())
        assert report.facts["part"]["version"] == segloss_cli.__version__

    def test_of_some_files_only_what_was_declared_is_asked(self, found):
        contract = Contract(num_classes=3, names=("a", "b"), declared=frozenset({"num_classes", "names"}))
        report = check(unpaired(found), plan(contract, alone=True))
        assert shown(report, "SL604", "SL405") == [("SL405", "")]
        assert report.facts["judged_whole"] is False

    def test_orphans_are_of_the_set_and_in_one_part_only(self, found):
        orphans = tuple(Orphan(f"data/train/{i}.png", "label", "no-image", "no image") for i in range(4))
        known = Survey(found.samples, orphans, root="data")
        assert len(check(known, plan()).dataset.orphans) == 4
        assert check(known, plan(alone=True)).dataset.orphans == ()
        assert sum(len(check(known, plan(shard=(i, 3))).dataset.orphans) for i in (1, 2, 3)) == 4

    def weighted(self, *weights):
        return Contract(num_classes=3, weights=weights, declared=frozenset({"num_classes", "weights"}))

    def test_what_the_labels_hold_is_counted_for_the_rules_that_ask(self, found):
        report = check(found, plan(self.weighted(0.0, 0.0, 0.0), ["SL404"]))
        assert [f.key for f in report.findings] == ["zero"]

    def test_nothing_is_absent_where_a_label_is_not_counted(self):
        Image.fromarray(np.zeros((8, 8), np.uint8)).save("a.png")
        weighted = plan(self.weighted(0.0, 1.0, 1.0), ["SL404"])
        assert [f.key for f in check(survey(["a.png"]), weighted).findings] == ["absent", "zero"]
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (8, 8, 3)).astype(np.uint8)).save("b.png")
        assert check(survey(["a.png", "b.png"]), weighted).findings == ()
        assert check(survey(["b.png"]), weighted).findings == ()

    def test_nothing_is_absent_where_there_are_too_many_ids_or_only_some_files(self, monkeypatch):
        seen = []
        monkeypatch.setattr(module, "judge", lambda record, *_: seen.append(record) or ())
        many = Dataset({"": Split(labels=3, many=True)}, encodings={"PNG, mode I;16, 16-bit, uint16": Seen(3, "a")})
        some = Dataset({"": Split(labels=3, uncounted=2, holders={1: Seen(1, "a")}, counts={1: 9})})
        for dataset, alone in ((many, False), (some, False), (some, True), (Dataset(), False)):
            [*module._of_the_set(dataset, plan(alone=alone))]
        assert [one for one in seen if isinstance(one, Terms)] == [
            Terms(None, frozenset({"uint16"})),
            Terms(frozenset({1}), every=False),
            Terms(None, every=False),
            Terms(None),
        ]
        assert [one for one in seen if isinstance(one, Dataset)] == [many, some, Dataset()]


class TestOrder:
    @pytest.mark.parametrize(
        ("wanted", "depth"),
        [
            ([], "container"),
            (["SL104", "SL501", "SL405", "SL408", "SL903", "SL604"], "container"),
            (["SL104", "SL201"], "values"),
            (["SL404"], "values"),
            (["SL403"], "values"),
            (["SL309"], "values"),
            (["SL316"], "values"),
            (["SL212"], "pixels"),
            (codes(), "pixels"),
        ],
    )
    def test_it_is_as_deep_as_the_deepest_rule(self, wanted, depth):
        assert order_for(THREE, wanted).depth == depth

    def test_digests_are_taken_for_one_rule_only(self):
        assert order_for(THREE, ["SL607"], digests=True).digests
        assert not order_for(THREE, ["SL201"], digests=True).digests
        assert not order_for(THREE, ["SL607"]).digests

    def test_the_rest(self):
        order = order_for(THREE, iter(["SL201"]), member="b")
        assert (order.contract, order.codes, order.member) == (THREE, {"SL201"}, "b")

    def test_splits_are_those_of_labels(self):
        label, image = Sample("a.png", split="train"), Sample(image="b.png", split="val")
        assert not several_splits(Survey((label, image)))
        assert several_splits(Survey((label, image, Sample("c.png", split="val"))))


class TestInterrupted:
    """Ctrl-C at every stage."""

    def outcomes(self, monkeypatch, fail_at, closed):
        def stream(samples, order, **_):
            try:
                for number, sample in enumerate(samples):
                    if number == fail_at:
                        raise KeyboardInterrupt
                    yield Outcome(Facts("", sample.label, 4, {0: 4}, "PNG, mode L, 8-bit, uint8"))
            finally:
                closed.append(True)

        monkeypatch.setattr("segloss_cli.scan.parallel.outcomes", stream)

    @pytest.mark.parametrize("at", [0, 1, 7])
    def test_while_samples_are_judged(self, found, monkeypatch, at):
        self.outcomes(monkeypatch, at, closed := [])
        report = check(found, plan())
        assert report.complete is False
        assert report.facts["judged_whole"] is False
        assert report.dataset.files.get("label", 0) == at
        assert not {f.code for f in report.findings} & {"SL607", "SL602"}
        assert closed == [True]

    def test_while_they_are_added_up(self, found, monkeypatch):
        """The workers have ended before the report is made."""
        self.outcomes(monkeypatch, None, closed := [])

        def interrupted(_, facts):
            raise KeyboardInterrupt

        monkeypatch.setattr(module.Census, "add", interrupted)
        real, seen = module.conclude, []
        monkeypatch.setattr(module, "conclude", lambda *args, **more: seen.append([*closed]) or real(*args, **more))
        assert check(found, plan()).complete is False
        assert seen == [[True]]

    def test_in_the_progress_bar(self, found):
        def ticks(stream, total):
            assert total == 8
            for number, outcome in enumerate(stream):
                if number == 3:
                    raise KeyboardInterrupt
                yield outcome

        report = check(found, plan(wanted=["SL201"]), ticks)
        assert report.complete is False
        assert report.dataset.unread + report.dataset.files["label"] == 3

    def test_what_is_known_by_then_is_kept_for_the_next_run_but_no_report_is(self, found, monkeypatch):
        order = plan(wanted=["SL201"]).order

        def cached():
            return Plan(order, Policy(), cache=Cache.of("data", order, "cache"))

        with monkeypatch.context() as patched:
            patched.setattr(module.Gathering, "add", self.third(module.Gathering.add))
            assert check(found, cached()).complete is False
        monkeypatch.setattr("segloss_cli.scan.examine.examine", self.counting(judged := []))
        assert check(found, cached()).complete is True
        assert "data/train/0.png" not in judged
        assert "data/val/3.png" in judged

    def third(self, real):
        calls = []

        def add(self, findings, skipped=()):
            calls.append(1)
            if len(calls) == 4:
                raise KeyboardInterrupt
            real(self, findings, skipped)

        return add

    def counting(self, judged):
        return lambda sample, order: judged.append(sample.label) or examine(sample, order)

    def test_before_and_after_there_is_no_report(self, found, monkeypatch):
        def interrupted(*_):
            raise KeyboardInterrupt

        cached = plan()
        cached = Plan(cached.order, Policy(), cache=Cache.of("data", cached.order, "cache"))
        for where in ("segloss_cli.scan._recall.recalled", "segloss_cli.scan._recall.remember"):
            with monkeypatch.context() as patched:
                patched.setattr(where, interrupted)
                with pytest.raises(KeyboardInterrupt):
                    check(found, cached)


class TestCache:
    def test_the_file_is_closed(self, found, monkeypatch):
        closed = []
        real = Cache.close
        monkeypatch.setattr(Cache, "close", lambda self, **more: closed.append(more) or real(self, **more))
        one = plan(wanted=["SL201", "SL107"])
        for _ in range(2):
            check(found, Plan(one.order, Policy(), cache=Cache.of("data", one.order, "cache")))
        assert closed == [{}, {"tidy": False}]


class TestTicks:
    def test_it_is_given_the_outcomes_and_their_number(self, found):
        seen = []

        def ticks(stream, total):
            seen.append(total)
            for outcome in stream:
                seen.append(outcome.facts.path)
                yield outcome

        check(found, plan(), ticks)
        assert seen == [8, *(sample.label for sample in found.samples)]


class TestLibrary:
    def test_it_is_public(self):
        assert segloss_cli.check_dataset is check_dataset
        assert "check_dataset" in segloss_cli.__all__

    def test_paths_of_any_kind(self, found, tmp_path):
        for paths in (["data"], [tmp_path / "data"], ["data/train", "data/val"], ["data/*"]):
            report = segloss_cli.check_dataset(paths, THREE)
            assert len(shown(report, "SL201")) == 2
            assert report.dataset.files == {"label": 6}

    @pytest.mark.parametrize(
        ("paths", "words"), [([], "nothing to check"), (["nowhere"], "nowhere"), (["empty"], "nothing to check")]
    )
    def test_nothing_to_check(self, paths, words):
        os.mkdir("empty")
        with pytest.raises(UsageError, match=words):
            check_dataset(paths)

    def test_rules_and_limits(self, found):
        report = check_dataset(["data"], THREE, entries=iter(selected(["SL201"], ())), limit=1, jobs=1)
        assert shown(report) == [("SL201", "data/train/1.png")]
        assert report.facts["totals"]["SL201"]["findings"] == 2
        assert check_dataset(["data"], THREE, entries=()).findings == ()

    def test_what_was_not_said_is_found_out(self, found):
        assert check_dataset(["data"], preset="voc").contract.num_classes == 21
        with open("data/class_names.txt", "w") as file:
            file.write("sky\nroad\n")
        assert check_dataset(["data"]).contract.num_classes == 2

    def test_a_preset_leaves_no_room_for_some_rules(self, found):
        for name in ("a.png", "b.png"):
            Image.fromarray(np.repeat([[0, 255]], 8, 0).astype(np.uint8)).save(name)
        plain = check_dataset(["a.png", "b.png"], Contract(task="binary", declared=frozenset({"task"})))
        assert shown(plain, "SL208")
        assert not shown(check_dataset(["a.png", "b.png"], preset="medical_binary"), "SL208")

    def test_headers_alone_decode_no_pixel(self, found, monkeypatch):
        monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda *_: pytest.fail("a pixel was decoded"))
        monkeypatch.setattr("segloss_cli.scan.meaning.read_label", lambda *_: pytest.fail("a label was read"))
        report = check_dataset(["data"], entries=selected(["SL104"], ()))
        assert report.dataset.files == {"label": 6}

    def test_the_same_content_in_two_splits(self):
        ids = np.random.default_rng(0).integers(0, 3, (24, 24)).astype(np.uint8)
        for split in ("train", "val"):
            save(f"data/{split}/a.png")
            Image.fromarray(ids).save(f"data/{split}/b.png")
        assert shown(check_dataset(["data"]), "SL607") == [("SL607", "data/val/b.png")]


class TestRules:
    """What the records of a data set brought to the rules."""

    def judged(self, record):
        hits = (Hit("there", "mend it", path="other.png"), Hit("here", "mend it"))
        about = {Scene: "scene", Dataset: "dataset", Terms: "terms"}[type(record)]
        rules = [
            Entry("SL999", "a-rule", Rule(kind, "info", "hint", lambda *_: hits, (), ()), "")
            for kind in ("label", about)
        ]
        return [(f.path, f.message) for f in judge(record, Contract(), rules)]

    def test_a_finding_is_at_the_file_that_the_hit_names_or_the_record_is_of(self):
        profile = Profile(Container("gt.png", "PNG", (4, 6), "uint8", "L", 8), 1, 4, 6, 24, {0: 24}, 1, 0, 0)
        scene = Scene(Picture(Container("photo.jpg", "JPEG", (4, 6, 3), "uint8")), profile)
        for record, path in (
            (scene, "gt.png"),
            (Dataset(), ""),
            (Terms(path="base.json"), "base.json"),
            (Terms(), ""),
        ):
            assert self.judged(record) == [("other.png", "there"), (path, "here")]

    def test_an_option_is_the_users_or_the_rules_own(self):
        contract = Contract(options={"SL608.share": 0.5, "SL608.files": 0})
        assert option(contract, "SL608", "share", 0.001) == 0.5
        assert option(contract, "SL608", "files", 3) == 0
        assert option(contract, "SL602", "share", 0.01) == 0.01


@pytest.mark.parametrize(
    ("sample", "path"),
    [
        (Sample("a", "b", "c"), "a"),
        (Sample(image="b", prediction="c"), "c"),
        (Sample(image="b"), "b"),
        (Sample(), ""),
    ],
)
def test_findings_are_about_the_label_else_the_prediction_else_the_image(sample, path):
    assert sample.path == path
