"""What runs without an error and is worth a sentence all the same: the notes of a measurement."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from .. import repairs
from ..operations import canonical
from .keeping import Kept
from .lines import readers_line, readers_text

if TYPE_CHECKING:
    from .recorder import Frame, Note, Recorder

__all__ = ["BINARY", "Batch", "before_writing", "counted_batch", "forgotten", "inherit", "made_in_forward", "written"]


class Batch(int):
    """The size of the batch, as `x.shape` and `x.size` answer it: not a number that stands in the reader's code."""

    def _stays(operation):  # type: ignore[misc]
        return lambda self, other: Batch(operation(int(self), other)) if isinstance(other, int) else NotImplemented

    __mul__ = __rmul__ = _stays(int.__mul__)
    __floordiv__, __add__, __sub__ = _stays(int.__floordiv__), _stays(int.__add__), _stays(int.__sub__)


def counted_batch(function: Any, args: tuple, answer: Any) -> Any:
    """The answer of `x.size()` or `len(x)`, with the batch's size as a `Batch`."""
    if function is Tensor.size and hasattr(args[0], "_measured"):
        if isinstance(answer, torch.Size):
            return torch.Size((Batch(answer[0]), *answer[1:])) if answer else answer
        return Batch(answer) if args[1:] in ((0,), (-args[0].dim(),)) else answer
    return answer


def sizes_asked(args: tuple) -> tuple[int, ...]:
    """The sizes of view(2, 3), view((2, 3)), torch.reshape(x, (2, 3))."""
    asked = args[1] if len(args) == 2 and isinstance(args[1], (tuple, list)) else args[1:]
    return tuple(n for n in asked if isinstance(n, int))


def before_writing(recorder: Recorder, name: str, args: tuple, kwargs: dict, maps: list[Tensor], out: Tensor) -> None:
    """What an operation that ran tells of a mistake."""
    x, op = maps[0], canonical(name)
    if op in BINARY and len(maps) > 1:
        _meeting(recorder, op, maps)
    elif op in ("view", "reshape") and x.dim() > 1:
        asked = sizes_asked(args)
        written_out = len(asked) > 1 and type(asked[0]) is int and asked[0] == x.shape[0] != out.numel()
        if written_out and "len(" not in readers_text():  # of which Python makes a plain number
            recorder.note(repairs.batch_written(asked[0], readers_line()[1], name))


BINARY = {"add", "sub", "mul", "div", "pow", "maximum", "minimum"}


def _meeting(recorder: Recorder, op: str, maps: list[Tensor]) -> None:
    """Two tensors that meet: stretched without a word, or a skip that was changed before."""
    a, b = maps[:2]
    where, line = recorder.where(op), readers_line()[1] if a.shape != b.shape else None
    branch, shortcut = (a, b) if a._measured.depth >= b._measured.depth else (b, a)
    shapes = tuple(branch.shape[1:]), tuple(shortcut.shape[1:])
    if op == "add" and repairs.channel_copied(*shapes) and _is_given(recorder, shortcut):
        recorder.note(repairs.mistaken(where, repairs.addition(*shapes), line))
    elif a.shape != b.shape and repairs.stretches(op, tuple(a.shape[1:]), tuple(b.shape[1:])):
        recorder.note(repairs.broadcast(where, tuple(a.shape[1:]), tuple(b.shape[1:]), line))
    if op == "add":
        _skips(recorder, where, a, b)


def _is_given(recorder: Recorder, x: Tensor) -> bool:
    """Whether a tensor came into a module that still runs, as a block's input does."""
    return any(value is x for frame in recorder.frames for value in frame.args) or bool(x._measured.given)


def _skips(recorder: Recorder, where: str, a: Tensor, b: Tensor) -> None:
    frame = next((f for f in reversed(recorder.frames) if not _is_layer(f)), recorder.frames[0])
    for skip, branch in ((a, b), (b, a)):
        changed = skip._measured.changed
        if changed and changed[2] > frame.since and branch._measured.depth > skip._measured.depth:
            recorder.note(repairs.skip_changed(where, changed[0], changed[1]))


