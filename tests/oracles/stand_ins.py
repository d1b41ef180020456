"""Imports the losses of mmsegmentation and pytorch-toolbelt without what those packages import beside them.

mmsegmentation wants mmcv (compiled, for an older torch) and mmengine; its loss files take from them a registry's
decorator, a reader of files and a CUDA kernel, none of which an answer of a loss depends on. pytorch-toolbelt wants
OpenCV for its pictures. Empty modules stand in while the loss files, which are the real ones, are imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)


class Registry:
    """What ``@MODELS.register_module()`` needs."""

    def register_module(self) -> Callable[[Class], Class]:
        return lambda module: module


def is_list_of(value: object, kind: type) -> bool:
    """``mmengine.utils.is_list_of``."""
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def module(name: str, *, folder: str | None = None, **names: Any) -> ModuleType:
    """A module with these names, or a bare package whose submodules are those of a folder."""
    made = ModuleType(name)
    vars(made).update(names)
    if folder is not None:
        made.__path__ = [folder]
    return made


@contextmanager
def standing_in(*modules: ModuleType) -> Iterator[None]:
    """The modules can be imported for a while; what imported them stays."""
    for made in modules:
        sys.modules[made.__name__] = made
    try:
        yield
    finally:
        for made in modules:
            del sys.modules[made.__name__]


def mmseg_losses() -> ModuleType:
    """``mmseg.models.losses`` of the installed mmsegmentation.

    Raises:
        ImportError: it is not installed.
    """
    found = importlib.util.find_spec("mmseg")
    if found is None or not found.submodule_search_locations:
        raise ImportError("mmsegmentation is not installed: see requirements.txt")
    home = found.submodule_search_locations[0]
    with standing_in(
        module("mmseg", folder=home),
        module("mmseg.models", folder=f"{home}/models"),
        module("mmseg.registry", MODELS=Registry()),
        module("mmseg.models.builder", LOSSES=Registry()),
        module("mmengine"),
        module("mmengine.fileio", load=None),
        module("mmengine.utils", is_list_of=is_list_of),
        module("mmcv"),
        module("mmcv.ops", sigmoid_focal_loss=None),
    ):
        return importlib.import_module("mmseg.models.losses")


def toolbelt_losses() -> ModuleType:
    """``pytorch_toolbelt.losses`` of the installed pytorch-toolbelt."""
    with standing_in(module("cv2")):
        return importlib.import_module("pytorch_toolbelt.losses")
