"""The exercises of the chapter on reading any network; `exercises.mjs` beside this file says the same to the page."""

from __future__ import annotations

from pathlib import Path

from ...tracing import trace_layers
from ..exercise import Chapter, Exercise
from ..kinds import Choice, Number, Shape
from .puzzles import DENSENET, LENET, RESNET, U_NET, VGG

# ---------------------------------------------------------------- what a linear layer has to take


def layers(n) -> list[dict]:
    conv = {"op": "conv2d", "out_channels": n.channels, "kernel_size": n.kernel, "stride": n.stride}
    return [conv, {"op": "max_pool2d", "kernel_size": 2}, {"op": "flatten"}]


def features(n) -> int:
    return trace_layers(layers(n), (3, n.size, n.size)).output_shape[0]


def map_side(n) -> int:
    return trace_layers(layers(n)[:2], (3, n.size, n.size)).output_shape[1]


def conv_side(n) -> int:
    return trace_layers(layers(n)[:1], (3, n.size, n.size)).output_shape[1]


FLATTENED = Exercise(
    kind=Number(),
    first=dict(channels=16, kernel=5, stride=1, size=32),
    draw=lambda d: dict(
        channels=d.pick(8, 16, 24, 32), kernel=d.pick(3, 5, 7), stride=d.pick(1, 2), size=d.pick(28, 32, 48, 64)
    ),
    right=features,
    mistakes={
        "no-pool": lambda n: n.channels * conv_side(n) ** 2,
        "one-side": lambda n: n.channels * map_side(n),
        "no-channels": lambda n: map_side(n) ** 2,
        "pooled-away": lambda n: n.channels,
    },
    working=lambda n: dict(after=conv_side(n), left=map_side(n)),
)

# ---------------------------------------------------------------- where the change belongs

WHERE_TO_MEND = Exercise(
    kind=Choice(),
    first=dict(channels=64, out=128, size=28),
    draw=lambda d: dict(channels=d.pick(16, 32, 64), out=d.pick(128, 256), size=d.pick(14, 28, 56)),
    right=lambda n: "shortcut",
    working=lambda n: dict(twice=2 * n.size),
)

# ---------------------------------------------------------------- sizes that halve and double without a loss


def fits(n) -> int:
    step = 2**n.halvings
    return -(-n.size // step) * step


U_NET_SIZE = Exercise(
    kind=Number(),
    first=dict(halvings=3, size=90),
    draw=lambda d: dict(halvings=d.whole(2, 5), size=d.pick(90, 100, 150, 222, 250, 300, 500)),
    right=fits,
    mistakes={
        "even": lambda n: n.size + n.size % 2,
        "below": lambda n: n.size // 2**n.halvings * 2**n.halvings,
        "one-less": lambda n: -(-n.size // 2 ** (n.halvings - 1)) * 2 ** (n.halvings - 1),
    },
    working=lambda n: dict(step=2**n.halvings),
)

# ---------------------------------------------------------------- the shape that arrives


def arrives(n) -> list[int]:
    stem = [
        {"op": "conv2d", "out_channels": n.channels, "kernel_size": 7, "stride": 2, "padding": 3},
        {"op": "max_pool2d", "kernel_size": 3, "stride": 2, "padding": 1},
    ]
    return list(trace_layers(stem, (3, n.size, n.size)).output_shape)


STEM = Exercise(
    kind=Shape(),
    first=dict(channels=64, size=224),
    draw=lambda d: dict(channels=d.pick(32, 64, 96), size=d.pick(96, 128, 160, 192, 256)),
    right=arrives,
    mistakes={
        "no-pool": lambda n: [n.channels, n.size // 2, n.size // 2],
        "channels-in": lambda n: [3, n.size // 4, n.size // 4],
    },
    working=lambda n: dict(half=n.size // 2, quarter=arrives(n)[1]),
)

# ---------------------------------------------------------------- two repairs of one mistake


def head(n, pooled: bool) -> int:
    """Parameters of the linear layer behind the flatten, with the pooling or without it."""
    pool = [{"op": "adaptive_avg_pool2d"}] if pooled else []
    chain = [*pool, {"op": "flatten"}, {"op": "linear", "out_features": n.classes}]
    return trace_layers(chain, (n.channels, n.size, n.size)).params


TWO_REPAIRS = Exercise(
    kind=Number(),
    first=dict(channels=128, size=28, classes=10),
    draw=lambda d: dict(channels=d.pick(64, 128, 256, 512), size=d.pick(7, 14, 28), classes=d.pick(10, 100)),
    right=lambda n: head(n, False) - head(n, True),
    mistakes={
        "all": lambda n: head(n, False),
        "pooled": lambda n: head(n, True),
        "features": lambda n: n.channels * n.size**2 - n.channels,
    },
    working=lambda n: dict(wide=head(n, False), narrow=head(n, True), features=n.channels * n.size**2),
)

CHAPTER = Chapter(
    "read_any_network",
    Path(__file__).parent,
    {
        "mend-lenet": LENET,
        "mend-vgg": VGG,
        "mend-resnet": RESNET,
        "mend-densenet": DENSENET,
        "mend-u-net": U_NET,
        "stem-by-hand": STEM,
        "flattened": FLATTENED,
        "two-repairs": TWO_REPAIRS,
        "where-to-mend": WHERE_TO_MEND,
        "u-net-size": U_NET_SIZE,
    },
)
