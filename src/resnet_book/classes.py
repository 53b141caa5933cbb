"""The ten classes of Fashion-MNIST, by number. A module of its own: naming them needs neither torch nor data."""

from __future__ import annotations

__all__ = ["CLASSES"]

CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
