"""Errors of points, against sums done by hand and against a loop."""

import numpy as np
import pytest

from resnet_book.data import face_metrics as metrics

FIVE = np.array([3, 4])  # a way of length 5


def faces(count=5, seed=0):
    return np.random.default_rng(seed).random((count, 68, 2)) * 100


def test_nme_is_a_mean_distance_over_that_of_the_outer_eye_corners():
    points = faces()
    points[:, 36], points[:, 45] = [20, 50], [60, 20]  # 50 apart
    assert metrics.eye_distance(points) == pytest.approx(50)
    assert metrics.nme(points + FIVE, points) == pytest.approx(0.1)
    one_off = points.copy()
    one_off[2, 7] += [0, 68]
    assert metrics.nme(one_off, points) == pytest.approx([0, 0, 1 / 50, 0, 0])


def test_the_error_over_the_box_does_not_shrink_with_the_eyes():
    points = faces()
    points[:, 0], points[:, 1] = [0, 0], [100, 25]
    points = np.clip(points, 0, [100, 25])  # a box of 100 by 25, so 50
    points[:, 36] = points[:, 45] = [50, 12]
    points[:, 36, 0] += 1e-3
    assert metrics.box_error(points + FIVE, points) == pytest.approx(0.1)
    assert metrics.nme(points + FIVE, points).min() > 1_000


def test_failures_curve_and_area_agree_with_each_other():
    errors = np.random.default_rng(1).gamma(4, 0.015, 500)
    assert metrics.failures(errors, 0.08) == np.mean([e > 0.08 for e in errors])
    assert metrics.failures(errors, 0.10) <= metrics.failures(errors, 0.08)
    ordered, share = metrics.cumulative(errors)
    assert (np.diff(ordered) >= 0).all() and share[-1] == 1 and share[0] == 1 / 500
    steps = np.linspace(0, 0.08, 20_001)
    curve = np.searchsorted(np.sort(errors), steps, side="right") / 500
    assert metrics.area(errors, 0.08) == pytest.approx(np.trapezoid(curve, steps) / 0.08, abs=1e-4)
    assert metrics.area(np.zeros(3)) == 1 and metrics.area(np.ones(3)) == 0
    assert metrics.cumulative(np.array([1.0, 1.0]))[1].tolist() == [1, 1], "faces of the same error count together"


def test_parts_are_all_points_once():
    assert sorted(i for part in metrics.PARTS.values() for i in range(68)[part]) == list(range(68))


def test_eyes_at_one_place_are_said():
    points = faces()
    points[3, 36] = points[3, 45]
    with pytest.raises(ValueError, match=r"face 3: the outer eye corners, points 36 and 45, stand at the same place"):
        metrics.nme(points, points)
    metrics.box_error(points, points)


def test_a_face_without_a_box_is_said():
    points = faces()
    points[1, :, 0] = 5
    with pytest.raises(ValueError, match="face 1: its points lie on one line"):
        metrics.box_error(points, points)


@pytest.mark.parametrize("shape", [(68, 2), (0, 68, 2), (3, 67, 2), (3, 136)])
def test_points_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"expected \(N, 68, 2\)"):
        metrics.nme(np.zeros(shape), np.zeros(shape))


def test_points_that_are_no_numbers_and_other_faces_are_refused():
    points, broken = faces(), faces()
    broken[2, 5, 1] = np.nan
    with pytest.raises(ValueError, match="predicted: face 2 has a point that is no number"):
        metrics.nme(broken, points)
    with pytest.raises(ValueError, match="expected the points of 5 faces, got those of 4"):
        metrics.nme(points[:4], points)
    with pytest.raises(ValueError, match="errors"):
        metrics.failures([])
