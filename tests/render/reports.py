"""Reports of every kind, from an empty one to one with everything in it, for the tests of all formats."""

from __future__ import annotations

import shlex
from dataclasses import replace

from segloss_cli.rules._examples import label, scores
from segloss_cli.scan.readers import readers_of
from segloss_cli.types import (
    Contract,
    Dataset,
    Finding,
    Gradient,
    LossValue,
    Match,
    Orphan,
    Place,
    Report,
    Seen,
    Skipped,
    Split,
)

PALETTE = tuple((i * 37 % 256, i * 91 % 256, i * 13 % 256) for i in range(256))
NAN, INF = float("nan"), float("inf")

HOSTILE = "a\x1b[31mred\nnew [bold]line\u202egnp.\udcff\u200b.png"


def value(loss="dice", amount=0.25, **facts):
    known = {
        "status": "ok" if amount is not None else "undefined",
        "low": 0.0,
        "high": 1.0,
        "pred": "p.npy",
        "label": "l.png",
    }
    return LossValue(**{"loss": loss, "value": amount, **known, **facts})


def finding(path="gt.png", **facts):
    known = {"severity": "error", "certainty": "proof", "message": "3 pixels hold 40", "remedy": "map 40 to 255"}
    return Finding(**{"code": "SL201", "name": "id-out-of-range", "path": path, **known, **facts})


def empty():
    return Report("inspect", Contract())


def full(path="gt.png"):
    truth = label({0: 90, 15: 7, 255: 3}, path=path, mode="P", palette=PALETTE, shape=(10, 10), bit_depth=8)
    prediction = scores(
        (1, 21, 10, 10), path="pred.npy", nan=2, inf=1, first_bad=(0, 3, 1, 2), sum_low=-INF, sum_high=9.5
    )
    contract = Contract(
        num_classes=21, ignore=frozenset({255}), names=("sky", path), task="multiclass", declared=frozenset({"ignore"})
    )
    place = Place(1, 4, (4, 1, 7, 2))
    findings = (
        finding(path, evidence={"values": {40: 3}, "ratio": NAN, path: path}, values=(40,), place=place, key="40"),
        finding(path, code="SL104", name="palette-label", severity="info"),
        finding("pred.npy", code="SL305", name="prediction-nonfinite", severity="warning", certainty="likely"),
    )
    losses = (
        value("cross-entropy", 1.5, high=INF, over="valid pixels", per_class=(1.0, None, 2.0), per_image=(1.5,)),
        value("dice", -39.1, over="the batch"),
        value("dice", 0.41, over="the batch", target="repaired: ids>0 to 1"),
        value("focal", NAN, like="kornia", knobs={"gamma": 2, "weights": (1.0, INF)}),
        value("jaccard", None, reason="no class is present"),
        value("giou", None, status="skipped", reason="needs a region"),
        value("kl", None, status="skipped", reason="needs a region"),
    )
    skipped = (Skipped("bad.png", "a Git LFS pointer, not the file"),)
    facts = {"readers": {path: readers_of(truth)}, "seconds": INF}
    return Report("compute", contract, (truth, prediction), findings, losses, skipped, facts=facts, complete=False)


def compared(path="gt.png"):
    """Dice and Jaccard as three have them, where a class is absent; a fourth does not take the data."""
    amounts = {"ours": 0.680746, "smp": 0.480746, "monai": 0.696612}
    losses = [
        value("dice", amount, like=None if name == "ours" else name, label=path) for name, amount in amounts.items()
    ]
    losses += [value("dice", None, status="skipped", like=name, reason=f"{name} takes no void") for name in "abcd"]
    losses += [value("jaccard", 0.25, label=path), value("jaccard", 0.25, like="smp", label=path)]
    losses += [value("mcc", None, reason="no class is present", label=path)]
    gradient = Gradient(True, 0.0184, (0.75, 0.25, 0.0), 0.9004)
    losses[0] = replace(losses[0], grad=gradient)
    losses[1] = replace(losses[1], grad=Gradient(finite=False, bad=12))
    losses[2] = replace(losses[2], grad=Gradient(reason="not differentiable (arg max)"))
    comparison = (
        compared_as("dice", path, amounts, reason(["smp"], "classes", "present-zero", "an absent class counts as 0"))
        | {"agree": False},
        compared_as("jaccard", path, {"ours": 0.25, "smp": 0.25}),
        compared_as("mcc", path, {"ours": None}),
    )
    two = {"like": ["monai"], "words": "each image by itself, smooth=1", "knobs": []}
    two["knobs"] = [*reason([], "scope", "image", "each image by itself")["knobs"], *reason([], "smooth", 1.0)["knobs"]]
    comparison[0]["reasons"].append(two)
    return Report("compute", Contract(names=("sky", path)), losses=tuple(losses), facts={"comparison": comparison})


def compared_as(loss, path, values, *reasons):
    known = {"loss": loss, "knobs": {}, "target": "given", "pred": "p.npy", "label": path, "base": "ours"}
    return {**known, "values": values, "agree": not reasons, "reasons": list(reasons)}


