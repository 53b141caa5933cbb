"""The whole network: stem, stages of blocks, head."""

from __future__ import annotations

from itertools import groupby

import torch
from torch import Tensor, nn

from ..architectures import Architecture
from .blocks import make_block

__all__ = ["ResNet"]


class ResNet(nn.Module):
    """The network that an `Architecture` describes.

    Its state dict has torchvision's keys: ``conv1 bn1 layer1.0.conv1 ... fc``. The shapes in the comments of `forward`
    are those of ResNet-50 for a 3 x 224 x 224 picture.

    Shape: (N, in_channels, H, W) -> (N, num_classes).
    """

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        stem = arch.stem
        self.conv1 = nn.Conv2d(
            arch.in_channels, stem.channels, stem.kernel_size, stem.stride, stem.padding, bias=arch.block == "d2l"
        )
        self.bn1 = nn.BatchNorm2d(stem.channels)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1) if stem.pool else nn.Identity()
        self.stages: list[str] = []
        for stage, blocks in groupby(arch.blocks(), key=lambda named: named[0].split(".")[0]):
            self.add_module(stage, nn.Sequential(*(make_block(block) for _, block in blocks)))
            self.stages.append(stage)
        self.avgpool = nn.AdaptiveAvgPool2d(arch.pooled)
        self.fc = nn.Linear(arch.widths[-1] * arch.expansion * arch.pooled**2, arch.num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))  # 64 x 112 x 112
        x = self.maxpool(x)  # 64 x 56 x 56
        for stage in self.stages:
            x = self.get_submodule(stage)(x)  # 256 x 56 x 56, 512 x 28 x 28, 1024 x 14 x 14, 2048 x 7 x 7
        x = torch.flatten(self.avgpool(x), 1)  # 2048
        return self.fc(x)  # 1000
