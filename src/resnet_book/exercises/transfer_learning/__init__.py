"""The exercises of the chapter on transfer learning; `exercises.mjs` beside this file says the same to the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ...architectures import architecture
from ...tracing import trace
from ..exercise import Chapter, Exercise
from ..kinds import Choice, Number

# ---------------------------------------------------------------- the head

SIZE = 32


def head(n: Any, pooled: int) -> int:
    """Parameters of the last layer of `fashion-resnet20` for so many points."""
    arch = replace(architecture("fashion-resnet20", num_classes=2 * n.points), pooled=pooled)
    return trace(arch, (1, SIZE, SIZE))["fc"].params


HEAD_WEIGHTS = Exercise(
    kind=Number(),
    first={"points": 68, "pooled": 2},
    draw=lambda d: {"points": d.pick(5, 21, 68, 98), "pooled": d.pick(2, 4)},
    right=lambda n: head(n, n.pooled),
    mistakes={
        "one-mean": lambda n: head(n, 1),
        "no-bias": lambda n: head(n, n.pooled) - 2 * n.points,
        "one-number": lambda n: (32 * n.pooled * n.pooled + 1) * n.points,
        "one-side": lambda n: (32 * n.pooled + 1) * 2 * n.points,
    },
    working=lambda n: {"features": 32 * n.pooled * n.pooled, "outputs": 2 * n.points},
)

# ---------------------------------------------------------------- an error of so many pixels

NME_OF_A_SHIFT = Exercise(
    kind=Number(whole=False, tolerance=0.01),
    first={"side": 224, "eyes": 80, "right": 3, "down": 4},
    draw=lambda d: {
        "side": d.pick(96, 224),
        "eyes": d.whole(30, 60),
        "right": 3 * d.whole(1, 2),
        "down": 4 * d.whole(1, 2),
    },
    right=lambda n: 100 * distance(n) / n.eyes,
    mistakes={
        "over-side": lambda n: 100 * distance(n) / n.side,
        "added": lambda n: 100 * (n.right + n.down) / n.eyes,
        "part": lambda n: distance(n) / n.eyes,
        "one-way": lambda n: 100 * n.right / n.eyes,
    },
    working=lambda n: {"distance": distance(n)},
)


def distance(n: Any) -> float:
    """How far a point lies off."""
    return (n.right * n.right + n.down * n.down) ** 0.5


# ---------------------------------------------------------------- mirrored points

MIRRORED = [
    *range(16, -1, -1),
    *range(26, 16, -1),
    *(27, 28, 29, 30, 35, 34, 33, 32, 31),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
]
"""The partner of each point in the mirror: jaw, brows, nose, eyes."""

MIRROR_PARTNER = Exercise(
    kind=Number(),
    first={"point": 37},
    draw=lambda d: {"point": d.pick(0, 3, 17, 20, 31, 38, 39, 40)},
    right=lambda n: MIRRORED[n.point],
    mistakes={
        "itself": lambda n: n.point,
        "counted": lambda n: 67 - n.point,
        "next": lambda n: MIRRORED[n.point] + 1,
    },
)

# ---------------------------------------------------------------- labels scaled twice

SCALED_TWICE = Exercise(
    kind=Number(whole=False, tolerance=0.01),
    first={"side": 224, "x": 112},
    draw=lambda d: {"side": d.pick(96, 224), "x": d.pick(24, 48, 72)},
    right=lambda n: n.x / n.side,
    mistakes={
        "once": lambda n: n.x,
        "label": lambda n: n.x / n.side / n.side,
        "turned": lambda n: n.side / n.x,
    },
    working=lambda n: {"label": n.x / n.side / n.side},
)

# ---------------------------------------------------------------- how much learns


def shares(n: Any, outputs: int) -> tuple[int, int]:
    """Parameters of the last layer, and of all, of a network with so many outputs."""
    found = trace(architecture(n.network, num_classes=outputs), (3, 224, 224))
    return found["fc"].params, found.params


def share(n: Any, outputs: int) -> float:
    return 100 * shares(n, outputs)[0] / shares(n, outputs)[1]


SHARE_THAT_LEARNS = Exercise(
    kind=Number(whole=False, tolerance=0.02),
    first={"network": "resnet18"},
    draw=lambda d: {"network": d.pick("resnet34", "resnet50", "resnet101")},
    right=lambda n: share(n, 136),
    mistakes={
        "classes": lambda n: share(n, 1000),
        "trunk": lambda n: 100 - share(n, 136),
        "part": lambda n: share(n, 136) / 100,
        "points": lambda n: share(n, 68),
    },
    working=lambda n: {"head": shares(n, 136)[0], "all": shares(n, 136)[1]},
)

# ---------------------------------------------------------------- thinking

WHAT_STILL_MOVES = Exercise(kind=Choice(), first={}, right=lambda n: "statistics")

CHAPTER = Chapter(
    "transfer_learning",
    Path(__file__).parent,
    {
        "head-weights": HEAD_WEIGHTS,
        "nme-of-a-shift": NME_OF_A_SHIFT,
        "mirror-partner": MIRROR_PARTNER,
        "scaled-twice": SCALED_TWICE,
        "share-that-learns": SHARE_THAT_LEARNS,
        "what-still-moves": WHAT_STILL_MOVES,
    },
)
