"""Windows that slide over a map: convolutions, transposed ones, poolings."""

from ... import repairs, rules
from ...errors import ShapeError
from ..recording import emit, feature_map, from_step, mistake, now, single, where
from ..sizes import int64, prod
from ..tensor import Tensor
from .tables import FUNCTIONAL, TORCH, known, pair, several

__all__ = ["batched", "unbatched"]

_SIDES = {1: "(channels, length)", 2: "(channels, height, width)", 3: "(channels, depth, height, width)"}


def batched(x, rank, op):
    """A map with its batch. torch takes one without it too; then the answer goes without as well."""
    if not isinstance(x, Tensor):
        raise TypeError(f"{op}(): argument 'input' must be Tensor, not {type(x).__name__}")
    if len(x.shape) == rank + 1:
        y = emit("unsqueeze", (1, *x.shape), [x], geometry=x.geometry)
        return y, True
    if len(x.shape) != rank + 2:
        raise ShapeError(where(op), *_rank_words(x, rank, op))
    return x, False


def _rank_words(x, rank, op):
    right = len(x.shape) - 2
    layer = ""
    if right in _SIDES and not op.startswith("adaptive"):
        kind = "Conv" if op.startswith("conv") else "MaxPool" if op.startswith("max") else "AvgPool"
        layer = f"{kind}{right}d"
    return repairs.dims(single(x.shape), "a map of " + _SIDES[rank], where(op), layer)


def unbatched(y, alone):
    """Take the batch off again."""
    return emit("squeeze", y.shape[1:], [y], geometry=y.geometry) if alone else y


# ---------------------------------------------------------------- convolutions


def _with_bias(x, weight, bias):
    return [x, weight] if bias is None else [x, weight, bias]


def _check_channels(op, x, channels, groups):
    """Whether the channels meet; if not, the mistake is written down, and what follows takes what arrives."""
    if x.shape[1] != channels:
        mistake(op, repairs.channels(single(x.shape), channels, x.beside))


