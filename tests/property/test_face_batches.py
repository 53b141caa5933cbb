"""Points move with pixels: a dot painted at each point is found, after any move, where the point is said to be."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet_book.data import FaceBatches, Faces, Moves, normalization
from resnet_book.data.face_batches import moved, recoloured
from resnet_book.data.keypoints import MIRRORED, mirrored

SIZE = 96
SOME = [0, 8, 16, 27, 30, 36, 45, 48, 54, 57]


def dots(places: torch.Tensor, size: int = SIZE) -> torch.Tensor:
    """A picture for each point, (68, 1, S, S): a soft dot at its place."""
    at = (torch.arange(size) + 0.5) / size
    x, y = (torch.exp(-(((at - places[:, i : i + 1]) * size / 2) ** 2)) for i in (0, 1))
    return (y[:, :, None] * x[:, None, :])[:, None]


def centres(pictures: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """Where dots are, as places: (N, 1, S, S) -> (N, 2); looked for near some places, (N, 2).

    What comes in from outside is the picture in a mirror, so a dot may have an image elsewhere.
    """
    at = (torch.arange(pictures.shape[-1]) + 0.5) / pictures.shape[-1]
    close = [(at - near[:, i : i + 1]).abs() < 0.08 for i in (0, 1)]
    pictures = pictures * (close[1][:, :, None] & close[0][:, None, :])[:, None]
    assert (pictures.amax((1, 2, 3)) > 0.7).all(), "there is a dot"
    mass = pictures.sum((1, 2, 3))
    return torch.stack([(pictures.sum((1, 2)) * at).sum(1) / mass, (pictures.sum((1, 3)) * at).sum(1) / mass], 1)


def inside(count: int, seed: int) -> torch.Tensor:
    return 0.4 + 0.2 * torch.rand(count, 68, 2, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    angle=st.floats(-math.pi, math.pi),
    scale=st.floats(0.8, 1.25),
    shift=st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)),
    mirror=st.booleans(),
)
def test_points_move_with_pixels(seed, angle, scale, shift, mirror):
    places = inside(1, seed)
    side = -1 if mirror else 1
    c, s = scale * math.cos(angle), scale * math.sin(angle)
    one = torch.tensor([[[c * side, -s, shift[0]], [s * side, c, shift[1]]]])
    flags = torch.tensor([mirror])
    pictures = dots(places[0])
    found, _ = moved(pictures, places.expand(68, -1, -1), one.expand(68, -1, -1), flags.expand(68))
    _, said = moved(pictures[:1], places, one, flags)
    new = [MIRRORED[i] if mirror else i for i in SOME]
    where = centres(found[SOME], said[0, new])
    assert torch.allclose(where, said[0, new], atol=0.15 / SIZE)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    flip=st.booleans(),
    rotate=st.floats(0, 45),
    scale=st.floats(0, 0.2),
    shift=st.floats(0, 0.1),
)
def test_batches_move_them_together(seed, flip, rotate, scale, shift):
    places = inside(1, seed).expand(len(SOME), -1, -1).contiguous()
    pictures = (dots(places[0, SOME]) * 255).round().to(torch.uint8).expand(-1, 3, -1, -1).contiguous()
    faces = Faces(pictures, places, torch.full((len(SOME), 2), SIZE), torch.arange(len(SOME)), "dots")
    order = torch.randperm(len(SOME), generator=torch.Generator().manual_seed(seed))
    batches = FaceBatches(
        faces, 64, moves=Moves(flip, rotate, scale, shift), generator=torch.Generator().manual_seed(seed)
    )
    ((x, y),) = batches
    for k, place in enumerate(order.tolist()):
        point = SOME[place]
        either = [point, MIRRORED[point]] if flip else [point]
        brightest = (x[k, 0] == x[k, 0].max()).nonzero()[0].flip(0) / SIZE + 0.5 / SIZE
        new = min(either, key=lambda i: (brightest - y[k, i]).abs().max())
        assert torch.allclose(centres(x[k : k + 1, :1], y[k, new][None])[0], y[k, new], atol=0.4 / SIZE)


def test_every_kind_of_move_is_drawn_in_its_range():
    places = torch.zeros(4_000, 68, 2) + 0.5
    places[:, 16] = torch.tensor([0.9, 0.5])  # to the right of the middle, which is point 8
    places[:, 0] = torch.tensor([0.1, 0.5])
    faces = Faces(
        torch.zeros(4_000, 3, 8, 8, dtype=torch.uint8), places, torch.full((4_000, 2), 8), torch.arange(4_000), "bars"
    )
    batches = FaceBatches(faces, 4_000, moves=Moves(True, 20, 0.1, 0.05), generator=torch.Generator().manual_seed(0))
    ((_, y),) = batches
    shift, bar = y[:, 8] - 0.5, y[:, 16] - y[:, 0]
    angle, length = torch.rad2deg(torch.atan2(bar[:, 1], bar[:, 0])), bar.norm(dim=1) / 0.8
    assert (bar[:, 0] > 0).all(), "after a flip the right end is the right end: left and right points are exchanged"
    assert 0.045 < shift.abs().max() <= 0.0501 and 19 < angle.abs().max() <= 20.001
    assert 1.09 < length.max() <= 1.1001 and 0.9 < length.min() <= 1 / 1.09


def test_a_flip_alone_is_a_flip_of_every_pixel():
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(2, 3, 17, 17, generator=generator)
    one = torch.tensor([[[-1.0, 0, 0], [0, 1, 0]]]).expand(2, -1, -1)
    places = inside(2, 3)
    found, said = moved(images, places, one, torch.tensor([True, True]))
    assert torch.allclose(found, images.flip(3), atol=1e-5) and torch.allclose(said, mirrored(places), atol=1e-6)


def faces(count=40, size=12, seed=0):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(256, (count, 3, size, size), dtype=torch.uint8, generator=generator)
    return Faces(
        images,
        inside(count, seed),
        torch.randint(50, 200, (count, 2), generator=generator),
        torch.arange(count),
        "noise",
    )


def test_without_chance_nothing_is_changed_and_normalization_comes_once():
    given, (x, y) = faces(), next(iter(FaceBatches(faces(), 100, moves=Moves(True, 30, 0.2, 0.1, 0.3))))
    assert torch.equal(x, given.images.float() / 255) and torch.equal(y, given.places)
    ((z, _),) = FaceBatches(given, 100, normalize=normalization(given, "channels"))
    assert z.mean((0, 2, 3)).abs().max() < 1e-4 and (z.std((0, 2, 3), correction=0) - 1).abs().max() < 1e-4


def test_resizing_keeps_places():
    ((x, y),) = FaceBatches(faces(), 100, size=24)
    assert x.shape == (40, 3, 24, 24) and torch.equal(y, faces().places)


def test_the_generators_state_is_the_pass():
    moves, generator = Moves(True, 20, 0.1, 0.1, 0.2), torch.Generator().manual_seed(5)
    batches = FaceBatches(faces(), 16, moves=moves, generator=generator)
    state = generator.get_state()
    first = list(batches)
    other = list(batches)
    generator.set_state(state)
    again = list(batches)
    assert all(torch.equal(a, b) for one, two in zip(first, again) for a, b in zip(one, two))
    assert not torch.equal(first[0][0], other[0][0]) and [len(y) for _, y in first] == [16, 16, 8]


def test_two_processes_share_every_batch():
    whole = list(FaceBatches(faces(), 16, moves=Moves(True, 20), generator=torch.Generator().manual_seed(5)))
    parts = [
        list(
            FaceBatches(faces(), 16, moves=Moves(True, 20), generator=torch.Generator().manual_seed(5), share=(rank, 2))
        )
        for rank in (0, 1)
    ]
    for (_, y), (_, a), (_, b) in zip(whole, *parts):
        assert torch.equal(y[0::2], a) and torch.equal(y[1::2], b)


def test_colours_change_and_points_do_not():
    x = torch.rand(2, 3, 5, 5)
    assert torch.allclose(recoloured(x, torch.ones(2, 3), torch.ones(2)), x, atol=1e-6)
    grey = recoloured(x, torch.ones(2, 3), torch.zeros(2))
    assert grey.std((1, 2, 3)).max() < 1e-6, "without contrast all is the mean"
    ((_, y),) = FaceBatches(faces(), 100, moves=Moves(colour=0.3), generator=torch.Generator().manual_seed(0))
    order = torch.randperm(40, generator=torch.Generator().manual_seed(0))
    assert torch.equal(y, faces().places[order])


def test_points_come_back_as_pixels_of_their_own_picture():
    given = faces()
    at = given.in_pixels(given.places)
    assert torch.allclose((at + 0.5) / given.sizes[:, None], given.places.double(), atol=1e-7)


@pytest.mark.parametrize("part", ["images", "places", "sizes", "rows"])
def test_parts_of_another_form_are_refused(part):
    given = {name: getattr(faces(), name) for name in ("images", "places", "sizes", "rows")}
    with pytest.raises(ValueError, match=f"{part}: expected"):
        Faces(**given | {part: given[part][:-1].double() if part != "images" else given[part].float()}, name="odd")
