"""Rules about an image and its label, on files: what they say, and on which healthy pairs they are silent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segloss_cli import rules
from segloss_cli.profile import profile_label
from segloss_cli.read import read_container, read_label, read_picture
from segloss_cli.rules._examples import array, declared, header, label
from segloss_cli.rules._likeness import grid_of, likeness, shrunk
from segloss_cli.rules._scenes import label_size, levels_of, picture, picture_size, rows_of, scene, seen
from segloss_cli.scan._headers import profile_of
from segloss_cli.types import Contract, Mask, Picture, Scene

CODES = ("SL501", "SL502", "SL503", "SL504", "SL505")
ENTRIES = tuple(entry for entry in rules.catalogue() if entry.code in CODES)
NOTHING = Contract()
RNG = np.random.default_rng(7)


def found(record, contract=NOTHING):
    return list(rules.judge(record, contract, ENTRIES))


def codes(record, contract=NOTHING):
    return [finding.code for finding in found(record, contract)]


def photo(height=120, width=160, seed=3):
    """A picture in colour, smooth and with texture, as photos are."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    base = 90 + 60 * np.sin(x / 17 + seed) + 40 * np.cos(y / 11 - seed)
    bands = [base + shift + rng.normal(0, 6, (height, width)) for shift in (0, 15, -20)]
    return Image.fromarray(np.clip(np.stack(bands, -1), 0, 255).astype(np.uint8))


