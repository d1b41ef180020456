"""Reports of every kind, from an empty one to one with everything in it, for the tests of all formats."""

from __future__ import annotations

from segloss_cli.rules._examples import label, scores
from segloss_cli.scan.readers import readers_of
from segloss_cli.types import Contract, Finding, LossValue, Place, Report, Skipped

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
    return Report("compute", contract, (truth, prediction), findings, losses, skipped, facts, complete=False)


def hostile():
    return full(HOSTILE)
