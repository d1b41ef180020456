from hypothesis import given
from hypothesis import strategies as st

from segloss_cli.scan.gathering import Gathering, parts_of, place_of
from segloss_cli.types import SEVERITIES, Finding, Skipped

CODES = ("SL107", "SL201", "SL202")


def finding(path, code="SL201", key="", severity="error"):
    return Finding(code, code.lower(), severity, "proof", path, f"{path} {key}", "mend it", key=key)


def all_of(one):
    return one


def gathered(outcomes, limit, let=all_of):
    made = Gathering(limit, let)
    for findings, skipped in outcomes:
        made.add(findings, skipped)
    return made


def seen(made):
    return made.findings(), made.skipped(), made.totals(), made.unjudged


def test_nothing():
    assert seen(Gathering(3, all_of)) == ((), (), {}, 0)


def test_findings_are_by_path_part_by_part_then_code_then_key():
    paths = ["b/a.png", "a-1/b.png", "a/z.png", "a/b.png", ""]
    made = gathered([([finding(path)], ()) for path in paths], 0)
    assert [f.path for f in made.findings()] == ["", "a/b.png", "a/z.png", "a-1/b.png", "b/a.png"]
    some = [finding("a", "SL202"), finding("a", key="2"), finding("a", key="1")]
    assert [(f.code, f.key) for f in gathered([(some, ())], 0).findings()] == [
        ("SL201", "1"),
        ("SL201", "2"),
        ("SL202", ""),
    ]


def test_names_that_differ_in_a_backslash_only_have_an_order_too():
    one, other = finding("a/b.png"), finding("a\\b.png")
    assert parts_of(one.path) == parts_of(other.path)
    assert place_of(one) < place_of(other)
    for outcomes in ([([one], ()), ([other], ())], [([other], ()), ([one], ())]):
        assert gathered(outcomes, 1).findings() == (one,)


def test_each_rule_has_a_limit_of_its_own_and_all_are_counted():
    outcomes = [([finding(f"{i}.png"), finding(f"{i}.png", key="b")], ()) for i in range(5)]
    outcomes.append(([finding("9.png", "SL202", severity="info")], ()))
    made = gathered(outcomes, 3)
    assert [(f.path, f.code, f.key) for f in made.findings()] == [
        ("0.png", "SL201", ""),
        ("0.png", "SL201", "b"),
        ("1.png", "SL201", ""),
        ("9.png", "SL202", ""),
    ]
    assert made.totals() == {
        "SL201": {"name": "sl201", "severity": "error", "findings": 10, "files": 5},
        "SL202": {"name": "sl202", "severity": "info", "findings": 1, "files": 1},
    }


def test_what_is_about_no_file_counts_none():
    made = gathered([([finding("", "SL202"), finding("", "SL202", key="b")], ())], 0)
    assert made.totals()["SL202"]["findings"] == 2
    assert made.totals()["SL202"]["files"] == 0


def test_the_worst_severity_is_told_also_of_what_is_not_kept():
    outcomes = [([finding("a", severity="info")], ()), ([finding("b", severity="error")], ())]
    made = gathered([*outcomes, ([finding("c", severity="warning")], ())], 1)
    assert made.findings()[0].severity == "info"
    assert made.totals()["SL201"]["severity"] == "error"


def test_what_is_not_let_through_is_not_counted():
    made = gathered([([finding("a"), finding("b", "SL202")], ())], 0, lambda f: None if f.code == "SL201" else f)
    assert [f.code for f in made.findings()] == ["SL202"]
    assert [*made.totals()] == ["SL202"]


def test_a_skipped_file_is_judged_if_it_was_found_unreadable():
    unreadable = ([finding("a", "SL107")], [Skipped("a", "is empty")])
    refused = ((), [Skipped("b", "permission denied")])
    made = gathered([unreadable, refused], 0)
    assert made.skipped() == (Skipped("a", "is empty"), Skipped("b", "permission denied"))
    assert made.unjudged == 1


def test_an_unreadable_file_that_is_excused_is_no_news():
    made = gathered([([finding("a", "SL107")], [Skipped("a", "is empty")])], 0, lambda _: None)
    assert seen(made) == ((), (), {}, 0)


