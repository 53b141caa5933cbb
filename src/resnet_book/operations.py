"""What counts as an operation, what it is called in a row, and what one position of its answer sees.

One table for all that trace a reader's own network: `measure` (the real torch) and `fake_torch` (shapes only) name the
same calls alike, leave out the same ones, and move the receptive field alike. Pure Python.

A geometry is (receptive field, stride), both (height, width) pairs, or None where it cannot be known. It is followed
through maps (batch, channels, height, width) and the vectors (batch, features) that come of them; every other rank is
unknown, and so is all that comes of something unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    Shape = Sequence[int]

__all__ = ["SILENT", "canonical", "kept", "mapped", "normed", "rearranged", "reduced", "widest"]

Geometry = "tuple[tuple[int, int], tuple[int, int]] | None"

SILENT = frozenset(
    "view reshape view_as reshape_as unflatten permute transpose swapaxes swapdims movedim moveaxis t squeeze "
    "unsqueeze expand expand_as repeat tile repeat_interleave broadcast_to contiguous to type type_as float double "
    "half bfloat16 long int bool cpu cuda detach clone requires_grad_ data chunk split tensor_split unbind getitem "
    "select narrow index_select gather take_along_dim unfold_dim roll flip rot90 rearrange diagonal masked_fill where "
    "tril triu setitem eq ne lt le gt ge logical_and logical_or logical_not isnan argmax argmin argsort one_hot copy_ "
    "fill_ zero_".split()
)
"""Calls that compute nothing of a map: they move, view, copy, compare or choose its elements. They write no row.

Three of them do after all, as the book's networks name them: a map laid out as one vector a picture is ``flatten``,
every second pixel (`[::2, ::2]`) is ``subsample``, and `F.pad` of channels is ``pad_channels``.
"""

_ALIASES = {
    "cat": "concat", "concatenate": "concat", "hstack": "concat", "vstack": "concat", "truediv": "div",
    "true_divide": "div", "divide": "div", "floordiv": "floor_divide", "multiply": "mul", "subtract": "sub",
    "rsub": "sub", "mod": "remainder", "mm": "matmul", "bmm": "matmul", "mv": "matmul", "dot": "matmul",
    "clip": "clamp", "negative": "neg", "absolute": "abs", "scaled_dot_product_attention": "attention",
    "multi_head_attention_forward": "attention",    "upsample": "interpolate",
    "upsample_nearest": "interpolate", "upsample_bilinear": "interpolate", "swish": "silu", "invert": "logical_not",
    "dropout1d": "dropout", "dropout3d": "dropout", "max_pool1d_with_indices": "max_pool1d",
    "max_pool2d_with_indices": "max_pool2d", "max_pool3d_with_indices": "max_pool3d", "special_softmax": "softmax",
}  # fmt: skip


def canonical(name: str) -> str:
    """The op of a called function: "__iadd__", "add_" and "add" are all "add"."""
    if name.startswith("__") and name.endswith("__"):
        name = name[2:-2]
        if name[:1] in ("r", "i") and name[1:] in _OPERATORS:
            name = name[1:]
    name = name.rstrip("_") if name not in SILENT else name
    return _ALIASES.get(name, name)


_OPERATORS = "add sub mul truediv floordiv mod pow matmul and or xor".split()


# ---------------------------------------------------------------- what one position sees


def mapped(shape: Shape) -> bool:
    """Whether a tensor of this shape, batch included, can have a geometry: a map or a vector."""
    return len(shape) in (2, 4)


def widest(geometries: Sequence[Geometry], shapes: Sequence[Shape], out: Shape) -> Geometry:
    """After an operation on every element of one or several tensors: the widest field, the coarsest stride.

    A map that is stretched over another, as a squeeze's answer is, does not set the stride.
    """
    if not mapped(out) or not geometries or any(g is None for g in geometries):
        return None
    fields = [g[0] for g in geometries]  # type: ignore[index]
    strides = [g[1] for g, s in zip(geometries, shapes) if tuple(s[2:]) == tuple(out[2:])] or [
        g[1]
        for g in geometries  # type: ignore[index]
    ]
    return (
        (max(f[0] for f in fields), max(f[1] for f in fields)),
        (max(s[0] for s in strides), max(s[1] for s in strides)),
    )


def kept(geometry: Geometry, shape: Shape, out: Shape) -> Geometry:
    """After an operation that leaves every pixel in its place (a choice of channels, a copy): the same."""
    same = len(shape) == len(out) and tuple(shape[2:]) == tuple(out[2:])
    return geometry if mapped(out) and same else None


def rearranged(geometry: Geometry, shape: Shape, out: Shape) -> Geometry:
    """After a view, a reshape, a squeeze: known for the same shape, and between a vector and a map of one pixel."""
    shape, out = tuple(shape), tuple(out)
    if shape == out and mapped(out):
        return geometry
    one_pixel = len(shape) == 4 and shape[2:] == (1, 1) and out == shape[:2]
    return geometry if one_pixel or (len(shape) == 2 and out == (*shape, 1, 1)) else None


def reduced(geometry: Geometry, shape: Shape, dims: Sequence[int], keepdim: bool) -> Geometry:
    """After a mean, sum or maximum over some dims: of the whole map as a global pooling, of channels as a mix."""
    over = sorted(dims)
    if geometry is None or len(shape) != 4:
        return None
    if over in ([2, 3], [1, 2, 3]) and (keepdim or over == [2, 3]):
        (fh, fw), (jh, jw) = geometry
        _, _, h, w = shape
        return (fh + (h - 1) * jh, fw + (w - 1) * jw), (jh * h, jw * w)
    return geometry if over == [1] and keepdim else None


def normed(geometry: Geometry, shape: Shape, height: bool = True, width: bool = True) -> Geometry:
    """After statistics of the map (group, instance and layer norm, batch norm by batch, a softmax): all is seen."""
    if geometry is None or len(shape) != 4:
        return geometry if mapped(shape) else None
    (fh, fw), jump = geometry
    _, _, h, w = shape
    return (fh + (h - 1) * jump[0] if height else fh, fw + (w - 1) * jump[1] if width else fw), jump
