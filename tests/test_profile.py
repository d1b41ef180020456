import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from segloss_cli import _arrays, _planes
from segloss_cli._void import radius_of
from segloss_cli.profile import locate, profile_label, profile_scores
from segloss_cli.types import Container, Mask, Place, Scores

VOID = (255, 254, 65535, -1, -100)


def of_picture(image, **facts):
    bands = len(image.getbands())
    shape = (image.height, image.width) if bands == 1 else (image.height, image.width, bands)
    container = Container("gt.png", "PNG", shape, "uint8", mode=image.mode, **facts)
    return Mask(container, image=image, ids=lambda: np.asarray(image)[None])


def of_array(array, ids=None, mode=""):
    values = array[None] if array.ndim == 2 else array
    container = Container("gt.npy", "NPY", array.shape, array.dtype.name, mode=mode)
    return Mask(container, array=array, ids=lambda: values if ids is None else ids)


def slow_core(plane, value, radius):
    alive = 0
    for y, x in np.argwhere(plane == value):
        box = plane[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1]
        alive += bool((box == value).all())
    return alive / np.count_nonzero(plane == value)


def slow_place(images, values):
    for n, plane in enumerate(images):
        hits = np.zeros(plane.shape, bool)
        for value in values:
            hits |= np.isnan(plane) if math.isnan(value) else plane == value
        where = np.argwhere(hits)
        if len(where):
            (top, left), (bottom, right) = where.min(0), where.max(0) + 1
            return Place(y=where[0][0], x=where[0][1], bbox=(left, top, right, bottom), n=n)
    return None


PLANES = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=24), elements=st.sampled_from([0, 1, 7, 254, 255])
)


@given(plane=PLANES, mode=st.sampled_from(["L", "P"]))
def test_a_picture_and_the_same_array_agree(plane, mode):
    image = Image.fromarray(plane)
    if mode == "P":
        image.putpalette(list(range(256)) * 3)
    seen, truth = profile_label(of_picture(image)), profile_label(of_array(plane))
    numbers = dict(zip(*(each.tolist() for each in np.unique(plane, return_counts=True)), strict=True))
    for profile in (seen, truth):
        assert profile.counts == numbers
        assert list(profile.counts) == sorted(numbers)
        assert (profile.low, profile.high, profile.distinct) == (min(numbers), max(numbers), len(numbers))
        assert (profile.height, profile.width, profile.pixels, profile.images) == (*plane.shape, plane.size, 1)
        wanted = {v: slow_core(plane, v, radius_of(*plane.shape)) for v in (254, 255) if v in numbers}
        assert profile.core == (wanted if len(numbers) > 1 else {})
        assert profile.integral
        assert not profile.rescaled
        assert profile.mean is None
    for values in ([255], [0, 7], [3], [300, -1, 0.5], []):
        expected = slow_place([plane], values)
        assert locate(of_picture(image), values) == locate(of_array(plane), values) == expected


@given(
    images=st.integers(1, 3),
    side=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    dtype=st.sampled_from(["?", "i1", "u2", ">u2", "i4", ">i8", "u8", "f2", ">f4", "f8", "longdouble"]),
    block=st.integers(1, 200),
    seed=st.integers(0, 999),
    blobs=st.booleans(),
)
def test_blocks_change_nothing(images, side, dtype, *, block, seed, blobs):
    rng = np.random.default_rng(seed)
    stack = rng.choice([0, 1, 5, -1 if np.dtype(dtype).kind in "if" else 254], (images, *side)).astype(dtype)
    if blobs:
        stack = np.sort(stack, axis=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_planes, "BLOCK", block)
        patch.setattr(_arrays, "BLOCK", block)
        profile = profile_label(of_array(stack))
        places = {value: locate(of_array(stack), [value]) for value in (0, 5)}
    plain = stack.astype("f8")
    numbers = dict(zip(*(each.tolist() for each in np.unique(plain, return_counts=True)), strict=True))
    assert profile.counts == numbers
    assert profile.pixels == stack.size
    assert profile.images == images
    for value in (0, 5):
        assert places[value] == slow_place(plain, [value])
    for value, core in profile.core.items():
        alive = [slow_core(p, value, radius_of(*side)) * (p == value).sum() for p in plain if (p == value).any()]
        assert core == pytest.approx(sum(alive) / numbers[value])
    assert set(profile.core) == ({*VOID} & {*numbers} if len(numbers) > 1 else set())


