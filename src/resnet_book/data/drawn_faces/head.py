"""The head of a drawn face: its parameters out of a seed, its 68 points, and how it is turned and seen.

Its coordinates: x to the viewer's right, y down, z towards the viewer, the half width of the head about 0.9. All is
written for many faces at once: a parameter is an array with a number a face. `head.mjs` does the same for one face.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .chance import uniform

__all__ = ["CHOICES", "RANGES", "STYLES", "Face", "View", "depth", "face_points", "parameters"]

Face = dict[str, np.ndarray]
"""What a face is: a number (N,) for each name of `ranges`, `chances` (0 or 1) and `choices` (a place in the list) of
face.json, "style", and "seed". Those that sliders move: "turn", "nod" and "tilt" are degrees (the nose goes to the
viewer's right, or down; the head turns clockwise), "mouth" and "eyes" go from 0, shut, to 1, "light" from -1, from the
viewer's left, to 1, and "noise" from 0 to 1, a standard deviation of 40 of 255 levels."""
Point = tuple  # x, y, z: numbers or arrays (N,)

TABLE = json.loads(Path(__file__).with_name("face.json").read_text(encoding="utf-8"))
RANGES, CHANCES = TABLE["ranges"], TABLE["chances"]
CHOICES = {name: np.array(colours, np.float64) for name, colours in TABLE["choices"].items()}
STYLES = TABLE["hair_styles"]
EARS = -0.12  # the height at which the jaw's line begins
SLIDE = 0.45  # how far an outline slides over a head that turns: what is seen of it is another line then
EYE = 6.0  # the viewer's distance


def parameters(seeds: Sequence[int] | np.ndarray, hard: float = 1.0) -> Face:
    """Faces out of seeds.

    Args:
        seeds: (N,), whole numbers from 0, below 2**32.
        hard: 0 draws every face straight, centred and evenly lit; 1 is what the data set has; above 1, harder.

    Raises:
        ValueError: for a seed that is none, or a `hard` below 0.
    """
    given = np.asarray(seeds)
    if given.ndim != 1 or given.dtype.kind not in "iu" or (len(given) and not 0 <= given.min() <= given.max() < 2**32):
        raise ValueError(f"seeds: expected whole numbers from 0, below 2**32, in one row; got {seeds!r}")
    if isinstance(hard, bool) or not isinstance(hard, (int, float)) or not 0 <= hard < math.inf:
        raise ValueError(f"hard: expected a number from 0; got {hard!r}")
    seed = given.astype(np.uint32)
    names = [*RANGES, *CHANCES, *CHOICES, "style"]
    chance = dict(zip(names, uniform(seed[:, None], np.arange(len(names), dtype=np.uint32)).T))
    face: Face = {"seed": seed}
    for name, (plain, low, high) in RANGES.items():
        face[name] = plain + (low + chance[name] * (high - low) - plain) * hard
    for name, part in CHANCES.items():
        face[name] = (chance[name] < part).astype(np.float64)
    for name, colours in CHOICES.items():
        face[name] = np.floor(chance[name] * len(colours)).astype(np.int64)
    face["style"] = np.floor(chance["style"] * len(STYLES)).astype(np.int64)
    for name in ("mouth", "eyes", "noise"):  # the mouth's range begins below 0: many are shut
        face[name] = np.maximum(face[name], 0.0)
    return face


def sine(x):
    """Of -pi/2 to pi/2, to eleven digits: a polynomial, as libraries differ in the last one."""
    y = x * x
    s = 1 - y / 210 * (1 - y / 272)
    for k in (156, 110, 72, 42, 20, 6):
        s = 1 - y / k * s
    return x * s


def cosine(x):
    """Of -pi/2 to pi/2, likewise."""
    y = x * x
    s = 1 - y / 240 * (1 - y / 306)
    for k in (182, 132, 90, 56, 30, 12, 2):
        s = 1 - y / k * s
    return s


ROUND = [math.pi * i / 16 for i in range(17)]
COSINES, SINES = [sine(math.pi / 2 - a) for a in ROUND], [cosine(a - math.pi / 2) for a in ROUND]


def depth(x, y):
    """How far the skin of the face stands out."""
    return 0.4 - 0.5 * x * x - 0.18 * (y - 0.1) * (y - 0.1)


class View:
    """How faces are seen: points of the head to places in the picture, the picture's side being 1."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.sines, self.cosines = (
            {name: of(face[name] * (math.pi / 180)) for name in ("turn", "nod", "tilt")} for of in (sine, cosine)
        )

    def see(self, points: Sequence[Point], slide: float = 0.0) -> np.ndarray:
        """Points (x, y, z), each number an array (N,) or the same for all, to (N, V, 2)."""
        face, s, c = self.face, self.sines, self.cosines
        seen = []
        for x, y, z in points:
            z = z - slide * x * s["turn"] + 0.1
            x, z = x * c["turn"] + z * s["turn"], z * c["turn"] - x * s["turn"]
            y, z = y * c["nod"] + z * s["nod"], z * c["nod"] - y * s["nod"]
            x, y = x * c["tilt"] - y * s["tilt"], x * s["tilt"] + y * c["tilt"]
            near = face["scale"] * EYE / (EYE - z)
            seen.append(np.stack([face["x"] + x * near, face["y"] + y * near], -1))
        return np.stack(seen, 1)

    def outline(self, points: Sequence[Point]) -> np.ndarray:
        """The same of an outline, which slides over the head as it turns."""
        return self.see(points, SLIDE)

    def skin(self, points: Sequence[tuple]) -> np.ndarray:
        """The same of points (x, y) on the skin of the face."""
        return self.see([(x, y, depth(x, y)) for x, y in points])


def face_points(face: Face) -> np.ndarray:
    """The 68 points in the usual order, exactly where they are drawn: (N, 68, 2), the picture's side being 1.

    Jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, mouth 48-67, each from the viewer's left to the right.
    """
    view = View(face)
    jaw = view.outline([rim(face, i) for i in range(17)])
    rest = [*brow(face, -1), *brow(face, 1)[::-1], *nose(face), *eye(face, -1)]
    right = eye(face, 1)
    rest += [right[i] for i in (3, 2, 1, 0, 5, 4)] + mouth(face)
    return np.concatenate([jaw, view.see(rest)], 1)


def rim(face: Face, i: int) -> Point:
    """The jaw's line from ear to ear; an open mouth takes the chin down."""
    c, s = COSINES[i], SINES[i]
    x = -face["width"] * c * (1 + face["square"] * (s * s))
    y = EARS + face["length"] * s + face["mouth"] * (0.14 * s * s * s)
    return x, y, -0.05 + 0.25 * s * s


def forehead(face: Face, i: int) -> Point:
    """The outline goes on from the right ear (i = 0) over the top to the left one (i = 16)."""
    c, s = COSINES[i], SINES[i]
    return face["width"] * c * (1 + 0.3 * s * s), EARS - 1.02 * s, -0.05 + 0.15 * s


def brow(face: Face, side: int) -> list[Point]:
    """From the outer end to the inner."""
    up = face["brow_left"] if side < 0 else face["brow_right"]
    points = []
    for out, arch in ((0.3, -0.5), (0.18, 0.6), (0.03, 1.0), (-0.11, 0.8), (-0.23, 0.2)):
        x = side * (pupil(face) + out)
        y = -0.42 - up - face["brow_arch"] * arch
        points.append((x, y, depth(x, y) + 0.03))
    return points


def nose(face: Face) -> list[Point]:
    """Down the bridge to the tip, then along its foot."""
    points = []
    for k in range(4):
        y = -0.14 + face["nose_long"] * k / 3
        points.append((0.0 * y, y, depth(0.0, y) + 0.04 + 0.07 * k))
    foot = face["nose_long"] - 0.14
    for out, low, near in ((-1, 0.08, 0.05), (-0.52, 0.12, 0.12), (0, 0.14, 0.16), (0.52, 0.12, 0.12), (1, 0.08, 0.05)):
        x, y = face["nose_wide"] * out, foot + low
        points.append((x, y, depth(x, y) + near))
    return points


def pupil(face: Face) -> np.ndarray:
    """How far an eye's middle lies from the middle of the face."""
    return face["eye_apart"] * face["width"]


def eye(face: Face, side: int) -> list[Point]:
    """Outer corner, upper lid, inner corner, lower lid."""
    points = []
    for out, up in ((1, 0), (0.42, 1), (-0.42, 0.95), (-1, 0), (-0.4, -0.55), (0.42, -0.62)):
        x = side * (pupil(face) + face["eye_wide"] * out)
        y = -0.12 - face["eyes"] * (0.17 * up) - face["eye_slant"] * out
        points.append((x, y, depth(x, y)))
    return points


def mouth(face: Face) -> list[Point]:
    """Around the lips from the viewer's left corner, over the top; then around the opening likewise."""
    wide = face["lips_wide"] * (1 + 0.12 * face["smile"]) * (1 - 0.12 * face["mouth"])
    full, opening = face["lips_full"], face["mouth"] * 0.26
    middle = 0.6 + (face["nose_long"] - 0.4) * 0.5 + (face["length"] - 1.16) * 0.4
    up, down = full * 0.9, full * 1.15 + opening
    outer = [(-1, 0, 0), (-0.6, -0.75, 0), (-0.22, -1, 0), (0, -0.85, 0), (0.22, -1, 0), (0.6, -0.75, 0), (1, 0, 0),
             (0.62, 0, 0.72), (0.3, 0, 0.96), (0, 0, 1), (-0.3, 0, 0.96), (-0.62, 0, 0.72)]  # fmt: skip
    inner = [(-0.86, 0, 0), (-0.32, 0, 0), (0, 0, 0), (0.32, 0, 0), (0.86, 0, 0),
             (0.32, 0, 0.92), (0, 0, 1), (-0.32, 0, 0.92)]  # fmt: skip
    points = []
    for ring, below in ((outer, down), (inner, opening + 0.012)):
        for out, over, under in ring:
            x = wide * out
            y = middle + up * over + below * under + face["smile"] * (0.05 - 0.13 * out * out)
            points.append((x, y, depth(x, y) + 0.06))
    return points
