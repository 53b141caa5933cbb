"""How a face is painted: from the back to the front, one shape over another. `paint.mjs` does the same for one face."""

from __future__ import annotations

import numpy as np

from .chance import bits
from .head import CHOICES, COSINES, SINES, STYLES, TABLE, Face, View, depth, face_points, forehead, pupil
from .raster import coverage, smooth, stroke

__all__ = ["draw"]

AT_ONCE = 32  # faces painted together: their canvases stay in the processor's cache
CROWNS = np.array([style["crown"] for style in STYLES])  # S x 9 x 2
LINES = np.array([style["line"] for style in STYLES])  # S x 7 x 2
INKS = {name: np.array(colour, np.float64) for name, colour in TABLE["inks"].items()}
ROUND = [(COSINES[i], -SINES[i]) for i in range(0, 16, 2)] + [(-COSINES[i], SINES[i]) for i in range(0, 16, 2)]
"""Sixteen directions, (cosine, sine)."""
GRAINS = 1000  # the first place of the noise's chances, behind those of the parameters


def draw(face: Face, size: int) -> np.ndarray:
    """Pictures of faces in colour: (N, 3, size, size), uint8.

    Args:
        face: what they are, see `parameters`.
        size: height and width, from 8 to 1,024 pixels.
    """
    if type(size) is not int or not 8 <= size <= 1024:
        raise ValueError(f"size: expected a whole number from 8 to 1024; got {size!r}")
    count = len(face["seed"])
    pictures = np.empty((count, 3, size, size), np.uint8)
    for i in range(0, count, AT_ONCE):
        some = {name: values[i : i + AT_ONCE] for name, values in face.items()}
        pictures[i : i + AT_ONCE] = _painted(some, size).transpose(0, 3, 1, 2)
    return pictures


