"""Poolings, padding, up-sampling, flattening and shuffles, as layers."""

from ..functions import FUNCTIONAL, METHODS
from .module import Layer

__all__ = []


def _repr(names):
    return lambda self: ", ".join([f"{name}={getattr(self, name)}" for name in names])


class _MaxPool(Layer):
    op = "max_pool2d"

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input):
        return FUNCTIONAL[self.op](
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    extra_repr = _repr(["kernel_size", "stride", "padding", "dilation", "ceil_mode"])


class _AvgPool(Layer):
    op = "avg_pool2d"

    def __init__(
        self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
    ):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode, self.count_include_pad = padding, ceil_mode, count_include_pad

    def forward(self, input):
        return FUNCTIONAL[self.op](input, self.kernel_size, self.stride, self.padding, self.ceil_mode)

    extra_repr = _repr(["kernel_size", "stride", "padding"])


class _LPPool(Layer):
    op = "lp_pool2d"

    def __init__(self, norm_type, kernel_size, stride=None, ceil_mode=False):
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def forward(self, input):
        return FUNCTIONAL[self.op](input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class _Adaptive(Layer):
    op = "adaptive_avg_pool2d"

    def __init__(self, output_size, return_indices=False):
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input):
        return FUNCTIONAL[self.op](input, self.output_size, self.return_indices)

    extra_repr = _repr(["output_size"])


for _rank in "123":
    for _base, _name, _op in (
        (_MaxPool, "MaxPool", "max_pool"), (_AvgPool, "AvgPool", "avg_pool"), (_LPPool, "LPPool", "lp_pool"),
        (_Adaptive, "AdaptiveAvgPool", "adaptive_avg_pool"), (_Adaptive, "AdaptiveMaxPool", "adaptive_max_pool"),
    ):  # fmt: skip
        globals()[f"{_name}{_rank}d"] = type(f"{_name}{_rank}d", (_base,), {"op": f"{_op}{_rank}d"})


class MaxUnpool2d(Layer):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def forward(self, input, indices, output_size=None):
        return FUNCTIONAL["max_unpool2d"](input, indices, self.kernel_size, self.stride, self.padding, output_size)


class _Pad(Layer):
    rank, mode = 2, "constant"

    def __init__(self, padding, value=0):
        super().__init__()
        self.padding = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * (2 * self.rank)

    def forward(self, input):
        return FUNCTIONAL["pad"](input, self.padding, self.mode)

    extra_repr = _repr(["padding"])


for _rank in (1, 2, 3):
    for _name, _mode in (
        ("Constant", "constant"),
        ("Zero", "constant"),
        ("Reflection", "reflect"),
        ("Replication", "replicate"),
        ("Circular", "circular"),
    ):
        globals()[f"{_name}Pad{_rank}d"] = type(f"{_name}Pad{_rank}d", (_Pad,), {"rank": _rank, "mode": _mode})


class Upsample(Layer):
    def __init__(self, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None):
        super().__init__()
        self.size, self.scale_factor, self.mode, self.align_corners = size, scale_factor, mode, align_corners

    def forward(self, input):
        return FUNCTIONAL["interpolate"](input, self.size, self.scale_factor, self.mode, self.align_corners)

    def extra_repr(self):
        text = f"scale_factor={self.scale_factor}" if self.size is None else f"size={self.size}"
        return f"{text}, mode={self.mode!r}"


class UpsamplingBilinear2d(Upsample):
    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, "bilinear", True)


class UpsamplingNearest2d(Upsample):
    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor)


class Flatten(Layer):
    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input):
        return METHODS["flatten"](input, self.start_dim, self.end_dim)

    extra_repr = _repr(["start_dim", "end_dim"])


class Unflatten(Layer):
    def __init__(self, dim, unflattened_size):
        super().__init__()
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input):
        return METHODS["unflatten"](input, self.dim, self.unflattened_size)


def _simple(name, function, *arguments):
    """A layer that keeps its arguments and hands them to a function."""

    def __init__(self, *args, **kwargs):
        Layer.__init__(self)
        given = dict(zip([a for a, _ in arguments], args))
        given.update(kwargs)
        for key, default in arguments:
            value = given.pop(key, default)
            if value is Ellipsis:
                raise TypeError(f"{name}.__init__() missing 1 required positional argument: '{key}'")
            object.__setattr__(self, key, value)
        if given:
            raise TypeError(f"{name}.__init__() got an unexpected keyword argument '{next(iter(given))}'")

    def forward(self, *inputs):
        return FUNCTIONAL[function](*inputs, **{key: getattr(self, key) for key, _ in arguments})

    kinds = {"__init__": __init__, "forward": forward, "extra_repr": _repr([key for key, _ in arguments])}
    globals()[name] = type(name, (Layer,), kinds)


_simple("PixelShuffle", "pixel_shuffle", ("upscale_factor", ...))
_simple("PixelUnshuffle", "pixel_unshuffle", ("downscale_factor", ...))
_simple("ChannelShuffle", "channel_shuffle", ("groups", ...))
_simple("Unfold", "unfold", ("kernel_size", ...), ("dilation", 1), ("padding", 0), ("stride", 1))
_simple("Fold", "fold", ("output_size", ...), ("kernel_size", ...), ("dilation", 1), ("padding", 0), ("stride", 1))
_simple("CosineSimilarity", "cosine_similarity", ("dim", 1), ("eps", 1e-8))
_simple("PairwiseDistance", "pairwise_distance", ("p", 2.0), ("eps", 1e-6), ("keepdim", False))
