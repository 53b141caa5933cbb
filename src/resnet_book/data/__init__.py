"""Data sets as tensors: official files, verified; a small sample that ships with the package; batches of either."""

from .batches import Batches, Normalization, normalization, resize
from .cifar10 import CIFAR10_CLASSES, cifar10
from .datasets import DATASETS, Dataset, dataset
from .face_batches import FaceBatches, Moves
from .faces import FACES, drawn_faces, load_faces, spread
from .fashion_mnist import CLASSES, fashion_mnist
from .keypoints import MIRRORED, Faces
from .per_image import per_image_loader
from .pictures import DataError, Pictures, folder, mean_of_stds, split, statistics
from .real_faces import real_faces
from .sample import make_sample, sample

__all__ = [
    "CIFAR10_CLASSES",
    "CLASSES",
    "DATASETS",
    "FACES",
    "MIRRORED",
    "Batches",
    "DataError",
    "Dataset",
    "FaceBatches",
    "Faces",
    "Moves",
    "Normalization",
    "Pictures",
    "cifar10",
    "dataset",
    "drawn_faces",
    "fashion_mnist",
    "folder",
    "load_faces",
    "make_sample",
    "mean_of_stds",
    "normalization",
    "per_image_loader",
    "real_faces",
    "resize",
    "sample",
    "split",
    "spread",
    "statistics",
]
