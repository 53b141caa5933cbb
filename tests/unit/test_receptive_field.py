"""Receptive field and stride against what really happens: which input pixels, lit alone, light an output."""

from itertools import pairwise

import pytest
import torch
from support import chain
from torch import nn

from resnet_book import Architecture, Block, build, trace, trace_layers
from resnet_book.architectures import Stem


def positive(net: nn.Module) -> nn.Module:
    """The network with weights of one and no bias: no two paths cancel, so every pixel that can matter does."""
    for p in net.parameters():
        nn.init.ones_(p) if p.dim() > 1 else nn.init.zeros_(p)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            module.running_mean.zero_()
            module.running_var.fill_(1)
    return net.double().eval()


@torch.no_grad()
def seen(net: nn.Module, channels: int, height: int, width: int) -> list[tuple[list[int], list[int]]]:
    """For each axis, the first and the last input row (column) that each output row (column) sees."""
    found = []
    for axis, size in ((2, height), (3, width)):
        lines = torch.zeros(size, channels, height, width, dtype=torch.double)
        for i in range(size):
            lines.select(axis, i)[i] = 1  # one line alone lit in each picture of the batch
        out = net(lines)
        lit = (out > 0).sum(dim=(1, 5 - axis)) > 0  # (input line, output line)
        first = lit.int().argmax(dim=0)
        last = size - 1 - lit.flip(0).int().argmax(dim=0)
        found.append((first.tolist(), last.tolist()))
    return found


def assert_sees(net: nn.Module, row, channels: int, height: int, width: int) -> None:
    """The widest extent is the receptive field; between outputs that see that much, the step is the stride."""
    for axis, (first, last) in enumerate(seen(positive(net), channels, height, width)):
        extents = [b - a + 1 for a, b in zip(first, last)]
        assert max(extents) == row.receptive_field[axis]
        inner = [i for i, extent in enumerate(extents) if extent == max(extents)]
        steps = {first[j] - first[i] for i, j in pairwise(inner) if j == i + 1}
        assert len(inner) > 2
        assert steps == {row.stride[axis]}


CONV = {"op": "conv2d", "out_channels": 2}
CHAINS = {
    "one convolution": [{**CONV, "kernel_size": 3, "padding": 1}],
    "two convolutions": [{**CONV, "kernel_size": 3}, {**CONV, "kernel_size": 5, "padding": 2}],
    "strides": [
        {**CONV, "kernel_size": 3, "stride": 2},
        {**CONV, "kernel_size": 3, "stride": 2},
        {**CONV, "kernel_size": 3},
    ],
    "dilation": [{**CONV, "kernel_size": 3, "dilation": 3}, {**CONV, "kernel_size": 2, "stride": 2, "dilation": 2}],
    "not square": [
        {**CONV, "kernel_size": (3, 5), "stride": (1, 2)},
        {**CONV, "kernel_size": (2, 3), "padding": (0, 1)},
    ],
    "stem": [
        {**CONV, "kernel_size": 7, "stride": 2, "padding": 3},
        {"op": "batch_norm"},
        {"op": "relu"},
        {"op": "max_pool2d", "kernel_size": 3, "stride": 2, "padding": 1},
    ],
    "max pooling": [{"op": "max_pool2d", "kernel_size": 3, "dilation": 2}, {**CONV, "kernel_size": 3}],
    "average pooling": [{"op": "avg_pool2d", "kernel_size": 2}, {"op": "avg_pool2d", "kernel_size": 3, "stride": 1}],
    "subsampling": [{**CONV, "kernel_size": 3}, {"op": "subsample", "step": 2}, {**CONV, "kernel_size": 3}],
    "adaptive pooling": [{**CONV, "kernel_size": 3, "padding": 1}, {"op": "adaptive_avg_pool2d", "output_size": 12}],
    "groups": [
        {"op": "conv2d", "out_channels": 4, "kernel_size": 3, "groups": 2},
        {"op": "pad_channels", "out_channels": 8},
    ],
}


@pytest.mark.parametrize("case", CHAINS)
def test_chains(case):
    shape = (2, 48, 60)
    net = chain(CHAINS[case], shape).to_empty(device="cpu")
    assert_sees(net, trace_layers(CHAINS[case], shape).rows[-1], *shape)


@pytest.mark.parametrize(
    "block",
    [
        Block("basic", 4, 4), Block("basic", 4, 8, 2, "projection"), Block("basic", 4, 8, 2, "pad"), Block("d2l", 4, 4),
        Block("d2l", 4, 8, 2, "projection"), Block("plain", 4, 8, 2, "none"), Block("bottleneck", 4, 4),
        Block("bottleneck", 4, 8, 2, "projection", "v1"), Block("bottleneck", 4, 8, 2, "projection", "v1.5"),
    ],
    ids=lambda b: f"{b.kind}-{b.shortcut}-{b.stride}-{b.version}",
)  # fmt: skip
def test_blocks(block):
    assert_sees(build(block), trace(block, (4, 24, 31)).rows[-1], 4, 24, 31)


@pytest.mark.parametrize("kind", ["basic", "bottleneck", "d2l"])
@pytest.mark.parametrize("version", ["v1", "v1.5"])
def test_whole_networks_up_to_their_pooling(kind, version):
    arch = Architecture("small", kind, (1, 2), (2, 4), Stem(2, 3, 2, 1), in_channels=1, version=version)
    net = build(arch)
    body = nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool, net.layer1, net.layer2)
    row = next(g for g in trace(arch, (1, 128, 144)).groups() if g.name == "layer2")
    assert_sees(body, row, 1, 128, 144)


@pytest.mark.parametrize(("size", "out"), [(2, 5), (3, 4), (5, 7), (7, 3), (9, 6)])
def test_the_widest_window_of_an_uneven_adaptive_pooling(size, out):
    row = trace_layers([{"op": "adaptive_avg_pool2d", "output_size": out}], (1, size, size)).rows[0]
    (first, last), _ = seen(nn.AdaptiveAvgPool2d(out), 1, size, size)
    assert max(b - a + 1 for a, b in zip(first, last)) == row.receptive_field[0]


def test_a_global_pooling_sees_the_whole_picture():
    layers = [{**CONV, "kernel_size": 3}, {"op": "adaptive_avg_pool2d"}, {"op": "flatten"}]
    assert trace_layers(layers, (2, 20, 30)).rows[-1].receptive_field == (20, 30)
