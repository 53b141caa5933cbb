"""A network that has seen drawn faces alone, tried on photographs.

    python -m resnet_book.experiments.from_drawn --out FOLDER

records numbers alone: no picture, no point and no name of a real person. The real faces have to be in the data folder,
and so has the network: the recipe `keypoints` on drawn faces keeps it there as a trunk, its head included.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import torch

from ..commands import in_words
from ..data import FaceBatches, Faces, drawn_faces, normalization, real_faces
from ..data.face_metrics import box_error, failures, nme
from ..data.keypoints import mean_face
from ..files import read_rows, write_measurements
from ..runs import environment
from ..train import recipe
from ..train.trunks import load_trunk, load_whole

__all__ = ["Trial", "load", "record", "tried"]

RECIPE = "keypoints"
BATCH = 200


class Trial(NamedTuple):
    """A network's answers for the test part of a set.

    Attributes:
        dataset, split: what is tested.
        testing: how many faces.
        nme, above_8, above_10: the mean error over the distance of the outer eye corners, and the part of the faces
            with a larger one than 8 and 10 %, in per cent.
        box: the mean error over the square root of the area of the box around a face's points, in per cent.
        mean_face: the NME of the mean of the drawn faces, which is what it would say without looking, in per cent.
    """

    dataset: str
    split: str
    testing: int
    nme: float
    above_8: float
    above_10: float
    box: float
    mean_face: float


@torch.no_grad()
def tried(net: torch.nn.Module, learned: Faces, testing: Faces, split: str, normalize: str = "channels") -> Trial:
    """What a network finds in faces of another set.

    Args:
        net: (N, 3, S, S) -> (N, 136) places, in evaluation mode.
        learned: what it was trained on; pictures are normalized as these are.
        testing: the other faces.
        split: what their parting is called.
        normalize: see `resnet_book.data.normalization`.
    """
    batches = FaceBatches(testing, BATCH, normalize=normalization(learned, normalize))
    places = torch.cat([net(x) for x, _ in batches]).unflatten(1, (68, 2))
    found, true = testing.in_pixels(places).numpy(), testing.points.numpy()
    errors = nme(found, true)
    alone = nme(mean_face(learned, testing).numpy(), true)
    shares = (errors.mean(), failures(errors, 0.08), failures(errors, 0.1), box_error(found, true).mean(), alone.mean())
    name = testing.name.split(",")[0]
    return Trial(name, split, len(testing), *(round(100 * float(share), 4) for share in shares))


def every() -> list[Trial]:
    """On drawn faces that it has not seen, and on the real ones of either split."""
    made = recipe(RECIPE)
    net, (learned, unseen) = load_whole("drawn-faces", made.architecture), drawn_faces(made.size)
    given = [(unseen, "usual"), *((real_faces(split, size=made.size)[1], split) for split in ("usual", "by person"))]
    return [tried(net, learned, testing, split, made.normalize) for testing, split in given]


def record(folder: Path | str) -> list[Trial]:
    """Measure all, and record them in a folder, with the SHA-256 sum of the network's file."""
    made = recipe(RECIPE)
    config = {"recipe": "from-drawn", "trained": RECIPE, "architecture": made.architecture.name, "size": made.size}
    config["sha256"] = load_trunk("drawn-faces", made.architecture)[1]
    write_measurements(Path(folder), config, environment(), every())
    return load(folder)


def load(folder: Path | str = "runs/from-drawn") -> list[Trial]:
    """Recorded ones. Raises `FileNotFoundError` where there are none."""
    return read_rows(folder, Trial)


@in_words
def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m resnet_book.experiments.from_drawn", description=__doc__)
    parser.add_argument("--out", required=True, help="folder of the record")
    for row in record(parser.parse_args(arguments).out):
        print(*row)


if __name__ == "__main__":
    main()
