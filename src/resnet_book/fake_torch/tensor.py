"""Tensors that have a shape and no values."""

from . import strides
from .recording import Refusal, emit, now
from .sizes import CPU, Size, bool_, dtype, float32, int64, prod

__all__ = ["METHODS", "Buffer", "Parameter", "Tensor", "sizes_of"]

METHODS = {}
"""The methods that `functions` gives to every tensor, by name; in-place ones too."""


def sizes_of(sizes, where="size"):
    """The sizes of view(2, 3), view((2, 3)), view(torch.Size(...), 3) as a tuple of ints."""
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = sizes[0]
    out = []
    for n in sizes:
        if isinstance(n, Tensor):
            n = n._value("a size")
        if isinstance(n, float):
            raise TypeError(f"{where} takes integers, not the float {n}: divide with // instead of /")
        if not hasattr(n, "__index__"):
            raise TypeError(f"{where} takes integers, not {type(n).__name__}")
        out.append(n.__index__())
    return tuple(out)


class Tensor:
    """A shape and a dtype.

    Attributes:
        live: whether something of the network's input is in it; only what happens to live tensors writes rows.
        geometry: (receptive field, stride) of a live map, None if unknown.
        owned: the parameters that it is, or was computed from, as long as no row has counted them.
        copied: of a constant, whether it stands there once for every picture.
        waiting: MACs of what it was computed from, weights and constants, as long as no row has counted them.
        values: of a small constant, a flat list; else None.
        strides: how its elements lie, as `strides` tells it; None for the order of its dims.
        through: (name, input shape, tick) of the last layer with MACs on its way.
        flat_of: the map that a vector was flattened from.
        poured: (the shape, the call) of the pictures of a batch that now stand in one row.
        beside: of a concatenation along another dim, the channels that it would have had along theirs.
        changed: (the modules that it was given to, where, line) of changes in place that their callers may not expect.
    """

    live, geometry, through, flat_of, born, depth, waiting = False, None, None, None, 0, 0, None
    copied, strides, poured, beside = False, None, None, 0
    requires_grad = is_cuda = is_sparse = is_quantized = is_meta = is_nested = is_mps = is_xla = False
    is_leaf, grad, grad_fn, name, layout, device = True, None, None, None, "strided", CPU

    def __init__(self, shape=(), kind=None, values=None, *more):
        if isinstance(shape, int) or (kind is None and isinstance(shape, (list, Tensor))):  # as a reader calls it
            shape, kind, values = _given(shape, kind, values, *more)
        self.shape, self.dtype, self.values = Size(shape), kind or float32, values
        self.owned, self.changed = [], []

    # ---- what it is

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[dim]

    def dim(self):
        return len(self.shape)

    def numel(self):
        return prod(self.shape)

    ndimension, nelement = dim, numel

    def element_size(self):
        return self.dtype.itemsize

    def stride(self, dim=None):
        out = strides.of(self) or strides.natural(self.shape)
        return out if dim is None else out[dim]

    def storage_offset(self):
        return 0

    def is_contiguous(self, **_):
        return not self.strides

    def is_floating_point(self):
        return self.dtype.is_floating_point

    def is_complex(self):
        return self.dtype.is_complex

    def get_device(self):
        return -1

    ndim = property(dim)
    nbytes = property(lambda self: prod(self.shape) * self.dtype.itemsize)
    itemsize = property(element_size)
    T = property(lambda self: self.permute(*range(self.dim() - 1, -1, -1)))
    mT = property(lambda self: self.transpose(-2, -1))
    H = mT

    @property
    def data(self):
        return self

    @data.setter
    def data(self, value):
        self.shape = value.shape

    def __len__(self):
        if not len(self.shape):
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self):
        if not len(self.shape):
            raise TypeError("iteration over a 0-d tensor")
        return iter([self[i] for i in range(self.shape[0])])

    def __repr__(self):
        return "tensor(..., size=(" + ", ".join([str(n) for n in self.shape]) + "))"

    __str__ = __repr__

    def __format__(self, spec):
        return self.__repr__()

    def __hash__(self):
        return id(self)

    # ---- values: those of small constants alone

    def _value(self, what):
        if self.values is not None and len(self.values) == 1:
            return self.values[0]
        raise Refusal(_running(what), f"{what} needs the values of a tensor, and here are only shapes")

    def __bool__(self):
        return bool(self._value("a decision (if, while, and, or)"))

    def __float__(self):
        return float(self._value("float()"))

    def __int__(self):
        return int(self._value("int()"))

    def __index__(self):
        return int(self._value("an index"))

    def item(self):
        if self.values is None and not self.live and self.dtype.is_floating_point:
            return 0.0  # of a weight, or of a random number: a regularizer's, a schedule's
        return self._value(".item()")

    def tolist(self):
        if self.values is None:
            self._value(".tolist()")
        return self.values[0] if not len(self.shape) else list(self.values)

    def numpy(self, *_, **__):
        return self

    def __array__(self, *_, **__):
        raise Refusal(_running("numpy"), "numpy needs the values of a tensor, and here are only shapes")

    # ---- what changes the dtype alone, or nothing

    def _same(self, *_, **__):
        return self

    cpu = cuda = requires_grad_ = retain_grad = share_memory_ = pin_memory = backward = _same
    register_hook = detach_ = resolve_conj = coalesce = mps = _same

    def _copied(self, *_, **__):
        out = emit("clone", self.shape, [self], geometry=self.geometry)
        out.values = self.values
        return out

    def contiguous(self, memory_format=None):
        if self.strides is None and memory_format is None:
            return self
        out = self._copied()
        out.strides = None if memory_format is None else strides.UNKNOWN
        return out

    clone = detach = _copied

    def _cast(self, kind):
        if self.dtype is kind:
            return self
        out = emit("to", self.shape, [self], geometry=self.geometry, dtype=kind)
        out.values = self.values
        return out

    def float(self, *_, **__):
        return self._cast(float32)

    def long(self, *_, **__):
        return self._cast(int64)

    int = short = long

    def bool(self, *_, **__):
        return self._cast(bool_)

    half = double = bfloat16 = _same

    def to(self, *args, **kwargs):
        if "memory_format" in kwargs:
            return self.contiguous(kwargs.pop("memory_format")).to(*args, **kwargs)
        for value in [*args, *kwargs.values()]:
            if isinstance(value, dtype):
                return self._cast(value)
            if isinstance(value, Tensor):
                return self._cast(value.dtype)
        return self

    def type(self, kind=None, **_):
        if kind is None:
            return "torch.FloatTensor" if self.dtype is float32 else f"torch.{self.dtype.name}"
        return self._cast(kind) if isinstance(kind, dtype) else self

    def type_as(self, other):
        return self._cast(other.dtype)

    def _new(self, *sizes, **options):
        return Tensor(sizes_of(options.get("size", sizes)), options.get("dtype") or self.dtype)

    new = new_zeros = new_ones = new_empty = _new

    def new_full(self, size, fill_value=0, **options):
        return Tensor(sizes_of((size,)), options.get("dtype") or self.dtype)

    def new_tensor(self, data, **options):
        return METHODS["_tensor"](data, **options)

    def __deepcopy__(self, memo):
        out = type(self).__new__(type(self))
        Tensor.__init__(out, self.shape, self.dtype, self.values)
        out.requires_grad = self.requires_grad
        out.owned = [out] if self.owned == [self] else list(self.owned)
        out.live, out.geometry = self.live, self.geometry
        return out

    def __getattr__(self, name):
        method = METHODS.get(name)
        if method is not None:
            return lambda *args, **kwargs: method(self, *args, **kwargs)
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"'Tensor' object has no attribute '{name}' that this torch of shapes knows")


def _given(first, *more):
    """Shape, dtype and values of torch.Tensor(4, 6, 6), and of torch.Tensor([1, 2])."""
    if isinstance(first, int):
        return [first, *[n for n in more if n is not None]], None, None
    made = METHODS["_tensor"](first, float32)
    return made.shape, made.dtype, made.values


def _running(what):
    return now.recorder.where(what.split(" ")[-1].strip("().") or what) if now.recorder else what


class Parameter(Tensor):
    """A tensor that is learned."""

    requires_grad = True

    def __init__(self, data=None, requires_grad=True):
        given = data if isinstance(data, Tensor) else Tensor((0,))
        Tensor.__init__(self, given.shape, given.dtype, given.values)
        self.requires_grad, self.owned = requires_grad, [self]

    def __repr__(self):
        return "Parameter containing:\n" + Tensor.__repr__(self)


class Buffer(Tensor):
    """A tensor that a module keeps and does not learn."""

    def __init__(self, data=None, persistent=True):
        given = data if isinstance(data, Tensor) else Tensor((0,))
        Tensor.__init__(self, given.shape, given.dtype, given.values)
        self.persistent = persistent
