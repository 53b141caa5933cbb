"""The blocks of residual networks, each with its forward pass written out.

Shapes in the comments leave out the batch: C x H x W comes in, D x H/s x W/s goes out, where s is the stride.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..architectures import Block
from ..errors import ShapeError

__all__ = ["BasicBlock", "Bottleneck", "PadShortcut", "PlainBlock", "Residual", "make_block"]


class Residual(nn.Module):
    """The residual block of "Dive into Deep Learning" (section 8.6): same state dict and output as ``d2l.Residual``.

    Two 3x3 convolutions with bias, batch norm after each, and where asked a 1x1 projection with bias and no batch norm.

    Args:
        input_channels: C.
        num_channels: D, the channels of both convolutions and of the output.
        use_1x1conv: whether a 1x1 convolution carries the shortcut; needed where the shape changes.
        strides: of the first convolution and of the projection.

    Shape: (N, C, H, W) -> (N, D, ceil(H / strides), ceil(W / strides)).
    """

    def __init__(self, input_channels: int, num_channels: int, use_1x1conv: bool = False, strides: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(input_channels, num_channels, kernel_size=3, padding=1, stride=strides)
        self.conv2 = nn.Conv2d(num_channels, num_channels, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2d(input_channels, num_channels, kernel_size=1, stride=strides) if use_1x1conv else None
        self.bn1 = nn.BatchNorm2d(num_channels)
        self.bn2 = nn.BatchNorm2d(num_channels)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))  # D x H/s x W/s
        y = self.bn2(self.conv2(y))  # D x H/s x W/s
        shortcut = x if self.conv3 is None else self.conv3(x)
        return F.relu(y + shortcut)


class PadShortcut(nn.Module):
    """Option A: every ``stride``-th pixel, and zeros as the new channels, half before and half after.

    It has no parameters (He et al. 2015, section 3.3). Shape: (N, C, H, W) -> (N, D, ceil(H / s), ceil(W / s)).
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        extra = out_channels - in_channels
        if extra < 0:
            raise ShapeError(
                "downsample.pad_channels",
                f"{in_channels} -> {out_channels} channels",
                f"at least {in_channels} output channels: padding only adds",
                f"1x1 convolution {in_channels} -> {out_channels}, stride {stride}",
            )
        self.stride, self.before, self.after = stride, extra // 2, extra - extra // 2

    def forward(self, x: Tensor) -> Tensor:
        if self.stride > 1:
            x = x[:, :, :: self.stride, :: self.stride]
        if self.before or self.after:
            x = F.pad(x, (0, 0, 0, 0, self.before, self.after))
        return x


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a skip (He et al. 2015, figure 5 left): ResNet-18 and 34, and the CIFAR family.

    Shape: (N, C, H, W) -> (N, D, ceil(H / stride), ceil(W / stride)).
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int = 1, downsample: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)  # carries the stride
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.downsample = downsample or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))  # D x H/s x W/s
        y = self.bn2(self.conv2(y))  # D x H/s x W/s
        y = y + self.downsample(x)
        return self.relu(y)


class Bottleneck(nn.Module):
    """1x1 down, 3x3, 1x1 up, and a skip (He et al. 2015, figure 5 right); the blocks of ResNet-50, 101 and 152.

    Args:
        in_channels, out_channels: C and D; inside it works at D / 4.
        version: where the stride stands: ``"v1"`` in the first 1x1 (the paper), ``"v1.5"`` in the 3x3 (torchvision).

    Shape: (N, C, H, W) -> (N, D, ceil(H / stride), ceil(W / stride)).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        version: str = "v1.5",
    ) -> None:
        super().__init__()
        width = out_channels // 4
        early, late = (stride, 1) if version == "v1" else (1, stride)
        self.conv1 = nn.Conv2d(in_channels, width, 1, early, bias=False)  # carries the stride in v1
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, late, padding=1, bias=False)  # carries the stride in v1.5
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.downsample = downsample or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))  # D/4 x H x W (v1.5)
        y = self.relu(self.bn2(self.conv2(y)))  # D/4 x H/s x W/s
        y = self.bn3(self.conv3(y))  # D x H/s x W/s
        y = y + self.downsample(x)
        return self.relu(y)


class PlainBlock(nn.Module):
    """Two 3x3 convolutions and no skip: the control of the degradation experiment (He et al. 2015, section 4.2)."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)  # carries the stride
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))  # D x H/s x W/s
        return self.relu(self.bn2(self.conv2(y)))  # D x H/s x W/s


def make_block(block: Block) -> nn.Module:
    """The module that a `Block` describes."""
    c, d, s = block.in_channels, block.out_channels, block.stride
    if block.kind == "plain":
        return PlainBlock(c, d, s)
    if block.kind == "d2l":
        return Residual(c, d, use_1x1conv=block.shortcut == "projection", strides=s)
    downsample: nn.Module | None = None
    if block.shortcut == "projection":
        downsample = nn.Sequential(nn.Conv2d(c, d, 1, s, bias=False), nn.BatchNorm2d(d))
    elif block.shortcut == "pad":
        downsample = PadShortcut(c, d, s)
    if block.kind == "bottleneck":
        return Bottleneck(c, d, s, downsample, block.version)
    return BasicBlock(c, d, s, downsample)


def zero_last_gamma(net: nn.Module) -> None:
    """Start every branch at zero, so that every block starts as its shortcut (Goyal et al. 2017, section 5.1)."""
    for module in net.modules():
        if isinstance(module, Bottleneck):
            nn.init.zeros_(module.bn3.weight)
        elif isinstance(module, (BasicBlock, Residual)):
            nn.init.zeros_(module.bn2.weight)


@torch.no_grad()
def he_init(net: nn.Module) -> None:
    """He initialization: normal with variance 2 / fan_out, batch norm at 1 and 0.

    He et al., "Delving Deep into Rectifiers" (2015), section 2.2.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
