"""How a network is trained, as data: `d2l` and `d2l-2023` are published, `book` is ours for the same network and epochs.

The textbook "Dive into Deep Learning" trains ResNet-18 twice: its older edition with `train_ch6` (`d2l`), the edition of
2023 with its `Trainer` at a fifth of the rate and half of the batch (`d2l-2023`).

`book-short` is ours for the impatient. `draft` is what `book` began as: on validation pictures it was better without
its crops, so `book` has none (it also grows later). The rest of `RECIPES` is `draft` with one thing taken back, to
measure what that thing buys.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ..architectures import Architecture, architecture

__all__ = ["BUDGETS", "RECIPES", "Budget", "Recipe", "learning_rate", "recipe"]

RESNET18 = architecture("resnet18-d2l")
CHOICES = {"schedule": ("constant", "one-cycle"), "precision": ("fp32", "bf16"), "init": ("xavier", "he", "torch")}
FLAGS = ("nesterov", "decay_all", "flip", "channels_last")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training run beside the data, the seed and the machine.

    Attributes:
        name: what it is called in records.
        architecture: the network.
        init: how its weights start, see `build`.
        size: height and width that pictures are resized to, in the last epochs at least; what is scored at the end.
        grows: smaller sizes to begin with, which cost less (Tan and Le 2021, section 4): the epochs are shared out
            evenly between these and `size`. Each epoch is scored at the size that it trained at.
        batch_size: pictures a step, over all processes.
        epochs: passes over the training set.
        lr: the learning rate, at its highest.
        schedule: "constant", or "one-cycle": up in a straight line, then down to zero in another (Smith 2018).
        warmup: the part of all steps that the way up takes.
        momentum, nesterov: of SGD.
        weight_decay: pull of the weights to zero, times the learning rate.
        decay_all: whether biases and batch norms are pulled as well.
        label_smoothing: share of the answer that is spread over all classes (Szegedy et al. 2016, section 7).
        flip: whether pictures are mirrored at random.
        crop: pixels by which pictures are shifted at random, at most, before they are resized.
        precision: "fp32", or "bf16": autocast, where the device computes faster in it.
        channels_last: the order of numbers in memory that convolutions are faster in.
    """

    name: str
    architecture: Architecture = RESNET18
    init: str = "xavier"
    size: int = 96
    grows: tuple[int, ...] = ()
    batch_size: int = 256
    epochs: int = 10
    lr: float = 0.05
    schedule: str = "constant"
    warmup: float = 0.0
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    decay_all: bool = False
    label_smoothing: float = 0.0
    flip: bool = False
    crop: int = 0
    precision: str = "fp32"
    channels_last: bool = False

    def __post_init__(self) -> None:
        def refuse(field: str, expected: str) -> None:
            raise ValueError(f"recipe {self.name}: {field} is {getattr(self, field)!r}; expected {expected}")

        if not isinstance(self.architecture, Architecture):
            refuse("architecture", "an Architecture")
        for field, allowed in CHOICES.items():
            if getattr(self, field) not in allowed:
                refuse(field, f"one of {', '.join(allowed)}")
        for field in FLAGS:
            if not isinstance(getattr(self, field), bool):
                refuse(field, "True or False")
        for field, least in (("size", 1), ("batch_size", 1), ("epochs", 1), ("crop", 0)):
            if type(getattr(self, field)) is not int or getattr(self, field) < least:
                refuse(field, f"a whole number, at least {least}")
        for field, most in (("lr", 1e3), ("warmup", 1), ("momentum", 1), ("weight_decay", 1), ("label_smoothing", 1)):
            value = getattr(self, field)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
                refuse(field, f"a number from 0 to {most:g}")
        if not isinstance(self.grows, tuple) or any(type(side) is not int or side < 1 for side in self.grows):
            refuse("grows", "whole numbers, at least 1, in a tuple")
        if self.nesterov and not self.momentum:
            refuse("nesterov", "False, as there is no momentum")

    def size_at(self, epoch: int) -> int:
        """Height and width of the pictures in an epoch, counted from 1."""
        sizes = (*self.grows, self.size)
        return sizes[-(-epoch * len(sizes) // self.epochs) - 1]

    def to_json(self) -> str:
        """The recipe as JSON; `from_json` reads it back."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """A recipe from its JSON. Raises `ValueError` that says what is wrong with it."""
        try:
            data = json.loads(text)
        except (TypeError, ValueError) as error:
            raise ValueError(f"this is not JSON: {error}") from error
        known = {field.name for field in fields(cls)}
        if not isinstance(data, dict) or "name" not in data or set(data) - known:
            raise ValueError(f"this JSON is no recipe: expected an object with some of {', '.join(sorted(known))}")
        if "architecture" in data:
            data["architecture"] = Architecture.from_json(json.dumps(data["architecture"]))
        if isinstance(data.get("grows"), list):
            data["grows"] = tuple(data["grows"])
        return cls(**data)


D2L = Recipe("d2l")
D2L_2023 = Recipe("d2l-2023", batch_size=128, lr=0.01)
BOOK = Recipe(
    "book",
    grows=(48, 48, 48, 48, 64, 64, 64, 96, 96),
    batch_size=128,
    schedule="one-cycle",
    warmup=0.2,
    momentum=0.9,
    nesterov=True,
    weight_decay=5e-4,
    label_smoothing=0.1,
    flip=True,
    precision="bf16",
    channels_last=True,
)
SHORT = replace(BOOK, name="book-short", epochs=5, size=48, grows=(40,))
DRAFT = replace(BOOK, name="draft", grows=(48, 48, 48, 64), crop=2)
ABLATIONS = {
    "draft-no-growth": {"grows": ()},
    "draft-no-momentum": {"momentum": 0.0, "nesterov": False},
    "draft-constant-lr": {"schedule": "constant", "warmup": 0.0},
    "draft-no-decay": {"weight_decay": 0.0},
    "draft-no-smoothing": {"label_smoothing": 0.0},
    "draft-no-flip": {"flip": False},
    "draft-no-crop": {"crop": 0},
}
RECIPES = {
    made.name: made
    for made in (
        D2L,
        D2L_2023,
        BOOK,
        SHORT,
        DRAFT,
        *(replace(DRAFT, name=name, **back) for name, back in ABLATIONS.items()),
    )
}


@dataclass(frozen=True)
class Budget:
    """How much of the work is done: on which data, and what of the recipe gives way for it.

    Attributes:
        name: "sample" or "full".
        data: what it trains on, in words.
        every: of the training pictures, each so manieth is used, in the official order.
        changes: fields of the recipe that are replaced.
    """

    name: str
    data: str
    every: int = 1
    changes: tuple[tuple[str, Any], ...] = ()

    def apply(self, recipe: Recipe) -> Recipe:
        """The recipe at this budget."""
        return replace(recipe, **dict(self.changes))


BUDGETS = {
    "sample": Budget(
        "sample",
        "the 1,000 pictures that ship with the package, at 28x28: within a minute on two cores",
        changes=(("size", 28), ("grows", ()), ("batch_size", 50), ("epochs", 5)),
    ),
    "small": Budget(
        "small",
        "a fifth of the pictures at 28x28 for 4 epochs: to compare many recipes, about 5 minutes each on two cores",
        every=5,
        changes=(("size", 28), ("grows", ()), ("epochs", 4)),
    ),
    "full": Budget("full", "all 60,000 pictures, as the recipe says"),
}


def recipe(name: str, budget: str = "full", **changes: Any) -> Recipe:
    """A recipe by name, at a budget, some fields changed by keyword.

    Raises:
        ValueError: an unknown name, budget or field, or an impossible value; the message lists what there is.
    """
    chosen = _look_up(budget, BUDGETS, "budget").apply(_look_up(name, RECIPES, "recipe"))
    unknown = set(changes) - {field.name for field in fields(Recipe)}
    if unknown:
        known = ", ".join(field.name for field in fields(Recipe))
        raise ValueError(f"a recipe has no {', '.join(sorted(unknown))}; it has {known}")
    return replace(chosen, **changes)


def _look_up(name: str, table: dict[str, Any], what: str) -> Any:
    if name not in table:
        close = difflib.get_close_matches(str(name), table, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise ValueError(f"unknown {what} {name!r}{hint} There is: {', '.join(table)}")
    return table[name]


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate at a step, counted from 0, of a run of so many steps.

    One-cycle: it rises in a straight line over the first `warmup` of the steps, and then falls in one that would
    reach zero right after the last step.
    """
    if recipe.schedule == "constant":
        return recipe.lr
    top = recipe.warmup * steps
    if step < top:
        return recipe.lr * (step + 1) / (top + 1)
    return recipe.lr * (steps - step) / (steps - top)
