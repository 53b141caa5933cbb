"""The weights that ship with the face follower: three networks of one architecture, see `widgets.stored_weights`."""

from __future__ import annotations

import json
from pathlib import Path

from ...architectures import Architecture
from ..stored_weights import Stored

__all__ = ["NETWORKS", "STORED", "architecture", "record"]

NETWORKS = ("scratch", "frozen", "fine-tuned")


def architecture() -> Architecture:
    """The architecture of all three."""
    return Architecture.from_json(json.dumps(record()["architecture"]))


STORED = Stored(Path(__file__).parent / "stored", lambda _: architecture())
record = STORED.record