class Canvas:
    """Pictures that shapes are laid on, the picture's side being 1 for them. Rows are counted through all pictures."""

    def __init__(self, count: int, size: int) -> None:
        self.count, self.size = count, size
        self.pixels = np.zeros((count * size, size, 3))

    def fill(
        self,
        outline: np.ndarray,
        colour: np.ndarray,
        opacity: np.ndarray | float = 1.0,
        within: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Lay one shape on each picture; returns what it covers, see `coverage`.

        Args:
            outline: (N, V, 2), closed.
            colour: (3,) or (N, 3), from 0 to 255.
            opacity: a number or (N,), from 0 to 1.
            within: a mask that the shape is cut by, see `mask`.
        """
        opacity = np.broadcast_to(opacity, self.count)
        (chosen,) = np.nonzero(opacity)
        rows, parts = coverage(outline[chosen] * self.size, self.size)
        picture = chosen[rows // self.size]
        rows = picture * self.size + rows % self.size
        if within is not None:
            parts = parts * within[rows]
        shown = parts * opacity[picture][:, None]
        row, column = np.nonzero(shown)
        colours = np.broadcast_to(colour, (self.count, 3))[picture[row]]
        at = rows[row], column
        self.pixels[at] += shown[row, column][:, None] * (colours - self.pixels[at])
        return rows, parts

    def mask(self, covered: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """What a shape covers, of every pixel."""
        rows, parts = covered
        whole = np.zeros((self.count * self.size, self.size))
        whole[rows] = parts
        return whole


def _painted(face: Face, size: int) -> np.ndarray:
    canvas, view, at = Canvas(len(face["seed"]), size), View(face), face_points(face)
    colours = {name: CHOICES[name][face[name]] for name in CHOICES}
    _background(canvas, face, colours)
    _body(canvas, face, view, colours)
    _head(canvas, face, view, colours, at)
    _nose(canvas, face, colours, at)
    for side, first in ((-1, 36), (1, 42)):
        _eye(canvas, face, view, colours, at[:, first : first + 6], side)
    for first in (17, 22):
        brow = smooth(at[:, first : first + 5], False)
        canvas.fill(_pen(brow, face["scale"] * face["brow_thick"], 0.35), colours["hair"] * 0.8)
    _mouth(canvas, face, colours, at)
    _hair(canvas, face, view, colours)
    _glasses(canvas, face, view, colours)
    _light(canvas, face)
    _noise(canvas, face)
    whole = np.floor(np.minimum(np.maximum(canvas.pixels, 0.0), 255.0) + 0.5)
    return whole.astype(np.uint8).reshape(-1, size, size, 3)


def _background(canvas: Canvas, face: Face, colours: dict[str, np.ndarray]) -> None:
    down = (np.arange(canvas.size) + 0.5)[None, :, None, None] / canvas.size
    back, far = colours["back"][:, None, None], colours["far"][:, None, None]
    canvas.pixels += (back + (far - back) * (0.5 * down)).reshape(-1, 1, 3)
    for k, opacity in ((1, 0.55), (2, 0.4), (3, 0.55)):
        x, y, radius = (face[f"back_{k}_{part}"] for part in ("x", "y", "radius"))
        canvas.fill(_disc(x, y, radius, radius), colours["far"], opacity)


def _body(canvas: Canvas, face: Face, view: View, colours: dict[str, np.ndarray]) -> None:
    """Long hair behind, the neck, and what is worn: the shoulders do not turn with the head."""

    def still(points: list[list[float]]) -> np.ndarray:
        seen = [np.stack([face["x"] + x * face["scale"], face["y"] + y * face["scale"]], -1) for x, y in points]
        return np.stack(seen, 1)

    long = view.outline([(x, y, -0.3) for x, y in TABLE["hair_long"]])
    canvas.fill(smooth(long, True), colours["hair"] * 0.86, face["long"] * (1 - face["bald"]))
    neck = np.concatenate(
        [view.see([(-0.42, 0.55, -0.25), (0.42, 0.55, -0.25)]), still([[0.5, 1.95], [-0.5, 1.95]])], 1
    )
    canvas.fill(neck, colours["skin"] * 0.84)
    canvas.fill(smooth(still(TABLE["shoulders"]), True), colours["top"])


def _head(canvas: Canvas, face: Face, view: View, colours: dict[str, np.ndarray], at: np.ndarray) -> None:
    skin, width = colours["skin"], face["width"]
    for side in (-1, 1):
        for part, tone in ((1.0, 0.95), (0.55, 0.8)):
            ear = [(side * (width + 0.06 + 0.12 * part * c), 0.03 + 0.22 * part * s, -0.22) for c, s in ROUND]
            canvas.fill(smooth(view.see(ear), True), skin * tone)
        lobe = view.see([(side * (width + 0.08), 0.33, -0.2)])[:, 0]
        radius = face["scale"] * 0.06
        canvas.fill(_disc(lobe[:, 0], lobe[:, 1], radius, radius), INKS["gold"], face["earrings"])
    upper = view.outline([forehead(face, i) for i in range(2, 15)])
    skull = canvas.mask(canvas.fill(smooth(np.concatenate([at[:, :17], upper], 1), True), skin))
    lip = [
        (0.62 * width, 0.35),
        (0.42, 0.42),
        (0.3, 0.5),
        (0.0, 0.44),
        (-0.3, 0.5),
        (-0.42, 0.42),
        (-0.62 * width, 0.35),
    ]
    beard = smooth(np.concatenate([at[:, 1:16], view.skin(lip)], 1), True)
    canvas.fill(beard, colours["hair"], face["beard"] * 0.8, skull)
    for side in (-1, 1):
        cheek = view.skin([(side * (0.5 + 0.15 * c), 0.26 + 0.11 * s) for c, s in ROUND])
        canvas.fill(smooth(cheek, True), INKS["blush"], 0.18, skull)


def _nose(canvas: Canvas, face: Face, colours: dict[str, np.ndarray], at: np.ndarray) -> None:
    for side, wing in ((-1, 31), (1, 35)):  # the side away from the light lies in shade
        shade = 0.3 - 0.25 * np.minimum(np.maximum(face["light"] * side, -1.0), 1.0)
        canvas.fill(at[:, [27, 28, 29, 30, 33, wing]], colours["skin"] * 0.72, shade)
    canvas.fill(_pen(smooth(at[:, 31:36], False), face["scale"] * 0.055, 0.5), colours["skin"] * 0.55)


def _eye(canvas: Canvas, face: Face, view: View, colours: dict[str, np.ndarray], at: np.ndarray, side: int) -> None:
    upper, lower = smooth(at[:, :4], False), smooth(at[:, [3, 4, 5, 0]], False)
    white = canvas.mask(canvas.fill(np.concatenate([upper, lower], 1), INKS["white"]))
    x = side * pupil(face) + face["gaze"] * face["eye_wide"] * 0.6
    y = -0.13 + face["look"] * 0.08
    parts = (
        (0.0, 0.0, 0.125, colours["iris"], 1.0),
        (0.0, 0.0, 0.065, INKS["pupil"], 1.0),
        (0.045, -0.05, 0.034, INKS["white"], 0.95),
    )
    for right, down, radius, colour, opacity in parts:
        disc = view.see([(x + right + radius * c, y + down + radius * s, depth(x, y)) for c, s in ROUND])
        canvas.fill(smooth(disc, True), colour, opacity, white)
    canvas.fill(_pen(upper, face["scale"] * 0.06, 0.6), INKS["lash"])
    canvas.fill(_pen(lower, face["scale"] * 0.025, 0.4), colours["skin"] * 0.55)


def _mouth(canvas: Canvas, face: Face, colours: dict[str, np.ndarray], at: np.ndarray) -> None:
    lips = np.concatenate([smooth(at[:, 48:55], False), smooth(at[:, [54, 55, 56, 57, 58, 59, 48]], False)], 1)
    canvas.fill(lips, colours["skin"] * 0.4 + colours["lips"] * 0.6)
    inside = np.concatenate([smooth(at[:, 60:65], False), smooth(at[:, [64, 65, 66, 67, 60]], False)], 1)
    opening = canvas.mask(canvas.fill(inside, INKS["mouth"]))
    tongue = _disc(at[:, 66, 0], at[:, 66, 1], face["scale"] * 0.16, face["scale"] * 0.1)
    canvas.fill(tongue, INKS["tongue"], 1.0, opening)
    drop = (at[:, 66:67] - at[:, 62:63]) * 0.3
    canvas.fill(np.concatenate([at[:, 60:65], at[:, [64, 63, 62, 61, 60]] + drop], 1), INKS["white"], 1.0, opening)


def _hair(canvas: Canvas, face: Face, view: View, colours: dict[str, np.ndarray]) -> None:
    """Over the forehead, between the head's crown and the line where it begins."""
    wide = (1 - 2 * face["mirrored"]) * face["width"] / 0.9
    crown, line = CROWNS[face["style"]], LINES[face["style"]]
    parts = [
        view.outline([(crown[:, i, 0] * wide, crown[:, i, 1], 0.05) for i in range(9)]),
        view.outline([(line[:, 0, 0] * wide, line[:, 0, 1], -0.05)]),
        view.skin([(line[:, i, 0] * wide, line[:, i, 1]) for i in range(1, 6)]),
        view.outline([(line[:, 6, 0] * wide, line[:, 6, 1], -0.05)]),
    ]
    canvas.fill(smooth(np.concatenate(parts, 1), True), colours["hair"], 1 - face["bald"])


def _glasses(canvas: Canvas, face: Face, view: View, colours: dict[str, np.ndarray]) -> None:
    has, pen = face["glasses"], face["scale"] * 0.057
    for side in (-1, 1):
        x = side * pupil(face)
        z = 0.44 - 0.25 * x * x
        lens = smooth(view.see([(x + 0.29 * c, -0.1 + 0.24 * s, z) for c, s in ROUND]), True)
        canvas.fill(lens, INKS["white"], has * 0.1)
        canvas.fill(_pen(np.concatenate([lens, lens[:, :1]], 1), pen, 1.0), colours["frame"], has)
        temple = view.see([(x + side * 0.28, -0.14, z - 0.1), (side * (face["width"] + 0.02), -0.16, -0.1)])
        canvas.fill(_pen(temple, pen, 1.0), colours["frame"], has)
    inner = 0.29 - pupil(face)
    bridge = view.see([(inner, -0.13, 0.44), (0.0, -0.17, 0.5), (-inner, -0.13, 0.44)])
    canvas.fill(_pen(smooth(bridge, False), pen, 1.0), colours["frame"], has)


def _light(canvas: Canvas, face: Face) -> None:
    """Bright towards the light, dark away from it."""
    across = (np.arange(canvas.size) + 0.5)[None] / canvas.size
    u = (across - face["x"][:, None]) / (face["scale"][:, None] * 1.2)
    u = np.minimum(np.maximum(u, -1.0), 1.0)
    u = u * (1.5 - 0.5 * u * u)
    light = face["light"][:, None]
    shade = face["bright"][:, None] * (1 - 0.3 * (np.abs(light) - light * u))
    canvas.pixels *= np.repeat(shade, canvas.size, 0)[..., None]


def _noise(canvas: Canvas, face: Face) -> None:
    """Four bytes of chance added up are close to normal; 147.8 is the standard deviation of their sum."""
    places = np.arange(canvas.size * canvas.size * 3, dtype=np.uint32) + np.uint32(GRAINS)
    chance = bits(face["seed"][:, None], places)
    total = (chance & 255) + (chance >> 8 & 255) + (chance >> 16 & 255) + (chance >> 24)
    grains = (total.astype(np.float64) - 510) * (face["noise"] * (40 / 147.8))[:, None]
    canvas.pixels += grains.reshape(canvas.pixels.shape)


def _disc(x: np.ndarray, y: np.ndarray, wide: np.ndarray, high: np.ndarray) -> np.ndarray:
    """A circle or an ellipse in the picture, (N, 96, 2)."""
    return smooth(np.stack([np.stack([x + wide * c, y + high * s], -1) for c, s in ROUND], 1), True)


def _pen(line: np.ndarray, width: np.ndarray, ends: float) -> np.ndarray:
    """A stroke that is as wide as given in its middle and, at its ends, this part of it."""
    last = line.shape[1] - 1
    part = np.array([ends + (1 - ends) * (4 * k * (last - k)) / (last * last) for k in range(last + 1)])
    return stroke(line, width[:, None] * part)
