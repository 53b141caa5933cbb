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
