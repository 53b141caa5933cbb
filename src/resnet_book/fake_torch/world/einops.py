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


def apply(op, x, pattern, sizes, reduction=None):
    """The tensor of a pattern, by the steps that einops takes: apart, in order, together again."""
    if isinstance(x, (list, tuple)):
        x = TORCH["stack"](x, 0)
    shape = tuple(x.shape)
    left, right = [_groups(side) for side in pattern.split("->")]
    left, right = _dots(left, right, len(shape))
    if len(left) != len(shape):
        expected = f"the {len(left)} of {pattern!r}"
        raise ShapeError(where(op), f"{repairs.size(shape)}: {len(shape)} dims", expected, "a pattern of as many axes")
    size = {axis: int(n) for axis, n in sizes.items()}
    left, right = _numbered(left, "<", size), _numbered(right, ">", size)
    fits = _fill_in(op, pattern, left, shape, size)
    before, after = [a for g in left for a in g], [a for g in right for a in g]
    out = [prod([size[a] for a in group]) for group in right]
    if not fits:
        return emit(op, out, [x], geometry=None)
    if len(before) != len(left) or any(len(g) != 1 for g in left):
        x = x.reshape([size[a] for a in before])
    gone = [a for a in before if a not in after]
    order = [before.index(a) for a in [a for a in after if a in before] + gone]
    if order != sorted(order):
        x = x.permute(order)
    if gone:
        x = _reduced(x, list(range(len(order) - len(gone), len(order))), reduction)
    for place, axis in enumerate(after):
        if axis not in before:
            x = x.unsqueeze(place)
    if len(after) > len(before) - len(gone):
        x = x.expand([size[a] for a in after])
    return x.reshape(out) if any(len(g) != 1 for g in right) else x


def _numbered(side, mark, size):
    """Every number in a side as an axis of its own, whose size it is."""
    out = []
    for i, group in enumerate(side):
        named = [f"{a}{mark}{i}.{j}" if a.isdigit() else a for j, a in enumerate(group)]
        size.update([(name, int(a)) for name, a in zip(named, group) if a.isdigit()])
        out.append(named)
    return out


def _fill_in(op, pattern, left, shape, known):
    """Find the sizes that are not given; returns whether all fit the shape. Where not, it goes on as if they did."""
    fits = True
    for group, n in zip(left, shape):
        free = [a for a in group if a not in known]
        rest = prod([known[a] for a in group if a not in free])
        if len(free) > 1:
            raise ValueError(f"einops: the sizes of {' and '.join(free)} in {pattern!r} cannot both be inferred")
        if (n % rest if free else n != rest) if rest else True:
            named = " * ".join([_equals(a, known) for a in group]) or "1"
            fix = f"a size that {rest} divides" if free else f"a size of {rest}"
            mistake(op, repairs.Words(f"{n} for ({named}) of {pattern!r}", fix, f"other sizes: {n} = {named}"))
            fits = False
        if free:
            known[free[0]] = n // rest if n % rest == 0 else max(1, n // rest)
    return fits


def _equals(axis, known):
    number = "<" in axis or ">" in axis
    return str(known[axis]) if number else f"{axis}={known[axis]}" if axis in known else axis


def _reduced(x, dims, reduction):
    if callable(reduction):
        return reduction(x, tuple(dims))
    if reduction == "prod":
        for dim in reversed(dims):
            x = x.prod(dim)
        return x
    return TORCH[{"min": "amin", "max": "amax"}.get(reduction, reduction)](x, tuple(dims))


def rearrange(tensor, pattern, **sizes):
    return apply("rearrange", tensor, pattern, sizes)


def repeat(tensor, pattern, **sizes):
    return apply("repeat", tensor, pattern, sizes)


def reduce(tensor, pattern, reduction, **sizes):
    return apply("reduce", tensor, pattern, sizes, reduction)


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
    reduction = None
    _own_path = False  # to torch it is a module like the reader's own

    def __init__(self, pattern, **sizes):
        super().__init__()
        self.pattern, self.sizes = pattern, sizes

    def forward(self, input):
        return apply(self.op, input, self.pattern, self.sizes, self.reduction)

    def extra_repr(self):
        return repr(self.pattern)


class Reduce(Rearrange):
    op = "reduce"

    def __init__(self, pattern, reduction="mean", **sizes):
        super().__init__(pattern, **sizes)
        self.reduction = reduction


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
