"""How an operation of the real torch moves the receptive field; `operations` has the arithmetic.

A geometry is (receptive field, stride), or None where it cannot be known; see `operations`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd
from typing import Any

from torch import Tensor

from ..operations import Geometry, kept, normed, rearranged, reduced, widest

__all__ = ["moved", "subsampling"]

Pair = tuple[int, int]


def moved(
    op: str, out: Tensor, args: tuple, kwargs: dict, maps: Sequence[Tensor], known: Sequence[Geometry]
) -> Geometry:
    """The geometry of what an operation put out.

    Args:
        op: as `operations.canonical` names it.
        args: what the function was called with.
        maps: the tensors among that which come of the network's input, the first of them first.
        known: their geometries.
    """
    if any(geometry is None for geometry in known):
        return None
    try:
        return _moved(op, out, args, kwargs, maps, known)
    except (TypeError, IndexError, ValueError):  # a call in a form that is not known here
        return None


def _moved(op: str, out: Tensor, args: tuple, kwargs: dict, maps: Sequence[Tensor], known: Sequence) -> Geometry:
    x, geometry = maps[0], known[0]
    if op in _WINDOWS:
        if x.dim() != 4 or out.dim() != 4 or len(maps) > 1:
            return None
        extent, step = _WINDOWS[op](out, *args, **kwargs)
        return _slid(geometry, extent, step)
    if op in _MOVES:
        return _MOVES[op](geometry, x, out, args, kwargs)
    if op in _REDUCTIONS:
        if len(maps) > 1 or isinstance(args[1] if len(args) > 1 else None, Tensor):  # torch.max(x, y)
            return widest(known, [m.shape for m in maps], out.shape)
        return _reduced(geometry, x, args, kwargs)
    if op == "concat" and _argument(args, kwargs, 1, "dim", "axis", default=0) % out.dim() != 1:
        return None
    if op in _ELEMENTWISE:
        return widest(known, [m.shape for m in maps], out.shape)
    return None


def subsampling(x: Tensor, index: Any) -> Pair | None:
    """The (height, width) step of `x[:, :, ::2, ::2]`; None for any other index."""
    if not (x.dim() == 4 and isinstance(index, tuple) and len(index) == 4 and all(isinstance(i, slice) for i in index)):
        return None
    if any(part.start not in (None, 0) or part.stop is not None for part in index):
        return None
    if any(part.step not in (None, 1) for part in index[:2]):
        return None
    steps = index[2].step or 1, index[3].step or 1
    return steps if max(steps) > 1 else None


def _slid(geometry: Geometry, extent: Pair, step: Pair) -> Geometry:
    (fh, fw), (jh, jw) = geometry  # type: ignore[misc]
    return (fh + (extent[0] - 1) * jh, fw + (extent[1] - 1) * jw), (jh * step[0], jw * step[1])


# ---------------------------------------------------------------- windows: their extent and their step


def _pair(value: Any) -> Pair:
    """torch takes an int, or a sequence of one or two ints."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return (values[0], values[-1])


def _conv2d(out, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    kernel, spread = weight.shape[2:], _pair(dilation)
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, spread)), _pair(stride)


