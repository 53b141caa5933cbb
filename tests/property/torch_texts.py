"""Random calls of torch, as text, for the properties of the torch that knows only shapes.

A maker takes a `random.Random` and returns (text, shapes): an expression over `nn`, `F`, `torch` and the inputs `x`, `y`,
and the shapes of those, the batch included. Most calls are right, some are not.
"""

from __future__ import annotations

import random
from collections.abc import Callable

Made = tuple[str, list[tuple[int, ...]]]
MAKERS: dict[str, Callable[[random.Random], Made]] = {}


def maker(function: Callable[[random.Random], Made]) -> Callable[[random.Random], Made]:
    MAKERS[function.__name__] = function
    return function


def sides(r: random.Random, rank: int, least: int = 1, most: int = 9) -> tuple[int, ...]:
    return tuple(r.randint(least, most) for _ in range(rank))


def one_or_all(r: random.Random, rank: int, least: int, most: int) -> str:
    """An integer, or one a side."""
    return str(r.randint(least, most)) if r.random() < 0.6 else str(sides(r, rank, least, most))


def wrong(r: random.Random, n: int) -> int:
    """The number, or now and then another one."""
    return n if r.random() < 0.85 else max(1, n + r.choice((-1, 1, 3)))


# ---------------------------------------------------------------- convolutions and poolings


@maker
def convolution(r):
    rank, groups = r.randint(1, 3), r.choice((1, 1, 1, 2, 3))
    given, out = groups * r.randint(1, 4), groups * r.randint(1, 4)
    text = f"nn.Conv{rank}d({given}, {wrong(r, out)}, {one_or_all(r, rank, 1, 4)}, stride={one_or_all(r, rank, 1, 3)}"
    padding = r.choice((one_or_all(r, rank, 0, 2), "'valid'", "'same'"))
    text += f", padding={padding}, dilation={one_or_all(r, rank, 1, 2)}, groups={groups}, bias={r.random() < 0.5})(x)"
    return text, [(r.randint(1, 3), wrong(r, given), *sides(r, rank))]


@maker
def transposed_convolution(r):
    rank, groups = r.randint(1, 3), r.choice((1, 1, 2))
    given, out = groups * r.randint(1, 4), groups * r.randint(1, 4)
    text = f"nn.ConvTranspose{rank}d({given}, {out}, {one_or_all(r, rank, 1, 4)}, stride={one_or_all(r, rank, 1, 3)}"
    text += f", padding={one_or_all(r, rank, 0, 1)}, output_padding={r.choice((0, 0, 1))}, groups={groups}"
    return text + f", dilation={r.choice((1, 1, 2))})(x)", [(2, wrong(r, given), *sides(r, rank))]


@maker
def functional_convolution(r):
    given, out, k = r.randint(1, 4), r.randint(1, 4), r.randint(1, 3)
    text = f"F.conv2d(x, torch.ones({out}, {wrong(r, given)}, {k}, {k}), None, {r.randint(1, 2)}, padding={r.randint(0, 2)})"
    return text, [(2, given, *sides(r, 2))]


@maker
def pooling(r):
    rank, kind = r.randint(1, 3), r.choice(("Max", "Avg"))
    text = f"nn.{kind}Pool{rank}d({one_or_all(r, rank, 1, 4)}, stride={r.choice(('None', one_or_all(r, rank, 1, 3)))}"
    text += f", padding={r.choice((0, 0, 1))}, ceil_mode={r.random() < 0.4})(x)"
    return text, [(2, r.randint(1, 4), *sides(r, rank))]


@maker
def dilated_pooling(r):
    options = f"dilation={one_or_all(r, 2, 1, 2)}, ceil_mode={r.random() < 0.5}"
    return f"nn.MaxPool2d({one_or_all(r, 2, 1, 3)}, {one_or_all(r, 2, 1, 3)}, {options})(x)", [(2, 3, *sides(r, 2))]


@maker
def functional_pooling(r):
    name = r.choice(("max_pool2d", "avg_pool2d", "max_pool1d", "avg_pool1d"))
    return f"F.{name}(x, {r.randint(1, 4)}, {r.randint(1, 3)})", [(2, 3, *sides(r, int(name[-2])))]


@maker
def adaptive_pooling(r):
    rank, kind = r.randint(1, 3), r.choice(("Avg", "Max"))
    size = r.choice((one_or_all(r, rank, 1, 5), "(None, 2)" if rank == 2 else "1"))
    return f"nn.Adaptive{kind}Pool{rank}d({size})(x)", [(2, 3, *sides(r, rank))]


