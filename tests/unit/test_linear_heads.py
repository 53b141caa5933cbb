"""A linear head in closed form finds what is there to be read, and nothing else."""

import numpy as np
import pytest
import torch
from torch import nn

from resnet_book import build
from resnet_book.experiments.linear_heads import features, heads_by_block, linear_head, read_off
from resnet_book.train import recipe

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def net():
    torch.manual_seed(0)
    return build(recipe("keypoints-page").architecture).eval()


@pytest.fixture
def x():
    return torch.randn(150, 3, 32, 32, generator=torch.Generator().manual_seed(1)) + 2


def test_features_are_what_the_last_layer_takes(net, x):
    with torch.no_grad():
        assert torch.allclose(net.fc(features(net, x[:5]).float()), net(x[:5]), atol=1e-5)
    assert features(net.train(), x[:5]).shape == (5, 128) and net.training and isinstance(net.fc, nn.Linear)


def test_it_finds_what_a_linear_layer_can_read_and_no_more(net, x):
    other = torch.randn(20, 3, 32, 32, generator=torch.Generator().manual_seed(2)) + 2
    with torch.no_grad():
        net.fc.weight.normal_()
        readable = [net(part).unflatten(1, (68, 2)).double().numpy() for part in (x, other)]
    fitted, found = linear_head(net, (x, readable[0]), (other, readable[1]))
    assert fitted < 0.1 and found < 0.1
    noise = np.random.default_rng(0).normal(size=(170, 68, 2))
    fitted, found = linear_head(net, (x, noise[:150]), (other, noise[150:]))
    assert 10 < fitted < found


def test_too_few_pictures_would_fit_anything(net, x):
    points = np.random.default_rng(0).normal(size=(150, 68, 2))
    with pytest.raises(ValueError, match="128 pictures cannot fix 129 weights"):
        linear_head(net, (x[:128], points[:128]), (x, points))


def test_the_last_block_is_what_the_last_layer_takes(net, x):
    points = np.random.default_rng(0).normal(size=(150, 68, 2))
    learned, asked = (x[:140], points[:140]), (x[140:], points[140:])
    found = heads_by_block(net, learned, asked)
    assert list(found) == ["stem", *(f"layer{stage}.{block}" for stage in (1, 2, 3) for block in range(3))]
    assert found["layer3.2"] == pytest.approx(linear_head(net, learned, asked), rel=1e-6)
    assert not any(module._forward_hooks for module in net.modules()), "the network given stays as it was"
    with pytest.raises(ValueError, match="140 pictures cannot fix 145 weights"):
        heads_by_block(net, learned, asked, side=3)


def test_the_stem_is_read_behind_its_activation(net, x):
    points = np.random.default_rng(0).normal(size=(150, 68, 2))
    with torch.no_grad():
        maps = net.bn1(net.conv1(x)).relu()
    inputs = nn.functional.adaptive_avg_pool2d(maps, 2).flatten(1).double()
    found = heads_by_block(net, (x[:140], points[:140]), (x[140:], points[140:]))["stem"]
    assert found == pytest.approx(read_off((inputs[:140], inputs[140:]), (points[:140], points[140:])), rel=1e-5)
