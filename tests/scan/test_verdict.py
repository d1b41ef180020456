"""A prediction proves how many classes there are, and not what void and white mean."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from segloss_cli.scan.check import check_dataset
from segloss_cli.scan.pair import check_pair
from segloss_cli.types import Contract


@pytest.fixture
def pair(tmp_path, monkeypatch):
    """Writes a label with its prediction."""
    monkeypatch.chdir(tmp_path)
    for name in ("labels", "predictions"):
        (tmp_path / name).mkdir()

    def pair(values, channels):
        ids = np.resize(np.repeat(np.array(values, np.uint8), 64), (24, 32))
        Image.fromarray(ids).save("labels/a.png")
        scores = np.random.default_rng(1).normal(0, 3, (channels, 24, 32)).astype(np.float32)
        np.save("predictions/a.npy", scores)
        return "predictions/a.npy", "labels/a.png"

    return pair


def found(report, *codes):
    return [(one.code, one.severity, one.certainty) for one in report.findings if one.code in codes]


@pytest.mark.parametrize(
    ("values", "channels", "code"), [((0, 1, 255), 3, "SL202"), ((0, 3), 1, "SL208"), ((0, 255), 1, "SL208")]
)
def test_void_and_white_are_a_guess_until_a_loss_is_computed(pair, values, channels, code):
    files = pair(values, channels)
    assert found(check_dataset(["."]), code) == [(code, "warning", "likely")]
    assert found(check_pair(*files), code) == [(code, "error", "proof")]


def test_an_id_beyond_the_channels_is_proved_wrong(pair):
    pair((0, 1, 7), 3)
    assert found(check_dataset(["."]), "SL201") == [("SL201", "error", "proof")]


def test_what_was_declared_is_judged_by_that(pair):
    pair((0, 1, 255), 3)
    ignored = Contract(ignore=frozenset({255}), declared=frozenset({"ignore"}))
    assert found(check_dataset(["."], ignored), "SL202") == []
    counted = Contract(num_classes=3, declared=frozenset({"num_classes"}))
    assert found(check_dataset(["."], counted), "SL202") == [("SL202", "error", "proof")]
