"""Recorded runs: a folder each, written whole, read back with checks. Needs numpy and Pillow, not torch."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import re
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .files import find, replace_file
from .run_form import CONFIG, fault_of_config, fault_of_metrics, kept_steps

__all__ = [
    "COLUMNS",
    "MISTAKES",
    "Record",
    "Run",
    "RunError",
    "environment",
    "find",
    "gradients",
    "read",
    "read_all",
    "record",
    "weights",
]

COLUMNS = (
    "kind", "epoch", "step", "seconds", "lr", "train_loss", "train_accuracy", "train_seconds",
    "processor_seconds", "size", "test_loss", "test_accuracy", "validation_loss", "validation_accuracy",
    "train_evaluated_loss", "train_evaluated_accuracy",
)  # fmt: skip
"""Columns of metrics.csv. `kind` is "step" or "epoch"; epochs and steps count from 1; `seconds` is wall time since the
start, `train_seconds` the part of an epoch without scoring, `processor_seconds` what all threads of the processor spent
in that part, `size` the height and width of the pictures in an epoch and its scoring; a step's row has the loss and
accuracy of its batch, an epoch's row those of the whole epoch, while it was learning; the last epoch's row also has, as
`train_evaluated_...`, those of all training pictures as they are, in evaluation mode. Where config.json has an
`every_step`, only each so manieth step has a row, and the last one."""
MOST_STEPS = 2_000  # rows of steps in a run that is one of many
COUNTS = {
    "Fashion-MNIST": 10_000,
    "Fashion-MNIST sample": 500,
    "CIFAR-10": 10_000,
    "CIFAR-10 sample": 500,
}  # test pictures
MISTAKES, GRADIENTS, WEIGHTS = "mistakes.png", "gradients.csv", "weights.npz"
RIGHT_SHOWN = 8  # pictures of each class that were seen rightly, kept beside the mistakes
SHEET_COLUMNS = 32
FILES = ("env.json", "metrics.csv", "predictions.npz", "README.md", "config.json")


class RunError(RuntimeError):
    """A folder does not hold a recorded run, or cannot take one; the message says what is wrong."""


@dataclass(frozen=True)
class Record:
    """What every recorded run has.

    Attributes:
        name: of its folder.
        config: at least "recipe", "budget", "seed", "epochs", "dataset"; all of the recipe under "settings". Where the
            numbers of a run without batch norm ended, it has the "epoch", the "step" and "what" under "diverged"; that
            epoch is then the last one.
        env: hardware, versions, commit, wall time.
        metrics: a dictionary for each step and each epoch, by `COLUMNS`; what a row has not is not in it.
    """

    name: str
    config: dict[str, Any]
    env: dict[str, Any]
    metrics: list[dict[str, Any]]

    @property
    def epochs(self) -> list[dict[str, Any]]:
        """The rows of the epochs."""
        return [row for row in self.metrics if row["kind"] == "epoch"]

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The rows of the steps."""
        return [row for row in self.metrics if row["kind"] == "step"]

    @property
    def scored(self) -> str:
        """What it was scored on: "test" or "validation"."""
        return self.config.get("scored", "test")


@dataclass(frozen=True)
class Run(Record):
    """A recorded run of a network that classifies.

    Attributes:
        predicted: (N,) uint8, the class given to each held-out picture, in the official order, after the last epoch.
        confidence: (N,) float16, the probability given to that class.
        labels: (N,) uint8, the class it is.
    """

    predicted: np.ndarray
    confidence: np.ndarray
    labels: np.ndarray

    @property
    def result(self) -> str:
        """What it reached, in words."""
        return f"{self.scored} accuracy {self.accuracy:.2%}"

    @property
    def accuracy(self) -> float:
        """Of the last epoch, on what it was scored on."""
        return self.epochs[-1][f"{self.scored}_accuracy"]

    @property
    def shown(self) -> np.ndarray:
        """Positions of the pictures in mistakes.png: all mistakes, then the first few of each class seen rightly."""
        wrong = np.flatnonzero(self.predicted != self.labels)
        right = [np.flatnonzero((self.labels == k) & (self.predicted == k))[:RIGHT_SHOWN] for k in range(10)]
        return np.concatenate([wrong, *right])

    @property
    def matrix(self) -> np.ndarray:
        """The confusion matrix, (10, 10): how often a class (row) was given another (column)."""
        counts = np.zeros((10, 10), np.int64)
        np.add.at(counts, (self.labels, self.predicted), 1)
        return counts


