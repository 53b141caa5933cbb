"""Exercises that answer: their numbers, right values, mistakes and words; a folder a chapter.

Each exercise is written twice, in the chapter's `__init__.py` and its `exercises.mjs`, under one name and with one
structure; its words are written once, in `words.json`. Tests hold the two to the same numbers, values and sentences.
"""

from __future__ import annotations

import importlib
from functools import cache

from .exercise import Asked, Chapter, Exercise, Verdict
from .kinds import Choice, Code, Number, Ordering, Parts, Shape

__all__ = [
    "CHAPTERS",
    "Asked",
    "Chapter",
    "Choice",
    "Code",
    "Exercise",
    "Number",
    "Ordering",
    "Parts",
    "Shape",
    "Verdict",
    "chapter",
    "chapter_of",
]

CHAPTERS = (
    "residual_learning",
    "one_by_one",
    "bottleneck_arithmetic",
    "fashion_mnist",
    "degradation",
    "cifar_family",
    "batch_normalization",
    "loss_surfaces",
    "what_a_block_does",
    "read_any_network",
    "transfer_learning",
)
"""The chapters that have exercises, in order."""


@cache
def chapter(name: str) -> Chapter:
    """The exercises of a chapter.

    Raises:
        LookupError: for a chapter without exercises; says which have some.
    """
    if name not in CHAPTERS:
        raise LookupError(f"no chapter {name!r} has exercises. There is: {', '.join(CHAPTERS)}")
    return importlib.import_module(f"{__name__}.{name}").CHAPTER


def chapter_of(key: str) -> Chapter:
    """The chapter that an exercise stands in.

    Raises:
        LookupError: for a key that no chapter has; lists those there are.
    """
    for name in CHAPTERS:
        if key in chapter(name).exercises:
            return chapter(name)
    known = ", ".join(key for name in CHAPTERS for key in chapter(name).exercises)
    raise LookupError(f"there is no exercise {key!r}. There is: {known}")
