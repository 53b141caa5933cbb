"""Faces drawn in the page are those drawn in Python: parameters, points and pixels."""

import numpy as np
import pytest
from support import Browser

from resnet_book.data.drawn_faces import draw, face_points, parameters


@pytest.fixture(scope="module")
def page():
    with Browser("drawn_faces.mjs") as node:
        yield node


def compare(page, seeds, size, hard=1.0, **changes):
    found = page("draw", seeds=seeds, hard=hard, changes=changes, size=size)
    face = parameters(np.array(seeds), hard)
    for name, value in changes.items():
        face[name] = np.full(len(seeds), float(value))
    for name, values in face.items():
        assert [made[name] for made in found["faces"]] == values.tolist(), name
    np.testing.assert_allclose(found["points"], face_points(face), rtol=0, atol=1e-12)
    pictures = np.array(found["pictures"], np.uint8).reshape(len(seeds), size, size, 4)
    assert (pictures[..., 3] == 255).all()
    drawn = draw(face, size).transpose(0, 2, 3, 1)
    assert np.abs(pictures[..., :3].astype(int) - drawn.astype(int)).max() <= 1
    assert (pictures[..., :3] != drawn).mean() < 1e-5, "all but a rare pixel is the same to the last bit"


def test_two_hundred_faces_are_the_same(page):
    for first in range(0, 200, 50):
        compare(page, list(range(first, first + 50)), 64)


def test_any_seed_size_and_hardness(page):
    compare(page, [2**32 - 1, 2**31, 12_345_678], 33)
    compare(page, [3, 4], 96, hard=0.0)
    compare(page, [5, 6, 7], 40, hard=2.5)


def test_what_sliders_change(page):
    compare(page, [8, 9], 64, turn=60, nod=-35, tilt=80, mouth=1.4, eyes=0, light=-1.6, noise=1)
    compare(
        page, [8, 9], 64, turn=0, nod=0, tilt=0, mouth=0, eyes=1, light=0, noise=0, glasses=1, beard=1, bald=0, long=1
    )
