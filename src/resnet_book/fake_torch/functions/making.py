"""New tensors: zeros, random numbers, ranges, and what a list holds."""

from ..recording import Refusal, emit, where
from ..sizes import DTYPES, bool_, float32, int64
from ..tensor import METHODS, Tensor, sizes_of
from .tables import TORCH, known

__all__ = ["tensor"]

_MOST_VALUES = 4096


def _filled(name, value=None, kind=None):
    @known("torch", name)
    def run(*size, **options):
        shape = sizes_of(options.get("size", size), name)
        values = [value] if value is not None and shape in ((), (1,)) else None
        return Tensor(shape, options.get("dtype") or kind, values)


_filled("zeros", 0.0), _filled("ones", 1.0)
for _name in ("rand", "randn", "empty"):
    _filled(_name)


@known("torch")
def full(size, fill_value=0, **options):
    kind = bool_ if isinstance(fill_value, bool) else int64 if isinstance(fill_value, int) else float32
    return Tensor(sizes_of((size,)), options.get("dtype") or kind)


@known("torch")
def randint(*args, size=None, dtype=None, **_):
    shape = size if size is not None else next(a for a in args if isinstance(a, (tuple, list)))
    return Tensor(sizes_of((tuple(shape),)), dtype or int64)


@known("torch")
def normal(mean=0.0, std=1.0, size=None, **_):
    given = [x.shape for x in (mean, std) if isinstance(x, Tensor)]
    return Tensor(sizes_of((size,)) if size is not None else given[0] if given else ())


@known("torch")
def randperm(n, **_):
    return Tensor((n,), int64)


for _name in ("zeros_like", "ones_like", "empty_like", "rand_like", "randn_like", "full_like", "randint_like"):
    TORCH[_name] = lambda input, *_, **options: Tensor(input.shape, options.get("dtype") or input.dtype)


@known("torch", "tensor", "as_tensor", "from_numpy", "asarray", "scalar_tensor")
def tensor(data, dtype=None, **_):
    if isinstance(data, Tensor):
        return data.to(dtype) if dtype else data
    shape, value = [], data
    while isinstance(value, (list, tuple)) or (hasattr(value, "tolist") and not isinstance(value, Tensor)):
        value = list(value)
        shape.append(len(value))
        value = value[0] if value else 0.0
    if isinstance(value, Tensor):
        return Tensor((*shape, *value.shape), dtype or value.dtype)
    if not isinstance(value, (bool, int, float, complex)):
        raise TypeError(f"torch.tensor takes numbers, not {type(value).__name__}")
    kind = bool_ if isinstance(value, bool) else int64 if isinstance(value, int) else float32
    if shape and kind is int64 and len(shape) == 1 and any(isinstance(v, float) for v in data):
        kind = float32
    values = list(data) if len(shape) == 1 else ([data] if not shape else None)
    return Tensor(shape, dtype or kind, values)


METHODS["_tensor"] = tensor
for _name, _kind in (("FloatTensor", float32), ("LongTensor", int64), ("IntTensor", int64), ("BoolTensor", bool_)):
    TORCH[_name] = lambda *size, _kind=_kind: (
        Tensor(sizes_of(size), _kind) if not size or isinstance(size[0], int) else tensor(size[0], _kind)
    )


@known("torch", "arange", "range")
def arange(start=0, end=None, step=1, dtype=None, **_):
    if end is None:
        start, end = 0, start
    if isinstance(end, Tensor):
        end = end._value("a size")
    count = max(0, -int(-(end - start) // step))
    values = [start + i * step for i in range(count)] if count <= _MOST_VALUES else None
    return Tensor((count,), dtype or (float32 if isinstance(start + end + step, float) else int64), values)


@known("torch")
def linspace(start, end, steps=100, dtype=None, **_):
    apart = (end - start) / max(1, steps - 1)
    values = [start + apart * i for i in range(steps)] if steps <= _MOST_VALUES else None
    return Tensor((steps,), dtype, values)


@known("torch")
def logspace(start, end, steps=100, base=10.0, dtype=None, **_):
    return Tensor((steps,), dtype)


@known("torch")
def eye(n, m=None, dtype=None, **_):
    return Tensor((n, n if m is None else m), dtype)


for _name in ("hann_window", "hamming_window"):
    TORCH[_name] = lambda n, *_, **__: Tensor((n,))


# ---------------------------------------------------------------- filled anew, in place: values are all that changes


def _kept(input, *_, **__):
    return input


for _name in (
    "normal_ uniform_ zero_ fill_ copy_ random_ exponential_ bernoulli_ log_normal_ cauchy_ geometric_ trunc_normal_ "
    "index_fill_ index_copy_ scatter_ scatter_add_ index_add_ fill_diagonal_ tril_ triu_ erfinv_ masked_fill_ "
    "constant_ swap_dims_"
).split():
    METHODS[_name] = _kept


@known("torch tensor", "scatter", "scatter_add", "index_add", "index_fill", "index_copy", "scatter_reduce", "index_put")
def scatter(input, *args, **_):
    return emit("scatter", input.shape, [input, *[a for a in args if isinstance(a, Tensor)]], geometry=None)


@known("tensor")
def resize_(input, *sizes):
    raise Refusal(where("resize_"), "resize_ takes memory for what it is not", "view, or new_zeros")


for _name in ("transpose_", "unsqueeze_", "squeeze_", "t_"):

    def _inplace(input, *args, _name=_name[:-1]):
        out = METHODS[_name](input, *args)
        input.shape = out.shape
        input.geometry = out.geometry
        return input

    METHODS[_name] = _inplace


@known("torch tensor")
def numel(input):
    return input.numel()


for _name in ("clone", "detach", "is_floating_point", "is_complex"):
    TORCH[_name] = lambda input, *_, _name=_name, **__: getattr(input, _name)()


@known("torch")
def view_as_complex(input):
    return emit("view", input.shape[:-1], [input], geometry=None, dtype=DTYPES["complex64"])


@known("torch")
def view_as_real(input):
    return emit("view", (*input.shape, 2), [input], geometry=None, dtype=float32)


@known("torch")
def polar(abs, angle):
    return emit("polar", abs.shape, [abs, angle], geometry=None, dtype=DTYPES["complex64"])


Tensor.real = property(lambda self: emit("view", self.shape, [self], geometry=None, dtype=float32))
Tensor.imag = Tensor.real
