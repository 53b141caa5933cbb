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

__all__ = ["HEADER", "Claim", "claimed", "claims", "errors", "schedule", "settled"]


def schedule(run: Run) -> list[tuple[float, float]]:
    """The learning rate of a run, at the steps that it kept: (part of the training that is done, rate)."""
    last = run.steps[-1]["step"]
    return [(row["step"] / last, row["lr"]) for row in run.steps]


def errors(run: Run) -> list[tuple[float, float]]:
    """The test error after each epoch: (part of the training that is done, per cent)."""
    last = run.epochs[-1]["step"]
    return [(row["step"] / last, 100 * (1 - row["test_accuracy"])) for row in run.epochs]


def settled(run: Run, part: float = 0.25) -> str:
    """How the test accuracy moved while the rate was high, and how once it was low, in words.

    Args:
        run: scored on the test set.
        part: of its highest rate, below which the rate is low. The highest is that of any step.
    """
    top = max(row["lr"] for row in run.steps)
    rows = run.epochs
    low = [row for row in rows if row["lr"] < part * top]
    high = [row for row in rows if row["lr"] >= part * top]
    if not low or len(high) < 2:
        return ""
    score = [100 * row["test_accuracy"] for row in rows]
    steps = [after - before for before, after in pairwise(score)]
    early, late = steps[: len(high) - 1], steps[-len(low) :]
    return (
        f"in the {len(high)} epochs that end at a rate of {part * top:.3g} or more, the test accuracy fell "
        f"{_times(sum(step < 0 for step in early))} from one epoch to the next, by up to {-min(*early, 0):.1f} points, "
        f"and came to {max(score[: len(high)]):.1f} % at best; in the {len(low)} after them it fell "
        f"{_times(sum(step < 0 for step in late))}, by up to {-min(*late, 0):.1f}, and rose to {score[-1]:.1f} %."
    )


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


# ---------------------------------------------------------------- the best epoch


@dataclass(frozen=True)
class Claim:
    """Runs of one network by one recipe: the result, and what the best test epoch would have claimed.

    Attributes:
        recipe: its public name.
        network: as the chapters call it.
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
        arch = run.config["settings"]["architecture"]
        groups.setdefault((run.config["recipe"], called(arch["name"], arch.get("shortcut"))), []).append(run)
    found = []
    for (recipe, network), same in groups.items():
        gains = tuple(100 * (reports.best_of_the_test_set(run) - run.accuracy) for run in same)
        rates = [row["lr"] for row in same[0].steps]
        found.append(Claim(recipe, network, gains, rates[-1] / max(rates), 100 * reports.spread(same).mean))
    return found


HEADER = ("Recipe", "Network", "Runs", "Rate at the end", "Last epoch, %", "Best test epoch, %", "Claimed beyond")


def claims(found: Sequence[Claim]) -> tuple[list[tuple], str]:
    """The rows of a table under `HEADER`, and what they say."""
    rows = [
        (
            each.recipe, each.network, len(each.gains), _share(each.rate), f"{each.last:.2f}",
            f"{each.last + mean(each.gains):.2f}", f"{mean(each.gains):.2f}",
        )
        for each in found
    ]  # fmt: skip
    said = []
    falling = [gain for each in found if each.rate < 0.01 for gain in each.gains]
    staying = [gain for each in found if each.rate >= 0.01 for gain in each.gains]
    if falling:
        last = sum(gain < 0.005 for gain in falling)
        many = f"all {len(falling)}" if last == len(falling) else f"{last} of {len(falling)}"
        claim = "" if last == len(falling) else f", and the choice could claim {max(falling):.2f} points at most"
        said.append(f"Where the rate falls to nothing, the last epoch is the best one in {many} runs{claim}.")
    if staying:
        said.append(f"Where it stays high, the choice could claim up to {max(staying):.2f} points.")
    return rows, " ".join(said)


def _share(rate: float) -> str:
    return "as high as ever" if rate > 0.99 else "nothing" if rate < 0.01 else f"{rate:.0%} of the highest"
