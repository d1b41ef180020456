"""For one fault one rule speaks: which codes come, at warning or above, from the whole catalogue."""

from __future__ import annotations

import pytest

from segloss_cli.rules import judge
from segloss_cli.rules._examples import array, colours, declared, floats, label, pair, scores, sized, smeared, value
from segloss_cli.rules._palettes import CITYSCAPES, luminance, voc_colour
from segloss_cli.types import Contract

NOTHING = Contract()
RING = label({0: 70, 15: 25, 255: 5}, mode="P", core={255: 0.01})
WHITE = label({0: 70, 255: 30}, core={255: 0.8})
TUTORIAL = label({0: 50, 1: 10, 5: 10, 7: 10, 8: 10, 26: 4, 29: 3, 38: 2, 40: 1}, mode="P")
LABEL_IDS = label({3: 5, 7: 40, 11: 20, 21: 20, 23: 10, 26: 5})
VOC_AS_GREY = label({0: 50, 38: 20, 75: 10, 113: 10, 147: 10})
GREYS = {0: 5000, 64: 20, 128: 20, 191: 20, 255: 4940}
RAMPS = {(0, 64, 128): 20, (64, 128, 191): 20, (128, 191, 255): 20}
DRAWN = colours({(0, 0, 0): 50, voc_colour(1): 30, voc_colour(15): 20})


def _loud(record, contract):
    return [finding.code for finding in judge(record, contract) if finding.severity != "info"]