def drawn(height=120, width=160, classes=6):
    """A label that is full of classes, 1 and up."""
    y, x = np.mgrid[:height, :width]
    return Image.fromarray((1 + (x // 13 + y // 11 * 3) % classes).astype(np.uint8))


@pytest.fixture
def pair(tmp_path):
    def build(image, truth, form="png", **options):
        paths = str(tmp_path / f"photo.{form}"), str(tmp_path / "gt.png")
        image.save(paths[0], **options)
        if isinstance(truth, np.ndarray):
            paths = paths[0], str(tmp_path / "gt.npy")
            np.save(paths[1], truth)
        else:
            truth.save(paths[1])
        mask = read_label(paths[1])
        return Scene(read_picture(paths[0]), profile_label(mask), mask)

    return build


def test_all_of_them_are_about_scenes():
    assert [entry.code for entry in ENTRIES] == [*CODES]
    assert all(entry.rule.about == "scene" for entry in ENTRIES)
    shallow = {entry.code for entry in ENTRIES if entry.rule.depth == "container"}
    assert shallow == {"SL501", "SL502", "SL504"}


# ---------------------------------------------------------------- healthy pairs


@pytest.mark.parametrize(("form", "options"), [("png", {}), ("jpg", {"quality": 90}), ("tif", {}), ("bmp", {})])
def test_a_healthy_pair(pair, form, options):
    assert found(pair(photo(), drawn(), form, **options)) == []
    assert found(pair(photo().convert("L"), drawn(), form, **options)) == []


def test_an_upright_tag_is_no_fault(pair):
    exif = Image.Exif()
    exif[274] = 1
    assert found(pair(photo(), drawn(), "jpg", exif=exif)) == []


@pytest.mark.parametrize("shape", [(3, 120, 160), (3, 120, 160, 1)])
def test_arrays_of_several_images_have_no_size_to_compare(pair, shape):
    assert found(pair(photo(), np.ones(shape, np.uint8))) == []


def test_an_array_with_an_axis_of_one_is_one_image(pair):
    assert found(pair(photo(), np.asarray(drawn())[None])) == []
    assert codes(pair(photo(), np.asarray(drawn())[None, :-1])) == ["SL501"]


def test_soft_masks_and_mattes(pair):
    """Many grey levels, which follow the picture as a cut-out does, and are not the picture."""
    image = photo()
    matte = np.clip(np.asarray(image.convert("L")).astype(int) * 4 - 300, 0, 255).astype(np.uint8)
    record = pair(image, Image.fromarray(matte))
    assert record.label.distinct > 50
    assert found(record) == []


def test_instance_maps_of_16_bits(pair):
    ids = RNG.integers(0, 34_000, (12, 16)).repeat(10, 0).repeat(10, 1).astype(np.uint16)
    assert found(pair(photo(), Image.fromarray(ids))) == []


def test_many_colours_that_are_ids(pair):
    """COCO panoptic: as many colours as segments, on every picture other ones."""
    ids = RNG.integers(0, 256, (12, 16, 3)).repeat(10, 0).repeat(10, 1).astype(np.uint8)
    assert found(pair(photo(), Image.fromarray(ids))) == []


def test_headers_alone(tmp_path):
    """Labels whose header alone is known: sizes are compared, pixels are not asked for."""
    photo(100, 80).save(tmp_path / "photo.jpg")
    for name, expected in (("same.png", []), ("other.png", ["SL501"])):
        drawn(100, 80 + len(expected)).save(tmp_path / name)
        profile = profile_of(read_container(str(tmp_path / name)))
        stored = read_picture(str(tmp_path / "photo.jpg"))
        assert codes(Scene(stored, profile)) == expected
        assert codes(Scene(Picture(stored.container), profile)) == expected


# ---------------------------------------------------------------- sizes and orientation


@given(st.integers(1, 4000), st.integers(1, 4000), st.integers(1, 4000), st.integers(1, 4000), st.integers(1, 8))
def test_sizes_are_told_once_and_only_where_they_differ(height, width, h, w, orientation):
    record = scene((height, width), (h, w), orientation=orientation)
    told = codes(record)
    upright = (width, height) if orientation >= 5 else (height, width)
    assert ("SL501" in told) == ((h, w) not in {(height, width), upright})
    assert ("SL502" in told) == (orientation != 1)
    errors = [finding for finding in found(record) if finding.severity == "error"]
    assert len(errors) == int((h, w) != (height, width))


@given(st.integers(2, 500), st.integers(2, 500), st.integers(2, 8))
def test_factors_are_named(height, width, factor):
    small, large = (height, width), (height * factor, width * factor)
    assert f"the image is {factor} times as large" in found(scene(large, small))[0].message
    assert f"the label is {factor} times as large" in found(scene(small, large))[0].message
    assert found(scene(large, small), declared(options={"SL501.factor": float(factor)})) == []
    assert found(scene(small, large), declared(options={"SL501.factor": float(factor)})) != []


@pytest.mark.parametrize("orientation", [6, 8])
@pytest.mark.parametrize("form", ["jpg", "png", "tif"])
def test_a_label_drawn_on_the_turned_photo(pair, form, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    told = found(pair(photo(), drawn(160, 120), form, exif=exif))
    assert [(finding.code, finding.severity) for finding in told] == [("SL502", "error")]
    assert told[0].evidence == {"orientation": orientation, "image": [120, 160], "label": [160, 120]}


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_label_of_the_stored_size(pair, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    told = found(pair(photo(), drawn(), "jpg", exif=exif))
    assert [(finding.code, finding.severity, finding.certainty) for finding in told] == [("SL502", "warning", "proof")]


def test_an_array_of_images_says_nothing_about_exif():
    hits = found(Scene(picture(8, 6, orientation=6), array(shape=(4, 6, 8), images=4, height=6, width=8)))
    assert [hit.code for hit in hits] == ["SL502"]
    assert hits[0].evidence["label"] is None


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((480, 640), (480, 640)),
        ((3, 480, 640), (480, 640)),
        ((480, 640, 3), (480, 640)),
        ((480, 640, 4), (480, 640)),
        ((1, 480, 640), (480, 640)),
        ((3, 640, 3), None),
        ((8, 480, 640), None),
        ((2, 3, 480, 640), None),
        ((640,), None),
    ],
)
def test_which_axes_of_an_array_are_height_and_width(shape, size):
    assert picture_size(picture(9, 9, mode="", format="NPY", shape=shape)) == size


def test_sizes_of_labels():
    assert label_size(label(shape=(4, 25), height=4, width=25)) == (4, 25)
    assert label_size(array(images=3)) is None
    assert label_size(header(array(shape=(3, 4, 5)))) is None
    assert label_size(header(array(shape=(4, 5), height=4, width=5))) == (4, 5)


# ---------------------------------------------------------------- fill at the border


def filled(image, angle, fill, how):
    return image.rotate(angle, how, fillcolor=fill)


@pytest.mark.parametrize("angle", [-30, -15, 10, 20])
@pytest.mark.parametrize("form", ["jpg", "png"])
@pytest.mark.parametrize("grey", [0, 114, 255])
def test_a_rotation_that_filled_in_0(pair, angle, form, grey):
    image = filled(photo(), angle, (grey,) * 3, Image.Resampling.BILINEAR)
    truth = filled(drawn(), angle, 0, Image.Resampling.NEAREST)
    told = found(pair(image, truth, form))
    assert [(finding.code, finding.severity, finding.certainty) for finding in told] == [("SL503", "info", "hint")]
    assert "wedges in 4 corners of 0" in told[0].message
    assert 0.03 < told[0].evidence["share"] < 0.3


@pytest.mark.parametrize(
    ("box", "where"),
    [
        ((0, 20), "the bottom and the top"),
        ((30, 0), "the left and the right"),
        ((30, 20), "the bottom and the left and the right and the top"),
    ],
)
def test_padding_that_filled_in_0(pair, box, where):
    def padded(image, mode):
        whole = Image.new(mode, (160 + 2 * box[0], 120 + 2 * box[1]))
        whole.paste(image, box)
        return whole

    told = found(pair(padded(photo(), "RGB"), padded(drawn(), "L")))
    assert [finding.code for finding in told] == ["SL503"]
    assert f"bands at {where} of 0" in told[0].message


def test_padding_of_an_array(pair):
    image = np.asarray(photo()).copy()
    truth = np.asarray(drawn()).astype(np.int64)
    image[:30], truth[:30] = 0, 0
    assert codes(pair(Image.fromarray(image), truth)) == ["SL503"]
    assert codes(pair(Image.fromarray(image), truth == 0)) == []


def test_fill_that_is_ignored_or_not_there_in_the_image(pair):
    image = filled(photo(), 15, (0, 0, 0), Image.Resampling.BILINEAR)
    truth = filled(drawn(), 15, 0, Image.Resampling.NEAREST)
    assert found(pair(image, truth), declared(num_classes=7, ignore={0})) == []
    assert found(pair(image, truth), declared(num_classes=6, reduce_zero_label=True)) == []
    assert found(pair(photo(), truth)) == []
    void = filled(drawn(), 15, 255, Image.Resampling.NEAREST)
    assert found(pair(image, void)) == []
    assert found(pair(image, void), declared(num_classes=7, ignore={255})) == []
    assert codes(pair(image, void), declared(num_classes=7, ignore={254})) == ["SL503"]


def test_background_at_the_border_is_no_fill(pair):
    """Objects in the middle of a picture on an even ground: there is no straight edge that the label shows."""
    truth = np.zeros((120, 160), np.uint8)
    y, x = np.mgrid[:120, :160]
    truth[(y - 60) ** 2 + (x - 80) ** 2 < 45**2] = 1
    image = np.where(truth[..., None] > 0, np.asarray(photo()), 0).astype(np.uint8)
    assert found(pair(Image.fromarray(image), Image.fromarray(truth))) == []
    fundus = Image.fromarray((truth * 255).astype(np.uint8))
    assert found(pair(Image.fromarray(image), fundus)) == []


def test_a_small_copy_that_misses_all_but_the_fill(pair):
    truth = np.ones((128, 128), np.uint8)
    truth[1::2, 1::2] = 0
    assert found(pair(photo(128, 128), Image.fromarray(truth))) == []


def test_tiny_pictures(pair):
    for height, width in ((1, 1), (2, 1), (3, 9)):
        truth = np.zeros((height, width), np.uint8)
        truth[-1, -1] = 1
        assert found(pair(photo(height, width), Image.fromarray(truth))) == []


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(2, 40), st.floats(0, 1))
def test_fill_is_never_found_in_noise(seed, height, width, part):
    rng = np.random.default_rng(seed)
    ids = (rng.random((height, width)) > part).astype(int).tolist()
    grey = rng.integers(0, 256, (height, width)).tolist()
    assert "SL503" not in codes(seen(ids, grey))


def test_pixels_that_cannot_be_read_are_not_compared(pair, tmp_path):
    record = pair(photo(), Image.fromarray(np.asarray(photo().convert("L"))))
    assert codes(record) == ["SL505"]
    path = tmp_path / "photo.png"
    path.write_bytes(path.read_bytes()[:-9000])
    record = Scene(read_picture(str(path)), record.label, record.mask)
    assert levels_of(record.picture.grey) == []
    assert found(record) == []
    image, truth = (filled(one, 15, 0, Image.Resampling.NEAREST) for one in (photo(), drawn()))
    padded = pair(image, truth, "jpg")
    assert codes(padded) == ["SL503"]
    damaged = Scene(read_picture(padded.picture.path), padded.label, padded.mask)
    (tmp_path / "photo.jpg").unlink()
    assert found(damaged) == []


# ---------------------------------------------------------------- modes


@pytest.mark.parametrize(
    ("mode", "form", "says"),
    [
        ("RGBA", "png", "4 channels"),
        ("LA", "png", "2 channels"),
        ("RGBA", "webp", "4 channels"),
        ("P", "png", "palette"),
        ("P", "gif", "palette"),
        ("CMYK", "jpg", "inks"),
        ("CMYK", "tif", "inks"),
        ("LAB", "tif", "not red, green and blue"),
        ("I;16", "png", "16 bits"),
        ("I;16", "tif", "16 bits"),
        ("I", "tif", "32 bits"),
        ("F", "tif", "32 bits"),
    ],
)
def test_modes_that_readers_take_differently(pair, mode, form, says):
    if mode == "I;16":
        image = Image.fromarray(np.asarray(photo().convert("L")).astype(np.uint16) * 200)
    else:
        image = Image.new("LAB", (160, 120)) if mode == "LAB" else photo().convert(mode)
    if mode == "RGBA":
        image.putalpha(99)
    told = found(pair(image, drawn(), form))
    assert [(finding.code, finding.severity) for finding in told] == [("SL504", "warning")]
    assert says in told[0].message


# ---------------------------------------------------------------- the image in the label's place


LABELS = {
    "grey": (lambda image: image.convert("L"), "error"),
    "coloured": (lambda image: image, "error"),
    "alpha": (lambda image: image.convert("RGBA"), "error"),
    "grey and alpha": (lambda image: image.convert("LA"), "error"),
    "an array": (np.asarray, "error"),
    "a grey array": (lambda image: np.asarray(image.convert("L")).astype(np.int64), "error"),
    "16 bits": (lambda image: Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257), "error"),
    "a little brighter": (lambda image: Image.eval(image.convert("L"), lambda level: min(level + 4, 255)), "warning"),
    "a palette": (lambda image: image.quantize(128), "warning"),
}


@pytest.mark.parametrize("name", LABELS)
def test_the_photo_as_label(pair, name):
    make, severity = LABELS[name]
    told = [finding for finding in found(pair(photo(), make(photo()))) if finding.code != "SL503"]
    assert [(finding.code, finding.severity) for finding in told] == [("SL505", severity)]
    assert told[0].certainty == ("proof" if severity == "error" else "likely")
    assert ("the photo itself" in told[0].message) == (name in {"coloured", "alpha", "an array"})


def test_a_copy_that_was_compressed_once_more(pair, tmp_path):
    photo().save(tmp_path / "once.jpg", quality=80)
    told = found(pair(photo(), Image.open(tmp_path / "once.jpg").convert("L")))
    assert [(finding.code, finding.severity) for finding in told] == [("SL505", "warning")]
    assert "stored once more" in told[0].message


def test_another_photo_as_label_is_told_by_other_rules(pair):
    assert found(pair(photo(), photo(seed=8).convert("L"))) == []
    assert found(pair(photo(), photo().convert("L").transpose(Image.Transpose.FLIP_LEFT_RIGHT))) == []
    assert found(pair(photo(), Image.eval(photo().convert("L"), lambda level: 255 - level))) == []


def test_the_label_as_image(pair):
    truth = drawn()
    truth.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0, 0, 0, 128, 128, 0, 128, 0, 128, 128])
    assert codes(pair(truth, truth)) == ["SL504", "SL505"]
    assert codes(pair(truth, truth.transpose(Image.Transpose.FLIP_TOP_BOTTOM))) == ["SL504"]


