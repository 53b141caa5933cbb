"""The chapters' measurements, each held against an answer known in advance."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from resnet_book import Block, architecture, build
from resnet_book import experiments as ex

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize(
    ("prediction", "truth"), [(3, 3), (3.0, 3), ((1, 2), (1, 2)), ([1, 2], (1, 2)), ("none", "none"), (True, True)]
)
def test_a_right_prediction_is_right(prediction, truth):
    assert ex.check(prediction, truth).startswith("Right")


@pytest.mark.parametrize(("prediction", "truth"), [(2, 3), ((1, 2), (1, 2, 3)), ("all", "none"), (False, True)])
def test_a_wrong_prediction_is_wrong_and_keeps_the_answer_secret(prediction, truth):
    said = ex.check(prediction, truth)
    assert said.startswith("Not ")
    assert str(truth) not in said


def test_a_wrong_number_is_told_which_way_to_go():
    assert "larger" in ex.check(2, 3, "parameters")
    assert "smaller" in ex.check(4, 3)
    assert "4 parameters" in ex.check(4, 3, "parameters")


@pytest.mark.parametrize("nothing", [None, ...])
def test_no_prediction_is_invited(nothing):
    assert ex.check(nothing, 3).startswith("No prediction yet")


@pytest.mark.parametrize(("prediction", "truth"), [("3", 3), (3, (3,)), (1, "none"), ((1,), "1")])
def test_an_answer_of_another_kind_is_named(prediction, truth):
    said = ex.check(prediction, truth)
    assert type(prediction).__name__ in said
    assert type(truth).__name__ in said


def test_best_fit_error_is_zero_where_the_class_holds_the_target():
    assert ex.best_fit_error([0, 2], lambda x: 3 * x**2 - 1) == pytest.approx(0, abs=1e-12)


def test_best_fit_error_of_a_constant_is_the_spread():
    x = np.linspace(-1, 1, 201)
    assert ex.best_fit_error([0], np.exp) == pytest.approx(np.exp(x).std())


def test_noise_is_the_same_for_the_same_seed_alone():
    pictures, labels = ex.noise(6, 5, seed=1)
    again, same = ex.noise(6, 5, seed=1)
    assert pictures.shape == (6, 3, 5, 5)
    assert labels.shape == (6,)
    assert torch.equal(pictures, again)
    assert torch.equal(labels, same)
    assert not torch.equal(pictures, ex.noise(6, 5, seed=2)[0])
    assert labels.min() >= 0
    assert labels.max() < 10


def test_fit_noise_starts_near_guessing_and_repeats_itself():
    arch = architecture("cifar-resnet20")
    first = ex.fit_noise(arch, steps=3, count=8)
    assert len(first) == 4  # before the first step, and after each
    assert ex.fit_noise(arch, steps=2, count=8) == first[:3]
    assert first == ex.fit_noise(arch, steps=3, count=8)
    assert first[0] == pytest.approx(math.log(10), abs=1.5)


def test_depth_hurts_the_plain_network_and_not_the_residual_one():
    left = {}
    for name in ("cifar-plain20", "cifar-plain56", "cifar-resnet56"):
        losses = ex.fit_noise(architecture(name), steps=20, count=16, seed=3)
        left[name] = losses[-1] / losses[0]
    assert left["cifar-resnet56"] < left["cifar-plain20"] < left["cifar-plain56"]


def test_gradient_norms_are_those_that_backward_leaves():
    arch = architecture("cifar-resnet20")
    norms = ex.gradient_norms(arch, count=4, size=8, seed=5)
    assert len(norms) == 9

    pictures, labels = ex.noise(4, 8, seed=5)
    torch.manual_seed(5)
    net = build(arch)
    kept = []

    def keep(_, __, out):
        out.retain_grad()
        kept.append(out)

    for stage in (net.layer1, net.layer2, net.layer3):
        for block in stage:
            block.register_forward_hook(keep)
    nn.functional.cross_entropy(net(pictures), labels).backward()
    assert norms == pytest.approx([out.grad.norm().item() for out in kept], rel=1e-4)


def test_gradients_grow_toward_the_input_without_skips_and_hardly_with_them():
    growth = {}
    for name in ("cifar-plain56", "cifar-resnet56"):
        norms = ex.gradient_norms(architecture(name), count=8, size=8, seed=1)
        growth[name] = norms[0] / norms[-1]
    assert growth["cifar-plain56"] > 500
    assert growth["cifar-resnet56"] < 50


def test_jacobian_of_a_linear_map_is_its_matrix():
    matrix = torch.randn(5, 12)
    x = torch.randn(3, 3, 2, 2)
    assert torch.allclose(ex.jacobian(lambda x: x.flatten(1) @ matrix.T, x), matrix, atol=1e-6)


def test_jacobian_agrees_with_finite_differences_through_batch_norm():
    torch.manual_seed(0)
    block = build(Block("basic", 2, 2)).double()
    x = torch.randn(4, 2, 3, 3, dtype=torch.double)
    found = ex.jacobian(block, x)
    step, other = 1e-6, x.clone()
    other[0, 1, 2, 0] += step
    column = (block(other)[0] - block(x)[0]).flatten() / step
    assert torch.allclose(found[:, 1 * 9 + 2 * 3 + 0], column, atol=1e-4)


def test_the_skip_adds_the_identity_to_the_jacobian():
    torch.manual_seed(0)
    conv = nn.Conv2d(2, 2, 3, padding=1)
    x = torch.randn(2, 2, 4, 4)
    difference = ex.jacobian(lambda x: conv(x) + x, x) - ex.jacobian(conv, x)
    assert torch.allclose(difference, torch.eye(32), atol=1e-6)


def test_without_batch_norm_leaves_the_rest_and_no_batch_norm():
    net = build(architecture("cifar-resnet20"))
    convs = sum(isinstance(m, nn.Conv2d) for m in net.modules())
    bare = ex.without_batch_norm(net)
    assert bare is net
    assert not any(isinstance(m, nn.BatchNorm2d) for m in bare.modules())
    assert sum(isinstance(m, nn.Conv2d) for m in bare.modules()) == convs
    assert bare(torch.randn(2, 3, 8, 8)).shape == (2, 10)