def record(
    folder: Path | str,
    config: dict[str, Any],
    env: dict[str, Any],
    metrics: list[dict[str, Any]],
    predicted: np.ndarray,
    confidence: np.ndarray,
    labels: np.ndarray,
    pictures: np.ndarray | None = None,
    weights: dict[str, np.ndarray] | None = None,
) -> Run:
    """Write a run. Each file is put in place in one move, config.json last: a folder with it is complete.

    Args:
        folder: where.
        config, env, metrics, predicted, confidence, labels: the run, see `Run`.
        pictures: (N, 28, 28) uint8, what was scored on: given them, mistakes.png is written too.
        weights: the network's last weights and statistics by name: given them, weights.npz is written too, in float16.

    Rows of the kind "gradients" go into gradients.csv. Of the steps, those that the config's `every_step` leaves out
    are not written.

    Raises:
        RunError: what is given is no complete run, or the folder cannot be written to.
    """
    folder = Path(folder)
    predicted, labels = np.asarray(predicted, np.uint8), np.asarray(labels, np.uint8)
    metrics, more = parted(metrics, config, weights)
    confidence = np.nan_to_num(np.asarray(confidence, np.float16), nan=0.0)  # of numbers that ended without batch norm
    run = Run(folder.name, config, env, metrics, predicted, confidence, labels)
    _check(run)
    arrays = {"predicted": run.predicted, "confidence": run.confidence, "labels": run.labels}
    if pictures is not None:
        more[MISTAKES] = _sheet(np.asarray(pictures, np.uint8)[run.shown])
    write(folder, run, COLUMNS, arrays, _readme(run), more)
    return read(folder)


def parted(
    metrics: list[dict[str, Any]], config: dict[str, Any], weights: dict[str, np.ndarray] | None
) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """What goes into metrics.csv, thinned as the config says, and what into files of its own, by name."""
    norms = [row for row in metrics if row["kind"] == "gradients"]
    more = {GRADIENTS: norms_table(norms)} if norms else {}
    if weights is not None:
        more[WEIGHTS] = half(weights)
    return thinned([row for row in metrics if row["kind"] != "gradients"], config.get("every_step", 1)), more


def write(
    folder: Path,
    run: Record,
    columns: tuple[str, ...],
    arrays: dict[str, np.ndarray],
    readme: str,
    more: dict[str, bytes],
) -> None:
    """Write the files of a run, those of `more` first and config.json last. Raises `RunError` if one cannot be."""
    table, packed = io.StringIO(), io.BytesIO()
    writer = csv.DictWriter(table, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _short(value) for key, value in row.items()} for row in run.metrics)
    np.savez_compressed(packed, **arrays)
    parts = (_json(run.env), table.getvalue().encode(), packed.getvalue(), readme.encode(), _json(run.config))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").unlink(missing_ok=True)
        for name, content in (*more.items(), *zip(FILES, parts)):
            replace_file(folder / name, content)
    except OSError as error:
        raise RunError(f"the run could not be recorded in {folder} ({error.strerror}); it is not complete") from error


def read(folder: Path | str) -> Run:
    """Read a run, and check that its parts belong together.

    Of a run that finds points in faces, it is a `resnet_book.keypoint_runs.KeypointRun`.

    Args:
        folder: a folder, or the place of a run that the book recorded, such as "runs/book-0" (see `find`).

    Raises:
        RunError: a file is missing or cut short, or two of them contradict each other.
    """
    from . import keypoint_runs  # which is built on this module

    folder = find(folder)
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise RunError(f"{folder} holds no complete run: {', '.join(missing)} missing")
    name = ""
    try:
        name = "config.json"
        config = json.loads((folder / name).read_text(encoding="utf-8"))
        name = "env.json"
        env = json.loads((folder / name).read_text(encoding="utf-8"))
        name = "metrics.csv"
        metrics = [_row(row) for row in _table(folder / name)]
        name = "predictions.npz"
        finds_points = isinstance(config, dict) and "split" in config
        wanted = keypoint_runs.ARRAYS if finds_points else ("predicted", "confidence", "labels")
        with np.load(folder / name) as stored:
            arrays = [stored[part] for part in wanted]
    except Exception as error:  # numpy and zipfile raise many kinds for a damaged file
        raise RunError(f"{folder / name} cannot be read: {error}") from error
    if finds_points:
        return keypoint_runs.checked(folder.name, config, env, metrics, *arrays)
    run = Run(folder.name, config, env, metrics, *arrays)
    _check(run)
    return run


def read_all(folder: Path | str) -> list[Run]:
    """Every training run in a folder of records, by name. One without config.json is not complete, and left out."""
    found = sorted(find(folder).glob("*/config.json"))
    return [read(path.parent) for path in found if '"epochs"' in path.read_text(encoding="utf-8")]


