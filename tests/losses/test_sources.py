"""However a prediction is stored, the losses are those of its logits; and what resizing does to them."""

from __future__ import annotations

import gc
import mmap
import os
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from segloss_test_samples import seeds

from segloss_cli import check_pair
from segloss_cli._planes import scattered
from segloss_cli.errors import ReadError
from segloss_cli.losses import _file_rows, _job
from segloss_cli.losses._file_rows import Descriptor, FileRows, where_stored
from segloss_cli.losses._source import Resized, Stored, from_array, from_scores
from segloss_cli.read import read_scores
from segloss_cli.scan.options import Wanted
from segloss_cli.types import Contract

CLASSES, HEIGHT, WIDTH = 3, 24, 17


def declare(**fields):
    return Contract(**fields, declared=frozenset(fields))


def softmax(z):
    e = np.exp(z - z.max(-3, keepdims=True))
    return e / e.sum(-3, keepdims=True)


@pytest.fixture
def logits():
    z = 2 * np.random.default_rng(1).standard_normal((2, CLASSES, HEIGHT, WIDTH))
    return z.astype(np.float32).astype(np.float64)


@pytest.fixture
def label(tmp_path):
    ids = np.random.default_rng(2).integers(0, CLASSES, (2, HEIGHT, WIDTH)).astype(np.uint8)
    ids[:, :3] = 255
    np.save(tmp_path / "gt.npy", ids)
    return tmp_path / "gt.npy"


# computed when asked for only: they read maps, class by class (hausdorff too, but it steps where p is 0.5)
MAPS = ("boundary", "cldice", "lovasz", "nacl", "giou:region=component")


def values(path, label, contract=None, **wanted):
    contract = contract or declare(ignore=frozenset({255}))
    found = {}
    for losses in ((), MAPS):
        report = check_pair(path, label, contract, losses=losses, wanted=Wanted(**wanted))
        found |= {
            f"{value.loss}{'' if not value.knobs else ' by component'}": value.value
            for value in report.losses
            if value.status == "ok"
        }
    return found


def compare(found, wanted, tolerance):
    assert len(found) > 3
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, rel=tolerance, abs=tolerance / 10), name


def save(path, array):
    np.save(path, array)
    return path


def without_nacl(wanted):
    """The losses that probabilities have too: nacl is of the logits themselves, which they give up to a constant."""
    return {name: value for name, value in wanted.items() if name != "nacl"}


@pytest.fixture
def plain(tmp_path, logits, label):
    return values(save(tmp_path / "plain.npy", logits), label)


NCHW = {
    "as it is": lambda z: z,
    "float32": lambda z: z.astype("<f4"),
    "big-endian float64": lambda z: z.astype(">f8"),
    "big-endian float32": lambda z: z.astype(">f4"),
    "Fortran order": np.asfortranarray,
    "Fortran order, float32": lambda z: np.asfortranarray(z.astype("<f4")),
    "channels last": lambda z: np.ascontiguousarray(np.moveaxis(z, 1, -1)),
    "channels last, Fortran order": lambda z: np.asfortranarray(np.moveaxis(z, 1, -1)),
    "channels last, big-endian": lambda z: np.ascontiguousarray(np.moveaxis(z, 1, -1)).astype(">f4"),
    "a view that is not contiguous": lambda z: np.repeat(z, 2, axis=3)[..., ::2],
}


@pytest.mark.parametrize("form", NCHW)
def test_layouts(tmp_path, logits, label, plain, form):
    compare(values(save(tmp_path / "z.npy", NCHW[form](logits)), label), plain, 1e-6)


@pytest.mark.parametrize("form", ["CHW", "HWC", "NCHW", "NHWC"])
def test_one_image(tmp_path, logits, label, form):
    one = save(tmp_path / "one.npy", np.load(label)[:1])
    plain = values(save(tmp_path / "plain.npy", logits[:1]), one)
    array = {
        "CHW": logits[0],
        "HWC": np.moveaxis(logits[0], 0, -1),
        "NCHW": logits[:1],
        "NHWC": np.moveaxis(logits[:1], 1, -1),
    }[form]
    path = save(tmp_path / "z.npy", array)
    assert read_scores(str(path), label_shape=(HEIGHT, WIDTH)).axes == form
    compare(values(path, one), plain, 1e-12)


