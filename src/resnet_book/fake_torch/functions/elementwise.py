"""Operations on every element: activations, arithmetic with broadcasting, comparisons; in place and not."""

from ... import repairs
from ...errors import ShapeError
from ...operations import canonical, kept, normed, widest
from ..lines import running_line, source
from ..recording import emit, mistake, note, now, single, where
from ..sizes import bool_, broadcast, float32
from ..tensor import Tensor
from .tables import FUNCTIONAL, METHODS, TORCH, known, to_dim

__all__ = ["binary", "changed", "pointwise"]


def changed(x, y, op):
    """An operation in place: x becomes what y is."""
    recorder = now.recorder
    if recorder is not None and x.live:
        given_to = [c for c in recorder.stack if not c.module._library and any(x is v for v in c.given)]
        line = running_line()
        if given_to and (given_to[-1].module._container or not _assigned_again(line)):
            x.changed.append((given_to, where(op), line))
    x.live, x.geometry, x.owned, x.values = y.live, y.geometry, y.owned, y.values
    x.through, x.flat_of, x.depth = y.through, y.flat_of, y.depth
    return x


# ---------------------------------------------------------------- one tensor

_INPLACE = {  # where F.<name> takes `inplace`, by position
    "relu": 1, "relu6": 1, "selu": 1, "silu": 1, "mish": 1, "hardswish": 1, "hardsigmoid": 1, "leaky_relu": 2, "elu": 2,
    "celu": 2, "hardtanh": 3, "threshold": 3, "rrelu": 4, "dropout": 3, "dropout1d": 3, "dropout2d": 3, "dropout3d": 3,
    "alpha_dropout": 3, "feature_alpha_dropout": 3,
}  # fmt: skip


def probability(name, p):
    """Refuse what is no probability of a dropout."""
    if isinstance(p, (int, float)) and not 0 <= p <= 1:
        raise ShapeError(name, f"p={p}", "a probability between 0 and 1", "write p=0.5, for half of the values")


def pointwise(name, always=False):
    """The function of that name: every element by itself. `always`: in place, as `relu_` is."""
    op, place = canonical(name), _INPLACE.get(name, 99)

    def run(input, *args, **kwargs):
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
        if "dropout" in name:
            probability(where(name), kwargs.get("p", args[0] if args else 0.5))
        out = emit(op, input.shape, [input])
        inplace = always or kwargs.get("inplace", len(args) >= place and args[place - 1])
        return changed(input, out, op) if inplace else out

    run.__name__ = name
    return run


_ACTIVATIONS = (
    "relu relu6 leaky_relu elu selu celu gelu silu mish hardswish hardsigmoid hardtanh sigmoid tanh softplus softsign "
    "logsigmoid threshold rrelu hardshrink softshrink tanhshrink dropout dropout1d dropout2d dropout3d alpha_dropout "
    "feature_alpha_dropout gumbel_softmax"
).split()
_MATHEMATICS = (
    "exp exp2 expm1 log log2 log10 log1p sqrt rsqrt square abs absolute neg negative sin cos tan sinh cosh asin acos "
    "atan arctan erf erfinv floor ceil round sign sgn reciprocal clamp clip clamp_min clamp_max nan_to_num logit trunc "
    "frac relu sigmoid tanh isnan isinf isfinite logical_not deg2rad bernoulli celu selu rrelu dropout hardshrink "
    "positive i0 sinc digamma lgamma fix polygamma prelu_ threshold"
).split()
for _name in _ACTIVATIONS:
    FUNCTIONAL[_name] = pointwise(_name)
    FUNCTIONAL[_name + "_"] = pointwise(_name, always=True)
for _name in _MATHEMATICS:
    TORCH[_name] = METHODS[_name] = pointwise(_name)
    TORCH[_name + "_"] = METHODS[_name + "_"] = pointwise(_name, always=True)
METHODS["hardshrink"] = FUNCTIONAL["hardshrink"]


def _along(name):
    op = canonical(name)

    @known("torch tensor F", name)
    def run(input, dim=None, *_, **options):
        x, n = input, len(input.shape)
        dim = to_dim(dim if dim is not None else options.get("axis", 1 if n in (2, 4) else 0), n)
        return emit(op, x.shape, [x], geometry=normed(x.geometry, x.shape, dim == 2, dim == 3))

    return run


for _name in ("softmax", "log_softmax", "softmin", "cumsum", "cumprod", "logcumsumexp"):
    _along(_name)


@known("F")
def prelu(input, weight):
    if weight.numel() > 1 and len(input.shape) > 1 and weight.numel() != input.shape[1]:
        mistake("prelu", repairs.normalized("PReLU", single(input.shape), weight.numel()))
    return emit("prelu", input.shape, [input, weight])


TORCH["prelu"] = METHODS["prelu"] = prelu