def gradients(folder: Path | str) -> list[dict[str, Any]]:
    """How large the gradients of a run were, in order.

    Each row has "epoch", "step" and, under "norms", the norm of the loss's gradient in every layer's weights, named as
    in the state dict. Raises `RunError` if the run has no such record.
    """
    path = find(folder) / GRADIENTS
    try:
        return [
            {
                "epoch": int(row.pop("epoch")),
                "step": int(row.pop("step")),
                "norms": {k: float(v) for k, v in row.items()},
            }
            for row in _table(path)
        ]
    except Exception as error:  # csv and float raise many kinds for a damaged file
        raise RunError(f"{path} cannot be read: {error}") from error


def weights(folder: Path | str) -> dict[str, np.ndarray]:
    """The last weights and statistics of a run by name, in float16 as they are kept (whole numbers in int64).

    They are arrays and nothing else: no pickle is read. Raises `RunError` if the run has not kept them.
    """
    path = find(folder) / WEIGHTS
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except Exception as error:  # numpy and zipfile raise many kinds for a damaged file
        raise RunError(f"{path} cannot be read: {error}") from error


def environment(root: Path | None = None) -> dict[str, Any]:
    """The machine, the versions and the commit; no name or folder of the machine."""
    found: dict[str, Any] = {
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "versions": {},
        "commit": _commit(root or Path(__file__).parent),
    }
    for package in ("torch", "torchvision", "numpy"):
        try:
            found["versions"][package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found["versions"][package] = None
    return found


# ---------------------------------------------------------------- parts


def check_record(run: Record, measure: str) -> None:
    """Whether a run's epochs and steps are all there, and scored. Raises `RunError` if not."""

    def wrong(what: str) -> RunError:
        return RunError(f"run {run.name}: {what}")

    if not isinstance(run.config, dict) or not isinstance(run.env, dict):
        raise wrong("config.json and env.json must hold objects")
    if fault := fault_of_config(run.config, CONFIG) or fault_of_metrics(run.metrics):
        raise wrong(fault)
    epochs = run.config["diverged"]["epoch"] if "diverged" in run.config else run.config["epochs"]
    found = [row.get("epoch") for row in run.epochs]
    if len(found) != epochs or found != list(range(1, epochs + 1)):
        raise wrong(f"metrics.csv has {len(found)} epochs, config.json says {epochs}")
    last, every = run.epochs[-1].get("step", 0), run.config.get("every_step", 1)
    steps = [row.get("step") for row in run.steps]
    if len(steps) != -(-last // every) or steps != kept_steps(last, every):
        if steps and steps[-1] != last:
            raise wrong("metrics.csv ends before the last step, or goes on after it")
        raise wrong("steps are missing in metrics.csv, or stand twice")
    if not all(1 <= row.get("epoch", 0) <= epochs for row in run.steps):
        raise wrong("a step of metrics.csv is of no epoch that there is")
    if f"{run.scored}_{measure}" not in run.epochs[-1]:
        raise wrong(f"metrics.csv has no {run.scored} {measure} of the last epoch")


def _check(run: Run) -> None:
    def wrong(what: str) -> RunError:
        return RunError(f"run {run.name}: {what}")

    check_record(run, "accuracy")
    count = COUNTS.get(run.config["dataset"]) if run.scored == "test" else run.predicted.size
    parts = (run.predicted, run.confidence, run.labels)
    if count is None or any(part.shape != (count,) for part in parts):
        raise wrong(
            f"predictions of {run.predicted.size:,} pictures, {run.confidence.size:,} confidences and "
            f"{run.labels.size:,} labels; {run.config['dataset']!r} has {count} to test on"
        )
    if run.predicted.dtype != np.uint8 or run.predicted.max(initial=0) > 9:
        raise wrong("predictions are not classes from 0 to 9, as uint8")
    if run.labels.dtype != np.uint8 or run.labels.max(initial=0) > 9:
        raise wrong("labels are not classes from 0 to 9, as uint8")
    if run.confidence.dtype != np.float16 or not ((run.confidence >= 0) & (run.confidence <= 1)).all():
        raise wrong("confidences are not probabilities from 0 to 1, as float16")
    right = int((run.predicted == run.labels).sum())
    if abs(run.accuracy * count - right) > 1e-2:
        raise wrong(
            f"metrics.csv says an accuracy of {run.accuracy}; the predictions have {right:,} of {count:,} right"
        )


def thinned(rows: list[dict[str, Any]], every: int) -> list[dict[str, Any]]:
    """The rows without the steps that are not kept."""
    last = max((row["step"] for row in rows if row["kind"] == "step"), default=0)
    kept = set(kept_steps(last, every))
    return [row for row in rows if row["kind"] != "step" or row["step"] in kept]


def norms_table(rows: list[dict[str, Any]]) -> bytes:
    table = io.StringIO()
    writer = csv.DictWriter(table, ["epoch", "step", *rows[0]["norms"]], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        norms = {name: f"{norm:.4g}" for name, norm in row["norms"].items()}
        writer.writerow({"epoch": row["epoch"], "step": row["step"], **norms})
    return table.getvalue().encode()


def half(weights: dict[str, np.ndarray]) -> bytes:
    file = io.BytesIO()
    kept = {name: np.float16(value) if value.dtype.kind == "f" else value for name, value in weights.items()}
    np.savez_compressed(file, **kept)
    return file.getvalue()


def _table(path: Path) -> list[dict[str, str]]:
    """The rows of a csv file. Raises `ValueError` where there are none, or the last one has no end."""
    text = path.read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    if not rows or not text.endswith("\n"):
        raise ValueError("it is cut short" if text else "it is empty")
    return rows


def _short(value: Any) -> Any:
    return f"{value:.7g}" if isinstance(value, float) else value


def _row(row: dict[str, str]) -> dict[str, Any]:
    whole = {"epoch": int, "step": int, "size": int, "kind": str}
    return {key: whole.get(key, float)(value) for key, value in row.items() if value}


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _sheet(pictures: np.ndarray) -> bytes:
    """Pictures (N, H, W) side by side in rows of `SHEET_COLUMNS`, as a PNG file in grey."""
    count, height, width = pictures.shape
    rows = -(-count // SHEET_COLUMNS)
    sheet = np.zeros((rows * SHEET_COLUMNS, height, width), np.uint8)
    sheet[:count] = pictures
    sheet = sheet.reshape(rows, SHEET_COLUMNS, height, width).swapaxes(1, 2).reshape(rows * height, -1)
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG", optimize=True)
    return file.getvalue()


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def _commit(folder: Path) -> str | None:
    """The commit that the source is at, with "+" if files that git knows were changed since; None outside of git."""
    try:
        head, changed = (
            subprocess.run(["git", *command], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
            for command in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changed else "")


def _network(config: dict[str, Any]) -> str:
    found = config.get("settings", {}).get("architecture", {})
    option = {"none": ""}.get(found.get("shortcut", "none"), f", shortcut {found.get('shortcut')}")
    return f"{found.get('name', 'not known')}{option}"


def _told(row: dict[str, Any], key: str, form: str) -> str:
    return format(row[key], form) if key in row else "–"


def _readme(run: Run) -> str:
    c, e, last = run.config, run.env, run.epochs[-1]
    versions = ", ".join(f"{name} {version}" for name, version in e.get("versions", {}).items())
    rows = [
        ("Recipe", c["recipe"]),
        ("Network", _network(c)),
        ("Budget", c["budget"]),
        ("Data", c["dataset"]),
        ("Seed", c["seed"]),
        ("Epochs", c["epochs"]),
        (f"{run.scored.capitalize()} accuracy, last epoch", f"{run.accuracy:.2%}"),
        ("Training accuracy, last epoch", _told(last, "train_accuracy", ".2%")),
        ("Wall time", f"{e['seconds']:,.0f} s" if "seconds" in e else "not known"),
        ("Computed on", e.get("device", "not known")),
        ("In", e.get("arithmetic", "not known")),
        ("Processor", f"{e.get('processor')}, {e.get('cores')} cores"),
        ("Versions", f"Python {e.get('python')}, {versions}"),
        ("Commit", e.get("commit") or "not known"),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    score = f"{run.scored}_accuracy"
    epochs = "\n".join(
        f"| {row['epoch']} | {_told(row, 'train_loss', '.4f')} | {_told(row, 'train_accuracy', '.2%')} "
        f"| {row[score]:.2%} |"
        for row in run.epochs
    )
    notes = [f"\n{c['note']}\n"] if c.get("note") else []
    if end := c.get("diverged"):
        notes.append(
            f"\nIt diverged: at step {end['step']:,}, in epoch {end['epoch']}, {end['what']}. It ends there.\n"
        )
    return "\n".join(
        [f"# Recipe {c['recipe']}, seed {c['seed']}, budget {c['budget']}\n", *notes, "| | |", "|---|---|", table,
         f"\n| epoch | training loss | training accuracy | {run.scored} accuracy |", "|---|---|---|---|", epochs,
         "\nThe result is that of the last epoch, without test-time augmentation. `config.json` has all settings,",
         "`metrics.csv` every step and epoch, `predictions.npz` the class given to each held-out picture, in the",
         "official order (`predicted`), its probability (`confidence`), and the class that it is (`labels`).\n"]
    )  # fmt: skip