def ring(size=200, thickness=3, value=255):
    plane = np.zeros((size, size), np.uint8)
    plane[40:160, 40:160] = value
    plane[40 + thickness : 160 - thickness, 40 + thickness : 160 - thickness] = 15
    return plane


@pytest.mark.parametrize("make", [of_array, lambda plane: of_picture(Image.fromarray(plane))])
def test_a_thin_border_has_no_core_and_an_area_has(make):
    assert profile_label(make(ring())).core == {255: 0}
    blob = ring()
    blob[blob == 15] = 255
    assert profile_label(make(blob)).core[255] == pytest.approx((120 - 2 * 7) ** 2 / 120**2)


@pytest.mark.parametrize("make", [of_array, lambda plane: of_picture(Image.fromarray(plane))])
def test_an_area_at_the_picture_edge_is_not_eroded_there(make):
    plane = np.zeros((56, 56), np.uint8)
    plane[:, :28] = 255
    assert profile_label(make(plane)).core == {255: 25 / 28}


def test_a_value_alone_has_no_core():
    assert profile_label(of_array(np.full((9, 9), 255, np.uint8))).core == {}
    assert profile_label(of_picture(Image.new("L", (9, 9), 255))).core == {}


@pytest.mark.parametrize(
    ("height", "width", "radius"), [(1, 1, 1), (8, 9, 1), (16, 99, 2), (24, 24, 3), (80, 80, 3), (280, 500, 10)]
)
def test_the_erosion_grows_with_the_picture(height, width, radius):
    assert radius_of(height, width) == radius_of(width, height) == radius


def test_mode_1():
    image = Image.new("1", (6, 4))
    image.putpixel((2, 3), 1)
    profile = profile_label(of_picture(image))
    assert profile.counts == {0: 23, 1: 1}
    assert profile.core == {}
    assert locate(of_picture(image), [1]) == Place(y=3, x=2, bbox=(2, 3, 3, 4))
    assert locate(of_picture(image), [255]) is None


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_deep_pictures_are_counted_as_arrays(mode):
    image = Image.fromarray(np.array([[0, 300], [300, 65535]], {"I;16": "u2", "I": "i4", "F": "f4"}[mode]))
    profile = profile_label(of_picture(image))
    assert profile.counts == {0: 1, 300: 2, 65535: 1}
    assert locate(of_picture(image), [65535]) == Place(y=1, x=1, bbox=(1, 1, 2, 2))


def coloured(*colours, mode="RGB"):
    image = Image.new(mode, (len(colours), 6))
    for x, colour in enumerate(colours):
        image.paste(colour, (x, 0, x + 1, 6))
    return image


@pytest.mark.parametrize("alpha", [(), (7,)])
def test_colours(alpha):
    image = coloured((9, 0, 0, *alpha), (0, 0, 5, *alpha), (0, 0, 5, *alpha), mode="RGBA" if alpha else "RGB")
    profile = profile_label(of_picture(image))
    assert profile.counts is None
    assert list(profile.colours.items()) == [((0, 0, 5), 12), ((9, 0, 0), 6)]
    assert (profile.distinct, profile.low, profile.high, profile.grey) == (2, 0, 9, False)
    assert locate(of_picture(image), [9]) is None


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_grey_in_several_bands(mode):
    image = Image.fromarray(ring()).convert(mode)
    profile = profile_label(of_picture(image))
    assert profile.grey
    assert profile.counts == profile_label(of_array(ring())).counts
    assert profile.colours == {(v, v, v): n for v, n in profile.counts.items()}
    assert profile.core == {255: 0}
    assert locate(of_picture(image), [255]) == Place(y=40, x=40, bbox=(40, 40, 160, 160))


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB", "HSV", "PA"])
def test_other_colour_spaces(mode):
    image = Image.new(mode, (4, 3))
    image.putpixel((1, 1), (9, 8, 7, 6)[: len(image.getbands())])
    profile = profile_label(of_picture(image))
    assert profile.counts is None
    assert profile.distinct in (1, 2)
    assert sum(profile.colours.values()) == 12


