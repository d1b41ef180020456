"""What a prediction tells about the contract: the task, and the number of classes."""

from __future__ import annotations

from dataclasses import replace

from segloss_cli.types import Contract, Profile, Scores, Task


def infer(contract: Contract, scores: Scores, label: Profile) -> Contract:
    """The contract with what the prediction's shape adds: the task, and the number of classes.

    A prediction with C >= 2 channels of exclusive classes has C classes: that much is proved by the file.
    """
    task: Task = contract.task or _task(scores, label, contract)
    classes = contract.num_classes
    if classes is None and task == "multiclass":
        classes = scores.shape[1] if scores.kind != "ids" else None
    return replace(contract, task=task, num_classes=classes)


def _task(scores: Scores, label: Profile, contract: Contract) -> Task:
    if scores.kind == "ids":
        few = contract.num_classes is None and max(label.high, 1) <= 1
        return "binary" if few else "multiclass"
    if scores.shape[1] == 1:
        return "binary"
    shape = label.container.shape
    return "multilabel" if len(shape) >= 3 and shape[-3:] == scores.shape[1:] and label.high <= 1 else "multiclass"
