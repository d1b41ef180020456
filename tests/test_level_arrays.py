"""Eight-bit pictures are measured by Pillow, and by NumPy where it is loaded: both must say the same."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segloss_cli import _level_arrays, _slivers
from segloss_cli._level_arrays import at_hand, levels_by_runs, place_of, survives
from segloss_cli._levels import levels_of
from segloss_cli.profile import locate, profile_label
from segloss_cli.types import Container, Mask

SMALL = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=24), elements=st.sampled_from([0, 1, 2, 4, 9, 254, 255])
)


@st.composite
def areas(draw):
    """Boxes over boxes, with a border or a slope here and there, in a picture that is large enough for all paths."""
    height, width = draw(st.integers(1, 300)), draw(st.integers(1, 300))
    plane = np.zeros((height, width), np.uint8)
    for _ in range(draw(st.integers(0, 9))):
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        tall, wide = draw(st.integers(1, height)), draw(st.integers(1, width))
        plane[top : top + tall, left : left + wide] = draw(st.sampled_from([0, 1, 3, 7, 60, 254, 255]))
    if draw(st.booleans()):
        plane[:, width // 2 :] = np.arange(width - width // 2) % 5
    return plane


def picture(plane, mode):
    if mode == "1":
        return Image.fromarray(plane > 3)
    image = Image.fromarray(plane)
    if mode == "P":
        image.putpalette(range(256))
    return image


def measured(image):
    """All that is asked of a picture."""
    container = Container("gt.png", "PNG", image.size[::-1], "uint8", mode=image.mode)
    mask = Mask(container, image)
    profile = profile_label(mask)
    sampled = profile.edges() if profile.edges else None
    places = [locate(mask, values) for values in ([], [255], [1, 254], [3, 0.5], [float("nan")], [-1, 300, 7])]
    return profile, dict(profile.counts), dict(profile.core), sampled, places


@given(plane=st.one_of(SMALL, areas()), mode=st.sampled_from(["1", "L", "P"]))
def test_with_numpy_and_without(plane, mode):
    image = picture(plane, mode)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_level_arrays, "loaded", lambda: False)
        by_pillow = measured(image)
    assert measured(image) == by_pillow
    assert at_hand(image) == (mode != "1")


@given(plane=st.one_of(SMALL, areas()), size=st.integers(1, 40))
def test_samples_with_numpy_and_without(plane, size):
    image = picture(plane, "L")
    for dx, dy in ((1, 0), (0, 1)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_level_arrays, "loaded", lambda: False)
            by_pillow = _slivers._line(image, dx, dy)
        assert _slivers._line(image, dx, dy) == by_pillow


def test_noise_is_not_counted_by_runs():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 200)).astype("u1"))
    assert levels_by_runs(noise) is None
    assert levels_of(noise) == noise.histogram()


@given(plane=areas())
def test_runs_are_counted_as_a_histogram(plane):
    image = Image.fromarray(plane)
    found = levels_by_runs(image)
    assert found is None or found == image.histogram()


def test_what_survives_an_erosion():
    plane = np.zeros((20, 20), np.uint8)
    plane[5:10, 5:10] = 255
    assert survives(Image.fromarray(plane), 255, 2)
    plane[7, 7] = 0
    assert not survives(Image.fromarray(plane), 255, 2)
    corner = np.zeros((20, 20), np.uint8)
    corner[:3, :3] = 255  # beyond the border all is hit
    assert survives(Image.fromarray(corner), 255, 2)


def test_the_place_of_nothing():
    assert place_of(Image.new("L", (4, 4), 7), ()) is None
    assert place_of(Image.new("L", (4, 4), 7), (8,)) is None