def reason(likes, knob, amount, words="smooth=1 instead of 1e-05"):
    return {
        "like": likes,
        "words": words,
        "knobs": [{"knob": knob, "value": amount, "words": words, "alone": 0.480746 if knob != "smooth" else None}],
    }


def searched(path="gt.png"):
    """A number that two settings give, and one that is near."""
    plain = Match(value("dice", 0.480746, like="smp", label=path), 0.480746, "", 4.6e-5, agrees=True)
    form = Match(value("focal", 0.5193, knobs={"alpha": None}, label=path), 0.4807, "1 - value", 0.0, agrees=True)
    near = Match(value("dice", 0.4801, label=path, target="repaired: 255 ignored"), 0.4801, "class 3", -6e-4)
    facts = {
        "wanted": "0.4807",
        "tolerance": 5e-5,
        "tried": 8463,
        "agreeing": 14,
        "by_chance": 1.5,
        "by_chance_plain": 0.002,
        "not_tried": ["boundary", "cldice"],
        "commands": [f"segloss compute p.npy {shlex.quote(path)} --loss {name}" for name in ("dice", "focal", "dice")],
    }
    return Report("compute", Contract(), findings=(finding(path),), matches=(plain, form, near), facts={"find": facts})


def hostile():
    return full(HOSTILE)


def checked(path="train/labels/a.png", name="road"):
    """A data set of two splits: findings of four rules, one of them beyond what is kept, and files not judged."""
    stray = {"evidence": {"values": [40]}, "values": (40,), "key": "40"}
    findings = (
        finding("", code="SL603", name="class-missing-in-a-split", severity="warning", message=f"{name} is not in val"),
        finding(path, place=Place(1, 4, (4, 1, 7, 2)), **stray),
        finding(path, code="SL104", name="palette-label", severity="info", remedy="read the ids, not the colours"),
        *(finding(f"val/labels/{i}.png", message=f"{i} pixels hold 40", **stray) for i in range(1, 8)),
        finding("val/labels/9.png", code="SL107", name="unreadable-label", message="a Git LFS pointer, not the file"),
    )
    totals = {
        "SL104": {"name": "palette-label", "severity": "info", "findings": 1200, "files": 1200},
        "SL107": {"name": "unreadable-label", "severity": "error", "findings": 1, "files": 1},
        "SL201": {"name": "id-out-of-range", "severity": "error", "findings": 8, "files": 8},
        "SL603": {"name": "class-missing-in-a-split", "severity": "warning", "findings": 1, "files": 0},
    }
    facts = {
        "notes": ["labels/ holds labels (by its name)", f"pairs by stem, such as {path}"],
        "samples": 1202,
        "passed": {"not an image": 2},
        "shard": None,
        "root": "",
        "totals": totals,
        "limit": 1000,
        "unjudged": 7,
        "suppressed": 3,
        "judged_whole": True,
    }
    contract = Contract(
        num_classes=3,
        ignore=frozenset({255}),
        names=("background", name, "car"),
        preset="camvid",
        declared=frozenset({"num_classes", "ignore"}),
    )
    skipped = (Skipped("val/labels/9.png", "a Git LFS pointer, not the file"), Skipped(path + ".npz", "gone"))
    return Report("check", contract, (), findings, (), skipped, facts=facts, dataset=dataset(path))


def dataset(path="train/labels/a.png"):
    train = Split(
        labels=800,
        pixels=80_000,
        counts={0: 70_000, 1: 9_992, 40: 3, 255: 5},
        holders={0: Seen(800, path), 1: Seen(300, path), 40: Seen(1, path), 255: Seen(5, path)},
        empty=12,
        uncounted=4,
    )
    val = Split(400, 40_000, {0: 39_999, 40: 1}, {0: Seen(400, "val/labels/1.png"), 40: Seen(1, "val/labels/1.png")})
    return Dataset(
        splits={"train": train, "val": val},
        encodings={"PNG, mode P, 8-bit, uint8": Seen(1200, path)},
        families={"ids": Seen(1196, path), "colours": Seen(4, "train/labels/b.png")},
        modes={"RGB": Seen(1200, "train/images/a.jpg")},
        twins={"00ff": {"train": path, "val": "val/labels/1.png"}},
        orphans=(Orphan(path, "label", "no-image", "no image has its name", "train/images/a.jpg"),),
        files={"image": 1200, "label": 1200},
        unread=1,
    )


def checked_hostile():
    return checked(HOSTILE, HOSTILE)


def clean():
    """A data set with nothing wrong in it."""
    facts = {"notes": [], "totals": {}, "unjudged": 0, "suppressed": 0, "shard": [1, 4]}
    split = Split(2, 8, {0: 4, 1: 4}, {0: Seen(2, "a.png"), 1: Seen(1, "a.png")})
    return Report("check", Contract(), facts=facts, dataset=Dataset({"": split}, files={"label": 2}))