def _max_pool2d(out, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    kernel, spread = _pair(kernel_size), _pair(dilation)
    extent = tuple(d * (k - 1) + 1 for k, d in zip(kernel, spread))
    return extent, _pair(stride) if stride not in (None, [], ()) else kernel


def _avg_pool2d(out, x, kernel_size, stride=None, *_, **__):
    return _max_pool2d(out, x, kernel_size, stride)


def _lp_pool2d(out, x, norm_type, kernel_size, stride=None, ceil_mode=False):
    return _max_pool2d(out, x, kernel_size, stride)


def _adaptive_pool2d(out, x, *_, **__):
    sizes = [(n, m) for n, m in zip(x.shape[2:], out.shape[2:])]
    extent = tuple(max(((i + 1) * n + m - 1) // m - i * n // m for i in range(m // gcd(n, m))) for n, m in sizes)
    return extent, tuple(max(1, n // m) for n, m in sizes)


_WINDOWS: dict[str, Callable[..., tuple]] = {
    "conv2d": _conv2d,
    "max_pool2d": _max_pool2d,
    "avg_pool2d": _avg_pool2d,
    "lp_pool2d": _lp_pool2d,
    "adaptive_avg_pool2d": _adaptive_pool2d,
    "adaptive_max_pool2d": _adaptive_pool2d,
}


# ---------------------------------------------------------------- all that is no window


def _argument(args: tuple, kwargs: dict, place: int, *names: str, default: Any = None) -> Any:
    for name in names:
        if name in kwargs:
            return kwargs[name]
    return args[place] if len(args) > place else default


def _same_place(geometry, x, out, args, kwargs):
    return kept(geometry, x.shape, out.shape)


def _flatten(geometry, x, out, args, kwargs):
    """A map as one vector a picture sees all of it."""
    if x.dim() == 4 and out.dim() == 2 and out.shape[0] == x.shape[0]:
        return _slid(geometry, tuple(x.shape[2:]), tuple(x.shape[2:]))
    return rearranged(geometry, x.shape, out.shape)


def _getitem(geometry, x, out, args, kwargs):
    steps = subsampling(x, args[1])
    return _slid(geometry, (1, 1), steps) if steps else kept(geometry, x.shape, out.shape)


def _batch_norm(geometry, x, out, args, kwargs):
    by_batch = _argument(args, kwargs, 5, "training") or _argument(args, kwargs, 1, "running_mean") is None
    return normed(geometry, x.shape) if by_batch else kept(geometry, x.shape, out.shape)


def _instance_norm(geometry, x, out, args, kwargs):
    recorded = _argument(args, kwargs, 1, "running_mean") is not None
    if recorded and not _argument(args, kwargs, 5, "use_input_stats", default=True):
        return kept(geometry, x.shape, out.shape)
    return normed(geometry, x.shape)


def _layer_norm(geometry, x, out, args, kwargs):
    shape = _argument(args, kwargs, 1, "normalized_shape", default=())
    return normed(geometry, x.shape, height=len(shape) > 1) if len(shape) <= x.dim() - 1 else None


def _along(place: int, default: Any) -> Callable:
    """An operation that mixes all elements along one dim, a softmax say."""

    def move(geometry, x, out, args, kwargs):
        dim = _argument(args, kwargs, place, "dim", default=default)
        if not isinstance(dim, int) or dim % x.dim() == 0:
            return None
        dim %= x.dim()
        return kept(geometry, x.shape, out.shape) if dim == 1 else normed(geometry, x.shape, dim == 2, dim == 3)

    return move


def _gated(geometry, x, out, args, kwargs):
    dim = _argument(args, kwargs, 1, "dim", default=-1)
    return kept(geometry, x.shape, out.shape) if dim % x.dim() == 1 else None


def _linear(geometry, x, out, args, kwargs):
    return geometry if x.dim() == 2 and out.dim() == 2 else None


def _pad(geometry, x, out, args, kwargs):
    circular = _argument(args, kwargs, 2, "mode", default="constant") == "circular"
    return geometry if x.dim() == out.dim() == 4 and not circular else None


def _reduced(geometry, x, args, kwargs):
    place = 2 if len(args) > 1 and isinstance(args[1], (str, float)) else 1  # norm(p, dim)
    dims = _argument(args, kwargs, place, "dim", "axis")
    keepdim = bool(_argument(args, kwargs, place + 1, "keepdim", "keepdims", default=False))
    if dims is None:
        return None
    dims = [d % x.dim() for d in (dims if isinstance(dims, (tuple, list)) else (dims,))]
    return reduced(geometry, x.shape, dims, keepdim)


_REDUCTIONS = set(
    str.split("mean sum amax amin max min std var norm prod logsumexp median nanmean nansum std_mean var_mean all any")
)
_MOVES: dict[str, Callable[..., Geometry]] = {
    "flatten": _flatten,
    "getitem": _getitem,
    "subsample": _getitem,
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "group_norm": lambda geometry, x, *_: normed(geometry, x.shape),
    "layer_norm": _layer_norm,
    "softmax": _along(1, 1),
    "log_softmax": _along(1, 1),
    "softmin": _along(1, 1),
    "normalize": _along(2, 1),
    "cumsum": _along(1, None),
    "glu": _gated,
    "linear": _linear,
    "pad": _pad,
}
for _name in ("view", "reshape", "view_as", "reshape_as", "squeeze", "unsqueeze", "unflatten"):
    _MOVES[_name] = _flatten
for _name in str.split(
    "contiguous to type type_as float double half bfloat16 cpu cuda detach clone requires_grad_ data chunk split "
    "tensor_split narrow channel_shuffle pad_channels local_response_norm real"
):
    _MOVES[_name] = _same_place

_ELEMENTWISE = set(
    str.split(
        "relu relu6 leaky_relu elu selu celu gelu silu mish hardswish hardsigmoid hardtanh sigmoid tanh "
        "softplus softsign logsigmoid threshold rrelu prelu exp exp2 expm1 log log2 log10 log1p sqrt rsqrt "
        "square abs neg sin cos tan asin acos atan sinh cosh erf erfc floor ceil round trunc frac sign "
        "reciprocal clamp clamp_min clamp_max nan_to_num logit hardshrink softshrink tanhshrink dropout "
        "dropout2d alpha_dropout feature_alpha_dropout positive add sub mul div floor_divide pow maximum "
        "minimum fmod remainder atan2 lerp addcmul addcdiv where masked_fill hypot xlogy logaddexp fmax fmin "
        "eq ne lt le gt ge logical_and logical_or logical_not isnan isinf isfinite and or xor bitwise_and "
        "bitwise_or bitwise_not concat"
    )
)
