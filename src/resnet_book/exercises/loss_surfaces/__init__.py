"""The exercises of the chapter on loss surfaces; `exercises.mjs` beside this file says the same to the page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ...architectures import architecture
from ...tracing import Trace, trace
from ..exercise import Chapter, Exercise
from ..kinds import Choice, Number

NETWORKS = ("cifar-resnet20", "cifar-resnet56", "cifar-plain20", "cifar-plain56")


@cache
def traced(network: str) -> Trace:
    return trace(architecture(network), (3, 32, 32))


# ---------------------------------------------------------------- what a surface costs

COST_OF_A_SURFACE = Exercise(
    kind=Number(whole=False, tolerance=0.02),
    first={"network": "cifar-resnet56", "size": 25, "pictures": 1_000},
    draw=lambda d: {
        "network": d.pick(*NETWORKS),
        "size": d.pick(11, 21, 25, 51),
        "pictures": d.pick(500, 1_000, 2_000),
    },
    right=lambda n: n.size**2 * n.pictures * traced(n.network).macs / 10**12,
    mistakes={
        "one-side": lambda n: n.size * n.pictures * traced(n.network).macs / 10**12,
        "three-passes": lambda n: 3 * n.size**2 * n.pictures * traced(n.network).macs / 10**12,
        "one-picture": lambda n: n.size**2 * traced(n.network).macs / 10**12,
        "one-point": lambda n: n.pictures * traced(n.network).macs / 10**12,
    },
    working=lambda n: {
        "macs": traced(n.network).macs,
        "points": n.size**2,
        "passes": n.size**2 * n.pictures,
    },
)

# ---------------------------------------------------------------- filter by filter

FILTER_FACTOR = Exercise(
    kind=Number(whole=False),
    first={"length": 3, "drawn": 12},
    draw=lambda d: {"length": d.whole(1, 6), "drawn": d.pick(8, 12, 16, 24)},
    right=lambda n: [n.length, n.drawn],
    mistakes={
        "turned": lambda n: [n.drawn, n.length],
        "squared": lambda n: [n.length**2, n.drawn**2],
        "to-one": lambda n: [1, n.drawn],
        "difference": lambda n: n.length - n.drawn,
    },
)

LONGER_STEPS = Exercise(
    kind=Number(whole=False, tolerance=0.01),
    first={"factor": 4, "tenths": 5},
    draw=lambda d: {"factor": d.pick(2, 3, 4, 5, 10), "tenths": d.whole(1, 9)},
    right=lambda n: n.factor * n.tenths / 10,
    mistakes={
        "shorter": lambda n: n.tenths / (10 * n.factor),
        "same": lambda n: n.tenths / 10,
        "squared": lambda n: n.factor**2 * n.tenths / 10,
        "added": lambda n: (10 * n.factor + n.tenths) / 10,
    },
    working=lambda n: {"far": n.tenths / 10},
)


def still(n: Any) -> int:
    """Parameters of less than two dimensions: of batch norm, and the classifier's biases."""
    rows = traced(n.network).rows
    return sum(row.params for row in rows if row.op == "batch_norm") + 10


DIRECTIONS_AT_ZERO = Exercise(
    kind=Number(),
    first={"network": "cifar-resnet20"},
    draw=lambda d: {"network": d.pick("cifar-resnet32", "cifar-resnet44", "cifar-resnet56", "cifar-plain56")},
    right=still,
    mistakes={
        "no-biases": lambda n: still(n) - 10,
        "half": lambda n: (still(n) - 10) // 2,
        "statistics": lambda n: 2 * (still(n) - 10) + 10,
        "biases-only": lambda n: 10,
        "the-others": lambda n: traced(n.network).params - still(n),
    },
    working=lambda n: {"blocks": sum(architecture(n.network).depths) // 3, "norms": still(n) - 10},
)

# ---------------------------------------------------------------- what a plane sees

MEAN_CURVATURE = Exercise(
    kind=Number(whole=False, tolerance=0.01),
    first={"percent": 30},
    draw=lambda d: {"percent": d.pick(10, 20, 25, 40, 45)},
    right=lambda n: (100 - 2 * n.percent) / 100,
    mistakes={
        "share": lambda n: (100 - n.percent) / 100,
        "negative": lambda n: (2 * n.percent - 100) / 100,
        "worst": lambda n: -1,
        "downward": lambda n: -n.percent / 100,
    },
    working=lambda n: {"up": 100 - n.percent},
)

WHAT_A_BOWL_PROVES = Exercise(kind=Choice(), first={}, right=lambda n: "plane")

WHY_NORMALIZED = Exercise(kind=Choice(), first={}, right=lambda n: "scale")

CHAPTER = Chapter(
    "loss_surfaces",
    Path(__file__).parent,
    {
        "cost-of-a-surface": COST_OF_A_SURFACE,
        "filter-factor": FILTER_FACTOR,
        "longer-steps": LONGER_STEPS,
        "directions-at-zero": DIRECTIONS_AT_ZERO,
        "mean-curvature": MEAN_CURVATURE,
        "what-a-bowl-proves": WHAT_A_BOWL_PROVES,
        "why-normalized": WHY_NORMALIZED,
    },
)
