"""Drawn faces: out of a seed alone, their points where they are drawn, as hard as asked for."""

import numpy as np
import pytest

from resnet_book.data.drawn_faces import draw, face_points, parameters
from resnet_book.data.drawn_faces.chance import uniform
from resnet_book.data.drawn_faces.head import COSINES, RANGES, SINES
from resnet_book.data.drawn_faces.raster import coverage, smooth, stroke

MIRROR = [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
          54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]  # fmt: skip


def face(seeds, hard=1.0, **changes):
    made = parameters(np.array(seeds, np.int64), hard)
    return made | {name: np.full(len(seeds), value, made[name].dtype) for name, value in changes.items()}


# ---------------------------------------------------------------- chance


def test_chance_is_even_and_hangs_on_seed_and_place():
    table = uniform(np.arange(2_000, dtype=np.uint32)[:, None], np.arange(50, dtype=np.uint32))
    assert table.min() >= 0 and table.max() < 1
    assert abs(table.mean() - 0.5) < 0.005 and abs(table.std() - 12**-0.5) < 0.005
    assert np.abs(np.corrcoef(table, rowvar=False) - np.eye(50)).max() < 0.1
    assert len(np.unique(table)) > 99_000


def test_a_seed_is_a_face_wherever_it_stands():
    alone, among = face([77]), face(list(range(100)))
    assert all(np.array_equal(alone[name][0], among[name][77]) for name in alone)
    assert np.array_equal(draw(alone, 48)[0], draw(among, 48)[77])
    assert not np.array_equal(draw(face([77]), 48), draw(face([78]), 48))


@pytest.mark.parametrize("seeds", [[-1], [2**32], [0.5], [[1]], ["a"]])
def test_a_seed_that_is_none_is_refused(seeds):
    with pytest.raises(ValueError, match="seeds: expected whole numbers"):
        parameters(seeds)


@pytest.mark.parametrize("hard", [-1, float("nan"), float("inf"), True, "2"])
def test_a_hardness_that_is_none_is_refused(hard):
    with pytest.raises(ValueError, match="hard: expected a number"):
        parameters([1], hard)


@pytest.mark.parametrize("size", [0, 7, 1025, 64.0, True])
def test_an_impossible_size_is_refused(size):
    with pytest.raises(ValueError, match="size: expected a whole number from 8 to 1024"):
        draw(face([1]), size)


def test_no_face_is_no_picture():
    assert draw(face([]), 16).shape == (0, 3, 16, 16)


# ---------------------------------------------------------------- points


def error_of_the_mean_face(points: np.ndarray) -> float:
    distance = np.linalg.norm(points - points.mean(0), axis=2).mean(1)
    return float((distance / np.linalg.norm(points[:, 36] - points[:, 45], axis=1)).mean())


def test_the_mean_face_alone_is_far_off_and_the_knob_turns_it():
    errors = [error_of_the_mean_face(face_points(face(range(2_000), hard))) for hard in (0.0, 0.25, 0.5, 1.0, 1.5)]
    assert errors == sorted(errors) and errors[3] >= 0.15
    assert errors[0] < 1e-9, "without hardness all faces have the same points"


def test_points_stay_inside_the_picture_at_the_usual_hardness():
    points = face_points(face(range(5_000)))
    assert points.shape == (5_000, 68, 2) and points.min() > 0 and points.max() < 1


def test_a_straight_face_is_its_own_mirror():
    points = face_points(face([1], 0.0))[0]
    assert np.allclose(points[MIRROR] * [-1, 1] + [1, 0], points, atol=1e-12)


def test_what_each_slider_does():
    base = {"turn": 0, "nod": 0, "tilt": 0, "mouth": 0, "eyes": 0.8, "x": 0.5, "y": 0.5}
    at = {name: face_points(face([5], **base | change))[0] for name, change in {
        "plain": {}, "turn": {"turn": 20}, "nod": {"nod": 15}, "tilt": {"tilt": 10}, "mouth": {"mouth": 1}, "eyes": {"eyes": 0.2},
    }.items()}  # fmt: skip
    plain = at["plain"]
    assert at["turn"][30, 0] > plain[30, 0], "the nose goes to the viewer's right"
    assert at["nod"][30, 1] > plain[30, 1], "the nose goes down"
    assert at["tilt"][45, 1] > plain[45, 1] and at["tilt"][36, 1] < plain[36, 1], "clockwise as it is seen"
    assert at["mouth"][66, 1] - at["mouth"][62, 1] > 0.05 > plain[66, 1] - plain[62, 1]
    assert at["mouth"][8, 1] > plain[8, 1], "the chin goes down with it"
    opening = [found[41, 1] - found[37, 1] for found in (at["eyes"], plain)]
    assert 0 < opening[0] < opening[1] / 2


def test_points_keep_their_order_on_the_face():
    points = face_points(face(range(500), tilt=0))
    assert (np.diff(points[:, :17, 0]) > 0).mean() > 0.97, "the jaw runs from left to right"
    assert (points[:, 19, 1] < points[:, 37, 1]).all() and (points[:, 24, 1] < points[:, 44, 1]).all(), (
        "brows over eyes"
    )
    assert (points[:, 37, 1] < points[:, 41, 1]).all() and (points[:, 51, 1] < points[:, 57, 1]).all()
    assert (points[:, 33, 1] < points[:, 62, 1]).all() and (points[:, 57, 1] < points[:, 8, 1]).all()


PLAIN = {"noise": 0, "light": 0, "glasses": 0, "gaze": 0, "look": 0, "eyes": 1, "turn": 0, "nod": 0, "beard": 0}


