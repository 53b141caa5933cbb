"""How an operation moves the receptive field, for every call that `measure` has a rule for."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..rules import FeatureMap, Pair

__all__ = ["OPS", "Unknown", "Window", "classify", "unknown"]


class Window(NamedTuple):
    """A window that slides over a map: its extent and its step, both (height, width)."""

    extent: Pair = (1, 1)
    step: Pair = (1, 1)

    def over(self, x: FeatureMap) -> tuple[Pair, Pair]:
        field = tuple(f + (e - 1) * j for f, e, j in zip(x.receptive_field, self.extent, x.stride))
        return field, tuple(j * s for j, s in zip(x.stride, self.step))  # type: ignore[return-value]


def _pair(value: Any) -> Pair:
    """torch takes an int, or a sequence of one or two ints."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return (values[0], values[-1])


def _conv2d(out, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1) -> Window:
    kernel, spread = weight.shape[2:], _pair(dilation)
    return Window(tuple(d * (k - 1) + 1 for k, d in zip(kernel, spread)), _pair(stride))  # type: ignore[arg-type]


def _max_pool2d(
    out, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
) -> Window:
    kernel, spread = _pair(kernel_size), _pair(dilation)
    extent = tuple(d * (k - 1) + 1 for k, d in zip(kernel, spread))
    return Window(extent, _pair(stride) if stride not in (None, [], ()) else kernel)  # type: ignore[arg-type]


def _avg_pool2d(out, x, kernel_size, stride=None, *_, **__) -> Window:
    return _max_pool2d(out, x, kernel_size, stride)


def _adaptive_avg_pool2d(out, x, output_size) -> Window:
    sizes = [(n, m) for n, m in zip(x.shape[2:], out.shape[2:])]
    extent = tuple(max(((i + 1) * n + m - 1) // m - i * n // m for i in range(m // gcd(n, m))) for n, m in sizes)
    return Window(extent, tuple(max(1, n // m) for n, m in sizes))  # type: ignore[arg-type]


def _global(out, x, *_, **__) -> Window:
    """Flattening, or a mean over the map: one position that sees everything."""
    return Window(tuple(x.shape[2:]), tuple(x.shape[2:]))  # type: ignore[arg-type]


def _subsample(out, x, index) -> Window:
    steps = [part.step or 1 for part in index[2:]]
    return Window((1, 1), _pair(steps))


def _pointwise(out, *_, **__) -> Window:
    return Window()


# What a call is named in a row, and how it moves the receptive field.
OPS: dict[Any, tuple[str, Callable[..., Window]]] = {}


def _register(op: str, move: Callable[..., Window], *functions: Any) -> None:
    OPS.update((function, (op, move)) for function in functions)


_register("conv2d", _conv2d, F.conv2d)
_register("batch_norm", _pointwise, F.batch_norm)
_register("relu", _pointwise, F.relu, F.relu_, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_)
_register("max_pool2d", _max_pool2d, F.max_pool2d, torch.max_pool2d)
_register("avg_pool2d", _avg_pool2d, F.avg_pool2d)
_register("adaptive_avg_pool2d", _adaptive_avg_pool2d, F.adaptive_avg_pool2d)
_register("linear", _pointwise, F.linear)
_register("add", _pointwise, torch.add, Tensor.add, Tensor.add_, Tensor.__add__, Tensor.__radd__, Tensor.__iadd__)
_register("concat", _pointwise, torch.cat, torch.concat, torch.concatenate)
_register("pad", _pointwise, F.pad)
_register("mul", _pointwise, torch.mul, Tensor.mul, Tensor.mul_, Tensor.__mul__, Tensor.__rmul__, Tensor.__imul__)
for _name in (
    "gelu",
    "sigmoid",
    "tanh",
    "softmax",
    "leaky_relu",
    "silu",
    "elu",
    "hardtanh",
    "relu6",
    "hardsigmoid",
    "hardswish",
    "mish",
    "softplus",
    "selu",
    "celu",
    "prelu",
    "log_softmax",
    "dropout",
    "dropout2d",
    "sub",
    "div",
    "neg",
    "pow",
    "sqrt",
    "rsqrt",
    "exp",
    "abs",
    "clamp",
    "maximum",
    "minimum",
):
    _forms = (_name, f"{_name}_", f"__{_name}__", f"__r{_name}__", f"__i{_name}__")
    _owners = [(owner, form) for owner in (F, torch, Tensor) for form in _forms if hasattr(owner, form)]
    _register(_name, _pointwise, *(getattr(owner, form) for owner, form in _owners))
_register("div", _pointwise, Tensor.__truediv__, Tensor.__rtruediv__, Tensor.__itruediv__)

_FLATTEN = {torch.flatten, Tensor.flatten, Tensor.view, Tensor.reshape, torch.reshape}
_MEAN = {torch.mean, Tensor.mean}


def classify(function: Any, out: Tensor, args: tuple, kwargs: dict) -> tuple[str, Callable[..., Window]] | None:
    """The operation that a call was; None for one that changes nothing."""
    x = args[0] if args else None
    if function is F.pad and out.shape[2:] == x.shape[2:]:
        return "pad_channels", _pointwise
    if function in OPS:
        return OPS[function]
    if not isinstance(x, Tensor):  # torch.stack([x, y]), torch.einsum("...", x)
        raise unknown(function)
    if function in _FLATTEN:
        if out.shape == x.shape:  # a flatten of a vector is still an operation; a view or a reshape to the same is none
            return ("flatten", _pointwise) if function in (torch.flatten, Tensor.flatten) and x.dim() == 2 else None
        if x.dim() == 4 and out.dim() == 2 and out.shape[0] == x.shape[0]:
            return "flatten", _global
    if function in _MEAN and x.dim() == 4 and out.shape[2:].numel() == 1 and out.shape[:2] == x.shape[:2]:
        return "mean", _global
    if function is Tensor.__getitem__ and x.dim() == 4 and _is_subsampling(args[1]):
        return ("subsample", _subsample) if any((part.step or 1) > 1 for part in args[1][2:]) else None
    if function in (Tensor.contiguous, Tensor.to, Tensor.detach, Tensor.clone, Tensor.requires_grad_, Tensor.detach_):
        return None
    if out is x and not getattr(function, "__name__", "_").endswith("_"):  # x.float() of a float; not x.clamp_(0, 6)
        return None
    raise unknown(function)


class Unknown(Exception):
    """An operation without a rule. No TypeError yet: Tensor's operators would take it for "cannot subtract"."""


def unknown(function: Any) -> Unknown:
    name = getattr(function, "__name__", str(function))
    return Unknown(f"measure does not know {name}(): it has no rule for how that moves the receptive field")


def _is_subsampling(index: Any) -> bool:
    if not (isinstance(index, tuple) and len(index) == 4 and all(isinstance(part, slice) for part in index)):
        return False
    return all(part.start in (None, 0) and part.stop is None for part in index)
