"""Trace a network by formula: every shape and cost of it, with no tensor and no torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from inspect import signature
from math import prod
from typing import Any, NamedTuple

from .architectures import Architecture, Block, Stem
from .errors import ShapeError
from .rules import (
    MAX_ELEMENTS,
    RULES,
    FeatureMap,
    Pair,
    adaptive_avg_pool2d,
    add,
    batch_norm,
    conv2d,
    describe,
    flatten,
    input_map,
    linear,
    max_pool2d,
    pad_channels,
    relu,
    subsample,
    times,
)

__all__ = ["Row", "Trace", "attempt", "trace", "trace_layers"]


class Row(NamedTuple):
    """One leaf operation, in the order they run.

    Attributes:
        name: the module's path, as in the state dict; of an operation without a module, the path of the module that
            runs it and the operation, for example ``"layer1.0.add"``.
        op: the rule, for example ``"conv2d"``.
        input_shape: what came in, without the batch.
        output_shape: what went out, without the batch.
        params: parameters that the operation owns.
        macs: multiply-accumulates for one picture.
        activations: elements that it puts out for one picture.
        receptive_field: how far one output position sees, (height, width) in input pixels; see `rules`. None where
            that cannot be known, as `measure` finds after a view or an up-sampling.
        stride: how far neighbouring output positions stand apart, (height, width) in input pixels, or None.
    """

    name: str
    op: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    params: int
    macs: int
    activations: int
    receptive_field: Pair | None
    stride: Pair | None


@dataclass(frozen=True)
class Trace:
    """Every operation of a network and what they add up to. Two traces are equal if all their rows are.

    Attributes:
        input_shape: of the input, without the batch; of several inputs, a tuple of their shapes.
        rows: the operations, in the order they ran.
        notes: sentences on what runs and is probably a mistake, each with its place and its repair.
    """

    input_shape: tuple[int, ...]
    rows: tuple[Row, ...]
    name: str = field(default="", compare=False)
    returned: Any = field(default=None, compare=False)  # where that is not what the last row puts out
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def output_shape(self) -> Any:
        """Shape of the answer (by default, after the last operation), without the batch.

        Where a network returns several tensors: a tuple or a dictionary of shapes, nested as the answer is.
        """
        if self.returned is not None:
            return self.returned
        return self.rows[-1].output_shape if self.rows else self.input_shape

    @property
    def params(self) -> int:
        """Parameters of all rows."""
        return sum(row.params for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of all rows, for one picture."""
        return sum(row.macs for row in self.rows)

    @property
    def activations(self) -> int:
        """Elements that all operations put out, for one picture."""
        return sum(row.activations for row in self.rows)

    def __getitem__(self, name: str) -> Row:
        """The first row of that name."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"no layer {name!r} in {self.name or 'this trace'}")

    def groups(self, depth: int = 1) -> tuple[Row, ...]:
        """The rows summed by the first `depth` parts of their name: ``groups(1)`` gives conv1, bn1, ..., layer1, ..."""
        out: list[Row] = []
        for row in self.rows:
            parts = row.name.split(".")
            name = ".".join(parts[:depth])
            if out and out[-1].name == name and len(parts) > depth:
                last = out[-1]
                out[-1] = row._replace(
                    name=name,
                    op="group",
                    input_shape=last.input_shape,
                    params=last.params + row.params,
                    macs=last.macs + row.macs,
                    activations=last.activations + row.activations,
                )
            else:
                out.append(row._replace(name=name, op="group") if len(parts) > depth else row)
        return tuple(out)

    def table(self, rows: Iterable[Row] | None = None) -> list[tuple[str, ...]]:
        """Header, one line a row (by default all of them), and the totals, as text."""
        lines = [("Layer", "Output shape", "Parameters", "MACs", "Activations", "Receptive field")]
        for row in self.rows if rows is None else rows:
            counts = (f"{n:,}" for n in (row.params, row.macs, row.activations))
            lines.append((row.name, shapes_text(row.output_shape), *counts, field_text(row.receptive_field)))
        counts = (f"{n:,}" for n in (self.params, self.macs, self.activations))
        return [*lines, ("Total", shapes_text(self.output_shape), *counts, "")]

    def text(self, rows: Iterable[Row] | None = None) -> str:
        """`table` as aligned text."""
        lines = self.table(rows)
        widths = [max(map(len, column)) for column in zip(*lines)]
        return "\n".join(
            "  ".join(
                [cells[0].ljust(widths[0]), cells[1].ljust(widths[1])]
                + [c.rjust(w) for c, w in zip(cells[2:], widths[2:])]
            ).rstrip()
            for cells in lines
        )

    def __str__(self) -> str:
        return "\n".join([self.text(), *(f"Note: {note}." for note in self.notes)])


def field_text(field: Pair | None) -> str:
    """A receptive field as text: "427x427", or "unknown"."""
    return "unknown" if field is None else times(field)


def shapes_text(shape: Any) -> str:
    """One shape as text, or several as they are nested: "1000", "(1000, 10)", "{out: 21x64x64, aux: 21x64x64}"."""
    if isinstance(shape, dict):
        return "{" + ", ".join(f"{key}: {shapes_text(part)}" for key, part in shape.items()) + "}"
    if shape is None:
        return "none"
    if shape == ():
        return "a number"
    if all(isinstance(n, int) for n in shape):
        return times(shape)
    return "(" + ", ".join(map(shapes_text, shape)) + ")"


class _Tracer:
    """Applies rules one after the other and keeps a row of each."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def __call__(self, name: str, rule, x: FeatureMap, *args: Any, **options: Any) -> FeatureMap:
        output, params, macs = rule(x, *args, where=name, **options)
        shape, field, stride = output
        count = prod(shape)
        if count > MAX_ELEMENTS:
            raise ShapeError(name, times(shape), f"at most {MAX_ELEMENTS} elements", "give a smaller input")
        self.rows.append(Row(name, rule.__name__, x.shape, shape, params, macs, count, field, stride))
        return output


