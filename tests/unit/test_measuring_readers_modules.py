"""`measure` on what readers write: it counts right, or says what it does not know; it never loses a map silently."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_book import Architecture, ShapeError, architecture, build, measure, trace, trace_layers
from resnet_book.__main__ import main


class Net(nn.Module):
    """A module made of a function and some layers: `Net(lambda net, x: ..., a=nn.Conv2d(...))`."""

    def __init__(self, run, **layers):
        super().__init__()
        self.run = run
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, x):
        return self.run(self, x)


def conv(c, d, **options):
    return nn.Conv2d(c, d, 3, padding=1, **options)


def test_macs_are_counted_in_inference_mode_too():
    net = build(architecture("resnet18"))
    with torch.inference_mode():
        assert measure(net, (3, 64, 64)) == trace(architecture("resnet18"), (3, 64, 64))


@pytest.mark.parametrize(
    ("run", "field"),
    [
        (lambda net, x: net.b(net.a(x).chunk(2, 1)[0]), (5, 5)),
        (lambda net, x: net.b(net.a(x).split(4, 1)[0]), (5, 5)),
        (lambda net, x: net.b(net.a(x)[:, 4:]), (5, 5)),
        (lambda net, x: net.b(torch.stack(net.a(x).chunk(2, 1)).sum(0)), None),
        (lambda net, x: net.b(torch.einsum("bchw,cd->bdhw", net.a(x), torch.ones(8, 4))), None),
        (lambda net, x: net.b(net.a(x).permute(0, 1, 3, 2)[:, ::2]), None),
    ],
)
def test_a_map_that_is_split_or_turned_is_followed(run, field):
    net = Net(run, a=conv(3, 8), b=conv(4, 5))
    m = measure(net, (3, 8, 8))
    assert m["b"].receptive_field == field
    assert m.params == sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize("normed", [nn.utils.parametrizations.weight_norm, nn.utils.parametrizations.spectral_norm])
def test_parameters_behind_a_computed_weight_are_counted(normed):
    net = normed(conv(3, 8))
    assert measure(net, (3, 8, 8)).params == sum(p.numel() for p in net.parameters())


def test_broadcast_map_does_not_set_the_stride():
    net = Net(
        lambda net, x: net.b(x * torch.sigmoid(F.adaptive_avg_pool2d(net.a(x), 1))),
        a=conv(3, 3),
        b=conv(3, 5, stride=2),
    )
    assert measure(net, (3, 32, 32)).rows[-1].stride == (2, 2)


def test_output_shape_is_that_of_the_answer():
    def run(net, x):
        y = net.a(x)
        net.side(y)
        return y

    assert measure(Net(run, a=conv(3, 8), side=nn.AdaptiveAvgPool2d(1)), (3, 32, 32)).output_shape == (8, 32, 32)


def test_plain_arithmetic_and_constants_are_fine():
    net = Net(lambda net, x: net.a((x - 0.5) / 0.25) * torch.tensor(2.0), a=conv(3, 8))
    assert [row.op for row in measure(net, (3, 8, 8)).rows] == ["sub", "div", "conv2d", "mul"]
    padded = Net(lambda net, x: net.a(torch.cat([x, torch.zeros(1, 2, 8, 8)], 1)), a=conv(5, 8))
    assert measure(padded, (3, 8, 8)).output_shape == (8, 8, 8)


def test_scripted_module_is_refused_clearly():
    with pytest.raises(TypeError, match="scripted module"):
        measure(torch.jit.trace(conv(3, 8), torch.zeros(1, 3, 8, 8)), (3, 8, 8))


def test_huge_depth_is_refused_at_once():
    with pytest.raises(ShapeError, match="depths"):
        Architecture("x", "basic", (10**9,), (64,))


@pytest.mark.parametrize(
    "layers",
    [None, "relu", [3], ["relu"], {"op": "relu"}, [{"op": ["relu"]}], [{"op": "conv2d"}], [{"op": "relu", "x": 1}]],
)
def test_chain_that_is_no_chain_is_refused_clearly(layers):
    with pytest.raises((ValueError, TypeError), match="layer"):
        trace_layers(layers, (3, 8, 8))


def test_proposed_kernel_fits_both_axes():
    with pytest.raises(ShapeError) as caught:
        trace_layers([{"op": "conv2d", "out_channels": 1, "kernel_size": 5}], (1, 4, 2))
    assert caught.value.fix == "padding 2, or a kernel of at most 2"
    trace_layers([{"op": "conv2d", "out_channels": 1, "kernel_size": 5, "padding": 2}], (1, 4, 2))
    trace_layers([{"op": "conv2d", "out_channels": 1, "kernel_size": 2}], (1, 4, 2))


def test_command_line_refuses_zero_classes(capsys):
    assert main(["trace", "resnet18", "--classes", "0"]) == 2
    assert "num_classes" in capsys.readouterr().err
