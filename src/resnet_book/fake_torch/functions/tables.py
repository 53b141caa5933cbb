"""What there is: the functions of torch.*, of tensors and of torch.nn.functional, by name."""

from ..tensor import METHODS, Tensor

__all__ = ["FUNCTIONAL", "METHODS", "TORCH", "known", "of_rank", "pair", "several", "tensors_of", "to_dim", "to_dims"]

TORCH, FUNCTIONAL = {}, {}
_PLACES = {"torch": TORCH, "tensor": METHODS, "F": FUNCTIONAL}


def known(places, *names):
    """Enter a function under its own name, or others, in some of "torch", "tensor" and "F"."""

    def enter(function):
        for name in names or (function.__name__.rstrip("_"),):
            for place in places.split():
                _PLACES[place][name] = function
        return function

    return enter


def pair(value):
    """An int, or one or two of them, as two."""
    return several(value, 2)


def of_rank(rank):
    """The function that makes a tuple of `rank` of what it is given: torch's `_pair`, timm's `to_2tuple`."""
    return lambda value: several(value, rank)


def several(value, rank):
    """An int, or a sequence of one or `rank` of them, as a tuple of `rank`."""
    if isinstance(value, (tuple, list)):
        return tuple(value) * (rank if len(value) == 1 else 1)
    return (value,) * rank


def to_dim(dim, rank):
    """A dim as torch counts it, from 0; IndexError as torch says it."""
    dim, rank = dim.__index__(), max(rank, 1)
    if not -rank <= dim < rank:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})")
    return dim % rank


def to_dims(dim, rank):
    """One dim, several, or all (None) as a list."""
    if dim is None or dim == () or dim == []:
        return list(range(rank))
    return [to_dim(d, rank) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))]


def tensors_of(value, op):
    """A list of tensors that an operation was given; TypeError for anything else in it."""
    found = list(value)
    for x in found:
        if not isinstance(x, Tensor):
            raise TypeError(f"{op}: expected a sequence of tensors, but one of them is {type(x).__name__}")
    return found