def test_narrow_floats(tmp_path, logits, label, plain):
    half = logits.astype(np.float16)
    exact = values(save(tmp_path / "exact.npy", half.astype(np.float64)), label)
    compare(values(save(tmp_path / "half.npy", half), label), exact, 1e-6)
    compare(exact, plain, 1e-2)


def test_softmax_probabilities(tmp_path, logits, label, plain):
    compare(values(save(tmp_path / "p.npy", softmax(logits)), label), without_nacl(plain), 1e-9)
    compare(values(save(tmp_path / "p.npy", softmax(logits).astype(np.float32)), label), without_nacl(plain), 1e-5)


def test_log_probabilities(tmp_path, logits, label, plain):
    path = save(tmp_path / "logp.npy", np.log(softmax(logits)))
    assert read_scores(str(path)).kind == "log-probabilities"
    compare(values(path, label), without_nacl(plain), 1e-9)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("last", [False, True])
def test_integer_probabilities(tmp_path, logits, label, dtype, last):
    top = np.iinfo(dtype).max
    levels = np.maximum(np.rint(softmax(logits) * top), 1).astype(dtype)
    wanted = values(save(tmp_path / "z.npy", np.log(levels / top)), label, kind="logits")
    stored = np.moveaxis(levels, 1, -1) if last else levels
    compare(values(save(tmp_path / "p.npy", stored), label, kind="probabilities"), without_nacl(wanted), 1e-6)


def test_one_hot_planes_are_hard_probabilities(tmp_path, logits, label):
    ids = logits.argmax(1)
    planes = (ids[:, None] == np.arange(CLASSES)[:, None, None]).astype(np.uint8)
    hard = values(save(tmp_path / "planes.npy", planes), label)
    far = values(save(tmp_path / "far.npy", np.where(planes, 500.0, -500.0)), label)
    for name in ("dice", "jaccard", "tversky", "giou"):
        assert hard[name] == pytest.approx(far[name], rel=1e-6)
    assert "cross-entropy" not in hard, "the log of 0 is infinite"


@pytest.mark.parametrize("dtype", ["u1", "i4", "i8", ">i2", "f4"])
def test_class_ids(tmp_path, logits, label, dtype):
    """Regions of ids are those of certain logits; what needs a probability is skipped with the reason."""
    ids = logits.argmax(1)
    planes = ids[:, None] == np.arange(CLASSES)[:, None, None]
    far = values(save(tmp_path / "far.npy", np.where(planes, 500.0, -500.0)), label)
    path = save(tmp_path / "ids.npy", ids.astype(dtype))
    contract = declare(ignore=frozenset({255}), num_classes=CLASSES)
    hard = values(path, label, contract, kind="ids")
    assert set(hard) == {
        *("dice", "focal-tversky", "generalized-dice", "giou", "giou by component", "jaccard", "log-cosh-dice"),
        *("log-dice", "mcc", "sensitivity-specificity", "tversky", "boundary", "cldice", "lovasz"),
    }
    for name, value in hard.items():
        assert value == pytest.approx(far[name], rel=1e-6), name
    report = check_pair(path, label, contract, losses=["cross-entropy"], wanted=Wanted(kind="ids"))
    assert report.losses[0].status == "skipped"
    assert "class ids" in report.losses[0].reason


def test_nacl_of_probabilities_is_skipped(tmp_path, logits, label):
    path = save(tmp_path / "p.npy", softmax(logits))
    report = check_pair(path, label, declare(ignore=frozenset({255})), losses=["nacl"])
    assert report.losses[0].reason == "needs the logits themselves; probabilities give them up to a constant only"


def test_a_hinge_of_class_ids_is_skipped(tmp_path):
    ids = save(tmp_path / "ids.npy", np.asarray([[0, 1], [1, 1]], np.uint8))
    report = check_pair(ids, ids, declare(task="binary"), losses=["lovasz-hinge"], wanted=Wanted(kind="ids"))
    assert report.losses[0].reason == "needs probabilities or logits; the prediction holds class ids"


