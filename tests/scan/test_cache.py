import json
import math
import os
import sqlite3
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segloss_cli.scan import _codec, _store, cache
from segloss_cli.scan._codec import StrangeError, decode, encode, pack, unpack
from segloss_cli.scan._order import Facts, Order, Outcome
from segloss_cli.scan._store import Store
from segloss_cli.scan.cache import Cache, default_folder, key_of
from segloss_cli.types import Contract, Finding, Place, Sample, Skipped

ORDER = Order(Contract(num_classes=21, ignore=frozenset({255})), frozenset({"SL201", "SL202"}))
OLD = 1_700_000_000


def outcome(path="a.png", pixels=12):
    finding = Finding("SL201", "id-out-of-range", "error", "proof", path, "id 21", "map it", {"ids": [21]}, (21,))
    return Outcome(Facts("train", path, pixels, {0: 5, 21: 7}), (finding,))


@pytest.fixture
def sample(tmp_path):
    """A sample of three files that nobody has touched for long."""
    paths = [tmp_path / name for name in ("label.png", "image.jpg", "pred.npy")]
    for path in paths:
        path.write_bytes(b"x" * 10)
        os.utime(path, (OLD, OLD))
    return Sample(*map(str, paths), split="train")


@pytest.fixture
def place(tmp_path):
    return str(tmp_path / "cache" / "base.sqlite")


def told(place, sample, what=None, key="k"):
    known = Cache(place, key)
    assert known.get(sample) is None
    known.put(sample, what or outcome())
    known.close()
    assert known.note == ""


def test_what_was_put_in_comes_back_from_the_file(place, sample):
    told(place, sample)
    assert Cache(place, "k").get(sample) == outcome()
    assert Cache(place, "other").get(sample) is None


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("how", ["size", "time", "change", "gone", "folder"])
def test_a_file_that_changed_is_another(place, sample, which, how):
    told(place, sample)
    path = (sample.label, sample.image, sample.prediction)[which]
    if how == "size":
        with open(path, "ab") as file:
            file.write(b"y")
        os.utime(path, (OLD, OLD))
    elif how == "time":
        os.utime(path, (OLD, OLD + 1))
    elif how == "change":  # written, and its time set back
        with open(path, "wb") as file:
            file.write(b"z" * 10)
        os.utime(path, (OLD, OLD))
    else:
        os.remove(path)
        if how == "folder":
            os.mkdir(path)
    assert Cache(place, "k").get(sample) is None


def test_another_split_or_partner_is_another_sample(place, sample):
    told(place, sample)
    known = Cache(place, "k")
    assert known.get(Sample(sample.label, sample.image, sample.prediction, "val")) is None
    assert known.get(Sample(sample.label, sample.image, "", "train")) is None
    assert known.get(Sample(sample.label, sample.prediction, sample.image, "train")) is None
    assert known.get(Sample()) is None


def test_what_was_written_a_moment_ago_is_not_trusted(place, sample):
    os.utime(sample.image)
    told(place, sample)
    assert Cache(place, "k").get(sample) is None
    ahead = time.time() + 3600  # a clock that is wrong
    os.utime(sample.image, (ahead, ahead))
    told(place, sample)
    assert Cache(place, "k").get(sample) is None


def test_what_changed_while_it_was_judged_is_judged_again(place, sample):
    known = Cache(place, "k")
    assert known.get(sample) is None
    os.utime(sample.label, (OLD, OLD + 5))
    known.put(sample, outcome())
    known.close()
    assert Cache(place, "k").get(sample) is None


def test_nobody_asked_nothing_kept(place, sample):
    known = Cache(place, "k")
    known.put(sample, outcome())
    known.close()
    assert Cache(place, "k").get(sample) is None


