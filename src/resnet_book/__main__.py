"""Command line: `python -m resnet_book trace resnet50 3 224 224 --version v1` prints the trace of a network."""

from __future__ import annotations

import argparse
import json
import os
import sys

from .architectures import architecture, catalog, names, options, usual_input
from .fake_torch.command import add_arguments as add_check_arguments
from .fake_torch.command import run as check
from .tracing import trace


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m resnet_book", description="Residual networks, traced.")
    commands = parser.add_subparsers(dest="command", required=True)
    tracer = commands.add_parser("trace", help="print every layer of a network, or with --stages their sums")
    tracer.add_argument("name", help="a public name, see `names`")
    tracer.add_argument("shape", nargs="*", type=int, help="channels height width; by default what it was made for")
    tracer.add_argument("--classes", type=int, dest="num_classes")
    tracer.add_argument("--version", choices=["v1", "v1.5"])
    tracer.add_argument("--shortcut", choices=["A", "B", "C"])
    tracer.add_argument("--stages", action="store_true", help="one line a stage")
    commands.add_parser("names", help="list the architectures and their keywords")
    commands.add_parser("catalog", help="print widgets/shared/catalog.json")
    checker = commands.add_parser("check", help="the shapes and the mistakes of a file that is written for PyTorch")
    add_check_arguments(checker)
    given = parser.parse_args(arguments)

    if given.command == "check":
        return check(given)
    if given.command == "names":
        print("\n".join(f"{name:18} {', '.join(options(name))}" for name in names()))
    elif given.command == "catalog":
        lines = (f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in catalog().items())
        print("{\n" + ",\n".join(lines) + "\n}")
    else:
        try:
            print(_traced(given))
        except (TypeError, ValueError) as error:
            print(error, file=sys.stderr)
            return 2
    return 0


def _traced(given: argparse.Namespace) -> str:
    keywords = {
        key: getattr(given, key) for key in ("num_classes", "version", "shortcut") if getattr(given, key) is not None
    }
    if given.shape:
        keywords["in_channels"] = given.shape[0]
    arch = architecture(given.name, **keywords)
    found = trace(arch, tuple(given.shape) or usual_input(given.name))
    return found.text(found.groups()) if given.stages else str(found)


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # of `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
