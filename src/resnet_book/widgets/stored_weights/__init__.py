"""Weights of trained networks that ship with a widget: packed, exported with their record, and read again."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...architectures import Architecture
from .packing import unpack

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Stored"]


@dataclass(frozen=True)
class Stored:
    """The networks in a widget's folder: a file NAME.json with the bytes of each in base64, and record.json.

    Attributes:
        folder: where they lie; `exporting.write` fills it.
        architecture: gives a network's architecture by its name.
    """

    folder: Path
    architecture: Callable[[str], Architecture]

    def record(self) -> dict[str, Any]:
        """What the export measured, and where the weights come from."""
        return json.loads((self.folder / "record.json").read_text(encoding="utf-8"))

    def part(self, network: str) -> dict[str, Any]:
        """What the page loads of a network: ``{"bytes": base64}``."""
        return json.loads((self.folder / f"{network}.json").read_text(encoding="utf-8"))

    def read(self, network: str) -> dict[str, np.ndarray]:
        """The weights and biases of a network by torch's names, float32; of a convolution (out, in, 3, 3).

        Raises:
            ValueError: the file is not the one that the record speaks of.
        """
        content = base64.b64decode(self.part(network)["bytes"])
        found, expected = hashlib.sha256(content).hexdigest(), self.record()["networks"][network]["sha256"]
        if found != expected:
            raise ValueError(f"{network}.json: its checksum is {found[:12]}..., and the record says {expected[:12]}...")
        return unpack(content, self.architecture(network))