def written(recorder: Recorder, op: str, x: Tensor) -> None:
    """Remember that a tensor was changed in place inside a module that had got it from outside."""
    for frame in recorder.frames:
        if any(value is x for value in frame.args) and not _is_layer(frame):
            break
    else:
        return
    if not _assigned_back(readers_text()):
        x._measured.changed = (recorder.where(op), readers_line()[1], recorder.calls)


def _is_layer(frame: Frame) -> bool:
    return type(frame.module).__module__.startswith("torch.nn.modules.") and not list(frame.module.children())


def _assigned_back(text: str) -> bool:
    """Whether a line such as `x = self.relu(x)` gives the changed tensor its old name again: then it is meant."""
    try:
        statement = ast.parse(text).body[0]
    except (SyntaxError, IndexError, ValueError):
        return False
    if not (isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)):
        return False
    name = statement.targets[0].id
    return any(
        isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Name) and call.args[0].id == name
        for call in ast.walk(statement.value)
    )


def inherit(note: Note, where: str, op: str, out: Tensor, args: tuple, maps: list[Tensor]) -> None:
    """What a new tensor takes over from the one that it comes of: the map that it was flattened from, say."""
    x = maps[0]
    before = x._measured
    note.through = before.through
    if op in ("flatten", "view", "reshape") and out.dim() == 2 and x.dim() > 2:
        if out.shape[0] == x.shape[0]:
            note.flattened = tuple(x.shape[1:])
        elif out.shape[1] != x.shape[-1] and op != "flatten":
            note.eaten = where, (tuple(x.shape[1:]), sizes_asked(args), out.shape[1], op)
    elif op in ("flatten", "view", "reshape") and out.dim() == 1 < x.dim() and x.shape[0] == 1 < x.numel():
        note.poured = tuple(x.shape[1:]), op
    elif out.shape == x.shape:
        note.flattened, note.eaten = before.flattened, before.eaten
    if op == "concat" and out.dim() > 2 and out.shape[1] == x.shape[1]:  # along another dim
        note.beside = sum(tensor.shape[1] for tensor in maps)
    if out is x:
        note.changed = before.changed


def made_in_forward(recorder: Recorder, module: nn.Module) -> None:
    """A layer that forward itself makes has weights that are new whenever it runs."""
    if id(module) not in recorder.loose and next(module.parameters(), None) is not None:
        recorder.note(repairs.made_in_forward(type(module).__name__, readers_line()[1]))


def forgotten(net: nn.Module, kept: Kept, counted: set[int]) -> list[str]:
    """Sentences on weights that were not used, and on weights that are used and not registered."""
    notes, parameters = [], list(net.named_parameters())
    unused = [(path, p) for path, p in parameters if id(p) not in counted]
    if unused:
        idle = {path for path, _ in unused}
        whole = [  # a module none of whose weights was used is named in one
            path for path, module in net.named_modules()
            if path and (own := [f"{path}.{name}" for name, _ in module.named_parameters()]) and idle.issuperset(own)
        ]  # fmt: skip
        outer = [path for path in whole if not any(path.startswith(f"{other}.") for other in whole)]
        alone = [path for path, _ in unused if not any(path.startswith(f"{other}.") for other in outer)]
        notes.append(repairs.unused([*outer, *alone], sum(p.numel() for _, p in unused)))
    holders: dict[tuple[str, str], dict[int, int]] = {}
    for path, kind, module in kept.loose:
        for p in module.parameters():
            if id(p) in counted and id(p) not in kept.registered:
                holders.setdefault((path, kind), {})[id(p)] = p.numel()
    notes += [repairs.unregistered(path, kind, sum(found.values())) for (path, kind), found in holders.items()]
    return notes
