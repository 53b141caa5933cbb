"""The exercises of the chapter on bottleneck arithmetic; `exercises.mjs` beside this file says the same to the page."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path

from ...architectures import Block, architecture
from ...tracing import Trace, trace, trace_layers
from ..exercise import Chapter, Exercise
from ..kinds import Code, Number, Ordering, Parts, steps_of

NETWORKS = {
    "ResNet-18": "resnet18",
    "ResNet-34": "resnet34",
    "ResNet-50": "resnet50",
    "ResNet-101": "resnet101",
    "ResNet-152": "resnet152",
}


def conv(out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> dict:
    """A convolution without a bias that keeps the size, but for its stride."""
    shape = dict(kernel_size=kernel, stride=stride, padding=kernel // 2)
    return dict(op="conv2d", out_channels=out, **shape, groups=groups, bias=False)


def ratio(a: int | Fraction, b: int = 1) -> int | list[int]:
    """A quotient in lowest terms, as a right value is written."""
    exact = Fraction(a, b)
    return exact.numerator if exact.denominator == 1 else [exact.numerator, exact.denominator]


@cache
def traced(network: str, size: int = 224, version: str = "v1.5") -> Trace:
    return trace(architecture(NETWORKS[network], version=version), (3, size, size))


# ---------------------------------------------------------------- four counts of one layer


def layer(n) -> Trace:
    return trace_layers([conv(n.out, n.kernel, n.stride)], (n.channels, n.size, n.size))


COUNTS_OF_A_LAYER = Exercise(
    kind=Parts((Number(), Number(), Number())),
    first=dict(channels=64, out=128, kernel=3, stride=2, size=56),
    draw=lambda d: dict(
        channels=d.pick(16, 24, 32, 64),
        out=d.pick(48, 96, 128),
        kernel=d.pick(3, 5),
        stride=d.pick(1, 2),
        size=d.pick(14, 28, 56),
    ),
    right=lambda n: [layer(n).params, 2 * layer(n).macs, layer(n).activations],
    mistakes={
        "one-side": lambda n: [n.kernel * n.channels * n.out, None, None],
        "macs": lambda n: [None, layer(n).macs, None],
        "input-pixels": lambda n: [None, 2 * layer(n).params * n.size**2, None],
        "pixels-alone": lambda n: [None, None, layer(n).activations // n.out],
        "input-map": lambda n: [None, None, n.channels * n.size**2],
    },
    working=lambda n: dict(area=n.kernel**2, side=layer(n).output_shape[1], macs=layer(n).macs),
)

# ---------------------------------------------------------------- a bottleneck's share


def macs(channels: int, *layers: dict) -> int:
    """At one pixel."""
    return trace_layers(list(layers), (channels, 1, 1)).macs


def at_equal_width(r: int) -> Fraction:
    """Bottleneck over basic, both of 16 r channels outside."""
    wide = 16 * r
    bottleneck = macs(wide, conv(16), conv(16, 3), conv(wide))
    return Fraction(bottleneck, macs(wide, conv(wide, 3), conv(wide, 3)))


def at_equal_inside(r: int) -> Fraction:
    """Bottleneck over basic, both 3x3 of 16 channels."""
    bottleneck = macs(16 * r, conv(16), conv(16, 3), conv(16 * r))
    return Fraction(bottleneck, macs(16, conv(16, 3), conv(16, 3)))


BOTTLENECK_SHARE = Exercise(
    kind=Number(whole=False, tolerance=0.001),
    first=dict(reduction=8),
    draw=lambda d: dict(reduction=d.pick(2, 3, 5, 6, 10, 12, 16)),
    right=lambda n: ratio(at_equal_width(n.reduction)),
    mistakes={
        "a-third-each": lambda n: ratio(3, 18 * n.reduction),
        "reduced-once": lambda n: ratio(11, 18 * n.reduction),
        "units": lambda n: ratio(18 * at_equal_width(n.reduction)),
        "one-convolution": lambda n: ratio(2 * at_equal_width(n.reduction)),
        "three-alone": lambda n: ratio(1, 2 * n.reduction**2),
        "inside": lambda n: ratio(at_equal_inside(n.reduction)),
    },
    working=lambda n: dict(square=n.reduction**2, top=2 * n.reduction + 9),
)

# ---------------------------------------------------------------- stages by their activations

STAGES = {"first": "layer1", "second": "layer2", "third": "layer3", "fourth": "layer4"}


def most_first(n, count: str) -> list[str]:
    rows = {row.name: getattr(row, count) for row in traced(n.network).groups(1)}
    return sorted(n.items, key=lambda stage: -rows[STAGES[stage]])


STAGES_IN_ORDER = Exercise(
    kind=Ordering(),
    first=dict(network="ResNet-101", items=["second", "fourth", "first", "third"]),
    draw=lambda d: dict(network=d.pick(*NETWORKS), items=d.shuffled(list(STAGES))),
    right=lambda n: most_first(n, "activations"),
    mistakes={
        "by-parameters": lambda n: most_first(n, "params"),
        "least-first": lambda n: most_first(n, "activations")[::-1],
    },
    working=lambda n: dict(blocks=", ".join(map(str, architecture(NETWORKS[n.network]).depths))),
)

# ---------------------------------------------------------------- version 1 and version 1.5


def dearer(n) -> list[tuple[int, int]]:
    """The layers whose MACs differ: in version 1, in version 1.5."""
    rows = zip(traced(n.network, n.size, "v1").rows, traced(n.network, n.size).rows)
    return [(a.macs, b.macs) for a, b in rows if a.macs != b.macs]


def version_difference(n) -> int:
    return traced(n.network, n.size).macs - traced(n.network, n.size, "v1").macs


VERSION_DIFFERENCE = Exercise(
    kind=Number(),
    first=dict(network="ResNet-152", size=224),
    draw=lambda d: dict(network=d.pick("ResNet-50", "ResNet-101"), size=d.pick(96, 128, 160, 192, 256)),
    right=version_difference,
    mistakes={
        "flops": lambda n: 2 * version_difference(n),
        "one-stage": lambda n: version_difference(n) // 3,
        "new-cost": lambda n: sum(b for _, b in dearer(n)),
        "every-block": lambda n: sum(architecture(NETWORKS[n.network]).depths[1:]) * version_difference(n) // 3,
        "whole": lambda n: traced(n.network, n.size).macs,
    },
    working=lambda n: dict(old=dearer(n)[0][0], new=dearer(n)[0][1]),
)

# ---------------------------------------------------------------- what training keeps

MEBI = 2**20


def kept(n) -> float:
    """MiB of activations."""
    return traced(n.network, n.size).activations * n.batch * n.bits / 8 / MEBI


KEPT_ACTIVATIONS = Exercise(
    kind=Number(whole=False, tolerance=0.005),
    first=dict(network="ResNet-101", size=224, batch=16, bits=32),
    draw=lambda d: dict(
        network=d.pick(*NETWORKS), size=d.pick(96, 160, 224), batch=d.pick(8, 32, 64), bits=d.pick(16, 16, 32)
    ),
    right=kept,
    mistakes={
        "bits": lambda n: 8 * kept(n),
        "one-picture": lambda n: kept(n) / n.batch,
        "decimal": lambda n: kept(n) * MEBI / 1e6,
        "parameters": lambda n: traced(n.network, n.size).params * n.bits / 8 / MEBI,
    },
    working=lambda n: dict(each=traced(n.network, n.size).activations, bytes=n.bits // 8),
)

# ---------------------------------------------------------------- a depthwise separable convolution


def separable(n) -> Fraction:
    pair = macs(n.channels, conv(n.channels, n.kernel, groups=n.channels), conv(n.channels))
    return Fraction(pair, macs(n.channels, conv(n.channels, n.kernel)))


SEPARABLE = Exercise(
    kind=Number(whole=False, tolerance=0.001),
    first=dict(channels=128, kernel=3),
    draw=lambda d: dict(channels=d.pick(16, 32, 48, 64, 256), kernel=d.pick(3, 5, 7)),
    right=lambda n: ratio(separable(n)),
    mistakes={
        "depthwise": lambda n: ratio(1, n.channels),
        "mixing": lambda n: ratio(1, n.kernel**2),
        "product": lambda n: ratio(1, n.channels * n.kernel**2),
        "one-side": lambda n: ratio(n.kernel + n.channels, n.channels * n.kernel),
        "no-groups": lambda n: ratio(n.kernel**2 + 1, n.kernel**2),
    },
    working=lambda n: dict(area=n.kernel**2),
)

# ---------------------------------------------------------------- wider, deeper, larger


def grown(n, width: int = 2, depth: int = 1, side: int = 2) -> int | list[int]:
    """The factor, if each way counts with that power."""
    return ratio(n.wider**width * n.deeper**depth * n.size**side, 224**side)


SCALED_NETWORK = Exercise(
    kind=Parts((Number(whole=False), Number(whole=False))),
    first=dict(wider=2, deeper=3, size=112),
    draw=lambda d: dict(wider=d.pick(2, 3), deeper=d.pick(2, 3, 4), size=d.pick(56, 112, 448, 672)),
    right=lambda n: [grown(n), grown(n, side=0)],
    mistakes={
        "width-once": lambda n: [grown(n, width=1), grown(n, width=1, side=0)],
        "side-once": lambda n: [grown(n, side=1), None],
        "depth-twice": lambda n: [grown(n, depth=2), grown(n, depth=2, side=0)],
        "pixels-in-weights": lambda n: [None, grown(n)],
    },
)

# ---------------------------------------------------------------- equal inside

INNER_REDUCTION = Exercise(
    kind=Number(whole=False),
    first=dict(top=3, bottom=2),
    draw=lambda d: dict(zip(("top", "bottom"), d.pick((5, 6), (7, 6), (11, 6), (13, 6), (5, 2), (7, 2)))),
    right=lambda n: next(r for r in range(1, 100) if at_equal_inside(r) == Fraction(n.top, n.bottom)),
    mistakes={
        "no-three": lambda n: ratio(9 * n.top, n.bottom),
        "one-expansion": lambda n: ratio(18 * n.top - 9 * n.bottom, n.bottom),
        "one-convolution": lambda n: ratio(9 * n.top - 9 * n.bottom, 2 * n.bottom),
    },
    working=lambda n: dict(sum=18 * n.top // n.bottom, ones=18 * n.top // n.bottom - 9),
)

# ---------------------------------------------------------------- under two roofs


def milliseconds(n) -> tuple[Fraction, Fraction]:
    """By arithmetic and by memory."""
    return Fraction(n.macs, n.peak), Fraction(n.bytes, n.memory)


UNDER_TWO_ROOFS = Exercise(
    kind=Number(whole=False, tolerance=0.005),
    first=dict(macs=60, bytes=80, peak=40, memory=20),
    draw=lambda d: dict(
        macs=d.pick(20, 60, 240, 400), bytes=d.pick(2, 10, 40, 90), peak=d.pick(40, 50, 100), memory=d.pick(8, 20, 25)
    ),
    right=lambda n: ratio(max(milliseconds(n))),
    mistakes={
        "smaller": lambda n: ratio(min(milliseconds(n))),
        "sum": lambda n: ratio(sum(milliseconds(n))),
        "intensity": lambda n: ratio(n.macs, n.bytes),
    },
    working=lambda n: dict(zip(("arithmetic", "moving"), map(ratio, milliseconds(n)))),
)

# ---------------------------------------------------------------- from one version to the other, in code


def traced_entrance(n, version: str) -> Trace:
    """The first bottleneck of a stage, in a version."""
    return trace(Block("bottleneck", n.input[0], n.out, stride=2, shortcut="projection", version=version), n.input)


def entrance(n, version: str) -> dict:
    found = traced_entrance(n, version)
    return dict(output_shape=list(found.output_shape), params=found.params, macs=found.macs)


OTHER_VERSION = Exercise(
    kind=Code("Block()"),
    first=dict(input=[256, 56, 56], out=512),
    draw=lambda d: dict(
        input=[channels := d.pick(128, 256, 512), size := d.pick(14, 28, 56), size],
        out=2 * channels,
    ),
    right=lambda n: {**entrance(n, "v1.5"), "steps": steps_of(row.op for row in traced_entrance(n, "v1.5").rows)},
    mistakes={"still-the-first": lambda n: entrance(n, "v1")},
    working=lambda n: dict(
        channels=n.input[0],
        width=n.out // 4,
        half=[n.out, n.input[1] // 2, n.input[1] // 2],
        params=entrance(n, "v1.5")["params"],
        before=entrance(n, "v1")["macs"],
        macs=entrance(n, "v1.5")["macs"],
    ),
)

CHAPTER = Chapter(
    "bottleneck_arithmetic",
    Path(__file__).parent,
    {
        "counts-of-a-layer": COUNTS_OF_A_LAYER,
        "bottleneck-share": BOTTLENECK_SHARE,
        "stages-in-order": STAGES_IN_ORDER,
        "version-difference": VERSION_DIFFERENCE,
        "kept-activations": KEPT_ACTIVATIONS,
        "separable": SEPARABLE,
        "scaled-network": SCALED_NETWORK,
        "inner-reduction": INNER_REDUCTION,
        "under-two-roofs": UNDER_TWO_ROOFS,
        "other-version": OTHER_VERSION,
    },
)
