"""The reader's module as it was: all that a run may change is remembered, and put back afterwards.

A forward may count its calls, keep a map in a list, replace a buffer; a hook or a closure may write anywhere. So
`measure` runs the reader's own module, neither a copy nor a part of it, and everything within reach of it
(attributes, lists, dictionaries, closures, module-level containers that its functions name) gets its old contents
back.
"""

from __future__ import annotations

import functools
import types
from collections import OrderedDict, defaultdict, deque
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import ShapeError

__all__ = ["Kept", "refuse_what_hides_its_operations"]

_ATOMS = (type, types.ModuleType, types.BuiltinFunctionType, torch.dtype, torch.device, torch.Size, Tensor)
_PLAIN = {bool, int, float, complex, str, bytes, type(None), nn.Parameter, Tensor}
_LIMIT = 200_000
"""So many values are visited: a hook may hold a whole data set."""


class Kept:
    """What a module and all that it can reach held when this was made.

    Attributes:
        names: the path of every registered module by its id.
        loose: the modules that `nn.Module.parameters` does not find, with the path and the kind of what holds them.
    """

    def __init__(self, net: nn.Module) -> None:
        self.names: dict[int, str] = {}
        for path, module in net.named_modules():
            self.names.setdefault(id(module), path)
        self.registered = {id(p) for p in net.parameters()}
        self.loose: list[tuple[str, str, nn.Module]] = []
        self._contents: list[tuple[Any, Any]] = []
        self._cells: list[tuple[types.CellType, Any]] = []
        self._seen: dict[int, Any] = {}
        todo: list[tuple[Any, str, str, str]] = [(net, "", "", "")]
        while todo and len(self._seen) < _LIMIT:
            value, path, holder, kind = todo.pop()
            if id(value) not in self._seen:
                self._seen[id(value)] = value  # kept alive: an id is not given twice
                todo.extend(reversed(self._visit(value, path, holder, kind)))

    def _visit(self, value: Any, path: str, holder: str, kind: str) -> list[tuple[Any, str, str, str]]:
        """Remember one value; returns what it holds, each with its path and the plain container that holds it."""
        at = f"{path}." if path else ""
        if isinstance(value, nn.Module):
            if id(value) not in self.names:
                self.loose.append((holder or path, kind or "attribute", value))
                holder, kind = holder or path, kind or "attribute"
            self._contents.append((vars(value), dict(vars(value))))
            found = []
            for key, item in vars(value).items():
                if key in ("_modules", "_parameters", "_buffers") or (key[0] == "_" and key.endswith("hooks")):
                    self._contents.append((item, item.copy()))
                    found += [(part, at + str(name), holder, kind) for name, part in item.items() if _holds(part)]
                elif _holds(item):
                    found.append((item, at + key, "", ""))
            forward = getattr(type(value), "forward", None)
            library = str(getattr(forward, "__module__", "")).startswith("torch.")
            return found if library else [*found, (forward, path, "", "")]
        if isinstance(value, dict):
            self._contents.append((value, value.copy()))
            inside = [(item, at + str(key)) for key, item in value.items()]
            return [(item, name, holder or path, kind or "dict") for item, name in inside if _holds(item)]
        if isinstance(value, (list, tuple, set, deque)):
            if not isinstance(value, tuple):
                self._contents.append((value, value.copy()))
            name = type(value).__name__
            inside = [(item, f"{at}{i}") for i, item in enumerate(value)]
            return [(item, where, holder or path, kind or name) for item, where in inside if _holds(item)]
        return [(item, path, holder, kind) for item in self._behind(value) if _holds(item)]

    def _behind(self, value: Any) -> list[Any]:
        """What a function, a method or an object of the reader's can reach."""
        if isinstance(value, types.MethodType):
            return [value.__self__, value.__func__]
        if isinstance(value, functools.partial):
            return [value.func, *value.args, *value.keywords.values()]
        if isinstance(value, types.FunctionType):
            cells = [cell for cell in value.__closure__ or () if _filled(cell)]
            self._cells += [(cell, cell.cell_contents) for cell in cells]
            named = [value.__globals__.get(name) for name in value.__code__.co_names]
            return [cell.cell_contents for cell in cells] + [
                item for item in named if isinstance(item, (nn.Module, list, dict, set, deque))
            ]
        library = type(value).__module__.partition(".")[0] in ("torch", "numpy", "builtins", "threading", "logging")
        if library or not hasattr(value, "__dict__"):
            return []
        self._contents.append((vars(value), dict(vars(value))))
        return list(vars(value).values())

    def restore(self) -> None:
        """Put every container's contents back, where they are others now."""
        for container, contents in self._contents:
            if not _same(container, contents):
                container.clear()
                (container.extend if isinstance(container, (list, deque)) else container.update)(contents)
        for cell, content in self._cells:
            if not _filled(cell) or cell.cell_contents is not content:
                cell.cell_contents = content

    def settle(self, net: nn.Module) -> None:
        """What a measurement needs of the module while it runs: evaluation mode, no compiled call, one device."""
        for module in [net, *(module for _, _, module in self.loose)]:
            module.eval()
        for value in self._seen.values():
            if isinstance(value, nn.DataParallel):
                value.device_ids = []
            if isinstance(value, nn.Module) and vars(value).get("_compiled_call_impl") is not None:
                value._compiled_call_impl = None


def refuse_what_hides_its_operations(net: nn.Module) -> None:
    """Modules that cannot be looked into, or have no shape yet.

    Raises:
        TypeError: of a scripted or a quantized module.
        ShapeError: of a lazy layer that was never run.
    """
    for path, module in net.named_modules():
        place = path or type(module).__name__
        if isinstance(module, torch.jit.ScriptModule):
            raise TypeError(
                f"{place}: a scripted module hides its operations from measure; give it the module that it was "
                "made from"
            )
        if ".quantized" in type(module).__module__ and type(module).__module__.startswith("torch."):
            raise TypeError(
                f"{place}: {type(module).__name__} is a quantized layer, which computes on integers packed for one "
                "processor; measure the floating-point network that it was made from: its shapes, parameters and "
                "MACs are the same"
            )
        for name, tensor in [*module._parameters.items(), *module._buffers.items()]:
            if isinstance(tensor, nn.parameter.UninitializedTensorMixin):
                where = f"{path}.{name}".lstrip(".")
                raise ShapeError(
                    where, "a lazy layer that has no shape yet", "a parameter with a shape", "run the net once first"
                )


def _holds(value: Any) -> bool:
    """Whether a value may lead anywhere."""
    return type(value) not in _PLAIN and not isinstance(value, _ATOMS)


def _filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _same(now: Any, then: Any) -> bool:
    """Whether a container holds the same objects in the same order."""
    if len(now) != len(then):
        return False
    if isinstance(now, (dict, OrderedDict, defaultdict)):
        return all(a is b and x is y for (a, x), (b, y) in zip(now.items(), then.items()))
    return all(a is b for a, b in zip(now, then))
