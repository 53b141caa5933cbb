"""Normalization layers."""

from ... import repairs
from ...errors import ShapeError
from ..functions import FUNCTIONAL, norms
from ..recording import single, where
from ..sizes import int64
from ..tensor import Parameter, Tensor
from .convolutions import channels, count, lazy
from .module import Layer

__all__ = []


class _Norm(Layer):
    ranks = (2, 3)  # with the batch

    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, device=None, dtype=None
    ):
        super().__init__()
        self.num_features = count(num_features, f"{type(self).__name__} num_features")
        self.eps, self.momentum, self.affine, self.track_running_stats = eps, momentum, affine, track_running_stats
        for name in ("weight", "bias"):
            self.register_parameter(name, Parameter(Tensor((num_features,), dtype)) if affine else None)
        for name in ("running_mean", "running_var"):
            self.register_buffer(name, Tensor((num_features,), dtype) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", Tensor((), int64, [0]) if track_running_stats else None)

    def reset_parameters(self):
        pass

    reset_running_stats = reset_parameters

    def forward(self, input):
        if not isinstance(input, Tensor):
            raise TypeError(f"{type(self).__name__} takes a tensor, not {type(input).__name__}")
        if len(input.shape) not in self.ranks:
            raise ShapeError(where("batch_norm"), *self._rank_words(input))
        return self._normed(input)

    def _rank_words(self, x):
        if len(x.shape) == self.ranks[0] - 1 and x.shape[0] == self.num_features:
            return repairs.without_batch(x.shape)
        family = type(self).__name__.rstrip("123d")
        other = {2: "1d", 3: "1d", 4: "2d", 5: "3d"}.get(len(x.shape))
        fits = f"{family}{other}({x.shape[1]})" if other and family + other != type(self).__name__ else ""
        sides = {
            2: "(channels,)",
            3: "(channels, length)",
            4: "(channels, height, width)",
            5: "(channels, depth, height, width)",
        }
        expected = ("a map of " if self.ranks[0] > 3 else "") + " or ".join(
            [sides[n] for n in self.ranks if n in sides]
        )
        return repairs.dims(single(x.shape), expected, where("batch_norm"), fits)

    def _normed(self, x):
        norms.features(x, self.num_features, "batch_norm", type(self).__name__)
        fits = x.shape[1] == self.num_features
        mean = self.running_mean if fits or self.running_mean is None else Tensor((x.shape[1],))
        weight, bias = (self.weight, self.bias) if fits else (None, None)
        return FUNCTIONAL["batch_norm"](x, mean, self.running_var, weight, bias)

    def extra_repr(self):
        tracked = f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, {tracked}"


class BatchNorm1d(_Norm):
    pass


class BatchNorm2d(_Norm):
    ranks = (4,)


class BatchNorm3d(_Norm):
    ranks = (5,)


class SyncBatchNorm(_Norm):
    ranks = (2, 3, 4, 5)

    @classmethod
    def convert_sync_batchnorm(cls, module, process_group=None):
        return module


class _InstanceNorm(_Norm):
    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=False, track_running_stats=False, device=None, dtype=None
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype)

    def _normed(self, x):
        alone = len(x.shape) == min(self.ranks)
        if x.shape[0 if alone else 1] != self.num_features and self.affine:
            norms.features(x, self.num_features, "instance_norm", type(self).__name__)
        by_input = self.running_mean is None
        return FUNCTIONAL["instance_norm"](x, None, None, self.weight, self.bias, use_input_stats=by_input)


class InstanceNorm1d(_InstanceNorm):
    pass


class InstanceNorm2d(_InstanceNorm):
    ranks = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    ranks = (4, 5)


LazyBatchNorm1d, LazyBatchNorm2d, LazyBatchNorm3d = [lazy(k, channels) for k in (BatchNorm1d, BatchNorm2d, BatchNorm3d)]
LazyInstanceNorm2d = lazy(InstanceNorm2d, channels)


class LayerNorm(Layer):
    op = "layer_norm"

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True, device=None, dtype=None):
        super().__init__()
        given = normalized_shape if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
        self.normalized_shape = tuple([count(n, f"{type(self).__name__} normalized_shape") for n in given])
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.register_parameter(
            "weight", Parameter(Tensor(self.normalized_shape, dtype)) if elementwise_affine else None
        )
        if self.op == "layer_norm":
            has = elementwise_affine and bias
            self.register_parameter("bias", Parameter(Tensor(self.normalized_shape, dtype)) if has else None)

    def reset_parameters(self):
        pass

    def forward(self, input):
        bias = getattr(self, "bias", None)
        return norms.layer_norm(input, self.normalized_shape, self.weight, bias, op=self.op)

    def extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class RMSNorm(LayerNorm):
    op = "rms_norm"

    def __init__(self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None):
        super().__init__(normalized_shape, eps, elementwise_affine, False, device, dtype)


class GroupNorm(Layer):
    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None):
        super().__init__()
        self.num_groups = count(num_groups, "GroupNorm num_groups")
        self.num_channels = count(num_channels, "GroupNorm num_channels")
        if num_channels % num_groups:
            fits = [n for n in range(1, num_groups + 1) if num_channels % n == 0][-1]
            got = f"{num_channels} channels in {num_groups} groups"
            raise ShapeError("GroupNorm", got, "groups that divide the channels", f"GroupNorm({fits}, {num_channels})")
        self.eps, self.affine = eps, affine
        for name in ("weight", "bias"):
            self.register_parameter(name, Parameter(Tensor((num_channels,), dtype)) if affine else None)

    def reset_parameters(self):
        pass

    def forward(self, input):
        return FUNCTIONAL["group_norm"](input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


class LocalResponseNorm(Layer):
    def __init__(self, size, alpha=1e-4, beta=0.75, k=1.0):
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input):
        return FUNCTIONAL["local_response_norm"](input, self.size)


class CrossMapLRN2d(LocalResponseNorm):
    pass
