import json
import os
import sys
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import jsonschema
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from segloss_cli import config
from segloss_cli.cli._settings import Sources, contract_of, outputs_of, shown, sources_of
from segloss_cli.cli.check import check
from segloss_cli.cli.check_options import settings_of, shard_of
from segloss_cli.config import FIELDS, Settings, as_table, key_of, settings, toml_text
from segloss_cli.errors import UsageError

SCHEMA = json.loads((Path(config.__file__).parent / "config.schema.json").read_text())

GOOD = [
    "num-classes = 21",
    "ignore-index = 255",
    "ignore-index = [255, -1]",
    'names = ["sky", "a, b"]',
    'names = "classes.txt"',
    "names = []",
    'task = "multilabel"',
    "reduce-zero-label = true",
    'preset = "voc"',
    'losses = "dice"',
    'losses = ["dice", "focal"]',
    "class-weights = [1, 2.5, 0]",
    'class-weights = "weights.npy"',
    'palette = ["#000000", "#FF00aa", [1, 2, 255]]',
    'images = "images"',
    'labels = ["a", "b"]',
    "predictions = []",
    'include = "**/*.png"',
    'exclude = ["old"]',
    'pairs = { image = "images/{stem}.jpg", label = "masks/{stem}.png", prediction = "p/{stem}.npy" }',
    'splits = { train = "train/**", val = ["val/**", "dev/**"] }',
    'select = ["SL2", "SL301"]',
    'ignore = "SL9, palette-label"',
    'per-path-ignores = { "masks/old/**" = ["SL3"], "*.jpg" = "SL101" }',
    'severity = { SL404 = "warning", SL2 = "off" }',
    "[rules.SL608]\nshare = 0.01\npixels = 3",
    'fail-on = "never"',
    "max-warnings = 0",
    "exit-zero = false",
    'baseline = "b.json"',
    'baseline = ""',
    "cache = false",
    "cache = true",
    'cache = ".cache"',
    'jobs = "auto"',
    "jobs = 4",
    "max-findings = 0",
    'format = "json"',
    'output = "report.txt"',
    'output = ["sarif=out.sarif", "./a=b.txt"]',
]

BAD = [
    ("num-clases = 3", "num-clases", "the closest is 'num-classes'"),
    ("num_classes = 3", "num_classes", "the closest is 'num-classes'"),
    ("zzzz = 3", "zzzz", "known: num-classes, ignore-index"),
    ("[tool.segloss]\njobs = 3", "tool", "without the heading"),
    ('num-classes = "21"', "num-classes", "is the text '21'; expected: a whole number of 1 or more"),
    ("num-classes = 0", "num-classes", "is int 0; expected: a whole number of 1 or more"),
    ("num-classes = true", "num-classes", "is true; expected: a whole number"),
    ("num-classes = 2.5", "num-classes", "is float 2.5"),
    ("num-classes = 2026-01-01", "num-classes", "is date 2026-01-01"),
    ("ignore-index = [255, 'x']", "ignore-index", "is the text 'x'; expected: a whole number"),
    ("names = 3", "names", "a list of names, or a file"),
    ("names = ['a', '']", "names", "a text that is not empty"),
    ("task = 'semantic'", "task", "one of binary, multiclass, multilabel"),
    ("task = []", "task", "is a list; expected: one of binary"),
    ("reduce-zero-label = 1", "reduce-zero-label", "is int 1; expected: true or false"),
    ("preset = ''", "preset", "a text that is not empty"),
    ("losses = [3]", "losses", "a text that is not empty"),
    ("class-weights = [1, -2]", "class-weights", "a number of 0 or more"),
    ("class-weights = [true]", "class-weights", "a finite number"),
    ("class-weights = 3", "class-weights", "a list of numbers"),
    ("palette = '#000000'", "palette", "a list of colours"),
    ("palette = ['#00']", "palette", 'a colour, "#rrggbb"'),
    ("palette = [[1, 2, 256]]", "palette", "with 0 to 255"),
    ("palette = [[1, 2]]", "palette", "with 0 to 255"),
    ("images = {}", "images", "is a table; expected: a text"),
    ("pairs = { mask = 'm/{stem}.png' }", "pairs.mask", "image, label or prediction as the key"),
    ("pairs = { image = 'm/*.png' }", "pairs.image", "a path with {stem} in it"),
    ("pairs = 'x'", "pairs", "expected: a table"),
    ("splits = { train = 3 }", "splits.train", "is int 3"),
    ("select = 3", "select", "a text that is not empty"),
    ("per-path-ignores = ['a']", "per-path-ignores", "is a list; expected: a table"),
    ("severity = { SL2 = 'fatal' }", "severity.SL2", "one of error, warning, info, off"),
    ("rules = { SL608 = 3 }", "rules.SL608", "expected: a table"),
    ("[rules.SL608]\nshare = 'x'", "rules.SL608.share", "a finite number"),
    ("fail-on = 'info'", "fail-on", "one of error, warning, never"),
    ("max-warnings = -1", "max-warnings", "0 or more"),
    ("exit-zero = 'yes'", "exit-zero", "true or false"),
    ("baseline = 3", "baseline", "a path"),
    ("cache = 3", "cache", "a folder, true or false"),
    ("jobs = 0", "jobs", '1 or more, or "auto"'),
    ("jobs = 'all'", "jobs", '1 or more, or "auto"'),
    ("max-findings = -5", "max-findings", "0 or more"),
    ("format = 3", "format", "a text"),
    ("output = ['sarif=']", "output", "FORMAT=FILE"),
    ("output = [3]", "output", "FORMAT=FILE"),
]

