"""How `measure` sees: a torch function mode for the operations, a dispatch mode for what their kernels multiply."""

from __future__ import annotations

from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only
from torch.utils.flop_counter import flop_registry

from ..errors import ShapeError
from ..rules import FeatureMap, times
from ..tracing import Row, Trace
from .receptive_fields import OPS, Unknown, classify, unknown
from .twin import on_meta

__all__ = ["record"]


class _Macs(TorchDispatchMode):
    """Adds up what torch's own registry says that the called kernels multiply."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            self.total += formula(*args, **(kwargs or {}), out_val=out) // 2
        return out


class _Recorder(TorchFunctionMode):
    """Writes a row for every operation that a module calls."""

    def __init__(self, net: nn.Module, macs: _Macs) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.path: list[tuple[str, nn.Module]] = [("", net)]
        self.failed: tuple[str, nn.Module] | None = None  # the module that an exception left last
        self.arrived: tuple = ()  # at the module that was entered last
        self.counted: set[int] = set()
        self.macs = macs

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if not args and "input" in kwargs:  # F.conv2d(input=x, ...): the same call
            args = (kwargs.pop("input"),)
        before = self.macs.total
        given = _tensors(args, kwargs)
        if (
            len({value.is_meta for value in given}) == 2
        ):  # a constant that the net makes, or keeps in a list, comes along
            args, kwargs = tree_map_only(Tensor, lambda t: t if t.is_meta else t.to("meta"), (args, kwargs))
        maps = [value._geometry for value in given if hasattr(value, "_geometry")]
        if maps and function in _MOVES:
            args, kwargs = _stay(args, kwargs)
            function = Tensor.to
        try:
            out = function(*args, **kwargs)
        except (RuntimeError, IndexError, ValueError) as error:
            if not maps:
                raise
            op = OPS.get(function, (getattr(function, "__name__", "operation"),))[0]
            raise _refusal(self.where(op), maps, error) from error
        if function in _FRESH:  # a constant, whatever it was made after
            return out
        if not maps:
            owned = [p for value in given for p in _owned(value)]
            if owned and isinstance(out, Tensor) and not isinstance(out, nn.Parameter):
                out._owned = owned  # a weight that is computed from parameters
            return out
        try:
            if function is Tensor.__setitem__ or (not isinstance(out, Tensor) and _tensors((out,), {})):
                raise unknown(function)  # chunk(), split(), max(dim=1), out[:, :c] = x: the map would be lost
            if not isinstance(out, Tensor):
                return out
            found = classify(function, out, args, kwargs)
        except Unknown as error:
            raise Unknown(f"{self.path[-1][0] or 'the module itself'}: {error}") from None
        if found is None:
            out._geometry = maps[0]._replace(shape=tuple(out.shape[1:]))
            return out
        op, move = found
        if op == "linear" and args[0].dim() != 2:  # torch would multiply along the width
            where = self.where(op)
            raise ShapeError(where, f"a map of {times(maps[0].shape)}", "a vector", f"put a flatten before {where}")
        if op == "adaptive_avg_pool2d" and args[0].dim() != 4:  # torch would take a vector for a map without its batch
            where = self.where(op)
            got = f"a vector of {maps[0].shape[0]}"
            raise ShapeError(where, got, "a map of (channels, height, width)", f"put {where} before the flatten")
        shape = tuple(out.shape[1:])
        fields, strides = zip(*(move(out, *args, **kwargs).over(x) for x in maps))
        if len(maps) > 1:  # a map that is stretched over another, as a squeeze's answer, does not set the step
            strides = [s for s, x in zip(strides, maps) if x.shape[1:] == shape[1:]] or strides
        widest = tuple(map(max, zip(*fields))), tuple(map(max, zip(*strides)))
        out._geometry = FeatureMap(shape, *widest)
        params = sum(p.numel() for p in self._new_parameters(given))
        macs = self.macs.total - before
        self.rows.append(Row(self.where(op), op, maps[0].shape, shape, params, macs, prod(shape), *widest))
        return out

    def where(self, op: str) -> str:
        """The name of the row: a library layer's own path, otherwise the running module's path and the operation."""
        path, module = self.path[-1]
        if path and is_library_layer(module):
            return path
        return f"{path}.{op}" if path else op

    def _new_parameters(self, given: list[Tensor]) -> list[nn.Parameter]:
        found = []
        for value in given:
            for parameter in _owned(value):
                if id(parameter) not in self.counted:
                    self.counted.add(id(parameter))
                    found.append(parameter)
        return found

    def watch(self, net: nn.Module) -> None:
        """Keep the path of the module that is running."""
        for path, module in net.named_modules():
            module.register_forward_pre_hook(lambda m, args, path=path: self.enter(path, m, args))
            module.register_forward_hook(lambda m, _, out: self.leave(out), always_call=True)

    def enter(self, path: str, module: nn.Module, args: tuple) -> None:
        self.path.append((path, module))
        self.arrived, self.failed = args, None

    def leave(self, out: Any) -> None:
        left = self.path.pop()
        if out is None and self.failed is None:
            self.failed = left


def _refusal(where: str, maps: list[FeatureMap], error: Exception) -> ShapeError:
    """What torch said of a shape, as the error of this package."""
    shapes = " and ".join(times(x.shape) for x in maps)
    reason = str(error).strip().splitlines()[0].rstrip(".")
    return ShapeError(where, shapes, f"a shape that torch accepts ({reason})", "change this layer or its input")


def _owned(value: Tensor) -> list[nn.Parameter]:
    """The parameters that a tensor is, or was computed from."""
    return [value] if isinstance(value, nn.Parameter) else getattr(value, "_owned", [])


_FRESH = {getattr(Tensor, f"new_{kind}") for kind in ("zeros", "ones", "full", "empty", "tensor")}
_FRESH |= {getattr(torch, f"{kind}_like") for kind in ("zeros", "ones", "full", "empty", "rand", "randn")}
_MOVES = {Tensor.to, Tensor.cpu, Tensor.cuda}


def _stay(args: tuple, kwargs: dict) -> tuple[tuple, dict]:
    """The arguments of x.to(...), x.cpu(), x.cuda() with no device in them: here everything stays on meta."""
    keep = [a for a in args[1:] if isinstance(a, (Tensor, torch.dtype))]
    named = {key: value for key, value in kwargs.items() if key in ("dtype", "other", "memory_format")}
    return (args[0], *keep) if keep or named else (args[0], "meta"), named


def _tensors(args: tuple, kwargs: dict) -> list[Tensor]:
    found: list[Tensor] = []
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (tuple, list)):
            found.extend(item for item in value if isinstance(item, Tensor))
    return found


def is_library_layer(module: nn.Module) -> bool:
    """Whether a module is one of torch's layers, or made from one; its operation then bears its path."""
    kinds = {c.__module__ for c in type(module).__mro__ if c.__module__.startswith("torch.nn.modules.")}
    return bool(kinds - {"torch.nn.modules.module", "torch.nn.modules.container"})


