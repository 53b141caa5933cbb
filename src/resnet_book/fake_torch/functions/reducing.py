"""Means, sums, maxima and other answers over some dims; losses."""

from ... import repairs
from ...errors import ShapeError
from ...operations import canonical, kept, reduced
from ..recording import emit, mistake, note, single, where
from ..sizes import bool_, int64
from ..tensor import METHODS, Tensor
from .elementwise import binary
from .tables import TORCH, known, to_dim, to_dims
from .windows import places

__all__ = ["reduction"]


def reduction(name, pairs=False, dtype=None):
    """The function of that name: over one dim, several, or all.

    Args:
        pairs: whether it answers with values and places where a dim is given, as `max` does.
    """
    op = canonical(name)

    def run(input, dim=None, keepdim=False, *args, **options):
        x = input
        dim = options.get("axis", dim)
        if isinstance(dim, Tensor):  # torch.max(a, b)
            return binary(op, x, dim)
        keepdim = options.get("keepdims", keepdim)
        if isinstance(dim, bool):
            dim, keepdim = None, False
        if (pairs or name.startswith("arg")) and isinstance(dim, (tuple, list)):
            raise TypeError(f"{name}() takes one dim, not {tuple(dim)}; a{name} takes several")
        n = len(x.shape)
        over = to_dims(dim, n) if n else []
        shape = [1 if i in over else m for i, m in enumerate(x.shape) if keepdim or i not in over]
        out = emit(
            op, shape, [x], geometry=reduced(x.geometry, x.shape, over, keepdim), dtype=options.get("dtype") or dtype
        )
        out.flat_of = None
        if x.values is not None and dim is None:
            out.values = _known_value(op, x.values)
        return (_pair(op, out) if pairs and dim is not None else out)  # fmt: skip

    run.__name__ = name
    return run


def _known_value(op, values):
    simple = {"sum": sum, "max": max, "min": min, "mean": lambda v: sum(v) / len(v)}.get(op)
    return [simple(values)] if simple and values else None


class _Pair(tuple):
    """torch.return_types: (values, indices)."""

    values = property(lambda self: self[0])
    indices = property(lambda self: self[1])


def _pair(op, out):
    return _Pair((out, places(out)))


for _name in ("mean", "sum", "amax", "amin", "std", "var", "logsumexp", "prod", "nansum", "nanmean", "count_nonzero"):
    TORCH[_name] = METHODS[_name] = reduction(_name)
for _name in ("max", "min", "median", "mode", "nanmedian", "aminmax"):
    TORCH[_name] = METHODS[_name] = reduction(_name, pairs=True)
for _name in ("all", "any"):
    TORCH[_name] = METHODS[_name] = reduction(_name, dtype=bool_)
for _name in ("argmax", "argmin"):
    TORCH[_name] = METHODS[_name] = reduction(_name, dtype=int64)


@known("torch tensor")
def norm(input, p="fro", dim=None, keepdim=False, **_):
    return reduction("norm")(input, dim, keepdim)


@known("torch")
def vector_norm(x, ord=2, dim=None, keepdim=False, **_):
    return reduction("norm")(x, dim, keepdim)


@known("torch tensor")
def var_mean(input, dim=None, keepdim=False, **_):
    return reduction("var")(input, dim, keepdim), reduction("mean")(input, dim, keepdim)


@known("torch tensor")
def std_mean(input, dim=None, keepdim=False, **_):
    return reduction("std")(input, dim, keepdim), reduction("mean")(input, dim, keepdim)


@known("torch tensor")
def topk(input, k, dim=-1, *_, **__):
    dim = to_dim(dim, len(input.shape))
    if k > input.shape[dim]:
        mistake("topk", repairs.Words(f"{input.shape[dim]} in dim {dim}", f"at least k={k}", f"k={input.shape[dim]}"))
    shape = [k if i == dim else n for i, n in enumerate(input.shape)]
    return _pair("topk", emit("topk", shape, [input], geometry=kept(input.geometry, input.shape, shape)))


@known("torch tensor")
def sort(input, *_, **__):
    return _pair("sort", emit("sort", input.shape, [input], geometry=None))


@known("torch tensor")
def argsort(input, *_, **__):
    return emit("argsort", input.shape, [input], geometry=None, dtype=int64)


@known("F torch")
def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    shape = binary("mul", x1, x2).shape
    dim = to_dim(dim, len(shape))
    return emit("cosine_similarity", [n for i, n in enumerate(shape) if i != dim], [x1, x2], geometry=None)


@known("F")
def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    shape = binary("sub", x1, x2).shape
    return emit("pairwise_distance", (*shape[:-1], 1) if keepdim else shape[:-1], [x1, x2], geometry=None)


# ---------------------------------------------------------------- losses


def _loss(name):
    @known("F", name)
    def run(input, target=None, *args, **options):
        if isinstance(target, Tensor):
            _check_target(name, input, target)
        return emit(name, input.shape if options.get("reduction") == "none" else (), [input], geometry=None)


def _check_target(name, x, target):
    if name in ("cross_entropy", "nll_loss"):
        if x.shape[:1] != target.shape[:1]:
            got = f"{x.shape[0]} answers for {target.shape[0] if len(target.shape) else 1} targets"
            raise ShapeError(where(name), got, "one answer for each target", "a view that keeps the batch: flatten(1)")
    elif name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss") and x.shape != target.shape:
        note(
            f"{where(name)}: {repairs.size(single(x.shape))} against {repairs.size(single(target.shape))}, "
            "stretched silently"
        )


for _name in (
    "cross_entropy nll_loss mse_loss l1_loss smooth_l1_loss binary_cross_entropy binary_cross_entropy_with_logits "
    "kl_div huber_loss ctc_loss triplet_margin_loss cosine_embedding_loss margin_ranking_loss hinge_embedding_loss "
    "poisson_nll_loss gaussian_nll_loss soft_margin_loss multilabel_margin_loss multi_margin_loss "
    "multilabel_soft_margin_loss triplet_margin_with_distance_loss"
).split():
    _loss(_name)


@known("torch tensor")
def dist(input, other, p=2):
    return emit("dist", (), [input, other], geometry=None)
