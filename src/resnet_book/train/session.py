"""A recorded training run from its name: the data, the recipe at a budget, the loop, the record."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from .. import runs
from ..data import DataError, Pictures, fashion_mnist, sample, split
from .devices import arithmetic, pick_device, product_rate
from .loop import fit
from .recipes import BUDGETS, Recipe, recipe

__all__ = ["replay", "train"]


def train(
    name: str = "book",
    budget: str = "sample",
    *,
    seed: int = 0,
    out: Path | str | None = None,
    device: str | None = None,
    changes: Mapping[str, Any] | None = None,
    validation: bool = False,
    compiled: bool = False,
    progress: bool = True,
    say: Callable[[str], None] | None = print,
) -> runs.Run | None:
    """Train a recipe and record the run; go on with it if it was stopped, read it if it is there already.

    Args:
        name, budget: see `recipe`.
        seed: decides the first weights, the order of the pictures, crops and flips.
        out: the run's folder; by default runs/RECIPE-BUDGET-SEED.
        device: "cpu", "cuda" or "mps"; by default the fastest there is.
        changes: fields of the recipe to replace.
        validation: whether to hold out a part of the training set and score on it instead of the test set.
        compiled: whether to use `torch.compile`.
        progress: whether to show progress.
        say: where sentences go; None for nowhere.

    Returns:
        The run; None in a process of a team that does not record it.

    Raises:
        ValueError, TrainingError, CheckpointError, RunError: see `fit` and `runs.record`.
    """
    changes = dict(changes or {})
    chosen, note = recipe(name, budget, **changes), ""
    where = pick_device(device)
    first = int(os.environ.get("RANK", 0)) == 0
    tell = say if first and say else lambda _: None
    try:
        training, testing = _data(budget)
    except DataError as error:
        tell(f"{error}\nTraining on the sample that ships with the package instead: its result is not the recipe's.")
        budget = "sample"
        chosen = recipe(name, budget, **changes)
        note = "The full budget was asked for, but the data could not be had: this run used the sample."
        training, testing = _data(budget)
    dataset, scored = training.name.split(",")[0], "validation" if validation else "test"
    if validation:
        training, testing = split(training)
    if BUDGETS[budget].every > 1:
        some = torch.arange(0, len(training), BUDGETS[budget].every)
        training = training.take(some, f"{training.name}, {len(some):,} of {len(training):,}")
    config = {
        "recipe": chosen.name,
        "budget": budget,
        "seed": seed,
        "epochs": chosen.epochs,
        "dataset": dataset,
        "pictures": len(training),
        "scored": scored,
        **({"note": note} if note else {}),
        "settings": json.loads(chosen.to_json()),
    }
    folder = Path(out) if out is not None else Path("runs", _folder_name(config, changes))
    if (folder / "config.json").exists():
        there = runs.read(folder)
        if {**there.config, "note": ""} != {**config, "note": ""}:
            raise runs.RunError(f"{folder} holds another run already; give another --out")
        tell(f"{folder} holds this run already: {scored} accuracy {there.accuracy:.2%}")
        return there

    dtype = arithmetic(chosen, where)
    words = str(dtype).removeprefix("torch.")
    rate = product_rate(where, dtype)
    epochs = "1 epoch" if chosen.epochs == 1 else f"{chosen.epochs} epochs"
    tell(f"{_in_words(chosen, seed)}: {len(training):,} pictures, {epochs}, on {where} in {words}")
    result = fit(
        chosen, training, testing, seed=seed, device=where, folder=folder, scored=scored, compiled=compiled,
        progress=progress,
    )  # fmt: skip
    if not first:
        return None
    env = {
        **runs.environment(),
        "device": torch.cuda.get_device_name(where) if where.type == "cuda" else str(where),
        "arithmetic": words,
        "product_rate": float(f"{rate:.4g}"),
        "processes": int(os.environ.get("WORLD_SIZE", 1)),
        "threads": torch.get_num_threads(),
        "compiled": compiled,
        "seconds": round(result.seconds, 1),
    }
    arrays = (result.predicted, result.confidence, testing.labels, testing.images)
    made = runs.record(folder, config, env, result.history, *(array.numpy() for array in arrays))
    tell(f"{scored} accuracy after the last epoch: {made.accuracy:.2%}; recorded in {folder}")
    return made


def replay(folder: Path | str, say: Callable[[str], None] = print) -> runs.Run:
    """A recorded run instead of a new one, and a sentence that says so. Raises `RunError` if there is none."""
    run = runs.read(folder)
    env = run.env
    took = f"{env['seconds']:,.0f} s" if "seconds" in env else "a time that is not known"
    say(
        f"Replayed, not trained here: recipe {run.config['recipe']}, seed {run.config['seed']}, recorded on "
        f"{env.get('processor', 'an unknown processor')} ({env.get('device', 'unknown device')}) in {took}"
    )
    return run


def _data(budget: str) -> tuple[Pictures, Pictures]:
    load = sample if budget == "sample" else fashion_mnist
    return load(train=True), load(train=False)


def _folder_name(config: Mapping[str, Any], changes: Mapping[str, Any]) -> str:
    changed = re.sub(r"[^a-z0-9]+", "-", "".join(f"-{key}-{value}" for key, value in changes.items()).lower())
    name = f"{config['recipe']}-{config['budget']}-{config['seed']}{changed.rstrip('-')}"
    return f"{name}-validation" if config["scored"] == "validation" else name


def _in_words(chosen: Recipe, seed: int) -> str:
    sizes = "".join(f"{side}, " for side in dict.fromkeys(chosen.grows)) + str(chosen.size)
    return f"Recipe {chosen.name}, seed {seed}, pictures of side {sizes}"
