"""The exercises of the chapter on residual learning; `exercises.mjs` beside this file says the same to the page."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import sqrt
from pathlib import Path

from ...architectures import Block, architecture
from ...tracing import Trace, trace
from ..exercise import Chapter, Exercise
from ..kinds import Choice, Code, Number, Ordering, Parts, Shape, steps_of

# ---------------------------------------------------------------- a branch that puts out nothing but zeros


def put_out(kind: str, x: int) -> int:
    """What becomes of one number in a block of this kind, if its branch is 0."""
    if kind == "plain":
        return 0
    return x if kind == "pre-activation" else max(x, 0)


def comes_out(n) -> str:
    low, high = put_out(n.kind, n.low), put_out(n.kind, n.high)
    return "same" if low else "positive" if high else "zeros"


WHAT_COMES_OUT = Exercise(
    kind=Choice(),
    first=dict(kind="pre-activation", low=-3, high=2),
    draw=lambda d: dict(kind=d.pick("basic", "plain", "pre-activation"), low=-d.whole(1, 9), high=d.whole(1, 9)),
    right=comes_out,
)

# ---------------------------------------------------------------- the parameters of a block


def block_params(n) -> int:
    return trace(Block("d2l", n.channels, n.channels), (n.channels, 8, 8)).params


COUNT_A_BLOCK = Exercise(
    kind=Number(),
    first=dict(channels=64),
    draw=lambda d: dict(channels=d.pick(8, 16, 24, 32, 48, 96, 128)),
    right=block_params,
    mistakes={
        "no-bias": lambda n: block_params(n) - 2 * n.channels,
        "no-norm": lambda n: block_params(n) - 4 * n.channels,
        "weights-only": lambda n: 2 * 9 * n.channels**2,
        "one-convolution": lambda n: 9 * n.channels**2 + n.channels,
        "no-kernel": lambda n: 2 * n.channels**2 + 6 * n.channels,
    },
    working=lambda n: dict(
        weights=9 * n.channels**2,
        convolution=9 * n.channels**2 + n.channels,
        norm=2 * n.channels,
    ),
)

# ---------------------------------------------------------------- the first convolution of a stage's entrance


def entrance_conv1(n) -> list[int]:
    block = Block("bottleneck", n.channels, n.out, stride=2, shortcut="projection", version=n.version)
    return list(trace(block, (n.channels, n.size, n.size))["conv1"].output_shape)


STAGE_ENTRANCE = Exercise(
    kind=Shape(),
    first=dict(channels=256, out=512, size=56, version="v1.5"),
    draw=lambda d: dict(
        channels=(channels := d.pick(64, 128, 256, 512, 1024)),
        out=2 * channels,
        size=d.pick(14, 24, 28, 32, 48, 56),
        version=d.pick("v1", "v1.5"),
    ),
    right=entrance_conv1,
    mistakes={
        "early": lambda n: [n.out // 4, n.size // 2, n.size // 2],
        "late": lambda n: [n.out // 4, n.size, n.size],
        "outer": lambda n: [n.out, n.size, n.size],
        "outer-halved": lambda n: [n.out, n.size // 2, n.size // 2],
        "of-input": lambda n: [n.channels // 4, n.size, n.size],
        "of-input-halved": lambda n: [n.channels // 4, n.size // 2, n.size // 2],
    },
    working=lambda n: dict(inner=n.out // 4, where="first 1×1" if n.version == "v1" else "3×3"),
)

# ---------------------------------------------------------------- what a forgotten projection would have to bring


def needed(n) -> list:
    t = trace(Block("basic", n.channels, n.out, n.stride, "projection"), (n.channels, n.size, n.size))
    return [list(t["conv2"].output_shape), t["downsample.0"].params]


SKIP_NEEDS = Exercise(
    kind=Parts((Shape(), Number())),
    first=dict(channels=64, out=128, size=56, stride=2),
    draw=lambda d: dict(
        channels=d.pick(16, 32, 64, 128),
        out=d.pick(24, 48, 96, 256),
        size=d.pick(28, 32, 48, 56),
        stride=d.pick(1, 2, 2, 4),
    ),
    right=needed,
    mistakes={
        "stride": lambda n: [[n.out, n.size, n.size], None],
        "twice": lambda n: [[n.out, n.size // n.stride**2, n.size // n.stride**2], None],
        "channels": lambda n: [[n.channels, n.size // n.stride, n.size // n.stride], None],
        "bias": lambda n: [None, n.channels * n.out + n.out],
        "kernel": lambda n: [None, 9 * n.channels * n.out],
        "size": lambda n: [None, n.channels * n.out * n.size**2],
        "norm": lambda n: [None, n.channels * n.out + 2 * n.out],
    },
    working=lambda n: dict(left=n.size // n.stride),
)

# ---------------------------------------------------------------- what options B and C add


@cache
def added(depth: int, option: str) -> int:
    counts = [trace(architecture(f"cifar-resnet{depth}", shortcut=o), (3, 32, 32)).params for o in ("A", option)]
    return counts[1] - counts[0]


def blocks_of(depth: int) -> int:
    return sum(architecture(f"cifar-resnet{depth}").depths)


DEEP_PROJECTIONS = Exercise(
    kind=Number(),
    first=dict(depth=56, option="B"),
    draw=lambda d: dict(depth=d.pick(32, 44, 56, 110), option=d.pick("B", "C")),
    right=lambda n: added(n.depth, n.option),
    mistakes={
        "per-block": lambda n: added(20, n.option) * blocks_of(n.depth) // 9,
        "as-20": lambda n: added(20, n.option),
        "other-option": lambda n: added(n.depth, "C" if n.option == "B" else "B"),
        "no-norm": lambda n: added(n.depth, n.option) - norms(n),
    },
    working=lambda n: dict(
        blocks=blocks_of(n.depth) // 3,
        changes=16 * 32 + 2 * 32 + 32 * 64 + 2 * 64,
        square=added(n.depth, n.option) - (16 * 32 + 2 * 32 + 32 * 64 + 2 * 64),
    ),
)


def norms(n) -> int:
    """Parameters of the batch norms that stand on the skips."""
    net = architecture(f"cifar-resnet{n.depth}", shortcut=n.option)
    rows = trace(net, (3, 32, 32)).rows
    return sum(row.params for row in rows if row.name.endswith("downsample.1"))


# ---------------------------------------------------------------- biases that do nothing


def useless(n) -> int:
    """Biases of convolutions right in front of a batch norm."""
    block = Block("d2l", n.channels, n.out, n.stride, "projection")
    rows = trace(block, (n.channels, 16, 16)).rows
    return sum(row.output_shape[0] for row, after in pairwise(rows) if (row.op, after.op) == ("conv2d", "batch_norm"))


USELESS_BIASES = Exercise(
    kind=Number(),
    first=dict(channels=64, out=128, stride=2),
    draw=lambda d: dict(channels=d.pick(16, 32, 64, 128), out=d.pick(24, 48, 96, 256), stride=d.pick(1, 2)),
    right=useless,
    mistakes={
        "projection": lambda n: 3 * n.out,
        "one": lambda n: n.out,
        "none": lambda n: 0,
        "input": lambda n: n.channels + n.out,
        "norm": lambda n: 4 * n.out,
    },
)

# ---------------------------------------------------------------- networks in order

NETWORKS = {
    "plain20": ("cifar-plain20", None),
    "a20": ("cifar-resnet20", "A"),
    "b20": ("cifar-resnet20", "B"),
    "c20": ("cifar-resnet20", "C"),
    "a56": ("cifar-resnet56", "A"),
    "b56": ("cifar-resnet56", "B"),
    "c32": ("cifar-resnet32", "C"),
}


@cache
def params_of(key: str) -> int:
    name, option = NETWORKS[key]
    net = architecture(name, shortcut=option) if option else architecture(name)
    return trace(net, (3, 32, 32)).params


BY_PARAMETERS = Exercise(
    kind=Ordering(),
    first=dict(items=["c20", "a56", "plain20", "b20"]),
    draw=lambda d: dict(items=d.shuffled([d.pick("plain20", "a20"), "b20", "c20", d.pick("a56", "c32"), "b56"])),
    right=lambda n: sorted(n.items, key=params_of),
    working=lambda n: {f"params_{key}": params_of(key) for key in NETWORKS},
)

# ---------------------------------------------------------------- a gradient through several blocks

GRADIENT_FACTOR = Exercise(
    kind=Number(whole=False),
    first=dict(top=1, under=2, blocks=3),
    draw=lambda d: dict(top=d.pick(1, 1, 2), under=d.pick(3, 4, 5), blocks=d.whole(2, 4)),
    right=lambda n: [(n.under - n.top) ** n.blocks, n.under**n.blocks],
    mistakes={
        "no-identity": lambda n: [(-n.top) ** n.blocks, n.under**n.blocks],
        "at-least-one": lambda n: 1,
        "plus": lambda n: [(n.under + n.top) ** n.blocks, n.under**n.blocks],
        "once": lambda n: [n.under - n.top, n.under],
        "added": lambda n: [n.under - n.blocks * n.top, n.under],
    },
    working=lambda n: dict(left=n.under - n.top),
)

# ---------------------------------------------------------------- how signals grow, without batch norm and with it

GROWTH = Exercise(
    kind=Parts((Number(whole=False, tolerance=0.02), Number(whole=False, tolerance=0.02))),
    first=dict(blocks=16),
    draw=lambda d: dict(blocks=2 * d.whole(2, 10)),
    right=lambda n: [2 ** (n.blocks // 2), sqrt(n.blocks + 1)],
    mistakes={
        "squared": lambda n: [2**n.blocks, n.blocks + 1],
        "linear": lambda n: [n.blocks + 1, None],
        "root-of-sum": lambda n: [sqrt(n.blocks + 1), 2 ** (n.blocks // 2)],
        "nothing": lambda n: [1, 1],
        "without-input": lambda n: [None, sqrt(n.blocks)],
    },
    working=lambda n: dict(
        factor=2 ** (n.blocks // 2), square=n.blocks + 1, root=sqrt(n.blocks + 1), half=n.blocks // 2
    ),
)

# ---------------------------------------------------------------- a block to be written


def traced_entrance(n) -> Trace:
    return trace(Block("basic", n.input[0], n.out, stride=2, shortcut="projection"), tuple(n.input))


def entrance(n, bias: int = 0, norm: bool = True, kernel: int = 1, early: bool = True) -> dict:
    """What an entrance block has: `bias` biases a channel, a projection with a norm or without, with its kernel."""
    found = traced_entrance(n)
    extra = n.out * (bias - 2 * (not norm)) + (kernel**2 - 1) * n.input[0] * n.out
    half = n.input[1] // 2
    macs = found.macs + (kernel**2 - 1) * n.input[0] * n.out * half**2 + (not early) * 27 * n.input[0] * n.out * half**2
    return dict(output_shape=[n.out, half, half], params=found.params + extra, macs=macs)


HALVING_BLOCK = Exercise(
    kind=Code("Block()"),
    first=dict(input=[64, 56, 56], out=128),
    draw=lambda d: dict(
        input=[channels := d.pick(16, 32, 64, 128), size := d.pick(16, 28, 32, 56), size],
        out=channels * d.pick(2, 3),
    ),
    right=lambda n: {**entrance(n), "steps": steps_of(row.op for row in traced_entrance(n).rows)},
    mistakes={
        "all-biases": lambda n: entrance(n, bias=3),
        "projection-bias": lambda n: entrance(n, bias=1),
        "no-norm": lambda n: entrance(n, norm=False),
        "wide-projection": lambda n: entrance(n, kernel=3),
        "late-stride": lambda n: entrance(n, early=False),
    },
    working=lambda n: dict(
        channels=n.input[0],
        half=[n.out, n.input[1] // 2, n.input[1] // 2],
        params=entrance(n)["params"],
        macs=entrance(n)["macs"],
        convolutions=9 * n.input[0] * n.out + 9 * n.out**2,
        projection=n.input[0] * n.out,
        norms=6 * n.out,
    ),
)

CHAPTER = Chapter(
    "residual_learning",
    Path(__file__).parent,
    {
        "what-comes-out": WHAT_COMES_OUT,
        "count-a-block": COUNT_A_BLOCK,
        "stage-entrance": STAGE_ENTRANCE,
        "skip-needs": SKIP_NEEDS,
        "halving-block": HALVING_BLOCK,
        "deep-projections": DEEP_PROJECTIONS,
        "useless-biases": USELESS_BIASES,
        "by-parameters": BY_PARAMETERS,
        "gradient-factor": GRADIENT_FACTOR,
        "growth": GROWTH,
    },
)
