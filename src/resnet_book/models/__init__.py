"""The networks as torch modules, written to be read."""

from .blocks import BasicBlock, Bottleneck, PadShortcut, PlainBlock, Residual, make_block
from .resnet import ResNet

__all__ = ["BasicBlock", "Bottleneck", "PadShortcut", "PlainBlock", "ResNet", "Residual", "make_block"]
