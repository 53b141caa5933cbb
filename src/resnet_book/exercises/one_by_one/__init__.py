"""The exercises of the chapter on 1x1 convolutions; `exercises.mjs` beside this file says the same to the page."""

from __future__ import annotations

from pathlib import Path

from ...tracing import trace_layers
from ..exercise import Chapter, Exercise
from ..kinds import Code, Number, Parts, Shape


def conv(out: int, kernel: int = 1, stride: int = 1, bias: bool = False) -> dict:
    """A convolution that keeps the size, but for its stride."""
    padding = kernel // 2
    return dict(op="conv2d", out_channels=out, kernel_size=kernel, stride=stride, padding=padding, bias=bias)


# ---------------------------------------------------------------- a shape

ONE_SHAPE = Exercise(
    kind=Shape(),
    first=dict(channels=192, out=16, size=28, stride=2),
    draw=lambda d: dict(
        channels=d.pick(32, 64, 192, 256),
        out=d.pick(16, 48, 96, 128),
        size=d.pick(7, 14, 28, 29, 32, 57),
        stride=d.pick(1, 2, 2, 3),
    ),
    right=lambda n: list(
        trace_layers([conv(n.out, 1, n.stride)], (n.channels, n.size, n.size)).output_shape,
    ),
    mistakes={
        "no-stride": lambda n: [n.out, n.size, n.size],
        "rounded-down": lambda n: [n.out, n.size // n.stride, n.size // n.stride],
        "channels": lambda n: [n.channels, (n.size - 1) // n.stride + 1, (n.size - 1) // n.stride + 1],
    },
    working=lambda n: dict(steps=(n.size - 1) // n.stride, side=(n.size - 1) // n.stride + 1),
)

# ---------------------------------------------------------------- its parameters


def one_params(n) -> int:
    return trace_layers([conv(n.out, 1, n.stride, bias=True)], (n.channels, n.size, n.size)).params


ONE_PARAMETERS = Exercise(
    kind=Number(),
    first=dict(channels=192, out=16, size=28, stride=2),
    draw=lambda d: dict(
        channels=d.pick(24, 32, 48, 64, 192),
        out=d.pick(16, 40, 96, 128),
        size=d.pick(14, 28, 32),
        stride=d.pick(1, 2),
    ),
    right=one_params,
    mistakes={
        "no-bias": lambda n: n.channels * n.out,
        "input-bias": lambda n: n.channels * n.out + n.channels,
        "kernel": lambda n: 9 * n.channels * n.out + n.out,
        "pixels": lambda n: n.channels * n.out * n.size**2,
        "stride": lambda n: n.stride**2 * n.channels * n.out + n.out,
    },
    working=lambda n: dict(weights=n.channels * n.out),
)

# ---------------------------------------------------------------- the pixels that are seen


def side(n) -> int:
    return trace_layers([conv(1, 1, n.stride)], (1, n.size, n.size)).output_shape[1]


PIXELS_SEEN = Exercise(
    kind=Number(),
    first=dict(size=7, stride=2),
    draw=lambda d: dict(size=d.pick(5, 8, 9, 11, 14, 15), stride=d.pick(2, 3, 4)),
    right=lambda n: side(n) ** 2,
    mistakes={
        "rounded-down": lambda n: (n.size // n.stride) ** 2,
        "one-side": side,
        "unseen": lambda n: n.size**2 - side(n) ** 2,
        "all": lambda n: n.size**2,
        "one-axis": lambda n: side(n) * n.size,
    },
    working=lambda n: dict(all=n.size**2, last=(side(n) - 1) * n.stride, side=side(n)),
)

# ---------------------------------------------------------------- the MACs of a projection


def projection(n):
    return trace_layers([conv(n.out, 1, n.stride)], (n.channels, n.size, n.size))


PROJECTION_MACS = Exercise(
    kind=Number(),
    first=dict(channels=64, out=128, size=56, stride=2),
    draw=lambda d: dict(
        channels=d.pick(16, 32, 64, 128), out=d.pick(32, 64, 96, 256), size=d.pick(8, 14, 28, 56), stride=2
    ),
    right=lambda n: projection(n).macs,
    mistakes={
        "twice": lambda n: 2 * projection(n).macs,
        "stride": lambda n: n.channels * n.out * n.size**2,
        "weights": lambda n: n.channels * n.out,
        "kernel": lambda n: 9 * projection(n).macs,
    },
    working=lambda n: dict(weights=n.channels * n.out, side=n.size // n.stride),
)

# ---------------------------------------------------------------- first fewer channels, then a look around


def branch(n):
    return trace_layers([conv(n.inner), conv(n.out, n.kernel)], (n.channels, n.size, n.size))


INCEPTION_BRANCH = Exercise(
    kind=Number(),
    first=dict(channels=192, inner=96, out=128, kernel=3, size=28),
    draw=lambda d: dict(
        channels=d.pick(64, 128, 192),
        inner=d.pick(16, 24, 32),
        out=d.pick(32, 48, 96),
        kernel=d.pick(3, 5),
        size=d.pick(7, 14, 28),
    ),
    right=lambda n: branch(n).macs,
    mistakes={
        "flops": lambda n: 2 * branch(n).macs,
        "direct": lambda n: trace_layers([conv(n.out, n.kernel)], (n.channels, n.size, n.size)).macs,
        "second-only": lambda n: branch(n).rows[1].macs,
        "first-only": lambda n: branch(n).rows[0].macs,
        "weights": lambda n: branch(n).params,
    },
    working=lambda n: dict(
        area=n.kernel**2,
        one=n.channels * n.inner,
        two=n.kernel**2 * n.inner * n.out,
        together=n.channels * n.inner + n.kernel**2 * n.inner * n.out,
    ),
)

# ---------------------------------------------------------------- how far a pixel reaches

ONE_PIXEL = Exercise(
    kind=Parts((Number(), Number(), Number())),
    first=dict(height=12, width=10, kernel=3),
    draw=lambda d: dict(height=d.whole(11, 20), width=d.whole(11, 20), kernel=d.pick(3, 5)),
    right=lambda n: [1, n.kernel**2, n.height * n.width],
    mistakes={
        "all": lambda n: [n.height * n.width, n.height * n.width, None],
        "one": lambda n: [None, 1, 1],
        "side": lambda n: [None, n.kernel, n.kernel**2],
    },
    working=lambda n: dict(area=n.kernel**2, pixels=n.height * n.width),
)

# ---------------------------------------------------------------- through a narrow place

NARROW_PLACE = Exercise(
    kind=Number(),
    first=dict(channels=64, inner=16, out=64),
    draw=lambda d: dict(channels=d.pick(32, 48, 64), inner=d.pick(8, 24, 96, 128), out=d.pick(16, 40, 80)),
    right=lambda n: min(n.channels, n.inner, n.out),
    mistakes={
        "ends": lambda n: min(n.channels, n.out),
        "middle": lambda n: n.inner,
        "product": lambda n: n.channels * n.out,
        "largest": lambda n: max(n.channels, n.inner, n.out),
    },
)

# ---------------------------------------------------------------- an accelerator

ACCELERATOR = Exercise(
    kind=Number(),
    first=dict(macs=50, memory=2, bytes=4),
    draw=lambda d: dict(macs=d.pick(60, 120, 240), memory=d.pick(1, 2, 3), bytes=d.pick(1, 2, 4)),
    right=lambda n: 2 * n.bytes * n.macs // n.memory,
    mistakes={
        "factor-two": lambda n: n.bytes * n.macs // n.memory,
        "numbers": lambda n: 2 * n.macs // n.memory,
        "intensity": lambda n: n.macs // n.memory,
        "four-bytes": lambda n: 8 * n.macs // n.memory,
    },
    working=lambda n: dict(each=n.macs // n.memory, twice=2 * n.bytes),
)

# ---------------------------------------------------------------- a narrow place to be written


def chain(n, middle: int, bias: bool = False, kernel: int = 3) -> dict:
    """What a way through `middle` channels has, with a convolution of `kernel` in the middle."""
    convs = [(middle, 1), (middle, kernel), (n.input[0], 1)]
    layers = [
        {"op": "conv2d", "out_channels": out, "kernel_size": size, "padding": size // 2, "bias": bias}
        for out, size in convs
    ]
    found = trace_layers(layers, tuple(n.input))
    return dict(output_shape=list(found.output_shape), params=found.params, macs=found.macs)


NARROW_CODE = Exercise(
    kind=Code("net"),
    first=dict(input=[256, 14, 14], middle=64),
    draw=lambda d: dict(
        input=[channels := d.pick(64, 128, 256, 512), size := d.pick(7, 14, 28), size],
        middle=channels // d.pick(2, 4, 8),
    ),
    right=lambda n: chain(n, n.middle),
    mistakes={
        "biases": lambda n: chain(n, n.middle, bias=True),
        "all-one": lambda n: chain(n, n.middle, kernel=1),
        "not-narrow": lambda n: chain(n, n.input[0]),
    },
    working=lambda n: dict(
        channels=n.input[0],
        wide=9 * n.input[0] ** 2,
        params=chain(n, n.middle)["params"],
        ends=n.input[0] * n.middle,
        inside=9 * n.middle**2,
    ),
)

CHAPTER = Chapter(
    "one_by_one",
    Path(__file__).parent,
    {
        "one-shape": ONE_SHAPE,
        "one-parameters": ONE_PARAMETERS,
        "pixels-seen": PIXELS_SEEN,
        "projection-macs": PROJECTION_MACS,
        "one-pixel": ONE_PIXEL,
        "inception-branch": INCEPTION_BRANCH,
        "narrow-place": NARROW_PLACE,
        "narrow-code": NARROW_CODE,
        "accelerator": ACCELERATOR,
    },
)
