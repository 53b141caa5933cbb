"""Texts to start from: each a folder's file, so that it is read, checked and coloured as the Python that it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["EXAMPLES", "example"]

FOLDER = Path(__file__).parent / "examples"
EXAMPLES = {
    "small_resnet": "A small residual network",
    "no_projection": "A block without its projection",
    "forgotten_pool": "The flatten that forgot the pool",
    "u_net": "A U-Net",
    "se_resnet": "A squeeze-and-excitation ResNet",
}
"""Name -> what it is called in the page, in the order of the page; the first is the one a widget starts with."""


@cache
def example(name: str) -> str:
    """The text of an example.

    Raises:
        ValueError: for an unknown name; lists those there are.
    """
    if name not in EXAMPLES:
        raise ValueError(f"no example {name!r}; there is {', '.join(EXAMPLES)}")
    return (FOLDER / f"{name}.py").read_text(encoding="utf-8")
