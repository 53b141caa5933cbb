"""What a training curve shows from epoch to epoch: how the learning rate steers it, and what choosing an epoch by the
test set would have claimed.

Needs numpy, not torch. Nothing here chooses anything: the last epoch is the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

from . import reports
from .family import called
from .runs import Run

__all__ = ["HEADER", "Claim", "claimed", "claims", "errors", "fluctuations", "schedule"]


def schedule(run: Run) -> list[tuple[float, float]]:
    """The learning rate of a run, at the steps that it kept: (part of the training that is done, rate)."""
    last = run.steps[-1]["step"]
    return [(row["step"] / last, row["lr"]) for row in run.steps]


def errors(run: Run) -> list[tuple[float, float]]:
    """The test error after each epoch: (part of the training that is done, per cent)."""
    last = run.epochs[-1]["step"]
    return [(row["step"] / last, 100 * (1 - row["test_accuracy"])) for row in run.epochs]


def fluctuations(run: Run, part: float = 0.25) -> str:
    """How the test accuracy moved while the rate was high, and how once it was low, in words.

    Args:
        run: scored on the test set.
        part: of its highest rate: the rate is low once it stays below.
    """
    bound = part * max(row["lr"] for row in run.steps)
    score = [100 * row["test_accuracy"] for row in run.epochs]
    end = max((place for place, row in enumerate(run.epochs, 1) if row["lr"] >= bound), default=0)
    if end < 2 or end == len(score):
        return ""
    moves = [after - before for before, after in pairwise(score)]
    early, late = moves[: end - 1], moves[end - 1 :]
    return (
        f"in the first {end} epochs, before the rate has fallen below {bound:.3g}, the test accuracy {_falls(early)}, "
        f"and came to {max(score[:end]):.1f} % at best; in the {len(late)} after them it {_falls(late)}, "
        f"and ended at {score[-1]:.1f} %."
    )


def _falls(moves: Sequence[float]) -> str:
    falls = [-move for move in moves if move < 0]
    if not falls:
        return "never fell"
    times = {1: "once", 2: "twice"}.get(len(falls), f"{len(falls)} times")
    return f"fell {times} from one epoch to the next, by up to {max(falls):.1f} points"


# ---------------------------------------------------------------- the best epoch


@dataclass(frozen=True)
class Claim:
    """Runs of one network by one recipe: the result, and what the best test epoch would have claimed.

    Attributes:
        recipe: its public name.
        network: as the chapters call it, and how it starts where that is not with batch norm.
        gains: a run each, in points: the best test accuracy of any epoch, less that of the last.
        rate: of the last step, as a part of the highest rate.
        last: the result in per cent, the mean of the runs.
    """

    recipe: str
    network: str
    gains: tuple[float, ...]
    rate: float
    last: float


def claimed(runs: Iterable[Run]) -> list[Claim]:
    """What choosing by the test set would have claimed, network by network in the order in which they come."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        settings = run.config["settings"]
        arch, start = settings["architecture"], settings.get("start", "batch norm")
        name = called(arch["name"], arch.get("shortcut")) + ("" if start == "batch norm" else f", {start}")
        groups.setdefault((run.config["recipe"], name), []).append(run)
    found = []
    for (recipe, network), same in groups.items():
        gains = tuple(100 * (reports.best_of_the_test_set(run) - run.accuracy) for run in same)
        rates = [row["lr"] for row in same[0].steps]
        found.append(Claim(recipe, network, gains, rates[-1] / max(rates), 100 * reports.spread(same).mean))
    return found


HEADER = (
    "Recipe",
    "Network",
    "Runs",
    "Rate at the end",
    "Last epoch, %",
    "Best test epoch, %",
    "Claimed beyond, points",
)
ENDS = {  # the part of the highest rate up to which an end is called so -> in the table, in a sentence
    0.005: ("nothing", "falls to nothing"),
    0.99: ("{percent:.0f} % of the highest", "ends at a part of the highest"),
    1.0: ("as high as ever", "stays high"),
}


def claims(found: Sequence[Claim]) -> tuple[list[tuple], str]:
    """The rows of a table under `HEADER`, and what they say."""
    rows = [
        (
            each.recipe, each.network, len(each.gains), _end(each)[0].format(percent=100 * each.rate),
            f"{each.last:.2f}", f"{each.last + mean(each.gains):.2f}", f"{mean(each.gains):.2f}",
        )
        for each in found
    ]  # fmt: skip
    said = []
    for end in ENDS.values():
        gains = [gain for each in found if _end(each) == end for gain in each.gains]
        if gains:
            said.append(_said(end[1], gains))
    return rows, " ".join(said)


def _said(ends: str, gains: Sequence[float]) -> str:
    """Of all runs whose rate ends alike."""
    last = sum(gain < 0.005 for gain in gains)
    if len(gains) == 1:
        other = f"another epoch is the best, and choosing it would have claimed {gains[0]:.2f} points more"
        return f"In the one run whose rate {ends} {'the last epoch is the best' if last else other}."
    claim = "" if last == len(gains) else f", and the choice could claim up to {max(gains):.2f} points more"
    return f"Where the rate {ends}, the last epoch is the best one in {last} of {len(gains)} runs{claim}."


def _end(claim: Claim) -> tuple[str, str]:
    return next(words for bound, words in ENDS.items() if claim.rate <= bound)
