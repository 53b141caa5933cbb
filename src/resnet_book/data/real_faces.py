"""The public set of 68 facial keypoints (YouTube Faces frames; Wolf, Hassner and Maoz 2011), read with checks.

4,232 pictures of 347 people as tutorials use them: 3,462 to train on and 770 to test on, each part a folder of pictures
and a csv file of points. It shows real people: nothing is downloaded, and no picture or name of it is ever shown,
printed or kept in a record. So messages say which row is meant, not which file.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from .keypoints import USUAL_TRAINING, Faces, by_person, usual
from .pictures import DataError, folder

__all__ = ["FOLDER", "SPLITS", "people", "real_faces"]

FOLDER = "facial-keypoints"
SPLITS = ("usual", "by person")
WAY_OUT = (
    f"Put a copy of the set into {FOLDER} in the data folder (RESNET_BOOK_DATA), as the tutorials' archive has it: "
    "training/ and test/ with the pictures, training_frames_keypoints.csv and test_frames_keypoints.csv. "
    "Or take the drawn faces: --data drawn-faces."
)


@dataclass(frozen=True)
class Part:
    """What a part of the public set has: pictures, their widths and heights added up, and all coordinates likewise;
    `in_order` adds up each coordinate times its place in the table, counted from 0, row by row."""

    name: str
    pictures: int
    widths: int
    heights: int
    coordinates: int
    in_order: int

    @property
    def table(self) -> str:
        """The name of its csv file."""
        return f"{self.name}_frames_keypoints.csv"


PARTS = (
    Part("training", USUAL_TRAINING, 675_489, 727_449, 49_188_990, 11_620_319_108_356),
    Part("test", 770, 149_988, 161_447, 10_931_408, 579_265_669_556),
)


def real_faces(split: str = "usual", *, size: int = 96, root: Path | str | None = None) -> tuple[Faces, Faces]:
    """The faces to train on and to test on.

    Args:
        split: "usual", as published: every person stands on both sides. "by person": the people are taken in the order
            in which they first appear in the training csv, and every fifth one tests, with all pictures of theirs from
            both parts; who it is, is the name of the file up to its last underscore.
        size: height and width that all pictures are resized to, smoothed, their sides' ratio not kept.
        root: the data folder; by default `folder()`.

    Returns:
        Faces in the order of the set; `rows` are places in the training csv followed by the test csv.

    Raises:
        ValueError: an unknown split.
        DataError: files are missing, damaged, or not those of the public set.
    """
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}; there is: {', '.join(SPLITS)}")
    place = (Path(root) if root is not None else folder()) / FOLDER
    tables = [_table(place, part) for part in PARTS]
    names = [name for found, _ in tables for name in found]
    images, extents = np.empty((len(names), 3, size, size), np.uint8), np.empty((len(names), 2), np.int64)
    first = 0
    for part, (found, points) in zip(PARTS, tables):
        these = slice(first, first := first + len(found))
        _read_pictures(place, part, found, images[these], extents[these])
        _check_points(place, part, points, extents[these])
    places = (np.concatenate([points for _, points in tables]) + 0.5) / extents[:, None]
    whole = Faces(
        torch.from_numpy(images),
        torch.from_numpy(places.astype(np.float32)),
        torch.from_numpy(extents),
        torch.arange(len(extents)),
        "real faces",
    )
    rows = usual(PARTS[0].pictures, len(whole)) if split == "usual" else by_person(_persons(names))
    words = "" if split == "usual" else f", split {split}"
    training, testing = (
        whole.take(index, f"real faces, {part} set{words}") for index, part in zip(rows, ("training", "test"))
    )
    return training, testing


def people(root: Path | str | None = None) -> list[int]:
    """Who is seen in each row of the training csv followed by the test csv: a number, by first appearance, and no name.

    Args:
        root: the data folder; by default `folder()`.

    Raises:
        DataError: the tables are missing, damaged, or not those of the public set.
    """
    place = (Path(root) if root is not None else folder()) / FOLDER
    persons = _persons([name for part in PARTS for name in _table(place, part)[0]])
    number = {person: k for k, person in enumerate(dict.fromkeys(persons))}
    return [number[person] for person in persons]


def _persons(names: list[str]) -> list[str]:
    """Who each picture shows: the name of its file up to the last underscore."""
    return [name.rpartition("_")[0] for name in names]


def _table(place: Path, part: Part) -> tuple[list[str], np.ndarray]:
    """The names of a part's pictures, and their points in pixels, (N, 68, 2) float64."""

    def wrong(what: str) -> DataError:
        return DataError(f"{place / part.table}: {what}. {WAY_OUT}")

    if not place.is_dir():
        raise DataError(f"the real faces are missing: there is no folder {place}. {WAY_OUT}")
    try:
        with open(place / part.table, newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file, strict=True)
    except FileNotFoundError as error:
        raise wrong("this file is missing") from error
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise wrong(f"this is no csv file that can be read ({type(error).__name__})") from error
    expected = [str(column) for column in range(136)]
    if header[1:] != expected:
        odd = next((i for i, (a, b) in enumerate(zip(header[1:], expected)) if a != b), min(len(header) - 1, 136))
        there = repr(header[1:][odd]) if odd < len(header) - 1 else "nothing"
        raise wrong(
            f"expected, after the pictures' names, columns 0 to 135 (x and y of 68 points); column {odd} is {there}"
        )
    if len(rows) != part.pictures:
        raise wrong(f"{len(rows):,} rows, where the public set has {part.pictures:,}")
    names, points = [], np.empty((len(rows), 136))
    for i, row in enumerate(rows):
        if len(row) != 137:
            raise wrong(f"row {i + 1} has {len(row)} columns instead of 137")
        if not row[0] or Path(row[0]).name != row[0] or "\\" in row[0]:
            raise wrong(f"row {i + 1} names no picture of the folder {part.name}")
        for column, text in enumerate(row[1:]):
            try:
                points[i, column] = float(text)
            except ValueError:
                points[i, column] = math.nan
            if not math.isfinite(points[i, column]):
                raise wrong(f"row {i + 1}, column {column}: expected a number, got {text!r}")
        names.append(row[0])
    if len(set(names)) < len(names):
        raise wrong("a picture has two rows")
    return names, points.reshape(-1, 68, 2)


