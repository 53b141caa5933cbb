"""What torch says of a call that it refuses, as an error of this package, with its place and its repair."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from .. import repairs, rules
from ..errors import ShapeError
from ..repairs import Words
from ..rules import FeatureMap, times
from .lines import readers_line
from .noticing import BINARY, Batch, sizes_asked

if TYPE_CHECKING:
    from .recorder import Recorder

__all__ = ["Unmeasurable", "check_call", "layer_refusal", "refusal"]


class Unmeasurable(Exception):
    """What `measure` cannot follow. No TypeError yet: Tensor's operators would take it for "cannot subtract"."""


_RANKS = {
    "conv1d": 1, "conv2d": 2, "conv3d": 3, "conv_transpose1d": 1, "conv_transpose2d": 2, "conv_transpose3d": 3,
    "max_pool2d": 2, "avg_pool2d": 2, "adaptive_avg_pool2d": 2, "adaptive_max_pool2d": 2, "lp_pool2d": 2,
    "max_pool1d": 1, "avg_pool1d": 1, "max_pool3d": 3, "avg_pool3d": 3, "adaptive_avg_pool1d": 1,
    "adaptive_avg_pool3d": 3,
}  # fmt: skip
_MAPS = {1: "(channels, length)", 2: "(channels, height, width)", 3: "(channels, depth, height, width)"}
_READS = set(
    str.split(
        "item tolist numpy __bool__ __int__ __float__ __index__ __complex__ nonzero equal unique "
        "unique_consecutive allclose masked_select is_nonzero argwhere bincount __array__ __contains__"
    )
)
_PRODUCTS = {"linear", "matmul", "addmm", "baddbmm", "bilinear", *(op for op in _RANKS if op.startswith("conv"))}


def bare(x: Tensor) -> tuple[int, ...]:
    """A tensor's shape without its batch."""
    return tuple(x.shape[1:])


# ---------------------------------------------------------------- what torch would take, and should not