def test_many_at_once(place, tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_BATCH", 7)
    samples = []
    for i in range(50):
        (tmp_path / f"{i}.png").write_bytes(b"x")
        os.utime(tmp_path / f"{i}.png", (OLD, OLD))
        samples.append(Sample(str(tmp_path / f"{i}.png")))
    known = Cache(place, "k")
    assert known.known(samples[:40]) == [None] * 40
    for i, one in enumerate(samples[:40]):
        known.put(one, outcome(pixels=i))
    known.close()
    found = Cache(place, "k").known(samples)
    assert [one and one.facts.pixels for one in found] == [*range(40), *[None] * 10]


@pytest.mark.parametrize("name", ["ü.png", "a\udcff.png", "a\nb.png", "\udcffa\n\n.png"])
def test_odd_names(place, tmp_path, name):
    path = os.path.join(tmp_path, name)
    try:
        with open(path, "wb") as file:
            file.write(b"x")
    except (OSError, UnicodeError):
        pytest.skip("no such name here")
    os.utime(path, (OLD, OLD))
    told(place, Sample(path), outcome(path))
    assert Cache(place, "k").get(Sample(path)) == outcome(path)


def test_names_do_not_run_into_each_other():
    one, other = Sample("a\nb", "c"), Sample("a", "b\nc")
    assert cache._name(one) != cache._name(other)


def test_what_has_no_exact_form_is_not_kept(place, sample):
    found = outcome()
    odd = Outcome(found.facts, (Finding("SL201", "n", "error", "proof", "a", "m", "r", {"x": object()}),))
    told(place, sample, odd)
    assert Cache(place, "k").get(sample) is None


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None, exclude_categories=()))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.integers() | st.text(max_size=3) | st.floats(allow_nan=False), inner, max_size=3)
        | st.frozensets(st.integers(), max_size=3)
    ),
    max_leaves=8,
)


def exact(value):
    """A value with its types, so that 1, 1.0 and True differ."""
    if isinstance(value, dict):
        return "dict", [(exact(key), exact(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value).__name__, [exact(item) for item in value]
    return type(value).__name__, value


@given(VALUES)
def test_values_come_back_as_they_were(value):
    assert exact(unpack(json.loads(json.dumps(pack(value))))) == exact(value)


@given(evidence=st.dictionaries(st.text(max_size=3), VALUES, max_size=3), path=st.text())
def test_outcomes_come_back_as_they_were(evidence, path):
    place = Place(1, 2, (3, 4, 5, 6), 7)
    findings = (
        Finding("SL201", "n", "error", "proof", path, "m", "r", evidence, (0, 1.5, -3), place, "k"),
        Finding("SL202", "n", "info", "hint", path, "m", "r", place=Place(0, 0)),
    )
    facts = Facts("val", path, 9, {0: 9, -1: 2}, "PNG", "ids", "_x", ((0, (1, 2, 3)),), True, 3, "d", "i", "L", "p", 1)
    found = Outcome(facts, findings, (Skipped(path, "gone"),))
    text = encode(found)
    made = decode(json.loads(text))
    assert text.isascii()
    assert made == found
    assert exact(made.findings[0].evidence) == exact(evidence)
    assert exact(list(made.facts)) == exact(list(facts))


def test_values_that_are_not_finite():
    assert unpack(json.loads(json.dumps(pack((math.inf, -math.inf))))) == (math.inf, -math.inf)
    assert math.isnan(unpack(json.loads(json.dumps(pack(math.nan)))))


def test_strange_values():
    with pytest.raises(StrangeError, match="complex"):
        pack({"a": [1j]})


def test_tuples_of_facts_that_are_equal_but_not_the_same():
    texts = [encode(Outcome(Facts("", "", tints=one))) for one in [((1, 2),), ((1.0, 2),), ((True, 2),)]]
    found = [decode(json.loads(text)).facts.tints for text in texts]
    assert [type(one[0][0]) for one in found] == [int, float, bool]


@pytest.mark.parametrize("damage", ["garbage", "cut", "empty"])
def test_a_damaged_file_is_not_used_and_thrown_away(place, sample, damage):
    told(place, sample)
    with open(place, "rb") as file:
        content = file.read()
    with open(place, "wb") as file:
        file.write({"garbage": b"no database " * 1000, "cut": content[:5000], "empty": b""}[damage])
    known = Cache(place, "k")
    assert known.get(sample) is None
    known.put(sample, outcome())
    known.close()
    assert (damage == "empty") == (known.note == "")
    known = Cache(place, "k")
    known.get(sample)
    assert known.note == ""


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE outcomes SET text = replace(text, '12', '13')",
        "UPDATE outcomes SET stamp = stamp || ' '",
        "UPDATE outcomes SET sum = sum + 1",
        "UPDATE outcomes SET name = name || 'x'",
    ],
)
def test_an_entry_that_was_damaged_is_not_believed(place, sample, damage):
    told(place, sample)
    base = sqlite3.connect(place)
    base.execute(damage)
    base.commit()
    base.close()
    assert Cache(place, "k").get(sample) is None


