"""The CIFAR-10 family in recorded runs: which there are, what they reached, and what may be said of it.

No row and no sentence is typed: a table has a row for what ran, and a sentence speaks of the runs that stand in the
folder. Needs numpy, not torch.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from statistics import mean, median
from typing import Protocol

import numpy as np

from . import reports, runs
from .architectures import Architecture
from .classes import CIFAR10_CLASSES
from .experiments.published import PUBLISHED, Published
from .figures.tradeoff import Point
from .files import find
from .runs import Run
from .tracing import Trace, trace

__all__ = [
    "FOUR", "HEADER", "INPUT", "Member", "Planned", "by_recipe", "called", "confusions", "degradation", "error_curves",
    "explored", "findings", "gradient_ends", "hard", "member", "members", "point", "recorded", "results", "standing",
]  # fmt: skip

INPUT = (3, 32, 32)
"""What the family takes."""
PAPER = "cifar-paper"
FOUR = ("plain-20", "plain-56", "residual-20", "residual-56")
"""The networks of the experiment that showed degradation."""


class Planned(Protocol):
    """A training that is to be recorded; `train.reproduce.PLAN` has them."""

    network: str | None
    shortcut: str | None
    seed: int
    recipe: str

    @property
    def folder(self) -> str: ...


# ---------------------------------------------------------------- runs by network


def called(network: str, shortcut: str | None = None, recipe: str = "cifar") -> str:
    """A network as the chapters call it: "residual-56", "residual-20, option B", "ResNet-18"."""
    words = network
    for prefix, kind in (("cifar-resnet", "residual-"), ("cifar-plain", "plain-")):
        if network.startswith(prefix):
            words = kind + network.removeprefix(prefix)
    if network.startswith("resnet"):
        words = "ResNet-" + network.removeprefix("resnet").removesuffix("-cifar")
    option = f", option {shortcut}" if words.startswith("residual") and shortcut in ("B", "C") else ""
    return words + option + (", the paper's recipe" if recipe == PAPER else "")


@dataclass(frozen=True)
class Member:
    """One network, trained by one recipe: its runs, by seed.

    Attributes:
        recipe: "cifar" or "cifar-paper".
        arch: the network.
        epochs: how many.
        runs: at least one.
    """

    recipe: str
    arch: Architecture
    epochs: int
    runs: tuple[Run, ...]

    @property
    def name(self) -> str:
        """As the chapters call it."""
        return called(self.arch.name, self.arch.shortcut, self.recipe)

    @property
    def layers(self) -> int:
        """Layers with weights on the longest way through."""
        return 2 + (3 if self.arch.block == "bottleneck" else 2) * sum(self.arch.depths)

    @property
    def trace(self) -> Trace:
        """Of one picture."""
        return trace(self.arch, INPUT)

    @property
    def spread(self) -> reports.Spread:
        """Of the test accuracy after the last epoch."""
        return reports.spread(self.runs)

    @property
    def trained(self) -> float | None:
        """Accuracy on the training pictures as they are, after the last epoch: the mean of the runs that have it."""
        found = [run.epochs[-1].get("train_evaluated_accuracy") for run in self.runs]
        known = [share for share in found if share is not None]
        return mean(known) if known else None

    @property
    def best(self) -> float:
        """What choosing the epoch by the test set would have claimed, the mean of the runs."""
        return mean(reports.best_of_the_test_set(run) for run in self.runs)

    @property
    def hours(self) -> float:
        """Of training, on the machine of the record, the mean of the runs: see `_hours`."""
        return mean(map(_hours, self.runs))

    @property
    def conditions(self) -> str:
        """On what and how its runs were trained, as far as it decides their hours; all of it where they differ."""
        return " or ".join(dict.fromkeys(_condition(run.env) for run in self.runs))

    @property
    def published(self) -> float | None:
        """The paper's accuracy, from 0 to 1, of option A; None where it has none."""
        found = PUBLISHED[0].accuracy(self.arch.name) if self.arch.shortcut in ("A", "none") else None
        return None if found is None else found / 100


def recorded(group: str = "cifar", root: Path | str = "runs") -> list[Run]:
    """The complete runs of a group of records, by name; none where nothing is recorded yet."""
    place = find(Path(root) / group)
    return runs.read_all(place) if place.is_dir() else []