@known("torch F")
def glu(input, dim=-1):
    dim = to_dim(dim, len(input.shape))
    if input.shape[dim] % 2:
        raise ShapeError(where("glu"), f"{input.shape[dim]} in dim {dim}", "an even number", "twice as many channels")
    shape = [n // 2 if i == dim else n for i, n in enumerate(input.shape)]
    return emit("glu", shape, [input], geometry=kept(input.geometry, input.shape, shape))


# ---------------------------------------------------------------- two tensors


def binary(op, a, b, inplace=False, dtype=None):
    """An operation on two tensors, or on a tensor and a number, with torch's broadcasting."""
    if not isinstance(b, Tensor):
        if not isinstance(b, (int, float, complex)):
            raise TypeError(f"unsupported operand type(s) for {op}: 'Tensor' and '{type(b).__name__}'")
        out = emit(op, a.shape, [a], dtype=dtype or (float32 if op == "div" else None))
        out.values = _folded(op, a.values, [b])
        return changed(a, out, op) if inplace else out
    shape = broadcast(a.shape, b.shape)
    if a.live and b.live and op == "add":
        _skips(a, b)
    if shape is None:
        mistake(op, _unequal(op, a, b))
        shape = a.shape if inplace else _meant(a, b)
    elif inplace and tuple(shape) != tuple(a.shape):
        got = f"{repairs.size(single(a.shape))} on the left and {repairs.size(single(b.shape))} on the right"
        left = repairs.size(single(a.shape))
        mistake(op, repairs.Words(got, f"a result of {left}, what the left side holds", _unequal(op, a, b).fix))
        shape = a.shape
    elif tuple(a.shape) != tuple(b.shape) and a.live and b.live:
        shape = _stretched(op, a, b, shape)
    kind = dtype or (a.dtype if a.dtype.is_floating_point or not b.dtype.is_floating_point else b.dtype)
    out = emit(op, shape, [a, b], dtype=kind)
    out.values = _folded(op, a.values, b.values)
    return changed(a, out, op) if inplace else out


def _meant(a, b):
    """The shape that two tensors were to have which do not meet."""
    if len(a.shape) != len(b.shape):
        return max(a.shape, b.shape, key=len)
    branch, short = _sides(a, b)
    turned = sorted(a.shape) == sorted(b.shape)  # the channels of the branch stand last
    return short.shape if turned else branch.shape


def _sides(a, b):
    """The branch and the shortcut of an addition: by their names, else more operations lie on the branch."""
    if repairs.is_shortcut(a.through) != repairs.is_shortcut(b.through):
        return (b, a) if repairs.is_shortcut(a.through) else (a, b)
    return (b, a) if b.depth > a.depth else (a, b)


def _unequal(op, a, b):
    branch, short = _sides(a, b)
    if op != "add" or not (a.live and b.live):
        words = repairs.addition(single(branch.shape), single(short.shape))
        got = f"{repairs.size(single(a.shape))} and {repairs.size(single(b.shape))}"
        return repairs.Words(got, "shapes that are equal, or 1 where they differ", words.fix)
    own = short.through if short.through and short.through[2] > _entered() else None
    return repairs.addition(single(branch.shape), single(short.shape), *(own[:2] if own else ()))


def _entered():
    """When the reader's module that runs was entered: what a tensor went through since then is the module's own."""
    stack = now.recorder.stack if now.recorder else ()
    return next((call.entered for call in reversed(stack) if not call.module._library), 0)


def _stretched(op, a, b, shape):
    """Two live tensors of different shapes that torch stretches: surely a mistake, or worth a note, or neither."""
    left, right = single(a.shape), single(b.shape)
    branch, short = _sides(a, b)
    if op == "add" and repairs.channel_copied(single(branch.shape), single(short.shape)) and _is_given(short):
        mistake(op, _unequal(op, a, b))
        return branch.shape
    if repairs.stretches(op, left, right):
        note(repairs.broadcast(where(op), left, right, running_line()))
    return shape


def _is_given(x):
    """Whether a tensor came into a module that still runs, as a block's input does."""
    return any(x is value for call in now.recorder.stack for value in call.given)


def _skips(a, b):
    """Note an addition whose shortcut was changed in place by a module that it was given to."""
    for x in (a, b):
        for given_to, by, line in x.changed:
            if given_to:
                note(repairs.skip_changed(where("add"), by, line))


def _assigned_again(line):
    """Whether the line says `x = relu(x)`: then the change is what its writer means."""
    name, equals, rest = source.line(line).partition("=")
    return bool(equals) and name.strip().isidentifier() and rest.strip().endswith("(" + name.strip() + ")")


_NUMBERS = {
    "add": lambda p, q: p + q, "sub": lambda p, q: p - q, "mul": lambda p, q: p * q, "div": lambda p, q: p / q,
    "floor_divide": lambda p, q: p // q, "pow": lambda p, q: p**q, "remainder": lambda p, q: p % q,
    "eq": lambda p, q: p == q, "ne": lambda p, q: p != q, "lt": lambda p, q: p < q, "le": lambda p, q: p <= q,
    "gt": lambda p, q: p > q, "ge": lambda p, q: p >= q,
}  # fmt: skip


def _folded(op, a, b):
    """The values of an operation on small constants, where both are known."""
    if a is None or b is None or op not in _NUMBERS or (1 not in (len(a), len(b)) and len(a) != len(b)):
        return None
    n = max(len(a), len(b))
    try:
        return [_NUMBERS[op](p, q) for p, q in zip(a * (n // len(a)), b * (n // len(b)))]
    except (ArithmeticError, TypeError):
        return None


def _operator(op, inplace=False, dtype=None, swapped=False):
    def run(input, other=1, *args, **kwargs):
        a, b = (other, input) if swapped else (input, other)
        if not isinstance(a, Tensor) and isinstance(b, Tensor):  # torch.mul(2, x), torch.pow(2, x)
            a = Tensor((), float32 if isinstance(a, float) else None, [a])
            return binary(op, a, b, False, dtype or b.dtype)
        return binary(op, a, b, inplace, dtype)

    return run


_BINARY = (
    "add sub mul div true_divide floor_divide pow maximum minimum fmax fmin fmod remainder multiply subtract divide "
    "atan2 rsub xlogy hypot"
).split()
for _name in _BINARY:
    _op = canonical(_name)
    TORCH[_name] = METHODS[_name] = _operator(_op, swapped=_name == "rsub")
    METHODS[_name + "_"] = _operator(_op, True)
for _name, _also in (
    ("eq", "equal_"),
    ("ne", "not_equal"),
    ("lt", "less"),
    ("le", "less_equal"),
    ("gt", "greater"),
    ("ge", "greater_equal"),
):
    TORCH[_name] = METHODS[_name] = TORCH[_also] = METHODS[_also] = _operator(_name, dtype=bool_)
for _name in ("logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor"):
    TORCH[_name] = METHODS[_name] = _operator(_name)


def _fused(name):
    """lerp, addcmul, addcdiv: an operation on three tensors at once."""

    @known("torch tensor", name)
    def run(input, *others, **_):
        parents = [input] + [x for x in others if isinstance(x, Tensor)]
        shape = broadcast(*[x.shape for x in parents])
        if shape is None:
            raise ShapeError(
                where(name),
                " and ".join([repairs.size(single(x.shape)) for x in parents]),
                "equal shapes",
                "equal shapes",
            )
        return emit(name, shape, parents)

    METHODS[name + "_"] = lambda x, *others, **options: changed(x, run(x, *others, **options), name)


for _name in ("lerp", "addcmul", "addcdiv"):
    _fused(_name)


@known("torch tensor", "where")
def where_(condition, input=None, other=None):
    if condition.dtype is not bool_ and isinstance(input, Tensor) and input.dtype is bool_:  # x.where(mask, y)
        condition, input = input, condition
    parents = [x for x in (input, other, condition) if isinstance(x, Tensor)]
    shape = broadcast(*[x.shape for x in parents])
    if shape is None:
        mistake(
            "where",
            repairs.Words(
                " and ".join([repairs.size(x.shape) for x in parents]),
                "shapes that stretch to one",
                "one shape for all",
            ),
        )
        shape = parents[0].shape
    live = [x for x in parents if x.live]
    return emit("where", shape, parents, geometry=widest([x.geometry for x in live], [x.shape for x in live], shape))


@known("torch tensor")
def masked_fill(input, mask, value=0):
    shape = broadcast(input.shape, mask.shape)
    if shape is None:
        mistake(
            "masked_fill",
            repairs.Words(
                f"a mask of {repairs.size(mask.shape)} for {repairs.size(input.shape)}",
                "a mask that stretches",
                "unsqueeze the mask",
            ),
        )
        shape = input.shape
    return emit("masked_fill", shape, [input, mask])


# ---------------------------------------------------------------- Python's operators


def _dunder(op, inplace=False, swapped=False, dtype=None):
    run = _operator(op, inplace, dtype)

    def method(self, other):
        if not isinstance(other, (Tensor, int, float, complex)):
            return NotImplemented
        if swapped:
            return run(Tensor((), self.dtype, [other]), self)
        return run(self, other)

    return method


for _name, _op in (
    ("add", "add"), ("sub", "sub"), ("mul", "mul"), ("truediv", "div"), ("floordiv", "floor_divide"),
    ("mod", "remainder"),
    ("pow", "pow"), ("and", "logical_and"), ("or", "logical_or"), ("xor", "logical_xor"),
):  # fmt: skip
    setattr(Tensor, f"__{_name}__", _dunder(_op))
    setattr(Tensor, f"__r{_name}__", _dunder(_op, swapped=True))
    setattr(Tensor, f"__i{_name}__", _dunder(_op, inplace=True))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Tensor, f"__{_name}__", _dunder(_name, dtype=bool_))
Tensor.__neg__ = lambda self: METHODS["neg"](self)
Tensor.__pos__ = lambda self: self
Tensor.__abs__ = lambda self: METHODS["abs"](self)
Tensor.__invert__ = lambda self: METHODS["logical_not"](self)
