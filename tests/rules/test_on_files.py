"""The same from real bytes: what a file on disk leads to, through reading and counting."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from segloss_cli.profile import profile_label, profile_scores
from segloss_cli.read import read_label, read_scores
from segloss_cli.rules import judge
from segloss_cli.rules._examples import declared
from segloss_cli.rules._palettes import voc_colour
from segloss_cli.types import Contract, Pair

NOTHING = Contract()
IDS = np.kron(np.arange(12, dtype="uint8").reshape(3, 4), np.ones((16, 16), "uint8"))
MASK = np.zeros((64, 64), "uint8")
MASK[16:48, 16:48] = 1
RING = MASK.copy()
RING[15:49, [15, 48]] = 255
RING[[15, 48], 15:49] = 255


def _save(path, made):
    if isinstance(made, Image.Image):
        made.save(path)
    else:
        np.save(path, made)
    return path


def _label(path, contract):
    return profile_label(read_label(str(path), task=contract.task))


def _codes(record, contract):
    return [finding.code for finding in judge(record, contract)]


def _jpeg(ids):
    return Image.fromarray(ids * 255)


def _palette(ids):
    image = Image.fromarray(ids)
    image.putpalette([level for index in range(256) for level in (index, 255 - index, index // 2)])
    return image


def _voc(ids):
    image = Image.fromarray(ids)
    image.putpalette([level for index in range(256) for level in voc_colour(index)])
    return image


def _rgb(*bands):
    return Image.fromarray(np.stack(bands, -1))


@pytest.mark.parametrize(
    ("name", "made", "contract", "codes"),
    [
        ("a.png", Image.fromarray(IDS), declared(num_classes=12), ["SL902"]),
        ("a.png", Image.fromarray(IDS), declared(num_classes=10), ["SL201", "SL902"]),
        ("a.png", Image.fromarray(IDS), declared(num_classes=11), ["SL202", "SL902"]),
        ("a.png", _palette(RING), declared(num_classes=2, ignore={255}), ["SL104"]),
        ("a.png", _palette(RING), NOTHING, ["SL104", "SL202"]),
        ("a.png", Image.fromarray(MASK * 255), NOTHING, ["SL208"]),
        ("a.png", Image.fromarray(MASK * 255), declared(task="binary", ignore={255}), ["SL203"]),
        ("a.png", Image.fromarray(MASK > 0), NOTHING, ["SL109"]),
        ("a.png", Image.fromarray(MASK * 0), NOTHING, ["SL214"]),
        ("a.png", _rgb(MASK, MASK, MASK), NOTHING, ["SL103"]),
        ("a.png", _rgb(MASK, MASK, MASK, MASK * 0 + 255), NOTHING, ["SL103"]),
        ("a.png", _rgb(MASK * 128, MASK, MASK * 9), NOTHING, ["SL102"]),
        ("a.png", _rgb(MASK, MASK, MASK, MASK * 255), NOTHING, ["SL114"]),
        ("a.png", _rgb(MASK * 128, MASK * 0, MASK * 0), declared(palette=((0, 0, 0), (0, 128, 0))), ["SL105"]),
        ("a.png", Image.fromarray(IDS.astype("uint16") * 100), declared(num_classes=12), ["SL106", "SL201"]),
        ("a.png", Image.fromarray(IDS.astype("uint16")), declared(num_classes=12), ["SL106", "SL902"]),
        ("a.png", Image.fromarray(IDS.astype("uint16") * 257), NOTHING, ["SL106"]),
        ("a.tif", Image.fromarray(IDS.astype("int32") + 300), NOTHING, ["SL106"]),
        ("a.png", _rgb(MASK * 128, MASK, MASK * 9, MASK * 0 + 255), NOTHING, ["SL102", "SL114"]),
        ("a.png", _rgb(MASK * 128, MASK, MASK * 9, MASK * 99), declared(num_classes=2), ["SL114"]),
        ("a.gif", Image.fromarray(MASK), NOTHING, ["SL104", "SL108"]),
        ("a.gif", Image.fromarray(IDS * 20), NOTHING, ["SL104", "SL108"]),
        ("a.png", Image.fromarray(np.stack([IDS * 20, 255 - IDS, IDS], -1)).convert("P"), NOTHING, ["SL104", "SL108"]),
        ("a.png", _voc(IDS).convert("RGB").quantize(12), NOTHING, ["SL104", "SL108"]),
        ("a.png", _voc(IDS), declared(num_classes=12), ["SL104"]),
        ("a.jpg", _jpeg(MASK), NOTHING, ["SL101"]),
        ("a.npy", IDS.astype("int64"), declared(num_classes=12), []),
        ("a.npy", IDS.astype("int16"), declared(num_classes=12), ["SL302"]),
        ("a.npy", IDS.astype("int64")[None, None], NOTHING, ["SL301"]),
        ("a.npy", IDS.astype("int64")[..., None], NOTHING, ["SL301"]),
        ("a.npy", np.float32(IDS) / 255, declared(num_classes=12), ["SL211"]),
        ("a.npy", np.float32(IDS) / 2, declared(num_classes=12), ["SL215"]),
        ("a.npy", np.float32(MASK) * 2 - 1, NOTHING, ["SL216"]),
        ("a.npy", np.where(MASK, np.nan, np.float32(MASK)), NOTHING, ["SL107"]),
        ("a.npy", np.stack([MASK * 128, MASK, MASK], -1), NOTHING, ["SL102"]),
    ],
)
def test_labels(tmp_path, name, made, contract, codes):
    assert _codes(_label(_save(tmp_path / name, made), contract), contract) == codes


@pytest.mark.parametrize(
    ("made", "contract", "codes"),
    [
        (np.float32(IDS)[None].repeat(3, 0) - 5, NOTHING, []),
        (np.full((1, 64, 64), np.nan, "float32"), NOTHING, ["SL316"]),
        (np.float32(MASK)[None] * 0.8 + 0.1, NOTHING, ["SL303"]),
        (np.float32(MASK)[None] * 0.23 + 0.5, NOTHING, ["SL305"]),
        (np.stack([MASK * 0.46 + 0.27, 0.73 - MASK * 0.46]).astype("float32"), NOTHING, ["SL304"]),
        (np.float32(MASK)[..., None].repeat(3, -1) - 5, NOTHING, ["SL310"]),
    ],
)
def test_predictions(tmp_path, made, contract, codes):
    scores = read_scores(str(_save(tmp_path / "pred.npy", made)))
    assert _codes(profile_scores(scores), contract) == codes


@pytest.mark.parametrize(
    ("shape", "made", "contract", "codes"),
    [
        ((3, 64, 64), Image.fromarray(MASK), NOTHING, []),
        ((3, 16, 16), Image.fromarray(MASK), NOTHING, ["SL309"]),
        ((3, 64, 64), _rgb(MASK * 128, MASK, MASK), declared(num_classes=3), ["SL311"]),
        ((3, 64, 64), Image.fromarray(MASK), declared(task="binary"), ["SL312"]),
    ],
)
def test_pairs(tmp_path, shape, made, contract, codes):
    logits = np.random.default_rng(0).normal(0, 4, shape).astype("float32")
    scores = profile_scores(read_scores(str(_save(tmp_path / "pred.npy", logits))))
    assert _codes(Pair(scores, _label(_save(tmp_path / "gt.png", made), contract)), contract) == codes


def test_multilabel_planes_are_counted(tmp_path):
    contract = declared(task="multilabel")
    scores = profile_scores(
        read_scores(str(_save(tmp_path / "pred.npy", np.linspace(-9, 9, 3 * 4096).reshape(3, 64, 64))))
    )
    for planes, codes in ((3, []), (2, ["SL312"])):
        truth = _label(_save(tmp_path / "gt.npy", np.stack([MASK] * planes).astype("int64")), contract)
        assert _codes(Pair(scores, truth), contract) == codes


def test_content_goes_before_the_name(tmp_path):
    saved = _save(tmp_path / "a.png", Image.fromarray(MASK))
    for name in ("a.jpg", "a.BMP", "a.npy"):
        assert "SL112" in _codes(_label(saved.rename(saved.with_name(name)), NOTHING), NOTHING)
        saved = saved.with_name(name)
    assert "SL112" not in _codes(_label(saved.rename(saved.with_name("a")), NOTHING), NOTHING)


@pytest.mark.parametrize("name", ["a.tif", "a.gif", "a.png", "a.webp"])
def test_many_frames(tmp_path, name):
    frames = [Image.fromarray(np.roll(MASK * 255, 9 * step)) for step in range(3)]
    frames[0].save(
        tmp_path / name, save_all=True, append_images=frames[1:], **({"lossless": True} if "w" in name else {})
    )
    assert "SL113" in _codes(_label(tmp_path / name, NOTHING), NOTHING)