def test_of_unreadable_files_those_are_shown_whose_findings_are():
    # findings of what holds NaN take the places of those of a file that cannot be read
    nonfinite = [([finding(f"{i}", "SL107")], ()) for i in range(2)]
    made = gathered([*nonfinite, ([finding("9", "SL107")], [Skipped("9", "is empty")])], 2)
    assert [f.path for f in made.findings()] == ["0", "1"]
    assert made.skipped() == ()
    assert made.unjudged == 0


def test_as_many_skipped_files_are_kept_as_findings_of_a_rule():
    made = gathered([((), [Skipped(f"{i}", "gone")]) for i in reversed(range(9))], 2)
    assert [one.path for one in made.skipped()] == ["0", "1"]
    assert made.unjudged == 9


def test_what_was_counted_before_is_not_counted_again():
    parts = [
        ([finding("a"), finding("c")], [Skipped("x", "gone")]),
        ([finding("b", severity="warning"), finding("d", "SL107")], [Skipped("d", "is empty")]),
    ]
    made = Gathering(2, lambda _: None)
    for findings, skipped in parts:
        part = gathered([(findings, skipped)], 2)
        made.resume(part.findings(), part.totals(), part.skipped())
    assert [f.path for f in made.findings()] == ["a", "b", "d"]
    assert made.totals()["SL201"] == {"name": "sl201", "severity": "error", "findings": 3, "files": 3}
    assert [one.path for one in made.skipped()] == ["d", "x"]
    assert made.unjudged == 0


def test_the_counts_of_a_part_stay_its_own():
    part = gathered([([finding("a")], ())], 0)
    made = Gathering(0, all_of)
    made.resume(part.findings(), part.totals())
    made.resume(part.findings(), part.totals())
    assert part.totals()["SL201"]["findings"] == 1
    assert made.totals()["SL201"]["findings"] == 2


def test_a_resumed_part_may_be_milder_than_what_is_known():
    made = gathered([([finding("a", severity="warning")], ())], 0)
    made.resume((), {"SL201": {"name": "sl201", "severity": "info", "findings": 2, "files": 1}})
    assert made.totals()["SL201"] == {"name": "sl201", "severity": "warning", "findings": 3, "files": 2}


names = st.sampled_from([f"{folder}{name}" for folder in ("", "a/", "a-1/", "a/b/") for name in "xyz"])


@st.composite
def outcomes(draw):
    """What comes of samples: no two have a file in common, as those of a survey."""
    made = []
    for path in draw(st.lists(names, unique=True, max_size=12)):
        keys = draw(st.lists(st.tuples(st.sampled_from(CODES), st.integers(0, 3)), unique=True, max_size=6))
        some = [finding(path, code, str(key), draw(st.sampled_from(SEVERITIES))) for code, key in keys]
        made.append((some, [Skipped(path, "why not")] if draw(st.booleans()) else []))
    return made


@given(st.data(), outcomes(), st.integers(0, 4))
def test_the_order_of_samples_changes_nothing(data, some, limit):
    other = data.draw(st.permutations(some))
    assert seen(gathered(some, limit)) == seen(gathered(other, limit))


@given(outcomes(), st.integers(1, 4))
def test_a_limit_keeps_the_first_of_all(some, limit):
    every, few = gathered(some, 0), gathered(some, limit)
    for code in CODES:
        of_all = [f for f in every.findings() if f.code == code]
        assert [f for f in few.findings() if f.code == code] == of_all[:limit]
    assert few.totals() == every.totals()
    assert few.unjudged == every.unjudged


@given(st.data(), outcomes(), st.integers(0, 4))
def test_parts_put_together_are_the_whole(data, some, limit):
    where = [data.draw(st.integers(0, 2)) for _ in some]
    parts = [gathered([one for one, at in zip(some, where, strict=True) if at == i], limit) for i in range(3)]
    whole = Gathering(limit, lambda _: None)
    for part in data.draw(st.permutations(parts)):
        whole.resume(part.findings(), part.totals(), part.skipped())
        whole.unjudged += part.unjudged
    assert seen(whole) == seen(gathered(some, limit))


@given(outcomes(), st.integers(0, 3))
def test_whoever_is_skipped_is_unjudged_or_has_its_finding(some, limit):
    made = gathered(some, limit)
    told = {f.path for f in made.findings() if f.code == "SL107"}
    lost = [one for one in made.skipped() if one.path not in told]
    assert len(lost) == (min(made.unjudged, limit) if limit else made.unjudged)
