"""Sizes along the depth, against sizes made to be known."""

import copy

import pytest
import torch
import torch.nn.functional as F

from resnet_book import Architecture, architecture, build
from resnet_book.architectures import Stem
from resnet_book.experiments import noise
from resnet_book.experiments.responses import along_depth, responses
from resnet_book.models import build_start

pytestmark = pytest.mark.usefixtures("one_thread")


def small(kind="basic", shortcut="A"):
    stem = Stem(4, 3, 1, 1, pool=False)
    return Architecture("small", kind, (2, 2), (4, 8), stem, num_classes=10, shortcut=shortcut)


@pytest.mark.parametrize(("kind", "shortcut"), [("basic", "B"), ("bottleneck", "B"), ("plain", "none"), ("d2l", "B")])
def test_responses_are_named_after_the_convolutions_in_order(kind, shortcut):
    net = build(small(kind, shortcut))
    layers = 3 if kind == "bottleneck" else 2
    names = [f"layer{s}.{b}.conv{n}" for s in (1, 2) for b in (0, 1) for n in range(1, layers + 1)]
    assert list(responses(net, torch.randn(2, 3, 8, 8))) == ["conv1", *names]


def test_behind_batch_norm_in_training_a_response_is_the_scale():
    net = build(small())
    with torch.no_grad():
        for n, block in enumerate((*net.layer1, *net.layer2), start=1):
            block.bn1.weight.fill_(n)
            block.bn2.weight.fill_(0.1 * n)
    got = responses(net, torch.randn(8, 3, 16, 16), training=True)
    wanted = [1, 1, 0.1, 2, 0.2, 3, 0.3, 4, 0.4]
    assert list(got.values()) == pytest.approx(wanted, rel=1e-3)


def test_without_batch_norm_a_response_is_that_of_the_convolution():
    net, x = build_start(small(), "he"), torch.randn(4, 3, 8, 8)
    y = F.conv2d(x, net.conv1.weight, padding=1)
    first = F.conv2d(torch.relu(y), net.layer1[0].conv1.weight, padding=1)
    got = responses(net, x)
    assert got["conv1"] == pytest.approx(y.std().item(), rel=1e-5)
    assert got["layer1.0.conv1"] == pytest.approx(first.std().item(), rel=1e-5)


@pytest.mark.parametrize("function", [responses, along_depth])
def test_the_network_is_left_as_it_was(function):
    net = build(small()).train()
    net.layer1[0].bn1.eval()
    before = copy.deepcopy(net.state_dict())
    x, y = noise(4, 8, 0)
    function(net, x, *([y] if function is along_depth else []), training=True)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert net.training
    assert not net.layer1[0].bn1.training
    assert all(p.grad is None for p in net.parameters())
    assert not any(module._forward_hooks for module in net.modules())


def test_activations_and_gradients_are_those_of_the_blocks():
    net = build(small()).eval()
    x, y = noise(5, 8, 1)
    found = along_depth(net, x, y, training=False)
    assert [place.name for place in found] == ["stem", "layer1.0", "layer1.1", "layer2.0", "layer2.1"]
    with torch.no_grad():
        middle = net.layer1(net.relu(net.bn1(net.conv1(x))))
    middle.requires_grad_()
    out = net.layer2(middle)
    logits = net.fc(out.mean((2, 3)))
    norms = []
    for k in range(5):  # picture by picture
        (gradient,) = torch.autograd.grad(F.cross_entropy(logits[k : k + 1], y[k : k + 1]), middle, retain_graph=True)
        norms.append(gradient[k].norm() ** 2)
    assert found[2].gradient == pytest.approx(torch.stack(norms).mean().sqrt().item(), rel=1e-4)
    assert found[2].activation == pytest.approx(middle.square().mean().sqrt().item(), rel=1e-5)
    assert found[4].activation == pytest.approx(out.square().mean().sqrt().item(), rel=1e-5)
    table = torch.corrcoef(middle.detach().flatten(1))
    assert found[2].alike == pytest.approx(((table.sum() - 5) / 20).item(), rel=1e-4)


def test_equal_pictures_are_alike():
    net = build(small()).eval()
    x = torch.randn(1, 3, 8, 8).expand(3, -1, -1, -1)
    assert all(place.alike == pytest.approx(1) for place in along_depth(net, x, torch.zeros(3, dtype=torch.int64)))


def test_plain_networks_with_batch_norm_have_gradients_that_grow_toward_the_input():
    """FACTS, section 2: thousands of times in plain-56, far less in residual-56."""
    x, y = noise(16, 16, 0)
    growth = {}
    for name in ("cifar-plain56", "cifar-resnet56"):
        torch.manual_seed(0)
        found = along_depth(build(architecture(name)), x, y)
        growth[name] = found[0].gradient / found[-1].gradient
    assert growth["cifar-plain56"] > 1_000 > 100 > growth["cifar-resnet56"]
