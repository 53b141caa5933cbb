"""What the chapter on transfer learning shows of mistakes, and its figures."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from resnet_book import build, figures
from resnet_book.data.drawn_faces import draw, face_points, parameters
from resnet_book.data.face_metrics import PARTS
from resnet_book.experiments.keypoint_mistakes import learning, moved_statistics, off, places_of
from resnet_book.train import recipe

matplotlib.use("agg")
pytestmark = pytest.mark.usefixtures("one_thread")
FACE = parameters(range(6))
POINTS = face_points(FACE)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return build(recipe("keypoints-page").architecture).eval()


def test_off_is_in_per_cent_of_the_eyes_distance():
    eyes = np.linalg.norm(POINTS[:, 36] - POINTS[:, 45], axis=1)
    assert off(POINTS + np.array([0.03, 0.04]), POINTS) == pytest.approx((5 / eyes).mean())
    assert off(torch.from_numpy(POINTS), POINTS) == 0


def test_only_in_training_mode_the_batch_matters(net):
    x = torch.randn(8, 3, 32, 32)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    assert torch.allclose(places_of(net, x, 8), places_of(net, x, 3), atol=1e-5)
    assert not torch.allclose(places_of(net, x, 8, training=True), places_of(net, x, 4, training=True), atol=1e-3)
    assert places_of(net, x).shape == (8, 68, 2) and not net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items()), "it is left as it was"


def test_what_learns_and_what_moves(net):
    x = torch.randn(4, 3, 32, 32)
    assert learning(net) == 85_264 and moved_statistics(net, x) == 0
    assert moved_statistics(net.train(), x) == 19
    for name, parameter in net.named_parameters():
        parameter.requires_grad_(name.startswith("fc."))
    assert learning(net) == net.fc.weight.numel() + 136 and moved_statistics(net, x) == 19
    assert not net.bn1.running_mean.any(), "it is left as it was"


def test_faces_are_drawn_with_their_points_on_them():
    figure = figures.faces(draw(FACE, 32), POINTS, columns=4)
    assert len(figure.axes) == 8
    for k in range(6):
        x, y = figure.axes[k].lines[0].get_data()
        np.testing.assert_allclose(np.stack([x, y], 1), POINTS[k] * 32 - 0.5)
        assert np.array_equal(figure.axes[k].images[0].get_array(), draw(FACE, 32)[k].transpose(1, 2, 0))
    assert not figures.faces(draw(FACE, 32)).axes[0].lines
    plt.close("all")


def test_points_stand_by_number_and_no_number_on_another():
    figure = figures.numbered(POINTS.mean(0), PARTS, between=(36, 45))
    (ax,) = figure.axes
    assert [text.get_text() for text in ax.texts] == [str(number) for number in range(68)]
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    centers = np.array([[(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2] for box in boxes])
    away = np.linalg.norm(centers[:, None] - centers, axis=-1) + 99 * np.eye(68)
    assert away.min() > 8, np.argwhere(away < 8)
    between, *parts = ax.lines
    np.testing.assert_allclose(between.get_xydata(), POINTS.mean(0)[[36, 45]])
    assert [line.get_label() for line in parts] == [
        "jaw 0–16",
        "brows 17–26",
        "nose 27–35",
        "eyes 36–47",
        "mouth 48–67",
    ]
    plt.close("all")


def test_a_curve_of_errors_says_how_many_are_at_or_below():
    errors = np.array([0.01, 0.02, 0.02, 0.5])
    (ax,) = figures.error_curves({"one": errors}).axes
    x, y = ax.lines[0].get_data()
    for limit, part in ((1.5, 25), (2.5, 75), (40, 75), (51, 100)):
        assert y[np.searchsorted(x, limit, side="right") - 1] == part
    plt.close("all")