@maker
def lp_pooling(r):
    return f"nn.LPPool2d(2, {r.randint(1, 3)}, {r.randint(1, 3)}, {r.random() < 0.5})(x)", [(2, 3, *sides(r, 2))]


@maker
def pooled_places(r):
    return "F.max_pool2d(x, 2, return_indices=True)", [(2, 3, *sides(r, 2, 2))]


@maker
def unpooling(r):
    return "nn.MaxUnpool2d(2)(*F.max_pool2d(x, 2, return_indices=True))", [
        (2, 3, 2 * r.randint(1, 4), 2 * r.randint(1, 4))
    ]


# ---------------------------------------------------------------- normalizations and activations


@maker
def batch_normalization(r):
    rank, n = r.randint(0, 3), r.randint(1, 6)
    kind = r.choice((max(rank, 1), r.randint(1, 3)))
    options = f"affine={r.random() < 0.7}, track_running_stats={r.random() < 0.7}"
    return f"nn.BatchNorm{kind}d({n}, {options})(x)", [(3, wrong(r, n), *sides(r, rank, 2))]


@maker
def instance_normalization(r):
    rank, n = r.randint(1, 3), r.randint(1, 6)
    return f"nn.InstanceNorm{rank}d({n}, affine={r.random() < 0.5})(x)", [(3, n, *sides(r, rank, 2))]


@maker
def group_normalization(r):
    groups, each = r.randint(1, 4), r.randint(1, 3)
    n = wrong(r, groups * each)
    return f"nn.GroupNorm({groups}, {n}, affine={r.random() < 0.7})(x)", [(3, wrong(r, n), *sides(r, 2, 2))]


@maker
def layer_normalization(r):
    shape = (2, *sides(r, r.randint(1, 3), 2, 6))
    ends = shape[r.randint(1, len(shape) - 1) :]
    ends = tuple(wrong(r, n) for n in ends)
    kind = r.choice(("LayerNorm", "RMSNorm"))
    given = ends[0] if len(ends) == 1 else list(ends)
    return f"nn.{kind}({given}, elementwise_affine={r.random() < 0.7})(x)", [shape]


@maker
def other_normalization(r):
    text = r.choice(
        ("nn.LocalResponseNorm(3)(x)", "F.normalize(x, dim=1)", "F.layer_norm(x, x.shape[1:])", "F.instance_norm(x)")
    )
    return text, [(2, r.randint(1, 5), *sides(r, 2, 2))]


@maker
def activation(r):
    name = r.choice(
        [
            "ReLU()",
            "ReLU(True)",
            "ReLU6()",
            "LeakyReLU(0.2)",
            "LeakyReLU(0.1,True)",
            "ELU()",
            "SELU()",
            "CELU()",
            "GELU()",
            "SiLU()",
            "Mish()",
            "Tanh()",
            "Hardswish()",
            "Hardsigmoid()",
            "Hardtanh()",
            "Sigmoid()",
            "Softplus()",
            "Softsign()",
            "LogSigmoid()",
            "Softmax(1)",
            "LogSoftmax(-1)",
            "Softmin(1)",
            "Softmax2d()",
            "Dropout()",
            "Dropout2d(0.1)",
            "PReLU()",
            "PReLU(3)",
            "Identity()",
            "Threshold(0.1,0)",
            "Hardshrink()",
            "Softshrink()",
            "Tanhshrink()",
            "RReLU()",
            "AlphaDropout()",
            "GLU(1)",
        ]
    )
    return f"nn.{name}(x)", [(2, r.choice((2, 3, 4)), *sides(r, 2))]


@maker
def functional_activation(r):
    text = r.choice(
        [
            "F.relu(x)",
            "F.relu(x,inplace=True)",
            "torch.relu(x)",
            "x.relu()",
            "x.sigmoid()",
            "F.gelu(x)",
            "F.silu(x)",
            "F.softmax(x,dim=1)",
            "x.softmax(-1)",
            "x.exp()",
            "x.log1p()",
            "x.sqrt()",
            "x.clamp(0,6)",
            "x.clamp_min(0)",
            "x.abs()",
            "torch.tanh(x)",
            "F.leaky_relu(x,0.1)",
            "F.hardswish(x)",
            "F.mish(x)",
            "x.neg()",
            "F.dropout(x,0.5,False)",
            "F.elu(x)",
            "x.square()",
            "x.rsqrt()",
            "torch.sigmoid(x)",
            "x.log_softmax(1)",
            "F.glu(x,1)",
            "x.cumsum(1)",
            "x.sin()",
            "torch.erf(x)",
        ]
    )
    return text, [(2, r.choice((2, 4, 5)), *sides(r, 2))]


