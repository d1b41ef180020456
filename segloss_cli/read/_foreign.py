"""What a file is that is neither picture nor array, told from its first bytes, and what to do about it."""

from __future__ import annotations

_LFS = b"version https://git-lfs.github.com/spec/"
_MAGIC = (
    (_LFS, "is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`"),
    (b"/annex/objects/", "is a git-annex pointer, not the file itself; fetch it with `git annex get`"),
    (b"\x89HDF", "is an HDF5 or MATLAB 7.3 file; save the array with numpy.save"),
    (b"MATLAB 5.0", "is a MATLAB file; save the array with numpy.save"),
    (b"%PDF", "is a PDF, not a picture"),
    (b"\x1f\x8b", "is gzip-compressed; unpack it first"),
    (b"7z\xbc\xaf", "is a 7z archive; unpack it first"),
    (b"Rar!", "is a RAR archive; unpack it first"),
    (b"{\\rtf", "is a text document, not a picture"),
    (b"8BPS", "is a Photoshop document; export it as PNG"),
)
_MARKUP = (
    (b"<!doctype html", "is a web page saved under this name, not a picture; download the file itself again"),
    (b"<html", "is a web page saved under this name, not a picture; download the file itself again"),
    (b"<svg", "is an SVG drawing; render it to PNG first"),
    (b"<?xml", "is an XML file, not a picture or an array"),
    (b"{", "is a JSON or text file, not a picture or an array"),
    (b"[", "is a JSON or text file, not a picture or an array"),
)
_PICKLE = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))


def describe(head: bytes) -> str:
    """One line: what these first bytes are, and the remedy.

    >>> describe(b"version https://git-lfs.github.com/spec/v1")
    'is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`'
    """
    for magic, what in _MAGIC:
        if head.startswith(magic):
            return what
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for magic, what in _MARKUP:
        if start.startswith(magic):
            return what
    if head.startswith(_PICKLE):
        return "is a Python pickle, which could run code and is never loaded; save the array with numpy.save"
    if _is_text(head):
        return "is a text file, not a picture or an array"
    shown = head[:8].hex(" ")
    return f"is neither a picture nor an array that segloss knows (first bytes {shown}); save it as PNG or .npy"


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8", "strict") if len(head) < 4096 else head[:-3].decode("utf-8", "ignore")
    except UnicodeDecodeError:
        return False
    return all(c.isprintable() or c.isspace() for c in text)
