"""The exercises of the chapter on ResNet-18 and Fashion-MNIST; `exercises.mjs` beside this file says the same to the
page. What comes from recorded runs is read from their csv and JSON, without numpy: pages are built without it."""

from __future__ import annotations

import csv
import json
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

from ...architectures import architecture
from ...files import find
from ...tracing import trace
from ..exercise import Chapter, Exercise
from ..kinds import Number, Parts

PICTURES = 60_000


@cache
def macs(size: int) -> int:
    """Of the textbook's ResNet-18, for one picture, forward."""
    return trace(architecture("resnet18-d2l"), (1, size, size)).macs


@cache
def product_rate(run: str) -> dict[str, Any]:
    """MACs a second of a matrix product, on the machine of a recorded run."""
    env = json.loads((find(f"runs/{run}") / "env.json").read_text(encoding="utf-8"))
    return {"rate": int(env["product_rate"]), "billions": env["product_rate"] / 1e9}


@cache
def scores(run: str) -> dict[str, Any]:
    """Test accuracy after each epoch of a recorded run, in hundredths of a per cent."""
    text = (find(f"runs/{run}") / "metrics.csv").read_text(encoding="utf-8").splitlines()
    found = [round(10_000 * float(row["test_accuracy"])) for row in csv.DictReader(text) if row["kind"] == "epoch"]
    return {"run": run, "scores": found, "listed": ", ".join(f"{score / 100:.2f}" for score in found)}


# ---------------------------------------------------------------- steps

