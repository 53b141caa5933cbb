"""The exercises of the chapter on batch normalization; `exercises.mjs` beside this file says the same to the page."""

from __future__ import annotations

from functools import cache
from math import log
from pathlib import Path

from ...architectures import architecture
from ...tracing import trace
from ..exercise import Chapter, Exercise
from ..kinds import Choice, Number, Parts

# ---------------------------------------------------------------- one channel folded by hand

FOLD_BY_HAND = Exercise(
    kind=Parts((Number(whole=False), Number(whole=False))),
    first={"weight": 3, "scale": 2, "mean": 1, "deviation": 4, "shift": 5},
    draw=lambda d: {
        "weight": d.whole(2, 9),
        "scale": d.whole(2, 5),
        "mean": d.whole(1, 6),
        "deviation": d.pick(4, 8, 10),
        "shift": d.whole(1, 9),
    },
    right=lambda n: [[n.weight * n.scale, n.deviation], [n.shift * n.deviation - n.mean * n.scale, n.deviation]],
    mistakes={
        "variance": lambda n: [[n.weight * n.scale, n.deviation**2], None],
        "no-deviation": lambda n: [n.weight * n.scale, n.shift - n.mean * n.scale],
        "no-scale": lambda n: [[n.weight, n.deviation], [n.shift * n.deviation - n.mean, n.deviation]],
        "shift-only": lambda n: [None, n.shift],
        "mean-only": lambda n: [None, n.shift - n.mean],
        "sign": lambda n: [None, [n.shift * n.deviation + n.mean * n.scale, n.deviation]],
    },
)

# ---------------------------------------------------------------- what the running mean remembers


def remembered(n) -> float:
    """The share of its first value that a running average still holds."""
    return (1 - n.tenths / 10) ** n.steps


RUNNING_MEAN = Exercise(
    kind=Number(whole=False, tolerance=0.02),
    first={"tenths": 1, "steps": 10, "mean": 3},
    draw=lambda d: {"tenths": d.pick(1, 1, 2), "steps": d.whole(4, 20), "mean": d.whole(2, 9)},
    right=lambda n: n.mean * (1 - remembered(n)),
    mistakes={
        "the-mean": lambda n: n.mean,
        "what-is-left": lambda n: n.mean * remembered(n),
        "one-step": lambda n: n.mean * n.tenths / 10,
        "linear": lambda n: n.mean * n.tenths * n.steps / 10,
    },
    working=lambda n: {"keeps": 10 - n.tenths, "left": remembered(n)},
)

# ---------------------------------------------------------------- how many numbers a mean is taken over


def last_map(n) -> int:
    """Height and width at the last batch norm of ResNet-18."""
    return trace(architecture("resnet18"), (3, n.size, n.size))["layer4.1.bn2"].output_shape[1]


VALUES_PER_CHANNEL = Exercise(
    kind=Number(),
    first={"size": 64, "batch": 4},
    draw=lambda d: {"size": d.pick(32, 64, 96, 128, 224), "batch": d.pick(2, 3, 4, 8, 16)},
    right=lambda n: n.batch * last_map(n) ** 2,
    mistakes={
        "no-batch": lambda n: last_map(n) ** 2,
        "channels": lambda n: 512 * n.batch * last_map(n) ** 2,
        "one-side": lambda n: n.batch * last_map(n),
        "input": lambda n: n.batch * n.size**2,
        "batch-only": lambda n: n.batch,
    },
    working=lambda n: {"side": last_map(n)},
)

# ---------------------------------------------------------------- parameters that folding saves


@cache
def norm_params(depth: int) -> int:
    """Scales and shifts of all batch norms of a CIFAR network."""
    rows = trace(architecture(f"cifar-resnet{depth}"), (3, 32, 32)).rows
    return sum(row.params for row in rows if row.op == "batch_norm")


