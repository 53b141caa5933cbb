"""The ResNet family as people write it: nothing is refused, and parameters, MACs and shapes are torch's own."""

import copy

import pytest
import torch
import torchvision
from family import FAMILY
from torch.utils.flop_counter import FlopCounterMode

from resnet_book import measure


def shapes(out):
    if isinstance(out, dict):
        return {key: shapes(value) for key, value in out.items()}
    return tuple(map(shapes, out)) if isinstance(out, (list, tuple)) else tuple(out.shape[1:])


def assert_torch_agrees(net, shape):
    m = measure(net, shape)
    assert m.params == sum(p.numel() for p in net.parameters())
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        out = copy.deepcopy(net).eval()(torch.randn(1, *shape))
    assert m.macs == counter.get_total_flops() // 2
    assert m.output_shape == shapes(out)
    assert m.notes == ()
    return m


@pytest.mark.parametrize("name", FAMILY)
def test_the_family(name):
    net = FAMILY[name]()
    before = copy.deepcopy(net.state_dict())
    assert_torch_agrees(net, (3, 32, 48))
    assert all(torch.equal(a, b) for a, b in zip(before.values(), net.state_dict().values()))
    assert all(module.training for module in net.modules())


@pytest.mark.parametrize("name", ["resnext50_32x4d", "wide_resnet50_2", "efficientnet_b0", "regnet_y_400mf", "mobilenet_v3_small",
                                  "shufflenet_v2_x0_5", "densenet121", "squeezenet1_1", "convnext_tiny"])  # fmt: skip
def test_torchvision(name):
    assert_torch_agrees(getattr(torchvision.models, name)(), (3, 64, 64))


@pytest.mark.parametrize("name", ["vit_b_16", "swin_t"])
def test_transformers(name):
    m = measure(getattr(torchvision.models, name)(), (3, 224, 224))
    assert m.params == sum(p.numel() for p in getattr(torchvision.models, name)().parameters())
    assert m.output_shape == (1000,)


def test_several_heads_in_a_dictionary():
    net = torchvision.models.segmentation.fcn_resnet50(weights=None, weights_backbone=None, aux_loss=True)
    assert measure(net, (3, 64, 64)).output_shape == {"out": (21, 64, 64), "aux": (21, 64, 64)}
