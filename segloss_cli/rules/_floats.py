"""What a floating-point label seems to be. One reading per label, so that one rule speaks about it."""

from __future__ import annotations

from typing import Literal

from segloss_cli.rules._ids import coloured, ignored
from segloss_cli.types import Contract, Profile

Reading = Literal["whole", "rescaled", "normalised", "soft", "fractions"]

MATTE_LEVELS = 64


def reading(profile: Profile, contract: Contract) -> Reading | None:
    """How the values of a floating label read; None for integers, colours and labels without finite values.

    ``whole``: class ids stored as floats. ``rescaled``: ids / 255, as ``ToTensor`` leaves them. ``normalised``: below
    zero, as ``Normalize`` leaves them. ``soft``: in [0, 1], as soft targets, mattes and probabilities are.
    ``fractions``: none of these.
    """
    if not profile.floating or coloured(profile) or profile.pixels == profile.nonfinite:
        return None
    if _signs(profile, contract):
        return "normalised"
    if profile.integral:
        return "whole"
    if profile.low < 0:
        return "normalised"
    if profile.rescaled and (wants_ids(contract) or not _matte(profile)):
        return "rescaled"
    return "soft" if profile.high <= 1 else "fractions"


def wants_ids(contract: Contract) -> bool:
    """Whether the user said that labels are class ids, so that a fraction is provably wrong."""
    if contract.says("soft") or contract.task in {"binary", "multilabel"}:
        return False
    return contract.says("task") or (contract.says("num_classes") and (contract.num_classes or 0) > 2)


def _signs(profile: Profile, contract: Contract) -> bool:
    return profile.counts is not None and {*profile.counts} == {-1, 1} and -1 not in ignored(contract)


def _matte(profile: Profile) -> bool:
    """Many levels, or greys beside black and white: a soft matte of 8 bits rather than a few ids divided by 255."""
    below_white = [value for value in profile.counts or {} if value < 1]
    return profile.distinct >= MATTE_LEVELS or max(below_white, default=1) >= 0.5
