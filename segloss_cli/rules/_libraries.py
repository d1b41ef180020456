"""What is known of the losses of the libraries: data, which a test holds against the conventions in ``losses``.

A declared loss is ``NAME``, one of the losses of segloss, or ``NAME:like=LIBRARY`` where it is one library's.
"""

from __future__ import annotations

from collections.abc import Mapping

from segloss_cli._record import record
from segloss_cli.types import Contract, Kind


@record(frozen=True)
class Named:
    """A loss as it was declared: its name, and the library it is of (empty where that was not said)."""

    loss: str
    like: str = ""

    def __str__(self) -> str:
        """As in a sentence: ``dice of smp``."""
        return f"{self.loss} of {self.like}" if self.like else self.loss


@record(frozen=True)
class Ignoring:
    """The libraries whose loss of one name takes an ignored id, and those whose does not."""

    able: tuple[str, ...]
    unable: tuple[str, ...]


def named(text: str) -> Named:
    """A declared loss; knobs other than the library are of no matter here.

    >>> named("dice:like=monai"), named("focal:gamma=3"), named("bce")
    (Named(loss='dice', like='monai'), Named(loss='focal', like=''), Named(loss='bce', like=''))
    """
    loss, _, rest = text.strip().lower().partition(":")
    knobs = dict(item.partition("=")[::2] for item in rest.split(","))
    return Named(loss.strip(), knobs.get("like", "").strip())


def declared_losses(contract: Contract) -> tuple[Named, ...]:
    """The losses that the user said are trained with; none where they were only inferred."""
    return tuple(dict.fromkeys(map(named, contract.losses))) if contract.says("losses") else ()


def words(items: tuple[object, ...]) -> str:
    """Some things in a sentence.

    >>> words(("bce",)), words(("bce", "dice", "kl"))
    ('bce', 'bce, dice and kl')
    """
    texts = [str(item) for item in items]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _table(able: str = "", *, unable: str = "") -> Ignoring:
    return Ignoring(tuple(able.split()), tuple(unable.split()))


IGNORING: Mapping[str, Ignoring] = {
    "balanced-bce": _table("toolbelt", unable="mmseg"),
    "bce": _table("smp mmseg toolbelt", unable="torch"),
    "boundary": _table(unable="monai"),
    "cldice": _table(unable="monai"),
    "cross-entropy": _table("torch bubbliiiing nnunet mmseg toolbelt smp"),
    "dice": _table("bubbliiiing smp smp-0.3.4 toolbelt monai kornia mmseg nnunet", unable="smooth1 scaled"),
    "dice-ce": _table("bubbliiiing nnunet", unable="monai"),
    "dice-focal": _table("bubbliiiing", unable="monai"),
    "focal": _table("bubbliiiing kornia monai toolbelt", unable="smp"),
    "focal-tversky": _table("smp smp-0.3.4"),
    "generalized-dice": _table(unable="monai"),
    "hausdorff": _table("mmseg", unable="kornia monai"),
    "jaccard": _table("smp monai", unable="smp-0.3.4 toolbelt"),
    "kl": _table(unable="torch"),
    "log-dice": _table("smp smp-0.3.4 toolbelt"),
    "lovasz": _table("mmseg smp toolbelt", unable="kornia"),
    "lovasz-hinge": _table("mmseg smp toolbelt", unable="kornia"),
    "mcc": _table(unable="smp monai"),
    "nacl": _table(unable="monai"),
    "ohem": _table("bisenet mmseg"),
    "sigmoid-focal": _table("smp smp-0.3.4 kornia monai mmseg toolbelt", unable="torchvision"),
    "topk": _table("nnunet"),
    "tversky": _table("smp smp-0.3.4 mmseg monai kornia"),
    "unified-focal": _table(unable="monai"),
}
"""Which libraries' losses take an ignored id: torch 2.14, torchvision 0.29, segmentation-models-pytorch 0.6, MONAI 1.6,
kornia 0.9, mmsegmentation 1.2, nnU-Net 2.8, pytorch-toolbelt 0.8, each called; "bubbliiiing", "smooth1" and "scaled"
are the published snippets of that name."""

SOFT_ONLY = frozenset(
    {
        "asymmetric",
        "balanced-bce",
        "bce",
        "combo",
        "cross-entropy",
        "dice-ce",
        "dice-focal",
        "exp-log",
        "focal",
        "kl",
        "lovasz-hinge",
        "nacl",
        "ohem",
        "poly1",
        "sigmoid-focal",
        "topk",
        "unified-focal",
    }
)
"""Losses that have no value for class ids: they take the logarithm of a probability, or the logits themselves."""

OVERLAP = frozenset(
    {
        "combo",
        "dice",
        "dice-ce",
        "dice-focal",
        "exp-log",
        "focal-tversky",
        "generalized-dice",
        "jaccard",
        "log-cosh-dice",
        "log-dice",
        "mcc",
        "sensitivity-specificity",
        "tversky",
        "unified-focal",
    }
)
"""Losses that sum probabilities over all pixels before they divide."""

OVER_CHANNELS = frozenset({"cross-entropy", "ohem", "topk", "poly1", "nacl"})
"""Losses that are a softmax over the channels and nothing else, whoever writes them."""

INPUTS: Mapping[str, Kind] = {
    "nll": "log-probabilities",
    "nll-loss": "log-probabilities",
    "bce-on-probabilities": "probabilities",
    "bceloss": "probabilities",
    "bce-loss": "probabilities",
    "dice-on-probabilities": "probabilities",
    "bce-with-logits": "logits",
    "bce-logits": "logits",
    "cross-entropy-with-logits": "logits",
}
"""Names of losses that say what they take: not of segloss's own losses, which take any of the three."""

CALLS: Mapping[Named, tuple[Kind, str]] = {
    Named("mcc", "smp"): ("probabilities", "logits give NaN"),
    Named("lovasz", "toolbelt"): ("probabilities", "logits gave 1.437 in the place of 0.558"),
    Named("unified-focal", "monai"): ("probabilities", "logits gave 1.240 in the place of 0.383"),
    Named("hausdorff", "kornia"): ("probabilities", "logits gave 0.195 in the place of 0.0002"),
    Named("kl", "torch"): ("log-probabilities", "probabilities gave -1.508 in the place of 0.857"),
}
"""Library calls that apply no activation, what they take, and what the wrong input gave without an error (measured)."""
