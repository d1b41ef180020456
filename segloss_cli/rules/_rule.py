"""What a rule is: a page (the module's docstring), one record, one pure function, and examples that are its test.

A rule file is named after its code and fault, ``sl201_id_out_of_range.py``, and holds ``RULE``, a :class:`Rule`.
``judge`` is given the records it needs and the contract, and yields :class:`Hit` (never a Finding: code, name, path
and certainty come from the rule). There are seven small signatures, told apart by ``about``:

====================  =========================================================
about                 judge
====================  =========================================================
``"label"``           ``(Profile, Contract) -> Iterable[Hit]``
``"prediction"``      ``(ScoresProfile, Contract) -> Iterable[Hit]``
``"pair"``            ``(Pair, Contract) -> Iterable[Hit]``
``"value"``           ``(LossValue, Contract) -> Iterable[Hit]``
``"scene"``           ``(Scene, Contract) -> Iterable[Hit]``: an image and its label
``"dataset"``         ``(Dataset, Contract) -> Iterable[Hit]``: once, of the whole
``"terms"``           ``(Terms, Contract) -> Iterable[Hit]``: once, of what was declared
====================  =========================================================

``depth`` says how deep a rule about labels looks: "container" needs nothing but the header (so a run of such rules
decodes no pixel), "values" the histogram, "pixels" the neighbourhoods. ``options`` are numbers that a user may set in
the configuration, by name with their defaults; ``judge`` finds them with :func:`option`.

Only what is proved may be an error: a rule whose certainty for a hit is not ``proof`` yields at most a warning, and
the contract test over this folder holds every rule to that. Rules read no files and print nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any, Literal

from segloss_cli._record import record
from segloss_cli.rules._later import built
from segloss_cli.types import Certainty, Contract, Number, Severity

About = Literal["label", "prediction", "pair", "value", "scene", "dataset", "terms"]
Depth = Literal["container", "values", "pixels"]


@record(frozen=True)
class Hit:
    """What a rule says of one thing: the message names what was found, ``remedy`` what to do about it.

    ``values`` are the label values it is about: the first pixel and the bounding box are looked up from them.
    ``severity`` and ``certainty`` override the rule's own, as where a contract was declared or only inferred. ``path``
    is the file that a hit about a whole data set is shown at (empty: it is about no single file).
    """

    message: str
    remedy: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    values: tuple[Number, ...] = ()
    severity: Severity | None = None
    certainty: Certainty | None = None
    key: str = ""
    path: str = ""


class Example:
    """A record and a contract that the rule must (``bad``) or must not (``good``) speak up about.

    ``record`` is what ``judge`` is given; the builders in ``_examples.py`` make one in a line, once it is asked for.
    ``says`` is a text that the message of a bad example must contain.
    """

    __slots__ = ("_contract", "_record", "note", "says")

    def __init__(self, note: str, record: Any, contract: Contract | None = None, says: str = "") -> None:
        """Without a contract nothing is declared."""
        self.note, self.says = note, says
        self._record, self._contract = record, contract

    @property
    def record(self) -> Any:
        """What ``judge`` is given."""
        return built(self._record)

    @property
    def contract(self) -> Contract:
        """What the label is meant to be."""
        contract: Contract = Contract() if self._contract is None else built(self._contract)
        return contract


@record(frozen=True)
class Rule:
    """One rule; its code and name come from its file's name."""

    about: About
    severity: Severity
    certainty: Certainty
    judge: Callable[[Any, Contract], Iterable[Hit]]
    good: tuple[Example, ...]
    bad: tuple[Example, ...]
    depth: Depth = "values"
    options: Mapping[str, float] = field(default_factory=dict)


def option(contract: Contract, code: str, name: str, default: float) -> float:
    """A rule's option: what the configuration says, else its default.

    >>> option(Contract(options={"SL608.share": 0.01}), "SL608", "share", 0.001)
    0.01
    """
    return contract.options.get(f"{code}.{name}", default)
