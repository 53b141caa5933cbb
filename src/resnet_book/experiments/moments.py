"""How bright the pictures of a data set are, channel by channel, and what is often taken for it.

    python -m resnet_book.experiments.moments --data cifar-10 --out FOLDER

records mean and standard deviation over all pixels of all training pictures, and the mean of each picture's own
standard deviation, which is smaller.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

from ..commands import in_words
from ..data import DATASETS, Pictures, dataset, mean_of_stds, statistics
from ..files import read_rows, write_measurements
from ..runs import environment

__all__ = ["Moments", "load", "moments", "record"]


class Moments(NamedTuple):
    """Of one channel, on the scale from 0 to 1.

    Attributes:
        channel: from 0.
        mean, deviation: over all pixels of all pictures.
        mean_of_deviations: the mean of each picture's own standard deviation.
    """

    channel: int
    mean: float
    deviation: float
    mean_of_deviations: float


def moments(pictures: Pictures) -> list[Moments]:
    """Of every channel of a set of pictures."""
    columns = [column.tolist() for column in (*statistics(pictures), mean_of_stds(pictures))]
    return [Moments(channel, *(round(value, 6) for value in row)) for channel, row in enumerate(zip(*columns))]


def record(data: str, folder: Path | str) -> list[Moments]:
    """Measure the training set of a data set, and record it in a folder."""
    pictures = dataset(data).load(True)
    config = {"recipe": "moments", "dataset": dataset(data).name, "set": "training", "pictures": len(pictures)}
    write_measurements(Path(folder), config, environment(), moments(pictures))
    return load(folder)


def load(folder: Path | str) -> list[Moments]:
    """Recorded moments. Raises `FileNotFoundError` where there are none."""
    return read_rows(folder, Moments)


@in_words
def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m resnet_book.experiments.moments", description=__doc__)
    parser.add_argument("--data", default="cifar-10", choices=[name for name in DATASETS if "faces" not in name])
    parser.add_argument("--out", required=True, help="folder of the record")
    given = parser.parse_args(arguments)
    for row in record(given.data, given.out):
        print(*row)


if __name__ == "__main__":
    main()
