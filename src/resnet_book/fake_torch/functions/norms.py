"""Normalizations: the shape stays; what is checked is the number of channels or features."""

from ... import repairs, rules
from ...errors import ShapeError
from ...operations import normed
from ..recording import emit, feature_map, from_step, mistake, single, where
from ..sizes import prod
from .tables import known

__all__ = ["features"]


def features(x, count, op, layer):
    """Write down a layer that was made for another number of channels."""
    if x.shape[1] != count:
        mistake(op, repairs.normalized(layer, single(x.shape), count))


def _parents(x, *weights):
    return [x] + [w for w in weights if w is not None]


@known("torch F")
def batch_norm(
    input, running_mean=None, running_var=None, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    x = input
    if len(x.shape) < 2:
        raise ShapeError(
            where("batch_norm"), *repairs.dims((x.numel(),), "(batch, channels, ...)", where("batch_norm"))
        )
    made_for = [w.shape[0] for w in (running_mean, weight) if w is not None]
    if made_for:
        features(x, made_for[0], "batch_norm", {4: "BatchNorm2d", 5: "BatchNorm3d"}.get(len(x.shape), "BatchNorm1d"))
    parents = _parents(x, weight, bias)
    if len(x.shape) == 4 and running_mean is not None:
        step = rules.batch_norm(feature_map(x), affine=weight is not None, where=where("batch_norm"))
        return from_step("batch_norm", step, x, parents)
    if running_mean is not None:
        return emit("batch_norm", x.shape, parents)
    return emit("batch_norm", x.shape, parents, geometry=normed(x.geometry, x.shape))  # statistics of the batch


@known("torch F")
def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5, op="layer_norm"):
    ends = tuple(normalized_shape) if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
    x = input
    if tuple(x.shape[len(x.shape) - len(ends) :]) != ends or len(x.shape) < len(ends):
        kind = "RMSNorm" if op == "rms_norm" else "LayerNorm"
        last = tuple(x.shape[-len(ends) :])
        fix = f"{kind}({last[0] if len(last) == 1 else list(last)})"
        if len(x.shape) == 4 and len(ends) == 1 and x.shape[1] == ends[0]:
            fix = f"GroupNorm(1, {ends[0]}), or permute(0, 2, 3, 1) before it, so that the channels come last"
        mistake(op, repairs.Words(repairs.size(single(x.shape)), f"a tensor that ends in {repairs.size(ends)}", fix))
    whole = len(x.shape) == 4
    geometry = normed(x.geometry, x.shape, whole and len(ends) > 1, whole) if len(ends) < 4 else None
    return emit(op, x.shape, _parents(x, weight, bias), geometry=geometry)


@known("torch F")
def rms_norm(input, normalized_shape, weight=None, eps=None):
    return layer_norm(input, normalized_shape, weight, op="rms_norm")


@known("torch F")
def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    x = input
    if weight is not None:
        features(x, weight.shape[0], "group_norm", f"GroupNorm({num_groups}, *)")
    elif x.shape[1] % num_groups:
        fits = [n for n in range(1, num_groups + 1) if x.shape[1] % n == 0]
        got = f"{x.shape[1]} channels in {num_groups} groups"
        mistake("group_norm", repairs.Words(got, "groups that divide the channels", f"GroupNorm({fits[-1]}, ...)"))
    return emit("group_norm", x.shape, _parents(x, weight, bias), geometry=normed(x.geometry, x.shape))


@known("torch F")
def instance_norm(
    input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-5
):
    x = input
    if weight is not None:
        features(x, weight.shape[0], "instance_norm", "InstanceNorm2d")
    if use_input_stats and len(x.shape) > 2 and prod(x.shape[2:]) == 1:
        mistake("instance_norm", repairs.one_value(single(x.shape)))
    geometry = normed(x.geometry, x.shape) if use_input_stats else x.geometry
    return emit("instance_norm", x.shape, _parents(x, weight, bias), geometry=geometry)


@known("F")
def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    return emit("local_response_norm", input.shape, [input])


@known("F")
def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    dims = [d % len(input.shape) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))]
    return emit("normalize", input.shape, [input], geometry=normed(input.geometry, input.shape, 2 in dims, 3 in dims))


@known("torch")
def _weight_norm(v, g, dim=0):
    return emit("mul", v.shape, [v, g], row=False)
