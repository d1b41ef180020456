"""Records are dataclasses to whoever uses them."""

import copy
import inspect
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields, replace

import pytest

from segloss_cli import _record
from segloss_cli._record import record


@record(frozen=True)
class Thing:
    """Two needed fields, and two that fill themselves."""

    name: str
    size: int
    tags: list = field(default_factory=list)
    note: str = field(default="", repr=False, compare=False)


THING = Thing("a", 3)


def test_fields_are_filled_in_order_by_name_and_by_default():
    assert THING == Thing(size=3, name="a") == Thing("a", size=3, tags=[]) == Thing("a", 3, [], "note")
    assert vars(THING) == {"name": "a", "size": 3, "tags": [], "note": ""}
    assert THING.tags is not Thing("a", 3).tags


@pytest.mark.parametrize(
    ("given", "named", "what"),
    [
        ((), {}, "missing a required argument: 'name'"),
        (("a",), {}, "missing a required argument: 'size'"),
        (("a", 1, [], "", 5), {}, "too many positional arguments"),
        (("a", 1), {"colour": 1}, "unexpected keyword argument 'colour'"),
        (("a",), {"colour": 1}, "missing a required argument: 'size'"),
        (("a", 1), {"name": "b"}, "multiple values for argument 'name'"),
    ],
)
def test_a_wrong_call_is_refused(given, named, what):
    with pytest.raises(TypeError, match=what):
        Thing(*given, **named)


def test_nothing_can_be_changed():
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'size'"):
        THING.size = 4
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'other'"):
        THING.other = 4
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'size'"):
        del THING.size


def test_it_is_a_dataclass():
    assert [one.name for one in fields(Thing)] == ["name", "size", "tags", "note"]
    assert replace(THING, size=5) == Thing("a", 5)
    assert repr(THING) == "Thing(name='a', size=3, tags=[])"
    assert copy.deepcopy(THING) == copy.copy(THING) == THING
    assert THING != ("a", 3)
    match THING:
        case Thing(name, size):
            assert (name, size) == ("a", 3)


@record(frozen=True)
class More(Thing):
    """One more needed field, another default, and one of its own."""

    where: str
    size: int = 7
    seen: dict = field(default_factory=dict)


def test_a_record_goes_on_from_another():
    assert More.__match_args__ == ("name", "size", "tags", "note", "where", "seen")
    assert [(one.name, one.default) for one in fields(More)][:2] == [("name", MISSING), ("size", 7)]
    assert [one.default_factory for one in fields(More)] == [MISSING, MISSING, list, MISSING, MISSING, dict]
    more = More("a", where="here")
    assert more == More("a", 7, [], "another note", "here", {})
    assert more != replace(more, seen={1: 2})
    assert [one.name for one in fields(Thing)] == ["name", "size", "tags", "note"]


def test_the_class_has_the_defaults_of_its_fields():
    assert (Thing.note, More.note, More.size) == ("", "", 7)
    assert not hasattr(Thing, "tags")
    assert not hasattr(More, "seen")


def test_what_the_fields_are_is_found_out_when_it_is_asked_for(monkeypatch):
    found = []
    monkeypatch.setattr(
        _record, "dataclass", lambda **how: lambda cls: found.append(cls.__name__) or dataclass(**how)(cls)
    )

    @_record.record(frozen=True)
    class Late:
        """Filled and read before anybody asks."""

        one: int = field(default=1, compare=False)

    assert Late().one + Late(2).one == 3
    assert found == []
    assert Late() == Late(2)
    assert [one.compare for one in fields(Late)] == [False]
    assert found == ["Late"]


def test_it_tells_how_it_is_called():
    signature = inspect.signature(Thing)
    assert [*signature.parameters] == ["name", "size", "tags", "note"]
    assert signature.parameters["size"].default is inspect.Parameter.empty
    assert signature.parameters["tags"].default is list
    assert signature.parameters["note"].default == ""
