"""The skip trainer: a plain and a residual network of one shape learn side by side, in the page."""

from __future__ import annotations

import base64
from pathlib import Path
from statistics import mean
from typing import Any

import traitlets

from ...exercises.wording import fill, load_words
from ...files import read_measurements
from ..base import Table
from ..parts import PartedWidget
from ..traits import Count

__all__ = ["DATA", "INITS", "NOISES", "OPTIMIZERS", "RATES", "SkipTrainer", "clothes", "recorded"]

HERE = Path(__file__).parent
WORDS = load_words(HERE)
SAMPLE = HERE.parents[1] / "data" / "sample.npz"
RECORD = "runs/skip-sweep"  # in book/
DATA = ("spirals", "moons", "circles", "chessboard", "clothes", "own points")
INITS = ("he", "zero", "fixup")
OPTIMIZERS = ("adam", "sgd")
RATES = ("0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3")
NOISES = ("0", "0.05", "0.1", "0.2", "0.3")
GREYS = 8  # steps of brightness that are not told apart: the pictures are small, and so should be their file


def clothes() -> dict[str, Any]:
    """The shipped sample of Fashion-MNIST at 14x14 pixels, each the mean of four, in 32 greys.

    Returns:
        ``{"train": part, "test": part}``; a part has ``pixels`` and ``classes``, bytes in base64, and the ``mean`` and
        ``deviation`` of the training pixels.
    """
    import numpy as np

    found = {}
    with np.load(SAMPLE) as stored:
        for part in ("train", "test"):
            images = stored[f"{part}_images"].astype(np.float64).reshape(-1, 14, 2, 14, 2).mean((2, 4))
            pixels = (images / GREYS).round().clip(0, 31).astype(np.uint8)
            if part == "train":
                moments = {"mean": round(float(pixels.mean()), 3), "deviation": round(float(pixels.std()), 3)}
            coded = {"pixels": pixels, "classes": stored[f"{part}_labels"].astype(np.uint8)}
            found[part] = {key: base64.b64encode(value.tobytes()).decode() for key, value in coded.items()} | moments
    return found


def recorded(folder: Path | str = RECORD) -> dict[str, Any]:
    """The recorded sweep in torch, for each depth: the training accuracies of its seeds.

    Returns:
        ``{"steps": int, "versions": str, "rows": [{"blocks": int, "plain": [...], "residual": [...]}, ...]}``

    Raises:
        FileNotFoundError: there is no such record.
    """
    config, env, lines = read_measurements(folder)
    rows: dict[int, dict[str, Any]] = {}
    for line in lines:
        row = rows.setdefault(int(line["blocks"]), {"blocks": int(line["blocks"]), "plain": [], "residual": []})
        row[line["network"]].append(float(line["train_accuracy"]))
    return {"steps": config["steps"], "torch": env["versions"]["torch"], "rows": list(rows.values())}


class SkipTrainer(PartedWidget):
    """A plain and a residual network, of the same depth, width and start, learn from the same batches, in the browser.

    Args:
        data: ``"spirals"``, ``"moons"``, ``"circles"``, ``"chessboard"``, ``"clothes"`` or ``"own points"``.
        blocks: 1 to 100, two layers each; for clothes shared out over three stages.
        width: channels, of clothes those of the first stage.
        norm: ``"on"`` or ``"off"``: batch norm behind every layer.
        init: ``"he"``, ``"zero"`` or ``"fixup"``.
        optimizer: ``"adam"`` or ``"sgd"`` (momentum 0.9).
        rate: the learning rate, one of `RATES`.
        noise: of the points, one of `NOISES`.
        seed: of data and start, from 0.
        own: the reader's own points, ``[x, y, class]`` each, on a plane from -2 to 2.

    Raises:
        ShapeError, traitlets.TraitError, TypeError: for what the controls refuse, or an unknown argument.
    """

    name = "skip-trainer"
    module = HERE / "widget.mjs"
    style = HERE / "widget.css"
    parts = {"worker": HERE / "worker.mjs", "clothes": clothes}

    data = traitlets.Enum(DATA, "spirals").tag(sync=True)
    blocks = Count(20, maximum=100).tag(sync=True)
    width = Count(8, minimum=2, maximum=32).tag(sync=True)
    norm = traitlets.Enum(("on", "off"), "on").tag(sync=True)
    init = traitlets.Enum(INITS, "he").tag(sync=True)
    optimizer = traitlets.Enum(OPTIMIZERS, "adam").tag(sync=True)
    rate = traitlets.Enum(RATES, "0.01").tag(sync=True)
    noise = traitlets.Enum(NOISES, "0.05").tag(sync=True)
    seed = Count(0, minimum=0, maximum=9999).tag(sync=True)
    own = traitlets.List().tag(sync=True)
    record = traitlets.Dict().tag(sync=True)

    @traitlets.default("record")
    def _record(self) -> dict[str, Any]:
        return recorded()

    @traitlets.validate("own")
    def _points(self, proposal: Any) -> list[list[float]]:
        for point in proposal["value"]:
            if len(point) != 3 or point[2] not in (0, 1) or not all(-2 <= value <= 2 for value in point[:2]):
                expected = "[x, y, class], x and y from -2 to 2, class 0 or 1"
                raise traitlets.TraitError(f"own: got {point!r}; expected {expected}")
        return [list(point) for point in proposal["value"]]

    def fallback(self) -> Table:
        """The recorded sweep: training accuracy by depth, the mean of the seeds with the lowest and the highest."""
        words = WORDS["table"]

        def share(values: list[float]) -> str:
            low, high = (f"{100 * value:.0f}" for value in (min(values), max(values)))
            return f"{100 * mean(values):.0f} %" + (
                fill(words["range"], {"low": low, "high": high}) if low != high else ""
            )

        record = self.record
        seeds = len(record["rows"][0]["plain"])
        told = {"steps": str(record["steps"]), "seeds": seeds, "torch": record["torch"].split("+")[0]}
        rows = [(str(row["blocks"]), share(row["plain"]), share(row["residual"])) for row in record["rows"]]
        return Table(fill(words["caption"], told), tuple(words["columns"]), tuple(rows))