def _read_pictures(place: Path, part: Part, names: list[str], images: np.ndarray, sizes: np.ndarray) -> None:
    """Fill in a part's pictures in colour, (N, 3, S, S) uint8, and their widths and heights, (N, 2) int64.

    Grey and palette pictures become coloured ones, and what is transparent counts as it is painted.
    """
    size = images.shape[-1]
    missing, damaged = [], []
    for i, name in enumerate(names):
        try:
            with Image.open(place / part.name / name) as file:
                picture = file.convert("RGBA").convert("RGB") if file.mode == "P" else file.convert("RGB")
        except FileNotFoundError:
            missing.append(i + 1)
            continue
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            damaged.append(i + 1)
            continue
        sizes[i] = picture.size
        images[i] = np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    for rows, what in ((missing, "missing"), (damaged, "damaged or cut short")):
        if rows:
            some = ", ".join(map(str, rows[:5])) + (", ..." if len(rows) > 5 else "")
            raise DataError(
                f"{place / part.name}: {len(rows):,} of {len(names):,} pictures are {what}, "
                f"those of the rows {some} of {part.table}. {WAY_OUT}"
            )


def _check_points(place: Path, part: Part, points: np.ndarray, sizes: np.ndarray) -> None:
    """Whether points and pictures are the published ones: a picture that was resized has its points elsewhere.

    Six training pictures of the public set have points outside, 19 in all; they stay in.
    """
    if points.sum() != part.coordinates:
        raise DataError(
            f"{place / part.table}: the coordinates add up to {points.sum():,.0f}, those of the public set to "
            f"{part.coordinates:,}: points were changed or scaled. {WAY_OUT}"
        )
    if points.ravel() @ np.arange(points.size) != part.in_order:  # whole numbers below 2**53: exact in any order
        raise DataError(
            f"{place / part.table}: the coordinates are those of the public set, but stand in another order: "
            f"rows or columns were exchanged. {WAY_OUT}"
        )
    if tuple(sizes.sum(0)) != (part.widths, part.heights):
        outside = ((points < 0) | (points > sizes[:, None])).any((1, 2)).sum()
        width, height = sizes.sum(0)
        raise DataError(
            f"{place / part.name}: the pictures' widths and heights add up to {width:,} and {height:,} pixels, those "
            f"of the public set to {part.widths:,} and {part.heights:,}: some were resized or cropped, and the points "
            f"belong to the sizes before ({outside:,} pictures have points outside). {WAY_OUT}"
        )
