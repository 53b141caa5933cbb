"""The exercises of the chapter on what a block does; `exercises.mjs` beside this file says the same to the page."""

from __future__ import annotations

from math import comb, perm
from pathlib import Path
from typing import Any

from ...architectures import architecture
from ...tracing import trace
from ..exercise import Chapter, Exercise
from ..kinds import Choice, Number

# ---------------------------------------------------------------- paths of one length

PATHS_OF_LENGTH = Exercise(
    kind=Number(),
    first={"blocks": 9, "length": 3},
    draw=lambda d: {"blocks": d.whole(6, 12), "length": d.whole(2, 4)},
    right=lambda n: comb(n.blocks, n.length),
    mistakes={
        "ordered": lambda n: perm(n.blocks, n.length),
        "all": lambda n: 2**n.blocks,
        "product": lambda n: n.blocks * n.length,
        "power": lambda n: n.blocks**n.length,
        "inside": lambda n: 2**n.length,
    },
    working=lambda n: {"ways": perm(n.blocks, n.length), "orders": perm(n.length)},
)

# ---------------------------------------------------------------- paths that are left

PATHS_LEFT = Exercise(
    kind=Number(),
    first={"blocks": 9, "out": 2},
    draw=lambda d: {"blocks": d.whole(6, 14), "out": d.whole(1, 4)},
    right=lambda n: 2 ** (n.blocks - n.out),
    mistakes={
        "subtracted": lambda n: 2**n.blocks - n.out,
        "lost": lambda n: 2**n.blocks - 2 ** (n.blocks - n.out),
        "all": lambda n: 2**n.blocks,
        "blocks": lambda n: n.blocks - n.out,
        "one-half": lambda n: 2 ** (n.blocks - 1),
    },
    working=lambda n: {"left": n.blocks - n.out, "all": 2**n.blocks},
)

# ---------------------------------------------------------------- zeros behind the entrance of a stage

NETWORKS = {"fashion-resnet20": (1, 28), "cifar-resnet20": (3, 32)}  # channels and size of what they take


def entrance(n: Any) -> tuple[list[int], list[int]]:
    """What enters and what leaves the first block of a stage."""
    channels, size = NETWORKS[n.network]
    rows = trace(architecture(n.network), (channels, size, size))
    name = f"layer{n.stage}.0"
    return list(rows[f"{name}.conv1"].input_shape), list(rows[f"{name}.conv2"].output_shape)


def zeros(n: Any) -> int:
    (before, _, _), (after, height, width) = entrance(n)
    return (after - before) * height * width


ZEROS_AT_THE_ENTRANCE = Exercise(
    kind=Number(),
    first={"network": "fashion-resnet20", "stage": 2},
    draw=lambda d: {"network": d.pick("fashion-resnet20", "cifar-resnet20"), "stage": d.pick(2, 3)},
    right=zeros,
    mistakes={
        "stride": lambda n: 4 * zeros(n),
        "one-side": lambda n: zeros(n) // 2,
        "channels": lambda n: entrance(n)[1][0] - entrance(n)[0][0],
        "all": lambda n: 2 * zeros(n),
    },
    working=lambda n: {
        "before": entrance(n)[0],
        "after": entrance(n)[1],
        "new": entrance(n)[1][0] - entrance(n)[0][0],
        "side": entrance(n)[1][1],
    },
)

# ---------------------------------------------------------------- stochastic depth

SURVIVAL_AT = Exercise(
    kind=Number(whole=False, tolerance=0.001),
    first={"blocks": 9, "place": 3},
    draw=lambda d: {"blocks": d.pick(12, 18, 27, 54), "place": d.whole(2, 11)},
    right=lambda n: [2 * n.blocks - n.place, 2 * n.blocks],
    mistakes={
        "left-out": lambda n: [n.place, 2 * n.blocks],
        "to-zero": lambda n: [n.blocks - n.place, n.blocks],
        "half": lambda n: [1, 2],
        "from-zero": lambda n: [2 * n.blocks - n.place + 1, 2 * n.blocks],
    },
    working=lambda n: {"double": 2 * n.blocks},
)

BLOCKS_THERE = Exercise(
    kind=Number(whole=False),
    first={"blocks": 9},
    draw=lambda d: {"blocks": d.pick(3, 12, 15, 18, 27, 54)},
    right=lambda n: [3 * n.blocks - 1, 4],
    mistakes={
        "half": lambda n: [n.blocks, 2],
        "three-quarters": lambda n: [3 * n.blocks, 4],
        "left-out": lambda n: [n.blocks + 1, 4],
        "all": lambda n: n.blocks,
    },
    working=lambda n: {"double": 2 * n.blocks, "nearly": 2 * n.blocks - 1},
)

# ---------------------------------------------------------------- sizes along the depth


def power(base: float, times: int) -> float:
    """Multiplied step by step, so that Python and the page round alike."""
    made = 1.0
    for _ in range(times):
        made *= base
    return made


NORM_AFTER_BLOCKS = Exercise(
    kind=Number(whole=False, tolerance=0.01),
    first={"part": 2, "blocks": 8},
    draw=lambda d: {"part": d.whole(2, 4), "blocks": 2 * d.whole(3, 12)},
    right=lambda n: power(1 + 1 / (n.part * n.part), n.blocks // 2),
    mistakes={
        "aligned": lambda n: power(1 + 1 / n.part, n.blocks),
        "squared": lambda n: power(1 + 1 / (n.part * n.part), n.blocks),
        "sum": lambda n: 1 + n.blocks / n.part,
        "once": lambda n: (1 + 1 / (n.part * n.part)) ** 0.5,
    },
    working=lambda n: {"square": n.part * n.part, "half": n.blocks // 2, "factor": 1 + 1 / (n.part * n.part)},
)

EFFECTIVE_LENGTH = Exercise(
    kind=Number(whole=False, tolerance=0.01),
    first={"blocks": 54, "factor": 2},
    draw=lambda d: {"blocks": d.pick(9, 18, 27, 54, 90), "factor": d.whole(2, 5)},
    right=lambda n: [n.blocks, n.factor + 1],
    mistakes={
        "binomial": lambda n: [n.blocks, 2],
        "divided": lambda n: [n.blocks, n.factor],
        "turned": lambda n: [n.blocks * n.factor, n.factor + 1],
        "shortest": lambda n: 0,
    },
    working=lambda n: {"below": n.factor + 1},
)

# ---------------------------------------------------------------- thinking

WHICH_EXPERIMENT = Exercise(kind=Choice(), first={}, right=lambda n: "statistics")

WHY_DEEP_BEARS = Exercise(kind=Choice(), first={}, right=lambda n: "small")

CHAPTER = Chapter(
    "what_a_block_does",
    Path(__file__).parent,
    {
        "paths-of-length": PATHS_OF_LENGTH,
        "paths-left": PATHS_LEFT,
        "zeros-at-the-entrance": ZEROS_AT_THE_ENTRANCE,
        "survival-at": SURVIVAL_AT,
        "blocks-there": BLOCKS_THERE,
        "norm-after-blocks": NORM_AFTER_BLOCKS,
        "effective-length": EFFECTIVE_LENGTH,
        "which-experiment": WHICH_EXPERIMENT,
        "why-deep-bears": WHY_DEEP_BEARS,
    },
)
