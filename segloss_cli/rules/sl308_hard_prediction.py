"""The prediction holds class ids where a loss needs scores, or an id that is no class.

## What it is
After the arg max only the winning class is left of a prediction. Losses made of -log p (cross-entropy, focal, BCE) or
of the logits (hinges) need the scores. And a predicted id of num_classes or more, or below 0, is no class at all.

## Why it hurts
A hard prediction has no gradient and no -log p: one wrong pixel would be an infinite loss. Dice of class ids can be
computed, but is the hard Dice: 0.886 where the soft one of the same prediction is 0.737. A predicted id that is no
class breaks the confusion matrix: ``cannot reshape array of size 442 into shape (21,21)``, ``row index exceeds matrix
dimensions``; or, counted as 19 * gt + pred, lands in another cell without an error.

## How to fix it
Save what the network returns, before the arg max; float16 halves the size:

```python
np.save(path, logits.cpu().numpy().astype(np.float16))      # (C, H, W), not logits.argmax(0)
```

Of ids beyond the classes, find out where they come from (255 copied from the label? another id list?) and map them.
"""

from __future__ import annotations

from collections.abc import Iterator

from segloss_cli.rules._examples import declared, pair, scores, sized
from segloss_cli.rules._examples_pairs import asked
from segloss_cli.rules._ids import ignored
from segloss_cli.rules._libraries import SOFT_ONLY, named, words
from segloss_cli.rules._rule import Example, Hit, Rule
from segloss_cli.rules._words import listing, number
from segloss_cli.types import Contract, Number, Pair


def judge(couple: Pair, contract: Contract) -> Iterator[Hit]:
    """Class ids for a loss that was asked for and needs scores; ids that are no class of the declared ones."""
    prediction = couple.scores
    if prediction.kind != "ids":
        return
    soft = tuple(loss for loss in dict.fromkeys(map(named, couple.asked)) if loss.loss in SOFT_ONLY)
    if soft and contract.says("losses"):
        yield Hit(
            f"the prediction holds class ids, and {words(soft)} needs scores: logits or probabilities",
            "save what the network returns, before the arg max",
            {"kind": prediction.kind, "losses": [str(loss) for loss in soft]},
            key=prediction.path,
        )
    strays = _strays(couple, contract)
    if strays:
        last = (contract.num_classes or 0) - 1
        yield Hit(
            f"the prediction's ids are {number(prediction.low)} to {number(prediction.high)}, the classes 0..{last}: "
            f"{listing(strays)} {'is' if len(strays) == 1 else 'are'} none",
            "map the predicted ids to the classes with a table; 255 copied from the label must not be in a prediction",
            {"low": prediction.low, "high": prediction.high, "num_classes": contract.num_classes},
            key=f"{prediction.path} ids",
        )


def _strays(couple: Pair, contract: Contract) -> tuple[Number, ...]:
    """The lowest and the highest predicted id, where they are no class and not ignored."""
    classes = contract.num_classes
    if not contract.says("num_classes") or classes is None or not couple.scores.exact:
        return ()
    ends = sorted({couple.scores.low, couple.scores.high})
    return tuple(v for v in ends if not 0 <= v < max(classes, 2) and v not in ignored(contract))


def _ids(low: int, high: int) -> Pair:
    return pair(scores((1, 1, 8, 8), "ids", low=low, high=high), sized(8, 8))


_CE = declared(losses=("cross-entropy",))

RULE = Rule(
    about="pair",
    severity="error",
    certainty="proof",
    judge=judge,
    good=(
        Example("scores", asked(pair(scores(), sized(4, 4)), "cross-entropy"), _CE),
        Example("class ids for a loss of regions", asked(_ids(0, 2), "dice"), declared(losses=("dice",))),
        Example("saved after training with it", _ids(0, 2), _CE),
        Example("nothing was asked for", _ids(0, 2)),
        Example("all ids are classes", _ids(0, 20), declared(num_classes=21)),
        Example("void of the label, which is ignored", _ids(0, 255), declared(num_classes=21, ignore={255})),
        Example("the number of classes was inferred", _ids(0, 255), Contract(num_classes=21)),
    ),
    bad=(
        Example("asked for", asked(_ids(0, 2), "cross-entropy", "dice"), _CE, says="cross-entropy needs scores"),
        Example(
            "a library's",
            asked(_ids(0, 2), "focal:like=monai"),
            declared(losses=("focal",)),
            says="focal of monai needs",
        ),
        Example("one class too many", _ids(0, 21), declared(num_classes=21), says="0 to 21, the classes 0..20"),
        Example("255 copied from the label", _ids(0, 255), declared(num_classes=21), says="255 is none"),
        Example("below 0", _ids(-1, 5), declared(num_classes=21), says="-1 is none"),
    ),
)