PLAIN = {}


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("SEGLOSS_"):
            monkeypatch.delenv(name)


def parsed(text):
    return import_module("tomllib" if sys.version_info >= (3, 11) else "tomli").loads(text)


def loaded(text, **more):
    Path("segloss.toml").write_text(text, encoding="utf-8")
    return settings(environ=PLAIN, **more)


@pytest.mark.parametrize("text", GOOD)
def test_what_the_loader_takes_the_schema_takes(text):
    jsonschema.validate(parsed(text), SCHEMA)
    made = loaded(text)
    name = next(iter(parsed(text))).replace("-", "_")
    assert made.source(name) == "segloss.toml:1"


@pytest.mark.parametrize(("text", "key", "says"), BAD)
def test_what_the_loader_refuses_the_schema_refuses(text, key, says):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(parsed(text), SCHEMA)
    with pytest.raises(UsageError) as error:
        loaded(text)
    message = str(error.value)
    assert message.startswith("segloss.toml:1: ")
    assert key in message
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["class-weights = [inf]", "rules = { SL608 = { share = nan } }"])
def test_numbers_are_finite(text):
    with pytest.raises(UsageError, match="a finite number"):
        loaded(text)


def test_the_schema_is_one_and_has_the_keys_of_settings():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    names = [field.name for field in fields(Settings) if field.name not in {"file", "sources"}]
    assert list(FIELDS) == names
    assert list(SCHEMA["properties"]) == [key_of(name) for name in names]
    assert all(part["description"].endswith(".") or "$ref" in part for part in SCHEMA["properties"].values())


def test_the_schemas_defaults_are_those_of_settings():
    table = as_table(Settings())
    for key, part in SCHEMA["properties"].items():
        assert part.get("default") == table[key]


def test_every_key_has_a_good_and_a_bad_example():
    good = {next(iter(parsed(text))) for text in GOOD}
    bad = {next(iter(parsed(text))) for text, _, _ in BAD}
    for key in SCHEMA["properties"]:
        assert key in good
        assert key in bad or key in {"labels", "predictions", "include", "exclude", "ignore"}


def test_values_become_what_settings_hold():
    made = loaded("ignore-index = 255\njobs = 'auto'\ncache = false\nselect = 'SL2, SL3'")
    assert made.ignore_index == (255,)
    assert made.jobs is None
    assert made.cache == ""
    assert made.select == ("SL2", "SL3")
    assert loaded("cache = true").cache is None
    assert loaded('palette = ["#ff0080"]').palette == ((255, 0, 128),)
    assert loaded("[rules.SL608]\nshare = 0.5").options == {"SL608.share": 0.5}


def test_without_anything_all_is_default():
    made = settings(environ=PLAIN)
    assert made == Settings()
    assert (made.file, made.folder, made.source("jobs")) == ("", ".", "default")


