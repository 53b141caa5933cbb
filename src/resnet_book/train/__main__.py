"""`python -m resnet_book.train --recipe book --seed 0 --budget full`: train, and record the run.

Stopped in the middle, by whatever, the same command goes on after the last whole epoch.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import torch

from .. import runs
from ..data import DataError, Pictures, fashion_mnist, sample, split
from . import BUDGETS, CheckpointError, Recipe, TrainingError, arithmetic, fit, pick_device, product_rate, recipe


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    given = _parser().parse_args(arguments)
    try:
        return _train(given)
    except (ValueError, TrainingError, CheckpointError, DataError, runs.RunError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on after the last whole epoch.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m resnet_book.train", description="Train a network and record the run."
    )
    parser.add_argument("--recipe", default="book", help="d2l, book, or book with one thing taken back (default: book)")
    parser.add_argument("--budget", default="sample", help="; ".join(f"{b.name}: {b.data}" for b in BUDGETS.values()))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="instead of the recipe's; the schedule is stretched over them")
    parser.add_argument(
        "--set", action="append", type=_setting, metavar="FIELD=VALUE", help="another field of the recipe, as JSON"
    )
    parser.add_argument("--out", type=Path, help="the run's folder (default: runs/RECIPE-BUDGET-SEED)")
    parser.add_argument("--device", help="cpu, cuda or mps (default: the fastest there is)")
    parser.add_argument("--validation", action="store_true", help="hold out a part of the training set and score on it")
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
    chosen, budget, note = recipe(given.recipe, given.budget, **changes), given.budget, ""
    device = pick_device(given.device)
    say = print if int(os.environ.get("RANK", 0)) == 0 else lambda *_: None
    try:
        training, testing = _data(budget)
    except DataError as error:
        say(f"{error}\nTraining on the sample that ships with the package instead: its result is not the recipe's.")
        chosen, budget = recipe(given.recipe, "sample", **changes), "sample"
        note = "The full budget was asked for, but the data could not be had: this run used the sample."
        training, testing = _data(budget)
    dataset = training.name.split(",")[0]
    scored = "validation" if given.validation else "test"
    if given.validation:
        training, testing = split(training)
    if BUDGETS[budget].every > 1:
        some = torch.arange(0, len(training), BUDGETS[budget].every)
        training = training.take(some, f"{training.name}, {len(some):,} of {len(training):,}")
    suffix = re.sub(r"[^a-z0-9]+", "-", "".join(f"-{key}-{value}" for key, value in changes.items()).lower()).rstrip(
        "-"
    )
    out = given.out or Path("runs", f"{chosen.name}-{budget}-{given.seed}{suffix}{'-validation' * given.validation}")

    config = _config(chosen, budget, given.seed, dataset, scored, note)
    if (out / "config.json").exists():
        there = runs.read(out)
        if {**there.config, "note": ""} != {**config, "note": ""}:
            raise runs.RunError(f"{out} holds another run already; give another --out")
        say(f"{out} holds this run already: {scored} accuracy {there.accuracy:.2%}")
        return 0
    dtype = arithmetic(chosen, device)
    rate = product_rate(device, dtype)
    say(
        f"Recipe {chosen.name}, seed {given.seed}: {len(training):,} pictures at {chosen.size}x{chosen.size}, "
        f"{chosen.epochs} epochs, on {device} in {str(dtype).removeprefix('torch.')}"
    )
    result = fit(
        chosen,
        training,
        testing,
        seed=given.seed,
        device=device,
        folder=out,
        scored=scored,
        compiled=given.compile,
        progress=not given.quiet,
    )
    if int(os.environ.get("RANK", 0)) == 0:
        env = {
            **runs.environment(),
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else str(device),
            "arithmetic": str(dtype).removeprefix("torch."),
            "product_rate": float(f"{rate:.4g}"),
            "processes": int(os.environ.get("WORLD_SIZE", 1)),
            "threads": torch.get_num_threads(),
            "compiled": given.compile,
            "seconds": round(result.seconds, 1),
        }
        made = runs.record(
            out,
            config,
            env,
            result.history,
            *(part.numpy() for part in (result.predicted, result.confidence, testing.labels, testing.images)),
        )
        say(f"{scored} accuracy after the last epoch: {made.accuracy:.2%}; recorded in {out}")
    return 0


def _data(budget: str) -> tuple[Pictures, Pictures]:
    load = sample if budget == "sample" else fashion_mnist
    return load(train=True), load(train=False)


def _config(chosen: Recipe, budget: str, seed: int, dataset: str, scored: str, note: str) -> dict[str, Any]:
    return {
        "recipe": chosen.name,
        "budget": budget,
        "seed": seed,
        "epochs": chosen.epochs,
        "dataset": dataset,
        "scored": scored,
        **({"note": note} if note else {}),
        "settings": json.loads(chosen.to_json()),
    }


if __name__ == "__main__":
    sys.exit(main())
