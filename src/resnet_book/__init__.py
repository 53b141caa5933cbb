"""Residual Networks, Traced: one description of a network, read as a module, as a table and as a picture."""

from .architectures import Architecture, Block, architecture
from .building import build
from .errors import ShapeError
from .measuring import measure
from .tracing import Row, Trace, trace, trace_layers

__all__ = [
    "Architecture",
    "Block",
    "Row",
    "ShapeError",
    "Trace",
    "architecture",
    "build",
    "measure",
    "trace",
    "trace_layers",
]
