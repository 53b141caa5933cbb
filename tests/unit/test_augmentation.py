"""Batches in colour: each picture's own crop, mirrored edges, flips in turn, and what is taken off the pictures."""

import pytest
import torch
from support import noise

from resnet_book.data import Batches, normalization


def one_pass(pictures, epoch=1, seed=1, **options):
    """The pictures of a pass, in the official order."""
    batches = Batches(pictures, len(pictures), generator=torch.Generator().manual_seed(seed), **options)
    batches.epoch = epoch
    x, _ = next(iter(batches))
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(seed))
    return x[order.argsort()]


@pytest.mark.parametrize("padding, mode", [("zeros", "constant"), ("reflect", "reflect")])
def test_every_picture_has_a_window_of_its_own(padding, mode):
    pictures = noise(60, 3, 8, 8)
    around = torch.nn.functional.pad(pictures.images.float() / 255, (4, 4, 4, 4), mode=mode)
    seen = set()
    for got, wide in zip(one_pass(pictures, crop=4, flip=True, padding=padding), around):
        found = [
            (y, x, mirrored)
            for y in range(9)
            for x in range(9)
            for mirrored in (False, True)
            for window in [wide[:, y : y + 8, x : x + 8]]
            if torch.equal(got, window.flip(-1) if mirrored else window)
        ]
        assert found and (len(found) == 1 or padding == "reflect"), "one place, the same for all channels"
        seen.add(found[0])  # a mirrored edge may look the same from two places
    assert len(seen) > 40


def test_flips_alternate_so_that_two_passes_show_both_sides():
    pictures = noise(40, 3, 8, 8)
    plain = pictures.images.float() / 255
    passes = [one_pass(pictures, epoch, flip=True, alternate=True) for epoch in (1, 2, 3)]
    mirrored = [(got != plain).flatten(1).any(1) for got in passes]
    assert torch.equal(mirrored[0], ~mirrored[1]) and torch.equal(mirrored[0], mirrored[2])
    assert 8 < mirrored[0].sum() < 32


def test_the_first_flips_come_from_the_seed_not_from_where_the_generator_is():
    """So that a run that goes on from a checkpoint goes on with them."""
    pictures, seen = noise(40, 3, 8, 8), []
    for wasted in (0, 5):
        generator = torch.Generator().manual_seed(7)
        torch.rand(wasted, generator=generator)
        restored = torch.Generator().manual_seed(7)
        restored.set_state(generator.get_state())
        order = torch.Generator()
        order.set_state(restored.get_state())
        x, _ = next(iter(Batches(pictures, 40, flip=True, alternate=True, generator=restored)))
        seen.append((x[torch.randperm(40, generator=order).argsort()] != pictures.images / 255).flatten(1).any(1))
    assert torch.equal(*seen) and seen[0].any()


def test_channels_have_mean_zero_and_deviation_one():
    pictures = noise(50, 3, 8, 8)
    how = normalization(pictures, "channels")
    x = torch.cat([x for x, _ in Batches(pictures, 20, normalize=how)])
    assert torch.allclose(x.mean((0, 2, 3)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(x.std((0, 2, 3), unbiased=False), torch.ones(3), atol=1e-5)


def test_the_mean_of_every_pixel_goes_with_its_pixel_and_the_edge_is_zero():
    pictures = noise(30, 3, 8, 8)
    how = normalization(pictures, "pixels")
    wanted = pictures.images.float() / 255 - (pictures.images.float() / 255).mean(0)
    x = torch.cat([x for x, _ in Batches(pictures, 7, normalize=how)])
    assert torch.allclose(x, wanted, atol=1e-6)
    around = torch.nn.functional.pad(wanted, (2, 2, 2, 2))
    for got, wide in zip(one_pass(pictures, crop=2, flip=True, normalize=how), around):
        windows = [wide[:, y : y + 8, x : x + 8] for y in range(5) for x in range(5)]
        assert any(torch.allclose(got, w, atol=1e-6) or torch.allclose(got, w.flip(-1), atol=1e-6) for w in windows)


def test_nothing_is_taken_off_unless_asked():
    assert normalization(noise(12, 3, 8, 8), "none") is None


def test_grey_pictures_have_one_channel():
    grey = noise(12, 8, 8)
    assert grey.channels == 1 and grey.planes.shape == (12, 1, 8, 8)
    assert next(iter(Batches(grey, 4)))[0].shape == (4, 1, 8, 8)