def _convolution(rank):
    op = f"conv{rank}d"

    def conv(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        x, alone = batched(input, rank, op)
        _check_channels(op, x, weight.shape[1] * groups, groups)
        kernel, out = tuple(weight.shape[2:]), weight.shape[0]
        stride, dilation = several(stride, rank), several(dilation, rank)
        sides = list(x.shape[2:])
        if padding == "same":
            total = [d * (k - 1) for d, k in zip(dilation, kernel)]
            sides = [n + t % 2 for n, t in zip(sides, total)]
            padding = [t // 2 for t in total]
        padding = (0,) * rank if padding == "valid" else several(padding, rank)
        if rank == 2:
            fm = feature_map(x)._replace(shape=(weight.shape[1] * groups, *sides))
            try:
                step = rules.conv2d(
                    fm, out, kernel, stride=stride, padding=tuple(padding), dilation=dilation, groups=groups,
                    bias=bias is not None, where=where(op),
                )  # fmt: skip
            except ShapeError as error:
                return unbatched(_assumed(error, op, x, (out, 1, 1), _with_bias(x, weight, bias)), alone)
            return unbatched(from_step(op, step, x, _with_bias(x, weight, bias)), alone)
        size = _slid(op, sides, kernel, stride, padding, dilation)
        macs = prod(weight.shape) * prod(size) * x.shape[0]
        y = emit(op, (x.shape[0], out, *size), _with_bias(x, weight, bias), macs, None)
        return unbatched(y, alone)

    conv.__name__ = op
    return conv


def _assumed(error, op, x, shape, parents):
    """Write a rule's error down and go on with the shape that its repair would give."""
    if now.recorder is None:
        raise error
    now.recorder.wrong(error)
    return emit(op, (x.shape[0], *shape), parents, geometry=None)


def _slid(op, sides, kernel, stride, padding, dilation, ceil_mode=False):
    """How many places a window finds along every side, for maps that are not of two dims."""
    size = []
    for n, k, s, p, d in zip(sides, kernel, stride, padding, dilation):
        free = n + 2 * p - d * (k - 1) - 1
        count = (free + (s - 1 if ceil_mode else 0)) // s + 1
        if ceil_mode and (count - 1) * s >= n + p:
            count -= 1
        if count < 1 or (free < 0 and not ceil_mode):
            most = (n + 2 * p - 1) // d + 1
            words = repairs.Words(
                f"a map of {repairs.size(sides)}", f"at least {d * (k - 1) + 1}, what the kernel covers",
                f"padding {-(-(d * (k - 1) + 1 - n) // 2)}, or a kernel of at most {most}",
            )  # fmt: skip
            mistake(op, words)
            count = 1
        size.append(count)
    return size


def _transposed(rank):
    op = f"conv_transpose{rank}d"

    def conv(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        x, alone = batched(input, rank, op)
        _check_channels(op, x, weight.shape[0], groups)
        given = [several(v, rank) for v in (stride, padding, output_padding, dilation)]
        size = [
            (n - 1) * s - 2 * p + d * (k - 1) + e + 1 for n, k, s, p, e, d in zip(x.shape[2:], weight.shape[2:], *given)
        ]
        for e, s, d in zip(given[2], given[0], given[3]):
            if e >= max(s, d):
                raise ShapeError(
                    where(op),
                    f"output_padding {e}",
                    f"less than the stride {s} or the dilation {d}",
                    f"output_padding={max(s, d) - 1}",
                )
        if min(size) < 1:
            mistake(
                op,
                repairs.Words(
                    f"a map of {repairs.size(x.shape[2:])}", "a map that leaves something over", "less padding"
                ),
            )
            size = [max(1, n) for n in size]
        macs = prod(weight.shape) * prod(x.shape[2:]) * x.shape[0]
        y = emit(op, (x.shape[0], weight.shape[1] * groups, *size), _with_bias(x, weight, bias), macs, None)
        return unbatched(y, alone)

    conv.__name__ = op
    return conv


for _rank in (1, 2, 3):
    for _make in (_convolution, _transposed):
        _run = _make(_rank)
        TORCH[_run.__name__] = FUNCTIONAL[_run.__name__] = _run


# ---------------------------------------------------------------- poolings


def places(y):
    """The places of the maxima, beside a max pooling's values."""
    out = Tensor(y.shape, int64)
    out.live, out.geometry, out.depth, out.born = y.live, y.geometry, y.depth, y.born
    return out


def _step(kernel, stride, rank):
    return several(kernel if stride is None or stride == () or stride == [] else stride, rank)


def _pooled(op, rank, input, kernel_size, stride, padding, dilation, ceil_mode):
    x, alone = batched(input, rank, op)
    kernel = several(kernel_size, rank)
    step, pad, spread = _step(kernel_size, stride, rank), several(padding, rank), several(dilation, rank)
    if rank == 2:
        options = {"stride": step, "padding": pad, "ceil_mode": bool(ceil_mode), "where": where(op)}
        if op == "max_pool2d":
            options["dilation"] = spread
        try:
            rule = rules.max_pool2d if op == "max_pool2d" else rules.avg_pool2d
            return unbatched(from_step(op, rule(feature_map(x), kernel, **options), x, [x]), alone)
        except ShapeError as error:
            return unbatched(_assumed(error, op, x, (x.shape[1], 1, 1), [x]), alone)
    if any(p > k // 2 for p, k in zip(pad, kernel)):
        got = f"padding {repairs.size(pad)} for a kernel of {repairs.size(kernel)}"
        mistake(op, repairs.Words(got, "a padding of at most half the kernel", f"padding {min(kernel) // 2}"))
    if op == "avg_pool3d" and any(n < k for n, k in zip(x.shape[2:], kernel)):  # torch does not count its padding
        mistake(
            op,
            repairs.Words(
                f"a map of {repairs.size(x.shape[2:])}",
                f"at least {repairs.size(kernel)}, what the kernel covers",
                f"a kernel of at most {min(x.shape[2:])}",
            ),
        )
    size = _slid(op, x.shape[2:], kernel, step, pad, spread, ceil_mode)
    return unbatched(emit(op, (*x.shape[:2], *size), [x], geometry=None), alone)


def _max_pool(rank):
    op = f"max_pool{rank}d"

    @known("torch F", op)
    def pool(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        y = _pooled(op, rank, input, kernel_size, stride, padding, dilation, ceil_mode)
        return (y, places(y)) if return_indices else y


def _avg_pool(rank):
    op = f"avg_pool{rank}d"

    @known("torch F", op)
    def pool(
        input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
    ):
        return _pooled(op, rank, input, kernel_size, stride, padding, 1, ceil_mode)


def _lp_pool(rank):
    op = f"lp_pool{rank}d"

    @known("F", op)
    def pool(input, norm_type, kernel_size, stride=None, ceil_mode=False):
        return _pooled(op, rank, input, kernel_size, stride, 0, 1, ceil_mode)


def _adaptive(rank, kind):
    op = f"adaptive_{kind}_pool{rank}d"

    @known("torch F", op)
    def pool(input, output_size, return_indices=False):
        x, alone = batched(input, rank, op)
        out = [n if m is None else m for n, m in zip(x.shape[2:], several(output_size, rank))]
        if rank == 2:
            y = from_step(op, rules.adaptive_avg_pool2d(feature_map(x), tuple(out), where=where(op)), x, [x])
        else:
            y = emit(op, (*x.shape[:2], *out), [x], geometry=None)
        y = unbatched(y, alone)
        return (y, places(y)) if return_indices else y


for _rank in (1, 2, 3):
    _max_pool(_rank), _avg_pool(_rank), _lp_pool(_rank), _adaptive(_rank, "avg"), _adaptive(_rank, "max")


@known("F")
def max_unpool2d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    x, kernel = input, pair(kernel_size)
    sides = zip(x.shape[2:], kernel, _step(kernel_size, stride, 2), pair(padding))
    size = [(n - 1) * s - 2 * p + k for n, k, s, p in sides]
    return emit("max_unpool2d", (*x.shape[:2], *(output_size[-2:] if output_size else size)), [x], geometry=None)