# ---------------------------------------------------------------- products


@maker
def linear(r):
    n, out = r.randint(1, 9), r.randint(1, 9)
    return f"nn.Linear({n}, {out}, bias={r.random() < 0.5})(x)", [(*sides(r, r.randint(1, 3), 1, 5), wrong(r, n))]


@maker
def bilinear(r):
    a, b = sides(r, 2)
    return f"nn.Bilinear({a}, {b}, 4)(x, y)", [(3, wrong(r, a)), (3, b)]


@maker
def matrix_product(r):
    n, m, k = sides(r, 3, 1, 6)
    left = r.choice(((n, k), (2, n, k), (3, 2, n, k), (k,), (1, 2, n, k)))
    right = r.choice(((k, m), (2, k, m), (3, 2, k, m), (k,), (wrong(r, k), m)))
    return r.choice(("x @ y", "torch.matmul(x, y)", "x.matmul(y)")), [left, right]


@maker
def batched_product(r):
    n, m, k = sides(r, 3, 1, 6)
    return "torch.bmm(x, y)", [(3, n, k), (3, wrong(r, k), m)]


@maker
def einsum(r):
    sizes = dict(zip("bhijd", sides(r, 5, 1, 5)))
    left, right, out = r.choice(
        (("bhid", "bhjd", "bhij"), ("bij", "bjd", "bid"), ("bi", "bj", "bij"), ("bid", "d", "bi"), ("bhij", "bhjd", "bhid"),
         ("bi", "bi", "b"), ("...d", "dj", "...j"))
    )  # fmt: skip
    shapes = [tuple(2 if c == "." else sizes[c] for c in term.replace("...", ".")) for term in (left, right)]
    return f"torch.einsum('{left},{right}->{out}', x, y)", shapes


@maker
def attention(r):
    heads, width, n, m = r.randint(1, 3), r.randint(1, 5), r.randint(1, 5), r.randint(1, 5)
    return "F.scaled_dot_product_attention(x, y, y)", [(2, heads, n, width), (2, heads, m, width)]


@maker
def multihead_attention(r):
    heads, width = r.randint(1, 3), r.randint(1, 4)
    e = heads * width
    options = f"bias={r.random() < 0.6}, batch_first={r.random() < 0.5}"
    needs = f"need_weights={r.random() < 0.5}"
    return f"nn.MultiheadAttention({wrong(r, e)}, {heads}, {options})(x, x, x, {needs})", [(3, r.randint(1, 5), e)]


@maker
def transformer_layer(r):
    heads, width = r.randint(1, 3), r.randint(1, 4)
    kind = r.choice(("nn.TransformerEncoderLayer({e}, {h}, 16, norm_first={n})(x)", "nn.TransformerDecoderLayer({e}, {h}, 16)(x, x)",
                     "nn.TransformerEncoder(nn.TransformerEncoderLayer({e}, {h}, 16), 2)(x)"))  # fmt: skip
    return kind.format(e=heads * width, h=heads, n=r.random() < 0.5), [(3, r.randint(1, 5), heads * width)]


@maker
def embedding(r):
    return f"nn.Embedding(10, {r.randint(1, 6)})(torch.ones(2, {r.randint(1, 5)}, dtype=torch.int64)) + x.sum()", [
        (2, 3)
    ]


@maker
def recurrent(r):
    kind, n = r.choice(("RNN", "LSTM", "GRU")), r.randint(1, 5)
    options = f"num_layers={r.randint(1, 2)}, batch_first={r.random() < 0.5}, bidirectional={r.random() < 0.5}, bias={r.random() < 0.7}"
    return f"nn.{kind}({n}, {r.randint(1, 5)}, {options})(x)", [(2, r.randint(1, 4), wrong(r, n))]


# ---------------------------------------------------------------- arithmetic


