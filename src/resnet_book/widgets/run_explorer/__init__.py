"""The run explorer: recorded training curves by epoch, step and training time, and who ran them on what."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from os import PathLike
from pathlib import Path
from typing import Any

import traitlets

from ...exercises.wording import fill, load_words
from ..base import BookWidget, Table
from .condense import KEYS, summary

__all__ = ["AXES", "CURVES", "RunExplorer", "summary"]

HERE = Path(__file__).parent
WORDS = load_words(HERE)
CURVES = ("test_accuracy", "train_accuracy", "test_loss", "train_loss", "lr", "rate")
AXES = ("epoch", "step", "seconds")
SOMETIMES = ("size", "rate")  # columns that not each table has
MISSING = "–"


class RunExplorer(BookWidget):
    """Recorded training curves, one run drawn strong and the others thin behind it, in the browser.

    Args:
        runs: what to show, in this order: `resnet_book.runs.Run`s, folders of recorded runs, or what `summary` makes.
        run: the name of the one to begin with; the first unless given.
        curve: ``"test_accuracy"``, ``"train_accuracy"``, ``"test_loss"``, ``"train_loss"``, ``"lr"`` or, where it is
            known, ``"rate"`` (pictures a second of training time). Of a run scored on a validation set,
            ``test_...`` is its validation score.
        axis: ``"epoch"``, ``"step"`` or ``"seconds"`` (wall time of the training alone, see
            `resnet_book.reports.training_seconds`).

    Raises:
        ValueError: no run, two of one name.
        resnet_book.runs.RunError: a folder that holds no complete training run.
        TypeError, traitlets.TraitError: something that is no run, an unknown argument or name.
    """

    name = "run-explorer"
    module = HERE / "widget.mjs"
    style = HERE / "widget.css"

    runs = traitlets.List().tag(sync=True)
    run = traitlets.Unicode().tag(sync=True)
    curve = traitlets.Enum(CURVES, "test_accuracy").tag(sync=True)
    axis = traitlets.Enum(AXES, "epoch").tag(sync=True)

    def __init__(self, runs: Any, *, run: str | None = None, **state: Any) -> None:
        condensed = _condensed(runs)
        super().__init__(runs=condensed, run=condensed[0]["name"] if run is None else run, **state)

    @traitlets.validate("runs")
    def _valid_runs(self, proposal: Any) -> list[dict[str, Any]]:
        return _condensed(proposal["value"])

    @traitlets.validate("run")
    def _valid_run(self, proposal: Any) -> str:
        return _one_of(proposal["value"], [each["name"] for each in self.runs], "run")

    @traitlets.validate("curve")
    def _valid_curve(self, proposal: Any) -> str:
        return _one_of(proposal["value"], self.curves(), "curve")

    @traitlets.observe("runs")
    def _keep_choice(self, change: Any) -> None:
        names = [each["name"] for each in self.runs]
        if self.run and self.run not in names:
            self.run = names[0]
        if self.curve not in self.curves():
            self.curve = CURVES[0]

    def curves(self) -> list[str]:
        """The names of the curves that there are: not each run tells its rate."""
        return [name for name in CURVES if name != "rate" or any("rate" in run["rows"] for run in self.runs)]

    def chosen(self) -> dict[str, Any]:
        """The summary of the run that is drawn strong."""
        return next(each for each in self.runs if each["name"] == self.run)

    def fallback(self) -> Table:
        run = self.chosen()
        rows, env, diverged = run["rows"], run["env"], run.get("diverged")
        last = diverged["epoch"] if diverged else run["epochs"]
        scored = run["scored"].capitalize()
        titles = {
            key: fill(title, {"scored": scored})
            for key, title in WORDS["columns"].items()
            if key not in SOMETIMES or key in rows
        }
        cells = [
            [MISSING if value is None else _written(key, value) for value in rows.get(key, [None] * last)]
            for key in titles
        ]
        where = ", ".join(str(env[key]) for key in ("device", "processor", "arithmetic") if key in env)
        end = {"accuracy": _percent(rows["test_accuracy"][last - 1]), "scored": run["scored"]}
        if diverged:
            end |= {**diverged, "step": _whole(diverged["step"])}
        told = {
            "result": fill(WORDS["facts"]["diverged" if diverged else "ends"], end, str),
            "took": fill(WORDS["took"], {"time": _duration(env["seconds"])}) if "seconds" in env else "",
            "where": where or WORDS["table"]["nowhere"],
        }
        lines = zip(map(str, range(1, last + 1)), *cells)
        return Table(fill(WORDS["table"]["caption"], run | told, str), (WORDS["epoch"], *titles.values()), tuple(lines))


def _condensed(given: Any) -> list[dict[str, Any]]:
    """Summaries of whatever runs are given as."""
    if not isinstance(given, (list, tuple)):
        raise TypeError(f'runs: got {_kind(given)}; expected a list of runs, for example ["runs/book-0"]')
    if not given:
        raise ValueError("runs: got none; record one with `python -m resnet_book.train` and give its folder")
    found = [_summary(each, f"runs[{index}]") for index, each in enumerate(given)]
    names = [each["name"] for each in found]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"runs: two are called {name!r}; rename the folder of one")
    return found


def _summary(given: Any, where: str) -> dict[str, Any]:
    if isinstance(given, Mapping):
        missing = [key for key in KEYS if key not in given]
        if missing:
            raise ValueError(f"{where}: this dictionary is no summary of a run: it has no {', '.join(missing)}")
        return dict(given)
    from ... import runs  # numpy and Pillow: a page that is built from stored state needs neither

    if isinstance(given, (str, PathLike)):
        given = runs.read(given)
    if not isinstance(given, runs.Run):
        raise TypeError(
            f"{where}: got {_kind(given)}; expected a resnet_book.runs.Run, which classifies, its folder or its summary"
        )
    return summary(given)


def _kind(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _one_of(value: str, known: list[str], what: str) -> str:
    if value not in known:
        close = difflib.get_close_matches(value, known, n=1)
        raise traitlets.TraitError(
            f"{what}: got {value!r}; expected one of {', '.join(known)}."
            + (f" Did you mean {close[0]}?" if close else "")
        )
    return value


# ---------------------------------------------------------------- numbers as the browser writes them, see data.mjs


def _fixed(value: float, digits: int) -> str:
    """Rounded half up, as JavaScript does; Python's own format rounds half to even."""
    return f"{Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"