def test_flags_beat_the_environment_beats_the_file():
    Path("segloss.toml").write_text("num-classes = 1\njobs = 1\nmax-warnings = 1\n")
    environ = {"SEGLOSS_JOBS": "2", "SEGLOSS_MAX_WARNINGS": "2", "SEGLOSS_PRESET": ""}
    made = settings(environ=environ, flags={"max_warnings": 3, "preset": None})
    assert (made.num_classes, made.jobs, made.max_warnings, made.preset) == (1, 2, 3, "")
    sources = [made.source(name) for name in ("num_classes", "jobs", "max_warnings", "fail_on")]
    assert sources == ["segloss.toml:1", "environment SEGLOSS_JOBS", "--max-warnings", "default"]


def test_the_environment_is_the_processs_own(monkeypatch):
    monkeypatch.setenv("SEGLOSS_FAIL_ON", "never")
    assert settings().fail_on == "never"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("NUM_CLASSES", "21", 21),
        ("IGNORE_INDEX", "255, -1", (255, -1)),
        ("NAMES", "a,b", "a,b"),
        ("REDUCE_ZERO_LABEL", "Yes", True),
        ("EXIT_ZERO", "0", False),
        ("LOSSES", "dice,focal", ("dice", "focal")),
        ("SELECT", "SL2,SL3", ("SL2", "SL3")),
        ("PALETTE", "#000000,#ffffff", ((0, 0, 0), (255, 255, 255))),
        ("CACHE", "off", ""),
        ("CACHE", "1", None),
        ("CACHE", "/some/c", "/some/c"),
        ("JOBS", "auto", None),
        ("BASELINE", "b.json", "b.json"),
        ("OUTPUT", "sarif=a,b", (("sarif", "a"), ("", "b"))),
        ("FORMAT", "json", "json"),
    ],
)
def test_variables_are_read_as_their_keys(name, text, value):
    made = settings(environ={f"SEGLOSS_{name}": text})
    assert getattr(made, name.lower()) == value
    assert made.source(name.lower()) == f"environment SEGLOSS_{name}"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("JOBS", "many", "environment variable SEGLOSS_JOBS is the text 'many'; expected: a whole number of 1"),
        ("EXIT_ZERO", "maybe", "expected: true or false"),
        ("IGNORE_INDEX", "255,x", "is the text 'x'"),
        ("RULES", "x", "SEGLOSS_RULES: a variable cannot hold a table; set rules in segloss.toml"),
        ("PER_PATH_IGNORES", "x", "set per-path-ignores in segloss.toml"),
    ],
)
def test_a_wrong_variable_is_one_line(name, text, says):
    with pytest.raises(UsageError) as error:
        settings(environ={f"SEGLOSS_{name}": text})
    assert says in str(error.value)


def test_variables_of_others_are_left_alone():
    assert settings(environ={"SEGLOSS_VERSION": "1.2", "SEGLOSS_HOME": "/x"}) == Settings()


def test_the_nearest_file_counts_and_files_are_not_merged(tmp_path):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "segloss.toml").write_text("num-classes = 1\njobs = 7\n")
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.segloss]\nnum-classes = 2\n")
    made = settings(folders=[str(deep)], environ=PLAIN)
    assert (made.num_classes, made.jobs, made.file) == (2, None, "a/pyproject.toml".replace("/", os.sep))
    assert made.source("num_classes").endswith("pyproject.toml:2")
    (deep / "segloss.toml").write_text("")
    assert settings(folders=[str(deep)], environ=PLAIN).num_classes is None


def test_segloss_toml_comes_before_pyproject():
    Path("segloss.toml").write_text("num-classes = 1")
    Path("pyproject.toml").write_text("[tool.segloss]\nnum-classes = 2\n")
    assert settings(environ=PLAIN).num_classes == 1


@pytest.mark.parametrize(
    "text",
    [
        "[project]\nname = 'x'\n",
        "# segloss\n[tool.other]\nx = 1\n",
        "this is [no TOML",
        "[tool]\nother = 'segloss'",
        "[project]\nname = 'segloss-plugin'\n[tool.other]\nsegloss = [no TOML",
    ],
)
def test_a_pyproject_without_the_table_is_passed_over(tmp_path, text):
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text(text)
    (tmp_path / "segloss.toml").write_text("num-classes = 5")
    assert settings(folders=[str(inner)], environ=PLAIN).num_classes == 5


