"""How `measure` sees: a torch function mode for the operations, a dispatch mode for what their kernels multiply."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only
from torch.utils.flop_counter import flop_registry

from ..operations import SILENT, Geometry, canonical
from ..tracing import Row
from . import noticing
from .geometry import moved, subsampling
from .keeping import Kept
from .refusals import Unmeasurable, check_call, refusal

__all__ = ["Frame", "Note", "Recorder", "is_library_layer"]


class _Macs(TorchDispatchMode):
    """Adds up what torch's own registry says that the called kernels multiply."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        formula = flop_registry.get(func._overloadpacket)
        if formula is None and func not in _SIMPLE:  # as torch's own counter does: a fused kernel, by its parts
            with self:
                out = func.decompose(*args, **kwargs)
            if out is not NotImplemented:
                return out
        out = func(*args, **kwargs)
        if formula is not None:
            self.total += formula(*args, **kwargs, out_val=out) // 2
        return out


_SIMPLE = {torch.ops.prim.device.default}


class Note:
    """What is known of a tensor of this measurement.

    Attributes:
        live: whether something of the network's input is in it; else it is a constant, or a weight.
        geometry: receptive field and stride, or None.
        owned: the parameters that it is, or was computed from, as long as no row has counted them.
        macs: what computing it multiplied, as long as no row has counted it.
        depth: through how many operations it came.
        given: the name of the input that it is, untouched; else "".
        shape_only: of an untouched input, whether it was given as a shape.
        flattened: the map that it was flattened from, without the batch; or None.
        poured: what `repairs.batch_flattened` needs, where all pictures were laid in one row; or None.
        beside: of a concatenation along another dim, the channels that it would have had along theirs; or 0.
        eaten: what `repairs.batch_eaten` needs, where a view folded the map into the batch; or None.
        through: the layer that multiplied last on its way, what came into that, and when; or None.
        changed: an in-place operation that changed it inside a module that had got it; or None.
    """

    __slots__ = (
        "beside", "changed", "depth", "eaten", "flattened", "geometry", "given", "live", "macs", "owned", "poured",
        "run", "shape_only", "through",
    )  # fmt: skip

    def __init__(self, run: object, live: bool = False, geometry: Geometry = None, owned: tuple = (), depth: int = 0):
        self.run, self.live, self.geometry, self.owned, self.depth = run, live, geometry, owned, depth
        self.macs: list[int] = []
        self.given, self.shape_only, self.beside = "", False, 0
        self.flattened = self.poured = self.eaten = self.changed = self.through = None


class Frame:
    """A module that is running: its path, itself, what it got, and when."""

    __slots__ = ("args", "module", "path", "since")

    def __init__(self, path: str, module: nn.Module, args: tuple, since: int) -> None:
        self.path, self.module, self.args, self.since = path, module, args, since


class _StandIn:
    """A tensor of the reader's and what runs in its place: a private copy with its values, or one without."""

    __slots__ = ("changed", "empty", "real", "tensor")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor, self.real, self.empty, self.changed = tensor, None, None, False