def members(given: Iterable[Run]) -> list[Member]:
    """Runs by network: plain ones by depth, then residual ones by depth and option, then others.

    Only networks with batch norm and runs that did not diverge; chapter 7 has the others.
    """

    def parts(run: Run) -> tuple[str, Architecture, int]:
        settings = run.config["settings"]
        arch = Architecture.from_json(json.dumps(settings["architecture"]))
        return run.config["recipe"], arch, run.config["epochs"]

    def order(run: Run) -> tuple:
        recipe, arch, epochs = parts(run)
        wide = not arch.name.startswith("cifar")
        return recipe == PAPER, wide, arch.block != "plain", sum(arch.depths), arch.shortcut, epochs, arch.name

    usual = [run for run in given if _is_usual(run)]
    ordered = sorted(usual, key=lambda run: (order(run), run.config["seed"]))
    return [Member(*parts(same[0]), tuple(same)) for _, group in groupby(ordered, order) if (same := list(group))]


def _is_usual(run: Run) -> bool:
    return run.config["settings"].get("start", "batch norm") == "batch norm" and "diverged" not in run.config


def member(found: Sequence[Member], name: str) -> Member | None:
    """The one of this name; None where it is not recorded."""
    return next((each for each in found if each.name == name), None)


def explored(found: Iterable[Member]) -> list[Run]:
    """All their runs, each named after its folder below that of all runs: no two are called the same."""
    return [replace(run, name=f"{each.recipe}/{run.name}") for each in found for run in each.runs]


def _hours(run: Run) -> float:
    """What the threads of the processor spent, where that is known: other programs beside lengthen the wall time alone.
    It is the median of an epoch, times their number, as an epoch on more threads also counts their waiting."""
    spent = [row["processor_seconds"] for row in run.epochs if "processor_seconds" in row]
    on_cpu = run.env.get("device") == "cpu" and len(spent) == len(run.epochs)
    return (median(spent) * len(spent) if on_cpu else reports.training_seconds(run)[-1]) / 3600


def _condition(env: dict) -> str:
    count = env.get("threads")
    threads = "" if count is None else "one thread" if count == 1 else f"{count} threads"
    compiled = {True: "compiled", False: "not compiled"}.get(env.get("compiled"), "")
    place = env.get("processor") if env.get("device") == "cpu" else env.get("device")
    return ", ".join(part for part in (place, threads, compiled) if part)


# ---------------------------------------------------------------- what is there


def standing(planned: Sequence[Planned], done: Collection[str]) -> str:
    """Which of the planned trainings are recorded and which are still to come, in words.

    Args:
        planned: all of them.
        done: folders of the recorded ones, such as "cifar/cifar-resnet20-A-0".
    """
    there = [one for one in planned if one.folder in done]
    missing = [one for one in planned if one.folder not in done]
    if not missing:
        return f"All {len(planned)} planned trainings of the family are recorded."
    if not there:
        return (
            f"None of the {len(planned)} planned trainings of the family is recorded yet. "
            "This page takes them up as they finish."
        )
    are = "is" if len(there) == 1 else "are"
    return (
        f"Of the {len(planned)} planned trainings {len(there)} {are} recorded: {_listed(there)}. "
        f"Still to come: {_listed(missing)}."
    )


def _listed(planned: Sequence[Planned]) -> str:
    """Networks with their seeds: "residual-20 (seeds 0, 1), plain-20 (seed 0)"."""
    seeds: dict[str, list[int]] = {}
    for one in planned:
        seeds.setdefault(called(one.network or "cifar-resnet20", one.shortcut, one.recipe), []).append(one.seed)
    return ", ".join(
        f"{name} (seed{'s' if len(found) > 1 else ''} {', '.join(map(str, sorted(found)))})"
        for name, found in seeds.items()
    )


HEADER = ("Network", "Runs", "Epochs", "Test accuracy", "On training pictures", "Best test epoch", "The paper", "Hours")


def results(found: Iterable[Member]) -> list[tuple]:
    """A row for each network that ran, under `HEADER`; nothing for what did not."""
    rows = []
    for each in found:
        spread = each.spread
        deviation = "" if spread.deviation is None else f" ± {100 * spread.deviation:.2f}"
        rows.append(
            (
                each.name, len(each.runs), each.epochs, f"{100 * spread.mean:.2f}{deviation}", _percent(each.trained),
                _percent(each.best), _percent(each.published), f"{each.hours:.1f}",
            )
        )  # fmt: skip
    return rows


def point(each: Member) -> Point:
    """The network in a picture of accuracy by hours of training."""
    spread = each.spread
    group = "plain" if each.arch.block == "plain" else "wide" if each.name.startswith("ResNet") else "residual"
    return Point(each.name, group, each.hours, *(100 * share for share in (spread.mean, spread.low, spread.high)))


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f}"


# ---------------------------------------------------------------- what may be said