@pytest.mark.parametrize(
    "text",
    [
        "[tool.segloss]\njobs = 2",
        "[ tool . 'segloss' ]\njobs = 2",
        "[tool]\nsegloss.jobs = 2",
        '["tool"]\nsegloss = {jobs = 2}',
        "tool.segloss.jobs = 2",
        "'tool'.\"segloss\".jobs = 2",
        "tool = {other = 1, segloss = {jobs = 2}}",
        '["t\\u006Fol".segloss]\njobs = 2',
    ],
)
def test_the_table_may_be_written_in_every_way_of_toml(text):
    Path("pyproject.toml").write_text(text)
    assert settings(environ=PLAIN).jobs == 2


def test_folders_are_tried_in_turn(tmp_path):
    for name, count in (("a", None), ("b", 2), ("c", 3)):
        (tmp_path / name).mkdir()
        if count:
            (tmp_path / name / "segloss.toml").write_text(f"num-classes = {count}")
    assert settings(folders=[str(tmp_path / name) for name in "abc"], environ=PLAIN).num_classes == 2


def test_config_names_a_file_and_no_config_reads_none(tmp_path):
    Path("segloss.toml").write_text("num-classes = 1")
    Path("other.toml").write_text("num-classes = 2")
    Path("pyproject.toml").write_text("[tool.segloss]\nnum-classes = 3\n")
    assert settings(config="other.toml", environ=PLAIN).num_classes == 2
    assert settings(config="pyproject.toml", environ=PLAIN).num_classes == 3
    isolated = settings(no_config=True, environ={"SEGLOSS_JOBS": "2"})
    assert (isolated.num_classes, isolated.jobs, isolated.file) == (None, 2, "")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: settings(config="none.toml"), "--config none.toml: no such file"),
        (lambda: settings(config=".", no_config=True), "exclude each other"),
        (lambda: settings(config="pyproject.toml"), r"has no table \[tool.segloss\]"),
        (lambda: settings(config="table.toml/pyproject.toml"), r"\[tool.segloss\] is no table"),
        (lambda: settings(config="broken.toml"), "broken.toml: is not TOML"),
        (lambda: settings(config="nested.toml"), "nested.toml: is not TOML"),
        (lambda: settings(config="latin.toml"), "latin.toml: is not UTF-8"),
        (lambda: settings(config="large.toml"), "larger than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(make, says):
    Path("pyproject.toml").write_text("[project]\n")
    Path("broken.toml").write_text("num-classes = \n")
    Path("nested.toml").write_text(f"x = {'[' * 5000}")
    Path("latin.toml").write_bytes(b"names = ['\xe9']")
    Path("large.toml").write_bytes(b"#" * ((1 << 20) + 1))
    Path("table.toml").mkdir()
    Path("table.toml/pyproject.toml").write_text("tool.segloss = 3")
    with pytest.raises(UsageError, match=says) as error:
        make()
    assert "\n" not in str(error.value)


def test_a_file_that_may_not_be_read_says_how_to_go_on(monkeypatch):
    Path("segloss.toml").write_text("")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(UsageError, match=r"Permission denied\); --no-config"):
        settings(environ=PLAIN)


def test_a_mark_of_byte_order_is_no_key():
    Path("segloss.toml").write_bytes(b"\xef\xbb\xbfnum-classes = 4")
    assert settings(environ=PLAIN).num_classes == 4


def test_paths_are_relative_to_the_folder_of_the_file(tmp_path):
    folder = tmp_path / "conf"
    folder.mkdir()
    text = 'images = ["i", "../j", "/abs"]\nbaseline = "b.json"\ncache = "c"\noutput = ["sarif=s", "t"]\n'
    text += 'names = "names.txt"\nclass-weights = "w.npy"\ninclude = "*.png"\n'
    (folder / "segloss.toml").write_text(text)
    made = settings(config="conf/segloss.toml", environ=PLAIN)
    assert made.images == ("conf/i", "j", "/abs")
    assert (made.baseline, made.cache, made.output) == ("conf/b.json", "conf/c", (("sarif", "conf/s"), ("", "conf/t")))
    assert (made.names, made.class_weights) == ("conf/names.txt", "conf/w.npy")
    assert made.include == ("*.png",)
    assert made.folder == "conf"


def test_nothing_is_not_a_path(tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "segloss.toml").write_text('baseline = ""\ncache = ""\nnames = ["a"]\n')
    made = settings(config="conf/segloss.toml", environ=PLAIN)
    assert (made.baseline, made.cache, made.names) == ("", "", ("a",))


def test_a_text_with_commas_is_a_list_unless_there_is_such_a_file(tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "segloss.toml").write_text('names = "a,b"')
    assert settings(config="conf/segloss.toml", environ=PLAIN).names == "a,b"
    (tmp_path / "conf" / "a,b").write_text("")
    assert settings(config="conf/segloss.toml", environ=PLAIN).names == "conf/a,b"


def test_lines_are_those_of_the_keys():
    text = "# jobs = 1\n\n[other.table]\njobs = 2\n[tool.segloss]\nnum-classes = 3\n'fail-on' = 'never'\n"
    text += '[tool.segloss.rules.SL608]\nshare = 1\n[tool."segloss".severity]\nSL2 = "off"\n[[tool.x]]\njobs = 4\n'
    Path("pyproject.toml").write_text(text)
    made = settings(environ=PLAIN)
    lines = {name: made.source(name) for name in ("num_classes", "fail_on", "rules", "severity", "jobs")}
    assert lines == {
        "num_classes": "pyproject.toml:6",
        "fail_on": "pyproject.toml:7",
        "rules": "pyproject.toml:8",
        "severity": "pyproject.toml:10",
        "jobs": "default",
    }


def test_where_the_line_is_not_known_the_file_is():
    Path("pyproject.toml").write_text("[tool]\nsegloss.jobs = 2\n")
    assert settings(environ=PLAIN).source("jobs") == "pyproject.toml"


def test_without_a_file_no_parser_is_loaded(monkeypatch):
    monkeypatch.setattr("segloss_cli.config._toml.import_module", None)
    Path("pyproject.toml").write_text("[project]\n")
    assert settings(environ=PLAIN) == Settings()


# flags


def test_flags_that_were_not_given_change_nothing():
    flags = dict.fromkeys(FIELDS)
    flags |= {"reduce_zero_label": False, "exit_zero": False, "ignore_index": [], "no_cache": False, "config": None}
    assert settings_of(flags) == Settings()


def test_flags_are_told_by_their_parameters():
    flags = {"form": "json", "loss": ["dice"], "jobs": "3", "no_cache": True, "select": ["SL2,SL301"], "labels": ["m"]}
    made = settings_of(flags)
    assert (made.format, made.losses, made.jobs, made.cache) == ("json", ("dice",), 3, "")
    assert (made.select, made.labels) == (("SL2", "SL301"), ("m",))
    assert (made.source("losses"), made.source("cache")) == ("--loss", "--no-cache")
    assert settings_of({"cache_dir": "c"}).source("cache") == "--cache-dir"
    assert settings_of({"jobs": "auto"}).jobs is None


@pytest.mark.parametrize("jobs", ["0", "x", "-1", "1" * 20, "²"])
def test_wrong_jobs_are_a_usage_error(jobs):
    with pytest.raises(UsageError, match="--jobs is"):
        settings_of({"jobs": jobs})


def test_config_and_no_config_are_flags(tmp_path):
    Path("segloss.toml").write_text("num-classes = 1")
    Path("other.toml").write_text("num-classes = 2")
    assert settings_of({}).num_classes == 1
    assert settings_of({"config": "other.toml"}).num_classes == 2
    assert settings_of({"no_config": True}).num_classes is None


def test_the_file_is_looked_for_from_the_data_and_then_from_here(tmp_path, monkeypatch):
    data, work = tmp_path / "data", tmp_path / "work"
    for folder in (data / "a", data / "b", work):
        folder.mkdir(parents=True)
    (work / "segloss.toml").write_text("num-classes = 1")
    monkeypatch.chdir(work)
    assert settings_of({}, [str(data)]).num_classes == 1
    (data / "segloss.toml").write_text("num-classes = 2")
    (data / "a" / "x.png").write_bytes(b"")
    for roots in (["a"], ["a", "b"], ["a/x.png"], ["*/x.png"], ["a/*"], ["."]):
        assert settings_of({}, [str(data / root) for root in roots]).num_classes == 2
    assert settings_of({}, ["*.png"]).num_classes == 1
    (data / "a" / "segloss.toml").write_text("num-classes = 3")
    assert settings_of({}, [str(data / "a")]).num_classes == 3
    assert settings_of({}, [str(data / "a"), str(data / "b")]).num_classes == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("select = 'SL999'", "segloss.toml:1: select: no rule has the code, prefix or name 'SL999'"),
        ("ignore = 'id-out-of-rang'", "the closest is 'id-out-of-range'"),
        ("per-path-ignores = { 'a' = ['XX'] }", "per-path-ignores: no rule has the code, prefix or name 'XX'"),
        ("severity = { SL999 = 'off' }", "severity: no rule has"),
        ("rules = { SL999 = { share = 1 } }", "rules: there is no rule 'SL999'"),
        ("rules = { SL101 = { share = 1 } }", "rules.SL101: there is no option 'share'; it has no options"),
        ("losses = 'dise'", "losses: there is no loss 'dise'; the closest is 'dice'"),
        ("format = 'jsn'", "format: there is no format 'jsn'; the closest is 'json'"),
        ("output = 'jsno=a'", "output: there is no format 'jsno'; the closest is 'json'"),
    ],
)
def test_names_that_do_not_exist_are_said_with_their_place(text, says):
    Path("segloss.toml").write_text(text)
    with pytest.raises(UsageError) as error:
        settings_of({})
    assert says in str(error.value)
    assert str(error.value).startswith("segloss.toml:1: ")


