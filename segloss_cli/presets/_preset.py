"""What a preset is: one record of data, and the contract that follows from it."""

from __future__ import annotations

from dataclasses import field, replace
from typing import Any

from segloss_cli._record import record
from segloss_cli.types import Colour, Contract, Task

Span = tuple[int, int]

_TERMS = ("num_classes", "ignore", "names", "palette", "task", "reduce_zero_label", "consecutive", "coded")
_OF_THE_RUN = ("losses", "weights", "options")


@record(frozen=True)
class Layout:
    """Where images and labels lie, as patterns of paths from the data set's root.

    ``{stem}`` is what an image and its label share, ``{split}`` the split, ``{name}`` any one folder that both have,
    such as a city; ``{number}`` are digits that are compared as a number (``img-000001.jpg`` with ``00000001.png``).
    ``suffixes`` is what names of labels have after the stem.
    """

    images: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()


@record(frozen=True)
class Preset:
    """What the labels of one data set are meant to be.

    ``names`` and ``num_classes`` count the classes that a network learns; with ``reduce_zero_label`` they are stored
    from 1, and 0 is ignored. ``ignore`` are stored ids. ``coded`` labels are pictures whose colours stand for ids:
    ``palette[id]`` is the colour of each, and colours past the classes are of ignored ids; an empty palette says that
    ids are computed from the bands. The palette of labels that are not coded is how they are usually drawn, and
    proves nothing. ``instances`` says that ids are objects. ``stored`` are the values that such files may hold, as
    spans with both ends, where that does not follow from the classes.

    ``assumed`` are fields that are set, but not vouched for: rules take them for a guess. ``without`` are the codes of
    rules that such labels break on purpose, to be left out where the user names the preset.
    """

    name: str
    title: str
    num_classes: int | None = None
    names: tuple[str, ...] = ()
    ignore: frozenset[int] = frozenset()
    palette: tuple[Colour, ...] = ()
    task: Task | None = "multiclass"
    reduce_zero_label: bool = False
    coded: bool = False
    instances: bool = False
    stored: tuple[Span, ...] = ()
    layout: Layout = field(default_factory=Layout)
    assumed: frozenset[str] = frozenset()
    without: tuple[str, ...] = ()

    @property
    def spans(self) -> tuple[Span, ...]:
        """The values that a file may hold, as spans with both ends; empty where that is not known."""
        if self.stored or self.num_classes is None:
            return self.stored
        if self.reduce_zero_label:
            return ((0, self.num_classes),)
        return ((0, self.num_classes - 1), *((value, value) for value in sorted(self.ignore)))


def contract_of(preset: Preset, *, declared: bool = True) -> Contract:
    """The contract of a preset; its fields count as declared, or as inferred where the preset was only detected.

    The palette belongs to the contract only where labels are coded: of others it says how they are drawn, and a
    contract with a palette says that colours are meant.

    >>> from segloss_cli.presets import find
    >>> contract_of(find("camvid")).ignore
    frozenset({11})
    """
    terms: dict[str, Any] = {
        "num_classes": preset.num_classes,
        "ignore": preset.ignore,
        "names": preset.names,
        "palette": preset.palette if preset.coded else (),
        "task": preset.task,
        "reduce_zero_label": preset.reduce_zero_label,
        "coded": preset.coded,
    }
    said = {name for name, value in terms.items() if value} - preset.assumed if declared else ()
    return Contract(**terms, preset=preset.name, declared=frozenset(said))


def merged(contract: Contract, flags: Contract) -> Contract:
    """A contract (of a preset, or one that was found) with what the user said: each term that was said wins.

    Where another number of classes was said, names and palette of the contract are no longer those of its classes,
    and are dropped. What ``flags`` holds without having been declared, such as the number of classes that follows
    from names, wins as well, and stays undeclared.

    >>> from segloss_cli.presets import find
    >>> both = merged(contract_of(find("voc")), Contract(num_classes=20, declared=frozenset({"num_classes"})))
    >>> both.num_classes, both.ignore, both.names
    (20, frozenset({255}), ())
    """
    default = Contract()
    own = {
        name for name in (*_TERMS, *_OF_THE_RUN) if flags.says(name) or getattr(flags, name) != getattr(default, name)
    }
    lost = _lost(contract, flags, own)
    changes: dict[str, Any] = {name: getattr(default, name) for name in lost}
    changes |= {name: getattr(flags, name) for name in own}
    declared = (contract.declared - own - lost) | flags.declared
    return replace(contract, **changes, preset=contract.preset or flags.preset, declared=declared)


def _lost(contract: Contract, flags: Contract, own: set[str]) -> set[str]:
    """The terms that make no sense any more beside those of the user."""
    if "num_classes" not in own or flags.num_classes == contract.num_classes:
        return set()
    lost = {"names", "palette", "coded"} - own
    return lost if flags.task is not None else lost | ({"task"} if contract.task == "binary" else set())
