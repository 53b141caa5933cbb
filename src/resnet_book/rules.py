"""What one operation does to a feature map: shape, parameters, MACs, receptive field.

Every rule takes a `FeatureMap` and returns a `Step`. The rules are formulas, in pure Python, so they answer at once;
`measure` runs the real layers and is their oracle, and `widgets/shared/rules.mjs` states them again for the browser,
function by function under the same names.

Conventions
    A shape is (channels, height, width), or (features,) after `flatten`; the batch is left out.
    MACs are the multiply-accumulates of convolutions and linear layers; a bias, a normalization, an activation, a
    pooling and an addition count none.
    The receptive field is the extent, in input pixels, of what one output position can see; the stride is the distance,
    in input pixels, between what two neighbouring positions see (its "jump"). Both are (height, width), and follow
    Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, section 2.
    Padding may carry a receptive field past the border of the picture: the count is of the window, not of real pixels.
"""

from __future__ import annotations

from math import gcd, prod
from numbers import Integral
from typing import Any, NamedTuple

from .errors import ShapeError

__all__ = [
    "MAX_ELEMENTS",
    "RULES",
    "FeatureMap",
    "Step",
    "adaptive_avg_pool2d",
    "add",
    "avg_pool2d",
    "batch_norm",
    "conv2d",
    "flatten",
    "input_map",
    "integer",
    "linear",
    "max_pool2d",
    "pad_channels",
    "relu",
    "repair",
    "subsample",
    "times",
]

MAP = "a map of (channels, height, width)"
MAX_ELEMENTS = 2**53 - 1
"""The largest tensor that is traced, in elements: the largest integer that Python, JSON and a browser hold exactly."""

Pair = tuple[int, int]


class FeatureMap(NamedTuple):
    """What flows between two operations: a shape, and the geometry of one position of it in input pixels."""

    shape: tuple[int, ...]
    receptive_field: Pair = (1, 1)
    stride: Pair = (1, 1)


class Step(NamedTuple):
    """What one operation puts out and what it costs."""

    output: FeatureMap
    params: int = 0
    macs: int = 0


# ---------------------------------------------------------------- checking what arrives


def times(shape: tuple[int, ...]) -> str:
    """A shape as text: (64, 56, 56) -> "64x56x56"."""
    return "x".join(map(str, shape))


def describe(value: Any) -> str:
    """What arrived, as a short text: 224.0 -> "224.0 (a float)"."""
    try:
        text = repr(value)
    except Exception:  # an integer of more digits than Python prints, or an object with a broken repr
        text = (
            f"{type(value).__name__} of {value.bit_length()} bits"
            if isinstance(value, int)
            else "something unprintable"
        )
    if len(text) > 60:
        text = text[:59] + "…"
    return text if type(value) is int else f"{text} ({_a(type(value).__name__)})"


def _a(noun: str) -> str:
    return ("an " if noun[:1].lower() in tuple("aeiou") else "a ") + noun


def integer(value: Any, where: str, minimum: int = 1) -> int:
    """The value as an int of at least `minimum`; `ShapeError` for a bool, a float (224.0 too), a string."""
    if type(value) is int and minimum <= value <= MAX_ELEMENTS:
        return value
    if isinstance(value, Integral) and not isinstance(value, bool) and minimum <= value <= MAX_ELEMENTS:
        return int(value)
    kind = "a positive integer" if minimum == 1 else f"an integer of at least {minimum}"
    if isinstance(value, Integral) and not isinstance(value, bool) and value > MAX_ELEMENTS:
        raise ShapeError(where, describe(value), f"an integer up to {MAX_ELEMENTS}", "give a smaller number")
    raise ShapeError(where, describe(value), kind, f"give {kind}, for example {max(minimum, 1)}")


def flag(value: Any, where: str) -> bool:
    """The value, if it is True or False."""
    if value is True or value is False:
        return value
    raise ShapeError(where, describe(value), "True or False", "give True or False")


def pair(value: Any, where: str, what: str, minimum: int = 1) -> Pair:
    """An integer, or a (height, width) pair of them, as a pair."""
    if type(value) is int and minimum <= value <= MAX_ELEMENTS:  # the usual case, at once
        return value, value
    where = f"{where} {what}"
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ShapeError(where, describe(value), "an integer or a (height, width) pair", "give two integers or one")
        return integer(value[0], where, minimum), integer(value[1], where, minimum)
    value = integer(value, where, minimum)
    return value, value


