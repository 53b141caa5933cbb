"""The same elements in another order or shape; several tensors side by side; parts of one."""

from ... import repairs, rules
from ...errors import ShapeError
from ...operations import kept, rearranged, widest
from .. import strides
from ..lines import running_line
from ..recording import emit, feature_map, from_step, mistake, now, single, where
from ..sizes import broadcast, prod
from ..tensor import METHODS, Tensor, sizes_of
from .tables import TORCH, known, tensors_of, to_dim, to_dims

__all__ = ["cat", "flatten", "permute", "reshape", "squeeze", "stack", "unsqueeze"]


# ---------------------------------------------------------------- views


def _view(call):
    @known("tensor" if call == "view" else "tensor torch", call)
    def run(input, *shape, **options):
        shape = shape or (options.get("shape", options.get("size")),)
        if (
            len(shape) == 1
            and not isinstance(shape[0], (int, tuple, list, Tensor))
            and not hasattr(shape[0], "__index__")
        ):
            return input if hasattr(shape[0], "itemsize") else sizes_of(shape, call)  # view(dtype)
        return reshape(input, sizes_of(shape, call), call)


def reshape(x, asked, call="reshape"):
    """A view of other sizes; a mistake where they do not hold the elements."""
    want, count = list(asked), x.numel()
    holes = [i for i, n in enumerate(want) if n == -1]
    known_ = prod([n for n in want if n != -1])
    if len(holes) > 1:
        raise ShapeError(where(call), f"{call}{tuple(asked)}", "at most one -1", "a number for all sizes but one")
    recorder = now.recorder
    if x.live and recorder is not None and len(asked) > 1 and asked[0] > 1 and x.shape[0] == recorder.batch:
        recorder.batch_sizes.append((asked[0], running_line(), call))
    if (holes and (known_ == 0 or count % known_)) or (not holes and known_ != count) or min(want, default=0) < -1:
        mistake(call, repairs.view(single(x.shape), tuple(asked), call))
        want = _meant(x, want)
    elif holes:
        want[holes[0]] = count // known_
    return _arranged(x, tuple(want), asked, call)


