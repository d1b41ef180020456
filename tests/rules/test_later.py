"""What a rule's examples are built of is built when it is asked for, and is then what it would have been."""

import subprocess
import sys
from dataclasses import replace

import pytest

from segloss_cli.rules._later import Later, builder, built, loading
from segloss_cli.rules._rule import Example
from segloss_cli.types import Contract, Place, Skipped

CALLS = []


@builder
def place(y, x=0, /, **facts):
    """A place, counted."""
    CALLS.append((y, x))
    return Place(y, x, **facts)


@builder
def around(one, many):
    """Something that holds places, and needs them to be real."""
    assert type(one) is Place
    assert all(type(each) is Place for each in many["of"])
    return Skipped(path=one, reason=[*many["of"]])


@pytest.fixture(autouse=True)
def forgotten():
    CALLS.clear()


def test_a_builder_builds_at_once_outside_the_catalogue():
    assert type(place(1)) is Place
    assert CALLS == [(1, 0)]


def test_while_the_catalogue_loads_nothing_is_built():
    with loading():
        example = Example("nested", around(place(1), {"of": [place(2), place(3, 4, n=5)]}), says="x")
    assert CALLS == []
    assert example.record == Skipped(Place(1, 0), [Place(2, 0), Place(3, 4, n=5)])
    assert example.record is example.record
    assert len(CALLS) == 3
    assert (example.note, example.says, example.contract) == ("nested", "x", Contract())


def test_loading_ends_with_an_error():
    with pytest.raises(LookupError), loading():
        raise LookupError
    assert type(place(1)) is Place


def test_what_is_looked_at_is_built():
    with loading():
        stand_in = place(1, 2)
        assert type(stand_in) is Later
        assert stand_in.x == 2
        assert isinstance(stand_in, Place)
        assert replace(stand_in, y=9) == Place(9, 2)
        held = Skipped(place(3), "a record that was made in the rule's file")
        nested = around(place(1), {"of": (place(2),)}).path
    assert type(nested) is Place
    assert built(held) == Skipped(Place(3, 0), held.reason)
    assert built((place(1), [2])) == (Place(1, 0), [2])
    with pytest.raises(AttributeError):
        _ = stand_in.colour
    with pytest.raises(TypeError):
        stand_in.__class__ = Skipped


def test_a_contract_waits_too():
    with loading():
        example = Example("a", place(1), builder(Contract)(num_classes=3))
    assert example.contract == Contract(num_classes=3)


def test_loading_the_catalogue_builds_few_records():
    probe = """
import segloss_cli.types as t
made = []
for kind in (t.Profile, t.ScoresProfile, t.Dataset, t.Pair, t.Scene, t.Contract):
    def counted(self, *given, fill=kind.__init__, **named):
        made.append(type(self).__name__)
        fill(self, *given, **named)
    kind.__init__ = counted
from segloss_cli.rules import catalogue
examples = sum(len(entry.rule.good) + len(entry.rule.bad) for entry in catalogue())
print(len(made), examples)
"""
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    made, examples = map(int, ran.stdout.split())
    assert examples > 500
    assert made < examples / 10
