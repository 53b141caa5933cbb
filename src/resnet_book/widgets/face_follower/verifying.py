"""The same face and networks in PyTorch, beside what the page found."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...experiments.keypoint_mistakes import places_of
from . import weights
from .in_torch import drawn, network, normalized

__all__ = ["compare"]

BOUND = 0.01  # pixels of the picture that the networks are given


def compare(widget: Any) -> dict[str, Any]:
    """``{"ok": bool, "text": str}``: whether the page and PyTorch agree, and that in a sentence."""
    words, record = widget.words()["verify"], widget.record
    found = widget.seen.get("places")
    if not found or any(widget.seen.get(name) != getattr(widget, name) for name in widget.posed()):
        return {"ok": False, "text": words["first"]}
    size = record["faces"]["size"]
    pictures, _ = drawn(widget.changes(), widget.face, size)
    x = normalized(pictures, **record["normalize"])
    expected = {name: places_of(network(name), x)[0].numpy() for name in weights.NETWORKS}
    apart = max(float(np.abs(np.reshape(found[name], (68, 2)) - points).max()) for name, points in expected.items())
    ok = apart * size < BOUND
    return {"ok": ok, "text": words["agrees" if ok else "disagrees"].format(apart=f"{apart * size:.1g}", size=size)}
