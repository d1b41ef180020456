import builtins
import gzip
import io
import os
import socket

import numpy as np
import pytest
from PIL import Image

from segloss_cli import _plugins
from segloss_cli.errors import ReadError
from segloss_cli.read import _source, read_label, read_scores, role, sniff


def picture(form, mode="L", **options):
    file = io.BytesIO()
    Image.new(mode, (8, 6)).save(file, form, **options)
    return file.getvalue()


def array():
    file = io.BytesIO()
    np.save(file, np.zeros((2, 2)))
    return file.getvalue()


CONTENT = {
    "PNG": picture("PNG"),
    "JPEG": picture("JPEG"),
    "TIFF": picture("TIFF"),
    "GIF": picture("GIF"),
    "BMP": picture("BMP"),
    "WEBP": picture("WEBP"),
    "PNM": picture("PPM"),
    "NPY": array(),
}
FOREIGN = {
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n": "Git LFS pointer.*git lfs pull",
    b"/annex/objects/SHA256E-s9--0.png\n": "git-annex pointer.*git annex get",
    b"<!DOCTYPE html><html><title>404</title>": "web page",
    b"\xef\xbb\xbf \n<HTML>": "web page",
    b"<svg xmlns='x'/>": "SVG drawing",
    b"<?xml version='1.0'?>": "XML",
    b'{"shapes": []}': "JSON",
    b"[1, 2]": "JSON",
    b"hello\n": "text file",
    "größe\n".encode() * 1000: "text file",
    b"%PDF-1.7\n\xff": "PDF",
    gzip.compress(b"x"): "gzip",
    b"\x89HDF\r\n\x1a\n": "HDF5",
    b"MATLAB 5.0 MAT-file": "MATLAB",
    b"\x80\x04\x95": "pickle",
    b"\0": "first bytes 00",
    b"\x89PNX\r\n\x1a\n": "first bytes 89 50 4e 58",
    b"BM\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\0\0": "first bytes 42 4d",
}


@pytest.mark.parametrize("form", CONTENT)
@pytest.mark.parametrize("suffix", ["png", "npy", "jpg", "TIF", "txt", "bmp", ""])
def test_content_decides_and_not_the_suffix(scratch, form, suffix):
    path = scratch(CONTENT[form], f"x.{suffix}")
    assert sniff(path) == form
    assert read_label(path).container.format == form


@pytest.mark.parametrize("content", FOREIGN)
@pytest.mark.parametrize("read", [sniff, read_label, read_scores, role])
def test_what_is_neither_picture_nor_array(scratch, content, read):
    with pytest.raises(ReadError, match=FOREIGN[content]) as caught:
        read(scratch(content, "x.png"))
    assert caught.value.reason.isprintable()
    assert "\n" not in str(caught.value)


def test_every_reader_declares_what_it_reads():
    names = _plugins.names("segloss_cli.read")
    assert len(names) >= len(CONTENT)
    for name in names:
        module = _plugins.load("segloss_cli.read", name)
        assert module.__doc__
        assert module.FORMAT.upper() == module.FORMAT
        assert callable(module.decode)
        for form, content in CONTENT.items():
            assert module.matches(content[:4096]) == (form == module.FORMAT), (name, form)
        assert not module.matches(b"")


def refused(path, match):
    for read in (sniff, read_label, read_scores, role):
        with pytest.raises(ReadError, match=match) as caught:
            read(str(path))
        assert caught.value.path == str(path)
    return caught.value


def test_nothing_there(tmp_path):
    error = refused(tmp_path / "no.png", "does not exist")
    assert error.__cause__.errno == 2


def test_an_empty_file(scratch):
    refused(scratch(b""), r"is empty \(0 bytes\)")


def test_a_folder(tmp_path):
    refused(tmp_path, "is a directory")


def test_a_dangling_link(tmp_path):
    (tmp_path / "x.png").symlink_to(tmp_path / "gone.png")
    refused(tmp_path / "x.png", "link to a file that does not exist")


def test_a_link_to_itself(tmp_path):
    (tmp_path / "x.png").symlink_to("x.png")
    refused(tmp_path / "x.png", "cannot be opened")


def test_a_link_to_a_file_is_that_file(scratch, tmp_path):
    (tmp_path / "x").symlink_to(scratch(CONTENT["GIF"]))
    assert sniff(str(tmp_path / "x")) == "GIF"


@pytest.mark.parametrize("name", ["x.png", "x.npy"])
def test_a_fifo_is_never_opened(tmp_path, name):
    os.mkfifo(tmp_path / name)
    refused(tmp_path / name, "named pipe")


def test_a_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.png")
        refused("s.png", "is a socket")


def test_a_device():
    refused(os.devnull, "is a device")


def test_a_name_with_a_null_byte():
    refused("a\0b.png", "cannot be opened")


@pytest.mark.parametrize("form", ["PNG", "NPY"])
def test_permission_denied(scratch, monkeypatch, form):
    path = scratch(CONTENT[form])

    def deny(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(_source.os, "open", deny)
    error = refused(path, "permission denied")
    assert error.__cause__.errno == 13


def test_an_input_output_error_while_an_array_is_opened(scratch, monkeypatch):
    path = scratch(CONTENT["NPY"])

    def fail(*_args, **_kwargs):
        raise OSError(5, "Input/output error")

    # the first bytes were read by os.open
    monkeypatch.setattr(builtins, "open", fail)
    with pytest.raises(ReadError, match="Input/output error") as caught:
        read_label(path)
    assert caught.value.__cause__.errno == 5


def test_a_picture_in_a_huge_file(scratch, monkeypatch):
    monkeypatch.setattr(_source, "MAX_FILE", 10)
    with pytest.raises(ReadError, match=r"holds \d+ bytes; pictures above 10 bytes"):
        read_label(scratch(CONTENT["PNG"]))


def test_long_reasons_are_cut():
    assert _source.reason_of(ValueError("a\x1b\n" + "b" * 500)) == "a? " + "b" * 154 + "..."
    assert _source.reason_of(EOFError()) == "EOFError"