def check_call(recorder: Recorder, op: str, function: Any, args: tuple, kwargs: dict, maps: list[Tensor]) -> tuple:
    """The arguments of a call, if it means what it says; torch itself would not ask, or not on the meta device.

    Raises:
        ShapeError: a linear layer on a map, a map without its batch, a view that ate the batch.
        Unmeasurable: kinds of numbers that do not go together, a name as an index.
    """
    x = args[0]
    if op in _RANKS and isinstance(x, Tensor) and x.dim() != _RANKS[op] + 2:
        rank = _RANKS[op]
        where = recorder.where(op)
        if x._measured.given and rank == 2 and x._measured.shape_only:
            rules.input_map(bare(x), x._measured.given)  # raises, in the words of `trace`
        if x._measured.given and not x._measured.shape_only and x.dim() == rank + 1:
            got, batched = f"a tensor of {x.dim()} dims", f"(batch, {_MAPS[rank][1:]}"
            raise ShapeError(x._measured.given, got, batched, "give the tensor with its batch, x[None]")
        expected = rules.MAP if rank == 2 else f"a map of {_MAPS[rank]}"
        raise ShapeError(x._measured.given or where, *repairs.dims(bare(x), expected, where))
    weight = args[1] if len(args) > 1 else kwargs.get("weight")
    if op == "linear" and isinstance(x, Tensor) and isinstance(weight, Tensor) and x._measured.live:
        where = recorder.where(op)
        if x._measured.poured:
            raise ShapeError(where, *repairs.batch_flattened(*x._measured.poured))
        if x._measured.eaten:
            raise ShapeError(x._measured.eaten[0], *repairs.batch_eaten(*x._measured.eaten[1]))
        along_width = x.dim() == 4 and x._measured.geometry is not None and x.shape[-1] == weight.shape[-1]
        if along_width and weight.shape[0] != weight.shape[-1]:  # a layer that keeps the width may be meant
            rules.linear(FeatureMap(bare(x)), weight.shape[0], where=where)  # torch would multiply along the width
    if op.startswith("conv") and isinstance(x, Tensor) and isinstance(weight, Tensor):
        _check_convolution(recorder.where(op), op, x, weight, kwargs.get("groups", args[6] if len(args) > 6 else 1))
    if op in BINARY and len(maps) == 2:
        _check_ranks(recorder, op, *maps)
    if op in ("view", "reshape") and x.dim() > 1 and x.shape[0] == 1:
        return _for_one_picture(recorder, function, args)
    if op in ("embedding", "embedding_bag"):
        index = args[0]
        if index.is_floating_point() or index.is_complex():
            if not (index._measured.given and index._measured.shape_only):
                raise ShapeError(recorder.where(op), *repairs.embedding(_kind(index)))
            whole = index.long()  # of a shape alone no kind is known: it is the one that fits
            whole._measured = index._measured
            return (whole, *args[1:])
    if op == "getitem" and isinstance(args[1], str):
        raise Unmeasurable(
            f"{args[1]!r} is looked up in a tensor; where forward takes a dictionary, give measure one: "
            f'measure(net, {{"{args[1]}": {bare(x)}}})'
        )
    if op == "squeeze" and len(args) == 1 and not kwargs and x.dim() > 2 and x.shape[0] == 1:
        recorder.note(repairs.squeezed(recorder.where(op), readers_line()[1]))
        return x, tuple(range(1, x.dim()))  # as with any other batch
    pair = isinstance(x, Tensor) and isinstance(weight, Tensor) and x.dtype != weight.dtype
    if op in _PRODUCTS and pair and not (torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda")):
        raise Unmeasurable(_kinds(x, weight))
    return args


def _check_ranks(recorder: Recorder, op: str, a: Tensor, b: Tensor) -> None:
    """A vector for each picture that meets a map: with one picture torch stretches it along the wrong dim."""
    low, high = sorted((a, b), key=Tensor.dim)
    beside = high.dim() - low.dim()
    if beside and low.dim() > 1 and low.shape[0] == 1 == high.shape[0] and high.shape[beside] != 1:
        raise ShapeError(recorder.where(op), *_meeting(recorder, op, [a, b]))


def _for_one_picture(recorder: Recorder, function: Any, args: tuple) -> tuple:
    """The arguments of a view with a written batch size, for the batch of one that runs here; a note says so."""
    x, sizes = args[0], sizes_asked(args)
    written = len(sizes) > 1 and type(sizes[0]) is int and sizes[0] > 1
    known = prod(n for n in sizes[1:] if n != -1)
    fits = known and x.numel() % known == 0 if -1 in sizes[1:] else known == x.numel()
    if not (written and fits):
        return args
    recorder.note(repairs.batch_written(sizes[0], readers_line()[1], function.__name__))
    sizes = (Batch(1), *sizes[1:])
    return (x, sizes) if isinstance(args[1], (tuple, list)) else (x, *sizes)


def _check_convolution(where: str, op: str, x: Tensor, weight: Tensor, groups: Any) -> None:
    """Channels and groups of a convolution: without values, torch does not look at all of them."""
    if "transpose" in op:
        if weight.shape[0] != x.shape[1]:
            raise ShapeError(where, *repairs.channels(bare(x), weight.shape[0]))
    elif weight.shape[1] * groups == x.shape[1] and weight.shape[0] % groups:
        rules.conv2d(FeatureMap((x.shape[1], 1, 1)), weight.shape[0], 1, groups=groups, where=where)  # raises


def _kind(x: Tensor) -> str:
    return str(x.dtype).removeprefix("torch.")


def _kinds(x: Tensor, weight: Tensor) -> str:
    fix = "give x.float()" if weight.dtype == torch.float32 else f"give x.to({weight.dtype})"
    fix += f", or net.to({x.dtype})" if x.is_floating_point() else ""
    return f"{_kind(x)} numbers meet {_kind(weight)} ones, and torch does not convert them here; {fix}"


# ---------------------------------------------------------------- what torch refuses


def refusal(
    recorder: Recorder, op: str, name: str, args: tuple, kwargs: dict, maps: list[Tensor], error: Exception
) -> Exception:
    """The error of this package for one of torch's."""
    where, reason = recorder.where(op), _reason(error)
    if name in _READS or "meta tensor" in reason or "data-independent" in reason or "meta device" in reason:
        return Unmeasurable(
            f"{name.strip('_')}() reads a value, and measure follows shapes: no value is computed from a map or a "
            "large weight. Decide by x.shape, or by an argument of __init__; or measure the module that the branch "
            "calls; a tensor in place of a shape keeps its values until it meets a weight"
        )
    if recorder.forgetful is not None and any(value is None for value in args):
        return forgot(recorder)
    if not maps:
        return Unmeasurable(f"{name}() of constants fails: {reason}")
    if isinstance(error, NotImplementedError):
        return Unmeasurable(
            f"{name}() exists for no tensor without values: {reason}; measure what comes before and after"
        )
    if "dtype" in reason or "scalar type" in reason or "Input type" in reason:
        weight = next((t for t in args[1:] if isinstance(t, Tensor) and t.dtype != maps[0].dtype), None)
        return Unmeasurable(_kinds(maps[0], weight) if weight is not None else f"{name}(): {reason}")
    try:
        words = _words(recorder, op, name, args, kwargs, maps, where, reason)
    except ShapeError as found:  # in the words of the formulas
        return found
    except Exception:  # an odd call: what torch says has to do
        words = None
    return ShapeError(where, *(words or _other(op, args, maps, reason)))


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _other(op: str, args: tuple, maps: list[Tensor], reason: str) -> Words:
    """A refusal of a kind that has no words of its own."""
    shapes = " and ".join(times(bare(x)) or "a single number" for x in maps)
    return Words(shapes, f"what {op} takes ({reason})", f"change {op} or what it is given")


def forgot(recorder: Recorder) -> ShapeError:
    """A module returned nothing, and something was done with it."""
    frame = recorder.forgetful
    kind = type(frame.module).__name__
    return ShapeError(frame.path or kind, *repairs.nothing_returned(kind))


def layer_refusal(path: str, module: nn.Module, maps: list[Tensor], error: Exception) -> ShapeError:
    """A layer that looks at its input before it calls torch, as BatchNorm2d does."""
    x, kind = maps[0], type(module).__name__
    if kind.startswith(("BatchNorm", "InstanceNorm", "LazyBatchNorm")) and "input" in str(error):
        takes = {"1": "(channels,) or (channels, length)", "2": rules.MAP, "3": f"a map of {_MAPS[3]}"}[kind[-2]]
        layer = f"{kind[:-2]}{x.dim() - 2 or 1}d({x.shape[1]})" if x.dim() in (2, 3, 4, 5) else ""
        return ShapeError(path or kind, *repairs.dims(bare(x), takes, path or kind, layer))
    return ShapeError(path or kind, *_other(kind, (), maps, _reason(error)))


def _words(
    recorder: Recorder, op: str, name: str, args: tuple, kwargs: dict, maps: list[Tensor], where: str, reason: str
) -> Words | None:
    """The words of a refusal by its kind; the formulas raise their own."""
    x = args[0] if args and isinstance(args[0], Tensor) else maps[0]
    if op in ("conv1d", "conv2d", "conv3d"):
        return _convolution(op, where, *args, **kwargs)
    if op.startswith("conv_transpose") and x.shape[1] != args[1].shape[0]:
        return repairs.channels(bare(x), args[1].shape[0])
    if op in ("max_pool2d", "avg_pool2d"):
        return _pooling(op, where, *args, **kwargs)
    if op == "batch_norm":
        stats = [t for t in (*args[1:5], *kwargs.values()) if isinstance(t, Tensor)]
        if stats and stats[0].numel() != x.shape[1]:
            return repairs.normalized(f"BatchNorm{max(1, x.dim() - 2)}d", bare(x), stats[0].numel())
    if op in ("group_norm", "instance_norm") and x.dim() > 1:
        return _group_norm(op, *args, **kwargs)
    if op == "layer_norm":
        shape = tuple(args[1])
        fix = f"LayerNorm({x.shape[-1] if len(shape) == 1 else list(x.shape[-len(shape) :])})"
        if len(shape) == 1 and x.dim() == 4 and x.shape[1] == shape[0]:
            fix = f"GroupNorm(1, {shape[0]}), or permute(0, 2, 3, 1) before it, so that the channels come last"
        return Words(_size(bare(x)), f"a tensor that ends in {times(shape)}", fix)
    if op == "linear":
        flattened = x._measured.flattened if len(bare(x)) == 1 else None
        return repairs.linear_features(bare(x), args[1].shape[1], args[1].shape[0], where, flattened)
    if op in ("matmul", "addmm", "baddbmm"):
        left, right = [t for t in args if isinstance(t, Tensor)][-2:]
        return repairs.product(tuple(left.shape), tuple(right.shape))
    if op in ("view", "view_as", "unflatten", "reshape"):
        if "stride" in reason:
            return repairs.out_of_order(bare(x), name)
        return repairs.view(bare(x), sizes_asked(args), name)
    if op == "concat":
        dim = kwargs.get("dim", args[1] if len(args) > 1 else 0)
        return repairs.concatenation([bare(t) for t in args[0]], dim % args[0][0].dim())
    if op == "stack":
        shapes = [bare(t) for t in args[0]]
        other = next(s for s in shapes if s != shapes[0])
        return Words(
            f"{times(shapes[0])} and {times(other)}",
            "equal shapes",
            "torch.cat, or equal shapes",
        )
    pair = [t for t in args[:2] if isinstance(t, Tensor)]
    if len(pair) == 2:
        return _meeting(recorder, op, pair)
    return None


def _convolution(op: str, where: str, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1) -> Words | None:
    wanted = weight.shape[1] * groups
    if x.shape[1] != wanted == x._measured.beside:
        return repairs.channels(bare(x), wanted, wanted)
    if op == "conv2d":
        padding = 0 if isinstance(padding, str) else padding
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        options = {key: tuple(_many(value, 2)) for key, value in options.items()}
        kernel = tuple(weight.shape[2:])
        rules.conv2d(
            FeatureMap(bare(x)), weight.shape[0], kernel, groups=groups, in_channels=wanted, where=where, **options
        )
    if x.shape[1] != wanted:
        return repairs.channels(bare(x), wanted)
    reach = [d * (k - 1) + 1 for k, d in zip(weight.shape[2:], _many(dilation, x.dim() - 2))]
    return Words(
        times(bare(x)), f"at least {times(tuple(reach))}, what the kernel covers", "more padding, or a smaller kernel"
    )


def _many(value: Any, count: int) -> list[int]:
    values = list(value) if isinstance(value, (tuple, list)) else [value]
    return values * count if len(values) == 1 else values


def _pooling(op: str, where: str, x, kernel_size, stride=None, padding=0, *more: Any, **options: Any) -> None:
    takes = {key: options[key] for key in ("ceil_mode", "dilation") if key in options}
    if op == "max_pool2d" and more:
        takes["dilation"] = more[0]
    kernel, step, pad = (
        tuple(_many(v, 2)) for v in (kernel_size, kernel_size if stride in (None, [], ()) else stride, padding)
    )
    getattr(rules, op)(FeatureMap(bare(x)), kernel, stride=step, padding=pad, where=where, **takes)


def _group_norm(op: str, x, *args: Any, **kwargs: Any) -> Words | None:
    count = args[0] if op == "group_norm" and args else None
    weight = next((t for t in (*args, *kwargs.values()) if isinstance(t, Tensor)), None)
    if weight is not None and weight.numel() != x.shape[1]:
        layer = f"GroupNorm({count}, *)" if count else f"InstanceNorm{max(1, x.dim() - 2)}d"
        return repairs.normalized(layer, bare(x), weight.numel())
    if count and x.shape[1] % count:
        return Words(f"{x.shape[1]} channels", f"a multiple of {count} groups", "groups that divide the channels")
    if "1 spatial" in str(kwargs) or x.shape[2:].numel() == 1:
        return repairs.one_value(bare(x))
    return None


_EQUAL = "shapes that are equal, or 1 where they differ"


def _size(shape: tuple[int, ...]) -> str:
    return times(shape) or "a single number"


def _meeting(recorder: Recorder, op: str, pair: list[Tensor]) -> Words:
    """Two tensors that have to have one shape."""
    a, b = pair
    if not (a._measured.live and b._measured.live and a.shape[:1] == b.shape[:1]):  # a constant has no batch
        p, q = tuple(a.shape), tuple(b.shape)
        return Words(f"{_size(p)} and {_size(q)}", _EQUAL, repairs.meeting(q, p))
    named = [repairs.is_shortcut(tensor._measured.through) for tensor in pair]
    deeper = a._measured.depth >= b._measured.depth if named[0] == named[1] else named[1]
    branch, shortcut = (a, b) if deeper else (b, a)
    if op != "add":
        fix = repairs.addition(bare(branch), bare(shortcut)).fix
        return Words(f"{_size(bare(a))} and {_size(bare(b))}", _EQUAL, fix)
    if rules.broadcasts(bare(a), bare(b)):  # torch stretches, but not into the left side of `x += y`
        got = f"{_size(bare(a))} on the left and {_size(bare(b))} on the right"
        expected = f"a result of {_size(bare(a))}, what the left side holds"
        return Words(got, expected, repairs.addition(bare(branch), bare(shortcut)).fix)
    own = shortcut._measured.through
    return repairs.addition(bare(branch), bare(shortcut), *(own[:2] if own and own[2] > recorder.entered() else ()))
