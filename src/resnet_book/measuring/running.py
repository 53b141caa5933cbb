"""One measurement: the inputs, the run, what came out."""

from __future__ import annotations

import dataclasses
import inspect
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .. import repairs
from ..errors import ShapeError
from ..operations import mapped
from ..rules import MAX_ELEMENTS, describe, integer, times
from ..tracing import Trace
from .keeping import Kept, refuse_what_hides_its_operations
from .noticing import forgotten
from .recorder import Note, Recorder, is_library_layer
from .refusals import Unmeasurable, forgot, layer_refusal

__all__ = ["record"]


def record(net: nn.Module, inputs: tuple) -> Trace:
    """The trace of a module for its inputs; see `measure`."""
    if not isinstance(net, nn.Module):
        raise TypeError(
            f"measure takes a torch.nn.Module, not {type(net).__name__}; for an Architecture use trace, or build it"
        )
    net = getattr(net, "_orig_mod", net)  # of torch.compile
    refuse_what_hides_its_operations(net)
    kept = Kept(net)
    _check_signature(net, inputs)
    with torch.inference_mode(False), torch.no_grad(), torch.random.fork_rng(devices=[]):
        recorder = Recorder(net, kept)
        dtype = next((p.dtype for p in net.parameters() if p.is_floating_point()), torch.float32)
        names = ["input"] if len(inputs) == 1 else [f"input {i + 1}" for i in range(len(inputs))]
        given = [_given(value, name, dtype, recorder) for value, name in zip(inputs, names)]
        shapes = tuple(_structure(value) for value in given)
        try:
            with recorder.watching():
                kept.settle(net)
                out = net(*given)
                answer = _answer(net, recorder, out)
        except RecursionError as error:
            raise TypeError(
                f"{recorder.frames[0].path or type(net).__name__}: forward calls itself without an end"
            ) from error
        except Exception as error:
            raise _told(net, recorder, error) from error
        finally:
            kept.restore()
        notes = (*recorder.notes, *forgotten(net, kept, recorder.counted))
    return Trace(shapes[0] if len(shapes) == 1 else shapes, tuple(recorder.rows), type(net).__name__, answer, notes)


# ---------------------------------------------------------------- what goes in


def _check_signature(net: nn.Module, inputs: tuple) -> None:
    """Whether forward takes so many inputs."""
    try:
        signature = inspect.signature(net.forward)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*inputs)
    except TypeError:
        takes = [p for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        names = ", ".join(p.name + ("" if p.default is p.empty else "=...") for p in takes)
        example = ", ".join(["(3, 224, 224)"] * max(1, sum(p.default is p.empty for p in takes)))
        raise TypeError(
            f"measure got {len(inputs)} input{'s' * (len(inputs) != 1)}, but {type(net).__name__}.forward takes "
            f"({names}); give one shape, tensor or dictionary for each: measure(net, {example})"
        ) from None


def _is_shape(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and not any(
        isinstance(item, (tuple, list, Mapping, Tensor)) for item in value
    )


def _given(value: Any, name: str, dtype: torch.dtype, recorder: Recorder) -> Any:
    """An input as forward gets it: a tensor, with its batch, for every shape or tensor."""
    if isinstance(value, Mapping):
        return {key: _given(item, f"{name}[{key!r}]", dtype, recorder) for key, item in value.items()}
    if isinstance(value, Tensor):
        first = value.detach()[:1].clone() if value.dim() else value.detach().clone()  # one picture, a copy
        return _noted(first, name, recorder, shape_only=False)
    if not _is_shape(value):
        if isinstance(value, (tuple, list)):
            return type(value)(_given(item, f"{name}[{i}]", dtype, recorder) for i, item in enumerate(value))
        if name != "input" and isinstance(value, (bool, int, float, type(None))):
            return value
        expected = "a shape, a tensor, or a dictionary of them"
        raise ShapeError(name, describe(value), expected, "give a tuple such as (3, 224, 224)")
    axes = {1: ("features",), 2: ("channels", "length"), 3: ("channels", "height", "width")}.get(
        len(value), [f"size {i}" for i in range(len(value))]
    )
    shape = tuple(integer(n, f"{name} {axis}") for n, axis in zip(value, axes))
    if _product(shape) > MAX_ELEMENTS:
        raise ShapeError(name, times(shape), f"at most {MAX_ELEMENTS} elements", "give a smaller input")
    try:
        batch = torch.empty((1, *shape), device="meta", dtype=dtype)
    except RuntimeError as error:
        raise ShapeError(name, times(shape), "a tensor that torch can address", "give a smaller input") from error
    return _noted(batch, name, recorder, shape_only=True)


def _product(shape: tuple[int, ...]) -> int:
    total = 1
    for n in shape:
        total *= n
    return total


def _noted(tensor: Tensor, name: str, recorder: Recorder, shape_only: bool) -> Tensor:
    known = ((1, 1), (1, 1)) if mapped(tensor.shape) else None
    tensor._measured = Note(recorder, live=True, geometry=known)
    tensor._measured.given, tensor._measured.shape_only = name, shape_only
    return tensor


# ---------------------------------------------------------------- what comes out


def _structure(value: Any) -> Any:
    """The shapes, without the batch, of all tensors in a value, in its structure; None for what is no tensor."""
    if isinstance(value, Tensor):
        return tuple(map(int, value.shape[1:]))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: _structure(getattr(value, part.name)) for part in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _structure(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(_structure(item) for item in value)
    return None


def _answer(net: nn.Module, recorder: Recorder, out: Any) -> Any:
    """The shapes of what forward returned.

    Raises:
        ShapeError: nothing came back, or vectors whose batch a view has eaten.
    """
    if out is None:
        raise forgot(recorder)
    if isinstance(out, Tensor):
        note = getattr(out, "_measured", None)
        if note is not None and note.eaten:
            raise ShapeError(note.eaten[0], *repairs.batch_eaten(*note.eaten[1]))
    return _structure(out)


def _told(net: nn.Module, recorder: Recorder, error: Exception) -> Exception:
    """What a reader is told of an error in the run."""
    failed = recorder.failed or recorder.frames[0]
    place = failed.path or type(net).__name__
    if isinstance(error, ShapeError):
        return error
    if isinstance(error, Unmeasurable):
        return TypeError(f"{place}: {error}{_line(error)}")
    if recorder.forgetful is not None and "NoneType" in str(error):
        return forgot(recorder)
    if "TorchScript" in str(error):
        said = "a scripted function hides its operations from measure; call the one it was made from"
        return TypeError(f"{place}: {said}{_line(error)}")
    if isinstance(error, (AttributeError, KeyError)) or not _raised_by_torch(error):
        return error
    maps = [value for value in failed.args if isinstance(value, Tensor)]
    if maps and is_library_layer(failed.module):
        return layer_refusal(failed.path, failed.module, maps, error)
    return TypeError(f"{place}: {str(error).strip().splitlines()[0]}{_line(error)}")


def _raised_by_torch(error: Exception) -> bool:
    """Whether an error comes from torch's code, or from its compiled part by way of a line that raises nothing."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or frames[-1].filename.startswith(str(Path(torch.__file__).parent)):
        return bool(frames)
    return isinstance(error, (RuntimeError, NotImplementedError)) and "raise" not in (frames[-1].line or "raise")


def _line(error: Exception) -> str:
    """Where in the reader's code, for the end of a message."""
    ours = (str(Path(__file__).parent), str(Path(torch.__file__).parent))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(ours)]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
