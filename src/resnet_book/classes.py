"""The ten classes of Fashion-MNIST and of CIFAR-10, by number. A module of its own: naming them needs neither torch nor
data."""

from __future__ import annotations

__all__ = ["CIFAR10_CLASSES", "CLASSES"]

CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