def test_an_entry_of_another_kind_is_not_believed(place, sample):
    told(place, sample)
    base = sqlite3.connect(place)
    base.execute("UPDATE outcomes SET text = x'00ff'")
    base.commit()
    base.close()
    known = Cache(place, "k")
    assert known.get(sample) is None
    assert "not used" in known.note


def test_texts_that_are_no_outcomes(place, sample):
    store = Store(place, "k")
    stamp = cache.stamp_of(sample)
    store.add([(stamp.name, stamp.text, "[1,2]")])
    store.close()
    assert Cache(place, "k").get(sample) is None


def test_a_locked_file_is_not_waited_for(place, sample, monkeypatch):
    told(place, sample)
    monkeypatch.setattr(_store, "_WAIT", 0.01)
    base = sqlite3.connect(place, isolation_level=None)
    base.execute("BEGIN EXCLUSIVE")
    known = Cache(place, "k")
    assert known.known([sample, sample]) == [None, None]
    assert "locked" in known.note
    known.put(sample, outcome())
    known.close()
    base.close()
    assert Cache(place, "k").get(sample) == outcome()


def test_no_folder_for_it(tmp_path, sample):
    (tmp_path / "file").write_bytes(b"")
    known = Cache(str(tmp_path / "file" / "base.sqlite"), "k")
    assert known.get(sample) is None
    assert known.recall([sample]) is None
    known.keep("text")
    known.close()
    assert known.note.startswith("the cache is not used: ")


def test_no_sqlite(place, sample, monkeypatch):
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    known = Cache(place, "k")
    assert known.get(sample) is None
    assert known.note == "the cache is not used: this Python has no sqlite3"
    known.close()


def test_a_write_that_fails_is_no_error_and_leaves_what_was_there(place, sample):
    told(place, sample)
    base = sqlite3.connect(place)
    base.execute(
        "CREATE TRIGGER full BEFORE INSERT ON outcomes WHEN new.name = 'd' BEGIN SELECT RAISE(FAIL, 'full'); END"
    )
    base.commit()
    base.close()
    store = Store(place, "k")
    store.add([("a", "b", "c"), ("d", "e", "f")])
    assert store.note.endswith(": full")
    store.close()
    assert Store(place, "k").find(["a", "d"]) == {}
    assert Cache(place, "k").get(sample) == outcome()


def test_a_text_that_sqlite_cannot_hold(place):
    store = Store(place, "k")
    store.add([("\udcff", "", "")])
    assert "not used" in store.note


def test_old_keys_go(place, sample, monkeypatch):
    monkeypatch.setattr(_store, "KEYS", 2)
    for key in "abc":
        told(place, sample, key=key)
    known = [Cache(place, key).get(sample) for key in "abc"]
    assert known == [None, outcome(), outcome()]


def test_a_key_that_is_asked_for_again_stays(place, sample, monkeypatch):
    told(place, sample, key="a")
    base = sqlite3.connect(place)
    base.execute("UPDATE keys SET used = 3")
    base.commit()
    base.close()
    monkeypatch.setattr(_store, "KEYS", 1)
    Cache(place, "b").get(sample)
    monkeypatch.setattr(_store, "_DAY", 1)
    known = Cache(place, "a")
    assert known.get(sample) == outcome()
    known.close()
    assert Cache(place, "a").get(sample) == outcome()


def test_what_is_gone_is_forgotten_once_it_is_much(place, tmp_path, sample, monkeypatch):
    monkeypatch.setattr(_store, "SPARE", 3)
    others = []
    for i in range(10):
        path = tmp_path / ("ü" * (i % 2) + f"{i}.png")
        path.write_bytes(b"x")
        os.utime(path, (OLD, OLD))
        others.append(Sample(str(path)))
    known = Cache(place, "k")
    known.known([*others, sample])
    for one in [*others, sample]:
        known.put(one, outcome())
    known.close()
    for one in others[:8]:
        os.remove(one.label)
    known = Cache(place, "k")
    assert known.get(sample) == outcome()
    known.close()
    base = sqlite3.connect(place)
    assert base.execute("SELECT count(*) FROM outcomes").fetchone() == (3,)
    base.close()
    assert Cache(place, "k").known([sample, *others[8:]]) == [outcome()] * 3


