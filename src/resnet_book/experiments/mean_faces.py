"""What can be said of a face without looking at its picture: how far off the mean face is, on each set and split.

    python -m resnet_book.experiments.mean_faces --out FOLDER

records numbers alone: no picture, no point and no name of a real person. The real faces have to be in the data folder.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..commands import in_words
from ..data import Faces, drawn_faces, real_faces
from ..data.face_metrics import box_error, failures, nme
from ..data.keypoints import mean_face
from ..data.real_faces import people
from ..files import read_rows, write_measurements
from ..runs import environment

__all__ = ["MeanFace", "load", "measured", "record"]


class MeanFace(NamedTuple):
    """The mean face of some faces, as an answer for others.

    Attributes:
        dataset, split: what both are of.
        training, testing: how many pictures its points are the mean of, and how many it was tried on.
        people, seen: how many people are tested, and how many of them are among the training pictures, too.
        nme, median, worst: of the errors over the distance of the outer eye corners, in per cent.
        above_8, above_10: the part of the faces with a larger one, in per cent.
        box, worst_box: mean and largest error over the square root of the box of a face's points, in per cent.
        eyes, worst_eyes: the distance of the outer eye corners over that root, in per cent: the median, and that of the
            face with the largest NME. Of a profile it is small.
    """

    dataset: str
    split: str
    training: int
    testing: int
    people: int
    seen: int
    nme: float
    median: float
    worst: float
    above_8: float
    above_10: float
    box: float
    worst_box: float
    eyes: float
    worst_eyes: float


def measured(training: Faces, testing: Faces, split: str, who: np.ndarray | None = None) -> MeanFace:
    """How far the mean face of some faces is off on others.

    Args:
        training, testing: the faces.
        split: what the parting is called.
        who: the number of the person in each row of the set; by default every row is a person of its own.
    """
    said, true = mean_face(training, testing).numpy(), testing.points.numpy()
    errors, boxes = nme(said, true), box_error(said, true)
    learned, tested = (
        {int(row) if who is None else int(who[row]) for row in part.rows.tolist()} for part in (training, testing)
    )
    shares = (errors.mean(), np.median(errors), errors.max(), failures(errors, 0.08), failures(errors, 0.1))
    eyes = boxes / errors  # the mean distance of the points is in both
    boxed = boxes.mean(), boxes.max(), np.median(eyes), eyes[errors.argmax()]
    figures = (round(100 * float(value), 4) for value in (*shares, *boxed))
    name = testing.name.split(",")[0]
    return MeanFace(name, split, len(training), len(testing), len(tested), len(tested & learned), *figures)


def every() -> list[MeanFace]:
    """Of the drawn faces and of the real ones, by both splits. Raises `DataError` where these are missing."""
    who = np.array(people())
    real = [measured(*real_faces(split, size=8), split, who) for split in ("usual", "by person")]
    return [measured(*drawn_faces(8), "usual"), *real]


def record(folder: Path | str) -> list[MeanFace]:
    """Measure all, and record them in a folder."""
    write_measurements(Path(folder), {"recipe": "mean-faces"}, environment(), every())
    return load(folder)


def load(folder: Path | str = "runs/mean-faces") -> list[MeanFace]:
    """Recorded ones. Raises `FileNotFoundError` where there are none."""
    return read_rows(folder, MeanFace)


@in_words
def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m resnet_book.experiments.mean_faces", description=__doc__)
    parser.add_argument("--out", required=True, help="folder of the record")
    for row in record(parser.parse_args(arguments).out):
        print(*row)


if __name__ == "__main__":
    main()
