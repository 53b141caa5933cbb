"""From a description to a torch module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .architectures import Architecture, Block, choice
from .errors import ShapeError
from .rules import flag

if TYPE_CHECKING:
    from torch import nn

__all__ = ["build"]


def build(what: Architecture | Block, *, init: str = "he", zero_init_last_gamma: bool = False) -> nn.Module:
    """The torch module of an architecture, or of one block. Imports torch when called.

    Args:
        what: an `Architecture` or a `Block`.
        init: ``"he"`` (normal with variance 2 / fan_out, as torchvision does), ``"xavier"`` (uniform, on convolutions
            and linear layers, as ``d2l.train_ch6`` does) or ``"torch"`` (each layer's own default).
        zero_init_last_gamma: whether the last batch norm of every branch starts at zero, so that every residual block
            starts as its shortcut (Goyal et al. 2017, section 5.1).

    Returns:
        A module; (N, in_channels, H, W) -> (N, num_classes). The state dict of the ImageNet family is torchvision's.

    Raises:
        ShapeError: for an impossible `init`, or a block that cannot be built.
        TypeError: for anything else than an architecture or a block.
    """
    if not isinstance(what, (Architecture, Block)):
        raise TypeError(
            f"build takes an Architecture or a Block, not {type(what).__name__}; "
            'for a name, build(architecture("resnet50"))'
        )
    flag(zero_init_last_gamma, "zero_init_last_gamma")
    choice(init, ("he", "xavier", "torch"), "init")
    from torch import nn

    from .models import ResNet, make_block
    from .models.blocks import he_init, zero_last_gamma

    try:
        net = ResNet(what) if isinstance(what, Architecture) else make_block(what)
    except (MemoryError, RuntimeError) as error:
        name = what.name if isinstance(what, Architecture) else what.kind
        reason = str(error).strip().splitlines()[0]
        raise ShapeError(
            name,
            f"more weights than fit ({reason})",
            "a network that fits into memory",
            "give fewer channels or classes",
        ) from error
    if init == "he":
        he_init(net)
    elif init == "xavier":
        for module in net.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.xavier_uniform_(module.weight)
    if zero_init_last_gamma:
        zero_last_gamma(net)
    return net