def test_databases_out_of_use_go(tmp_path, sample, monkeypatch):
    monkeypatch.setattr(_store, "DATABASES", 2)
    for i in range(4):
        told(str(tmp_path / "cache" / f"{i}.sqlite"), sample)
        os.utime(tmp_path / "cache" / f"{i}.sqlite", (time.time() - 100 + i,) * 2)
    (tmp_path / "cache" / "mine.txt").write_text("")
    told(str(tmp_path / "cache" / "new.sqlite"), sample)
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {"2.sqlite", "3.sqlite", "new.sqlite", "mine.txt"}
    os.utime(tmp_path / "cache" / "3.sqlite", (OLD, OLD))
    told(str(tmp_path / "cache" / "newer.sqlite"), sample)
    assert not (tmp_path / "cache" / "3.sqlite").exists()


def test_a_text_about_the_whole(place, sample):
    known = Cache(place, "k")
    assert known.recall([sample], "settings") is None
    known.keep("the report")
    known.close()
    assert Cache(place, "k").recall([sample], "settings") == "the report"
    assert Cache(place, "k").recall([sample], "others") is None
    assert Cache(place, "k").recall([sample, sample], "settings") is None
    assert Cache(place, "other").recall([sample], "settings") is None
    os.utime(sample.image, (OLD, OLD + 1))
    assert Cache(place, "k").recall([sample], "settings") is None


def test_of_racy_and_missing_files_no_text_is_kept(place, sample):
    for spoil in (os.utime, os.remove):
        spoil(sample.label)
        known = Cache(place, "k")
        assert known.recall([sample]) is None
        known.keep("the report")
        known.close()
        assert Cache(place, "k").recall([sample]) is None


def test_a_huge_text_is_not_kept(place, sample, monkeypatch):
    monkeypatch.setattr(cache, "_MOST_TEXT", 3)
    known = Cache(place, "k")
    known.recall([sample])
    known.keep("four")
    assert known.recall([sample]) is None
    known.close()


def test_the_text_of_the_whole_is_checked(place, sample):
    known = Cache(place, "k")
    known.recall([sample])
    known.keep("the report")
    known.close()
    base = sqlite3.connect(place)
    base.execute("UPDATE wholes SET text = 'another report'")
    base.commit()
    base.close()
    assert Cache(place, "k").recall([sample]) is None


def test_the_key_is_the_order_and_the_engine(monkeypatch):
    same = Order(Contract(num_classes=21, ignore=frozenset({255})), frozenset({"SL202", "SL201"}))
    assert key_of(same) == key_of(ORDER)
    others = [
        Order(ORDER.contract, frozenset({"SL201"})),
        Order(ORDER.contract, ORDER.codes, "values"),
        Order(ORDER.contract, ORDER.codes, member="a"),
        Order(ORDER.contract, ORDER.codes, digests=True),
        Order(Contract(num_classes=21), ORDER.codes),
        Order(Contract(num_classes=21, ignore=frozenset({255}), options={"SL608.share": 0.1}), ORDER.codes),
        Order(Contract(num_classes=21, ignore=frozenset({255}), names=("a",)), ORDER.codes),
    ]
    assert len({key_of(order) for order in [ORDER, *others]}) == 8
    before = key_of(ORDER)
    monkeypatch.setattr(cache, "__version__", "99")
    assert key_of(ORDER) != before


def test_the_key_tells_an_edited_rule(monkeypatch):
    before = key_of(ORDER)
    real = cache._modules
    monkeypatch.setattr(
        cache, "_modules", lambda folder: [[n, s + folder.endswith("rules"), t] for n, s, t in real(folder)]
    )
    assert key_of(ORDER) != before


def test_the_place_is_of_the_root_and_of_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()

    def path(root):
        return Cache.of(root, ORDER, str(tmp_path))._store._path

    assert path("a") == path("./a") == path(str(tmp_path / "a"))
    assert path("a") != path(".")
    here = path(str(tmp_path / "a"))
    monkeypatch.chdir(tmp_path / "a")
    assert path(str(tmp_path / "a")) != here


def test_the_usual_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == str(tmp_path / "segloss" / "check")
    for unset in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", unset)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
        assert default_folder() == str(tmp_path / "home" / ".cache" / "segloss" / "check")


def test_nothing_of_the_cache_is_imported_where_there_is_none():
    assert "pickle" not in vars(_codec)
    assert "pickle" not in vars(_store)