class TestOneChannel:
    @pytest.fixture
    def binary(self, tmp_path, logits):
        truth = np.random.default_rng(2).integers(0, 2, (HEIGHT, WIDTH)).astype(np.uint8)
        truth[:2] = 255
        return logits[0, 0], save(tmp_path / "gt.npy", truth)

    @pytest.mark.parametrize("shape", [(HEIGHT, WIDTH), (1, HEIGHT, WIDTH), (1, 1, HEIGHT, WIDTH), (HEIGHT, WIDTH, 1)])
    def test_layouts(self, tmp_path, binary, shape):
        z, truth = binary
        plain = values(save(tmp_path / "plain.npy", z[None]), truth)
        assert {"bce", "dice", "cross-entropy"} <= set(plain)
        compare(values(save(tmp_path / "z.npy", z.reshape(shape)), truth), plain, 1e-12)
        sigmoid = 1 / (1 + np.exp(-z))
        compare(values(save(tmp_path / "p.npy", sigmoid.reshape(shape)), truth), plain, 1e-9)

    @pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 255), (np.uint16, 65535)])
    def test_integer_probabilities(self, tmp_path, binary, dtype, top):
        z, truth = binary
        levels = np.clip(np.rint(top / (1 + np.exp(-z))), 1, top - 1).astype(dtype)
        exact = np.log(levels / top) - np.log1p(-(levels / top))
        wanted = values(save(tmp_path / "z.npy", exact), truth, kind="logits")
        compare(values(save(tmp_path / "p.npy", levels), truth, kind="probabilities"), wanted, 1e-5)

    def test_log_probabilities(self, tmp_path, binary):
        z, truth = binary
        plain = values(save(tmp_path / "z.npy", z), truth)
        compare(values(save(tmp_path / "p.npy", -np.logaddexp(0, -z)), truth, kind="log-probabilities"), plain, 1e-9)

    @pytest.mark.parametrize("dtype", ["u1", "i8", "?"])
    def test_class_ids(self, tmp_path, binary, dtype):
        """Hard Dice by hand: an id of 1 is foreground, and 0 is not."""
        z, truth = binary
        ids = z > 0
        label = np.load(truth)
        good, y = label != 255, label == 1
        tp, p, t = (ids & y & good).sum(), (ids & good).sum(), y.sum()
        contract = declare(ignore=frozenset({255}), task="binary")
        hard = values(save(tmp_path / "ids.npy", ids.astype(dtype)), truth, contract, kind="ids")
        assert hard["dice"] == pytest.approx(1 - 2 * tp / (p + t), rel=1e-6)
        assert hard["jaccard"] == pytest.approx(1 - tp / (p + t - tp), rel=1e-6)
        far = values(save(tmp_path / "far.npy", np.where(ids, 500.0, -500.0)), truth, contract)
        assert hard["giou"] == far["giou"]


@pytest.mark.parametrize("kind", ["logits", "probabilities", "log-probabilities"])
def test_multilabel_planes(tmp_path, logits, kind):
    planes = np.random.default_rng(3).integers(0, 2, logits.shape).astype(np.uint8)
    label = save(tmp_path / "planes.npy", planes)
    contract = declare(task="multilabel")
    plain = values(save(tmp_path / "plain.npy", logits), label, contract)
    p = 1 / (1 + np.exp(-logits))
    stored = {"logits": np.moveaxis(logits, 1, -1), "probabilities": p, "log-probabilities": np.log(p)}[kind]
    compare(values(save(tmp_path / "p.npy", stored), label, contract, kind=kind), plain, 1e-9)


def test_a_teacher_may_be_stored_otherwise(tmp_path, logits, label):
    teacher = np.random.default_rng(4).standard_normal(logits.shape)
    pred = save(tmp_path / "z.npy", logits)

    def kl(array, **wanted):
        path = save(tmp_path / "teacher.npy", array)
        report = check_pair(pred, label, declare(ignore=frozenset({255})), losses=["kl"], teacher=path)
        return report.losses[0].value

    plain = kl(teacher)
    q = softmax(teacher)
    good = np.load(label) != 255
    each = (q * (np.log(q) - np.log(softmax(logits)))).sum(1)
    assert plain == pytest.approx(each[good].mean(), rel=1e-9)
    assert kl(np.moveaxis(teacher, 1, -1)) == pytest.approx(plain, rel=1e-12)
    assert kl(q) == pytest.approx(plain, rel=1e-9)
    assert kl(np.log(q)) == pytest.approx(plain, rel=1e-9)


