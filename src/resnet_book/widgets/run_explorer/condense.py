"""A recorded run as a few kilobytes of JSON: what a page needs to draw its curves and to say who made it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ...architectures import architecture, names

if TYPE_CHECKING:
    from ...runs import Run

__all__ = ["KEYS", "POINTS", "summary"]

POINTS = 100
"""Points of a step curve, at most."""
KEYS = ("name", "recipe", "budget", "seed", "epochs", "dataset", "scored", "env", "settings", "rows", "steps")
ENVIRONMENT = ("device", "processor", "cores", "processes", "arithmetic", "python", "versions", "commit")
SETTINGS = (
    "size", "grows", "batch_size", "lr", "schedule", "momentum", "nesterov", "weight_decay", "label_smoothing", "flip",
    "crop", "precision",
)  # fmt: skip
DIGITS = {"seconds": 4, "lr": 4, "train_loss": 4, "train_accuracy": 3}  # of a step curve
COMMIT = 12  # letters of a commit


def summary(run: Run) -> dict[str, Any]:
    """Condense a run.

    Returns:
        JSON data: `name`, `recipe`, `budget`, `seed`, `epochs` (their number), `dataset`, `scored`, its `note` if the
        run has one, and of one that `diverged` the `epoch` and the `step` where it ended, and `what` happened;
        `env` and `settings`, of the machine and of the recipe what the run has of it;
        `rows`, a list for each column with a value for each epoch, as recorded: `step`, `lr`, `train_loss`,
        `train_accuracy`, `test_loss`, `test_accuracy` (of whatever it was scored on), `size`; `seconds`, the training
        time (`resnet_book.reports.training_seconds`), and `rate`, pictures a second of it, where the run says how many
        pictures it trained on (not of an epoch in which it diverged, which saw only some of them); what was not
        recorded, or is no finite number, is None, and a column of such alone is left out;
        `steps`: after each `every` steps, and after the `last`, for `seconds` and `lr` the value there, for
        `train_loss` and `train_accuracy` the mean over the batches since the point before, in three or four digits.
        Each column is one text with spaces between its numbers: a stored notebook has a line for it, not a hundred.
    """
    config, settings = run.config, run.config.get("settings") or {}
    kept = {key: settings[key] for key in SETTINGS if key in settings}
    made = settings.get("architecture")
    if made is not None:
        kept = {"architecture": _called(made) if isinstance(made, Mapping) else made, **kept}
    env = {key: run.env[key] for key in ENVIRONMENT if run.env.get(key) is not None}
    ends = _training_time(run)
    if ends:
        env["seconds"] = ends[-1]
    if "commit" in env:
        changed = "+" if env["commit"].endswith("+") else ""
        env["commit"] = env["commit"].rstrip("+")[:COMMIT] + changed
    return {
        "name": run.name,
        **{key: config[key] for key in ("recipe", "budget", "seed", "epochs", "dataset")},
        "scored": run.scored,
        **{key: config[key] for key in ("note", "diverged") if config.get(key)},
        "env": env,
        "settings": kept,
        "rows": _rows(run, ends),
        "steps": _steps(_on_the_clock(run, ends)),
    }


def _called(made: Mapping[str, Any]) -> str | None:
    """A network's name, with the option of its skips where that is not the one that goes with the name."""
    name, option = made.get("name"), made.get("shortcut")
    usual = architecture(name).shortcut if name in names() else option
    return name if option in (None, usual) else f"{name}-{option}"


def _training_time(run: Run) -> list[float]:
    """Seconds of training until the end of each epoch; empty where the run did not record its times."""
    from ...reports import training_seconds

    count = Counter(row["epoch"] for row in run.steps)
    alone = [row for row in run.epochs if count[row["epoch"]] < 2]  # an epoch without two steps tells its time itself
    if not all("seconds" in row for row in run.steps) or not all("train_seconds" in row for row in alone):
        return []
    return [float(f"{seconds:.7g}") for seconds in training_seconds(run)]


def _on_the_clock(run: Run, ends: Sequence[float]) -> list[dict[str, Any]]:
    """The steps, each with the training time until its end: those of an epoch are taken to be equally long."""
    steps = run.steps
    count = Counter(row["epoch"] for row in steps)
    clock: list[float] = []
    for (began, ended), row in zip(pairwise([0.0, *ends]), run.epochs):
        epoch = row["epoch"]
        clock += [began + (ended - began) * (i + 1) / count[epoch] for i in range(count[epoch])]
    timeless = [{key: value for key, value in row.items() if key != "seconds"} for row in steps]
    return [{**row, "seconds": seconds} for row, seconds in zip(timeless, clock)] if clock else timeless


def _rows(run: Run, ends: Sequence[float]) -> dict[str, list[float | None]]:
    columns = {
        **{key: key for key in ("step", "lr", "train_loss", "train_accuracy")},
        "test_loss": f"{run.scored}_loss",
        "test_accuracy": f"{run.scored}_accuracy",
        "size": "size",
    }
    rows = {key: [_number(row.get(column)) for row in run.epochs] for key, column in columns.items()}
    rows["seconds"] = list(ends)
    count = run.config.get("pictures")
    if count:
        spent = [ended - began for began, ended in pairwise([0.0, *ends])]
        rows["rate"] = [float(f"{count / seconds:.5g}") if seconds > 0 else None for seconds in spent]
        if spent and "diverged" in run.config:
            rows["rate"][-1] = None
    return {key: values for key, values in rows.items() if any(value is not None for value in values)}


def _steps(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if not rows:
        return {}
    every = -(-len(rows) // POINTS)
    bins = [rows[start : start + every] for start in range(0, len(rows), every)]
    found: dict[str, Any] = {"every": every, "last": len(rows)}
    for key, digits in DIGITS.items():
        if any(_number(row.get(key)) is None for row in rows):
            continue
        if key in ("seconds", "lr"):
            values = [part[-1][key] for part in bins]
        else:
            values = [math.fsum(row[key] for row in part) / len(part) for part in bins]
        found[key] = " ".join(f"{value:.{digits}g}" for value in values)
    return found


def _number(value: Any) -> float | None:
    """A number that JSON has, or None."""
    return value if isinstance(value, (int, float)) and math.isfinite(value) else None
