"""Texts to start from: each a folder's file, so that it is read, checked and coloured as the Python that it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ...exercises.wording import load_words

__all__ = ["EXAMPLES", "PUZZLES", "example"]

FOLDER = Path(__file__).parent / "examples"
EXAMPLES: dict[str, str] = load_words(Path(__file__).parent)["examples"]
"""Name -> what it is called in the page, in the order of the page; the first is the one a widget starts with."""

PUZZLES = {
    "puzzle_lenet": "1,28,28",
    "puzzle_vgg": "3,32,32",
    "puzzle_resnet": "3,32,32",
    "puzzle_densenet": "3,32,32",
    "puzzle_u_net": "3,90,90",
}
"""Classic networks with a mistake in each, and the input they are given."""


@cache
def example(name: str) -> str:
    """The text of an example or a puzzle.

    Raises:
        ValueError: for an unknown name; lists those there are.
    """
    if name not in (*EXAMPLES, *PUZZLES):
        raise ValueError(f"no example {name!r}; there is {', '.join((*EXAMPLES, *PUZZLES))}")
    return (FOLDER / f"{name}.py").read_text(encoding="utf-8")
