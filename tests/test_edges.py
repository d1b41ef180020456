"""How areas meet: both engines against a slow count, strip by strip, sampled and whole."""

from __future__ import annotations

import copy
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from segloss_cli import _arrays, _planes, _slivers
from segloss_cli import profile as profile_module
from segloss_cli._counts import Measured
from segloss_cli._sliver_arrays import edges_of_array, sample_array
from segloss_cli.profile import profile_label, settled
from segloss_cli.types import Container, Mask

PLANES = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=16), elements=st.sampled_from([0, 1, 2, 4, 9, 254, 255])
)


def slow(planes):
    """The same numbers, pixel by pixel."""
    seen = Counter(pixels=0, flat=0, jumps=0, peaks=0, long=0)
    triples, between, solid = Counter(), Counter(), set()
    for plane in planes:
        height, width = plane.shape
        for y in range(1, height - 1):
            along = [_between(plane[y, x - 1], plane[y, x], plane[y, x + 1]) for x in range(1, width - 1)]
            seen["long"] += sum(along[x] and along[x - 3] and along[x + 3] for x in range(3, len(along) - 3))
            for x in range(1, width - 1):
                value, slivers = plane[y, x], 0
                for one, other in ((plane[y, x - 1], plane[y, x + 1]), (plane[y - 1, x], plane[y + 1, x])):
                    low, high = min(one, other), max(one, other)
                    seen["jumps"] += high - low >= 2
                    seen["peaks"] += not low <= value <= high
                    slivers += _between(one, value, other)
                    triples[low, value, high] += _between(one, value, other)
                between[value] += slivers > 0
                flat = (plane[y - 1 : y + 2, x - 1 : x + 2] == value).all()
                seen["flat"] += flat
                seen["pixels"] += 1
                solid |= {value} if flat else set()
    return seen, +triples, +between, solid


def _between(one, value, other):
    return int(min(one, other) < value < max(one, other))


def agrees(edges, planes):
    seen, triples, between, solid = slow(planes)
    for name in ("pixels", "flat", "jumps", "peaks", "long"):
        assert getattr(edges, name) == seen[name], name
    assert edges.triples == triples
    assert edges.between == between
    assert edges.solid == solid
    assert edges.slivers == sum(triples.values())


@given(plane=PLANES, mode=st.sampled_from(["L", "P"]), strip=st.integers(1, 80))
@settings(max_examples=60)
def test_pictures(plane, mode, strip):
    image = Image.fromarray(plane)
    if mode == "P":
        image.putpalette(list(range(256)) * 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_slivers, "STRIP", strip)
        edges = _slivers.edges_of(image)
    if min(plane.shape) < 3:
        assert edges is None
    else:
        agrees(edges, [plane.astype(int)])


@given(
    plane=PLANES, dtype=st.sampled_from(["u1", "i2", ">u2", "i8", "u8", "f2", ">f4", "f8"]), block=st.integers(1, 80)
)
@settings(max_examples=60)
def test_arrays(plane, dtype, block):
    stack = np.stack([plane, plane[::-1]]).astype(dtype)[:, None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_planes, "BLOCK", block)
        edges = edges_of_array(stack)
    if min(plane.shape) < 3:
        assert edges is None
    else:
        agrees(edges, [plane.astype(int), plane[::-1].astype(int)])


def test_extreme_values_do_not_wrap():
    low, high = -(2**63), 2**63 - 1
    edges = edges_of_array(np.array([[[[low] * 3, [low, 0, high], [high] * 3]]]))
    assert (edges.jumps, edges.triples) == (2, {(low, 0, high): 2})


NOISE = np.random.default_rng(0).integers(0, 256, (300, 300)).astype(np.uint8)


def test_noise_has_no_edges(monkeypatch):
    monkeypatch.setattr(_slivers, "MANY", 1000)
    monkeypatch.setattr("segloss_cli._sliver_arrays.MANY", 1000)
    assert _slivers.edges_of(Image.fromarray(NOISE)) is None
    assert edges_of_array(NOISE[None, None]) is None


STEPS = np.kron(np.array([[0, 5], [9, 2]], np.uint8), np.ones((40, 40), np.uint8))
SLOPES = np.asarray(Image.fromarray(STEPS).resize((160, 160), Image.Resampling.BICUBIC))


def test_a_sample_tells_slopes_from_steps():
    for plane, expected in (
        (STEPS, False),
        (SLOPES, True),
        (STEPS[:1], False),
        (STEPS[:, :1], False),
        (SLOPES[:, :30], True),
    ):
        assert _slivers.sample(Image.fromarray(plane)) is expected
    assert sample_array(SLOPES[None, None]) is True
    assert sample_array(STEPS[None, None]) is False
    assert sample_array(STEPS[None, None, :, :2]) is False


def test_a_picture_of_columns_and_one_of_rows_are_sampled_alike():
    stripes = SLOPES[40:41].repeat(90, 0)
    assert _slivers.sample(Image.fromarray(stripes))
    assert _slivers.sample(Image.fromarray(stripes.T.copy()))