def photo():
    return np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)


@pytest.mark.parametrize("strip", [1, 300, 10**6])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK"])
def test_strips_change_nothing(monkeypatch, strip, mode):
    values = np.random.default_rng(0).choice([0, 128, 255], (40, 30, 3)).astype(np.uint8)
    values[:35] = 9
    image = Image.fromarray(values).convert(mode)
    monkeypatch.setattr("segloss_cli.profile.STRIP", strip)
    profile = profile_label(of_picture(image))
    found, numbers = np.unique(values.reshape(-1, 3), axis=0, return_counts=True)
    assert profile.colours == dict(zip(map(tuple, found.tolist()), numbers.tolist(), strict=True))
    assert (profile.low, profile.high, profile.grey) == (0, 255, False)


def test_counting_colours_stops_at_a_bound(monkeypatch):
    monkeypatch.setattr("segloss_cli.profile.STRIP", 64)
    monkeypatch.setattr("segloss_cli.profile.MAX_COLOURS", 1500)
    profile = profile_label(of_picture(Image.fromarray(photo())))
    assert (1500 <= profile.distinct < 1564, profile.high) == (True, 255)


def test_a_photo_has_too_many_colours_to_list():
    truth = len(np.unique(photo().reshape(-1, 3), axis=0))
    for profile in (
        profile_label(of_picture(Image.fromarray(photo()))),
        profile_label(of_array(photo(), ids=photo()[None])),
    ):
        assert (profile.colours, profile.counts) == (None, None)
        assert profile.distinct == truth


@given(seed=st.integers(0, 99), dtype=st.sampled_from(["u1", "i4", ">u2", "i8"]), bands=st.sampled_from([3, 4]))
def test_coloured_arrays_agree_with_pictures(seed, dtype, bands):
    values = np.random.default_rng(seed).choice([0, 90, 255], (6, 7, bands))
    image = Image.fromarray(values.astype(np.uint8))
    stored = values.astype(dtype)
    profile, truth = profile_label(of_array(stored, ids=stored[None])), profile_label(of_picture(image))
    assert (profile.colours, profile.counts, profile.distinct) == (truth.colours, truth.counts, truth.distinct)
    assert list(profile.colours) == list(truth.colours)
    assert (profile.low, profile.high, profile.pixels, profile.grey) == (truth.low, truth.high, 42, truth.grey)


def test_grey_coloured_arrays():
    values = np.repeat(ring()[..., None], 3, axis=2)
    profile = profile_label(of_array(values, ids=values[None]))
    assert profile.grey
    assert profile.core == {255: 0}
    assert profile.colours[255, 255, 255] == profile.counts[255]
    assert locate(of_array(values, ids=values[None]), [15]) == Place(y=43, x=43, bbox=(43, 43, 157, 157))
    values[0, 0, 0] = 1
    assert locate(of_array(values, ids=values[None]), [15]) is None


def test_a_tiny_coloured_picture_kept_as_array():
    values = np.array([[[0, 70000, 1], [0, 70000, 1]]])
    profile = profile_label(of_array(values, ids=values[None], mode="RGB"))
    assert profile.colours == {(0, 70000, 1): 2}


def test_planes_of_a_multi_label_mask_are_counted_together():
    planes = np.zeros((2, 5, 6, 8), bool)
    planes[1, 2, 3:, 4] = True
    profile = profile_label(of_array(planes))
    assert profile.counts == {0: 477, 1: 3}
    assert (profile.images, profile.height, profile.width, profile.pixels) == (2, 6, 8, 480)
    assert locate(of_array(planes), [1]) == Place(y=3, x=4, bbox=(4, 3, 5, 6), n=1)


def test_more_values_than_are_listed():
    profile = profile_label(of_array(np.arange(1600, dtype="i4").reshape(40, 40)))
    assert profile.counts is None
    assert (profile.distinct, profile.low, profile.high, profile.core) == (1600, 0, 1599, {})


def test_distinct_values_over_many_blocks(monkeypatch):
    monkeypatch.setattr(_planes, "BLOCK", 1000)
    values = np.random.default_rng(0).integers(0, 5000, (100, 100))
    assert profile_label(of_array(values)).distinct == len(np.unique(values))