@pytest.mark.parametrize(
    ("record", "contract", "codes"),
    [
        pytest.param(RING, declared(num_classes=21), ["SL202"], id="void ring, not ignored"),
        pytest.param(WHITE, declared(task="binary"), ["SL208"], id="0/255 for a binary task"),
        pytest.param(WHITE, declared(num_classes=2), ["SL208"], id="0/255 for two classes"),
        pytest.param(WHITE, declared(num_classes=1), ["SL208"], id="0/255 for one channel"),
        pytest.param(WHITE, declared(losses=("bce",)), ["SL208"], id="0/255 for bce"),
        pytest.param(WHITE, declared(num_classes=2, ignore={255}), ["SL203"], id="0/255, 255 ignored"),
        pytest.param(WHITE, declared(task="binary", ignore={255}), ["SL203"], id="0/255 binary, 255 ignored"),
        pytest.param(WHITE, declared(num_classes=21), ["SL202"], id="0/255 for many classes"),
        pytest.param(WHITE, NOTHING, ["SL208"], id="0/255, nothing declared"),
        pytest.param(WHITE, Contract(task="binary"), ["SL208"], id="0/255, binary as inferred from the prediction"),
        pytest.param(WHITE, Contract(num_classes=1), ["SL208"], id="0/255, one channel as inferred"),
        pytest.param(TUTORIAL, Contract(task="binary"), ["SL201"], id="ids 0..40, binary as inferred"),
        pytest.param(TUTORIAL, declared(task="binary"), ["SL401"], id="ids 0..40 for a binary loss"),
        pytest.param(TUTORIAL, declared(num_classes=2), ["SL201"], id="ids 0..40 for two classes"),
        pytest.param(TUTORIAL, declared(num_classes=40), ["SL201", "SL206"], id="40 classes and 41 values"),
        pytest.param(LABEL_IDS, declared(num_classes=19), ["SL201", "SL206"], id="labelIds for 19 classes"),
        pytest.param(VOC_AS_GREY, declared(num_classes=21), ["SL201", "SL210"], id="VOC colours as grey, 21 classes"),
        pytest.param(VOC_AS_GREY, NOTHING, ["SL210"], id="VOC colours as grey"),
        pytest.param(smeared(GREYS, RAMPS), NOTHING, ["SL212"], id="smooth edges"),
        pytest.param(smeared(GREYS, RAMPS, peaks=200), NOTHING, ["SL213"], id="once a JPEG"),
        pytest.param(
            smeared(GREYS, RAMPS), declared(num_classes=3, ignore={255}), ["SL201", "SL212"], id="smooth edges, ids"
        ),
        pytest.param(
            smeared(GREYS, RAMPS, peaks=200, format="JPEG", lossy=True), NOTHING, ["SL101"], id="still a JPEG, smeared"
        ),
        pytest.param(
            label({0: 60, 255: 40}, path="gt.png", format="JPEG", lossy=True), NOTHING, ["SL101"], id="JPEG named .png"
        ),
        pytest.param(label({0: 60, 1: 40}, path="gt.jpg"), NOTHING, ["SL112"], id="PNG named .jpg"),
        pytest.param(
            label({0: 60, 257: 20, 514: 20}, mode="I;16", dtype="uint16", bit_depth=16),
            declared(num_classes=3),
            ["SL106", "SL201"],
            id="stretched to 16 bits",
        ),
        pytest.param(
            label({0: 60, 251: 40}, format="GIF", path="gt.gif", mode="P", palette=((0, 0, 0),) * 251 + ((255,) * 3,)),
            NOTHING,
            ["SL208"],
            id="GIF of two colours, white at 251",
        ),
        pytest.param(
            colours({(0, 0, 0): 50, (9, 9, 9): 50}, mode="RGBA", shape=(1, 100, 4), alpha="varies"),
            NOTHING,
            ["SL114"],
            id="grey beside alpha that varies",
        ),
        pytest.param(
            colours({(0, 0, 0): 50, (9, 9, 9): 50}, mode="RGBA", shape=(1, 100, 4), alpha="opaque"),
            NOTHING,
            ["SL103"],
            id="grey beside opaque alpha",
        ),
        pytest.param(
            colours({(0, 0, 0): 50, (9, 0, 9): 50}, mode="RGBA", shape=(1, 100, 4), alpha="opaque"),
            declared(num_classes=2),
            ["SL102"],
            id="colours beside opaque alpha",
        ),
        pytest.param(label({255: 9}), declared(ignore={255}), ["SL209"], id="all void"),
        pytest.param(
            label({0: 60, 2: 9, 254: 9, 255: 50}, format="JPEG", lossy=True), NOTHING, ["SL101"], id="JPEG, grey"
        ),
        pytest.param(
            colours({(0, 0, 0): 9, (255, 255, 255): 9}, format="JPEG", lossy=True),
            NOTHING,
            ["SL101", "SL103"],
            id="JPEG, three equal bands",
        ),
        pytest.param(DRAWN, declared(num_classes=21), ["SL102"], id="VOC colours for ids"),
        pytest.param(DRAWN, declared(palette=tuple(CITYSCAPES)), ["SL105"], id="VOC colours, another palette"),
        pytest.param(floats({0.0: 9, 1 / 255: 9, 5 / 255: 9}), declared(num_classes=6), ["SL211"], id="ToTensor"),
        pytest.param(floats({-1.0: 9, 1.0: 9}), declared(task="binary"), ["SL216"], id="Normalize"),
        pytest.param(floats({0.0: 9, 1.4: 9, 2.0: 9}), declared(num_classes=3), ["SL215"], id="interpolated"),
        pytest.param(floats({0.0: 9, 2.0: 9}, nonfinite=2), NOTHING, ["SL107"], id="NaN in a label"),
        pytest.param(label({0: 9, 77: 9}, bad_chunks=("IDAT",)), NOTHING, ["SL110"], id="a flipped bit"),
        pytest.param(array({0: 9, 7: 9}), declared(num_classes=3), ["SL201"], id="an id too large"),
        pytest.param(array({-1: 9, 1: 9}), declared(num_classes=3), ["SL202"], id="-1"),
        pytest.param(
            scores((1, 3, 64, 64), "probabilities", low=0.2120, high=0.5761, sum_low=1.0, sum_high=1.0),
            NOTHING,
            ["SL304"],
            id="softmax twice",
        ),
        pytest.param(
            scores((1, 1, 64, 64), "probabilities", low=0.5, high=0.731), NOTHING, ["SL305"], id="sigmoid twice"
        ),
        pytest.param(scores(low=0.1, high=0.9, kind_declared=True), NOTHING, ["SL303"], id="probabilities as logits"),
        pytest.param(scores(nan=3), NOTHING, ["SL316"], id="NaN in a prediction"),
        pytest.param(pair(scores((1, 3, 8, 8)), sized(16, 16)), NOTHING, ["SL309"], id="stride 2"),
        pytest.param(
            pair(scores((1, 3, 1, 100)), DRAWN), declared(num_classes=3), ["SL311"], id="colours as soft targets"
        ),
        pytest.param(
            pair(scores((1, 3, 8, 8)), sized(16, 16)), declared(task="binary"), ["SL309", "SL312"], id="two faults"
        ),
        pytest.param(value("dice", -0.64, 0.0, 1.0), NOTHING, ["SL402"], id="negative Dice"),
    ],
)
def test_one_fault_one_rule(record, contract, codes):
    assert _loud(record, contract) == codes


def test_binary_0_255_is_never_called_void_where_it_is_solid():
    assert "SL202" not in [finding.code for finding in judge(WHITE, NOTHING)]


def test_what_covers_most_of_a_picture_is_no_border():
    """Cell interiors between membranes: finely divided, but three quarters of the picture."""
    cells = label({0: 26, 255: 74}, core={255: 0.11})
    assert _loud(cells, NOTHING) == ["SL208"]
    assert _loud(cells, declared(task="binary", ignore={255})) == ["SL203"]


def test_voc_luminance_is_as_measured():
    pillow = [0, 38, 75, 113, 15, 53, 90, 128, 19, 57, 94, 133, 34, 72, 109, 147, 38, 76, 113, 151, 52]
    assert [luminance(voc_colour(index)) for index in range(21)] == pillow


def test_voc_luminance_is_what_pillow_makes():
    image = pytest.importorskip("PIL.Image")
    for index in range(256):
        pixel = image.new("RGB", (1, 1), voc_colour(index)).convert("L").getpixel((0, 0))
        assert luminance(voc_colour(index)) == pixel
