"""What torch.*, tensors and torch.nn.functional.* do to shapes: a file a kind, entered into the tables by name."""

from . import arranging, elementwise, indexing, making, norms, products, reducing, resampling, windows
from .tables import FUNCTIONAL, METHODS, TORCH, of_rank, pair, several

__all__ = [
    "FUNCTIONAL",
    "METHODS",
    "TORCH",
    "arranging",
    "elementwise",
    "indexing",
    "making",
    "norms",
    "of_rank",
    "pair",
    "products",
    "reducing",
    "resampling",
    "several",
    "windows",
]

for _name in ("relu", "softmax", "log_softmax", "sigmoid", "tanh", "dropout", "pixel_shuffle", "channel_shuffle"):
    TORCH.setdefault(_name, FUNCTIONAL.get(_name))
    METHODS.setdefault(_name, FUNCTIONAL.get(_name))
for _name in ("sigmoid", "tanh", "celu", "selu"):
    FUNCTIONAL.setdefault(_name, TORCH[_name])

_NOWHERE = {  # what the loops above enter in more places than torch does
    "torch": (
        "absolute_ adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool2d adaptive_max_pool3d affine_grid "
        "avg_pool2d avg_pool3d bernoulli_ digamma_ equal_ erfinv_ glu grid_sample hardshrink_ isfinite_ isinf_ isnan_ "
        "lgamma_ linear logical_not_ polygamma_ positive_ prelu_ prelu__ sgn_ sign_ softmin"
    ),
    "tensor": (
        "celu celu_ channel_shuffle constant_ dropout dropout_ equal_ fmax_ fmin_ hardshrink_ isfinite_ isinf_ isnan_ "
        "maximum_ minimum_ pixel_shuffle positive_ prelu_ prelu__ rrelu rrelu_ rsub rsub_ selu selu_ softmin std_mean "
        "swap_dims_ threshold threshold_ trunc_normal_ var_mean"
    ),
    "F": (
        "alpha_dropout_ cumprod cumsum dropout1d_ dropout2d_ dropout3d_ dropout_ feature_alpha_dropout_ gelu_ "
        "gumbel_softmax_ hardshrink_ hardsigmoid_ hardswish_ logcumsumexp logsigmoid_ mish_ relu6_ sigmoid_ silu_ "
        "softplus_ softshrink_ softsign_ tanh_ tanhshrink_"
    ),
}
for _table, _names in ((TORCH, _NOWHERE["torch"]), (METHODS, _NOWHERE["tensor"]), (FUNCTIONAL, _NOWHERE["F"])):
    for _name in _names.split():
        _table.pop(_name, None)
