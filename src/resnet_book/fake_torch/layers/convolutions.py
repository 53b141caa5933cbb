"""Convolutions, transposed ones, linear layers, embeddings, and the lazy ones that learn their input's size."""

from ... import repairs
from ...errors import ShapeError
from ...rules import describe
from ..functions import FUNCTIONAL, several
from ..functions.products import bilinear
from ..recording import Refusal, single, where
from ..tensor import Parameter, Tensor
from .module import Layer

__all__ = ["count"]


def count(value, name, minimum=1):
    """A number of channels, features, groups: an integer."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or isinstance(value, Tensor):
        fix = f"{int(value)}: divide with // instead of /" if isinstance(value, float) else "give an integer"
        raise ShapeError(name, describe(value), "an integer", fix)
    value = value.__index__()
    if value < minimum:
        raise ShapeError(name, str(value), f"an integer of at least {minimum}", f"give at least {minimum}")
    return value


class _Convolution(Layer):
    rank, transposed = 2, False

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
        padding_mode="zeros", device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        kind, rank = type(self).__name__, self.rank
        self.in_channels = count(in_channels, f"{kind} in_channels")
        self.out_channels = count(out_channels, f"{kind} out_channels")
        self.groups = count(groups, f"{kind} groups")
        if in_channels % groups or out_channels % groups:
            raise ShapeError(kind, *repairs.groups(in_channels, out_channels, groups))
        self.kernel_size = tuple([count(k, f"{kind} kernel_size") for k in several(kernel_size, rank)])
        self.stride = tuple([count(s, f"{kind} stride") for s in several(stride, rank)])
        self.dilation = tuple([count(d, f"{kind} dilation") for d in several(dilation, rank)])
        self.padding_mode = padding_mode
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ShapeError(f"{kind} padding", repr(padding), "'same', 'valid' or integers", "padding='same'")
            if padding == "same" and max(self.stride) > 1:
                raise ShapeError(
                    kind,
                    "padding='same' with a stride",
                    "padding='same' without one",
                    f"padding={self.kernel_size[0] // 2}",
                )
            self.padding = padding
        else:
            self.padding = tuple([count(p, f"{kind} padding", 0) for p in several(padding, rank)])
        for name in ("kernel_size", "stride", "dilation"):
            if len(getattr(self, name)) != rank:
                raise ShapeError(
                    f"{kind} {name}", str(getattr(self, name)), f"an integer or {rank} of them", f"give {rank}"
                )
        first, second = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = Parameter(Tensor((first, second // groups, *self.kernel_size), dtype))
        self.register_parameter("bias", Parameter(Tensor((out_channels,), dtype)) if bias else None)

    def reset_parameters(self):
        pass

    def forward(self, input):
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input, weight, bias):
        run, padding = FUNCTIONAL[f"conv{self.rank}d"], self.padding
        if self.padding_mode != "zeros" and not isinstance(padding, str):
            amounts = [p for p in reversed(padding) for _ in (0, 1)]
            input, padding = FUNCTIONAL["pad"](input, amounts, self.padding_mode), 0
        return run(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def extra_repr(self):
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * self.rank:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * self.rank:
            text += f", dilation={self.dilation}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        return text + (", bias=False" if self.bias is None else "")


class _Transposed(_Convolution):
    transposed = True

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True,
        dilation=1, padding_mode="zeros", device=None, dtype=None,
    ):  # fmt: skip
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)
        self.output_padding = several(output_padding, self.rank)

    def forward(self, input, output_size=None):
        extra = self.output_padding
        if output_size is not None:
            sides = zip(input.shape[2:], self.stride, self.padding, self.dilation, self.kernel_size)
            least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in sides]
            wanted = tuple(output_size)[-self.rank :]
            for n, m, s in zip(wanted, least, self.stride):
                if not m <= n < m + s:
                    raise ShapeError(
                        where("conv_transpose"), f"output_size {n}", f"{m} to {m + s - 1}", f"output_size={m}"
                    )
            extra = [n - m for n, m in zip(wanted, least)]
        run = FUNCTIONAL[f"conv_transpose{self.rank}d"]
        return run(input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation)


class Conv1d(_Convolution):
    rank = 1


class Conv2d(_Convolution):
    rank = 2


class Conv3d(_Convolution):
    rank = 3


class ConvTranspose1d(_Transposed):
    rank = 1


class ConvTranspose2d(_Transposed):
    rank = 2


class ConvTranspose3d(_Transposed):
    rank = 3


class Linear(Layer):
    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        self.in_features = count(in_features, "Linear in_features", 0)
        self.out_features = count(out_features, "Linear out_features", 0)
        self.weight = Parameter(Tensor((self.out_features, self.in_features), dtype))
        self.register_parameter("bias", Parameter(Tensor((self.out_features,), dtype)) if bias else None)

    def reset_parameters(self):
        pass

    def forward(self, input):
        return FUNCTIONAL["linear"](input, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class NonDynamicallyQuantizableLinear(Linear):
    pass


class Bilinear(Layer):
    def __init__(self, in1_features, in2_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        self.weight = Parameter(Tensor((out_features, in1_features, in2_features)))
        self.register_parameter("bias", Parameter(Tensor((out_features,))) if bias else None)

    def forward(self, input1, input2):
        return bilinear(input1, input2, self.weight, self.bias)


class Embedding(Layer):
    def __init__(
        self, num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False,
        sparse=False, _weight=None, _freeze=False, device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        self.num_embeddings = count(num_embeddings, "Embedding num_embeddings")
        self.embedding_dim, self.padding_idx = count(embedding_dim, "Embedding embedding_dim"), padding_idx
        self.weight = Parameter(Tensor((num_embeddings, embedding_dim), dtype))

    @classmethod
    def from_pretrained(cls, embeddings, *_, **__):
        return cls(*embeddings.shape)

    def forward(self, input):
        return FUNCTIONAL["embedding"](input, self.weight)

    def extra_repr(self):
        return f"{self.num_embeddings}, {self.embedding_dim}"


# ---------------------------------------------------------------- lazy layers


def lazy(kind, size):
    """The class whose first input makes it a `kind`; `size` reads the missing argument from that input."""

    def __init__(self, *args, **kwargs):
        Layer.__init__(self)
        object.__setattr__(self, "_given", (args, kwargs))

    def forward(self, input):
        args, kwargs = self._given
        if not isinstance(input, Tensor):
            raise TypeError(f"{type(self).__name__} takes a tensor, not {type(input).__name__}")
        if len(input.shape) < 2:
            raise Refusal(where(kind.__name__), "a lazy layer that gets no batch")
        line, training = self._made, self.training
        object.__setattr__(self, "__class__", kind)
        kind.__init__(self, size(input), *args, **kwargs)
        object.__setattr__(self, "_made", line)
        object.__setattr__(self, "training", training)
        return self.forward(input)

    return type(
        "Lazy" + kind.__name__, (Layer,), {"__init__": __init__, "forward": forward, "weight": None, "bias": None}
    )


def channels(x):
    return single(x.shape)[0]


LazyLinear = lazy(Linear, lambda x: x.shape[-1])
LazyConv1d, LazyConv2d, LazyConv3d = [lazy(kind, channels) for kind in (Conv1d, Conv2d, Conv3d)]
LazyConvTranspose1d, LazyConvTranspose2d, LazyConvTranspose3d = [
    lazy(kind, channels) for kind in (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)
]