def trace(what: Architecture | Block, input_shape: Sequence[int]) -> Trace:
    """Every operation of a network, or of one block, by formula.

    Args:
        what: an `Architecture` or a `Block`.
        input_shape: (channels, height, width), without the batch.

    Raises:
        ShapeError: for an input that it cannot take; names the layer and the repair.
        TypeError: for anything else than an architecture or a block.
    """
    found, error = attempt(what, input_shape)
    if error:
        raise error
    return found


def attempt(what: Architecture | Block, input_shape: Sequence[int]) -> tuple[Trace, ShapeError | None]:
    """As `trace`, but an impossible shape is returned beside the rows that still worked, not raised."""
    if not isinstance(what, (Architecture, Block)):
        raise TypeError(
            f"trace takes an Architecture or a Block, not {type(what).__name__}; "
            'for a name, trace(architecture("resnet50"), ...); for a module, measure(net, ...)'
        )
    t, x, error = _Tracer(), input_map(input_shape), None
    try:
        if isinstance(what, Architecture):
            _network(t, what, x)
        else:
            _block(t, "", what, x)
    except ShapeError as raised:
        error = raised
    return Trace(x.shape, tuple(t.rows), what.name if isinstance(what, Architecture) else what.kind), error


@cache
def _takes(op: str) -> dict[str, bool]:
    """The arguments of a rule, and whether each must be given."""
    parameters = signature(RULES[op]).parameters.values()
    return {p.name: p.default is p.empty for p in parameters if p.name not in ("x", "where")}


