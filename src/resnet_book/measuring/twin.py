"""A copy of a module's structure whose tensors have shapes and no values."""

from __future__ import annotations

import copy
from typing import Any

from torch import Tensor, nn

from ..errors import ShapeError

__all__ = ["on_meta"]


def on_meta(net: nn.Module) -> nn.Module:
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
