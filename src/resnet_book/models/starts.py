"""Other starts than batch norm's: the same networks without it, and what they need instead in order to learn.

Every function changes a network of `build`, made by He initialization, in place. The blocks and their forward passes
stay as they are: where a batch norm stood, something smaller stands now, under the same name. So
``layer2.1.bn2.scale`` is the scalar at the end of that block's branch.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..architectures import Architecture, choice
from ..building import build
from ..errors import ShapeError
from .blocks import BasicBlock, Bottleneck

__all__ = [
    "STARTS",
    "Multiplier",
    "Shift",
    "build_start",
    "delta_orthogonal",
    "fixup",
    "looks_linear",
    "skipinit",
    "with_scalars",
    "without_norms",
]

STARTS = ("batch norm", "zero gamma", "he", "skipinit", "fixup", "delta-orthogonal", "looks-linear")
KINDS = {  # of blocks that a start is made for
    "he": ("basic", "bottleneck", "plain"),
    "skipinit": ("basic", "bottleneck"),
    "fixup": ("basic", "bottleneck"),
    "delta-orthogonal": ("plain",),
    "looks-linear": ("plain",),
}


def build_start(arch: Architecture, start: str = "batch norm", *, init: str = "he") -> nn.Module:
    """The network of an architecture, ready to be trained, from one of several starts.

    Args:
        arch: the network.
        start: one of `STARTS`:

            - ``"batch norm"``: `build`, with its `init`;
            - ``"zero gamma"``: the same, the last batch norm of every branch at zero (Goyal et al. 2017);
            - ``"he"``: no batch norm, see `without_norms`;
            - ``"skipinit"``, ``"fixup"``: no batch norm, residual networks only, see `skipinit`, `fixup`;
            - ``"delta-orthogonal"``, ``"looks-linear"``: no batch norm, plain networks only, see `delta_orthogonal`,
              `looks_linear`.
        init: of the first two; the others say themselves how their weights are drawn.

    Returns:
        A module, (N, in_channels, H, W) -> (N, num_classes). Its random numbers are torch's: seed them before.

    Raises:
        ShapeError: (a ValueError) an unknown start, or one that is not made for this kind of network.
    """
    choice(start, STARTS, "start")
    if start in ("batch norm", "zero gamma"):
        return build(arch, init=init, zero_init_last_gamma=start == "zero gamma")
    if arch.block not in KINDS[start]:
        raise ShapeError(
            "start",
            f'"{start}" for {arch.name}, of {arch.block} blocks',
            f"a network of {' or '.join(KINDS[start])} blocks",
            'give start="batch norm"' if arch.block == "d2l" else f'give start="{_other(arch)}"',
        )
    return MAKE[start](build(arch))


def _other(arch: Architecture) -> str:
    return "looks-linear" if arch.block == "plain" else "fixup"


# ---------------------------------------------------------------- what stands where a batch norm stood


class Shift(nn.Module):
    """Adds a learned number to each channel, or with no channels one number to all of them; zero at first."""

    def __init__(self, channels: int | None = None) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(() if channels is None else channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + (self.bias if self.bias.ndim == 0 else self.bias[:, None, None])


class Multiplier(nn.Module):
    """The end of a branch without batch norm: one learned number by which all of it is multiplied, and a learned shift.

    Args:
        scale: the number, at first.
        shift: what is added.
        shift_first: whether that comes before the multiplication, as a bias of the convolution would.
    """

    def __init__(self, scale: float, shift: Shift, shift_first: bool) -> None:
        super().__init__()
        self.scale, self.shift, self.shift_first = nn.Parameter(torch.tensor(scale)), shift, shift_first

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * self.shift(x) if self.shift_first else self.shift(self.scale * x)


class ShiftedConv2d(nn.Conv2d):
    """A convolution with one learned number added to all that comes in, before the padding; zero at first."""

    def __init__(self, conv: nn.Conv2d) -> None:
        shape = conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding
        super().__init__(*shape, bias=False, device="meta")
        self.weight = conv.weight
        self.before = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x + self.before)


class ShiftedLinear(nn.Linear):
    """A linear layer with one learned number added to all that comes in; zero at first."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__(linear.in_features, linear.out_features, device="meta")
        self.weight, self.bias = linear.weight, linear.bias
        self.before = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x + self.before)


# ---------------------------------------------------------------- the starts


def without_norms(net: nn.Module) -> nn.Module:
    """Take batch norm out and put nothing in its place but the biases that it has made superfluous, zero at first.

    By He initialization a chain of convolutions and ReLUs keeps its size, on average; a chain of residual blocks does
    not: each adds as much as it was given.
    """
    _exchange(net, nn.BatchNorm2d, lambda norm: Shift(norm.num_features))
    return net


def skipinit(net: nn.Module) -> nn.Module:
    """No batch norm, and at the end of every branch a learned scalar that is zero at first: every block is its skip.

    De and Smith, "Batch Normalization Biases Residual Blocks Towards the Identity Function in Deep Networks" (2020).
    """
    for block, last, _ in _branches(net):
        channels = getattr(block, last).num_features
        setattr(block, last, Multiplier(0.0, Shift(channels), shift_first=True))
    return without_norms(net)


