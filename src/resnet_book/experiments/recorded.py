"""A recorded run as a network again, and its pictures as it saw them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .. import runs
from ..data import Batches, Normalization, Pictures, dataset, normalization, split
from ..models import build_start
from ..train.heat_maps import use_heat_maps
from ..train.recipes import BUDGETS, Recipe

__all__ = ["Recorded"]


class Recorded:
    """A recorded run that kept its weights.

    Args:
        folder: of the run.

    Attributes:
        run: the record.
        recipe: what it was trained by.
        name: folder and run, for other records: no path of a machine.

    Raises:
        RunError: the folder holds no complete run, or one whose settings are no recipe.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.run = runs.read(folder)
        try:
            self.recipe = Recipe.from_json(json.dumps(self.run.config.get("settings")))
        except ValueError as error:
            raise runs.RunError(f"{self.folder}: the settings in config.json are no recipe: {error}") from error
        self.name = "/".join(self.folder.resolve().parts[-2:])

    @property
    def origin(self) -> dict[str, str]:
        """What the record of a measurement says of the run that was measured."""
        name = self.recipe.architecture.name
        return {"run": self.name, "architecture": name, "dataset": self.run.config["dataset"]}

    def network(self) -> nn.Module:
        """The network after the last epoch, in evaluation mode; its weights have been kept in 16 bits.

        One that finds points puts out places, the picture's side being 1, however they come about.

        Raises:
            RunError: the run did not keep its weights, or they are of another network.
        """
        net, state = self._untrained(), runs.weights(self.folder)
        try:
            net.load_state_dict({key: torch.from_numpy(value) for key, value in state.items()})
        except (RuntimeError, TypeError) as error:
            raise runs.RunError(f"{self.folder}: the weights are not those of its network: {error}") from error
        return net.eval()

    def start(self) -> nn.Module:
        """The network before the first step: its weights come out of the seed, on the CPU."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.run.config["seed"])
            return self._untrained().eval()

    def _untrained(self) -> nn.Module:
        start = getattr(self.recipe, "start", "batch norm")
        net = build_start(self.recipe.architecture, start, init=self.recipe.init)
        output = self.recipe.keypoints.output if self.recipe.keypoints else None
        if output == "heat maps":
            return use_heat_maps(net, net.fc.out_features // 2)
        if output == "sigmoid":  # the training's loss took it; a hook leaves the weights their names
            net.fc.register_forward_hook(lambda module, given, found: found.sigmoid())
        return net

    def pictures(self, train: bool) -> Pictures:
        """What it was trained or scored on."""
        config, found = self.run.config, dataset(self.recipe.data)
        load = found.sample if config["budget"] == "sample" else found.load
        if self.run.scored == "validation":
            training, held_out = split(load(True))
        else:
            training, held_out = load(True), None
        if not train:
            return load(False) if held_out is None else held_out
        every = BUDGETS[config["budget"]].every
        return training.take(torch.arange(0, len(training), every)) if every > 1 else training

    def batches(self, train: bool, count: int | None = None, batch_size: int = 500, device: Any = "cpu") -> Batches:
        """Those pictures, or so many of them at equal distances in the official order, as the network takes them.

        Raises:
            RunError: a run that finds points: faces have no labels.
        """
        if self.recipe.keypoints:
            raise runs.RunError(f"run {self.name} finds points in faces; expected one that classifies pictures")
        training = self.pictures(True)
        chosen = training if train else self.pictures(False)
        form = normalization(training, self.recipe.normalize)
        if count is not None and count < len(chosen):
            chosen = chosen.take(torch.arange(count) * len(chosen) // count)
        return Batches(chosen, batch_size, size=self.recipe.size, normalize=form, device=device)

    def sample(self, train: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        """The pictures that ship with the package, 1,000 training or 500 test ones, as the network takes them.

        Shape: (N, C, H, W), float32, and (N,).

        Raises:
            ValueError: a run whose data set ships no sample, or that was not trained on the whole of it.
        """
        found = dataset(self.recipe.data)
        if found.moments is None or self.recipe.normalize != "channels" or self.run.config["budget"] != "full":
            raise ValueError(f"{self.name}: no sample of {found.name} ships that this network could take")
        form = Normalization(*(torch.tensor(part, dtype=torch.float32)[:, None, None] for part in found.moments))
        chosen = found.sample(train)
        return next(iter(Batches(chosen, len(chosen), size=self.recipe.size, normalize=form)))
