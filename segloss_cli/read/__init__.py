"""Bytes -> Mask | Scores: one file per kind of content; what a file is, its first bytes decide, never its suffix.

A reader file declares ``FORMAT``, ``matches(head)`` and ``decode(path, member)``, which gives a
:class:`~segloss_cli.read._source.Decoded`; adding a format adds one file. One that also has ``from_bytes(path, data)``
spares small files a second reading. What the decoded values stand for is settled here alike for all formats:
:mod:`._labels` for labels, :mod:`._scores` for predictions.

Importing this package, and reading an 8-bit PNG label, imports no NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from segloss_cli.read._registry import decode, reader

if TYPE_CHECKING:
    from segloss_cli.types import Container, Kind, Mask, Picture, Scores, Task

__all__ = ["read_container", "read_label", "read_picture", "read_scores", "role", "sniff"]


def sniff(path: str) -> str:
    """The format of a file by its content: "PNG", "NPY", "NPZ", "JPEG", "TIFF", "GIF", "BMP", "WEBP", ...

    Raises:
        ReadError: the file is missing, unreadable, no regular file (a FIFO is never opened), empty, or holds neither
            a picture nor an array; the reason says what it holds and what to do.
    """
    return str(reader(path).FORMAT)


def read_container(path: str, *, member: str | None = None) -> Container:
    """The facts of a file from its header alone, where the format allows: of an ordinary PNG, from its first 4 KiB.

    Damage behind the header goes unnoticed, and an alpha band is called opaque. TIFF, WEBP, JPEG 2000 and ``.npz`` are
    decoded whole, as their headers do not say all.

    Args:
        path: the file.
        member: the array to take from an ``.npz`` with several.

    Raises:
        ReadError: the header cannot be read.
    """
    from segloss_cli.read._png_header import png_header

    known = png_header(path)
    if known is not None:
        return known
    from segloss_cli.read._container import container_at

    return container_at(path, member)


def read_label(path: str, *, member: str | None = None, task: Task | None = None) -> Mask:
    """Read one label file; nothing in it is rescaled, converted or guessed at.

    Pictures keep their palette indices and stored grey levels (Pillow's scaling of 2- and 4-bit grey is undone).
    Arrays may be (H, W), (N, H, W), with one axis of length 1 more at either side, or (H, W, 3 | 4) integers, which
    are colours; ``Mask.container.shape`` stays as stored. With ``task="multilabel"`` arrays are planes, (C, H, W) or
    (N, C, H, W), and ``Mask.ids()`` then gives (N, C, H, W) instead of (N, H, W).

    Args:
        path: the file.
        member: the array to take from an ``.npz`` with several; other formats hold one and take no notice of it.
        task: what the label is for; only "multilabel" changes the reading.

    Raises:
        ReadError: the file cannot be read as a label.

    Example:
        >>> import pathlib, tempfile, numpy
        >>> path = pathlib.Path(tempfile.mkdtemp(), "gt.npy")
        >>> numpy.save(path, numpy.zeros((1, 4, 6), "uint8"))
        >>> mask = read_label(str(path))
        >>> mask.container.shape, mask.ids().shape
        ((1, 4, 6), (1, 4, 6))
    """
    from segloss_cli.read._labels import mask_of

    return mask_of(decode(path, member), task)


def read_picture(path: str) -> Picture:
    """Read the header of the image that belongs to a label; no pixel is decoded before one is asked for.

    Facts are as stored: EXIF's orientation is recorded and never applied, and an alpha band is called opaque. Images
    may be arrays too; these have no ``thumbnail`` and no ``grey``. Both raise ReadError where the pixels turn out to
    be damaged.

    Raises:
        ReadError: the file cannot be read, is no picture, or is larger than any that is decoded in good faith.

    Example:
        >>> import pathlib, tempfile
        >>> from PIL import Image
        >>> path = pathlib.Path(tempfile.mkdtemp(), "photo.jpg")
        >>> Image.new("RGB", (640, 480)).save(path)
        >>> picture = read_picture(str(path))
        >>> picture.container.shape, picture.thumbnail().size
        ((480, 640, 3), (64, 48))
    """
    from segloss_cli.read import _scene

    return _scene.read_picture(path)


def read_scores(
    path: str,
    *,
    member: str | None = None,
    kind: Kind | None = None,
    task: Task | None = None,
    num_classes: int | None = None,
    label_shape: tuple[int, int] | None = None,
) -> Scores:
    """Read one prediction file; a ``.npy`` stays memory-mapped, and is never held in memory whole.

    Arrays may be (C, H, W), (N, C, H, W), (H, W), (N, H, W), or have their channels last; pictures are maps of
    probabilities (8 or 16 bits) or class ids. ``Scores.array`` has the stored layout and dtype. Where the kind is
    "probabilities" and the dtype an integer, a value v stands for v / iinfo(dtype).max; planes of 0 and 1 come as
    bool, so that they are not scaled.

    Args:
        path: the file.
        member: the array to take from an ``.npz`` with several.
        kind: what the values are; None lets the values decide.
        task: "binary" makes (N, H, W) images of one channel rather than channels of one image.
        num_classes: the declared number of channels, which tells the axes apart.
        label_shape: (height, width) of the label, which tells them apart too.

    Raises:
        ReadError: the file cannot be read as a prediction.

    Example:
        >>> import pathlib, tempfile, numpy
        >>> path = pathlib.Path(tempfile.mkdtemp(), "pred.npy")
        >>> numpy.save(path, numpy.linspace(-4, 4, 480, dtype="float32").reshape(3, 10, 16))
        >>> scores = read_scores(str(path))
        >>> scores.axes, scores.shape, scores.kind
        ('CHW', (1, 3, 10, 16), 'logits')
    """
    from segloss_cli.read._scores import scores_of

    return scores_of(decode(path, member), kind, task, num_classes, label_shape)


def role(path: str, *, member: str | None = None) -> tuple[Literal["label", "prediction"], str]:
    """Whether a file is a label or a prediction, and why that is thought.

    Pictures and integer arrays are labels; floating arrays are labels where all values are whole numbers or
    k/255 (what ``ToTensor`` leaves), and predictions otherwise.

    Raises:
        ReadError: the file cannot be read.
    """
    form = sniff(path)
    if form not in {"NPY", "NPZ"}:
        return "label", f"a picture ({form})"
    from segloss_cli.read._role import role_of

    return role_of(decode(path, member))
