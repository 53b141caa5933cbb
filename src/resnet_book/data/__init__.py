"""Data sets as tensors: official files, verified; a small sample that ships with the package; batches of either."""

from .batches import Batches, Normalization, normalization, resize
from .cifar10 import CIFAR10_CLASSES, cifar10
from .datasets import DATASETS, Dataset, dataset
from .fashion_mnist import CLASSES, fashion_mnist
from .per_image import per_image_loader
from .pictures import DataError, Pictures, folder, mean_of_stds, split, statistics
from .sample import make_sample, sample

__all__ = [
    "CIFAR10_CLASSES",
    "CLASSES",
    "DATASETS",
    "Batches",
    "DataError",
    "Dataset",
    "Normalization",
    "Pictures",
    "cifar10",
    "dataset",
    "fashion_mnist",
    "folder",
    "make_sample",
    "mean_of_stds",
    "normalization",
    "per_image_loader",
    "resize",
    "sample",
    "split",
    "statistics",
]
