"""`python -m resnet_book check FILE ...`: the network of a file for PyTorch, its shapes and mistakes, without torch."""

from __future__ import annotations

import argparse
import ast
import json
import os
import sys
from typing import Any

from ..errors import ShapeError
from .beside import Beside
from .checking import checked, parse_shape
from .explaining import entry
from .limits import TimeUp, limited
from .lines import Position, traceback_line
from .reporting import annotated, lines_of_errors, table

__all__ = ["add_arguments", "main", "run"]

SECONDS = 30.0
KEYS = ("file", "network", "output_shape", "params", "buffers", "macs", "rows", "notes", "errors")

DESCRIPTION = """\
Trace the network of a Python file or notebook that is written for PyTorch, without torch: every shape, parameter and
multiplication by its line, or the line that does not fit and its repair. It runs the file as importing it would, in a
process of its own that is stopped after 30 s; --isolated takes network, other programs, writing and the environment
from that process, where the system can. Exit status: 0 all well, 1 errors, 2 an unreadable file or wrong use."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser what the command takes."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .py file or a notebook (.ipynb)")
    parser.add_argument(
        "--network", metavar="EXPRESSION", help='for example "resnet18(num_classes=10)"; else it is found'
    )
    parser.add_argument(
        "--input", nargs="+", action="extend", metavar="SHAPE", help="3,224,224, without the batch; one for each input"
    )
    parser.add_argument("--json", action="store_true", help="one object for each file")
    parser.add_argument("--annotate", action="store_true", help="print the file with the shapes of every line")
    parser.add_argument("--isolated", action="store_true", help="without network, writing and environment")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m resnet_book check", description=DESCRIPTION)
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def run(given: argparse.Namespace) -> int:
    """Check every file; returns the exit status."""
    files, inputs = list(given.files), None
    if given.input:
        files += [value for value in given.input if os.path.isfile(value)]  # of `--input 3,32,32 net.py`
        shapes = [value for value in given.input if not os.path.isfile(value)]
        try:
            inputs = [parse_shape(part) for value in shapes for part in value.split(";") if part.strip()]
        except ShapeError as error:
            print(f"--input: {error}", file=sys.stderr)
            return 2
    if given.network is not None:
        try:
            ast.parse(given.network.strip(), mode="eval")
        except (SyntaxError, ValueError) as error:
            print(
                f"--network: {given.network!r} is no expression of Python ({getattr(error, 'msg', error)}); "
                'expected a call that makes the network, such as "resnet18(num_classes=10)"',
                file=sys.stderr,
            )
            return 2
    status = 0
    for file in files:
        status = max(status, _one(file, given, inputs))
    return status


def _one(file: str, given: argparse.Namespace, inputs: list | None) -> int:
    try:
        with open(file, "rb") as stream:
            text = stream.read().decode("utf-8-sig", errors="replace")
    except OSError as error:
        print(f"{file}: {error.strerror or error}", file=sys.stderr)
        return 2

    def work() -> dict[str, Any]:
        try:
            found, traced = checked(text, file, given.network, inputs, beside=Beside(file))
        except (TimeUp, MemoryError) as error:
            found, traced = _stopped(file, error), None
        return {"found": found, "trail": traced.recorder.trail if traced and given.annotate else []}

    answer = limited(work, SECONDS, given.isolated)
    if isinstance(answer, str):
        answer = {"found": _nothing(file, answer), "trail": []}
    _print(answer, text, given)
    return 1 if answer["found"]["errors"] else 0


def _stopped(file: str, error: BaseException) -> dict[str, Any]:
    why = f"no answer within {SECONDS:g} s" if isinstance(error, TimeUp) else "more memory than there is"
    return _nothing(file, why, traceback_line(error))


def _nothing(file: str, why: str, place: Position | None = None) -> dict[str, Any]:
    """The object of a file that came to nothing."""
    error = ShapeError(
        "file", why, f"an end within {SECONDS:g} s", "look for a loop or a recursion without an end here"
    )
    found: dict[str, Any] = dict.fromkeys(KEYS)
    found.update(file=file, rows=[], notes=[], errors=[entry(error, place or Position())])
    return found


def _print(answer: dict[str, Any], text: str, given: argparse.Namespace) -> None:
    found = answer["found"]
    if given.json:
        print(json.dumps({key: found[key] for key in KEYS}))
        return
    if given.annotate:
        print(annotated(text.rstrip("\n"), [(line, tuple(shape)) for line, shape in answer["trail"]], found["errors"]))
        return
    for line in lines_of_errors(found):
        print(line)
    if not found["errors"] and found["network"]:
        print(f"{found['file']}: {found['network']}\n{table(found)}")
    for note in found["notes"]:
        print(f"{found['file']}: note: {note}")