def test_two_reports_for_one_file_are_a_usage_error():
    Path("segloss.toml").write_text("output = ['json=a', 'b', './a']")
    with pytest.raises(UsageError, match=r"segloss\.toml:1: two reports for a; name a file for each"):
        settings_of({})


def test_an_option_that_a_rule_has_not_is_said_with_the_closest(monkeypatch):
    from dataclasses import replace

    from segloss_cli import rules

    first = rules.catalogue()[0]
    entries = (rules.Entry(first.code, first.name, replace(first.rule, options={"share": 0.5})),)
    monkeypatch.setattr(rules, "catalogue", lambda: entries)
    Path("segloss.toml").write_text(f"rules = {{ {first.code} = {{ shar = 1 }} }}")
    with pytest.raises(UsageError, match="there is no option 'shar'; the closest is 'share'"):
        settings_of({})
    Path("segloss.toml").write_text(f"rules = {{ {first.code} = {{ share = 1 }} }}")
    assert settings_of({}).options == {f"{first.code}.share": 1}


def test_prefixes_codes_and_names_of_rules_are_known():
    Path("segloss.toml").write_text("select = ['sl2', 'SL301', 'Lossy-Label-File']\nseverity = { SL2 = 'off' }\n")
    assert settings_of({}).select == ("sl2", "SL301", "Lossy-Label-File")


