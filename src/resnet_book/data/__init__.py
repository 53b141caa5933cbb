"""Fashion-MNIST as tensors: the official files, a small sample that ships with the package, and batches of either."""

from .batches import Batches, resize
from .fashion_mnist import CLASSES, DataError, Pictures, fashion_mnist, folder, split
from .per_image import per_image_loader
from .sample import make_sample, sample

__all__ = [
    "CLASSES",
    "Batches",
    "DataError",
    "Pictures",
    "fashion_mnist",
    "folder",
    "make_sample",
    "per_image_loader",
    "resize",
    "sample",
    "split",
]
