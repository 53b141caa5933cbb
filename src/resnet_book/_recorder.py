"""How `measure` sees: a torch function mode for the operations, a dispatch mode for what their kernels multiply."""

from __future__ import annotations

import copy
from collections.abc import Callable
from math import gcd, prod
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only
from torch.utils.flop_counter import flop_registry

from .errors import ShapeError
from .rules import FeatureMap, Pair, times
from .tracing import Row, Trace

__all__ = ["record"]


# ---------------------------------------------------------------- how an operation moves the receptive field


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
_OPS: dict[Any, tuple[str, Callable[..., Window]]] = {}


def _register(op: str, move: Callable[..., Window], *functions: Any) -> None:
    _OPS.update((function, (op, move)) for function in functions)


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


def _classify(function: Any, out: Tensor, args: tuple, kwargs: dict) -> tuple[str, Callable[..., Window]] | None:
    """The operation that a call was; None for one that changes nothing."""
    x = args[0] if args else None
    if function is F.pad and out.shape[2:] == x.shape[2:]:
        return "pad_channels", _pointwise
    if function in _OPS:
        return _OPS[function]
    if not isinstance(x, Tensor):  # torch.stack([x, y]), torch.einsum("...", x)
        raise _unknown(function)
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
    raise _unknown(function)


class _Unknown(Exception):
    """An operation without a rule. No TypeError yet: Tensor's operators would take it for "cannot subtract"."""


def _unknown(function: Any) -> _Unknown:
    name = getattr(function, "__name__", str(function))
    return _Unknown(f"measure does not know {name}(): it has no rule for how that moves the receptive field")


def _is_subsampling(index: Any) -> bool:
    if not (isinstance(index, tuple) and len(index) == 4 and all(isinstance(part, slice) for part in index)):
        return False
    return all(part.start in (None, 0) and part.stop is None for part in index)


# ---------------------------------------------------------------- the two modes


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
            op = _OPS.get(function, (getattr(function, "__name__", "operation"),))[0]
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
                raise _unknown(function)  # chunk(), split(), max(dim=1), out[:, :c] = x: the map would be lost
            if not isinstance(out, Tensor):
                return out
            found = _classify(function, out, args, kwargs)
        except _Unknown as error:
            raise _Unknown(f"{self.path[-1][0] or 'the module itself'}: {error}") from None
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
        if path and _is_library_layer(module):
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


def _is_library_layer(module: nn.Module) -> bool:
    """Whether a module is one of torch's layers, or made from one; its operation then bears its path."""
    kinds = {c.__module__ for c in type(module).__mro__ if c.__module__.startswith("torch.nn.modules.")}
    return bool(kinds - {"torch.nn.modules.module", "torch.nn.modules.container"})


# ---------------------------------------------------------------- putting it together


def _on_meta(net: nn.Module) -> nn.Module:
    """A copy of a module's structure whose tensors have shapes and no values; no weight is copied."""
    tensors = [*net.named_parameters(remove_duplicate=False), *net.named_buffers(remove_duplicate=False)]
    for path, tensor in tensors:
        if isinstance(tensor, nn.parameter.UninitializedTensorMixin):
            raise ShapeError(
                path, "a lazy layer that has no shape yet", "a parameter with a shape", "run the net once first"
            )
    plain = [tensor for module in net.modules() for tensor in _inside(list(vars(module).values()))]
    memo: dict[int, Any] = {}
    for module in net.modules():  # a hook may belong to anything, a trainer with its files say; it stays behind
        for hooks in (module._forward_hooks, module._backward_hooks, module._backward_pre_hooks):
            memo[id(hooks)] = type(hooks)()
    for tensor in [*(tensor for _, tensor in tensors), *plain]:
        empty = tensor.detach().to("meta")
        memo[id(tensor)] = nn.Parameter(empty, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else empty
    try:
        twin = copy.deepcopy(net, memo)
    except Exception as error:
        raise TypeError(
            f"{_culprit(net, memo)}: measure copies a module's structure, and this has no copy ({error})"
        ) from error
    for module in twin.modules():
        if isinstance(module, nn.DataParallel):
            module.device_ids = []
    return twin


def _inside(value: Any, depth: int = 3) -> list[Tensor]:
    """The tensors in a value, and in the lists, tuples and dicts in it."""
    if isinstance(value, Tensor):
        return [value]
    if depth and isinstance(value, (list, tuple, dict)):
        return [t for item in (value.values() if isinstance(value, dict) else value) for t in _inside(item, depth - 1)]
    return []


def _culprit(net: nn.Module, memo: dict) -> str:
    """The first attribute that cannot be copied, by its path."""
    for path, module in net.named_modules():
        for key, value in vars(module).items():
            try:
                if key != "_modules":
                    copy.deepcopy(value, dict(memo))
            except Exception:
                return f"{path}.{key}".lstrip(".")
    return type(net).__name__


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
    twin = _on_meta(net).eval()
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
        except _Unknown as error:
            raise TypeError(str(error)) from None
        except ValueError as error:  # of a layer that looks at its input before it calls torch, as BatchNorm2d does
            maps = [value._geometry for value in _tensors(recorder.arrived, {}) if hasattr(value, "_geometry")]
            path, module = recorder.failed or ("", net)
            if not maps or not _is_library_layer(module):
                raise
            raise _refusal(path or type(net).__name__, maps, error) from error
    if macs.total != sum(row.macs for row in recorder.rows):
        raise TypeError("measure lost sight of a map: some multiplications belong to no row")
    end = tuple(out.shape[1:]) if hasattr(out, "_geometry") else None
    return Trace(x.shape, tuple(recorder.rows), type(net).__name__, end)