FOLD_SAVES = Exercise(
    kind=Number(),
    first={"depth": 20},
    draw=lambda d: {"depth": d.pick(32, 44, 56, 110)},
    right=lambda n: norm_params(n.depth) // 2,
    mistakes={
        "all": lambda n: norm_params(n.depth),
        "statistics": lambda n: 2 * norm_params(n.depth),
        "no-stem": lambda n: norm_params(n.depth) // 2 - 16,
        "per-block": lambda n: (norm_params(n.depth) // 2 - 16) // 2,
        "none": lambda n: 0,
    },
    working=lambda n: {"blocks": (n.depth - 2) // 6, "both": norm_params(n.depth)},
)

# ---------------------------------------------------------------- how little the last branch says

LAST_SHARE = Exercise(
    kind=Number(whole=False),
    first={"blocks": 9},
    draw=lambda d: {"blocks": d.whole(3, 27)},
    right=lambda n: [1, n.blocks + 1],
    mistakes={
        "without-input": lambda n: [1, n.blocks],
        "half": lambda n: [1, 2],
        "doubling": lambda n: [1, 2**n.blocks],
        "the-rest": lambda n: [n.blocks, n.blocks + 1],
    },
    working=lambda n: {"all": n.blocks + 1},
)

# ---------------------------------------------------------------- the factor of Fixup

NETWORKS = {
    "ResNet-20": "cifar-resnet20",
    "ResNet-56": "cifar-resnet56",
    "ResNet-110": "cifar-resnet110",
    "ResNet-34": "resnet34",
    "ResNet-50": "resnet50",
    "ResNet-101": "resnet101",
}


def branches(n) -> int:
    return sum(architecture(NETWORKS[n.network]).depths)


def convolutions(n) -> int:
    """In a branch."""
    return 3 if architecture(NETWORKS[n.network]).block == "bottleneck" else 2


def fixup_factor(n) -> float:
    return branches(n) ** (-1 / (2 * convolutions(n) - 2))


FIXUP_FACTOR = Exercise(
    kind=Number(whole=False, tolerance=0.01),
    first={"network": "ResNet-20"},
    draw=lambda d: {"network": d.pick(*NETWORKS)},
    right=fixup_factor,
    mistakes={
        "layers": lambda n: (branches(n) * convolutions(n) + 2) ** (-1 / (2 * convolutions(n) - 2)),
        "convolutions": lambda n: (branches(n) * convolutions(n)) ** (-1 / (2 * convolutions(n) - 2)),
        "no-minus-two": lambda n: branches(n) ** (-1 / (2 * convolutions(n))),
        "inverse": lambda n: 1 / branches(n),
        "grows": lambda n: 1 / fixup_factor(n),
    },
    working=lambda n: {"branches": branches(n), "inside": convolutions(n), "below": 2 * convolutions(n) - 2},
)

# ---------------------------------------------------------------- what a first step can move

MOVES = {"SkipInit": "scalar", "zero gamma": "last-norm", "Fixup": "last-convolution"}

WHAT_MOVES_FIRST = Exercise(
    kind=Choice(),
    first={"start": "SkipInit"},
    draw=lambda d: {"start": d.pick("SkipInit", "zero gamma", "Fixup")},
    right=lambda n: MOVES[n.start],
)

# ---------------------------------------------------------------- how deep without batch norm

DEEPEST = Exercise(
    kind=Number(),
    first={"power": 3},
    draw=lambda d: {"power": d.whole(2, 6)},
    right=lambda n: int(2 * n.power * log(10) / log(2)) + 1,
    mistakes={
        "mean-square": lambda n: int(n.power * log(10) / log(2)) + 1,
        "too-few": lambda n: int(2 * n.power * log(10) / log(2)),
        "one-each": lambda n: 10**n.power,
        "root": lambda n: 10 ** (2 * n.power) - 1,
    },
    working=lambda n: {"double": 2 * n.power, "exact": 2 * n.power * log(10) / log(2)},
)

CHAPTER = Chapter(
    "batch_normalization",
    Path(__file__).parent,
    {
        "fold-by-hand": FOLD_BY_HAND,
        "running-mean": RUNNING_MEAN,
        "values-per-channel": VALUES_PER_CHANNEL,
        "fold-saves": FOLD_SAVES,
        "last-share": LAST_SHARE,
        "fixup-factor": FIXUP_FACTOR,
        "what-moves-first": WHAT_MOVES_FIRST,
        "deepest": DEEPEST,
    },
)
