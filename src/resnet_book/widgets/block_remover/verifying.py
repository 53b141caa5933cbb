"""The same network, picture and lesion in PyTorch, beside what the page found."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...classes import CLASSES
from ...exercises.wording import fill, load_words
from .in_torch import network, normalized, taken_apart
from .pictures import SIDE, shipped

__all__ = ["compare", "probabilities"]

WORDS = load_words(Path(__file__).parent)["verify"]
BOUND = 1e-4  # of a probability


@torch.inference_mode()
def probabilities(widget: Any) -> torch.Tensor:
    """What PyTorch says to the picture of a widget, with its lesions: (10,), float32."""
    if widget.picture == "own":
        content = base64.b64decode(widget.own or "")
        image = np.frombuffer(content or bytes(SIDE * SIDE), np.uint8).reshape(1, SIDE, SIDE)
    else:
        image = shipped().images[int(widget.picture)][None]
    net = taken_apart(network(widget.network), widget.lesions, widget.scales)
    return net(normalized(image.copy(), **widget.record["normalize"])).softmax(1)[0]


def compare(widget: Any) -> dict[str, Any]:
    """``{"ok": bool, "text": str}``: whether the page and PyTorch agree, and that in a sentence."""
    found = widget.seen.get("probabilities")
    now = {name: getattr(widget, name) for name in ("network", "picture", "lesions", "scales", "own")}
    if not found or any(widget.seen.get(name) != value for name, value in now.items()):
        return {"ok": False, "text": WORDS["not_run"]}
    expected = probabilities(widget)
    apart = (torch.tensor(found) - expected).abs().max().item()
    told = {"name": CLASSES[int(expected.argmax())], "share": f"{expected.max():.2%}"}
    if apart < BOUND:
        return {"ok": True, "text": fill(WORDS["agrees"], told | {"apart": f"{apart:.1g}"})}
    return {"ok": False, "text": fill(WORDS["disagrees"], told | {"apart": f"{apart:.2g}"})}