@maker
def arithmetic(r):
    shape = (2, *sides(r, r.randint(1, 3), 1, 5))
    other = tuple(r.choice((n, n, n, 1, n + 1)) for n in shape)[r.choice((0, 0, 0, 1)) :]
    return r.choice(
        ("x + y", "x - y", "x * y", "x / (y + 9)", "torch.add(x, y)", "x.mul(y)", "torch.maximum(x, y)", "torch.max(x, y)",
         "torch.where(x > 0, x, y)", "x.masked_fill(y > 0, 0.0)", "x == y", "torch.lerp(x, y, 0.5)", "x.add_(y)", "x.pow(y)")
    ), [shape, other]  # fmt: skip


@maker
def scalar(r):
    return r.choice(("x + 1", "2.0 * x", "1 / (x + 9)", "x ** 2", "-x", "1 - x", "x // 2", "abs(x)", "x % 2")), [
        (2, *sides(r, 3))
    ]


@maker
def reduction(r):
    shape = (2, *sides(r, r.randint(1, 3)))
    dim = r.choice(("", str(r.randint(-1, 3)), "(2, 3)", "1", "[1, 2]"))
    keep = ", keepdim=True" if dim and r.random() < 0.5 else ""
    name = r.choice(("mean", "sum", "amax", "amin", "std", "logsumexp", "max", "min", "argmax", "var", "norm", "all"))
    if name in ("logsumexp",) and not dim:
        dim = "1"
    prefix = "dim=" if name == "norm" and dim else ""
    return f"x.{name}({prefix}{dim}{keep})", [shape]


@maker
def chosen(r):
    return r.choice((f"x.topk({r.randint(1, 4)}, 1)", "x.sort(1)", "x.argsort(1)")), [(2, r.randint(2, 5))]


# ---------------------------------------------------------------- arrangements


@maker
def view(r):
    shape = (2, *sides(r, r.randint(1, 3), 1, 6))
    rest = shape[1:]
    n = 1
    for m in rest:
        n *= m
    asked = r.choice(
        (
            "x.size(0), -1",
            f"-1, {wrong(r, n)}",
            f"2, {wrong(r, n)}",
            "-1",
            "x.shape",
            f"(2, 1, {n})",
            "2, -1, 2",
            "2, 3, -1",
        )
    )
    return f"x.{r.choice(('view', 'reshape'))}({asked})", [shape]


@maker
def flattening(r):
    shape = (2, *sides(r, r.randint(1, 3)))
    text = r.choice(
        (
            "torch.flatten(x, 1)",
            "x.flatten(1)",
            "nn.Flatten()(x)",
            "x.flatten()",
            "x.flatten(2)",
            "x.flatten(0, 1)",
            "x.flatten(-2)",
        )
    )
    return text, [shape]


@maker
def order(r):
    rank = r.randint(2, 4)
    dims = list(range(rank))
    r.shuffle(dims)
    text = r.choice(
        (
            f"x.permute({', '.join(map(str, dims))})",
            f"x.transpose({r.randint(0, rank)}, -1)",
            f"x.movedim(0, {rank - 1})",
            "x.swapaxes(0, 1)",
            "x.mT",
        )
    )
    return text, [sides(r, rank)]


@maker
def ones(r):
    text = r.choice(
        (
            f"x.unsqueeze({r.randint(-4, 4)})",
            "x.squeeze()",
            f"x.squeeze({r.randint(-3, 3)})",
            "x[:, None]",
            "x[..., None]",
            "x.squeeze((1, 2))",
        )
    )
    return text, [tuple(r.choice((1, 2, 3)) for _ in range(r.randint(2, 4)))]


@maker
def copies(r):
    text = r.choice(
        (
            "x.expand(2, 3, 4)",
            "x.expand(-1, -1, 4)",
            "x.repeat(1, 2, 3)",
            "x.repeat_interleave(2, 1)",
            "x.tile(2, 1)",
            "x.expand_as(torch.ones(2, 3, 4))",
            "x.expand(5, 2, 3, 4)",
        )
    )
    return text, [(2, r.choice((1, 3)), r.choice((1, 4, 5)))]


@maker
def parts(r):
    n = r.randint(2, 7)
    text = r.choice(
        (
            f"x.chunk({r.randint(1, 4)}, 1)",
            f"x.split({r.randint(1, 4)}, 1)",
            f"torch.split(x, [1, {wrong(r, n - 1)}], dim=1)",
            "x.unbind(1)",
            f"x.narrow(1, 0, {r.randint(1, 2)})",
            "x.tensor_split(3, 1)",
            "x.select(1, 0)",
        )
    )
    return text, [(2, n, 3)]