def _whole(value: float) -> str:
    return f"{int(_fixed(value, 0)):,}"


def _percent(value: float) -> str:
    return f"{_fixed(100 * value, 2)} %"


def _loss(value: float) -> str:
    return _fixed(value, 4 if value < 10 else 2) if value < 1000 else _whole(value)


def _significant(value: float) -> str:
    """Four significant digits: 0.0375, 1.333e-5."""
    rounded = Context(prec=4, rounding=ROUND_HALF_UP).create_decimal(Decimal(value)).normalize()
    power = rounded.adjusted()
    return f"{rounded:f}" if power >= -4 or not rounded else f"{rounded.scaleb(-power).normalize():f}e{power}"


def _duration(seconds: float) -> str:
    """57.04 -> "57.0 s", 252 -> "4 min 12 s", 7380 -> "2 h 03 min"."""
    if seconds < 100:
        return f"{_fixed(seconds, 1)} s"
    whole = int(seconds + 0.5)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    minutes = (whole + 30) // 60
    return f"{minutes // 60} h {minutes % 60:02} min"


def _written(column: str, value: float) -> str:
    """A value of a column as text."""
    if column in WRITTEN:
        return WRITTEN[column](value)
    return _loss(value) if column.endswith("loss") else _percent(value)


WRITTEN = {"lr": _significant, "rate": _whole, "step": _whole, "size": _whole, "seconds": _duration}
