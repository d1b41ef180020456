"""Records are dataclasses to whoever uses them."""

import copy
import inspect
from dataclasses import FrozenInstanceError, field, fields, replace

import pytest

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


def test_it_tells_how_it_is_called():
    signature = inspect.signature(Thing)
    assert [*signature.parameters] == ["name", "size", "tags", "note"]
    assert signature.parameters["size"].default is inspect.Parameter.empty
    assert signature.parameters["tags"].default is list
    assert signature.parameters["note"].default == ""
