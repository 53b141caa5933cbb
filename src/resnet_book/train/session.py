"""A recorded training run from its name: the data, the recipe at a budget, the loop, the record."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from .. import keypoint_runs, runs
from ..architectures import Architecture, architecture, names, options
from ..data import DataError, Faces, Pictures, dataset, face_metrics, load_faces, split, spread
from ..data.keypoints import mean_face
from .devices import arithmetic, pick_device, product_rate
from .loop import Diverged, Result, fit
from .recipes import BUDGETS, KEYPOINTS, RECIPES, TRUNK, Recipe, adapted, recipe
from .trunks import keep_trunk, load_trunk

__all__ = ["folder_of", "replay", "train"]

LARGEST_SEED = 2**32 - 1
COMPARED = ("loss", "output", "freeze", "head_first", "trunk_lr")
"""Settings of keypoints that a folder's name tells where they are not the recipe's."""
NAMED = ("pretrained", "tune", "split", "pictures", *COMPARED)
"""Settings of keypoints that a folder's name tells."""


def train(
    name: str = "book",
    budget: str = "sample",
    *,
    data: str | None = None,
    network: str | None = None,
    shortcut: str | None = None,
    seed: int = 0,
    out: Path | str | None = None,
    device: str | None = None,
    changes: Mapping[str, Any] | None = None,
    validation: bool = False,
    keep_weights: bool = False,
    compiled: bool = False,
    progress: bool = True,
    say: Callable[[str], None] | None = print,
) -> runs.Run | None:
    """Train a recipe and record the run; go on with it if it was stopped, read it if it is there already.

    Args:
        name, budget: see `recipe`.
        data: another data set than the recipe's, see `dataset`.
        network, shortcut: another network than the recipe's, by the name and the option that `architecture` takes.
        seed: decides the first weights, the order of the pictures, crops and flips.
        out: the run's folder; by default runs/RECIPE-BUDGET-SEED, or runs/RECIPE/NETWORK-OPTION-SEED where a recipe is
            for many networks.
        device: "cpu", "cuda" or "mps"; by default the fastest there is.
        changes: fields of the recipe to replace.
        validation: whether to hold out a part of the training set and score on it instead of the test set.
        keep_weights: whether the last weights are kept beside the record, in float16, see `runs.weights`.
        compiled: whether to use `torch.compile`.
        progress: whether to show progress.
        say: where sentences go; None for nowhere.

    Returns:
        The run; None in a process of a team that does not record it.

    Raises:
        ValueError: a seed that is none; else, as TrainingError, CheckpointError, RunError: see `fit` and `runs.record`.
        DataError: the data are missing, cannot be had, and no sample of them ships with the package.
    """
    if type(seed) is not int or not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"seed is {seed!r}; expected a whole number from 0 to {LARGEST_SEED:,}")
    changes, note = dict(changes or {}), ""
    arch = _network(network, shortcut, recipe(name).architecture)
    chosen = _chosen(name, budget, arch, data, changes)
    where = pick_device(device)
    first = int(os.environ.get("RANK", 0)) == 0
    tell = say if first and say else lambda _: None
    try:
        training, testing = _pictures(chosen, budget)
    except DataError as error:
        if budget == "sample" or not dataset(chosen.data).ships:
            raise
        tell(f"{error}\nTraining on the sample that ships with the package instead: its result is not the recipe's.")
        budget = "sample"
        chosen = _chosen(name, budget, arch, data, changes)
        note = "The full budget was asked for, but the data could not be had: this run used the sample."
        training, testing = _pictures(chosen, budget)
    source, scored = training.name.split(",")[0], "validation" if validation else "test"
    if validation and chosen.keypoints:
        raise ValueError("of faces no validation part is held out; leave --validation out")
    if validation:
        training, testing = split(training)
    if BUDGETS[budget].every > 1:
        some = torch.arange(0, len(training), BUDGETS[budget].every)
        training = training.take(some, f"{training.name}, {len(some):,} of {len(training):,}")
    if chosen.keypoints and chosen.keypoints.pictures:
        training = spread(training, chosen.keypoints.pictures)
    epochs, steps = chosen.length(-(-len(training) // chosen.batch_size))
    every = -(-steps // runs.MOST_STEPS) if _is_one_of_many(chosen.architecture) else 1
    config = {
        "recipe": chosen.name,
        "budget": budget,
        "seed": seed,
        "epochs": epochs,
        "dataset": source,
        "pictures": len(training),
        "scored": scored,
        **(_about_faces(chosen, training, testing) if chosen.keypoints else {}),
        **({"every_step": every} if every > 1 else {}),
        **({"note": note} if note else {}),
        "settings": json.loads(chosen.to_json()),
    }
    folder = Path(out) if out is not None else _default_folder(chosen, seed, budget, changes, validation)
    if (folder / "config.json").exists():
        there = runs.read(folder)
        if _told(there.config) != _told(config):
            raise runs.RunError(f"{folder} holds another run already; give another --out")
        tell(f"{folder} holds this run already: {there.result}")
        return there

    dtype = arithmetic(chosen, where)
    words = str(dtype).removeprefix("torch.")
    rate = product_rate(where, dtype)
    length = "1 epoch" if epochs == 1 else f"{epochs} epochs"
    tell(f"{_in_words(chosen, seed)}: {len(training):,} pictures, {length}, on {where} in {words}")
    try:
        result = fit(
            chosen, training, testing, seed=seed, device=where, folder=folder, scored=scored, compiled=compiled,
            progress=progress,
        )  # fmt: skip
    except Diverged as end:
        if chosen.is_normalized:
            raise
        tell(f"{end}\nThat is a result, too: without batch norm a network may not bear this. It is recorded so.")
        config["diverged"] = {"epoch": end.epoch, "step": end.step, "what": end.what}
        result = end.result
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
    state = result.net.state_dict() if keep_weights else {}
    kept = {key: value.cpu().numpy() for key, value in state.items()} or None
    if _is_a_source(chosen) and budget == "full" and not validation:
        place = keep_trunk(chosen.data, chosen.architecture, result.net, head=chosen.keypoints is not None)
        tell(f"for networks on faces, it is kept as a trunk in {place}")
    made = _recorded(folder, chosen, config, env, result, testing, kept)
    tell(f"after the last epoch, {made.result}; recorded in {folder}")
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


def _network(name: str | None, shortcut: str | None, own: Architecture) -> Architecture | None:
    if name is None and shortcut is None:
        return None
    return architecture(name or own.name, **({"shortcut": shortcut} if shortcut else {}))


def _told(config: dict[str, Any]) -> dict[str, Any]:
    """What makes a recorded run this run: not its notes, and its recipe with the fields that came later."""
    kept = {key: value for key, value in config.items() if key not in ("note", "diverged")}
    with contextlib.suppress(ValueError):  # what is no recipe is not this run's
        kept["settings"] = Recipe.from_json(json.dumps(config.get("settings")))
    return kept


def _chosen(name: str, budget: str, arch: Architecture | None, data: str | None, changes: dict[str, Any]) -> Recipe:
    made = adapted(recipe(name), arch, data)
    return BUDGETS[budget].apply(made).changed(changes) if budget in BUDGETS else recipe(name, budget)


def _pictures(chosen: Recipe, budget: str) -> tuple[Pictures, Pictures] | tuple[Faces, Faces]:
    if chosen.keypoints:
        return load_faces(chosen.data, chosen.size, chosen.keypoints.split, sample=budget == "sample")
    found = dataset(chosen.data)
    load = found.sample if budget == "sample" else found.load
    return load(True), load(False)


def _about_faces(chosen: Recipe, training: Faces, testing: Faces) -> dict[str, Any]:
    """What the record of a network for faces says besides. Raises `DataError` if its trunk cannot be had."""
    made = chosen.keypoints
    about: dict[str, Any] = {"split": made.split, "weights": made.tune, "pretrained": made.pretrained}
    errors = face_metrics.nme(mean_face(training, testing).numpy(), testing.points.numpy())
    about["mean_face_nme"] = round(100 * float(errors.mean()), 4)
    if made.pretrained != "none":
        about["pretrained_sha256"] = load_trunk(made.pretrained, chosen.architecture)[1]
    return about


def _recorded(
    folder: Path,
    chosen: Recipe,
    config: dict[str, Any],
    env: dict[str, Any],
    result: Result,
    testing: Pictures | Faces,
    weights: dict[str, Any] | None,
) -> runs.Record:
    found = result.predicted.numpy(), result.confidence.numpy()
    if chosen.keypoints:
        predicted, errors = found
        found = predicted, testing.rows.numpy(), errors, face_metrics.box_error(predicted, testing.points.numpy())
        return keypoint_runs.record(folder, config, env, result.history, *found, weights)
    pictures = None if _is_one_of_many(chosen.architecture) else testing.images.numpy()
    return runs.record(folder, config, env, result.history, *found, testing.labels.numpy(), pictures, weights)


def _is_a_source(chosen: Recipe) -> bool:
    """Whether what a recipe trains is a trunk for other networks: what `trunk` makes, and ours for drawn faces."""
    return chosen.name == TRUNK.name or (chosen == KEYPOINTS and chosen.data == "drawn-faces")


def _is_one_of_many(arch: Architecture) -> bool:
    """Whether runs of a network are recorded in brief and side by side: of all but the one that chapter 4 is about."""
    return arch.name != "resnet18-d2l"


def folder_of(chosen: Recipe, seed: int, budget: str = "full") -> str:
    """Where a run is kept below the folder of all runs: "d2l-0", "cifar/cifar-resnet56-A-0"."""
    arch, place = chosen.architecture, chosen.name if budget == "full" else f"{chosen.name}-{budget}"
    if not _is_one_of_many(arch):
        return f"{place}-{seed}"
    option = f"-{arch.shortcut}" if arch.name in names() and "shortcut" in options(arch.name) else ""
    if chosen.name == TRUNK.name:
        return f"{place}/{arch.name}-{chosen.data}-{seed}"
    if made := chosen.keypoints:
        parts = [arch.name, chosen.data.removesuffix("-faces"), made.tune]
        parts += [made.pretrained] if made.pretrained != "none" else []
        parts += ["by-person"] if made.split != "usual" else []
        parts += [str(made.pictures)] if made.pictures else []
        usual = RECIPES.get(chosen.name, chosen).keypoints
        changed = {of: getattr(made, of) for of in COMPARED if getattr(made, of) != getattr(usual, of)}
        parts += [value if isinstance(value, str) else f"{of}-{value}" for of, value in changed.items()]
        return f"{place}/{re.sub('[ _]', '-', '-'.join(parts))}-{seed}"
    start = "" if chosen.start == "batch norm" else "-" + chosen.start.replace(" ", "-")
    return f"{place}/{arch.name}{option}{start}-{seed}"


def _default_folder(chosen: Recipe, seed: int, budget: str, changes: Mapping[str, Any], validation: bool) -> Path:
    told = NAMED if chosen.keypoints else ()
    left = "".join(f"-{key}-{value}" for key, value in changes.items() if key not in told)
    changed = re.sub(r"[^a-z0-9]+", "-", left.lower())
    end = changed.rstrip("-") + ("-validation" if validation else "")
    if not _is_one_of_many(chosen.architecture):
        return Path("runs", f"{chosen.name}-{budget}-{seed}{end}")
    return Path("runs", folder_of(chosen, seed, budget) + end)


def _in_words(chosen: Recipe, seed: int) -> str:
    sizes = "".join(f"{side}, " for side in dict.fromkeys(chosen.grows)) + str(chosen.size)
    return f"Recipe {chosen.name}, {chosen.architecture.name}, seed {seed}, pictures of side {sizes}"
