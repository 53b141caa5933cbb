"""The exercises of the chapter on the CIFAR family; `exercises.mjs` beside this file says the same to the page."""

from __future__ import annotations

from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

from ...architectures import architecture
from ...tracing import Trace, trace
from ..exercise import Chapter, Exercise
from ..kinds import Choice, Number


@cache
def traced(depth: int, size: int = 32) -> Trace:
    return trace(architecture(f"cifar-resnet{depth}"), (3, size, size))


# ---------------------------------------------------------------- 6n + 2

BLOCKS_OF_DEPTH = Exercise(
    kind=Number(),
    first={"n": 9},
    draw=lambda d: {"n": d.pick(3, 5, 7, 12, 18, 27, 200)},
    right=lambda n: 3 * n.n,
    mistakes={
        "one-stage": lambda n: n.n,
        "convolutions": lambda n: 6 * n.n,
        "layers": lambda n: 6 * n.n + 2,
        "per-layer": lambda n: 3 * n.n + 1,
    },
    working=lambda n: {"depth": 6 * n.n + 2, "inside": 6 * n.n},
)

# ---------------------------------------------------------------- what depth costs


def deeper(n: Any) -> int:
    return traced(n.to).params - traced(n.depth).params


DEEPER_BY = Exercise(
    kind=Number(),
    first={"depth": 20, "to": 32},
    draw=lambda d: d.pick(
        {"depth": 20, "to": 44},
        {"depth": 32, "to": 44},
        {"depth": 32, "to": 56},
        {"depth": 44, "to": 56},
        {"depth": 56, "to": 110},
    ),
    right=deeper,
    mistakes={
        "one-convolution": lambda n: deeper(n) // 2,
        "once": lambda n: deeper(n) // ((n.to - n.depth) // 6),
        "no-norms": lambda n: deeper(n) - 448 * (n.to - n.depth) // 6,
        "all": lambda n: traced(n.to).params,
    },
    working=lambda n: {"more": (n.to - n.depth) // 6, "each": deeper(n) // ((n.to - n.depth) // 6)},
)


def entrance(n: Any) -> str:
    return f"layer{n.stage}.0"


def macs_of(n: Any, block: str) -> int:
    """MACs of the convolutions of a block."""
    return sum(row.macs for row in traced(20, n.size).rows if row.name.startswith(f"{block}."))


MACS_OF_ENTRANCE = Exercise(
    kind=Number(),
    first={"stage": 3, "size": 32},
    draw=lambda d: {"stage": d.pick(2, 3), "size": d.pick(24, 40, 48, 64)},
    right=lambda n: macs_of(n, entrance(n)),
    mistakes={
        "as-the-next": lambda n: macs_of(n, f"layer{n.stage}.1"),
        "both-halved": lambda n: macs_of(n, f"layer{n.stage}.1") // 2,
        "one-convolution": lambda n: traced(20, n.size)[f"{entrance(n)}.conv1"].macs,
        "no-stride": lambda n: 4 * macs_of(n, entrance(n)),
        "no-kernel": lambda n: macs_of(n, entrance(n)) // 9,
    },
    working=lambda n: {
        "before": list(traced(20, n.size)[f"{entrance(n)}.conv1"].input_shape),
        "after": list(traced(20, n.size)[f"{entrance(n)}.conv1"].output_shape),
        "first": traced(20, n.size)[f"{entrance(n)}.conv1"].macs,
        "second": traced(20, n.size)[f"{entrance(n)}.conv2"].macs,
    },
)


def projections(*pairs: tuple[int, int], kernel: int = 1) -> int:
    """Parameters of convolutions from so many channels to so many, each with a batch norm behind it."""
    return sum(kernel * kernel * before * after + 2 * after for before, after in pairs)


OPTION_COSTS = Exercise(
    kind=Number(),
    first={"a": 8, "b": 16, "c": 32},
    draw=lambda d: d.pick(
        {"a": 12, "b": 24, "c": 48},
        {"a": 24, "b": 48, "c": 96},
        {"a": 32, "b": 64, "c": 128},
        {"a": 64, "b": 128, "c": 256},
    ),
    right=lambda n: projections((n.a, n.b), (n.b, n.c)),
    mistakes={
        "every-block": lambda n: projections(
            *3 * [(n.a, n.a)], (n.a, n.b), *2 * [(n.b, n.b)], (n.b, n.c), *2 * [(n.c, n.c)]
        ),
        "no-norms": lambda n: n.a * n.b + n.b * n.c,
        "one-entrance": lambda n: projections((n.a, n.b)),
        "three-by-three": lambda n: projections((n.a, n.b), (n.b, n.c), kernel=3),
        "none": lambda n: 0,
    },
)

# ---------------------------------------------------------------- noise

PICTURE_NOISE = Exercise(
    kind=Number(whole=False, tolerance=0.03),
    first={"percent": 90, "pictures": 2_000},
    draw=lambda d: {"percent": d.whole(80, 97), "pictures": d.pick(1_000, 2_000, 5_000, 10_000)},
    right=lambda n: sqrt(n.percent * (100 - n.percent) / n.pictures),
    mistakes={
        "no-root": lambda n: [n.percent * (100 - n.percent), n.pictures],
        "accuracy-only": lambda n: 100 * sqrt(n.percent / 100 / n.pictures),
        "even": lambda n: 100 * sqrt(0.25 / n.pictures),
        "share": lambda n: sqrt(n.percent * (100 - n.percent) / n.pictures) / 100,
        "pictures": lambda n: sqrt(n.percent * (100 - n.percent) / n.pictures) * n.pictures / 100,
    },
    working=lambda n: {
        "wrong": 100 - n.percent,
        "product": n.percent * (100 - n.percent),
        "count": sqrt(n.percent * (100 - n.percent) / n.pictures) * n.pictures / 100,
    },
)


def ceil_of(above: int, below: int) -> int:
    return -(-above // below)


SEEDS_BY_RULE = Exercise(
    kind=Number(),
    first={"deviation": 20, "difference": 30},
    draw=lambda d: {"deviation": d.whole(12, 35), "difference": d.whole(10, 60)},
    right=lambda n: ceil_of(16 * n.deviation**2, n.difference**2),
    mistakes={
        "not-squared": lambda n: ceil_of(16 * n.deviation, n.difference),
        "turned": lambda n: ceil_of(16 * n.difference**2, n.deviation**2),
        "both": lambda n: 2 * ceil_of(16 * n.deviation**2, n.difference**2),
        "rounded-down": lambda n: 16 * n.deviation**2 // n.difference**2,
    },
    working=lambda n: {
        "s": n.deviation / 100,
        "d": n.difference / 100,
        "exact": 16 * n.deviation**2 / n.difference**2,
    },
)

# ---------------------------------------------------------------- reporting


def epochs(n: Any) -> list[int]:
    """Accuracies in tenths of a point."""
    return [n.a, n.b, n.c, n.d, n.e]


BEST_EPOCH = Exercise(
    kind=Number(whole=False),
    first={"a": 921, "b": 926, "c": 919, "d": 924, "e": 922},
    draw=lambda d: {
        "a": d.whole(915, 925),
        "b": d.whole(918, 929),
        "c": d.whole(915, 927),
        "d": d.whole(921, 930),
        "e": d.whole(916, 922),
    },
    right=lambda n: [max(epochs(n)) - n.e, 10],
    mistakes={
        "from-mean": lambda n: [5 * max(epochs(n)) - sum(epochs(n)), 50],
        "from-worst": lambda n: [max(epochs(n)) - min(epochs(n)), 10],
        "from-first": lambda n: [max(epochs(n)) - n.a, 10],
        "accuracy": lambda n: [max(epochs(n)), 10],
    },
    working=lambda n: {
        **{f"{letter}_percent": value / 10 for letter, value in zip("abcde", epochs(n))},
        "best": max(epochs(n)) / 10,
    },
)

WHAT_HELPS = Exercise(
    kind=Choice(),
    first={"seeds": 2, "difference": 30},
    draw=lambda d: {"seeds": d.pick(1, 3, 5, 50, 80, 100), "difference": d.pick(20, 30, 40)},
    right=lambda n: "pictures" if n.seeds * n.difference**2 >= 16 * 20**2 else "seeds",
    working=lambda n: {"d": n.difference / 100, "needed": ceil_of(16 * 20**2, n.difference**2)},
)

CHAPTER = Chapter(
    "cifar_family",
    Path(__file__).parent,
    {
        "blocks-of-depth": BLOCKS_OF_DEPTH,
        "deeper-by": DEEPER_BY,
        "macs-of-entrance": MACS_OF_ENTRANCE,
        "option-costs": OPTION_COSTS,
        "picture-noise": PICTURE_NOISE,
        "seeds-by-rule": SEEDS_BY_RULE,
        "best-epoch": BEST_EPOCH,
        "what-helps": WHAT_HELPS,
    },
)
