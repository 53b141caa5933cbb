"""What transfer buys: recorded networks that find points in faces, by how they began, over their seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import mean
from typing import Any

from . import runs
from .data.face_metrics import area, failures
from .files import find
from .keypoint_runs import KeypointRun
from .reports import Spread

__all__ = ["HEADER", "Start", "recorded", "rows", "start", "starts"]

TUNES = {"scratch": "from scratch", "frozen": "frozen", "fine-tuned": "fine-tuned"}
SOURCES = {
    "fashion-mnist": "Fashion-MNIST", "cifar-10": "CIFAR-10", "drawn-faces": "drawn faces", "imagenet": "ImageNet",
}  # fmt: skip

USUAL_PACE = "all at once"
SETTINGS = ("loss", "output", "freeze", "head_first", "trunk_lr")
"""Of keypoints, what runs that began alike may still differ in."""


@dataclass(frozen=True)
class Start:
    """Networks that began alike, and learned by one recipe from the same faces: their runs, by seed.

    Attributes:
        recipe: its public name.
        tune: "scratch", "frozen" or "fine-tuned".
        pretrained: what the trunk was trained on before, "none" if on nothing.
        dataset, split: "real faces" and "usual" or "by person", or another set.
        pictures: how many of the training pictures it learned from.
        loss, output: as the recipe's keypoints name them.
        freeze: how many stages of the trunk, from the stem on, stayed as they were.
        head_first: epochs in which the head alone learned.
        trunk_lr: how much of the learning rate the trunk got.
        runs: at least one.
    """

    recipe: str
    tune: str
    pretrained: str
    dataset: str
    split: str
    pictures: int
    loss: str
    output: str
    freeze: int
    head_first: int
    trunk_lr: float
    runs: tuple[KeypointRun, ...]

    @property
    def name(self) -> str:
        """How it began: "from scratch", "frozen, from CIFAR-10", "fine-tuned, from CIFAR-10, stem kept"."""
        parts = [TUNES[self.tune]]
        parts += [] if self.tune == "scratch" else [f"from {SOURCES.get(self.pretrained, self.pretrained)}"]
        return ", ".join([*parts, *([] if self.pace == USUAL_PACE else [self.pace])])

    @property
    def pace(self) -> str:
        """How much of the trunk learned, when, and how fast: "all at once", or what was otherwise."""
        parts = []
        if self.freeze:
            parts.append("stem kept" if self.freeze == 1 else f"stem and {_counted(self.freeze - 1, 'stage')} kept")
        if self.head_first:
            parts.append(f"the head first, for {_counted(self.head_first, 'epoch')}")
        if self.trunk_lr != 1:
            parts.append(f"the trunk at {self.trunk_lr:g} of the rate")
        return ", ".join(parts) or USUAL_PACE

    @property
    def nme(self) -> Spread:
        """The NME after the last epoch, in per cent, over the seeds."""
        return Spread.of([run.nme for run in self.runs])

    @property
    def by_epoch(self) -> list[list[float]]:
        """The NME after each epoch, in per cent, a list a run."""
        return [[row[f"{run.scored}_nme"] for row in run.epochs] for run in self.runs]

    @property
    def box(self) -> float:
        """The mean error over the square root of the area of the face's box, in per cent."""
        return mean(100 * float(run.box_errors.mean(dtype=float)) for run in self.runs)

    @property
    def area(self) -> float:
        """Under the curve of the faces at or below an NME, up to 8 %, as a part of the whole."""
        return mean(area(run.errors) for run in self.runs)

    @property
    def mean_face(self) -> float:
        """The NME of the mean face of its training pictures, which does not look, in per cent."""
        return self.runs[0].config["mean_face_nme"]

    def failures(self, at: float = 0.08) -> float:
        """The part of the faces with a larger NME."""
        return mean(failures(run.errors, at) for run in self.runs)


def recorded(group: str, root: Path | str = "runs") -> list[KeypointRun]:
    """The complete runs of a group of records, by name; none where nothing is recorded yet."""
    place = find(Path(root) / group)
    return runs.read_all(place) if place.is_dir() else []


def starts(given: Iterable[KeypointRun]) -> list[Start]:
    """Runs by how they began: by set and split, the most pictures first, then from scratch, frozen, fine-tuned."""

    def parts(run: KeypointRun) -> tuple[Any, ...]:
        keys = ("recipe", "weights", "pretrained", "dataset", "split", "pictures")
        made = run.config["settings"]["keypoints"]
        return (*(run.config[key] for key in keys), *(made[key] for key in SETTINGS))

    def order(run: KeypointRun) -> tuple[Any, ...]:
        recipe, tune, pretrained, dataset, split, pictures, *settings, rate = parts(run)
        begun = pretrained != "none", pretrained, list(TUNES).index(tune)
        return dataset, split, recipe, -pictures, *begun, *settings, -rate

    ordered = sorted(given, key=lambda run: (order(run), run.config["seed"]))
    return [Start(*key, tuple(same)) for key, same in groupby(ordered, parts)]


def start(given: Sequence[Start], **wanted: Any) -> Start | None:
    """The first one with these attributes; None where there is none."""
    return next((each for each in given if all(getattr(each, name) == what for name, what in wanted.items())), None)


HEADER = ("How it began", "Seeds", "NME", "Lowest to highest", "Over the box", "Above 8 %", "Above 10 %", "Area to 8 %")


def rows(given: Sequence[Start]) -> list[tuple[str, ...]]:
    """The rows of a table under `HEADER`."""
    return [
        (
            each.name, str(each.nme.count), f"{each.nme.mean:.2f} %",
            f"{each.nme.low:.2f} to {each.nme.high:.2f} %" if each.nme.count > 1 else "", f"{each.box:.2f} %",
            f"{100 * each.failures(0.08):.1f} %", f"{100 * each.failures(0.1):.1f} %", f"{each.area:.2f}",
        )
        for each in given
    ]  # fmt: skip


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
