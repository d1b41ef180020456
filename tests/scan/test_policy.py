import os

import pytest

from segloss_cli.errors import UsageError
from segloss_cli.scan._relative import relative
from segloss_cli.scan.policy import Glob, Policy, fits
from segloss_cli.types import Finding


def finding(code="SL201", name="id-out-of-range", severity="error", path="masks/a.png"):
    return Finding(code, name, severity, "proof", path, "id 21", "map it")


def test_without_a_policy_a_finding_stays_the_same_object():
    found = finding()
    assert Policy().apply(found) is found


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ({"SL201": "info"}, "info"),
        ({"sl2": "warning"}, "warning"),
        ({"id-out-of-range": "info"}, "info"),
        ({"SL2": "off", "SL20": "info", "SL": "warning"}, "info"),
        ({"SL201": "warning", "SL2": "off"}, "warning"),
        ({"SL201": "off", "ID-out-of-range": "info"}, "info"),
        ({"SL201": "error"}, "error"),
        ({"SL3": "off", "label-dtype": "off"}, "error"),
    ],
)
def test_the_longest_prefix_or_the_name_decides_the_severity(severity, expected):
    assert Policy(severity).apply(finding()).severity == expected


def test_off_drops_and_a_second_finding_of_the_rule_is_treated_alike():
    policy = Policy({"SL2": "off"})
    assert policy.apply(finding()) is None
    assert policy.apply(finding(path="b.png")) is None
    assert policy.apply(finding("SL301", "label-extra-axis")) is not None


def test_only_the_severity_changes():
    changed = Policy({"SL201": "info"}).apply(finding())
    assert (changed.code, changed.path, changed.certainty, changed.message) == (
        "SL201",
        "masks/a.png",
        "proof",
        "id 21",
    )


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("masks/*.png", "masks/a.png", True),
        ("masks/*.png", "masks/old/a.png", False),
        ("masks/**", "masks/old/a.png", True),
        ("masks/**", "masks", False),
        ("masks/**/a.png", "masks/a.png", True),
        ("masks/**/**/a.png", "masks/x/y/a.png", True),
        ("**/old/*", "x/y/old/a.png", True),
        ("**", "a.png", True),
        ("*.png", "x/y/a.png", True),
        ("a.png", "x/ba.png", False),
        ("old", "masks/old/a.png", True),
        ("old/", "masks/old/a.png", True),
        ("masks/old", "masks/old/deep/a.png", True),
        ("masks/old", "masks/older/a.png", False),
        ("/a.png", "a.png", True),
        ("/a.png", "x/a.png", False),
        ("./masks/a.png", "masks/a.png", True),
        (r"masks\a.png", "masks/a.png", True),
        ("a?.png", "ab.png", True),
        ("a?b", "a/b", False),
        ("[ab]*.png", "b1.png", True),
        ("[!ab]*.png", "b1.png", False),
        ("[a-c].png", "b.png", True),
        ("a[^]b", "a^b", True),
        ("x[!/]y", "x/y", False),
        ("[", "[", True),
        ("a[&&b]", "a&", True),
        ("!keep/**", "masks/a.png", True),
        ("!keep/**", "keep/a.png", False),
        ("(a+)|.png", "(a+)|.png", True),
        ("a*.png", "a\n.png", True),
        ("a.png", "a.png\n", False),
        ("", "a.png", False),
    ],
)
def test_globs(glob, path, expected):
    assert Glob(glob).fits(path) is expected


def test_a_range_the_wrong_way_round_is_a_usage_error():
    with pytest.raises(UsageError, match=r"the glob '\[z-a\]' is none"):
        Glob("[z-a]")


@pytest.mark.parametrize(
    ("ignores", "path", "kept"),
    [
        ({"masks/**": ["SL2"]}, "data/masks/a.png", False),
        ({"masks/**": ["id-out-of-range"]}, "data/masks/a.png", False),
        ({"masks/**": ["SL3"]}, "data/masks/a.png", True),
        ({"labels/**": ["SL2"]}, "data/masks/a.png", True),
        ({"labels/**": ["SL2"], "*.png": ["SL201"]}, "data/masks/a.png", False),
        ({"**": ["SL"]}, "", True),
        ({"!masks/**": ["SL"]}, "", True),
    ],
)
def test_codes_are_ignored_by_path_relative_to_the_root(ignores, path, kept):
    policy = Policy(per_path_ignores=ignores, root="data")
    assert (policy.apply(finding(path=path)) is not None) is kept


def test_a_changed_severity_and_an_ignored_path_go_together():
    policy = Policy({"SL2": "info"}, {"old": ["SL201"]})
    assert policy.apply(finding(path="old/a.png")) is None
    assert policy.apply(finding(path="new/a.png")).severity == "info"


def test_a_key_is_a_code_a_prefix_or_a_name():
    assert fits("SL", "SL201", "id-out-of-range")
    assert not fits("id-out", "SL201", "id-out-of-range")


@pytest.mark.parametrize("root", [".", "data", "data/", "/data", "../x", "a/../data", "", "/"])
@pytest.mark.parametrize(
    "path",
    [
        "a.png",
        "data/a.png",
        "./data/a.png",
        "data//a.png",
        "data/./a.png",
        "data/../a.png",
        "/data/a.png",
        "data/.a",
        "data",
        "../x/a",
        "/a",
    ],
)
def test_paths_are_relative_as_the_system_says(path, root):
    assert relative(path, root or ".") == os.path.relpath(path, root or ".")
