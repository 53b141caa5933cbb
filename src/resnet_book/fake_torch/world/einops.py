"""einops: rearrange, reduce, repeat, einsum, and their layers."""

from ... import repairs
from ...errors import ShapeError
from ..functions import TORCH
from ..layers import Layer
from ..recording import emit, mistake, where
from ..sizes import prod
from .names import Namespace

__all__ = ["modules"]


def _groups(side):
    """One side of a pattern: "b (h p) 1 ..." -> [["b"], ["h", "p"], [], "..."]."""
    out, group = [], None
    for token in side.replace("(", " ( ").replace(")", " ) ").replace("...", " ... ").split():
        if token == "(":
            group = []
        elif token == ")":
            out.append(group)
            group = None
        elif group is not None:
            group.append(token)
        else:
            out.append([] if token == "1" else token if token == "..." else [token])
    return out


def _dots(left, right, rank):
    """The dots written out as axes of their own."""
    at = next((i for i, g in enumerate(left) if g == "..."), None)
    if at is None:
        return left, right
    axes = [f"_{i}" for i in range(rank - len(left) + 1)]
    left = left[:at] + [[a] for a in axes] + left[at + 1 :]
    out = []
    for group in right:
        if group == "...":
            out += [[a] for a in axes]
        else:
            out.append([b for a in group for b in (axes if a == "..." else [a])])
    return left, out


def apply(op, x, pattern, sizes):
    """The tensor of a pattern."""
    if isinstance(x, (list, tuple)):
        x = TORCH["stack"](x, 0)
    shape = tuple(x.shape)
    left, right = [_groups(side) for side in pattern.split("->")]
    left, right = _dots(left, right, len(shape))
    if len(left) != len(shape):
        expected = f"the {len(left)} of {pattern!r}"
        raise ShapeError(where(op), f"{repairs.size(shape)}: {len(shape)} dims", expected, "a pattern of as many axes")
    known = {axis: int(n) for axis, n in sizes.items()}
    for group, n in zip(left, shape):
        free = [a for a in group if a not in known and not a.isdigit()]
        rest = prod([known.get(a, int(a) if a.isdigit() else 1) for a in group if a not in free])
        if len(free) > 1:
            raise ValueError(f"einops: the sizes of {' and '.join(free)} in {pattern!r} cannot both be inferred")
        if (n % rest if free else n != rest) if rest else True:
            named = " * ".join([f"{a}={known[a]}" if a in known else a for a in group]) or "1"
            fix = f"a size that {rest} divides" if free else f"a size of {rest}"
            mistake(op, repairs.Words(f"{n} for ({named}) of {pattern!r}", fix, f"other sizes: {n} = {named}"))
        if free:
            known[free[0]] = max(1, n // rest)
    out = [prod([known.get(a, int(a) if a.isdigit() else 1) for a in group]) for group in right]
    return emit(op, out, [x], geometry=None)


def rearrange(tensor, pattern, **sizes):
    return apply("rearrange", tensor, pattern, sizes)


def repeat(tensor, pattern, **sizes):
    return apply("repeat", tensor, pattern, sizes)


def reduce(tensor, pattern, reduction=None, **sizes):
    return apply("reduce", tensor, pattern, sizes)


def einsum(*args):
    letters, pattern = {}, args[-1]
    for axis in pattern.replace("->", " ").replace(",", " ").split():
        letters.setdefault(axis, "..." if axis == "..." else chr(ord("a") + len(letters)))
    sides = [
        ",".join(["".join([letters[a] for a in t.split()]) for t in side.split(",")]) for side in pattern.split("->")
    ]
    return TORCH["einsum"]("->".join(sides), *args[:-1])


def _around(pattern):
    """The axes before and after the star of a pattern of `pack`."""
    axes = pattern.split()
    star = axes.index("*")
    return star, len(axes) - star - 1


def pack(tensors, pattern):
    before, after = _around(pattern)
    flat, packed = [], []
    for x in tensors:
        shape = tuple(x.shape)
        middle = shape[before : len(shape) - after]
        packed.append(middle)
        flat.append(x.reshape(*shape[:before], prod(middle), *shape[len(shape) - after :]))
    return TORCH["cat"](flat, before), packed


def unpack(tensor, packed_shapes, pattern):
    before, _ = _around(pattern)
    sizes = [prod(shape) for shape in packed_shapes]
    if -1 in [n for shape in packed_shapes for n in shape]:
        free = next(i for i, shape in enumerate(packed_shapes) if -1 in shape)
        sizes[free] = tensor.shape[before] - sum([n for i, n in enumerate(sizes) if i != free])
    parts = TORCH["split"](tensor, sizes, before)
    shape = tuple(tensor.shape)
    return [p.reshape(*shape[:before], *middle, *shape[before + 1 :]) for p, middle in zip(parts, packed_shapes)]


class Rearrange(Layer):
    op = "rearrange"

    def __init__(self, pattern, **sizes):
        super().__init__()
        self.pattern, self.sizes = pattern, sizes

    def forward(self, input):
        return apply(self.op, input, self.pattern, self.sizes)

    def extra_repr(self):
        return repr(self.pattern)


class Reduce(Rearrange):
    op = "reduce"

    def __init__(self, pattern, reduction="mean", **sizes):
        super().__init__(pattern, **sizes)


def modules():
    """einops and its layers, by name."""
    functions = {
        "rearrange": rearrange,
        "repeat": repeat,
        "reduce": reduce,
        "einsum": einsum,
        "pack": pack,
        "unpack": unpack,
    }
    layers = Namespace("einops.layers.torch", {"Rearrange": Rearrange, "Reduce": Reduce})
    above = Namespace("einops.layers", {"torch": layers})
    return {
        "einops": Namespace("einops", {**functions, "layers": above}),
        "einops.einops": Namespace("einops.einops", functions),
        "einops.layers": above, "einops.layers.torch": layers,
    }  # fmt: skip
