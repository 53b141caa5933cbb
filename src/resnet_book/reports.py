"""What recorded runs say when they are taken together: spread, time to an accuracy, calibration, disagreement.

Needs numpy, not torch. Nothing here chooses a run or an epoch by its test score.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, comb, sqrt
from statistics import NormalDist, mean, median, stdev

import numpy as np

from .runs import Run

__all__ = [
    "Bin", "Spread", "arithmetic_seconds", "best_of_the_test_set", "calibration_error", "disagreement", "discordant",
    "groups", "missed_by_all", "pareto", "reliability", "sampling_error", "seeds_needed", "sign_test", "spread",
    "training_seconds",
]  # fmt: skip


@dataclass(frozen=True)
class Spread:
    """Several runs of one recipe: their scores, last epoch.

    Attributes:
        count: how many.
        mean, low, high: average, least and largest.
        deviation: the sample standard deviation; None for a single run.
    """

    count: int
    mean: float
    low: float
    high: float
    deviation: float | None

    @classmethod
    def of(cls, scores: Sequence[float]) -> Spread:
        """Of some scores. Raises `ValueError` if there is none."""
        if not scores:
            raise ValueError("there is no run to take the mean of")
        deviation = stdev(scores) if len(scores) > 1 else None
        return cls(len(scores), mean(scores), min(scores), max(scores), deviation)

    def __str__(self) -> str:
        if self.deviation is None:
            return f"{self.mean:.2%} (one run)"
        return f"{self.mean:.2%} ± {100 * self.deviation:.2f} ({self.count} runs, {self.low:.2%} to {self.high:.2%})"


def spread(runs: Iterable[Run]) -> Spread:
    """The spread of the last epoch's score. Raises `ValueError` if there is no run."""
    return Spread.of([run.accuracy for run in runs])


def groups(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Runs by recipe, in the order in which the recipes first come; by seed within one."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.config["recipe"], []).append(run)
    return {name: sorted(same, key=lambda run: run.config["seed"]) for name, same in found.items()}


def sampling_error(accuracy: float, pictures: int) -> float:
    """The standard error of an accuracy that comes from so many pictures: sqrt(p (1 - p) / n)."""
    return sqrt(accuracy * (1 - accuracy) / pictures)


def best_of_the_test_set(run: Run) -> float:
    """The score of the epoch that happens to score highest: what some report, and a choice made by the test set."""
    return max(row[f"{run.scored}_accuracy"] for row in run.epochs)


def seeds_needed(difference: float, deviation: float, error: float = 0.05, power: float = 0.8) -> int:
    """How many seeds of each of two networks it takes to tell their means apart.

    Args:
        difference: between the true means.
        deviation: between seeds, of either network, in the same unit.
        error: how often equal networks are called different.
        power: how often the difference is found.

    Returns:
        2 ((z_error + z_power) deviation / difference)^2, rounded up: both means are taken as normally distributed,
        and the test looks both ways.

    Raises:
        ValueError: a difference that is not above zero, which no number of seeds finds.
    """
    if not difference > 0:
        raise ValueError(f"no number of seeds finds a difference of {difference}; give one above zero")
    z = NormalDist().inv_cdf
    return max(1, ceil(2 * ((z(1 - error / 2) + z(power)) * deviation / difference) ** 2))


def pareto(points: Sequence[tuple[float, float]]) -> list[int]:
    """Of points (cost, accuracy), the places of those that nothing beats: no other is as good at no greater cost.

    Returns:
        Their places in `points`, by cost. Of equal points the first one counts.
    """
    kept: list[int] = []
    for place in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1])):
        if not kept or points[place][1] > points[kept[-1]][1]:
            kept.append(place)
    return kept


def training_seconds(run: Run, stride: int = 10) -> list[float]:
    """How long training would have taken until the end of each epoch on a machine that does nothing else.

    It is the median time of an epoch's steps, times their number: pauses, and other programs that run for less than
    half of the time, do not count, nor does scoring. Steps are taken ten at a time, as a GPU is waited for that often.
    """
    spent = []
    for epoch in run.epochs:
        clock = [row["seconds"] for row in run.steps if row["epoch"] == epoch["epoch"]]
        every = min(stride, len(clock) - 1)
        if every < 1:  # a single step
            spent.append(epoch["train_seconds"])
            continue
        times = [(after - before) / every for before, after in zip(clock[::every], clock[every::every])]
        spent.append(median(times) * len(clock))
    return list(accumulate(spent))


def arithmetic_seconds(macs: Sequence[int], pictures: int, rate: float) -> float:
    """What training would take if it ran at the rate of a matrix product.

    Args:
        macs: of one picture, forward, an entry for each epoch. The backward pass computes about twice as much: one
            product for the gradient of a layer's weights, another for the gradient of its input.
        pictures: how many an epoch has.
        rate: multiply-accumulates a second.
    """
    return sum(3 * one * pictures for one in macs) / rate


# ---------------------------------------------------------------- calibration


@dataclass(frozen=True)
class Bin:
    """Pictures to whose class the network gave a probability between `low` and `high` (included).

    Attributes:
        confidence: the mean of these probabilities.
        accuracy: the share of the pictures that it got right.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(run: Run, bins: int = 10) -> list[Bin]:
    """The predictions by confidence, in bins of equal width; a bin without pictures is left out (Guo et al. 2017)."""
    confidence, right = run.confidence.astype(np.float64), run.predicted == run.labels
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return [
        Bin(k / bins, (k + 1) / bins, int(inside.sum()), float(confidence[inside].mean()), float(right[inside].mean()))
        for k in range(bins)
        if (inside := place == k).any()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error: |confidence - accuracy|, each bin weighted by its pictures (Guo et al. 2017)."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in bins) / total


# ---------------------------------------------------------------- two runs on the same pictures


def disagreement(first: Run, second: Run) -> float:
    """The share of the pictures to which two runs give different classes."""
    return float((_same_pictures(first, second).predicted != first.predicted).mean())


def discordant(first: Run, second: Run) -> tuple[int, int]:
    """How many pictures only the first run got right, and how many only the second."""
    second = _same_pictures(first, second)
    a, b = first.predicted == first.labels, second.predicted == second.labels
    return int((a & ~b).sum()), int((b & ~a).sum())


def missed_by_all(runs: Sequence[Run]) -> np.ndarray:
    """Places, in the official order, of the pictures that no run gave the right class. Raises `ValueError` for none."""
    if not runs:
        raise ValueError("there is no run that could have missed a picture")
    return np.flatnonzero(np.all([_same_pictures(runs[0], run).predicted != run.labels for run in runs], axis=0))


def sign_test(first: int, second: int) -> float:
    """How likely so uneven a split, or a more uneven one, of the discordant pictures is if both networks are equally
    good: the exact test of McNemar (1947), on both sides."""
    n, least = first + second, min(first, second)
    if first == second:
        return 1.0
    return min(1.0, 2 * sum(comb(n, k) for k in range(least + 1)) / 2**n)


def _same_pictures(first: Run, second: Run) -> Run:
    if not np.array_equal(first.labels, second.labels):
        raise ValueError(f"the runs {first.name} and {second.name} were scored on different pictures")
    return second