def test_counting_stops_at_a_bound(monkeypatch):
    monkeypatch.setattr(_planes, "BLOCK", 1000)
    monkeypatch.setattr(_arrays, "MAX_DISTINCT", 2000)
    assert 2000 <= profile_label(of_array(np.arange(10000).reshape(100, 100))).distinct < 10000


def test_extreme_integers():
    values = np.array([[-(2**63), 2**40], [-1, -1]])
    assert profile_label(of_array(values)).counts == {-(2**63): 1, -1: 2, 2**40: 1}
    assert profile_label(of_array(values)).core == {-1: 0}
    huge = np.array([[2**64 - 1, 0]], np.uint64)
    assert profile_label(of_array(huge)).counts == {0: 1, 2**64 - 1: 1}
    assert locate(of_array(huge), [-1]) is None


FLOATS = hnp.arrays(
    st.sampled_from(["f2", "<f4", ">f8"]),
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.sampled_from([0.0, 0.5, 1.0, 3.0, -1.0, float("nan"), float("inf")]),
)


@given(plane=FLOATS)
@settings(max_examples=60)
def test_floats(plane):
    profile = profile_label(of_array(plane))
    finite = plane[np.isfinite(plane)].astype("f8")
    assert profile.nonfinite == plane.size - finite.size
    assert profile.floating
    assert profile.integral == bool((finite == np.rint(finite)).all())
    if finite.size:
        assert profile.mean == pytest.approx(finite.mean())
        assert profile.std == pytest.approx(finite.std(), abs=1e-12)
        assert (profile.low, profile.high) == (finite.min(), finite.max())
    else:
        assert profile.mean is None
        assert math.isnan(profile.low)
        assert math.isnan(profile.high)
    assert locate(of_array(plane), [math.nan]) == slow_place([plane], [math.nan])
    assert sum(profile.counts.values()) == finite.size


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f4", "f8", "longdouble"])
def test_what_to_tensor_leaves(dtype):
    k = np.array([[0, 1, 40], [255, 5, 128]])
    left = (k.astype("f4") / np.float32(255)).astype(dtype)
    assert profile_label(of_array(left)).rescaled
    off = left.copy()
    off[0, 1] *= 1.01
    assert not profile_label(of_array(off)).rescaled
    assert not profile_label(of_array(k)).rescaled
    assert not profile_label(of_array(np.full((2, 2), np.nan))).rescaled


def test_float64_division_counts_as_rescaled():
    assert profile_label(of_array(np.array([[0, 7, 255]]) / 255)).rescaled


@pytest.mark.filterwarnings("error")
def test_values_too_large_for_moments():
    profile = profile_label(of_array(np.array([[1e308, -1e308, 1e308]])))
    assert profile.std is None
    assert profile.high == 1e308


def scores_of(array, axes, kind="logits"):
    sizes = dict(zip(axes, array.shape, strict=True))
    shape = tuple(sizes.get(axis, 1) for axis in "NCHW")
    return Scores(Container("p.npy", "NPY", array.shape, array.dtype.name), array, axes, shape, kind, "why", "because")


AXES = ["HW", "CHW", "HWC", "NHW", "NCHW", "NHWC"]


@given(axes=st.sampled_from(AXES), seed=st.integers(0, 99), block=st.integers(1, 300), bad=st.integers(0, 5))
def test_predictions_in_any_layout(axes, seed, block, bad):
    rng = np.random.default_rng(seed)
    sizes = {"N": 2, "C": 3, "H": 7, "W": 5}
    array = rng.standard_normal([sizes[axis] for axis in axes])
    array.reshape(-1)[rng.choice(array.size, bad, replace=False)] = rng.choice([np.nan, np.inf, -np.inf], bad)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_planes, "BLOCK", block)
        profile = profile_scores(scores_of(array, axes))
    view = _planes.nchw(array, axes)
    finite = view[np.isfinite(view)]
    assert (profile.low, profile.high) == (finite.min(), finite.max())
    assert (profile.nan, profile.nan + profile.inf) == (np.isnan(view).sum(), bad)
    assert profile.first_bad == (tuple(np.argwhere(~np.isfinite(view))[0]) if bad else None)
    assert (profile.axes, profile.axes_reason, profile.kind_reason, profile.exact) == (axes, "because", "why", True)
    assert profile.sum_low is None