def of_picture(plane):
    return Mask(Container("gt.png", "PNG", plane.shape, "uint8", mode="L"), image=Image.fromarray(plane))


def of_array(plane):
    return Mask(Container("gt.npy", "NPY", plane.shape, plane.dtype.name), array=plane, ids=lambda: plane[None])


@pytest.mark.parametrize("make", [of_picture, of_array])
def test_a_profile_measures_edges_once_and_only_when_asked(make, monkeypatch):
    asked = []

    def counted(name, measure):
        return lambda *given: asked.append(name) or measure(*given)

    monkeypatch.setattr(_slivers, "sample", counted("sample", _slivers.sample))
    monkeypatch.setattr(_slivers, "edges_of", counted("whole", _slivers.edges_of))
    monkeypatch.setattr("segloss_cli._sliver_arrays.sample_array", counted("sample", sample_array))
    monkeypatch.setattr("segloss_cli._sliver_arrays.edges_of_array", counted("whole", edges_of_array))
    profile = profile_label(make(STEPS))
    assert asked == []
    assert profile.edges() is None
    assert asked == ["sample"]
    assert profile.edges(whole=True).slivers == 0
    assert profile.edges(whole=True) is profile.edges(whole=True)
    assert asked == ["sample", "whole"]
    assert profile_label(make(SLOPES)).edges() == profile_label(make(SLOPES)).edges(whole=True)


@pytest.mark.parametrize("make", [of_picture, of_array])
def test_what_has_too_few_values_for_edges(make):
    assert profile_label(make(STEPS[:, :40])).edges is None
    assert profile_label(make(STEPS)).edges is not None


def test_fractions_and_many_values_have_no_edges():
    assert profile_label(of_array(SLOPES.astype("f4") / 2)).edges is None
    assert profile_label(of_array(np.arange(1600).reshape(40, 40))).edges is None


def test_both_readers_see_the_same_edges():
    seen, truth = profile_label(of_picture(SLOPES)), profile_label(of_array(SLOPES))
    assert seen.edges() == truth.edges()
    grey = Image.fromarray(SLOPES).convert("RGB")
    mask = Mask(Container("gt.png", "PNG", (*SLOPES.shape, 3), "uint8", mode="RGB"), image=grey)
    assert profile_label(mask).edges() == truth.edges()


def test_edges_are_no_part_of_what_a_profile_is():
    profile = profile_label(of_picture(SLOPES))
    assert settled(profile) == profile
    assert settled(profile).edges is None
    assert (profile + profile).edges is None
    assert "edges" not in repr(profile)


@pytest.mark.parametrize("make", [of_picture, of_array])
def test_cores_are_measured_when_asked_for(make, monkeypatch):
    plane = np.where(np.arange(80) < 40, 255, np.where(np.arange(80) < 60, 254, 3))[None].repeat(80, 0).astype("u1")
    asked = []
    for module in (_arrays, profile_module):
        real = module._survivors
        monkeypatch.setattr(module, "_survivors", lambda *given, real=real: asked.append(given[1]) or real(*given))
    profile = profile_label(make(plane))
    assert {*profile.core} == {254, 255}
    assert 255 in profile.core
    assert 3 not in profile.core
    assert profile.core.get(3) is None
    assert asked == []
    first = profile.core[255]
    assert (profile.core[255], len(asked)) == (first, 1)
    assert settled(profile).core == {254: profile.core[254], 255: first}
    assert type(settled(profile).core) is dict


@given(seed=st.integers(0, 10**6), cells=st.integers(2, 40), thin=st.booleans())
@settings(max_examples=40)
def test_cores_of_large_pictures_are_those_of_arrays(seed, cells, thin):
    """Above a radius of 5 pixels pictures are eroded coarsely first."""
    rng = np.random.default_rng(seed)
    size = rng.integers(168, 400, 2)
    coarse = Image.fromarray((rng.random((cells, cells)) * 255).astype(np.uint8))
    surface = np.asarray(coarse.resize(tuple(size.tolist()), Image.Resampling.BICUBIC)).astype(int)
    hits = abs(surface - 128) < 12 if thin else surface > rng.integers(60, 200)
    plane = np.where(hits, 255, 7).astype(np.uint8)
    plane[0, 0], plane[-1, -1] = 7, 255
    assert profile_label(of_picture(plane)).core == profile_label(of_array(plane)).core


def test_numbers_measured_when_asked_for():
    asked = []
    numbers = Measured((2, 3), lambda key: asked.append(key) or key / 2)
    assert (len(numbers), [*numbers], 2 in numbers, 5 in numbers, asked) == (2, [2, 3], True, False, [])
    assert (numbers[3], numbers.get(3), asked) == (1.5, 1.5, [3])
    with pytest.raises(KeyError):
        numbers[5]
    assert repr(numbers) == "{2: 1.0, 3: 1.5}"
    assert numbers == {2: 1.0, 3: 1.5}
    assert numbers != {2: 1.0}
    copied = copy.deepcopy(numbers)
    assert type(copied) is dict
    assert copied == numbers
    assert asked == [3, 2]
    with pytest.raises(KeyError):
        numbers[5]