@pytest.mark.parametrize(("text", "value"), [(None, None), ("1/1", (1, 1)), ("02/8", (2, 8)), ("8/8", (8, 8))])
def test_shards(text, value):
    assert shard_of(text) == value


@pytest.mark.parametrize("text", ["", "3", "0/3", "4/3", "a/b", "1/", "/2", "-1/2", "1/2/3", "²/3", "1/" + "9" * 5000])
def test_wrong_shards_are_a_usage_error(text):
    with pytest.raises(UsageError, match="--shard"):
        shard_of(text)


def test_where_reports_go():
    made = Settings(format="json", output=(("sarif", "a"), ("", "b")))
    assert outputs_of(made) == (("sarif", "a"), ("json", "b"))
    assert outputs_of(Settings()) == (("table", None),)


def test_the_contract_says_what_was_declared():
    made = Settings(num_classes=2, names=("a, b", "c"), ignore_index=(255,), rules={"SL608": {"share": 0.1}})
    contract = contract_of(made)
    assert (contract.num_classes, contract.names, contract.ignore) == (2, ("a, b", "c"), {255})
    assert contract.declared == {"num_classes", "names", "ignore"}
    assert contract.options == {"SL608.share": 0.1}
    assert contract_of(Settings()).declared == frozenset()


def test_the_contract_reads_names_and_weights_from_files():
    Path("names.txt").write_text("sky\nroad\n")
    Path("weights.json").write_text("[1, 2]")
    contract = contract_of(Settings(names="names.txt", class_weights="weights.json", losses=("dice",)))
    assert (contract.names, contract.num_classes, contract.weights) == (("sky", "road"), 2, (1.0, 2.0))
    assert contract.declared == {"names", "weights", "losses"}
    assert contract_of(Settings(class_weights=(1.0, 3.0))).weights == (1.0, 3.0)


def test_a_palette_says_that_colours_stand_for_ids():
    contract = contract_of(Settings(palette=((0, 0, 0), (255, 0, 0))))
    assert contract.coded
    assert {"palette", "coded"} <= contract.declared