def test_sums_over_the_class_axis():
    probabilities = np.array([[0.2, 0.5], [0.7, 0.75]], "f4")[:, None]
    for kind, values in (("probabilities", probabilities), ("log-probabilities", np.log(probabilities))):
        profile = profile_scores(scores_of(values, "CHW", kind))
        assert (profile.sum_low, profile.sum_high) == pytest.approx((0.9, 1.25))
    scaled = profile_scores(scores_of(np.array([[[51, 255]], [[204, 0]]], np.uint8), "CHW", "probabilities"))
    assert (scaled.sum_low, scaled.sum_high) == pytest.approx((1, 1))
    assert (scaled.low, scaled.high) == (0, 255)
    half = profile_scores(scores_of(np.full((400, 2, 2), 1 / 400, "f2"), "CHW", "probabilities"))
    assert half.sum_low == pytest.approx(1, abs=1e-3)
    hot = profile_scores(scores_of(np.eye(2, dtype=bool)[:, None], "CHW", "probabilities"))
    assert (hot.sum_low, hot.sum_high) == (1, 1)
    assert profile_scores(scores_of(probabilities[:1], "CHW", "probabilities")).sum_low is None


def test_a_prediction_without_a_finite_value():
    profile = profile_scores(scores_of(np.full((2, 3, 4), np.nan), "CHW", "probabilities"))
    assert math.isnan(profile.low)
    assert (profile.nan, profile.first_bad, profile.sum_low) == (24, (0, 0, 0, 0), None)


def test_logits_may_be_sampled_and_probabilities_not(monkeypatch):
    monkeypatch.setattr(_planes, "SAMPLE", 40)
    array = np.zeros((3, 50, 8))
    array[1, 7, 3] = np.nan
    array[2, 49, 0] = 9
    sampled = profile_scores(scores_of(array, "CHW"), full=False)
    assert not sampled.exact
    assert (sampled.nan, sampled.high) == (0, 0)
    full = profile_scores(scores_of(array, "CHW", "probabilities"), full=False)
    assert full.exact
    assert (full.nan, full.high) == (1, 9)


@given(shape=st.tuples(*[st.integers(1, 6)] * 4), size=st.integers(1, 400))
def test_blocks_cover_everything_once_and_samples_lie_inside(shape, size):
    view = np.arange(math.prod(shape)).reshape(shape)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_planes, "BLOCK", size)
        patch.setattr(_planes, "SAMPLE", size)
        covered = np.concatenate([block.reshape(-1) for _, _, block in _planes.blocks(view)])
        rows = list(_planes.sample(view))
    assert sorted(covered.tolist()) == view.reshape(-1).tolist()
    assert len({(n, y) for n, y, _ in rows}) == len(rows)
    for n, y, block in rows:
        assert (block[:, 0] == view[n, :, y]).all()


@pytest.fixture
def saved(tmp_path):
    np.save(tmp_path / "p.npy", np.full((3, 40, 40), 2, np.float32))
    return tmp_path / "p.npy"


class Map:
    """A memory map that counts how often its pages are dropped."""

    def __init__(self):
        self.dropped = 0

    def madvise(self, _advice):
        self.dropped += 1


@pytest.mark.parametrize(("order", "writeable", "expected"), [("C", False, 1), ("C", True, 0), ("F", False, 0)])
def test_when_pages_are_let_go_of(order, writeable, expected):
    class Mapped(np.ndarray):
        pass

    array = np.zeros((3, 4, 5), order=order).view(Mapped)
    array.madvise = (owner := Map()).madvise
    array.flags.writeable = writeable
    _planes.release(array)
    assert owner.dropped == expected


@pytest.mark.parametrize("mode", ["r", "c", "r+"])
def test_memory_maps_keep_what_was_written_to_them(saved, mode):
    mapped = np.load(saved, mmap_mode=mode)
    if mode != "r":
        mapped[0, 0, 0] = 5
    assert profile_scores(scores_of(mapped, "CHW")).high == (2 if mode == "r" else 5)
    assert mapped.max() == (2 if mode == "r" else 5)
