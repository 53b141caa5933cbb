"""The weights that ship with the face follower: three networks of one architecture, 8 bits a weight, as
`block_remover.weights` packs them. No torch is needed to read them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...architectures import Architecture
from ..block_remover.weights import unpack

if TYPE_CHECKING:
    import numpy as np

__all__ = ["NETWORKS", "STORED", "described", "part", "read", "record"]

STORED = Path(__file__).parent / "stored"
NETWORKS = ("scratch", "frozen", "fine-tuned")


def record() -> dict[str, Any]:
    """What the export measured: see `export.py`, which wrote it."""
    return json.loads((STORED / "record.json").read_text(encoding="utf-8"))


def part(network: str) -> dict[str, Any]:
    """What the page loads of a network: ``{"bytes": base64}``."""
    return json.loads((STORED / f"{network}.json").read_text(encoding="utf-8"))


def described() -> Architecture:
    """The architecture of all three."""
    return Architecture.from_json(json.dumps(record()["architecture"]))


def read(network: str) -> dict[str, np.ndarray]:
    """The weights and biases of one of `NETWORKS` by torch's names, float32; of a convolution (out, in, 3, 3).

    Raises:
        ValueError: the file is not the one that the record speaks of.
    """
    content = base64.b64decode(part(network)["bytes"])
    found, expected = hashlib.sha256(content).hexdigest(), record()["networks"][network]["sha256"]
    if found != expected:
        raise ValueError(f"{network}.json: its checksum is {found[:12]}..., and the record says {expected[:12]}...")
    return unpack(content, described())
