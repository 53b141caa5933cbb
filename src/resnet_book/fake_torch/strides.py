"""How a tensor's elements lie: what a view can be made of, and what needs a copy first.

The strides of a tensor are None where its elements lie in the order of its dims, as those of most tensors do; a tuple
after a permute or a slice; and UNKNOWN where an operation may have chosen an order of its own. Only what is known leads
to an error.
"""

from .sizes import prod

__all__ = ["UNKNOWN", "after", "expanded", "natural", "of", "sliced", "viewed"]

UNKNOWN = ()

_IN_ORDER = ("linear", "layer_norm", "matmul", "rms_norm")
_ELEMENTWISE = (
    "relu relu6 gelu silu sigmoid tanh leaky_relu elu hardswish hardsigmoid dropout add sub mul div neg exp clone to "
    "detach softmax"
).split()


def natural(shape):
    """The strides of elements that lie in the order of the dims."""
    out, step = [], 1
    for n in reversed(tuple(shape)):
        out.insert(0, step)
        step *= n
    return tuple(out)


def of(x):
    """The strides of a tensor as a tuple; UNKNOWN where they are."""
    return natural(x.shape) if x.strides is None else x.strides


def _plain(shape, strides):
    """None for strides that say nothing; those of dims of one element do not count."""
    same = all(n == 1 or a == b for n, a, b in zip(shape, strides, natural(shape)))
    return None if same and len(shape) == len(strides) else tuple(strides)


def after(op, shape, live):
    """The strides of what an operation puts out that is no view."""
    if all(x.strides is None for x in live) or op in _IN_ORDER:
        return None
    alone = len(live) == 1 and op in _ELEMENTWISE and tuple(shape) == tuple(live[0].shape)
    return live[0].strides if alone and live[0].strides and 0 not in live[0].strides else UNKNOWN


def sliced(shape, x, keep):
    """The strides of a view that keeps some dims of `x`: for each of its dims the place in `x`, or (place, step)."""
    strides = of(x)
    if strides == UNKNOWN:
        return UNKNOWN
    out = []
    for place in keep:
        at, step = place if isinstance(place, tuple) else (place, 1)
        out.append(strides[at] * step if at is not None else 1)
    return _plain(shape, out)


def expanded(shape, x):
    """The strides of `x.expand(*shape)`: 0 where one element stands for many."""
    strides, more = of(x), len(shape) - len(x.shape)
    if strides == UNKNOWN:
        return UNKNOWN
    have = (1,) * more + tuple(x.shape)
    steps = (0,) * more + tuple(strides)
    return _plain(shape, [0 if h == 1 and n != 1 else s for h, n, s in zip(have, shape, steps)])


def viewed(x, shape):
    """(whether `x.view(shape)` needs no copy, its strides): blocks of dims that lie together may be cut anew."""
    if x.strides is None or 0 in tuple(x.shape):
        return True, None
    strides = x.strides
    if strides == UNKNOWN:
        return True, UNKNOWN
    out, at = [0] * len(shape), len(shape) - 1
    base, block, made = strides[-1], 1, 1
    for d in range(len(x.shape) - 1, -1, -1):
        block *= x.shape[d]
        if d and (x.shape[d - 1] == 1 or strides[d - 1] == block * base):
            continue
        while at >= 0 and (made < block or shape[at] == 1):
            out[at] = made * base
            made *= shape[at]
            at -= 1
        if made != block:
            return False, None
        if d:
            base, block, made = strides[d - 1], 1, 1
    return at < 0, _plain(shape, out) if prod(shape) else None
