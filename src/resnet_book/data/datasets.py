"""The data sets by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

import torch

from ..classes import CLASSES
from .cifar10 import CIFAR10_CLASSES, cifar10
from .faces import DRAWN, FACES, drawn_faces, load_faces, spread
from .fashion_mnist import fashion_mnist
from .keypoints import Faces
from .pictures import Pictures
from .real_faces import real_faces
from .sample import sample

__all__ = ["DATASETS", "Dataset", "dataset"]

MOMENTS = ((0.28604059698879547,), (0.3530242445149227,))  # of Fashion-MNIST
SAMPLED = {True: 1_000, False: 500}  # pictures of a sample: training, test


@dataclass(frozen=True)
class Dataset:
    """A set of labelled pictures.

    Attributes:
        name: as records and sentences have it.
        channels, size: of its pictures, which are square.
        classes: their names, in the order of the labels; none where points are found.
        points: how many points are found in a picture; 0 where it is classified.
        load: takes whether the training set is wanted, gives the pictures, or raises `DataError`.
        ships: a sample that comes with the package, loaded likewise; None if the set may not be passed on.
        moments: where a sample ships, mean and standard deviation of every channel over the *whole* training set (see
            `statistics`): what a network that was trained on all of it wants taken off the pictures.
    """

    name: str
    channels: int
    size: int
    classes: tuple[str, ...]
    load: Callable[[bool], Pictures]
    ships: Callable[[bool], Pictures] | None = None
    moments: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    points: int = 0

    @property
    def outputs(self) -> int:
        """How many numbers a network has to give for a picture."""
        return 2 * self.points or len(self.classes)

    def sample(self, train: bool) -> Pictures:
        """1,000 training or 500 test pictures, as many of each class: what ships, else the first ones of the set."""
        if self.ships:
            return self.ships(train)
        if self.points:
            return spread(self.load(train), SAMPLED[train])
        pictures, each = self.load(train), SAMPLED[train] // len(self.classes)
        places = [(pictures.labels == label).nonzero().flatten()[:each] for label in range(len(self.classes))]
        return pictures.take(
            torch.cat(places).sort().values, f"{self.name} sample, {'training' if train else 'test'} set"
        )


def _drawn(train: bool) -> Faces:
    """The one part, without drawing the other."""
    return drawn_faces(counts=(DRAWN[0] * train, DRAWN[1] * (not train)))[1 - train]


def _drawn_sample(train: bool) -> Faces:
    return load_faces("drawn-faces", FACES["drawn-faces"], sample=True)[1 - train]


DATASETS = {
    "fashion-mnist": Dataset("Fashion-MNIST", 1, 28, CLASSES, fashion_mnist, sample, MOMENTS),
    "cifar-10": Dataset("CIFAR-10", 3, 32, CIFAR10_CLASSES, cifar10),
    "drawn-faces": Dataset("drawn faces", 3, FACES["drawn-faces"], (), _drawn, _drawn_sample, points=68),
    "real-faces": Dataset("real faces", 3, FACES["real-faces"], (), lambda train: real_faces()[1 - train], points=68),
}
"""By their public names. Of faces both parts come with one call, so `load_faces` is the better way to them."""


def dataset(name: str) -> Dataset:
    """A data set by its public name. Raises `ValueError` for an unknown one; the message lists what there is."""
    if name not in DATASETS:
        close = difflib.get_close_matches(str(name), DATASETS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise ValueError(f"unknown data set {name!r}{hint} There is: {', '.join(DATASETS)}")
    return DATASETS[name]
