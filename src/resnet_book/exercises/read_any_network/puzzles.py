"""Five classic networks with a mistake in each, and what each has when it is mended; `puzzles.mjs` says it to the page.

The texts are those of the own network's puzzles; the page is given them, and a right one, as facts.
"""

from __future__ import annotations

from typing import Any

from ...architectures import architecture
from ...tracing import Trace, trace, trace_layers
from ...widgets.own_network.examples import example
from ..exercise import Exercise
from ..kinds import Code

__all__ = ["DENSENET", "LENET", "RESNET", "U_NET", "VGG"]


def texts(name: str, *changes: tuple[str, str]) -> dict[str, str]:
    """The text of a puzzle, and the same with some places changed, each from what it was to what it is to be."""
    start = solution = example(name)
    for old, new in changes:
        assert solution.count(old), f"{name} has no {old!r}"
        solution = solution.replace(old, new)
    return dict(start=start, solution=solution)


def conv(out: int, kernel: int = 3, padding: int | None = None, bias: bool = True) -> dict[str, Any]:
    padding = kernel // 2 if padding is None else padding
    return {"op": "conv2d", "out_channels": out, "kernel_size": kernel, "padding": padding, "bias": bias}


def goal(shape: list[int], *traces: Trace) -> dict[str, Any]:
    """What is asked of a network whose parts are traced one by one."""
    return dict(output_shape=shape, params=sum(t.params for t in traces), macs=sum(t.macs for t in traces))


# ---------------------------------------------------------------- LeNet


def lenet(n, padding: int, second: int = 0) -> dict[str, Any]:
    pool = {"op": "avg_pool2d", "kernel_size": 2}
    maps = [conv(6, 5, padding), pool, conv(16, 5, second), pool, {"op": "flatten"}]
    return goal([10], trace_layers([*maps, *({"op": "linear", "out_features": k} for k in (120, 84, 10))], n.input))


LENET = Exercise(
    kind=Code("LeNet()"),
    first=dict(input=[1, 28, 28]),
    right=lambda n: lenet(n, 2),
    mistakes={"smaller-layer": lambda n: lenet(n, 0), "second-padding": lambda n: lenet(n, 0, 1)},
    working=lambda n: dict(
        params=lenet(n, 2)["params"],
        macs=lenet(n, 2)["macs"],
        fewer=lenet(n, 2)["params"] - lenet(n, 0)["params"],
    ),
    facts=lambda: texts(
        "puzzle_lenet", ("nn.Conv2d(1, 6, kernel_size=5)", "nn.Conv2d(1, 6, kernel_size=5, padding=2)")
    ),
)

# ---------------------------------------------------------------- VGG


def vgg(n, norm: bool = True) -> dict[str, Any]:
    layers = []
    for item in (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"):
        if item == "M":
            layers.append({"op": "max_pool2d", "kernel_size": 2})
        else:
            layers += [conv(item), *([{"op": "batch_norm"}] if norm else [])]
    return goal([10], trace_layers([*layers, {"op": "flatten"}, {"op": "linear", "out_features": 10}], n.input))


VGG = Exercise(
    kind=Code("VGG()"),
    first=dict(input=[3, 32, 32]),
    right=vgg,
    mistakes={"no-norm": lambda n: vgg(n, norm=False)},
    working=lambda n: dict(params=vgg(n)["params"]),
    facts=lambda: texts("puzzle_vgg", ("nn.BatchNorm2d(in_channels)", "nn.BatchNorm2d(item)")),
)

# ---------------------------------------------------------------- ResNet-20


def resnet(n) -> Trace:
    return trace(architecture("cifar-resnet20", shortcut="B"), n.input)


def without_strides(n) -> dict[str, Any]:
    """The same network whose stages all keep the size of the first."""
    times = {"layer2": 4, "layer3": 16}
    rows = resnet(n).rows
    return dict(output_shape=[10], macs=sum(row.macs * times.get(row.name.split(".")[0], 1) for row in rows))


RESNET = Exercise(
    kind=Code("ResNet20()"),
    first=dict(input=[3, 32, 32]),
    right=lambda n: goal([10], resnet(n)),
    mistakes={"no-strides": without_strides},
    working=lambda n: dict(params=resnet(n).params, macs=resnet(n).macs),
    facts=lambda: texts("puzzle_resnet", ("kernel_size=1, bias=False", "kernel_size=1, stride=stride, bias=False")),
)

# ---------------------------------------------------------------- DenseNet


def densenet(n) -> dict[str, Any]:
    side, parts = n.input[1], [trace_layers([conv(24)], n.input)]

    def dense(channels: int, side: int) -> None:
        for width in range(channels, channels + n.count * n.growth, n.growth):
            parts.append(trace_layers([{"op": "batch_norm"}, conv(n.growth, bias=False)], (width, side, side)))

    dense(24, side)
    parts.append(trace_layers([conv(36, 1)], (24 + n.count * n.growth, side, side)))
    dense(36, side // 2)
    parts.append(
        trace_layers([{"op": "flatten"}, {"op": "linear", "out_features": 10}], (36 + n.count * n.growth, 1, 1))
    )
    return goal([10], *parts)


DENSENET = Exercise(
    kind=Code("DenseNet()"),
    first=dict(input=[3, 32, 32], growth=12, count=4),
    right=densenet,
    working=lambda n: dict(params=densenet(n)["params"], new=n.growth * n.count, all=24 + n.growth * n.count),
    facts=lambda: texts("puzzle_densenet", ("nn.Conv2d(growth * count, 36", "nn.Conv2d(24 + growth * count, 36")),
)

# ---------------------------------------------------------------- U-Net


def u_net(n) -> dict[str, Any]:
    whole, half, quarter = n.input[1], n.input[1] // 2, n.input[1] // 4
    doubles = [(3, 16, whole), (16, 32, half), (32, 64, quarter), (96, 32, half), (48, 16, whole)]
    parts = [trace_layers([conv(out), conv(out)], (channels, side, side)) for channels, out, side in doubles]
    return goal([1, whole, whole], *parts, trace_layers([conv(1, 1)], (16, whole, whole)))


def cropped(n) -> dict[str, Any]:
    side = n.input[1] // 4 * 4
    return dict(output_shape=[1, side, side])


U_NET = Exercise(
    kind=Code("UNet()"),
    first=dict(input=[3, 90, 90]),
    right=u_net,
    mistakes={"cropped": cropped},
    working=lambda n: dict(
        side=n.input[1],
        half=n.input[1] // 2,
        quarter=n.input[1] // 4,
        back=n.input[1] // 4 * 2,
        params=u_net(n)["params"],
    ),
    facts=lambda: texts(
        "puzzle_u_net",
        ("scale_factor=2)\n        x = self.up2", "size=skip2.shape[-2:])\n        x = self.up2"),
        ("scale_factor=2)\n        x = self.up1", "size=skip1.shape[-2:])\n        x = self.up1"),
    ),
)
