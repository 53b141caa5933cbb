"""What a linear head reads at best from trunks that know no face, on photographs, fitted in closed form.

    python -m resnet_book.experiments.photo_heads --out FOLDER

records numbers alone: no picture, no point and no name of a real person. The real faces have to be in the data folder,
and so has the trunk of CIFAR-10.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from ..building import build
from ..commands import in_words
from ..data import FaceBatches, Faces, normalization, real_faces
from ..data.face_metrics import nme
from ..files import read_rows, write_measurements
from ..runs import environment
from ..train import recipe
from ..train.trunks import load_trunk
from .linear_heads import answers, closed_form, features

__all__ = ["PhotoHead", "load", "read", "record"]

SIZES = (64, 224)
SOURCE = "cifar-10"
BATCH = 64


class PhotoHead(NamedTuple):
    """A linear head on one trunk.

    Attributes:
        trunk: what it was trained on, "none" if on nothing.
        size: height and width of the pictures.
        normalize: what is done to them, see `resnet_book.data.normalization`.
        training_nme, nme: on the photographs that the head is fitted to, and on those of other people, in per cent.
    """

    trunk: str
    size: int
    normalize: str
    training_nme: float
    nme: float


def read(net: nn.Module, parts: tuple[Faces, Faces], normalize: str) -> tuple[float, float]:
    """The NME, in per cent, of the head that is best by squares on the first part, on each of the two."""
    form = normalization(parts[0], normalize)
    inputs = [torch.cat([features(net, x) for x, _ in FaceBatches(part, BATCH, normalize=form)]) for part in parts]
    head = closed_form(inputs[0], parts[0].places.double())
    training, testing = (
        nme(part.in_pixels(answers(head, x).float()).numpy(), part.points.numpy()).mean()
        for part, x in zip(parts, inputs)
    )
    return round(100 * float(training), 4), round(100 * float(testing), 4)


def every() -> Iterator[PhotoHead]:
    """By person: a trunk that knows CIFAR-10, on pictures as its own training and as tutorials give them; and none."""
    arch = recipe("keypoints-tutorial").architecture
    torch.manual_seed(0)
    bare, trunk = build(arch, init="he").eval(), build(arch, init="he").eval()
    trunk.load_state_dict(load_trunk(SOURCE, arch)[0], strict=False)
    for size in SIZES:
        parts = real_faces("by person", size=size)
        for name, net, normalize in ((SOURCE, trunk, "channels"), (SOURCE, trunk, "none"), ("none", bare, "channels")):
            yield PhotoHead(name, size, normalize, *read(net, parts, normalize))


def record(folder: Path | str) -> list[PhotoHead]:
    """Measure all, and record them in a folder, with the SHA-256 sum of the trunk's file."""
    arch = recipe("keypoints-tutorial").architecture
    config = {"recipe": "photo-heads", "architecture": arch.name, "split": "by person", "seed": 0}
    config["sha256"] = load_trunk(SOURCE, arch)[1]
    write_measurements(Path(folder), config, environment(), list(every()))
    return load(folder)


def load(folder: Path | str = "runs/photo-heads") -> list[PhotoHead]:
    """Recorded ones. Raises `FileNotFoundError` where there are none."""
    return read_rows(folder, PhotoHead)


@in_words
def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m resnet_book.experiments.photo_heads", description=__doc__)
    parser.add_argument("--out", required=True, help="folder of the record")
    for row in record(parser.parse_args(arguments).out):
        print(*row)


if __name__ == "__main__":
    main()