def findings(found: Sequence[Member]) -> list[str]:
    """Sentences on the comparisons that the recorded runs allow, each with its figures; none where there is no pair."""
    said = []
    for first, second in (
        ("plain-20", "residual-20"),
        ("plain-20", "plain-56"),
        ("residual-20", "residual-56"),
        ("residual-56", "residual-110"),
        ("residual-20", "residual-20, option B"),
    ):
        pair = [member(found, name) for name in (first, second)]
        if None not in pair:
            said.append(_compared(*pair))
    return said + _beside_the_paper(found) + _on_hours(found) if said else []


def _beside_the_paper(found: Sequence[Member]) -> list[str]:
    """How far networks end from the paper's figures, those trained by another recipe than its own."""
    others = [each for each in found if each.published is not None and each.recipe != PAPER]
    said = []
    for epochs, same in groupby(sorted(others, key=lambda each: each.epochs), lambda each: each.epochs):
        gaps = [(each.name, 100 * (each.spread.mean - each.published)) for each in same]
        listed = [f"{name} {abs(gap):.2f} points {'higher' if gap > 0 else 'lower'}" for name, gap in gaps]
        said.append(f"After {epochs} epochs, beside the paper's figures: {_in_words(listed)}.")
    return said


def _on_hours(found: Sequence[Member]) -> list[str]:
    """That the hours cannot be compared, where they cannot."""
    alike: dict[str, list[str]] = {}
    for each in found:
        alike.setdefault(each.conditions, []).append(each.name)
    if len(alike) < 2:
        return []
    listed = "; ".join(f"{_in_words(names)}: {condition or 'not known'}" for condition, names in alike.items())
    return [f"The hours were not all taken under the same conditions, so compare them within a group. {listed}."]


def _compared(one: Member, other: Member) -> str:
    change = 100 * (other.spread.mean - one.spread.mean)
    first, second = reports.discordant(one.runs[0], other.runs[0])
    chance = reports.sign_test(first, second)
    first_seed, second_seed = one.runs[0].config["seed"], other.runs[0].config["seed"]
    seeds = f"seed {first_seed} of both" if first_seed == second_seed else f"seeds {first_seed} and {second_seed}"
    text = f"From {one.name} to {other.name} the test accuracy {_moves(change)}"
    if one.trained is not None and other.trained is not None:
        text += f", the accuracy on the training pictures {_moves(100 * (other.trained - one.trained))}"
    text += f" ({_count(one)} and {_count(other)}). "
    if apart := _apart(one, other):
        text += f"{apart} "
    alone = "too uneven for the choice of test pictures alone"
    verdict = "test pictures alone could make such a difference" if chance > 0.05 else alone
    return text + (
        f"Of the test pictures, {first:,} are right only with {one.name} and {second:,} only with {other.name} "
        f"({seeds}): {verdict}, {_probability(chance)}."
    )


def _apart(one: Member, other: Member) -> str:
    """Whether the seeds of two networks overlap; nothing where one has but one seed."""
    better, worse = sorted((one, other), key=lambda each: -each.spread.mean)
    if min(len(better.runs), len(worse.runs)) < 2:
        return ""
    if better.spread.low > worse.spread.high:
        return f"Every run of {better.name} is ahead of every run of {worse.name}."
    return "The runs of the two overlap."


def _moves(points: float) -> str:
    if abs(points) < 0.005:
        return "stays the same"
    return f"{'rises' if points > 0 else 'falls'} by {abs(points):.2f} points"


def _count(each: Member) -> str:
    return "one run" if len(each.runs) == 1 else f"{len(each.runs)} runs"


def _probability(p: float) -> str:
    return f"p = {p:.2g}" if p >= 0.001 else "p < 0.001"


def degradation(found: Sequence[Member]) -> str:
    """What the four networks say, plain and residual, of 20 and 56 layers; or which of them are there so far."""
    four = {name: each for name in FOUR if (each := member(found, name)) is not None and each.trained is not None}
    if len(four) < len(FOUR):
        there = _in_words(list(four)) or "none"
        are = "are" if len(four) > 1 else "is"
        return f"Of these four, {there} {are} recorded so far. The comparison stands here as soon as all four are."
    plain, residual = (_deeper(four[shallow], four[deep]) for shallow, deep in (FOUR[:2], FOUR[2:]))
    shown = all(_is_worse(four["plain-20"], four["plain-56"]))
    unlike = "" if shown else " So our trainings do not show of the plain networks what the published ones do."
    several = any(len(each.runs) > 1 for each in four.values())
    counts = _in_words([f"{_count(each)} of {name}" for name, each in four.items()])
    return f"{plain}{unlike} {residual}" + (
        f" (Means of {counts}; the curves are those of the first.)" if several else ""
    )