# what is shown and written


def test_what_is_shown_names_every_setting_and_its_source():
    Path("segloss.toml").write_text('num-classes = 3\nseverity = { SL2 = "off" }\n')
    made = settings(environ={"SEGLOSS_JOBS": "2"}, flags={"fail_on": "never"})
    lines = shown(made).splitlines()
    assert lines[0] == "# configuration file: segloss.toml"
    found = {line.removeprefix("# ").split(" ")[0]: line for line in lines[1:]}
    assert list(found) == [key_of(name) for name in FIELDS]
    assert found["num-classes"].split() == ["num-classes", "=", "3", "#", "segloss.toml:1"]
    assert found["jobs"].endswith("# environment SEGLOSS_JOBS")
    assert found["fail-on"].endswith("# --fail-on")
    assert found["severity"].startswith('severity = { SL2 = "off" } ')
    assert found["task"].startswith("# task is not set ")


def test_what_is_shown_as_json_is_the_same():
    Path("segloss.toml").write_text("jobs = 2")
    document = json.loads(shown(settings(environ=PLAIN), "json"))
    assert document["file"] == "segloss.toml"
    assert document["settings"]["jobs"] == {"value": 2, "source": "segloss.toml:1"}
    assert document["settings"]["task"] == {"value": None, "source": "default"}
    assert list(document["settings"]) == [key_of(name) for name in FIELDS]
    assert json.loads(shown(Settings(), "json"))["file"] is None


def test_what_is_shown_acts_on_no_terminal():
    text = shown(Settings(names=("\x1b[31m", "\udcff"), file="a\x1b.toml", sources={"jobs": "\x1b"}))
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("text", GOOD)
def test_what_is_shown_is_a_configuration_again(text):
    made = loaded(text)
    again = loaded(shown(made))
    assert as_table(again) == as_table(made)
    jsonschema.validate(parsed(shown(made)), SCHEMA)


VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_values_are_written_as_toml_reads_them(value):
    assert parsed(f"x = {toml_text(value)}")["x"] == value


def test_what_toml_cannot_hold_is_marked():
    assert parsed(f"x = {toml_text(chr(0xDCFF))}")["x"] == "\ufffd"


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], ((), ("d/masks", "d/more"), ("d/images",))),
        (["d"], (("d",), ("d/masks", "d/more"), ("d/images",))),
        (["d/masks"], ((), ("d/masks",), ())),
        (["d/masks/a.png", "d/images/a.jpg", "e"], (("e",), ("d/masks/a.png",), ("d/images/a.jpg",))),
        (["d/masks2"], (("d/masks2",), (), ())),
        (["d/masks", "d/masks/a.png"], ((), ("d/masks", "d/masks/a.png"), ())),
    ],
)
def test_configured_folders_say_what_files_are_and_add_none_to_the_paths(paths, expected):
    made = Settings(labels=("d/masks", "d/more"), images=("d/images",), sources={"labels": "segloss.toml:1"})
    found = sources_of(made, paths)
    assert (found.paths, found.labels, found.images) == expected


def test_folders_from_flags_add_to_the_paths():
    made = settings(environ=PLAIN, flags={"labels": ["d/masks"]})
    assert sources_of(made, ["e"]) == Sources(paths=("e",), labels=("d/masks",))


def test_configured_globs_stand_for_what_they_match(tmp_path):
    for name in ("x/masks", "y/masks"):
        (tmp_path / name).mkdir(parents=True)
    made = Settings(labels=("*/masks", "none/*"), sources={"labels": "segloss.toml:1"})
    assert sources_of(made, ["x", "y/masks/a.png"]).labels == ("x/masks", "y/masks/a.png")
    assert sources_of(made, []).labels == ("*/masks", "none/*")


def test_every_flag_of_check_has_help(capsys):
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command("check")(check)
    with pytest.raises(SystemExit) as stop:
        app(["--help"], prog_name="segloss check")
    assert stop.value.code == 0
    text = capsys.readouterr().out
    flags = (
        "--images --labels --predictions --file-list --preset --loss --scope --fail-on --max-warnings --max-findings "
    )
    flags += (
        "--allow-empty --baseline --write-baseline --prune-baseline --jobs --shard --no-cache --cache-dir --format "
    )
    flags += "--output --config --no-config --show-settings"
    assert set(flags.split()) <= set(text.replace(",", " ").split())