class Recorder(TorchFunctionMode):
    """Writes a row for every operation that a module calls.

    No tensor of the reader's is ever handed to torch. What comes of the input, or of a large weight, has a shape and no
    values; a constant keeps its values until it meets one of those, so that a decision on a counter, say, can be taken.
    """

    def __init__(self, net: nn.Module, kept: Kept) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.notes: list[str] = []
        self.names = kept.names
        self.loose = {id(module) for _, _, module in kept.loose}
        self.frames: list[Frame] = [Frame("", net, (), 0)]
        self.failed: Frame | None = None  # the module that an exception left first
        self.forgetful: Frame | None = None  # the module that returned nothing last
        self.counted: set[int] = set()
        self.calls = 0
        self.macs = _Macs()
        self._standins: dict[int, _StandIn] = {}
        self._empties: dict[int, _StandIn] = {}
        self._replaced: dict[int, tuple[Tensor, Tensor]] = {}
        self._thread = threading.get_ident()

    # ---------------------------------------------------------------- a call

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if type(function) is _GETTER:
            name = function.__self__.__name__  # x.shape, x.device, x.data
            if function.__name__ != "__get__" or name not in _VIEWS:
                return self._attribute(function, name, args)
        elif function in _QUESTIONS:
            return noticing.counted_batch(function, args, function(*args, **(kwargs or {})))
        else:
            name = _NAMES.get(function) or getattr(function, "__name__", str(function))
        if type(function) is torch._ops.OpOverload:
            raise Unmeasurable(
                "measure cannot look into a scripted or compiled function; call the one it was made from"
            )
        kwargs = dict(kwargs) if kwargs else {}
        if not args and "input" in kwargs:  # F.conv2d(input=x, ...): the same call
            args = (kwargs.pop("input"),)
        found = _tensors((args, kwargs))
        args, kwargs, given = self._private(name, found, args, kwargs)
        heard = given[:1] if name in _LIKE else given
        notes = [tensor._measured for tensor in heard]
        maps = [tensor for tensor, note in zip(heard, notes) if note.live]
        op = canonical(name)
        if function in _MOVES and given:
            args, kwargs = _stay(args, kwargs)
            function = Tensor.to
        if maps:
            self.calls += 1
            args = check_call(self, op, function, args, kwargs, maps)
        before = self.macs.total
        try:
            if op in _AT_ONCE and (out := _AT_ONCE[op](name, *args, **kwargs)) is not None:
                pass
            elif op in _NEVER_MULTIPLY:
                out = function(*args, **kwargs)
            else:
                with self.macs:
                    out = function(*args, **kwargs)
        except (RuntimeError, IndexError, ValueError, TypeError, NotImplementedError) as error:
            raise refusal(self, op, name, args, kwargs, maps, error) from error
        written = _in_place(name) and bool(given)
        outs = given[:1] if written else _tensors(out)
        if not outs:
            return out
        if not maps or name in _FRESH:
            self._constant(outs, notes, self.macs.total - before, name in _FRESH)
            return out
        if outs[0] is maps[0] and not written and op in SILENT:  # x.contiguous(), x.float() of a float
            return out
        self._write(op, name, args, kwargs, maps, notes, outs, self.macs.total - before)
        return out

    def _attribute(self, function: Any, name: str, args: tuple) -> Any:
        """x.shape, x.device, x.grad; and x.data = y, which changes a tensor of the reader's."""
        if function.__name__ == "__get__":
            if name == "device" and isinstance(args[0], nn.Parameter):
                return _META
            found = function(*args)
            if name == "shape" and found and getattr(args[0], "_measured", None):
                return torch.Size((noticing.Batch(found[0]), *found[1:]))
            return found
        _, _, given = self._private("data_", _tensors(args), args, {})
        return function(*given, *args[len(given) :])

    def _constant(self, outs: list[Tensor], notes: list[Note], macs: int, fresh: bool) -> None:
        """What comes of constants and weights alone: its cost waits for the row that uses it."""
        owned = () if fresh else tuple({id(p): p for note in notes for p in note.owned}.values())
        waiting = [note.macs for note in notes if note.macs]
        cost = [macs + sum(sum(part) for part in waiting)] if macs or waiting else []
        for part in waiting:
            part.clear()
        for out in outs:
            out._measured = Note(self, owned=owned)
            out._measured.macs = cost

    def _write(self, op, name, args, kwargs, maps, notes, outs, macs) -> None:
        """Note what an operation put out, and write its row."""
        x, first = maps[0], outs[0]
        known = [tensor._measured.geometry for tensor in maps]
        entered, left = tuple(x.shape[1:]), tuple(first.shape[1:])
        if name == "multi_head_attention_forward" and x.dim() == 3 and self.frames[-1].module.batch_first:
            entered = left = (x.shape[0], x.shape[2])  # it gets the batch in the middle, whatever the layer got
        op, silent = self._named(op, x, first, args, kwargs)
        owned = tuple(p for note in notes for p in note.owned)
        depth = max(tensor._measured.depth for tensor in maps)
        noticing.before_writing(self, name, args, kwargs, maps, first)
        for note in notes:
            if note.macs:
                macs += sum(note.macs)
                note.macs.clear()
        if silent and macs:
            silent = False
        made = []
        for tensor in outs:
            note = Note(
                self, True, moved(op, tensor, args, kwargs, maps, known), owned if silent else (), depth + (not silent)
            )
            noticing.inherit(note, self.where(name), op, tensor, args, maps)
            if macs:
                note.through = self.where(op), entered, self.calls
            made.append(note)
        for tensor, note in zip(outs, made):
            tensor._measured = note
        if _in_place(name) or (first is x and "dropout" not in op):
            noticing.written(self, op, first)
        if id(outs[0]) in self._empties:  # a constant of the reader's that a map was written into is none any more
            self._empties[id(outs[0])].changed = True
        if not silent:
            field, stride = made[0].geometry or (None, None)
            params = sum(p.numel() for p in self._new(owned))
            self.rows.append(Row(self.where(op), op, entered, left, params, macs, first.numel(), field, stride))

    def _named(self, op: str, x: Tensor, out: Tensor, args: tuple, kwargs: dict) -> tuple[str, bool]:
        """The op of a row, and whether there is none."""
        if op == "hardtanh" and isinstance(self.frames[-1].module, nn.ReLU6):  # torch calls it so inside
            return "relu6", False
        if op == "pad" and x.dim() > 2 and out.shape[2:] == x.shape[2:]:
            return "pad_channels", False
        if op == "getitem":
            return ("subsample", False) if subsampling(x, args[1]) else (op, True)
        if op in ("view", "reshape") and x.dim() == 4 and out.dim() == 2 and out.shape[0] == x.shape[0]:
            return "flatten", False
        if op == "flatten":
            return op, x.dim() < 2
        return op, op in SILENT

    # ---------------------------------------------------------------- whose tensor it is

    def _private(self, name: str, found: list[Tensor], args: tuple, kwargs: dict) -> tuple[tuple, dict, list[Tensor]]:
        """The arguments with what runs in place of the reader's tensors, and the tensors among them."""
        if not found:
            return args, kwargs, found
        ours = [getattr(tensor, "_measured", None) for tensor in found]
        foreign = [note is None or note.run is not self for note in ours]
        if not any(foreign) and not self._replaced and len({tensor.is_meta for tensor in found}) == 1:
            return args, kwargs, found
        live = any(note.live for note, other in zip(ours, foreign) if not other)
        empty = any(
            tensor.is_meta
            or id(tensor) in self._replaced
            or (other and isinstance(tensor, nn.Parameter) and (live or tensor.numel() > _SMALL))
            or (other and id(tensor) in self._standins and self._standins[id(tensor)].changed)
            for tensor, other in zip(found, foreign)
        )
        swap = {}
        for i, (tensor, other) in enumerate(zip(found, foreign)):
            if other:
                swap[id(tensor)] = self._stand_in(tensor, empty)
            elif id(tensor) in self._replaced:
                swap[id(tensor)] = self._replaced[id(tensor)][1]
            elif empty and not tensor.is_meta:
                swap[id(tensor)] = self._emptied(tensor, i == 0 and _in_place(name))
        if not swap:
            return args, kwargs, found
        args, kwargs = _mapped((args, kwargs), swap)
        return args, kwargs, [swap.get(id(tensor), tensor) for tensor in found]

    def _stand_in(self, tensor: Tensor, empty: bool) -> Tensor:
        standin = self._standins.get(id(tensor))
        if standin is None:
            standin = self._standins[id(tensor)] = _StandIn(tensor)
        owned = (tensor,) if isinstance(tensor, nn.Parameter) else ()
        if empty:
            if standin.empty is None:
                standin.empty = (tensor if standin.real is None else standin.real).detach().to("meta")
                standin.empty._measured = Note(self, owned=owned)
                self._empties[id(standin.empty)] = standin
            return standin.empty
        if standin.real is None:
            standin.real = tensor.detach().clone()
            standin.real._measured = Note(self, owned=owned)
        return standin.real

    def _emptied(self, tensor: Tensor, written: bool) -> Tensor:
        """A constant of this run without its values, since it meets something that has none."""
        note = tensor._measured
        out = tensor.to("meta")
        out._measured = note
        if written:  # and is written to: from now on it has none
            self._replaced[id(tensor)] = (tensor, out)
        return out

    def _new(self, owned: tuple) -> list[nn.Parameter]:
        """Those parameters that no row has counted yet."""
        found = []
        for parameter in owned:
            if id(parameter) not in self.counted:
                self.counted.add(id(parameter))
                found.append(parameter)
        return found

    # ---------------------------------------------------------------- where it happens

    def where(self, op: str) -> str:
        """The name of the row: a library layer's own path, otherwise the running module's path and the operation."""
        frame = self.frames[-1]
        if frame.path and is_library_layer(frame.module):
            return frame.path
        return f"{frame.path}.{op}" if frame.path else op

    def entered(self) -> int:
        """When the reader's module that runs was entered."""
        return next((frame.since for frame in reversed(self.frames) if not is_library_layer(frame.module)), 0)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    @contextmanager
    def watching(self):
        """While this lasts, every module that is called is known by its path."""
        original: Callable = nn.Module.__call__

        def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() != self._thread:
                return original(module, *args, **kwargs)
            path = self.names.get(id(module))
            if path is None:  # kept in a plain list, or made in forward
                above = self.frames[-1].path
                path = f"{above}.{type(module).__name__}" if above else type(module).__name__
                noticing.made_in_forward(self, module)
            frame = Frame(path, module, args, self.calls)
            self.frames.append(frame)
            try:
                out = original(module, *args, **kwargs)
            except BaseException:
                self.failed = self.failed or frame
                raise
            finally:
                self.frames.pop()
            if out is None:
                self.forgetful = frame
            return out

        nn.Module.__call__ = call  # type: ignore[method-assign]
        try:
            with self:
                yield self
        finally:
            nn.Module.__call__ = original  # type: ignore[method-assign]


