"""`python -m resnet_book.train --recipe book --seed 0 --budget full`: train, and record the run.

    python -m resnet_book.train --recipe cifar --architecture cifar-resnet56 --shortcut A --seed 0

Stopped in the middle, by whatever, the same command goes on after the last whole epoch.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..data import DATASETS, DataError
from ..runs import RunError
from . import BUDGETS, RECIPES, CheckpointError, TrainingError, recipe
from .keypoints import PRETRAINED, TUNES
from .session import train


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    given = _parser().parse_args(arguments)
    try:
        return _train(given)
    except (TypeError, ValueError, TrainingError, CheckpointError, DataError, RunError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on after the last whole epoch.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m resnet_book.train", description="Train a network and record the run."
    )
    parser.add_argument("--recipe", default="book", help="one of: " + ", ".join(RECIPES) + " (default: book)")
    parser.add_argument("--data", help="instead of the recipe's, one of: " + ", ".join(DATASETS))
    parser.add_argument("--architecture", help="a network by its public name, instead of the recipe's")
    parser.add_argument("--shortcut", choices=["A", "B", "C"], help="of a network of the CIFAR family")
    faces = parser.add_argument_group("where the points of faces are found")
    faces.add_argument("--pretrained", choices=PRETRAINED, help="what the trunk was trained on before (none)")
    faces.add_argument("--tune", choices=TUNES, help="scratch; with a pretrained trunk frozen, or fine-tuned (default)")
    faces.add_argument("--split", choices=["usual", "by-person"], help="of the real faces (usual)")
    faces.add_argument("--pictures", type=int, metavar="N", help="how many of the training pictures (all)")
    parser.add_argument("--budget", default="full", help="; ".join(f"{b.name}: {b.data}" for b in BUDGETS.values()))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="instead of the recipe's; the schedule is stretched over them")
    parser.add_argument(
        "--set", action="append", type=_setting, metavar="FIELD=VALUE", help="another field of the recipe, as JSON"
    )
    parser.add_argument("--out", type=Path, help="the run's folder (default: in runs/, named after all of this)")
    parser.add_argument("--device", help="cpu, cuda or mps (default: the fastest there is)")
    parser.add_argument("--validation", action="store_true", help="hold out a part of the training set and score on it")
    parser.add_argument("--keep-weights", action="store_true", help="keep the last weights too, in float16")
    parser.add_argument("--compile", action="store_true", help="use torch.compile")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    return parser


def _setting(text: str) -> tuple[str, Any]:
    """FIELD=VALUE, the value in JSON: size=48, channels_last=true, grows=[32,48]."""
    name, _, value = text.partition("=")
    try:
        read = json.loads(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected FIELD=VALUE with a value in JSON, like size=48"
        ) from error
    return name, tuple(read) if isinstance(read, list) else read


def _train(given: argparse.Namespace) -> int:
    changes = dict(given.set or ())
    if given.epochs is not None:
        changes["epochs"] = given.epochs
    changes |= _about_faces(given)
    train(
        given.recipe,
        given.budget,
        data=given.data,
        network=given.architecture,
        shortcut=given.shortcut,
        seed=given.seed,
        out=given.out,
        device=given.device,
        changes=changes,
        validation=given.validation,
        keep_weights=given.keep_weights,
        compiled=given.compile,
        progress=not given.quiet,
    )
    return 0


def _about_faces(given: argparse.Namespace) -> dict[str, Any]:
    """What is said of faces, as fields of the recipe's keypoints; a pretrained trunk is fine-tuned by default."""
    tune = given.tune or ("fine-tuned" if given.pretrained not in (None, "none") else None)
    said = {"pretrained": given.pretrained, "tune": tune, "split": given.split, "pictures": given.pictures}
    changes = {name: value for name, value in said.items() if value is not None}
    if changes and not recipe(given.recipe).keypoints:
        raise ValueError(
            f"recipe {given.recipe} does not take --{next(iter(changes))}; those for faces do, as keypoints"
        )
    if given.pictures is not None and given.pictures < 1:
        raise ValueError(f"--pictures is {given.pictures}; expected 1 or more; without it, all are used")
    if given.split:
        changes["split"] = given.split.replace("-", " ")
    return changes


if __name__ == "__main__":
    sys.exit(main())
