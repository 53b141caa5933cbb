"""The exercises of the chapter on degradation; `exercises.mjs` beside this file says the same to the page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ...files import read_measurements
from ..exercise import Chapter, Exercise
from ..kinds import Choice, Number, Ordering

# ---------------------------------------------------------------- the recorded sweep

SWEEP = "runs/skip-sweep"


@cache
def recorded_sweep() -> dict[str, Any]:
    """How many of the points each plain network of the recorded sweep got right, by depth, and how many there were."""
    config, _, lines = read_measurements(SWEEP)
    plain: dict[str, list[int]] = {}
    for line in lines:
        if line["network"] == "plain":
            plain.setdefault(line["blocks"], []).append(round(config["points"] * float(line["train_accuracy"])))
    return {"points": config["points"], "plain": plain}


def got_right(n: Any) -> int:
    return n.plain[str(n.blocks)][n.seed]


# ---------------------------------------------------------------- what the networks are

LAYERS_OF_BLOCKS = Exercise(
    kind=Number(),
    first={"blocks": 20},
    draw=lambda d: {"blocks": d.whole(3, 60)},
    right=lambda n: 2 * n.blocks + 2,
    mistakes={
        "blocks": lambda n: n.blocks,
        "no-ends": lambda n: 2 * n.blocks,
        "one-end": lambda n: 2 * n.blocks + 1,
        "one-each": lambda n: n.blocks + 2,
    },
    working=lambda n: {"inside": 2 * n.blocks},
)

WEIGHTS_OF_BOTH = Exercise(
    kind=Number(),
    first={"blocks": 20, "width": 8},
    draw=lambda d: {"blocks": d.whole(2, 50), "width": d.pick(4, 6, 8, 10, 16)},
    right=lambda n: 4 * n.width + 2 * n.blocks * n.width * n.width,
    mistakes={
        "one-layer": lambda n: 4 * n.width + n.blocks * n.width * n.width,
        "no-ends": lambda n: 2 * n.blocks * n.width * n.width,
        "skips": lambda n: 4 * n.width + 3 * n.blocks * n.width * n.width,
        "not-squared": lambda n: 4 * n.width + 2 * n.blocks * n.width,
    },
    working=lambda n: {
        "square": n.width * n.width,
        "inside": 2 * n.blocks * n.width * n.width,
        "layers": 2 * n.blocks,
        "ends": 4 * n.width,
    },
)

PASSES_ON = Exercise(
    kind=Number(),
    first={"blocks": 5, "width": 8},
    draw=lambda d: {"blocks": d.whole(2, 40), "width": d.pick(4, 8, 16, 32)},
    right=lambda n: 2 * n.blocks * n.width,
    mistakes={
        "one-layer": lambda n: n.blocks * n.width,
        "one-block": lambda n: 2 * n.width,
        "all": lambda n: 2 * n.blocks * n.width * n.width,
        "zeros": lambda n: 2 * n.blocks * n.width * (n.width - 1),
        "none": lambda n: 0,
    },
    working=lambda n: {"layers": 2 * n.blocks},
)

# ---------------------------------------------------------------- what they did

POINTS_WRONG = Exercise(
    kind=Number(),
    first={"blocks": 20, "seed": 2},
    draw=lambda d: {"blocks": d.pick(20, 50), "seed": d.whole(0, 2)},
    right=lambda n: n.points - got_right(n),
    mistakes={
        "right": got_right,
        "more-than-guessing": lambda n: got_right(n) - n.points // 2,
        "percent": lambda n: round(100 * (n.points - got_right(n)) / n.points),
        "all": lambda n: n.points,
    },
    working=lambda n: {
        "share": 100 * got_right(n) / n.points,
        "wrong": 100 * (n.points - got_right(n)) / n.points,
        "half": n.points // 2,
    },
    facts=recorded_sweep,
)

DEPTHS = {"plain-1": "1", "plain-10": "10", "plain-20": "20", "plain-50": "50"}

BY_WHAT_THEY_LEARNED = Exercise(
    kind=Ordering(),
    first={"items": ["plain-20", "plain-1", "plain-50"]},
    draw=lambda d: {"items": d.shuffled(["plain-1", "plain-10", "plain-20", "plain-50"])},
    right=lambda n: sorted(n.items, key=lambda item: sum(n.plain[DEPTHS[item]]), reverse=True),
    facts=recorded_sweep,
)

# ---------------------------------------------------------------- what it is called


def scenario(d: Any) -> dict[str, int]:
    """Training and test accuracy of a shallow and of a deep network, in per cent: of one of four cases."""
    train, gap = d.whole(88, 94), d.whole(2, 5)
    case = d.whole(0, 3)
    deep_train = [train - d.whole(3, 8), train + d.whole(3, 5), train + d.whole(2, 4), train][case]
    test = train - gap
    deep_test = [test - d.whole(3, 8), test - d.whole(2, 5), test + d.whole(1, 3), test][case]
    return {"train": train, "test": test, "deep_train": deep_train, "deep_test": deep_test}


def called(n: Any) -> str:
    if n.deep_train < n.train:
        return "degradation"
    if n.deep_test < n.test:
        return "overfitting"
    return "better" if n.deep_test > n.test else "same"


WHAT_IT_IS_CALLED = Exercise(
    kind=Choice(),
    first={"train": 94, "test": 90, "deep_train": 89, "deep_test": 86},
    draw=scenario,
    right=called,
)

WHICH_CAUSE = Exercise(kind=Choice(), first={}, right=lambda n: "search")

CHAPTER = Chapter(
    "degradation",
    Path(__file__).parent,
    {
        "layers-of-blocks": LAYERS_OF_BLOCKS,
        "weights-of-both": WEIGHTS_OF_BOTH,
        "points-wrong": POINTS_WRONG,
        "by-what-they-learned": BY_WHAT_THEY_LEARNED,
        "passes-on": PASSES_ON,
        "what-it-is-called": WHAT_IT_IS_CALLED,
        "which-cause": WHICH_CAUSE,
    },
)
