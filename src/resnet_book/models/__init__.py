"""The networks as torch modules, written to be read."""

from .blocks import BasicBlock, Bottleneck, PadShortcut, PlainBlock, Residual, make_block
from .resnet import ResNet
from .starts import STARTS, build_start

__all__ = [
    "STARTS",
    "BasicBlock",
    "Bottleneck",
    "PadShortcut",
    "PlainBlock",
    "ResNet",
    "Residual",
    "build_start",
    "make_block",
]
