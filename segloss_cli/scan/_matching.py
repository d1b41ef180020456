"""Labels with their images and predictions, as samples; and what is left over."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from segloss_cli.scan._folder_names import Part
from segloss_cli.scan._orphans import cases, duplicates, lost, strays, without_label
from segloss_cli.scan._partners import Partners
from segloss_cli.scan._passed import FURTHER, UNPREDICTED
from segloss_cli.scan._patterns import Pattern, keys_by
from segloss_cli.scan._sides import Group
from segloss_cli.scan._splits import Splitter, voc_splitter
from segloss_cli.types import Orphan, Sample


class Matching:
    """The groups of each role, and which files of theirs belong together."""

    def __init__(self, groups: Iterable[Group], patterns: Mapping[Part, Pattern]) -> None:
        self.groups = sorted(groups, key=lambda group: group.prefix.replace(os.sep, "\0"))
        self._patterns = patterns
        self._labels, self._images, self._predictions = (
            [group for group in self.groups if group.part == part] for part in ("label", "image", "prediction")
        )
        self.mains = self._labels or self._predictions or self._images
        images = self._images if self.mains is not self._images else []
        predictions = self._predictions if self.mains is not self._predictions else []
        self.passed: dict[str, int] = {}
        self.alone: list[Sample] = []
        self._spare: list[Orphan] = []
        self.images = self._paired("image", images)
        self.predictions = self._paired("prediction", predictions)

    def orphans(self) -> Iterator[Orphan]:
        """What is missing, double or doubtful; nothing is missing where there is only one role."""
        yield from duplicates([*self._labels, *self._images])
        if self._labels:
            for partners, role in ((self.images, "image"), (self.predictions, "prediction")):
                if partners.shelf:
                    yield from lost(partners, "image" if role == "image" else "prediction")
                    yield from cases(partners)
        yield from self._spare
        yield from strays(self.groups)

    def sort_out(self, *, every: bool) -> None:
        """Find out what to make of files that are in no pair.

        Predictions whose label has another one already, and those in folders that no label belongs to, go to ``alone``,
        as samples of their own; with ``every``, all do. Images that go with no sample are counted in ``passed``. Other
        files have no label, if there are labels.
        """
        for partners in (self.predictions, self.images):
            homes = partners.homes
            for group, name, claimed in partners.spare():
                path, is_image = group.prefix + name, group.part == "image"
                if every or (not is_image and (claimed or group.home not in homes)):
                    self.alone.append(_sample(group.part, path, group.split))
                elif claimed or not self._labels:
                    reason = FURTHER if self._labels else UNPREDICTED
                    self.passed[reason] = self.passed.get(reason, 0) + 1
                else:
                    self._spare.append(without_label(path, group))

    def samples(self, split_of: Splitter | None) -> tuple[Sample, ...]:
        """One sample for each main file, and those alone, by path, part by part; gives the memory of names back."""
        for group in self.images.shelf.groups + self.predictions.shelf.groups:
            group.names, group.used = [], set()
        prefixes = sorted(main.prefix for main in self.mains)
        nested = any(after.startswith(before) for before, after in pairwise(prefixes))
        samples = [*self._samples(split_of), *self.alone]
        if nested or self.alone:
            samples.sort(key=_key)
        return tuple(samples)

    def _samples(self, split_of: Splitter | None) -> Iterator[Sample]:
        for main in self.mains:
            images, predictions = self.images.of(main), self.predictions.of(main)
            split = main.split or self._split_near(main)
            prefix, part = main.prefix, main.part
            names = main.names[::-1]
            main.names = []
            for image, prediction in zip(images, predictions, strict=True):
                path = prefix + names.pop()
                where = split if split_of is None else split_of(path) or split
                if part == "label":
                    yield Sample(path, image, prediction, where)
                else:
                    yield _sample(part, path, where, image)
            self.images.forget(main)
            self.predictions.forget(main)

    def voc_splits(self) -> Splitter | None:
        """The lists of a VOC layout, where no folder names a split."""
        if any(main.split for main in self.mains):
            return None
        return voc_splitter(dict.fromkeys(main.prefix or os.curdir for main in self.mains))

    def _paired(self, role: Part, others: list[Group]) -> Partners:
        partners = Partners(self.mains, others)
        parts = (self.mains[0].part if self.mains else "label", role)
        if any(part in self._patterns for part in parts):
            partners.find_by(keys_by(self._patterns, parts))
        else:
            partners.find()
        return partners

    def _split_near(self, main: Group) -> str:
        splits = {group.split for group in self.images.near(main)}
        return splits.pop() if len(splits) == 1 else ""


def _key(sample: Sample) -> str:
    return sample.path.replace(os.sep, "\0")


def _sample(part: Part, path: str, split: str, image: str = "") -> Sample:
    if part == "prediction":
        return Sample(prediction=path, image=image, split=split)
    return Sample(image=path, split=split)
