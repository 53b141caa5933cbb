"""x[...]: what an index takes from a tensor, and what may be put there."""

from ... import repairs, rules
from ...operations import kept
from .. import strides
from ..recording import Refusal, emit, feature_map, from_step, mistake, single, union, where
from ..sizes import bool_, broadcast
from ..tensor import METHODS, Tensor
from .elementwise import changed

__all__ = ["getitem"]


def _items(index, rank):
    """The parts of an index, the dots written out."""
    items = list(index) if isinstance(index, tuple) else [index]
    used = 0
    for item in items:
        if isinstance(item, Tensor) and item.dtype is bool_ and (item.live or item.values is None):
            raise Refusal(where("getitem"), "how many a mask keeps depends on the values of a tensor")
        used += 0 if item is None or item is Ellipsis or isinstance(item, bool) else 1
    if used > rank:
        raise IndexError(f"too many indices for tensor of dimension {rank}")
    out = []
    for item in items:
        out += [slice(None)] * (rank - used) if item is Ellipsis else [item]
    return out


def _number(value):
    """A bound of a slice, or None."""
    return None if value is None else value.__index__()


def getitem(x, index):
    """What an index takes, its shape and, of every second pixel, its receptive field."""
    items = _items(index, len(x.shape))
    shape, dim, steps, lists, place, apart = [], 0, {}, [], None, False
    for item in items:
        if item is None:
            shape.append(1)
            continue
        if isinstance(item, slice):
            step = _number(item.step) or 1
            if step < 1:
                raise ValueError("step must be greater than zero")
            bounds = slice(_number(item.start), _number(item.stop), step)
            shape.append(len(range(*bounds.indices(x.shape[dim]))))
            steps[dim] = (step, _number(item.start) or 0)
        elif isinstance(item, (list, tuple, range)) or (isinstance(item, Tensor) and len(item.shape)):
            lists.append(tuple(item.shape) if isinstance(item, Tensor) else (len(item),))
            apart = apart or (place is not None and len(shape) != place)
            place = len(shape) if place is None else place
        else:
            i = item.__index__() if not isinstance(item, Tensor) or item.values is not None else 0
            if not -x.shape[dim] <= i < x.shape[dim]:
                raise IndexError(f"index {i} is out of bounds for dimension {dim} with size {x.shape[dim]}")
        dim += 1
    if lists:
        joint = broadcast(*lists)
        if joint is None:
            mistake(
                "getitem",
                repairs.Words(
                    " and ".join([repairs.size(s) for s in lists]),
                    "indices of one shape",
                    "one number of indices in every dim",
                ),
            )
            joint = lists[0]
        place = 0 if apart else place
        shape[place:place] = list(joint)
    shape.extend(x.shape[dim:])
    return _taken(x, items, shape, steps, lists)


def _taken(x, items, shape, steps, lists):
    if x.values is not None and len(x.shape) == 1 and not x.live and not lists and len(items) == 1:
        item = items[0]
        if isinstance(item, slice):
            return Tensor(shape, x.dtype, x.values[slice(_number(item.start), _number(item.stop), _number(item.step))])
        if item is not None:
            return Tensor(shape, x.dtype, [x.values[item.__index__()]])
    same_rank = len(shape) == len(x.shape) == 4 and not lists and all(isinstance(i, slice) for i in items)
    wide = {d: steps.get(d, (1, 0)) for d in (2, 3)}
    if same_rank and (wide[2][0] > 1 or wide[3][0] > 1):
        whole = tuple(shape[:2]) == tuple(x.shape[:2]) and wide[2] == wide[3] and not wide[2][1]
        step = rules.subsample(feature_map(x), wide[2][0], where=where("subsample"))
        if whole and tuple(step.output.shape) == tuple(shape[1:]):
            out = from_step("subsample", step, x, [x])
            out.strides = strides.sliced(shape, x, _places(items, 4, steps))
            return out
        out = emit("getitem", shape, [x], geometry=_strided(x, wide))
        out.strides = strides.sliced(shape, x, _places(items, 4, steps))
        return out
    geometry = kept(x.geometry, x.shape, shape) if same_rank or lists else None
    out = emit("getitem", shape, [x], geometry=geometry)
    if not lists:
        out.strides = strides.sliced(shape, x, _places(items, len(x.shape), steps))
    return out


def _places(items, rank, steps):
    """For every dim of what is taken where it was, with its step; None for a new one."""
    places, dim = [], 0
    for item in items:
        if item is None:
            places.append(None)
            continue
        if isinstance(item, slice):
            places.append((dim, steps[dim][0]))
        dim += 1
    return places + list(range(dim, rank))


def _strided(x, wide):
    """Every n-th pixel from some start: the stride grows, the field does not."""
    if x.geometry is None:
        return None
    field, (jh, jw) = x.geometry
    return field, (jh * wide[2][0], jw * wide[3][0])


def _setitem(x, index, value):
    target = getitem(x, index)
    if not isinstance(value, Tensor):
        changed(x, x, "setitem")
        return
    if broadcast(target.shape, value.shape) != tuple(target.shape):
        mistake(
            "setitem",
            repairs.Words(
                repairs.size(single(value.shape)),
                repairs.size(single(target.shape)),
                "a value of the shape of the place",
            ),
        )
    x.owned = union(x.owned, value.owned) if value.owned else x.owned
    if value.live:
        out = emit("setitem", x.shape, [x, value], geometry=None)
        changed(x, out, "setitem")


Tensor.__getitem__ = getitem
Tensor.__setitem__ = _setitem
METHODS["__getitem__"] = getitem
