"""Where a network looks: what a grey patch does to its points, and the figure of it."""

from copy import deepcopy

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

from resnet_book import build, figures
from resnet_book.data.drawn_faces import face_points, parameters
from resnet_book.data.face_metrics import PARTS
from resnet_book.experiments.occlusion import Occlusion, by_part, covered_at, occlusion, upright
from resnet_book.train import recipe

matplotlib.use("agg")
pytestmark = pytest.mark.usefixtures("one_thread")
FACE = upright(np.arange(4))
POINTS = face_points(FACE)


class OnePixel(nn.Module):
    """It finds all points where they are, but for the mouth's: these go right by what one pixel says."""

    def forward(self, x):
        found = torch.from_numpy(POINTS).float().clone()
        found[:, PARTS["mouth"], 0] += x[:, 0, 9, 4, None]
        return found.flatten(1)


def test_a_patch_matters_where_the_network_looks():
    x = torch.rand(4, 3, 16, 16) + 0.1
    before = x.clone()
    found = occlusion(OnePixel(), x, POINTS, side=4, step=3)
    assert found.starts == (0, 3, 6, 9, 12) and torch.equal(x, before)
    eyes = np.linalg.norm(POINTS[:, 36] - POINTS[:, 45], axis=1)
    off = 100 * (x[:, 0, 9, 4].numpy() / eyes).mean()
    assert found.whole["mouth"] == pytest.approx(off, rel=1e-5) and found.whole["jaw"] == pytest.approx(0, abs=1e-4)
    for i, top in enumerate(found.starts):
        for j, left in enumerate(found.starts):
            hidden = top <= 9 < top + 4 and left <= 4 < left + 4
            assert found.covered["mouth"][i, j] == pytest.approx(0 if hidden else off, rel=1e-5, abs=1e-4)
    assert all(np.abs(found.covered[part]).max() < 1e-4 for part in PARTS if part != "mouth")
    assert found.covered["all points"] == pytest.approx(found.covered["mouth"] * 20 / 68, abs=1e-4)


def test_the_worst_place_and_what_it_touches():
    maps = {part: np.zeros((3, 3)) for part in PARTS}
    maps["nose"][2, 1] = 7.0  # third row, second column
    found = Occlusion(16, 4, (0, 6, 12), dict.fromkeys(PARTS, 1.0), maps)
    x, y = found.worst("nose")
    assert (x, y) == (8 / 16, 14 / 16) and found.at("nose", x + 0.02, y - 0.1) == 7 and found.at("nose", x, 0.5) == 0
    assert found.touches(np.array([[0.1, 0.1], [0.6, 0.9]]), x, y)
    assert not found.touches(np.array([[0.5, 0.7], [0.7, 0.9]]), x, y), "beside it on one axis only is beside it"


def test_by_part_is_the_error_of_those_points_alone():
    moved = POINTS.copy()
    moved[:, PARTS["eyes"], 1] += 0.1
    eyes = np.linalg.norm(POINTS[:, 36] - POINTS[:, 45], axis=1)
    found = by_part(moved, POINTS)
    assert found["eyes"] == pytest.approx(100 * (0.1 / eyes).mean())
    assert [found[part] for part in PARTS if part != "eyes"] == [0] * 4


def test_upright_faces_lie_over_each_other():
    assert not any(FACE[name].any() for name in ("turn", "nod", "tilt")) and set(FACE["scale"]) == {0.29}
    bridge = POINTS[:, 27:31, 0]
    assert np.allclose(bridge, 0.5) and np.ptp(POINTS, axis=0).max() < 0.12, "different people, in one place"
    assert np.ptp(FACE["width"]) > 0 and np.ptp(FACE["mouth"]) > 0


def test_a_network_is_left_as_it_was_and_impossible_patches_are_said():
    torch.manual_seed(0)
    net = build(recipe("keypoints-page").architecture).train()
    before = deepcopy(net.state_dict())
    x = torch.rand(4, 3, 32, 32)
    occlusion(net, x, POINTS, side=16, step=16)
    assert net.training and all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    for side, step in ((0, 1), (33, 1), (4, 0)):
        with pytest.raises(ValueError, match="a side from 1 to 32"):
            occlusion(net, x, POINTS, side=side, step=step)
    with pytest.raises(ValueError, match="a step that divides 24, for patches up to the edge, got 5"):
        occlusion(net, x, POINTS, side=8, step=5)


def test_a_single_place_is_as_wide_as_its_patch():
    maps = {part: np.full((1, 1), 3.0) for part in PARTS}
    found = Occlusion(16, 16, (0,), dict.fromkeys(PARTS, 2.0), maps)
    for ax in figures.occlusion(found, POINTS, PARTS).axes:
        if ax.axison:
            assert ax.images[0].get_extent() == pytest.approx([0, 1, 1, 0])
    plt.close("all")


def test_the_figure_has_a_map_for_each_part_on_one_scale():
    rng = np.random.default_rng(0)
    maps = {part: 2 + rng.random((5, 5)) for part in PARTS}
    maps["eyes"][1, 3] = 9.0
    found = Occlusion(16, 4, (0, 3, 6, 9, 12), dict.fromkeys(PARTS, 2.0), maps)
    axes = figures.occlusion(found, POINTS, PARTS).axes
    assert [ax.get_title(loc="center") for ax in axes if ax.axison] == list(PARTS) and len(axes) == 6
    assert {ax.images[0].get_clim() for ax in axes if ax.axison} == {(0.0, 7.0)}
    for ax, (part, chosen) in zip(axes, PARTS.items()):
        np.testing.assert_allclose(ax.images[0].get_array(), maps[part] - 2)
        np.testing.assert_allclose(np.transpose(ax.lines[-1].get_data()), POINTS.mean(0)[chosen])
        (patch,) = ax.patches
        assert np.allclose(np.add(patch.get_xy(), patch.get_width() / 2), found.worst(part))
        assert ax.get_xlabel() == f"2.0 → {maps[part].max():.1f} %"
        left, right, bottom, top = ax.images[0].get_extent()
        assert (left, top) == (0.5 / 16, 0.5 / 16) and (right, bottom) == (15.5 / 16, 15.5 / 16)
    plt.close("all")


def test_a_patch_lies_on_the_part_of_each_face():
    """By a network that says of each picture where the middle of the patch is, for every point."""

    class Grey(nn.Module):
        def forward(self, x):
            dark = (x[:, 0] == 0).float()
            place = (torch.arange(x.shape[-1]) + 0.5) / x.shape[-1]
            middle = torch.stack([(dark * place).sum((1, 2)), (dark * place[:, None]).sum((1, 2))], 1) / 64
            return middle[:, None].expand(-1, 68, -1).flatten(1)

    face = parameters(np.arange(6))
    points = face_points(face)
    x = torch.ones(6, 3, 32, 32)
    found = covered_at(Grey(), x, points, PARTS["mouth"])
    middles = points[:, PARTS["mouth"]].mean(1, keepdims=True)
    exact = by_part(np.broadcast_to(middles, points.shape), points)
    assert found["mouth"] == pytest.approx(exact["mouth"], rel=0.15) and x.min() == 1
