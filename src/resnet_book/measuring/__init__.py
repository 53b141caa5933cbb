"""Measure a real module: the oracle that the formulas are held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..rules import input_map
from ..tracing import Trace

if TYPE_CHECKING:
    from torch import nn

__all__ = ["measure"]


def measure(net: nn.Module, input_shape: Sequence[int]) -> Trace:
    """Run a module on the meta device and write down every operation that really happened.

    Shapes are those of the tensors that came out, parameters those that were handed to the operation (a shared one
    counts where it is first used), MACs what torch's own counter (`torch.utils.flop_counter`) says of the kernels that
    were called. Nothing is computed and no weight is copied; the module itself is not touched, and runs in evaluation
    mode.

    Args:
        net: any module made of convolutions, poolings, batch norm, linear layers, element-wise operations, additions,
            concatenations and flattening, as modules or as functions; the reader's own too.
        input_shape: (channels, height, width), without the batch.

    Returns:
        A `Trace` with the rows of `trace`, in the order they ran.

    Raises:
        ShapeError: where the module cannot take the shape; names the layer.
        TypeError: an operation whose receptive field is not known, or something that is not a module.
    """
    from .recorder import record

    return record(net, input_map(input_shape))