def test_many_colours_of_few_greys(pair):
    """64 blues are 8 greys: too few to say that a picture is the same."""
    blues = np.zeros((120, 160, 3), np.uint8)
    blues[..., 2] = np.arange(160) * 64 // 160
    record = pair(Image.fromarray(blues), Image.fromarray(blues))
    assert record.label.distinct == 64
    assert found(record) == []


def test_planes_and_fractions_are_not_compared(pair):
    grey = np.asarray(photo().convert("L"))
    assert found(pair(photo(), grey), declared(task="multilabel")) == []
    assert found(pair(photo(), grey.astype(np.float32) / 255)) == []
    assert found(pair(photo(), grey.astype(np.int32) - 300)) == []


def test_an_image_without_pixels(tmp_path):
    grey = np.asarray(photo().convert("L"))
    np.save(tmp_path / "photo.npy", grey)
    mask = read_label(str(tmp_path / "photo.npy"))
    assert found(Scene(read_picture(str(tmp_path / "photo.npy")), profile_label(mask), mask)) == []


@given(st.integers(0, 2**32 - 1), st.integers(1, 200), st.integers(1, 200))
def test_a_picture_is_most_like_itself(seed, height, width):
    rng = np.random.default_rng(seed)
    one = rng.integers(0, 256, (height, width)).astype(np.uint8)
    assert likeness(one, one) == (0, 0.0)
    other = np.clip(one.astype(int) + rng.integers(-9, 10, one.shape), 0, 255).astype(np.uint8)
    difference = np.abs(one.astype(int) - other)
    found = likeness(other, one)
    assert found.worst == difference.max()
    assert found.distance == pytest.approx((difference.astype(float) ** 2).mean() ** 0.5 / max(one.std(), 1), rel=1e-6)


@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_shrinking_keeps_the_mean(height, width, data):
    shape = data.draw(st.integers(1, min(height, 64))), data.draw(st.integers(1, min(width, 64)))
    level = data.draw(st.integers(0, 255))
    assert (shrunk(np.full((height, width), level, np.uint8), shape) == level).all()
    assert shrunk(np.zeros((height, width), np.uint8), shape).shape == shape


def test_large_pictures_are_compared_strip_by_strip(monkeypatch):
    from segloss_cli.rules import _likeness

    one, other = RNG.integers(0, 256, (2, 50, 70)).astype(np.uint8)
    whole = likeness(one, other)
    monkeypatch.setattr(_likeness, "STRIP", 140)
    assert likeness(one, other) == whole


@given(st.integers(1, 200), st.integers(1, 200))
def test_small_copies_of_pictures_and_arrays_agree(height, width):
    y, x = np.mgrid[:height, :width]
    ids = ((y * 7 + x * 3) % 250).astype(np.uint8)
    container = label().container
    size = min(height, 64), min(width, 64)
    image = rows_of(Mask(container, image=Image.fromarray(ids)), size)
    assert image == rows_of(Mask(container, ids=lambda: ids[None]), size)
    assert grid_of(image).shape == size