# --- resizing


def interpolated(array, size):
    return torch.nn.functional.interpolate(
        torch.from_numpy(array), size=size, mode="bilinear", align_corners=True
    ).numpy()


def read_all(source, step, dtype=np.float64):
    n, c, h, w = source.shape
    found = np.empty((n, c, h * w), dtype)
    for image in range(n):
        for a in range(0, h * w, step):
            b = min(a + step, h * w)
            block = np.empty((c, b - a), dtype)
            source.read(image, a, b, block)
            found[image, :, a:b] = block
    return found.reshape(source.shape)


sizes = st.integers(1, 12)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(seed=seeds(), stored=st.tuples(sizes, sizes), wanted=st.tuples(sizes, sizes), step=st.integers(1, 40))
def test_resizing_is_torchs_across_all_chunk_borders(seed, stored, wanted, step):
    array = np.random.default_rng(seed).standard_normal((2, 3, *stored))
    resized = Resized(from_array(array), (2, 3, *wanted))
    np.testing.assert_allclose(read_all(resized, step), interpolated(array, wanted), rtol=1e-6, atol=1e-6)
    narrow = read_all(resized, step, np.float32)
    np.testing.assert_allclose(narrow, interpolated(array.astype(np.float32), wanted), rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("wanted", [(48, 34), (50, 31), (23, 18), (9, 5)])
@pytest.mark.parametrize("last", [False, True])
def test_losses_of_a_resized_prediction(tmp_path, logits, last, wanted):
    ids = np.random.default_rng(2).integers(0, CLASSES, (2, *wanted)).astype(np.uint8)
    label = save(tmp_path / "gt.npy", ids)
    plain = values(save(tmp_path / "large.npy", interpolated(logits, wanted)), label)
    stored = np.moveaxis(logits, 1, -1) if last else logits
    path = save(tmp_path / "small.npy", stored)
    contract = declare(num_classes=CLASSES)
    compare(values(path, label, contract, resize=True), plain, 1e-9)
    with mock.patch.object(_job, "CHUNK_BYTES", 1), mock.patch.object(_job, "_PART_CHUNKS", 1):
        compare(values(path, label, contract, resize=True), plain, 1e-9)
    compare(values(path, label, contract, resize=True, device="torch-cpu"), plain, 1e-9)


def test_resizing_probabilities_resizes_their_logits(tmp_path, logits):
    """Softmax does not see what is added to all channels, so the logarithms of its output interpolate as logits do."""
    label = save(tmp_path / "gt.npy", np.random.default_rng(2).integers(0, CLASSES, (2, 40, 31)).astype(np.uint8))
    plain = values(save(tmp_path / "z.npy", logits), label, resize=True)
    compare(values(save(tmp_path / "p.npy", softmax(logits)), label, resize=True), without_nacl(plain), 1e-9)


def test_a_probability_of_zero_stays_one_where_nothing_is_mixed():
    """0 times the log of 0 is NaN: a neighbour of weight 0 must not be multiplied."""
    array = np.asarray([[[[0.0, -np.inf], [-np.inf, 0.0]]]])
    found = read_all(Resized(from_array(array), (1, 1, 3, 3)), 9)[0, 0]
    np.testing.assert_array_equal(found[::2, ::2], array[0, 0])
    assert not np.isnan(found).any()
    same = read_all(Resized(from_array(array), (1, 1, 2, 2)), 3)
    np.testing.assert_array_equal(same, array)


def test_ids_are_not_resized(tmp_path):
    pred = save(tmp_path / "ids.npy", np.asarray([[0, 1], [1, 2]], np.uint8))
    label = save(tmp_path / "gt.npy", np.zeros((4, 4), np.uint8))
    report = check_pair(pred, label, declare(num_classes=3), losses=["dice"], wanted=Wanted(resize=True))
    assert [value.status for value in report.losses] == ["skipped"]
    assert "2 x 2" in report.losses[0].reason


LAYOUTS = {
    "as the engine reads": lambda z: z,
    "channels last": lambda z: np.ascontiguousarray(np.moveaxis(z, 1, -1)),
    "half precision": lambda z: z.astype(np.float16),
    "channels last, the other byte order": lambda z: np.ascontiguousarray(np.moveaxis(z, 1, -1)).astype(">f4"),
    "Fortran order": np.asfortranarray,
    "more axes": lambda z: z[None, None],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_file_is_read_as_its_memory_map_is(tmp_path, logits, layout, dtype):
    path = save(tmp_path / "z.npy", LAYOUTS[layout](logits))
    read = from_scores(read_scores(str(path)), sigmoid=False, classes=CLASSES)
    assert isinstance(read, FileRows) == (layout != "Fortran order"), "which is not read in stretches"
    with mock.patch.object(_file_rows, "hasattr", lambda *_: False, create=True):  # as on Windows
        mapped = from_scores(read_scores(str(path)), sigmoid=False, classes=CLASSES)
    assert isinstance(mapped, Stored)
    np.testing.assert_array_equal(read_all(read, 50, dtype), read_all(mapped, 50, dtype))
    for source in (read, mapped):
        row = np.empty(30, dtype)
        source.plane(1, 2, 7, 37, row)
        np.testing.assert_array_equal(row, read_all(source, 50, dtype).reshape(2, CLASSES, -1)[1, 2, 7:37])


def test_a_part_of_a_memory_map_is_found_in_the_file(tmp_path):
    array = np.arange(60, dtype=np.int32).reshape(5, 3, 4)
    mapped = np.load(save(tmp_path / "a.npy", array), mmap_mode="r")
    file, offset = where_stored(mapped[1:][2].view(np.int16))
    found = np.empty((3, 4), np.int32)
    file.read(offset, found)
    np.testing.assert_array_equal(found, array[3])
    assert where_stored(mapped[:, ::2]) is None
    assert where_stored(np.array(mapped)) is None
    assert where_stored(np.load(tmp_path / "a.npy", mmap_mode="c")) is None, "whose changes are not in the file"


def test_a_file_is_closed_with_its_last_reader(tmp_path):
    path = save(tmp_path / "a.npy", np.zeros(3))
    file = Descriptor(str(path))
    number = file.number
    os.fstat(number)
    del file
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_a_file_that_becomes_shorter_is_an_error_of_one_line(tmp_path, logits):
    path = save(tmp_path / "z.npy", logits)
    source = from_scores(read_scores(str(path)), sigmoid=False, classes=CLASSES)
    os.truncate(path, 200)
    with pytest.raises(ReadError, match="became shorter while it was read"):
        read_all(source, 50)


def test_a_file_that_was_replaced_is_read_from_its_map(tmp_path, logits):
    """So that all that is said of a prediction is said of the same one."""
    scores = read_scores(str(path := save(tmp_path / "z.npy", logits)))
    save(tmp_path / "next.npy", logits + 1).replace(path)
    np.testing.assert_array_equal(read_all(from_scores(scores, sigmoid=False, classes=CLASSES), 50), logits)


def test_a_file_that_has_gone_is_read_from_its_map(tmp_path, logits):
    scores = read_scores(str(path := save(tmp_path / "z.npy", logits)))
    path.unlink()
    np.testing.assert_array_equal(read_all(from_scores(scores, sigmoid=False, classes=CLASSES), 50), logits)


def test_a_block_is_the_only_copy(tmp_path, logits):
    """Reading from a memory map touches the block, not the file; pages can be given back at any time."""
    path = save(tmp_path / "z.npy", logits)
    source = from_scores(read_scores(str(path)), sigmoid=False, classes=CLASSES)
    before = read_all(source, 50)
    source.release()
    np.testing.assert_array_equal(read_all(source, 50), before)
    np.testing.assert_array_equal(before, logits)


def test_a_map_is_told_when_it_is_read_here_and_there():
    """Also where that ends in an error; and what is no map is left alone."""
    told = []

    class Owner(np.ndarray):
        def madvise(self, advice):
            told.append(advice)

    view = np.zeros((2, 3)).view(Owner)[:1]
    with pytest.raises(ZeroDivisionError), scattered(view):
        assert told == [mmap.MADV_RANDOM]
        raise ZeroDivisionError
    assert told == [mmap.MADV_RANDOM, mmap.MADV_NORMAL]
    with scattered(np.zeros(3)):
        pass
    assert len(told) == 2