def input_map(shape: Any, where: str = "input") -> FeatureMap:
    """The feature map of a network's input.

    Args:
        shape: (channels, height, width), a tuple or list of positive integers, without the batch.
        where: what an error is to call it.

    Raises:
        ShapeError: for anything else.
    """
    expected = "(channels, height, width), three positive integers"
    if not isinstance(shape, (tuple, list)):
        raise ShapeError(where, describe(shape), expected, "give a tuple such as (3, 224, 224)")
    if len(shape) != 3:
        fix = "leave the batch out" if len(shape) == 4 else "give a tuple such as (3, 224, 224)"
        raise ShapeError(where, f"{describe(shape)} of length {len(shape)}", expected, fix)
    return checked(
        FeatureMap(tuple(map(integer, shape, (f"{where} channels", f"{where} height", f"{where} width")))), where
    )


def checked(x: FeatureMap, where: str) -> FeatureMap:
    """The map itself, if it has no more elements than can be counted exactly."""
    if prod(x.shape) > MAX_ELEMENTS:
        raise ShapeError(where, times(x.shape), f"at most {MAX_ELEMENTS} elements", "give a smaller input")
    return x


def spatial(x: FeatureMap, where: str) -> tuple[int, int, int]:
    if len(x.shape) != 3:
        raise ShapeError(where, f"a vector of {x.shape[0]}", MAP, f"put {where} before the flatten")
    return x.shape  # type: ignore[return-value]


# ---------------------------------------------------------------- windows that slide over a map


