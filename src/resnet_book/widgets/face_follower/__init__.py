"""The face follower: a drawn face that the reader moves, and three networks in the page that find its 68 points."""

from __future__ import annotations

import json
from functools import cache, partial
from pathlib import Path
from typing import Any

import traitlets

from ..base import Table
from ..parts import PartedWidget
from ..traits import Count
from ..verify import VerifiableWidget
from . import weights

__all__ = ["NETWORKS", "SLIDERS", "FaceFollower", "trained"]

HERE = Path(__file__).parent
NETWORKS = weights.NETWORKS
SLIDERS: dict[str, dict[str, int]] = json.loads((HERE / "sliders.json").read_text(encoding="utf-8"))
"""What can be moved: how far, and how many of the slider's units are 1 of the drawing's."""
FACES = json.loads((HERE.parents[1] / "data" / "drawn_faces" / "face.json").read_text(encoding="utf-8"))
MOST = 2**32 - 1  # the last seed


def trained(name: str) -> tuple[int, int]:
    """From where to where the training faces went, in the slider's units."""
    _, low, high = FACES["ranges"][name]
    scale = SLIDERS[name]["scale"]
    return round(max(low, SLIDERS[name]["min"] / scale) * scale), round(high * scale)


def _slider(name: str, value: int) -> Any:
    return Count(value, minimum=SLIDERS[name]["min"], maximum=SLIDERS[name]["max"]).tag(sync=True)


class FaceFollower(PartedWidget, VerifiableWidget):
    """A drawn face and three small networks that find its points: from scratch, on a frozen trunk, fine-tuned.

    Args:
        turn, nod, tilt: of the head, in degrees: to the viewer's right, down, clockwise.
        mouth, eyes: how far open, in per cent.
        light: where from, from -100 (the viewer's left) to 100.
        noise: in per cent, 100 being a standard deviation of 40 of 255 levels.
        network: the one that marks the face: ``"scratch"``, ``"frozen"`` or ``"fine-tuned"``.
        face: the seed of whose face it is; those from 10,000 to 10,999 are of the test set.

    Raises:
        ShapeError, traitlets.TraitError, TypeError: for what the controls refuse, or an unknown argument.
    """

    name = "face-follower"
    module = HERE / "widget.mjs"
    style = HERE / "widget.css"
    parts = {"worker": HERE / "worker.mjs", **{name: partial(weights.STORED.part, name) for name in NETWORKS}}

    turn = _slider("turn", 12)
    nod = _slider("nod", 0)
    tilt = _slider("tilt", 0)
    mouth = _slider("mouth", 20)
    eyes = _slider("eyes", 75)
    light = _slider("light", 0)
    noise = _slider("noise", 10)
    network = traitlets.Enum(NETWORKS, "fine-tuned").tag(sync=True)
    face = Count(10_001, minimum=0, maximum=MOST).tag(sync=True)
    record = traitlets.Dict().tag(sync=True, kernel_only=True)
    seen = traitlets.Dict().tag(sync=True, kernel_only=True)  # what the page computed, for `verified`

    @traitlets.default("record")
    def _record(self) -> dict[str, Any]:
        return weights.record()

    def page_state(self) -> dict[str, Any]:
        return {**self.state(), "record": self.record}

    @staticmethod
    @cache
    def words() -> dict[str, Any]:
        """All that readers are told."""
        return json.loads((HERE / "words.json").read_text(encoding="utf-8"))

    @staticmethod
    def posed() -> tuple[str, ...]:
        """The traits that decide how the face looks."""
        return *SLIDERS, "face"

    def changes(self) -> dict[str, float]:
        """The parameters of the drawing that the sliders set."""
        return {name: getattr(self, name) / slider["scale"] for name, slider in SLIDERS.items()}

    def verified(self) -> dict[str, Any]:
        """Run what the page shows in PyTorch, with the same weights, and compare the points."""
        from .verifying import compare

        return compare(self)

    def fallback(self) -> Table:
        """The recorded errors of the three networks on all held-out faces, by part."""
        words, record = self.words(), self.record

        def percent(value: float) -> str:
            return words["percent"].format(number=f"{value:.2f}")

        caption = words["fallback"].format(
            count=f"{record['faces']['count']:,}", mean=percent(record["mean_face"]["nme"])
        )
        columns = words["columns"]["network"], *words["parts"].values(), words["columns"]["nme"]
        rows = [
            (name, *(percent(found["parts"][part]) for part in words["parts"]), percent(found["nme"]))
            for name, found in record["networks"].items()
        ]
        return Table(caption, columns, tuple(rows))