def _meant(x, want):
    """The shape that a wrong view was to have: its sizes, for the batch that there is."""
    rest = [max(n, 1) for n in want[1:]]
    if len(want) == 2 and want[1] == -1:
        rest = [max(1, x.numel() // x.shape[0])]
    return [x.shape[0], *rest]


def _arranged(x, want, asked, call):
    if len(x.shape) == 4 and len(want) == 2 and want[0] == x.shape[0]:
        return _laid(_flattened(x, want), x, call)
    out = _laid(emit("view", want, [x], geometry=rearranged(x.geometry, x.shape, want)), x, call)
    out.values = x.values
    recorder = now.recorder
    of_batch = x.live and recorder is not None and x.shape[0] == recorder.batch
    if of_batch and 0 < len(want) <= 2 < len(x.shape) and want[0] != x.shape[0] and asked[0] == -1:
        recorder.folded = (where(call), single(x.shape), tuple(asked), want[-1], call, recorder.place(call))
    return out


def _laid(out, x, call):
    """How the elements of a view lie; a mistake where torch would have to move them, which view does not."""
    if out.numel() != x.numel():  # of a mistake that is written down
        return out
    _pour(out, x, call)
    whole, out.strides = strides.viewed(x, tuple(out.shape))
    if not whole and "reshape" not in call:
        mistake(call, repairs.out_of_order(single(x.shape), call))
    return out


def _pour(out, x, call):
    """Remember that all pictures of a batch now stand in one row."""
    recorder = now.recorder
    whole = x.live and recorder is not None and x.shape[:1] == (recorder.batch,) and x.numel() > recorder.batch
    if whole and len(out.shape) == 1 < len(x.shape):
        out.poured = single(x.shape), call


def _flattened(x, want=None):
    """A map as one vector a picture, by the rule; it remembers the map for the repair of what comes next."""
    step = rules.flatten(feature_map(x), where=where("flatten"))
    if want is not None and step.output.shape != tuple(want[1:]):
        return emit("flatten", want, [x], geometry=None)
    out = from_step("flatten", step, x, [x])
    out.flat_of = single(x.shape)
    return out


_view("view"), _view("reshape")


@known("tensor")
def view_as(input, other):
    return reshape(input, tuple(other.shape), "view_as")


@known("tensor")
def reshape_as(input, other):
    return reshape(input, tuple(other.shape), "reshape_as")


@known("torch tensor")
def flatten(input, start_dim=0, end_dim=-1):
    x, n = input, len(input.shape)
    if n == 0:
        return emit("view", (1,), [x], geometry=None)
    start, end = to_dim(start_dim, n), to_dim(end_dim, n)
    if n == 4 and (start, end) == (1, 3):
        return _laid(_flattened(x), x, "reshape")
    shape = (*x.shape[:start], prod(x.shape[start : end + 1]), *x.shape[end + 1 :])
    if x.live and start == 0 and n > 1 and now.recorder is not None and x.shape[0] == now.recorder.batch:
        place = now.recorder.place("flatten")
        now.recorder.folded = (where("flatten"), single(x.shape), (-1,), shape[-1], "flatten", place)
    out = emit("flatten", shape, [x], geometry=rearranged(x.geometry, x.shape, shape), row=n > 1)
    out = _laid(out, x, "reshape")
    if out.poured:
        out.poured = out.poured[0], "flatten"
    return out


METHODS["ravel"] = TORCH["ravel"] = flatten


@known("torch tensor")
def unflatten(input, dim, sizes):
    dim, sizes = to_dim(dim, len(input.shape)), list(sizes)
    rest = prod([n for n in sizes if n != -1])
    if -1 in sizes and rest and input.shape[dim] % rest == 0:
        sizes[sizes.index(-1)] = input.shape[dim] // rest
    if prod(sizes) != input.shape[dim]:
        words = repairs.Words(
            f"{input.shape[dim]} in dim {dim}",
            f"{prod(sizes)}: {repairs.size(sizes)}",
            f"sizes whose product is {input.shape[dim]}",
        )
        mistake("unflatten", words)
    shape = (*input.shape[:dim], *sizes, *input.shape[dim + 1 :])
    out = emit("unflatten", shape, [input], geometry=rearranged(input.geometry, input.shape, shape))
    return _laid(out, input, "unflatten") if prod(shape) == input.numel() else out


# ---------------------------------------------------------------- another order


@known("torch tensor")
def permute(input, *dims, **options):
    dims = options.get("dims", dims)
    dims = dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    n = len(input.shape)
    order = [to_dim(d, n) for d in dims]
    if sorted(order) != list(range(n)):
        raise ShapeError(
            where("permute"),
            f"{repairs.size(input.shape)}: {n} dims with the batch",
            f"{len(order)} dims: permute{tuple(dims)}",
            "name every dim once",
        )
    shape = [input.shape[d] for d in order]
    out = emit("permute", shape, [input], geometry=input.geometry if order == sorted(order) else None)
    out.strides = strides.sliced(shape, input, order)
    return out


@known("torch tensor", "transpose", "swapaxes", "swapdims")
def transpose(input, dim0=0, dim1=1):
    order = list(range(len(input.shape)))
    a, b = to_dim(dim0, len(order)), to_dim(dim1, len(order))
    order[a], order[b] = order[b], order[a]
    return permute(input, *order)


@known("torch tensor")
def t(input):
    return transpose(input, 0, 1) if len(input.shape) == 2 else input


@known("torch tensor", "movedim", "moveaxis")
def movedim(input, source, destination):
    n = len(input.shape)
    pairs = sorted(zip(to_dims(destination, n), to_dims(source, n)))
    order = [d for d in range(n) if d not in [s for _, s in pairs]]
    for target, origin in pairs:
        order.insert(target, origin)
    return permute(input, *order)


@known("torch tensor")
def unsqueeze(input, dim):
    dim = to_dim(dim, len(input.shape) + 1)
    shape = (*input.shape[:dim], 1, *input.shape[dim:])
    out = emit("unsqueeze", shape, [input], geometry=rearranged(input.geometry, input.shape, shape))
    places = list(range(len(input.shape)))
    out.strides = strides.sliced(shape, input, [*places[:dim], None, *places[dim:]])
    return out


@known("torch tensor")
def squeeze(input, dim=None):
    n = len(input.shape)
    dims = to_dims(dim, n) if n else []
    if dim is None and input.live and n > 1 and now.recorder is not None and input.shape[0] == now.recorder.batch:
        now.recorder.squeezes.append((where("squeeze"), running_line()))
    shape = [m for i, m in enumerate(input.shape) if m != 1 or i not in dims]
    geometry = rearranged(input.geometry, input.shape, shape)
    out = emit("squeeze", shape, [input], geometry=geometry)
    out.strides = strides.sliced(shape, input, [i for i, m in enumerate(input.shape) if m != 1 or i not in dims])
    out.values = input.values
    return out


@known("torch tensor")
def roll(input, *_, **__):
    return emit("roll", input.shape, [input], geometry=None)


for _name in ("flip", "fliplr", "flipud"):
    METHODS[_name] = TORCH[_name] = lambda input, *_, **__: emit("flip", input.shape, [input], geometry=None)


@known("torch tensor", "tril", "triu")
def tril(input, *_, **__):
    return emit("tril", input.shape, [input])


# ---------------------------------------------------------------- copies


@known("tensor")
def expand(input, *sizes, **options):
    sizes = sizes_of(options.get("size", sizes), "expand")
    have = (1,) * (len(sizes) - len(input.shape)) + tuple(input.shape)
    shape = [h if s == -1 else s for s, h in zip(sizes, have)]
    for i, (h, s) in enumerate(zip(have, shape)):
        if h not in (1, s):
            mistake(
                "expand",
                repairs.Words(
                    f"{h} in dim {i}", f"1 or {s}, to reach {repairs.size(shape)}", f"{h} there, or a dim of size 1"
                ),
            )
    out = emit("expand", shape, [input], geometry=kept(input.geometry, input.shape, shape))
    out.strides = strides.expanded(shape, input)
    return out


@known("tensor")
def expand_as(input, other):
    return expand(input, *other.shape)


TORCH["broadcast_to"] = METHODS["broadcast_to"] = lambda input, size: expand(input, *size)


@known("tensor")
def repeat(input, *sizes, **options):
    sizes = sizes_of(options.get("repeats", sizes), "repeat")
    have = (1,) * (len(sizes) - len(input.shape)) + tuple(input.shape)
    shape = [h * s for s, h in zip(sizes, have)]
    return emit("repeat", shape, [input], geometry=kept(input.geometry, input.shape, shape))


@known("torch tensor")
def tile(input, *dims):
    dims = sizes_of(dims, "tile")
    return repeat(input, (1,) * (len(input.shape) - len(dims)) + dims)


@known("torch tensor")
def repeat_interleave(input, repeats, dim=None, output_size=None):
    if dim is None:
        return emit("repeat", (input.numel() * int(repeats),), [input], geometry=None)
    dim = to_dim(dim, len(input.shape))
    shape = [n * int(repeats) if i == dim else n for i, n in enumerate(input.shape)]
    return emit("repeat", shape, [input], geometry=kept(input.geometry, input.shape, shape))


# ---------------------------------------------------------------- several tensors


@known("torch", "cat", "concat", "concatenate")
def cat(tensors, dim=0, axis=None, out=None):
    if isinstance(tensors, Tensor):
        raise TypeError(
            "cat(): argument 'tensors' must be tuple of Tensors, not Tensor: write torch.cat([a, b], dim=1)"
        )
    given = tensors_of(tensors, "cat")
    if not given:
        raise RuntimeError("torch.cat(): expected a non-empty list of Tensors")
    given = [x for x in given if tuple(x.shape) != (0,)] or given
    first = given[0]
    dim = to_dim(dim if axis is None else axis, len(first.shape))
    shape = list(first.shape)
    uneven = [
        x for x in given
        if len(x.shape) != len(shape) or any(m != n for i, (m, n) in enumerate(zip(x.shape, shape)) if i != dim)
    ]  # fmt: skip
    if uneven:
        mistake("concat", repairs.concatenation([single(x.shape) for x in (first, uneven[0])], dim))
        largest = max(given, key=lambda x: prod(x.shape[2:]))
        given = [x for x in given if len(x.shape) == len(shape)]
        shape = list(largest.shape) if dim == 1 and len(largest.shape) == len(shape) else shape
    shape[dim] = sum([x.shape[dim] for x in given])
    live = [x for x in given if x.live]
    geometry = widest([x.geometry for x in live], [x.shape for x in live], shape) if dim == 1 else None
    out = emit("concat", shape, given, geometry=geometry)
    out.beside = 0 if dim == 1 or len(shape) < 3 else sum([x.shape[1] for x in given])
    return out


TORCH["hstack"] = lambda tensors: cat(tensors, 0 if len(tensors[0].shape) == 1 else 1)
TORCH["vstack"] = lambda tensors: cat(tensors, 0)


@known("torch")
def stack(tensors, dim=0, out=None):
    given = tensors_of(tensors, "stack")
    if not given:
        raise RuntimeError("stack expects a non-empty TensorList")
    for x in given[1:]:
        if tuple(x.shape) != tuple(given[0].shape):
            got = f"{repairs.size(single(given[0].shape))} and {repairs.size(single(x.shape))}"
            mistake("stack", repairs.Words(got, "equal shapes", "torch.cat, or equal shapes"))
    shape = list(given[0].shape)
    shape.insert(to_dim(dim, len(shape) + 1), len(given))
    return emit("stack", shape, given, geometry=None)


# ---------------------------------------------------------------- parts


def _part(x, dim, size, copied=False):
    shape = [size if i == dim else n for i, n in enumerate(x.shape)]
    out = emit("split", shape, [x], geometry=kept(x.geometry, x.shape, shape))
    out.strides = None if copied else strides.sliced(shape, x, range(len(shape)))
    return out


@known("torch tensor")
def split(tensor, split_size_or_sections=None, dim=0, split_size=None):
    size = split_size if split_size_or_sections is None else split_size_or_sections
    dim = to_dim(dim, len(tensor.shape))
    n = tensor.shape[dim]
    if isinstance(size, int):
        sizes = [min(size, n - i) for i in range(0, n, size)]
    else:
        sizes = list(size)
        if sum(sizes) != n:
            mistake(
                "split",
                repairs.Words(
                    f"{n} in dim {dim}", f"{sum(sizes)}: sections of {sizes}", f"sections that add up to {n}"
                ),
            )
    return tuple([_part(tensor, dim, s) for s in sizes])


METHODS["split_with_sizes"] = TORCH["split_with_sizes"] = split


@known("torch tensor")
def chunk(input, chunks, dim=0):
    return split(input, max(1, -(-input.shape[to_dim(dim, len(input.shape))] // chunks)), dim)


@known("torch tensor")
def tensor_split(input, indices_or_sections, dim=0):
    dim = to_dim(dim, len(input.shape))
    n, asked = input.shape[dim], indices_or_sections
    if isinstance(asked, int):
        return tuple([_part(input, dim, n // asked + (i < n % asked)) for i in range(asked)])
    cuts = [0, *[min(c, n) for c in asked], n]
    return tuple([_part(input, dim, b - a) for a, b in zip(cuts, cuts[1:])])


@known("torch tensor")
def unbind(input, dim=0):
    dim = to_dim(dim, len(input.shape))
    return tuple([select(input, dim, i) for i in range(input.shape[dim])])


@known("torch tensor")
def select(input, dim, index):
    dim = to_dim(dim, len(input.shape))
    places = [i for i in range(len(input.shape)) if i != dim]
    shape = [input.shape[i] for i in places]
    out = emit("select", shape, [input], geometry=None)
    out.strides = strides.sliced(shape, input, places)
    return out


@known("torch tensor")
def narrow(input, dim, start, length):
    return _part(input, to_dim(dim, len(input.shape)), length)


@known("torch tensor")
def index_select(input, dim, index):
    return _part(input, to_dim(dim, len(input.shape)), index.numel(), copied=True)


@known("torch tensor")
def gather(input, dim, index, **_):
    return emit("gather", index.shape, [input], geometry=None)


@known("torch tensor")
def take_along_dim(input, indices, dim=None):
    if dim is None:
        return emit("gather", (indices.numel(),), [input], geometry=None)
    sizes, dim = list(input.shape), to_dim(dim, len(input.shape))
    if len(indices.shape) == len(sizes):
        sizes[dim] = indices.shape[dim]
    shape = broadcast(sizes, indices.shape) if len(indices.shape) == len(sizes) else None
    if shape is None:
        words = (
            repairs.size(indices.shape),
            f"indices that fit {repairs.size(sizes)}",
            "as many dims as the tensor has",
        )
        mistake("take_along_dim", repairs.Words(*words))
    return emit("gather", shape or input.shape, [input], geometry=None)


@known("torch")
def meshgrid(*tensors, indexing=None):
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    shape = [x.numel() for x in given]
    if indexing == "xy" and len(shape) > 1:
        shape[0], shape[1] = shape[1], shape[0]
    return tuple([Tensor(shape, x.dtype) for x in given])


@known("torch")
def broadcast_tensors(*tensors):
    shape = broadcast(*[x.shape for x in tensors])
    return tuple([expand(x, *shape) for x in tensors])


@known("torch", "diag", "diagonal")
def diag(input, *_, **__):
    n = input.shape[0]
    return emit("diagonal", (n, n) if len(input.shape) == 1 else (min(input.shape[:2]),), [input], geometry=None)
