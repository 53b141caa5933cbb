"""Recorded runs that find points in faces: like all others (`runs`), with points in place of classes. No picture of a
face is kept, nor what a person is called: points and rows alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import runs
from .run_form import fault_of_config
from .runs import COLUMNS, Record, RunError

__all__ = ["ARRAYS", "KEYPOINT_COLUMNS", "KeypointRun", "checked", "record"]

KEYPOINT_COLUMNS = tuple(column.replace("accuracy", "nme") for column in COLUMNS)
"""Columns of metrics.csv, as `COLUMNS`, with the NME in per cent where that has an accuracy."""
ARRAYS = ("predicted", "rows", "errors", "box_errors")
"""What predictions.npz holds."""
CONFIG = ("split", "weights", "pretrained", "pictures")
COUNTS = {("real faces", "usual"): 770, ("real faces", "by person"): 857, ("drawn faces", "usual"): 1_000}


@dataclass(frozen=True)
class KeypointRun(Record):
    """A recorded run of a network that finds the 68 points of a face.

    Its config has "split" ("usual", "by person"), "weights" ("scratch", "frozen", "fine-tuned"), "pretrained" (on
    what), "pictures" (how many it learned from) and "mean_face_nme", in per cent: the NME of the mean face of these.

    Attributes:
        predicted: (N, 68, 2) float32, the points found in each held-out picture after the last epoch, in pixels of the
            picture as its set has it.
        rows: (N,) int64, where each picture stands in its set: of real faces, in the training csv followed by the test
            csv; of drawn ones, the seed.
        errors: (N,) float32, the NME of each, as a part of 1.
        box_errors: (N,) float32, the same distance over the square root of the area of the true points' box.
    """

    predicted: np.ndarray
    rows: np.ndarray
    errors: np.ndarray
    box_errors: np.ndarray

    @property
    def nme(self) -> float:
        """Of the last epoch, on what it was scored on, in per cent."""
        return self.epochs[-1][f"{self.scored}_nme"]

    @property
    def result(self) -> str:
        """What it reached, in words."""
        return f"{self.scored} NME {self.nme:.2f} %"


def record(
    folder: Path | str,
    config: dict[str, Any],
    env: dict[str, Any],
    metrics: list[dict[str, Any]],
    predicted: np.ndarray,
    rows: np.ndarray,
    errors: np.ndarray,
    box_errors: np.ndarray,
    weights: dict[str, np.ndarray] | None = None,
) -> KeypointRun:
    """Write a run, as `runs.record` does. Raises `RunError` if it is no complete one, or cannot be written."""
    folder = Path(folder)
    metrics, more = runs.parted(metrics, config, weights)
    distances = (np.asarray(each, np.float32) for each in (errors, box_errors))
    parts = (np.asarray(predicted, np.float32), np.asarray(rows, np.int64), *distances)
    run = checked(folder.name, config, env, metrics, *parts)
    arrays = {name: getattr(run, name) for name in ARRAYS}
    runs.write(folder, run, KEYPOINT_COLUMNS, arrays, _readme(run), more)
    return runs.read(folder)


def checked(
    name: str,
    config: dict[str, Any],
    env: dict[str, Any],
    metrics: list[dict[str, Any]],
    predicted: np.ndarray,
    rows: np.ndarray,
    errors: np.ndarray,
    box_errors: np.ndarray,
) -> KeypointRun:
    """A run of these parts. Raises `RunError` if they do not belong together."""
    run = KeypointRun(name, config, env, metrics, predicted, rows, errors, box_errors)

    def wrong(what: str) -> RunError:
        return RunError(f"run {run.name}: {what}")

    runs.check_record(run, "nme")
    if fault := fault_of_config(config, CONFIG):
        raise wrong(fault)
    whole = COUNTS.get((config["dataset"], config["split"])) if run.scored == "test" else None
    count = whole if whole is not None else len(np.atleast_1d(predicted))
    if predicted.shape != (count, 68, 2) or predicted.dtype != np.float32 or not np.isfinite(predicted).all():
        raise wrong(f"predictions are {predicted.dtype} {predicted.shape}; expected the points of {count:,} faces")
    shapes = {each.shape for each in (rows, errors, box_errors)}
    if shapes != {(count,)} or rows.dtype != np.int64 or len(np.unique(rows)) != count:
        raise wrong(f"predictions of {count:,} faces need as many rows, all different, and as many errors")
    for each, what in ((errors, "errors of the faces"), (box_errors, "errors over the faces' boxes")):
        if each.dtype != np.float32 or not np.isfinite(each).all() or each.min(initial=0) < 0:
            raise wrong(f"the {what} are not numbers from 0 on, as float32")
    if abs(100 * float(errors.mean(dtype=np.float64)) - run.nme) > 1e-3 * max(1.0, run.nme):
        raise wrong(f"metrics.csv says an NME of {run.nme} %; the errors' mean is {100 * errors.mean():.4f} %")
    return run


def _readme(run: KeypointRun) -> str:
    c, e, last = run.config, run.env, run.epochs[-1]
    versions = ", ".join(f"{name} {version}" for name, version in e.get("versions", {}).items())
    rows = [
        ("Recipe", c["recipe"]),
        ("Network", c.get("settings", {}).get("architecture", {}).get("name", "not known")),
        ("Trunk", f"{c['weights']}, pretrained: {c['pretrained']}"),
        ("Budget", c["budget"]),
        ("Data", f"{c['dataset']}, split: {c['split']}, {c['pictures']:,} pictures"),
        ("Seed", c["seed"]),
        ("Epochs", c["epochs"]),
        (f"{run.scored.capitalize()} NME, last epoch", f"{run.nme:.2f} %"),
        ("Median, and above 8 and 10 %", f"{100 * np.median(run.errors):.2f} %, {above(run, 0.08)}, {above(run, 0.1)}"),
        ("Over the root of the face's box", f"{100 * run.box_errors.mean(dtype=np.float64):.2f} %"),
        ("The mean face alone", f"{c['mean_face_nme']:.2f} %" if "mean_face_nme" in c else "not known"),
        ("Training NME, last epoch", f"{last['train_nme']:.2f} %" if "train_nme" in last else "–"),
        ("Wall time", f"{e['seconds']:,.0f} s" if "seconds" in e else "not known"),
        ("Computed on", e.get("device", "not known")),
        ("In", e.get("arithmetic", "not known")),
        ("Processor", f"{e.get('processor')}, {e.get('cores')} cores"),
        ("Versions", f"Python {e.get('python')}, {versions}"),
        ("Commit", e.get("commit") or "not known"),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    epochs = "\n".join(
        f"| {row['epoch']} | {row['train_loss']:.5f} | {row['train_nme']:.2f} % | {row[f'{run.scored}_nme']:.2f} % |"
        for row in run.epochs
    )
    lines = [
        f"# Recipe {c['recipe']}, {c['weights']}, seed {c['seed']}, budget {c['budget']}\n",
        *([f"\n{c['note']}\n"] if c.get("note") else []),
        f"| | |\n|---|---|\n{table}",
        f"\n| epoch | training loss | training NME | {run.scored} NME |\n|---|---|---|---|\n{epochs}",
        "\nThe result is that of the last epoch. NME is the mean distance of a face's points over that of its outer",
        "eye corners. `config.json` has all settings, `metrics.csv` every step and epoch, `predictions.npz` the points",
        "found in each held-out picture (`predicted`, in its pixels), its place in the set (`rows`), NME (`errors`)",
        "and the same distance over the square root of the area of the true points' box (`box_errors`).\n",
    ]
    return "\n".join(lines)


def above(run: KeypointRun, limit: float) -> str:
    """The part of the faces with a larger error, in words."""
    return f"{float((run.errors > limit).mean()):.1%}"