def _slide(
    x: FeatureMap,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    where: str,
    ceil_mode: bool = False,
    padded: bool = True,
) -> tuple[Pair, Pair, Pair]:
    """Output size, receptive field and stride of a window that slides over a map."""
    _, h, w = spatial(x, where)
    reach = dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1)
    free = h + 2 * padding[0] - reach[0] - 1, w + 2 * padding[1] - reach[1] - 1
    # With ceil_mode a last window may hang over the border, as long as it starts inside the map or its first padding.
    steps = [(f + (s - 1 if ceil_mode else 0)) // s for f, s in zip(free, stride)]
    if ceil_mode:
        steps = [n - (n * s >= m + p) for n, s, m, p in zip(steps, stride, (h, w), padding)]
    if steps[0] < 0 or steps[1] < 0:
        sizes = h, w
        enough = max(-(-(r + 1 - n) // 2) for n, r in zip(sizes, reach))
        most = min((n + 2 * p - 1) // d + 1 for n, p, d in zip(sizes, padding, dilation))
        pad = "" if not padded else f"padding {enough}, or "
        raise ShapeError(
            where,
            f"a map of {h}x{w} ({h + 2 * padding[0]}x{w + 2 * padding[1]} with its padding)",
            f"at least {reach[0] + 1}x{reach[1] + 1}, what the kernel covers",
            f"{pad}a kernel of at most {most}",
        )
    (fh, fw), (jh, jw) = x.receptive_field, x.stride
    field = fh + reach[0] * jh, fw + reach[1] * jw
    return (steps[0] + 1, steps[1] + 1), field, (jh * stride[0], jw * stride[1])


def conv2d(
    x: FeatureMap,
    out_channels: int,
    kernel_size: int | Pair,
    *,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
    bias: bool = True,
    in_channels: int | None = None,
    where: str = "conv2d",
) -> Step:
    """A convolution: C_out * (C_in / groups) * K_h * K_w weights, each used once for every output position.

    Args:
        in_channels: what the layer was made for, checked against what arrives; by default whatever arrives.

    Raises:
        ShapeError: if the channels do not meet, the groups do not divide them, or the kernel exceeds the padded map.
    """
    kernel, step = pair(kernel_size, where, "kernel"), pair(stride, where, "stride")
    pad, spread = pair(padding, where, "padding", 0), pair(dilation, where, "dilation")
    out_channels = integer(out_channels, f"{where} output channels")
    groups = integer(groups, f"{where} groups")
    bias = flag(bias, f"{where} bias")
    channels = spatial(x, where)[0]
    if in_channels is not None and integer(in_channels, f"{where} input channels") != channels:
        raise ShapeError(
            where,
            f"{times(x.shape)}: {channels} channels",
            f"{in_channels} channels",
            f"an input of {in_channels} channels, or in_channels={channels}",
        )
    if channels % groups or out_channels % groups:
        raise ShapeError(
            where,
            f"{groups} groups for {channels} -> {out_channels} channels",
            "groups that divide both",
            "give groups that divide the input and the output channels",
        )
    size, field, jump = _slide(x, kernel, step, pad, spread, where)
    weights = out_channels * (channels // groups) * kernel[0] * kernel[1]
    output = FeatureMap((out_channels, *size), field, jump)
    return Step(output, weights + (out_channels if bias else 0), weights * size[0] * size[1])


def max_pool2d(
    x: FeatureMap,
    kernel_size: int | Pair,
    *,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    ceil_mode: bool = False,
    where: str = "max_pool2d",
) -> Step:
    """A max pooling; its stride is its kernel unless given. Raises `ShapeError` if the padded map is too small."""
    kernel = pair(kernel_size, where, "kernel")
    step = kernel if stride is None else pair(stride, where, "stride")
    pad, spread = pair(padding, where, "padding", 0), pair(dilation, where, "dilation")
    if pad[0] > kernel[0] // 2 or pad[1] > kernel[1] // 2:
        raise ShapeError(
            where,
            f"padding {times(pad)} for a kernel of {times(kernel)}",
            "a padding of at most half the kernel",
            f"padding {min(kernel) // 2}",
        )
    roomy = all(s * (k - 1) + 1 - n <= 2 * (k // 2) for n, k, s in zip(x.shape[1:], kernel, spread))
    size, field, jump = _slide(x, kernel, step, pad, spread, where, ceil_mode, padded=roomy)
    return Step(FeatureMap((x.shape[0], *size), field, jump))


def avg_pool2d(
    x: FeatureMap,
    kernel_size: int | Pair,
    *,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
    ceil_mode: bool = False,
    where: str = "avg_pool2d",
) -> Step:
    """An average pooling: the geometry of `max_pool2d`, without dilation."""
    return max_pool2d(x, kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode, where=where)


def adaptive_avg_pool2d(x: FeatureMap, output_size: int | Pair = 1, *, where: str = "adaptive_avg_pool2d") -> Step:
    """Average pooling to a fixed size. Window i covers rows floor(i * H / out) to ceil((i + 1) * H / out).

    Where the windows differ in size, the receptive field is that of the largest, and the stride is the average distance
    of their starts, rounded down and at least 1. A global pooling is a pooling whose window is its map.
    """
    channels, *size = spatial(x, where)
    out = pair(output_size, where, "output size")
    window = [_widest(n, o) for n, o in zip(size, out)]
    (fh, fw), (jh, jw) = x.receptive_field, x.stride
    field = fh + (window[0] - 1) * jh, fw + (window[1] - 1) * jw
    jump = jh * max(1, size[0] // out[0]), jw * max(1, size[1] // out[1])
    return Step(FeatureMap((channels, *out), field, jump))


def _widest(n: int, out: int) -> int:
    """The largest window of `adaptive_avg_pool2d`: a start can lie at most (out - gcd) / out of a pixel inside one."""
    part = gcd(n, out)
    return -(-(out - part + n) // out)


# ---------------------------------------------------------------- everything else


def batch_norm(x: FeatureMap, *, affine: bool = True, where: str = "batch_norm") -> Step:
    """Batch normalization: one gamma and one beta a channel (Ioffe and Szegedy 2015, section 3.2)."""
    channels = spatial(x, where)[0]
    return Step(x, 2 * channels if affine else 0)


def relu(x: FeatureMap, *, where: str = "relu") -> Step:
    """max(x, 0), element by element: nothing to learn, nothing to multiply, no change of shape."""
    return Step(x)


def flatten(x: FeatureMap, *, where: str = "flatten") -> Step:
    """A map as one vector: a single position that sees all that the map saw, as after a global pooling."""
    if len(x.shape) == 1:
        return Step(x)
    _, h, w = x.shape
    (fh, fw), (jh, jw) = x.receptive_field, x.stride
    return Step(FeatureMap((prod(x.shape),), (fh + (h - 1) * jh, fw + (w - 1) * jw), (jh * h, jw * w)))


def linear(x: FeatureMap, out_features: int, *, bias: bool = True, where: str = "linear") -> Step:
    """A linear layer: in * out weights, each used once. Raises `ShapeError` if a map arrives and not a vector."""
    out_features = integer(out_features, f"{where} output features")
    if len(x.shape) != 1:
        raise ShapeError(where, f"a map of {times(x.shape)}", "a vector", f"put a flatten before {where}")
    weights = x.shape[0] * out_features
    return Step(x._replace(shape=(out_features,)), weights + (out_features if bias else 0), weights)


def subsample(x: FeatureMap, step: int, *, where: str = "subsample") -> Step:
    """Every `step`-th pixel, `[::step, ::step]`: the first half of option A (He et al. 2015, section 3.3)."""
    channels, h, w = spatial(x, where)
    step = integer(step, f"{where} step")
    jump = x.stride[0] * step, x.stride[1] * step
    return Step(FeatureMap((channels, (h - 1) // step + 1, (w - 1) // step + 1), x.receptive_field, jump))


def pad_channels(x: FeatureMap, out_channels: int, *, stride: int = 1, where: str = "pad") -> Step:
    """Zeros as new channels, half before and half after: the second half of option A. It cannot take channels away.

    Args:
        stride: of the whole shortcut, for the projection that an error proposes instead.
    """
    channels, h, w = spatial(x, where)
    out_channels = integer(out_channels, f"{where} output channels")
    if out_channels < channels:
        raise ShapeError(
            where,
            f"{channels} -> {out_channels} channels",
            f"at least {channels} output channels: padding only adds",
            f"1x1 convolution {channels} -> {out_channels}, stride {stride}",
        )
    return Step(x._replace(shape=(out_channels, h, w)))


def add(x: FeatureMap, shortcut: FeatureMap, *, where: str = "add") -> Step:
    """The residual addition, element by element: both sides must have the same shape.

    PyTorch would stretch a side of size 1 without a word (broadcasting); a residual addition never means that, so here
    it is an error like any other mismatch.

    Raises:
        ShapeError: with the repair for the shortcut, for example "1x1 convolution 64 -> 128, stride 2".
    """
    if x.shape != shortcut.shape:
        note = " (PyTorch would broadcast them silently)" if broadcasts(x.shape, shortcut.shape) else ""
        raise ShapeError(
            where,
            f"{times(x.shape)} from the branch and {times(shortcut.shape)} from the shortcut{note}",
            f"{times(x.shape)} from both",
            repair(shortcut.shape, x.shape),
        )
    (fh, fw), (gh, gw) = x.receptive_field, shortcut.receptive_field
    if fh >= gh and fw >= gw and x.stride == shortcut.stride:  # the branch sees at least as far: the usual case
        return Step(x)
    (jh, jw), (kh, kw) = x.stride, shortcut.stride
    return Step(FeatureMap(x.shape, (max(fh, gh), max(fw, gw)), (max(jh, kh), max(jw, kw))))


def broadcasts(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether an addition of the two shapes would run without an error although they differ."""
    return a != b and len(a) == len(b) and all(m == n or 1 in (m, n) for m, n in zip(a, b))


def repair(have: tuple[int, ...], want: tuple[int, ...]) -> str:
    """What turns a shortcut of shape `have` into `want`, for example "1x1 convolution 64 -> 128, stride 2"."""
    (c, h, w), (d, u, v) = have, want
    stride = tuple(-(-n // m) for n, m in ((h, u), (w, v)))
    if all((n - 1) // s + 1 == m for n, m, s in ((h, u, stride[0]), (w, v, stride[1]))):
        text = str(stride[0]) if stride[0] == stride[1] else f"{stride[0]}x{stride[1]}"
        return f"1x1 convolution {c} -> {d}, stride {text}"
    return (
        f"no stride takes {h}x{w} to {u}x{v}: give the branch a padding that keeps the size, "
        "or the shortcut the same kernel and padding as the branch"
    )


RULES = {
    rule.__name__: rule
    for rule in (
        conv2d,
        batch_norm,
        relu,
        max_pool2d,
        avg_pool2d,
        adaptive_avg_pool2d,
        flatten,
        linear,
        subsample,
        pad_channels,
    )
}
"""The rules of one input, by name: what a chain of layers may be made of."""