_SMALL = 4096
"""A weight of up to so many elements keeps its values until it meets a map."""
_META = torch.device("meta")
_GETTER = type(Tensor.shape.__get__)
_VIEWS = {"data", "T", "mT", "H", "mH", "real", "imag"}
_NAMES = {F.max_pool2d: "max_pool2d", F.adaptive_max_pool2d: "adaptive_max_pool2d"}
_QUESTIONS = {torch.is_tensor, torch.is_floating_point, torch.is_complex, torch.numel} | {
    Tensor.size, Tensor.dim, Tensor.ndimension, Tensor.numel, Tensor.nelement, Tensor.__len__, Tensor.stride,
    Tensor.storage_offset, Tensor.is_contiguous, Tensor.is_floating_point, Tensor.is_complex, Tensor.element_size,
    Tensor.get_device, Tensor.__hash__, Tensor.data_ptr,
}  # fmt: skip
_FRESH = {f"new_{kind}" for kind in ("zeros", "ones", "full", "empty", "tensor")}
_FRESH |= {f"{kind}_like" for kind in ("zeros", "ones", "full", "empty", "rand", "randn")}
_LIKE = {"to", "type_as", "expand_as", "view_as", "reshape_as"}
"""Calls whose second tensor gives a kind or a shape, and no values."""
_MOVES = {Tensor.to, Tensor.cpu, Tensor.cuda}
_NEVER_MULTIPLY = SILENT | {
    "relu", "relu6", "gelu", "silu", "sigmoid", "tanh", "softmax", "hardswish", "hardsigmoid", "leaky_relu", "dropout",
    "add", "sub", "mul", "div", "mean", "sum", "batch_norm", "group_norm", "layer_norm", "max_pool2d", "avg_pool2d",
    "adaptive_avg_pool2d", "flatten", "concat", "pad", "stack", "interpolate",
}  # fmt: skip
"""Operations that no kernel of multiplications stands behind: asking would only take time."""


