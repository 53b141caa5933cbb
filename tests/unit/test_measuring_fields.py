"""Receptive fields that `measure` knows are those of the gradients; what it cannot know it does not state."""

import pytest
import torch
import torch.nn.functional as F
from test_measuring_readers_modules import Net
from torch import nn

from resnet_book import measure

SIZE = 15


def extent(net, size=SIZE):
    """The widest part of the input, (height, width), that any position of the answer depends on, by gradients."""
    torch.manual_seed(0)
    x = torch.randn(1, 2, size, size, dtype=torch.double, requires_grad=True)
    out = net.double().eval()(x)
    widest = [0, 0]
    positions = out.shape[2:].numel() if out.dim() == 4 else 1
    flat = out.flatten(2).sum(1)[0] if out.dim() == 4 else out.sum().view(1)
    for i in range(positions):
        (gradient,) = torch.autograd.grad(flat[i] if out.dim() == 4 else flat[0], x, retain_graph=True)
        for axis in (0, 1):
            lit = gradient[0].abs().sum(0).sum(1 - axis).nonzero().flatten()
            if len(lit):
                widest[axis] = max(widest[axis], int(lit[-1] - lit[0]) + 1)
    return tuple(widest)


def conv():
    return nn.Conv2d(2, 4, 3, padding=1)


def after(function):
    return lambda: Net(lambda net, x: function(net.a(x)), a=conv())


KNOWN = {
    "softmax over the channels": after(lambda x: x.softmax(1)),
    "softmax over the height": after(lambda x: torch.softmax(x, dim=2)),
    "softmax over the width": after(lambda x: F.softmax(x, -1)),
    "statistics of the batch": lambda: nn.Sequential(conv(), nn.BatchNorm2d(4, track_running_stats=False)),
    "recorded statistics": lambda: nn.Sequential(conv(), nn.BatchNorm2d(4)),
    "group norm": lambda: nn.Sequential(conv(), nn.GroupNorm(2, 4)),
    "instance norm": lambda: nn.Sequential(conv(), nn.InstanceNorm2d(4)),
    "recorded instance norm": lambda: nn.Sequential(conv(), nn.InstanceNorm2d(4, track_running_stats=True)),
    "layer norm": lambda: nn.Sequential(conv(), nn.LayerNorm([4, SIZE, SIZE])),
    "layer norm of the width": lambda: nn.Sequential(conv(), nn.LayerNorm(SIZE)),
    "normalize": after(lambda x: F.normalize(x, dim=1)),
    "split": after(lambda x: torch.cat([part.sigmoid() for part in x.chunk(2, 1)], 1)),
    "squeeze and excitation": after(lambda x: x * x.mean((2, 3), keepdim=True).sigmoid()),
    "squeeze and excitation by views": after(lambda x: x * x.mean((2, 3)).view(1, -1).sigmoid().view(1, 4, 1, 1)),
    "every second pixel": after(lambda x: F.relu(x[:, :, ::2, ::2])),
    "adaptive max": after(lambda x: F.adaptive_max_pool2d(x, 4)),
    "power pooling": after(lambda x: F.lp_pool2d(x.abs() + 1, 2.0, 2)),
    "where": after(lambda x: torch.where(x > 0, x, 0.1 * x)),
    "greater of two": after(lambda x: torch.max(x, 2 * x)),
    "flattened": after(lambda x: x.flatten(1)),
    "the mean of the channels": after(lambda x: x.mean(1, keepdim=True)),
    "statistics by hand": after(lambda x: x - x.mean((2, 3), keepdim=True)),
}


@pytest.mark.parametrize("case", KNOWN)
def test_a_known_field_is_that_of_the_gradients(case):
    net = KNOWN[case]()
    field = measure(net, (2, SIZE, SIZE)).rows[-1].receptive_field
    assert field is not None
    reached = extent(net)
    # a window may hang over the border: then the gradients reach as far as the picture does
    assert tuple(min(n, SIZE) for n in field) == reached


UNKNOWN = {
    "group of pixels": after(lambda x: F.pixel_unshuffle(x[:, :, :14, :14], 2)),
    "transposed": after(lambda x: F.relu(x.transpose(2, 3))),
    "up-sampled": after(lambda x: F.interpolate(x, scale_factor=2)),
    "transposed convolution": lambda: nn.ConvTranspose2d(2, 4, 2, 2),
    "mean of all": after(lambda x: x - x.mean()),
    "rolled": after(lambda x: F.relu(x.roll(1, 2))),
    "wrapped around": lambda: nn.Conv2d(2, 4, 3, padding=1, padding_mode="circular"),
    "attention": after(lambda x: (x.flatten(2).transpose(1, 2) @ x.flatten(2)).softmax(-1)),
    "product with a weight": after(lambda x: torch.einsum("bchw,dc->bdhw", x, torch.eye(4, dtype=x.dtype))),
    "repeated": after(lambda x: F.relu(x.repeat(1, 1, 2, 2))),
    "written in": after(lambda x: torch.zeros_like(x).copy_(x) * 2),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_an_unknown_field_is_none_and_whatever_comes_of_it_too(case):
    net = nn.Sequential(UNKNOWN[case](), nn.ReLU(), nn.Flatten())
    m = measure(net, (2, SIZE, SIZE))
    assert m.rows[-1].receptive_field is None
    assert m.rows[-1].stride is None
    assert m.table()[-2][-1] == "unknown"
