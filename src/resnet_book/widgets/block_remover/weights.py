"""The weights that ship with the block remover: a residual network and its plain twin, see `widgets.stored_weights`."""

from __future__ import annotations

from pathlib import Path

from ...architectures import architecture
from ..stored_weights import Stored

__all__ = ["ARCHITECTURES", "NETWORKS", "STORED"]

ARCHITECTURES = {"residual": "fashion-resnet20", "plain": "fashion-plain20"}
NETWORKS = tuple(ARCHITECTURES)
STORED = Stored(Path(__file__).parent / "stored", lambda network: architecture(ARCHITECTURES[network]))
