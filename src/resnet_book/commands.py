"""What the commands that measure have in common: the folder that they record in, and refusals that are sentences."""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable
from pathlib import Path

from .data import DataError
from .files import MeasurementError
from .runs import RunError

__all__ = ["folder_asked", "in_words"]


def folder_asked(module: str, says: str | None) -> Path:
    """The folder that a command which measures was given to record in; ends with its usage where that is not clear."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}", description=says, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="of the record; it is made where there is none")
    return parser.parse_args().folder


def in_words(main: Callable[[list[str] | None], None]) -> Callable[..., None]:
    """A command that says in a sentence, and by the exit status 2, what it cannot read, have or write."""

    @functools.wraps(main)
    def told(arguments: list[str] | None = None) -> None:
        try:
            main(arguments)
        except (DataError, MeasurementError, RunError, ValueError, OSError) as error:
            print(error, file=sys.stderr)
            raise SystemExit(2) from error

    return told