def gap_between_plain(found: Sequence[Member], source: Published) -> str:
    """How far apart the plain networks of 20 and 56 layers end here, in points of the test error, and in the trainings
    that a source has published; nothing where one is missing, was trained longer, or the deeper one is not worse."""
    ours = [member(found, name) for name in FOUR[:2]]
    if None in ours or ours[0].epochs != ours[1].epochs:
        return ""
    here = 100 * (ours[0].spread.mean - ours[1].spread.mean)
    if here <= 0:
        return ""
    there = source.errors["cifar-plain56"][0] - source.errors["cifar-plain20"][0]
    return (
        f"After {ours[0].epochs} epochs the two plain ones are {here:.2f} points apart; in the longer trainings of the "
        f"table above, {there:.2f}."
    )


def _is_worse(one: Member, other: Member) -> tuple[bool, bool]:
    """Whether the other one is worse on what it was trained on, and whether on the test pictures."""
    return other.trained < one.trained, other.spread.mean < one.spread.mean


def _deeper(one: Member, other: Member) -> str:
    """How the deeper of two networks does on what it was trained on, and on what it was not."""
    verdict = {
        (True, True): "The deeper one is worse on both: that is degradation, and no overfitting.",
        (False, True): "The deeper one is worse on the test pictures only: that is overfitting.",
        (True, False): "The deeper one is worse on the training pictures only.",
        (False, False): "The deeper one is not worse on either.",
    }[_is_worse(one, other)]
    trained, tested = (
        [f"{100 * (1 - share):.2f} %" for share in pair]
        for pair in ((one.trained, other.trained), (one.spread.mean, other.spread.mean))
    )
    name = one.name[0].upper() + one.name[1:]
    return (
        f"{name} is wrong on {trained[0]} of its training pictures, {other.name} on {trained[1]}; "
        f"on the test pictures it is {tested[0]} and {tested[1]}. {verdict}"
    )


def _in_words(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def error_curves(found: Sequence[Member]) -> dict[str, tuple[list[float], list[float]]]:
    """Errors in per cent, a value an epoch, of the first run of each of the four that is recorded: while it was
    learning, and on the test pictures."""
    curves = {}
    for name in FOUR:
        if (each := member(found, name)) is not None:
            rows = each.runs[0].epochs
            curves[name] = tuple([100 * (1 - row[f"{part}_accuracy"]) for row in rows] for part in ("train", "test"))
    return curves


def by_recipe(found: Sequence[Member]) -> list[Member]:
    """A residual network by each recipe, to compare their curves: the one that both recipes have trained, else the
    deepest of option A that ours has. None where none is recorded."""
    thin = [each for each in found if each.name.startswith("residual-") and each.arch.shortcut == "A"]
    ours, papers = ([each for each in thin if (each.recipe == PAPER) is is_papers] for is_papers in (False, True))
    for theirs in papers:
        if same := [each for each in ours if each.arch == theirs.arch]:
            return [same[0], theirs]
    return ours[-1:]


def gradient_ends(panels: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """How the gradient in the first convolution compares with that in the last, in words.

    Args:
        panels: when ("at the end") -> the network's name -> the norm in each convolution.
    """
    said = []
    for name in next(iter(panels.values())):
        ratios = {when: _number(networks[name][0] / networks[name][-1]) for when, networks in panels.items()}
        times = ", and ".join(f"{ratio} times as large {when}" for when, ratio in ratios.items())
        said.append(f"In {name} the gradient in the first convolution is, compared with that in the last, {times}.")
    return " ".join(said)


def _number(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 9.5 else f"{ratio:.2g}"


def confusions(given: Sequence[Member], most: int = 6) -> list[tuple]:
    """The pairs of classes that these networks, the first run of each, take for each other most often.

    Returns:
        Rows: the two classes, and for each network how often one was taken for the other.
    """
    tables = [each.runs[0].matrix + each.runs[0].matrix.T for each in given]
    pairs = [(a, b) for a in range(10) for b in range(a + 1, 10)]
    pairs.sort(key=lambda pair: -sum(int(table[pair]) for table in tables))
    return [
        (f"{CIFAR10_CLASSES[a]} and {CIFAR10_CLASSES[b]}", *(int(table[a, b]) for table in tables))
        for a, b in pairs[: most if tables else 0]
    ]


def hard(given: Sequence[Run], shown: int = 6) -> list[tuple]:
    """The pictures that no run has right, by class: how many, and the places of the first in the official order."""
    if not given:
        return []
    places, labels = reports.missed_by_all(given), given[0].labels
    rows = []
    for k in np.argsort(-np.bincount(labels[places], minlength=10), kind="stable"):
        of_class = places[labels[places] == k]
        rest = ", …" if len(of_class) > shown else ""
        rows.append((CIFAR10_CLASSES[k], len(of_class), ", ".join(map(str, of_class[:shown])) + rest))
    return rows