def record(net: nn.Module, x: FeatureMap) -> Trace:
    """The trace of a module for an input map; see `measure`."""
    if not isinstance(net, nn.Module):
        raise TypeError(
            f"measure takes a torch.nn.Module, not {type(net).__name__}; for an Architecture use trace, or build it"
        )
    if any(isinstance(module, torch.jit.ScriptModule) for module in net.modules()):
        raise TypeError("a scripted module hides its operations; measure the module that it was made from")
    with torch.inference_mode(False), torch.no_grad():
        return _record(net, x)


def _record(net: nn.Module, x: FeatureMap) -> Trace:
    twin = on_meta(net).eval()
    dtype = next((p.dtype for p in twin.parameters() if p.is_floating_point()), torch.float32)
    try:
        batch = torch.empty((1, *x.shape), device="meta", dtype=dtype)
    except RuntimeError as error:
        raise ShapeError("input", times(x.shape), "a tensor that torch can address", "give a smaller input") from error
    batch._geometry = x  # type: ignore[attr-defined]
    with _Macs() as macs, _Recorder(twin, macs) as recorder:
        recorder.watch(twin)
        try:
            out = twin(batch)
        except ShapeError:
            raise
        except Unknown as error:
            raise TypeError(str(error)) from None
        except ValueError as error:  # of a layer that looks at its input before it calls torch, as BatchNorm2d does
            maps = [value._geometry for value in _tensors(recorder.arrived, {}) if hasattr(value, "_geometry")]
            path, module = recorder.failed or ("", net)
            if not maps or not is_library_layer(module):
                raise
            raise _refusal(path or type(net).__name__, maps, error) from error
    if macs.total != sum(row.macs for row in recorder.rows):
        raise TypeError("measure lost sight of a map: some multiplications belong to no row")
    end = tuple(out.shape[1:]) if hasattr(out, "_geometry") else None
    return Trace(x.shape, tuple(recorder.rows), type(net).__name__, end)