def _like(x: Tensor) -> Tensor:
    return torch.empty_strided(x.shape, x.stride(), dtype=x.dtype, device="meta")


def _relu(name: str, x: Tensor, inplace: bool = False) -> Tensor | None:
    """What a ReLU puts out, where nothing can be wrong with it."""
    return (x if inplace or name == "relu_" else _like(x)) if x.is_meta and x.is_floating_point() else None


def _batch_norm(name, x, mean=None, var=None, weight=None, bias=None, training=False, *_, **__) -> Tensor | None:
    """What a batch norm by recorded statistics puts out, where nothing can be wrong with it."""
    if training or mean is None or x.dim() < 2 or not (x.is_meta and x.is_floating_point()):
        return None
    fits = all(t is None or t.numel() == x.shape[1] for t in (mean, var, weight, bias))
    return _like(x) if fits else None


_AT_ONCE: dict[str, Callable[..., Tensor | None]] = {"batch_norm": _batch_norm, "relu": _relu}
"""Without values, torch takes these apart into dozens of steps, half of the time of a whole network; the
tests hold that it would say the same."""


def _in_place(name: str) -> bool:
    return (name.endswith("_") and not name.startswith("__")) or name in _AUGMENTED


_AUGMENTED = {f"__i{name}__" for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")}
_AUGMENTED |= {"__setitem__", "__imatmul__"}


def _stay(args: tuple, kwargs: dict) -> tuple[tuple, dict]:
    """The arguments of x.to(...), x.cpu(), x.cuda() with no device in them: here everything stays where it is."""
    keep = [a for a in args[1:] if isinstance(a, (Tensor, torch.dtype))]
    named = {key: value for key, value in kwargs.items() if key in ("dtype", "other", "memory_format")}
    return (args[0], *keep) if keep or named else (args[0], args[0].dtype), named


def _tensors(value: Any) -> list[Tensor]:
    """The tensors in a value, and in the lists, tuples and dictionaries in it."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in _tensors(item)]
    if isinstance(value, dict):
        return [tensor for item in value.values() for tensor in _tensors(item)]
    return []


def _mapped(value: Any, swap: dict[int, Tensor]) -> Any:
    """A value with other tensors in it."""
    if isinstance(value, Tensor):
        return swap.get(id(value), value)
    kind = type(value)
    if kind is tuple or kind is list:
        return kind([_mapped(item, swap) for item in value])
    if kind is dict:
        return {key: _mapped(item, swap) for key, item in value.items()}
    return tree_map_only(Tensor, lambda tensor: swap.get(id(tensor), tensor), value) if _tensors(value) else value


def is_library_layer(module: nn.Module) -> bool:
    """Whether a module is one of torch's layers, or made from one; its operation then bears its path."""
    kind = type(module)
    if kind not in _LIBRARY:
        kinds = {c.__module__ for c in kind.__mro__ if c.__module__.startswith("torch.nn.modules.")}
        _LIBRARY[kind] = bool(kinds - {"torch.nn.modules.module", "torch.nn.modules.container"})
    return _LIBRARY[kind]


_LIBRARY: dict[type, bool] = {}
