"""What a folder can hold besides files: links, pipes, sockets, what systems leave behind, and what nobody may read."""

import os
import socket
from pathlib import Path

from segloss_test_hostile_built import healthy


def link(target):
    return lambda path: path.symlink_to(target)


def loop(path):
    """Two links to each other."""
    path.symlink_to("other_" + path.name)
    path.with_name("other_" + path.name).symlink_to(path.name)


def pipe(path):
    os.mkfifo(path)


def bound_socket(path):
    """A socket; its path may be longer than sockets allow, so that it is made from within the folder."""
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def locked(path):
    path.write_bytes(healthy())
    path.chmod(0)


def locked_folder(path):
    path.mkdir()
    (path / "inside.png").write_bytes(healthy())
    path.chmod(0)


ODD = {
    "pipe.png": (pipe, "FIFO"),
    "pipe_of_array.npy": (pipe, "FIFO"),
    "socket.png": (bound_socket, "socket"),
    "zero.png": (link("/dev/zero"), "device"),
    "zero_array.npy": (link("/dev/zero"), "device"),
    "null.tif": (link("/dev/null"), "device"),
    "terminal.png": (link("/dev/tty"), "device"),
    "random.npz": (link("/dev/random"), "device"),
}
"""None of these is a file: one finding each, with a word of it."""

GONE = {
    "loop.png": (loop, "cannot be opened"),
    "self.png": (link("self.png"), "cannot be opened"),
    "dangling.png": (link("no/such/file.png"), "link to a file that does not exist"),
    "dangling_array.npy": (link("/no/such/file.npy"), "link to a file that does not exist"),
}
"""The system refuses these, which says nothing about a file: each is skipped, and the report is incomplete."""

PASSED = (
    ".DS_Store",
    "._gt.png",
    ".hidden.png",
    "Thumbs.db",
    "desktop.ini",
    "notes.txt",
    "labels.zip",
    "gt.png~",
    "gt.png.tmp",
)
PASSED_IN = ("__MACOSX", ".ipynb_checkpoints", ".git", "__pycache__", "@eaDir", "$RECYCLE.BIN")


def below(folder, depth):
    """A healthy file in a folder so deep that its path is longer than the system takes."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        for _ in range(depth):
            os.mkdir("d" * 60)
            os.chdir("d" * 60)
        Path("deep.png").write_bytes(healthy())
    finally:
        os.chdir(here)