STEPS = Exercise(
    kind=Number(),
    first=dict(epochs=10, batch=112),
    draw=lambda d: dict(epochs=d.whole(3, 20), batch=d.pick(48, 64, 128, 256, 512)),
    right=lambda n: n.epochs * -(-PICTURES // n.batch),
    mistakes={
        "last-batch": lambda n: n.epochs * (PICTURES // n.batch),
        "in-one-go": lambda n: -(-n.epochs * PICTURES // n.batch),
        "one-epoch": lambda n: -(-PICTURES // n.batch),
        "pictures": lambda n: n.epochs * PICTURES,
    },
    working=lambda n: dict(
        pictures=PICTURES, whole=PICTURES // n.batch, rest=PICTURES % n.batch, each=-(-PICTURES // n.batch)
    ),
)

# ---------------------------------------------------------------- the rate at a step


def rate_at(n) -> float:
    peak = n.hundredths / 100
    if n.done <= n.warm:
        return peak * n.done / n.warm
    return peak * (100 - n.done) / (100 - n.warm)


RATE_AT_A_STEP = Exercise(
    kind=Number(whole=False, tolerance=0.005),
    first=dict(hundredths=5, warm=20, done=80),
    draw=lambda d: dict(hundredths=d.pick(5, 10, 20), warm=d.pick(20, 25, 40), done=d.pick(5, 15, 55, 65, 80, 90)),
    right=rate_at,
    mistakes={
        "constant": lambda n: n.hundredths / 100,
        "no-way-up": lambda n: n.hundredths / 100 * (100 - n.done) / 100,
        "what-is-gone": lambda n: n.hundredths / 100 - rate_at(n),
        "still-up": lambda n: n.hundredths / 100 * n.done / 100,
    },
    working=lambda n: dict(
        peak=n.hundredths / 100,
        fall=100 - n.warm,
        part=n.done if n.done <= n.warm else 100 - n.done,
        whole=n.warm if n.done <= n.warm else 100 - n.warm,
    ),
)

# ---------------------------------------------------------------- a smoothed answer


def part(n) -> float:
    return n.percent / 100


SMOOTHED_TARGET = Exercise(
    kind=Number(whole=False, tolerance=0.001),
    first=dict(percent=20, classes=10),
    draw=lambda d: dict(percent=d.pick(5, 10, 15, 30), classes=d.pick(5, 20, 100)),
    right=lambda n: 1 - part(n) + part(n) / n.classes,
    mistakes={
        "others-alone": lambda n: 1 - part(n),
        "a-wrong-class": lambda n: part(n) / n.classes,
        "spread": lambda n: part(n),
        "among-the-rest": lambda n: 1 - part(n) / (n.classes - 1),
    },
    working=lambda n: dict(part=part(n), each=part(n) / n.classes, kept=1 - part(n)),
)

# ---------------------------------------------------------------- the cost of small pictures


def grown(n) -> int:
    return n.small * macs(48) + n.middle * macs(64) + n.large * macs(96)


def epochs(n) -> int:
    return n.small + n.middle + n.large


GROWING_PICTURES = Exercise(
    kind=Number(whole=False, tolerance=0.01),
    first=dict(small=6, middle=2, large=2),
    draw=lambda d: dict(small=d.whole(2, 8), middle=d.whole(1, 5), large=d.whole(1, 4)),
    right=lambda n: 100 * grown(n) / (epochs(n) * macs(96)),
    mistakes={
        "side": lambda n: 100 * (48 * n.small + 64 * n.middle + 96 * n.large) / (96 * epochs(n)),
        "saved": lambda n: 100 - 100 * grown(n) / (epochs(n) * macs(96)),
        "large-alone": lambda n: 100 * n.large / epochs(n),
        "no-epochs": lambda n: 100 * (macs(48) + macs(64) + macs(96)) / (3 * macs(96)),
    },
    working=lambda n: dict(epochs=epochs(n), at48=macs(48), at64=macs(64), at96=macs(96), sum=grown(n)),
)

# ---------------------------------------------------------------- the least time


def least_minutes(n) -> float:
    return 3 * macs(n.size) * PICTURES * n.epochs / n.rate / 60


LEAST_TIME = Exercise(
    kind=Number(whole=False, tolerance=0.01),
    first=dict(epochs=5, size=224),
    draw=lambda d: dict(epochs=d.whole(3, 20), size=d.pick(28, 48, 64, 128, 160)),
    right=least_minutes,
    mistakes={
        "forward": lambda n: least_minutes(n) / 3,
        "seconds": lambda n: 60 * least_minutes(n),
        "flops": lambda n: 2 * least_minutes(n),
        "one-epoch": lambda n: least_minutes(n) / n.epochs,
        "backward-once": lambda n: least_minutes(n) * 2 / 3,
    },
    working=lambda n: dict(each=macs(n.size), pictures=PICTURES, seconds=60 * least_minutes(n)),
    facts=lambda: product_rate("d2l-0"),
)

# ---------------------------------------------------------------- which result

LAST_OR_BEST = Exercise(
    kind=Parts((Number(whole=False, tolerance=0.001), Number(whole=False, tolerance=0.01))),
    first={},
    right=lambda n: [n.scores[-1] / 100, (max(n.scores) - n.scores[-1]) / 100],
    mistakes={
        "best": lambda n: [max(n.scores) / 100, None],
        "mean": lambda n: [sum(n.scores) / len(n.scores) / 100, None],
        "spread": lambda n: [None, (max(n.scores) - min(n.scores)) / 100],
    },
    working=lambda n: dict(best=max(n.scores) / 100, last=n.scores[-1] / 100),
    facts=lambda: scores("d2l-0"),
)

# ---------------------------------------------------------------- precision and recall

PRECISION_AND_RECALL = Exercise(
    kind=Parts((Number(whole=False, tolerance=0.005), Number(whole=False, tolerance=0.005))),
    first=dict(members=1000, called=950, hits=800),
    draw=lambda d: dict(members=d.pick(500, 1000), called=d.pick(440, 480, 520, 800), hits=d.whole(301, 430)),
    right=lambda n: [100 * n.hits / n.called, 100 * n.hits / n.members],
    mistakes={
        "exchanged": lambda n: [100 * n.hits / n.members, 100 * n.hits / n.called],
        "missed": lambda n: [100 * (n.called - n.hits) / n.called, 100 * (n.members - n.hits) / n.members],
        "how-many": lambda n: [100 * n.called / n.members, 100 * n.called / n.members],
    },
)

# ---------------------------------------------------------------- by chance


def standard_error(n) -> float:
    """In points."""
    return sqrt(n.percent * (100 - n.percent) / n.pictures)


STANDARD_ERROR = Exercise(
    kind=Number(whole=False, tolerance=0.02),
    first=dict(percent=90, pictures=5000),
    draw=lambda d: dict(percent=d.pick(70, 85, 95, 98), pictures=d.pick(500, 1000, 2000, 10_000, 50_000)),
    right=standard_error,
    mistakes={
        "no-root": lambda n: n.percent * (100 - n.percent) / n.pictures,
        "right-alone": lambda n: sqrt(100 * n.percent / n.pictures),
        "half": lambda n: 50 / sqrt(n.pictures),
        "two": lambda n: 2 * standard_error(n),
        "not-divided": lambda n: sqrt(n.percent * (100 - n.percent)),
    },
    working=lambda n: dict(wrong=100 - n.percent, product=n.percent * (100 - n.percent)),
)

# ---------------------------------------------------------------- better, or lucky

BETTER_OR_LUCKY = Exercise(
    kind=Number(whole=False, tolerance=0.02),
    first=dict(a=60, b=90),
    draw=lambda d: dict(a=d.whole(40, 90), b=d.whole(95, 160)),
    right=lambda n: (n.b - n.a) / sqrt(n.a + n.b),
    mistakes={
        "heads": lambda n: (n.b - n.a) / 2,
        "no-half": lambda n: (n.b - n.a) / 2 / sqrt(n.a + n.b),
        "whole-gap": lambda n: 2 * (n.b - n.a) / sqrt(n.a + n.b),
        "no-root": lambda n: (n.b - n.a) / (n.a + n.b),
    },
    working=lambda n: dict(all=n.a + n.b, off=(n.b - n.a) / 2, deviation=sqrt(n.a + n.b) / 2),
)

CHAPTER = Chapter(
    "fashion_mnist",
    Path(__file__).parent,
    {
        "steps-of-a-run": STEPS,
        "smoothed-target": SMOOTHED_TARGET,
        "rate-at-a-step": RATE_AT_A_STEP,
        "growing-pictures": GROWING_PICTURES,
        "precision-and-recall": PRECISION_AND_RECALL,
        "last-or-best": LAST_OR_BEST,
        "least-time": LEAST_TIME,
        "standard-error": STANDARD_ERROR,
        "better-or-lucky": BETTER_OR_LUCKY,
    },
)
