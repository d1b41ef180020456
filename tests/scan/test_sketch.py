import numpy as np
import pytest
from PIL import Image

from segloss_cli.scan.sketch import Ids, folders_of, ids_of, spread
from segloss_cli.types import Sample


def png(path, ids):
    Image.fromarray(np.asarray(ids, dtype=np.uint8)).save(path)
    return str(path)


def stripes(*values, size=32):
    return np.repeat(np.resize(values, size), size).reshape(size, size)


def ring(inside, border=255, size=40):
    ids = np.zeros((size, size))
    ids[10:30, 10:30] = border
    ids[11:29, 11:29] = inside
    return ids


def test_ids_are_counted_by_label(tmp_path):
    paths = [png(tmp_path / "a.png", stripes(0, 1, 2)), png(tmp_path / "b.png", stripes(0, 2))]
    ids, profiles = ids_of(paths)
    assert ids.values == {0: 2, 1: 1, 2: 2}
    assert (ids.labels, ids.looked, ids.classes, ids.gaps, ids.void) == (2, 2, 3, False, ())
    assert ids.complete
    assert [profile.path for profile in profiles] == paths


def test_a_thin_border_of_255_is_void(tmp_path):
    ids, _ = ids_of([png(tmp_path / "a.png", ring(1)), png(tmp_path / "b.png", ring(2))])
    assert (ids.void, ids.thin, ids.classes) == ((255,), (255,), 3)


def test_areas_of_255_are_void_by_their_value(tmp_path):
    ids, _ = ids_of([png(tmp_path / "a.png", np.repeat([0, 1, 255, 255], 1024).reshape(64, 64))])
    assert (ids.void, ids.thin, ids.classes) == ((255,), (), 2)


def test_a_void_of_unknown_shape_is_not_thin(tmp_path):
    np.save(tmp_path / "a.npy", stripes(0, 1, -1).astype(np.int32))
    ids, profiles = ids_of([str(tmp_path / "a.npy")])
    assert ids.void == (-1,)
    assert ids.thin == () or -1 in profiles[0].core


@pytest.mark.parametrize("value", [255, 3])
def test_white_alone_is_no_void(tmp_path, value):
    ids, _ = ids_of([png(tmp_path / "a.png", stripes(0, value))])
    assert (ids.white, ids.void, ids.classes, ids.gaps) == (value, (), None, False)


@pytest.mark.parametrize("values", [{}, {-5: 1, 0: 1, 1: 1}, {0: 1, 1: 1, 26001: 1}])
def test_ids_that_do_not_tell_how_many_classes_there_are(values):
    assert Ids(values=values).classes is None
    assert not Ids(values=values).gaps


def test_gaps_say_that_more_may_be_missing():
    assert Ids(values={0: 1, 2: 1}).white == 2
    assert Ids(values={0: 1, 2: 1, 3: 1}).gaps
    assert not Ids(values={0: 1, 1: 1}).gaps


def test_a_grey_picture_has_no_void(tmp_path):
    ids, _ = ids_of([png(tmp_path / "a.png", np.arange(256).reshape(16, 16))])
    assert (ids.void, ids.classes) == ((), None)


def test_what_holds_no_ids_is_counted_apart(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(rgb).save(tmp_path / "a.png")
    Image.fromarray(rgb[:, :, 0]).save(tmp_path / "b.jpg")
    np.save(tmp_path / "c.npy", np.linspace(0, 1, 64).reshape(8, 8))
    (tmp_path / "d.png").write_bytes(b"")
    ids, profiles = ids_of([str(tmp_path / name) for name in ("a.png", "b.jpg", "c.npy", "d.png")])
    assert (ids.coloured, ids.odd, ids.unread, ids.values) == (1, 2, 1, {})
    assert len(profiles) == 3
    assert not ids.complete


def test_of_many_labels_some_are_looked_at(tmp_path):
    paths = [png(tmp_path / f"{i}.png", stripes(0, i)) for i in range(6)]
    ids, _ = ids_of(paths, limit=2)
    assert (ids.labels, ids.looked, ids.values) == (6, 2, {0: 2, 3: 1})
    assert not ids.complete
    assert spread(paths, 3) == (paths[0], paths[2], paths[4])


@pytest.mark.parametrize(
    ("samples", "folders"),
    [
        ([], {}),
        ([Sample(label="d/masks/a.png")], {}),
        ([Sample(label="d/m/a.png", prediction="d/p/a.npy")], {"label": "d/m", "prediction": "d/p"}),
        (
            [Sample("d/m/t/a.png", "d/i/t/a.jpg"), Sample("d/m/v/a.png", "d/i/v/a.jpg")],
            {"label": "d/m", "image": "d/i"},
        ),
        ([Sample("d/a.png", "d/a.jpg")], {}),
        ([Sample("d/masks/a.png", "d/a.jpg")], {}),
        ([Sample("d/t/m/a.png", "d/t/i/a.jpg"), Sample("d/v/m/a.png", "d/v/i/a.jpg")], {}),
        ([Sample("m/a.png", "a.jpg")], {}),
        ([Sample("d/mask/a.png", "d/masks/a.jpg")], {"label": "d/mask", "image": "d/masks"}),
    ],
)
def test_folders_by_role(samples, folders):
    assert folders_of(samples) == folders
