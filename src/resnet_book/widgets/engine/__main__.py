"""Compile the engine's kernels: ``python -m resnet_book.widgets.engine``."""

from . import build

build()