@torch.no_grad()
def fixup(net: nn.Module) -> nn.Module:
    """No batch norm, by all three rules of Zhang, Dauphin and Ma, "Fixup Initialization" (2019).

    1. The last convolution of every branch, and the classifier, are zero.
    2. The other convolutions inside of branches are drawn by He and scaled by L^(-1/(2m - 2)): L branches, of m
       convolutions each. What is not inside of a branch keeps He's size.
    3. Every branch has a multiplier, one at first; and before every convolution, linear layer and activation a single
       number is added to all that comes in, zero at first.

    Their code trains the scalars of rule 3 at a tenth of the learning rate and without weight decay.
    """
    branches = _branches(net)
    for block, _, layers in branches:
        for n in range(1, layers):
            getattr(block, f"conv{n}").weight.mul_(len(branches) ** (-1 / (2 * layers - 2)))
        getattr(block, f"conv{layers}").weight.zero_()
    net.fc.weight.zero_()
    net.fc.bias.zero_()
    return with_scalars(net)


def with_scalars(net: nn.Module) -> nn.Module:
    """Fixup's third rule alone: batch norm is taken out, and the multipliers and the scalar biases are put in."""
    for block, last, _ in _branches(net):
        setattr(block, last, Multiplier(1.0, Shift(), shift_first=False))
        if isinstance(block.downsample, nn.Sequential):
            block.downsample[1] = nn.Identity()  # its sum with the branch is what is shifted before the activation
    _exchange(net, nn.BatchNorm2d, lambda _: Shift())
    _exchange(net, nn.Conv2d, ShiftedConv2d)
    _exchange(net, nn.Linear, ShiftedLinear)
    return net


@torch.no_grad()
def delta_orthogonal(net: nn.Module) -> nn.Module:
    """A plain network without batch norm whose convolutions start as orthogonal matrices in the middle of the kernel.

    Xiao et al., "Dynamical Isometry and a Mean Field Theory of CNNs" (2018), section 2.4 and algorithm 2. All other
    places of a kernel are zero. The matrices are stretched by the square root of 2, as a ReLU loses half of the mean
    square. Theirs is tanh, near zero almost a straight line; for what a ReLU needs beside, see `looks_linear`.
    """
    for conv in _convolutions(net):
        _put_in_the_middle(conv, _orthogonal(conv.out_channels, conv.in_channels) * 2**0.5)
    return without_norms(net)


@torch.no_grad()
def looks_linear(net: nn.Module) -> nn.Module:
    """A plain network without batch norm that computes something linear at first, although it is full of ReLUs.

    Its kernels are those of `delta_orthogonal`, in mirrored pairs: of two channels one carries what is positive of a
    number and the other what is negative, and the next layer takes their difference. So nothing is lost from layer to
    layer, and no size changes. Balduzzi et al., "The Shattered Gradients Problem" (2017), section 4.1; with
    orthogonal matrices: Burkholz and Dubatovka, "Initialization of ReLUs for Dynamical Isometry" (2019).

    Raises:
        ShapeError: a layer with an odd number of channels.
    """
    for conv in _convolutions(net):
        first = conv is net.conv1  # a picture has no mirrored channels
        if conv.out_channels % 2 or (conv.in_channels % 2 and not first):
            got = f"{conv.in_channels} -> {conv.out_channels} channels"
            raise ShapeError("start", got, "even numbers: channels come in mirrored pairs", "give even widths")
        half = _orthogonal(conv.out_channels // 2, conv.in_channels if first else conv.in_channels // 2)
        pair = torch.cat([half, -half])
        _put_in_the_middle(conv, pair if first else torch.cat([pair, -pair], dim=1))
    return without_norms(net)


def _convolutions(net: nn.Module) -> list[nn.Conv2d]:
    return [module for module in net.modules() if isinstance(module, nn.Conv2d)]


def _orthogonal(rows: int, columns: int) -> Tensor:
    """A random matrix whose columns (or, where there are more of them, whose rows) are orthonormal."""
    return nn.init.orthogonal_(torch.empty(rows, columns))


def _put_in_the_middle(conv: nn.Conv2d, matrix: Tensor) -> None:
    rows, columns = (side // 2 for side in conv.kernel_size)
    conv.weight.zero_()
    conv.weight[:, :, rows, columns] = matrix


def _branches(net: nn.Module) -> list[tuple[nn.Module, str, int]]:
    """Every residual block, the name of the last batch norm of its branch, and the number of convolutions in it."""
    found = [block for block in net.modules() if isinstance(block, (BasicBlock, Bottleneck))]
    counts = [3 if isinstance(block, Bottleneck) else 2 for block in found]
    return [(block, f"bn{count}", count) for block, count in zip(found, counts)]


def _exchange(net: nn.Module, kind: type[nn.Module], make) -> None:
    """Put `make(layer)` in the place of every layer of a kind."""
    for parent in list(net.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is kind:
                setattr(parent, name, make(child))


MAKE = {
    "he": without_norms,
    "skipinit": skipinit,
    "fixup": fixup,
    "delta-orthogonal": delta_orthogonal,
    "looks-linear": looks_linear,
}