@maker
def index(r):
    text = r.choice(
        ("x[:, ::2, ::2]", "x[:, :, ::2, ::2]", "x[..., -1]", "x[0]", "x[:, 1:]", "x[:, -2:, 1:-1]", "x[:, [0, 1]]", "x[:, :, 0, 0]", "x[None]",
         "x[:, :, 1:, :] - x[:, :, :-1, :]", "x[:, 9]", "x[..., 0, :]", "x[:, torch.tensor([0, 1, 1])]", "x[0, :, [0, 1]]")
    )  # fmt: skip
    return text, [(2, *sides(r, 3, 2, 5))]


@maker
def together(r):
    dim = r.randint(0, 3)
    shape = (2, *sides(r, 3, 1, 5))
    other = tuple(wrong(r, n) if i != dim else r.randint(1, 5) for i, n in enumerate(shape))
    return r.choice(
        (
            f"torch.cat([x, y], {dim})",
            f"torch.cat((x, y), dim={dim})",
            f"torch.stack([x, y], {dim})",
            "torch.hstack([x, y])",
        )
    ), [shape, other]


# ---------------------------------------------------------------- other sizes


@maker
def interpolation(r):
    text = r.choice(
        ("nn.Upsample(scale_factor=2)(x)", "F.interpolate(x, scale_factor=1.5)", "F.interpolate(x, size=(5, 7))", "F.interpolate(x, 6, mode='bilinear')",
         "nn.UpsamplingBilinear2d(scale_factor=2)(x)", "F.interpolate(x, scale_factor=(2, 3), mode='bicubic')", "nn.Upsample(size=4, mode='linear')(x)")
    )  # fmt: skip
    return text, [(2, 3, *sides(r, 2, 2))]


@maker
def padding(r):
    amounts = tuple(r.randint(0, 3) for _ in range(r.choice((2, 4, 6))))
    text = r.choice(
        (
            f"F.pad(x, {amounts})",
            "nn.ZeroPad2d(1)(x)",
            "nn.ReflectionPad2d(2)(x)",
            "nn.ReplicationPad2d((1, 0, 2, 1))(x)",
            "nn.ConstantPad2d(1, 0.0)(x)",
        )
    )
    return text, [(2, 3, *sides(r, 2, 2))]


@maker
def shuffle(r):
    text = r.choice(
        ("nn.PixelShuffle(2)(x)", "F.pixel_shuffle(x, 2)", "nn.PixelUnshuffle(2)(x)", "nn.ChannelShuffle(2)(x)")
    )
    return text, [(2, r.choice((4, 8, 8, 6)), 2 * r.randint(1, 3), 2 * r.randint(1, 3))]


@maker
def blocks(r):
    k = r.randint(1, 3)
    text = r.choice(
        (
            f"F.unfold(x, {k}, padding={r.randint(0, 1)}, stride={r.randint(1, 2)})",
            "F.fold(F.unfold(x, 2, stride=2), x.shape[2:], 2, stride=2)",
            f"x.unfold(2, {k}, 1)",
            "F.grid_sample(x, torch.zeros(2, 3, 4, 2))",
        )
    )
    return text, [(2, 3, 2 * r.randint(2, 4), 2 * r.randint(2, 4))]


@maker
def containers(r):
    a, b = r.randint(1, 4), r.randint(1, 4)
    return (
        f"nn.Sequential(nn.Conv2d({a}, {b}, 3, padding=1), nn.BatchNorm2d({wrong(r, b)}), nn.ReLU(), nn.Flatten())(x)",
        [(2, wrong(r, a), *sides(r, 2))],
    )


@maker
def lazy(r):
    return (
        f"nn.Sequential(nn.LazyConv2d({r.randint(1, 4)}, 3, padding=1), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(5))(x)",
        [(2, 3, *sides(r, 2))],
    )


@maker
def losses(r):
    text = r.choice(
        (
            "F.cross_entropy(x, torch.zeros(3, dtype=torch.int64))",
            "nn.MSELoss()(x, x)",
            "nn.CrossEntropyLoss()(x, torch.zeros(3, dtype=torch.int64))",
            "F.l1_loss(x, x, reduction='none')",
        )
    )
    return text, [(3, r.randint(2, 5))]
