"""The prediction explorer: the confusion matrix of a recorded run, and the pictures behind each of its cells."""

from __future__ import annotations

import base64
import struct
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from ...classes import CIFAR10_CLASSES, CLASSES
from ...exercises.wording import fill, load_words
from ...rules import describe
from ..base import BookWidget, Table

if TYPE_CHECKING:
    from ...runs import Run

HERE = Path(__file__).parent
WORDS = load_words(HERE)
PNG = "data:image/png;base64,"
SIDE = 28  # pixels, of a picture on the contact sheet
FIRST = {CLASSES: (CLASSES[6], CLASSES[0]), CIFAR10_CLASSES: (CIFAR10_CLASSES[3], CIFAR10_CLASSES[5])}
"""The classes of a data set, and the cell that is chosen at first: shirts taken for T-shirts, cats for dogs."""


class PredictionExplorer(BookWidget):
    """Show what a recorded run took for what, and the pictures that it took so, in the browser.

    Args:
        run: a recorded run (`resnet_book.runs.Run`), or its folder.
        pictures: the run's contact sheet, mistakes.png; by default the one in the folder, if there is one. Without it
            the widget shows numbers alone, and says so. Runs on CIFAR-10 have none: its pictures are not shown.
        true_class, predicted_class: the chosen cell, by the names of the run's classes, `resnet_book.data.CLASSES` or
            `resnet_book.classes.CIFAR10_CLASSES`.

    Raises:
        TypeError, traitlets.TraitError: for an unknown argument, an unknown name; a missing run.
        RunError: for a folder without a whole run, a run that finds points, or a contact sheet of another size than
            the run's.
        FileNotFoundError: for a contact sheet that was named and is not there.
    """

    name = "prediction-explorer"
    module = HERE / "widget.mjs"
    style = HERE / "widget.css"

    classes = traitlets.List(traitlets.Unicode(), list(CLASSES)).tag(sync=True)
    matrix = traitlets.List(traitlets.List(traitlets.Int())).tag(sync=True)  # a row for each true class
    # For each picture on the sheet its place in what was scored, its true class, its predicted class, its confidence.
    shown = traitlets.List(traitlets.List()).tag(sync=True)
    pictures = traitlets.Unicode().tag(sync=True)  # the sheet as a data: address, or where the site keeps it
    scored = traitlets.Unicode("test").tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    true_class = traitlets.Any(FIRST[CLASSES][0]).tag(sync=True)
    predicted_class = traitlets.Any(FIRST[CLASSES][1]).tag(sync=True)

    def __init__(
        self, run: Run | Path | str | None = None, *, pictures: Path | str | None = None, **state: Any
    ) -> None:
        if run is not None:
            state = {**_described(run, pictures), **state}
        elif "matrix" not in state:
            raise TypeError("PredictionExplorer shows a recorded run: give a resnet_book.runs.Run, or its folder")
        elif pictures is not None:  # a state as it was stored
            state["pictures"] = pictures
        super().__init__(**state)

    @traitlets.validate("true_class", "predicted_class")
    def _is_a_class(self, proposal: Any) -> str:
        if proposal["value"] not in self.classes:
            name, known = proposal["trait"].name, ", ".join(map(repr, self.classes))
            raise traitlets.TraitError(f"{name}: got {proposal['value']!r}; expected one of {known}")
        return proposal["value"]

    def fallback(self) -> Table:
        of_row, of_column = [sum(row) for row in self.matrix], [sum(column) for column in zip(*self.matrix)]
        right = [row[i] for i, row in enumerate(self.matrix)]
        rows = [
            (name, *(f"{count:,}" for count in self.matrix[i]), percent(right[i], of_row[i]))
            for i, name in enumerate(self.classes)
        ]
        rows.append((WORDS["precision"], *map(percent, right, of_column), percent(sum(right), sum(of_row))))
        i, j = self.classes.index(self.true_class), self.classes.index(self.predicted_class)
        count, all_of_it = self.matrix[i][j], of_row[i]
        cell = {"title": self.title, "true": self.true_class, "predicted": self.predicted_class}
        told = cell | {"count": count, "all": all_of_it, "percent": percent(count, all_of_it)}
        caption = fill(WORDS["table"]["caption"], told)
        return Table(caption, (WORDS["true"], *self.classes, WORDS["recall"]), tuple(rows))


def percent(part: int, whole: int, digits: int = 1) -> str:
    """A share in per cent, halves rounded up, as in the browser: 104 of 1000 is "10.4"; of nothing a dash."""
    if not whole:
        return "–"
    scale = 10**digits
    steps = (200 * scale * part + whole) // (2 * whole)
    return f"{steps // scale}.{steps % scale:0{digits}}"


def _described(run: Run | Path | str, pictures: Path | str | None) -> dict[str, Any]:
    """What the widget keeps of a run."""
    # These need numpy; a page that is built does not.
    from ...runs import MISTAKES, SHEET_COLUMNS, Record, Run, RunError, find, read

    if isinstance(run, (str, PathLike)):
        folder, run = find(run), read(run)
        if pictures is None and (folder / MISTAKES).is_file():
            pictures = folder / MISTAKES
    if not isinstance(run, Run):
        if isinstance(run, Record):
            raise RunError(f"run {run.name} finds points; expected a recorded run that classifies, or its folder")
        raise RunError(f"got {describe(run)}; expected a recorded run that classifies, or its folder")
    shown = run.shown
    sheet = b"" if pictures is None else Path(pictures).read_bytes()
    expected = (SHEET_COLUMNS * SIDE, -(-len(shown) // SHEET_COLUMNS) * SIDE)
    if pictures is not None and _size(sheet) != expected:
        width, height = expected
        raise RunError(
            f"{Path(pictures).name} is not the contact sheet of run {run.name}: no PNG of {width} x {height}"
        )
    config, count, right = run.config, len(run.labels), int(run.matrix.trace())
    told = {"right": right, "count": count, "scored": run.scored, "percent": percent(right, count, 2)}
    title = fill(WORDS["table"]["title"], {**config, "seed": str(config["seed"]), **told})
    classes = CIFAR10_CLASSES if config["dataset"].startswith("CIFAR-10") else CLASSES
    tiles = zip(shown, run.labels[shown], run.predicted[shown], run.confidence[shown])
    return {
        "classes": list(classes),
        **dict(zip(("true_class", "predicted_class"), FIRST[classes])),
        "matrix": run.matrix.tolist(),
        "shown": [[int(i), int(label), int(given), round(float(sure), 3)] for i, label, given, sure in tiles],
        "pictures": PNG + base64.b64encode(sheet).decode() if sheet else "",
        "scored": run.scored,
        "title": title,
    }


def _size(png: bytes) -> tuple[int, ...]:
    """Width and height of a PNG file, by its first chunk; () for anything else."""
    return struct.unpack(">II", png[16:24]) if png[:8] == b"\x89PNG\r\n\x1a\n" and len(png) >= 24 else ()