def trace_layers(layers: Sequence[Mapping[str, Any]], input_shape: Sequence[int]) -> Trace:
    """Every operation of a chain of layers, one after the other.

    Args:
        layers: one mapping a layer: ``op``, a name of `rules.RULES`, the rule's own arguments, and perhaps a ``name``
            (by default its place, as in ``nn.Sequential``), for example
            ``{"op": "conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}``.
        input_shape: (channels, height, width), without the batch.

    Raises:
        ShapeError: names the layer and the repair.
        ValueError: an unknown ``op``; the message lists what there is.
    """
    if isinstance(layers, (str, Mapping)) or not isinstance(layers, Iterable):
        raise ShapeError("layers", describe(layers), "a list of mappings", 'give [{"op": "relu"}], say')
    t, x = _Tracer(), input_map(input_shape)
    first = x
    for index, layer in enumerate(layers):
        if not isinstance(layer, Mapping):
            raise ShapeError(f"layer {index}", describe(layer), "a mapping", 'give {"op": "relu"}, say')
        options = dict(layer)
        op, name = options.pop("op", None), options.pop("name", str(index))
        if not isinstance(name, str):
            raise ShapeError(f"layer {index} name", describe(name), "a string", f'give name="{index}"')
        if not isinstance(op, str) or op not in RULES:
            raise ValueError(f"layer {name}: unknown op {describe(op)}. There is: {', '.join(RULES)}")
        takes = _takes(op)
        unknown, missing = (
            options.keys() - takes,
            [key for key, needed in takes.items() if needed and key not in options],
        )
        if unknown or missing:
            wrong = [f"no {key!r}" for key in sorted(map(str, unknown))] + [f"a {key!r} too" for key in missing]
            raise TypeError(f"layer {name}: {op} takes {' and '.join(wrong)}; it takes {', '.join(takes) or 'nothing'}")
        x = t(name, RULES[op], x, **options)
    return Trace(first.shape, tuple(t.rows))


def _network(t: _Tracer, arch: Architecture, x: FeatureMap) -> FeatureMap:
    x = _stem(t, arch.stem, arch, x)
    for name, block in arch.blocks():
        x = _block(t, f"{name}.", block, x)
    x = t("avgpool", adaptive_avg_pool2d, x, arch.pooled)
    x = t("flatten", flatten, x)
    return t("fc", linear, x, arch.num_classes)


def _stem(t: _Tracer, stem: Stem, arch: Architecture, x: FeatureMap) -> FeatureMap:
    x = t(
        "conv1",
        conv2d,
        x,
        stem.channels,
        stem.kernel_size,
        stride=stem.stride,
        padding=stem.padding,
        bias=arch.block == "d2l",
        in_channels=arch.in_channels,
    )
    x = t("bn1", batch_norm, x)
    x = t("relu", relu, x)
    return t("maxpool", max_pool2d, x, 3, stride=2, padding=1) if stem.pool else x


def _block(t: _Tracer, at: str, block: Block, x: FeatureMap) -> FeatureMap:
    bias = block.kind == "d2l"
    if block.kind == "bottleneck":
        early, late = (block.stride, 1) if block.version == "v1" else (1, block.stride)
        y = t(at + "conv1", conv2d, x, block.width, 1, stride=early, bias=False, in_channels=block.in_channels)
        y = t(at + "bn1", batch_norm, y)
        y = t(at + "relu", relu, y)
        y = t(at + "conv2", conv2d, y, block.width, 3, stride=late, padding=1, bias=False)
        y = t(at + "bn2", batch_norm, y)
        y = t(at + "relu", relu, y)
        y = t(at + "conv3", conv2d, y, block.out_channels, 1, bias=False)
        y = t(at + "bn3", batch_norm, y)
    else:
        y = t(
            at + "conv1",
            conv2d,
            x,
            block.out_channels,
            3,
            stride=block.stride,
            padding=1,
            bias=bias,
            in_channels=block.in_channels,
        )
        y = t(at + "bn1", batch_norm, y)
        y = t(at + "relu", relu, y)
        y = t(at + "conv2", conv2d, y, block.out_channels, 3, padding=1, bias=bias)
        y = t(at + "bn2", batch_norm, y)
    if block.shortcut != "none":
        y = t(at + "add", add, y, _shortcut(t, at, block, x))
    return t(at + "relu", relu, y)


def _shortcut(t: _Tracer, at: str, block: Block, x: FeatureMap) -> FeatureMap:
    if block.shortcut == "projection" and block.kind == "d2l":
        return t(at + "conv3", conv2d, x, block.out_channels, 1, stride=block.stride)
    if block.shortcut == "projection":
        x = t(at + "downsample.0", conv2d, x, block.out_channels, 1, stride=block.stride, bias=False)
        return t(at + "downsample.1", batch_norm, x)
    if block.shortcut == "pad":
        if block.stride > 1:
            x = t(at + "downsample.subsample", subsample, x, block.stride)
        if block.out_channels != block.in_channels:
            x = t(at + "downsample.pad_channels", pad_channels, x, block.out_channels, stride=block.stride)
    return x
