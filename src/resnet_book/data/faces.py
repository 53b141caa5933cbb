"""The two sets of faces by name, as the training takes them."""

from __future__ import annotations

import numpy as np
import torch

from .drawn_faces import draw, face_points, parameters
from .keypoints import Faces
from .real_faces import real_faces

__all__ = ["FACES", "drawn_faces", "load_faces"]

FACES = {"drawn-faces": 64, "real-faces": 96}
"""Public name -> the height and width that pictures are made at, where nothing else is asked for."""
DRAWN = (10_000, 1_000)  # faces to train on and to test on; the first seed is 0
SAMPLED = (1_000, 500)


def drawn_faces(size: int = 64, counts: tuple[int, int] = DRAWN, hard: float = 1.0) -> tuple[Faces, Faces]:
    """Drawn faces to train on and to test on, of seeds that follow each other: `rows` are seeds.

    Args:
        size: height and width in pixels.
        counts: how many of each; those to test on always begin at the seed 10,000, so they are never trained on.
        hard: see `parameters`.
    """
    if counts[0] > DRAWN[0]:
        raise ValueError(f"counts: at most {DRAWN[0]:,} drawn faces to train on, got {counts[0]:,}")
    made = []
    for first, count, part in ((0, counts[0], "training"), (DRAWN[0], counts[1], "test")):
        seeds = np.arange(first, first + count)
        face = parameters(seeds, hard)
        made.append(
            Faces(
                torch.from_numpy(draw(face, size)),
                torch.from_numpy(face_points(face).astype(np.float32)),
                torch.full((count, 2), size),
                torch.from_numpy(seeds),
                f"drawn faces, {part} set",
            )
        )
    return made[0], made[1]


def load_faces(data: str, size: int, split: str = "usual", sample: bool = False) -> tuple[Faces, Faces]:
    """A set by its public name: faces to train on and to test on.

    Args:
        data: "drawn-faces" or "real-faces".
        size: height and width of the pictures.
        split: see `real_faces`; of drawn faces none is another's, so they have the usual one alone.
        sample: 1,000 to train on and 500 to test on, each spread over their set.

    Raises:
        ValueError: an unknown set or split.
        DataError: the real faces are not there, or not whole.
    """
    if data == "drawn-faces":
        if split != "usual":
            raise ValueError(f"drawn faces have no split {split!r}: each is a person of its own; there is: usual")
        found = drawn_faces(size, SAMPLED if sample else DRAWN)
    elif data == "real-faces":
        found = real_faces(split, size=size)
        if sample:
            found = tuple(spread(part, count) for part, count in zip(found, SAMPLED))
    else:
        raise ValueError(f"{data!r} is no set of faces; there is: {', '.join(FACES)}")
    if not sample:
        return found
    training, testing = (
        part.take(torch.arange(len(part)), part.name.replace(" faces", " faces sample", 1)) for part in found
    )
    return training, testing


def spread(faces: Faces, count: int) -> Faces:
    """So many of the faces, at even steps through all of them."""
    if not 1 <= count <= len(faces):
        raise ValueError(f"pictures: expected a number from 1 to {len(faces):,}, got {count}")
    return faces.take(torch.arange(count) * len(faces) // count)
