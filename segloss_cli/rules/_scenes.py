"""What the rules about an image and its label share: their sizes, their pixels, and builders for the examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from segloss_cli._record import record
from segloss_cli.errors import ReadError
from segloss_cli.rules._examples import label, sized
from segloss_cli.rules._ids import is_array
from segloss_cli.rules._later import builder
from segloss_cli.types import Container, Mask, Picture, Profile, Scene

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

Size = tuple[int, int]

_BANDS = {1, 3, 4}


def picture_size(picture: Picture) -> Size | None:
    """Height and width of an image as it is stored; None where an array does not say which axes they are."""
    container = picture.container
    shape = container.shape
    if container.mode or len(shape) == 2:
        return shape[0], shape[1]
    if len(shape) != 3 or (shape[0] in _BANDS) == (shape[-1] in _BANDS):
        return None
    return (shape[1], shape[2]) if shape[0] in _BANDS else (shape[0], shape[1])


def label_size(profile: Profile) -> Size | None:
    """Height and width of a label of one image; None where there are several, or a header does not say how many."""
    unclear = is_array(profile) and profile.distinct == 0 and len(profile.container.shape) > 2
    return None if profile.images != 1 or unclear else (profile.height, profile.width)


def same_size(scene: Scene) -> bool:
    """Whether image and label are known to have one size, as stored."""
    size = picture_size(scene.picture)
    return size is not None and size == label_size(scene.label)


def turned(picture: Picture) -> bool:
    """Whether EXIF's orientation exchanges height and width."""
    return picture.container.orientation >= 5


def levels_of(pixels: Callable[[], Image.Image] | None) -> list[bytes]:
    """The rows of an image in grey; none where it has no pixels to give, or they are damaged.

    Few images are ever decoded, so that damage to some of them would be told by chance.
    """
    if pixels is None:
        return []
    try:
        image = pixels()
    except ReadError:
        return []
    return _rows(image.tobytes(), image.size[0])


def rows_of(mask: Mask, size: Size) -> list[bytes]:
    """The rows of a label of bytes in one band, made small by taking every so many-th pixel."""
    height, width = size
    image = mask.image
    if image is not None and image.mode in {"L", "P"}:
        return _rows(image.resize((width, height), 0).tobytes(), width)
    ids = mask.ids()[0]
    tall, wide = ids.shape
    down = [(2 * y + 1) * tall // (2 * height) for y in range(height)]
    along = [(2 * x + 1) * wide // (2 * width) for x in range(width)]
    # ids may be stored as floats
    return [row.tobytes() for row in ids[down][:, along].astype("u1")]


def _rows(flat: bytes, width: int) -> list[bytes]:
    return [flat[at : at + width] for at in range(0, len(flat), width)]


@builder
def picture(height: int, width: int, **facts: Any) -> Picture:
    """An image's header: an RGB JPEG, unless told otherwise; pixels are given by ``thumbnail`` and ``grey``."""
    inside = {key: facts.pop(key) for key in [*facts] if key in {"thumbnail", "grey"}}
    known = {"path": "photo.jpg", "format": "JPEG", "mode": "RGB", "dtype": "uint8", "bit_depth": 8}
    return Picture(Container(**{**known, "shape": (height, width, 3), **facts}), **inside)


@builder
def scene(image: Size, truth: Size | None = None, **facts: Any) -> Scene:
    """An image and its healthy label by their sizes, one size where only one is given; facts are the image's."""
    return Scene(picture(*image, **facts), sized(*(truth or image)))


@builder
def seen(
    rows: Sequence[Sequence[int]], photo: Sequence[Sequence[int]], counts: dict[Any, int] | None = None, **facts: Any
) -> Scene:
    """An image and its label by their pixels: rows of ids beside rows of grey levels."""
    known = counts if counts is not None else _counts(rows)
    size = len(rows), len(rows[0])
    inside = {key: facts.pop(key) for key in [*facts] if key.startswith("label_")}
    stated = {key.removeprefix("label_"): fact for key, fact in inside.items()}
    profile = label(known, **{"shape": size, "height": size[0], "width": size[1], **stated})
    pixels: Any = partial(Drawing, photo)
    mask = Mask(profile.container, ids=_ids(rows))
    return Scene(picture(len(photo), len(photo[0]), thumbnail=pixels, grey=pixels, **facts), profile, mask)


def _counts(rows: Sequence[Sequence[int]]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for row in rows:
        for value in row:
            found[value] = found.get(value, 0) + 1
    return found


def _ids(rows: Sequence[Sequence[int]]) -> Callable[[], NDArray[Any]]:
    def ids() -> NDArray[Any]:
        import numpy as np

        return np.array([rows])

    return ids


@record(frozen=True)
class Drawing:
    """A picture in an example: as much of Pillow's as the rules ask for, which must not import Pillow."""

    rows: Sequence[Sequence[int]]

    @property
    def size(self) -> Size:
        """Width and height."""
        return len(self.rows[0]), len(self.rows)

    def tobytes(self) -> bytes:
        """The grey levels, row by row."""
        return b"".join(bytes(row) for row in self.rows)
