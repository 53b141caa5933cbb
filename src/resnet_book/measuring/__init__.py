"""Measure a real module: the oracle that the formulas are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..tracing import Trace

if TYPE_CHECKING:
    from torch import nn

__all__ = ["measure"]


def measure(net: nn.Module, *inputs: Any) -> Trace:
    """Run a module on the meta device and write down every operation that really happened.

    Shapes are those of the tensors that came out, parameters those that were handed to the operation (a shared one
    counts where it is first used), MACs what torch's own counter (`torch.utils.flop_counter`) says of the kernels that
    were called. No weight is copied and no map is computed. The module runs in evaluation mode, its hooks as they are,
    and is afterwards as it was: weights, buffers, mode and attributes.

    Args:
        net: any module, the reader's own too.
        inputs: what forward takes, one after the other: a shape without the batch, (3, 224, 224) or (10,) say; a
            tensor, with its batch, whose dtype counts and of which the first picture is run; a dictionary, list or
            tuple of them.

    Returns:
        A `Trace` with the rows of `trace`, in the order they ran. A receptive field that cannot be known is None. Where
        forward returns several tensors, `output_shape` is a tuple or a dictionary of shapes, nested as they are; with
        several inputs `input_shape` is a tuple of theirs. `notes` holds a sentence on everything that runs and is
        probably a mistake: weights that were not used or are not registered, a shape that was stretched silently, a
        skip that was changed in place before its addition.

    Raises:
        ShapeError: where the module cannot take the shape; names the layer, what arrived, what it takes and the repair.
        TypeError: something that shapes cannot answer (a value that is read, a scripted or quantized module) or that is
            no module; names the module, the line and a way out.
    """
    from .running import record

    return record(net, inputs)
