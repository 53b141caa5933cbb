"""Other sizes of a map: up-sampling, padding, shuffles between channels and pixels, sliding blocks, grids."""

from ... import repairs, rules
from ...errors import ShapeError
from ..recording import Refusal, emit, feature_map, from_step, mistake, single, where
from ..sizes import prod
from .tables import TORCH, known, pair, to_dim

__all__ = ["interpolate", "pad"]


@known("F")
def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    x, rank = input, len(input.shape) - 2
    if rank < 1:
        raise ShapeError(where("interpolate"), *repairs.dims(single(x.shape), "a map", where("interpolate")))
    wanted = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}.get(mode, rank)
    if wanted != rank:
        fitting = {1: "linear", 2: "bilinear", 3: "trilinear"}.get(rank, "nearest")
        mistake(
            "interpolate",
            repairs.Words(
                f"{repairs.size(single(x.shape))} with mode={mode!r}", f"a map with {wanted} sides", f"mode={fitting!r}"
            ),
        )
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        out = tuple([n.__index__() for n in size]) if isinstance(size, (tuple, list)) else (size.__index__(),) * rank
    elif scale_factor is not None:
        factors = scale_factor if isinstance(scale_factor, (tuple, list)) else (scale_factor,) * rank
        out = tuple([int(n * float(f)) for n, f in zip(x.shape[2:], factors)])
    else:
        raise ValueError("either size or scale_factor should be defined")
    if len(out) != rank:
        mistake(
            "interpolate", repairs.Words(f"{len(out)} sizes for {rank} sides", "one size a side", "one size a side")
        )
        out = tuple(x.shape[2:])
    return emit("interpolate", (*x.shape[:2], *out), [x], geometry=None)


@known("F")
def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    return interpolate(input, size, scale_factor, mode)


@known("F")
def upsample_bilinear(input, size=None, scale_factor=None):
    return interpolate(input, size, scale_factor, "bilinear")


@known("F")
def upsample_nearest(input, size=None, scale_factor=None):
    return interpolate(input, size, scale_factor)


@known("F")
def pad(input, pad, mode="constant", value=None):
    x, shape = input, list(input.shape)
    amounts = [n.__index__() for n in pad]
    if len(amounts) % 2 or len(amounts) > 2 * len(shape):
        raise ShapeError(
            where("pad"),
            f"{len(amounts)} amounts",
            f"two for each side, at most {2 * len(shape)}",
            "give (left, right, top, bottom)",
        )
    for i in range(len(amounts) // 2):
        before, after, n = amounts[2 * i], amounts[2 * i + 1], shape[-1 - i]
        if mode == "reflect" and max(before, after) >= n:
            mistake(
                "pad",
                repairs.Words(
                    f"padding {max(before, after)} for a side of {n}", "less than the side", f"padding {n - 1}"
                ),
            )
        shape[-1 - i] += before + after
        if shape[-1 - i] < 0:
            mistake(
                "pad", repairs.Words(f"a side of {n}, cut by {-before - after}", "something left over", "cut less off")
            )
            shape[-1 - i] = 1
    if len(shape) == 4 and shape[2:] == list(x.shape[2:]) and shape[0] == x.shape[0]:
        if shape[1] >= x.shape[1]:
            step = rules.pad_channels(feature_map(x), shape[1], where=where("pad_channels"))
            return from_step("pad_channels", step, x, [x])
        return emit("pad_channels", shape, [x], geometry=x.geometry)
    return emit("pad", shape, [x], geometry=x.geometry)


TORCH["constant_pad_nd"] = pad


@known("torch F")
def pixel_shuffle(input, upscale_factor):
    x, r = input, upscale_factor
    if x.shape[-3] % (r * r):
        words = repairs.Words(
            f"{x.shape[-3]} channels",
            f"a multiple of {r * r}",
            f"{-(-x.shape[-3] // (r * r)) * r * r} channels out of the convolution before it",
        )
        mistake("pixel_shuffle", words)
    shape = (*x.shape[:-3], max(1, x.shape[-3] // (r * r)), x.shape[-2] * r, x.shape[-1] * r)
    return emit("pixel_shuffle", shape, [x], geometry=None)


@known("torch F")
def pixel_unshuffle(input, downscale_factor):
    x, r = input, downscale_factor
    if x.shape[-2] % r or x.shape[-1] % r:
        mistake(
            "pixel_unshuffle",
            repairs.Words(f"a map of {repairs.size(x.shape[-2:])}", f"sides that {r} divides", "pad it, or crop it"),
        )
    shape = (*x.shape[:-3], x.shape[-3] * r * r, x.shape[-2] // r, x.shape[-1] // r)
    return emit("pixel_unshuffle", shape, [x], geometry=None)


@known("torch F")
def channel_shuffle(input, groups):
    if input.shape[1] % groups:
        mistake("channel_shuffle", repairs.groups(input.shape[1], input.shape[1], groups))
    return emit("channel_shuffle", input.shape, [input])


@known("F")
def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    x, kernel = input, pair(kernel_size)
    sides = zip(x.shape[2:], kernel, pair(dilation), pair(padding), pair(stride))
    size = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in sides]
    if min(size) < 1:
        mistake(
            "unfold",
            repairs.Words(
                f"a map of {repairs.size(x.shape[2:])}",
                f"at least {repairs.size(kernel)}",
                "a smaller kernel, or padding",
            ),
        )
        size = [max(1, n) for n in size]
    return emit("unfold", (x.shape[0], x.shape[1] * prod(kernel), prod(size)), [x], geometry=None)


@known("F")
def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    x, out, kernel = input, pair(output_size), pair(kernel_size)
    sides = zip(out, kernel, pair(dilation), pair(padding), pair(stride))
    blocks = prod([(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in sides])
    if x.shape[-1] != blocks or x.shape[-2] % prod(kernel):
        mistake(
            "fold",
            repairs.Words(
                f"{x.shape[-1]} blocks of {x.shape[-2]}",
                f"{blocks} blocks of a multiple of {prod(kernel)}",
                "the sizes that F.unfold had",
            ),
        )
    return emit("fold", (*x.shape[:-2], max(1, x.shape[-2] // prod(kernel)), *out), [x], geometry=None)


@known("tensor", "unfold")
def _unfolded(input, dimension, size, step):
    dim = to_dim(dimension, len(input.shape))
    shape = list(input.shape)
    if step < 1:
        raise RuntimeError(f"step is {step} but must be > 0")
    if size > shape[dim]:
        words = (f"{shape[dim]} in dim {dim}", f"at least {size}", "a smaller window, or padding")
        mistake("unfold", repairs.Words(*words))
    shape[dim] = max(0, shape[dim] - size) // step + 1
    return emit("unfold_dim", [*shape, size], [input], geometry=None)


@known("F torch")
def grid_sample(input, grid, *_, **__):
    return emit("grid_sample", (*input.shape[:2], *grid.shape[1:-1]), [input, grid], geometry=None)


@known("F torch")
def affine_grid(theta, size, align_corners=None):
    return emit("affine_grid", (size[0], *size[2:], len(size) - 2), [theta], geometry=None)


def _by_values(name, why):
    @known("torch tensor", name)
    def run(*_, **__):
        raise Refusal(where(name), why)


for _name in ("nonzero", "unique", "masked_select", "argwhere", "bincount", "unique_consecutive"):
    _by_values(_name, "how many it finds depends on the values of a tensor")
