import numpy as np
import pytest
from PIL import Image

from segloss_cli import _levels
from segloss_cli._levels import FEW, levels_of


@pytest.mark.parametrize("mode", ["1", "L", "P"])
@pytest.mark.parametrize("size", [(1, 1), (127, 129), (128, 128), (131, 127), (1, FEW), (FEW + 3, 1), (257, 511)])
def test_levels_are_the_histogram(mode, size):
    values = np.random.default_rng(size[0]).integers(0, 256, size[::-1]).astype(np.uint8)
    image = Image.fromarray(values).convert(mode) if mode == "1" else Image.fromarray(values)
    if mode == "P":
        image.putpalette(range(256))
    assert levels_of(image) == image.histogram()
    assert sum(levels_of(image)) == values.size


def test_a_huge_picture_is_not_copied(monkeypatch):
    monkeypatch.setattr(_levels, "MOST", FEW)
    monkeypatch.setattr(Image.Image, "tobytes", lambda *_: pytest.fail("it was copied"))
    assert levels_of(Image.new("L", (FEW, 2), 9))[9] == 2 * FEW