def changed(colour: str, size: int):
    """Where pictures differ when one colour of the face is another: rows, columns and the face's points, of each."""
    made = face(range(8), **PLAIN)
    other = made | {colour: (made[colour] + 1) % 4}
    for picture, points in zip((draw(made, size) != draw(other, size)).any(1), face_points(made) * size):
        yield np.stack(np.nonzero(picture)[::-1], -1) + 0.5, points


def test_the_iris_lies_within_the_points_of_the_eyes():
    for pixels, points in changed("iris", 96):
        for first in (36, 42):
            low, high = points[first : first + 6].min(0), points[first : first + 6].max(0)
            assert ((pixels > low - 1) & (pixels < high + 1)).all(1).any()
        assert (pixels[:, 1] > points[36:48, 1].min() - 1).all() and (pixels[:, 1] < points[36:48, 1].max() + 1).all()


def test_the_lips_reach_their_points_and_no_further():
    for pixels, points in changed("lips", 96):
        lips = points[48:60]
        assert np.abs(pixels.min(0) - lips.min(0)).max() < 1.5 and np.abs(pixels.max(0) - lips.max(0)).max() < 1.5


def test_skin_ends_at_the_jaw():
    """Along the jaw's normal the picture changes within a pixel or two of every point."""
    made = face([3, 21], 0.3, noise=0, light=0, long=0, beard=0, glasses=0, turn=0, nod=0, tilt=0, bright=1)
    size = 400
    pictures, at = draw(made, size).astype(int), face_points(made) * size
    for picture, points in zip(pictures, at):
        middle = points[:17].mean(0)
        for point in points[5:12]:
            away = (point - middle) / np.linalg.norm(point - middle)
            inner, outer = (np.floor(point + step * away).astype(int) for step in (-3, 3))
            assert np.abs(picture[:, inner[1], inner[0]] - picture[:, outer[1], outer[0]]).max() > 20


# ---------------------------------------------------------------- drawing


def test_the_picture_moves_with_its_points():
    """A face shifted by whole pixels is the picture shifted, and so are its points."""
    still = {"noise": 0, "light": 0, "bright": 1, "back": 0, "far": 0}
    here, there = face([4], 0.5, x=0.4, y=0.5, **still), face([4], 0.5, x=0.4 + 6 / 64, y=0.5 + 3 / 64, **still)
    a, b = draw(here, 64)[0], draw(there, 64)[0]
    (left, top), (right, bottom) = (
        of(face_points(here)[0, 17:] * 64).astype(int) for of in (lambda at: at.min(0), lambda at: at.max(0))
    )
    before, after = a[:, top:bottom, left:right], b[:, top + 3 : bottom + 3, left + 6 : right + 6]
    assert before.size > 1_000 and np.abs(before.astype(int) - after.astype(int)).max() <= 1
    assert np.allclose(face_points(there) - face_points(here), [6 / 64, 3 / 64], atol=1e-12)


def test_coverage_is_the_area_of_a_shape():
    square = np.array([[[1.25, 2.0], [4.5, 2.0], [4.5, 6.5], [1.25, 6.5]]])
    rows, parts = coverage(square, 8)
    assert rows.tolist() == [2, 3, 4, 5, 6]
    assert parts[0].tolist() == [0, 0.75, 1, 1, 0.5, 0, 0, 0] and parts[4].tolist() == [
        0,
        0.375,
        0.5,
        0.5,
        0.25,
        0,
        0,
        0,
    ]
    assert np.array_equal(coverage(square[:, ::-1], 8)[1], parts), "either way around"
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.stack([32 + 20 * np.cos(angle), 30 + 20 * np.sin(angle)], -1)[None]
    assert coverage(circle, 64)[1].sum() == pytest.approx(np.pi * 400, rel=1e-3)
    cut = coverage(circle + np.array([25, 0]), 64)[1]
    assert 0 < cut.sum() < np.pi * 400 and len(coverage(circle + np.array([0, 200]), 64)[0]) == 0


def test_a_curve_goes_through_its_points_and_a_stroke_is_as_wide_as_its_pen():
    points = np.random.default_rng(0).random((3, 7, 2))
    assert np.array_equal(smooth(points, True)[:, ::6], points) and np.array_equal(
        smooth(points, False)[:, ::6], points
    )
    assert smooth(points, False).shape == (3, 37, 2)
    line = np.stack([np.linspace(5, 45, 9), np.full(9, 20.0)], -1)[None]
    assert coverage(stroke(line, np.full((1, 9), 3.0)), 64)[1].sum() == pytest.approx(120)


def test_sines_are_sines():
    angles = np.pi * np.arange(17) / 16
    assert np.allclose(SINES, np.sin(angles), atol=1e-11) and np.allclose(COSINES, np.cos(angles), atol=1e-11)


def test_every_kind_of_face_is_drawn():
    many = face(range(3_000))
    for name in ("skin", "hair", "style", "iris", "top", "back", "frame"):
        counts = np.bincount(many[name])
        assert counts.min() > 0.6 * counts.mean(), name
    assert 0.2 < many["glasses"].mean() < 0.3 and 0.15 < many["beard"].mean() < 0.25
    assert (many["mouth"] == 0).mean() == pytest.approx(2 / 7, abs=0.04), "a part of the mouths is shut"
    for name, (_, low, high) in RANGES.items():
        low = max(low, 0) if name in ("mouth", "noise", "eyes") else low
        assert low <= many[name].min() and many[name].max() <= high, name


def test_noise_has_the_height_it_says():
    loud, still = (
        draw(face([6], noise=noise, light=0, bright=0.8, back=7, far=7, hair=0), 64).astype(float) for noise in (0.5, 0)
    )
    middle = (still > 70) & (still < 180)  # where nothing is cut off at black or white
    assert (loud - still)[middle].std() == pytest.approx(20, rel=0.05)
    assert abs((loud - still)[middle].mean()) < 1
