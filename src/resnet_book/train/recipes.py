"""How a network is trained, as data.

On Fashion-MNIST, `d2l` and `d2l-2023` are published, and `book` is ours for the same network and as many epochs. The
textbook "Dive into Deep Learning" trains ResNet-18 twice: its older edition with `train_ch6` (`d2l`), the edition of
2023 with its `Trainer` at a fifth of the rate and half of the batch (`d2l-2023`).

On CIFAR-10, `cifar-paper` is that of He et al. (2015), section 4.2, in its 64,000 steps; `cifar` is ours for few cores,
in less than a sixth of them. `fashion` is ours for the narrow networks that run in a page, and
`fashion-stochastic-depth` the same with branches left out at random (Huang et al. 2016).

On faces, `keypoints` is ours and `keypoints-long` three times as long, `keypoints-page` is ours for the narrow network
that follows a face in a page, `keypoints-losses` and `keypoints-stages` the same for few epochs, by which losses are
compared, and how much of a trunk learns. `keypoints-tutorial` is what tutorials print: 224 pixels, Adam, 5 epochs, a
sigmoid and the mean squared error. `trunk` trains what a face's network may begin with.

`book-short` is ours for the impatient. `draft` is what `book` began as: on validation pictures it was better without
its crops, so `book` has none (it also grows later). The rest of `RECIPES` is `draft` with one thing taken back, to
measure what that thing buys.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ..architectures import Architecture, architecture
from ..models import STARTS
from .keypoints import KeypointSettings

__all__ = ["BUDGETS", "RECIPES", "Budget", "Recipe", "adapted", "learning_rate", "recipe"]

RESNET18 = architecture("resnet18-d2l")
CHOICES = {
    "data": ("fashion-mnist", "cifar-10", "drawn-faces", "real-faces"),
    "schedule": ("constant", "one-cycle", "steps"),
    "precision": ("fp32", "bf16"),
    "init": ("xavier", "he", "torch"),
    "start": STARTS,
    "padding": ("zeros", "reflect"),
    "normalize": ("none", "channels", "pixels"),
}
FLAGS = ("nesterov", "decay_all", "flip", "alternate", "channels_last")
GENTLE_FROM = 110  # layers from which the paper begins with a smaller rate


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training run beside the data, the seed and the machine.

    Attributes:
        name: what it is called in records.
        architecture: the network.
        data: the data set that it is made for, by its public name.
        init: how its weights start, see `build`.
        start: "batch norm", or what stands in its place, see `resnet_book.models.starts.build_start`.
        size: height and width that pictures are resized to, in the last epochs at least; what is scored at the end.
        grows: smaller sizes to begin with, which cost less (Tan and Le 2021, section 4): the epochs are shared out
            evenly between these and `size`. Each epoch is scored at the size that it trained at.
        batch_size: pictures a step, over all processes.
        epochs: passes over the training set.
        steps: the number of steps, if that is what is published: they decide then, and the last epoch may be a part of
            one. 0 means whole epochs.
        lr: the learning rate, at its highest.
        schedule: "constant"; "one-cycle": up in a straight line, then down to zero in another (Smith 2018); or "steps":
            a tenth of what it was, at each of `drops`.
        warmup: the part of all steps that the way up takes.
        drops: parts of all steps after which the rate falls to a tenth.
        gentle_lr: a rate to begin with, until the training error of some steps is below 80 %; 0 for none.
        scalar_lr: how much of the rate those parameters get that are a single number, as Fixup's.
        momentum, nesterov: of SGD.
        weight_decay: pull of the weights to zero, times the learning rate.
        decay_all: whether biases and batch norms are pulled as well.
        survival: the share of steps in which the last block's branch is there, see `drop_branches`; 1 for all.
        label_smoothing: share of the answer that is spread over all classes (Szegedy et al. 2016, section 7).
        flip: whether pictures are mirrored at random.
        alternate: whether a picture that is mirrored in one epoch is not in the next, see `Batches`.
        crop: pixels by which pictures are shifted at random, at most, before they are resized.
        padding: what comes in at the edge then: "zeros" or "reflect".
        normalize: what is taken off the pictures: "none", "channels" or "pixels", see `normalization`.
        precision: "fp32", or "bf16": autocast, where the device computes faster in it.
        channels_last: the order of numbers in memory that convolutions are faster in.
        keypoints: what there is more to say where the points of faces are found; None where pictures are classified.
    """

    name: str
    architecture: Architecture = RESNET18
    data: str = "fashion-mnist"
    init: str = "xavier"
    start: str = "batch norm"
    size: int = 96
    grows: tuple[int, ...] = ()
    batch_size: int = 256
    epochs: int = 10
    steps: int = 0
    lr: float = 0.05
    schedule: str = "constant"
    warmup: float = 0.0
    drops: tuple[float, ...] = ()
    gentle_lr: float = 0.0
    scalar_lr: float = 1.0
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    decay_all: bool = False
    label_smoothing: float = 0.0
    survival: float = 1.0
    flip: bool = False
    alternate: bool = False
    crop: int = 0
    padding: str = "zeros"
    normalize: str = "none"
    precision: str = "fp32"
    channels_last: bool = False
    keypoints: KeypointSettings | None = None

    def __post_init__(self) -> None:
        def refuse(field: str, expected: str) -> None:
            raise ValueError(f"recipe {self.name}: {field} is {getattr(self, field)!r}; expected {expected}")

        if not isinstance(self.name, str):
            refuse("name", "a string")
        if not isinstance(self.architecture, Architecture):
            refuse("architecture", "an Architecture")
        if not isinstance(self.keypoints, (KeypointSettings, type(None))):
            refuse("keypoints", "KeypointSettings, or None where pictures are classified")
        for field, allowed in CHOICES.items():
            if getattr(self, field) not in allowed:
                refuse(field, f"one of {', '.join(allowed)}")
        for field in FLAGS:
            if not isinstance(getattr(self, field), bool):
                refuse(field, "True or False")
        for field, least in (("size", 1), ("batch_size", 1), ("epochs", 1), ("steps", 0), ("crop", 0)):
            if type(getattr(self, field)) is not int or getattr(self, field) < least:
                refuse(field, f"a whole number, at least {least}")
        parts = [(field, 1) for field in ("warmup", "momentum", "weight_decay", "label_smoothing")]
        for field, most in (("lr", 1e3), ("gentle_lr", 1e3), ("scalar_lr", 1), *parts):
            value = getattr(self, field)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
                refuse(field, f"a number from 0 to {most:g}")
        if not isinstance(self.grows, tuple) or any(type(side) is not int or side < 1 for side in self.grows):
            refuse("grows", "whole numbers, at least 1, in a tuple")
        if not isinstance(self.drops, tuple) or any(not isinstance(at, float) or not 0 < at < 1 for at in self.drops):
            refuse("drops", "parts of the run, between 0 and 1, in a tuple")
        if isinstance(self.survival, bool) or not isinstance(self.survival, (int, float)) or not 0 < self.survival <= 1:
            refuse("survival", "a share of the steps, above 0 and at most 1")
        if self.survival < 1 and self.architecture.block == "plain":
            refuse("survival", "1, as a plain network has no skip that a branch could be left out beside")
        if self.alternate and not self.flip:
            refuse("alternate", "False, as nothing is mirrored")
        if self.normalize == "pixels" and self.grows:
            refuse("normalize", '"channels", as pictures of several sizes have no common pixels')
        if (self.keypoints is not None) != self.data.endswith("-faces"):
            refuse("data", "drawn-faces or real-faces" if self.keypoints else "no faces, as it classifies")
        if self.keypoints:
            unused = {"survival": 1, "crop": 0, "alternate": False, "label_smoothing": 0, "gentle_lr": 0, "steps": 0}
            for field, value in (unused | {"start": "batch norm"}).items():
                if getattr(self, field) != value:
                    refuse(field, f"{value!r}, as keypoints do not use it")
            if self.normalize == "pixels":
                refuse("normalize", '"channels" or "none", as faces move')
        if self.nesterov and not self.momentum:
            refuse("nesterov", "False, as there is no momentum")

    @property
    def is_normalized(self) -> bool:
        """Whether the network has batch norm; without it, a run that diverges is a result."""
        return self.start in ("batch norm", "zero gamma")

    def length(self, batches: int) -> tuple[int, int]:
        """Epochs, the last of which may be cut short, and steps, where an epoch has so many batches."""
        steps = self.steps or self.epochs * batches
        return -(-steps // batches), steps

    def size_at(self, epoch: int) -> int:
        """Height and width of the pictures in an epoch, counted from 1."""
        sizes = (*self.grows, self.size)
        return sizes[-(-epoch * len(sizes) // self.epochs) - 1]

    def changed(self, changes: Mapping[str, Any]) -> Recipe:
        """The recipe with other values in some fields. Raises `ValueError` for a field that there is not."""
        known = [field.name for field in fields(self)]
        inner = [field.name for field in fields(KeypointSettings)] if self.keypoints else []
        unknown = sorted(set(changes) - {*known, *inner})
        if unknown:
            raise ValueError(f"a recipe has no {', '.join(unknown)}; it has {', '.join([*known, *inner])}")
        own = {name: value for name, value in changes.items() if name in known}
        if len(own) < len(changes):
            rest = {name: value for name, value in changes.items() if name not in known}
            own["keypoints"] = replace(own.get("keypoints", self.keypoints), **rest)
        return replace(self, **own)

    def to_json(self) -> str:
        """The recipe as JSON; `from_json` reads it back."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """A recipe from its JSON. Raises `ValueError` that says what is wrong with it."""
        try:
            data = json.loads(text)
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"this is not JSON: {error}") from error
        known = {field.name for field in fields(cls)}
        if not isinstance(data, dict) or "name" not in data or set(data) - known:
            raise ValueError(f"this JSON is no recipe: expected an object with some of {', '.join(sorted(known))}")
        if "architecture" in data:
            data["architecture"] = Architecture.from_json(json.dumps(data["architecture"]))
        for field in ("grows", "drops"):
            if isinstance(data.get(field), list):
                data[field] = tuple(data[field])
        if isinstance(data.get("keypoints"), dict):
            try:
                data["keypoints"] = KeypointSettings(**data["keypoints"])
            except TypeError as error:
                raise ValueError(f"this JSON is no recipe: of keypoints, {error}") from error
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
CIFAR = Recipe(
    "cifar",
    architecture("cifar-resnet20"),
    data="cifar-10",
    init="he",
    size=32,
    batch_size=128,
    epochs=24,
    lr=0.2,
    schedule="one-cycle",
    warmup=0.2,
    momentum=0.9,
    nesterov=True,
    weight_decay=5e-4,
    label_smoothing=0.1,
    flip=True,
    alternate=True,
    crop=4,
    padding="reflect",
    normalize="channels",
    precision="bf16",
    channels_last=True,
)
PAPER = Recipe(
    "cifar-paper",
    architecture("cifar-resnet20"),
    data="cifar-10",
    init="he",
    size=32,
    batch_size=128,
    epochs=164,
    steps=64_000,
    lr=0.1,
    schedule="steps",
    drops=(0.5, 0.75),
    momentum=0.9,
    weight_decay=1e-4,
    decay_all=True,
    flip=True,
    crop=4,
    normalize="pixels",
    channels_last=True,
)
FASHION = replace(
    CIFAR, name="fashion", architecture=architecture("fashion-resnet20"), data="fashion-mnist", size=28, epochs=20,
    crop=0,
)  # fmt: skip
STOCHASTIC = replace(FASHION, name="fashion-stochastic-depth", survival=0.5)
TRUNK = replace(CIFAR, name="trunk", architecture=architecture("resnet18", num_classes=10), size=64, epochs=12)
KEYPOINTS = Recipe(
    "keypoints",
    architecture("resnet18", num_classes=136),
    data="drawn-faces",
    init="he",
    size=64,
    batch_size=32,
    epochs=20,
    lr=2e-3,
    schedule="one-cycle",
    warmup=0.15,
    weight_decay=0.01,
    flip=True,
    normalize="channels",
    precision="bf16",
    channels_last=True,
    keypoints=KeypointSettings(rotate=20.0, scale=0.15, shift=0.06, colour=0.15),
)
LONG = replace(KEYPOINTS, name="keypoints-long", epochs=60)
PAGE = replace(
    KEYPOINTS,
    name="keypoints-page",
    architecture=replace(architecture("fashion-resnet20", num_classes=136), in_channels=3, pooled=2),
    size=32,
    epochs=60,
    lr=3e-3,
    keypoints=KeypointSettings(),
)
LOSSES = replace(PAGE, name="keypoints-losses", epochs=4)
STAGES = replace(PAGE, name="keypoints-stages", epochs=10)
TUTORIAL = Recipe(
    "keypoints-tutorial",
    architecture("resnet18", num_classes=136),
    data="real-faces",
    init="he",
    size=224,
    batch_size=32,
    epochs=5,
    lr=1e-3,
    precision="bf16",
    channels_last=True,
    keypoints=KeypointSettings(loss="mse", output="sigmoid", optimizer="adam"),
)
ABLATIONS = {
    "draft-no-growth": {"grows": ()},
    "draft-no-momentum": {"momentum": 0.0, "nesterov": False},
    "draft-constant-lr": {"schedule": "constant", "warmup": 0.0},
    "draft-no-decay": {"weight_decay": 0.0},
    "draft-no-smoothing": {"label_smoothing": 0.0},
    "draft-no-flip": {"flip": False},
    "draft-no-crop": {"crop": 0},
}
DRAFTS = [replace(DRAFT, name=name, **back) for name, back in ABLATIONS.items()]
RECIPES = {
    made.name: made
    for made in (
        D2L,
        D2L_2023,
        BOOK,
        SHORT,
        CIFAR,
        PAPER,
        FASHION,
        STOCHASTIC,
        TRUNK,
        KEYPOINTS,
        LONG,
        PAGE,
        LOSSES,
        STAGES,
        TUTORIAL,
        DRAFT,
        *DRAFTS,
    )
}
SIZES = {"fashion-mnist": 28, "cifar-10": 32, "drawn-faces": 64, "real-faces": 64}  # height and width of their pictures


@dataclass(frozen=True)
class Budget:
    """How much of the work is done: on which data, and what of the recipe gives way for it.

    Attributes:
        name: "sample", "small" or "full".
        data: what it trains on, in words.
        every: of the training pictures, each so manieth is used, in the official order.
        changes: fields of the recipe that are replaced.
        native: whether pictures stay at the size that their data set has.
    """

    name: str
    data: str
    every: int = 1
    changes: tuple[tuple[str, Any], ...] = ()
    native: bool = False

    def apply(self, recipe: Recipe) -> Recipe:
        """The recipe at this budget."""
        size = {"size": SIZES[recipe.data], "grows": ()} if self.native else {}
        return replace(recipe, **dict(self.changes), **size)


BUDGETS = {
    "sample": Budget(
        "sample",
        "1,000 pictures, at their own size; those of Fashion-MNIST ship with the package: a minute or so on two cores",
        changes=(("batch_size", 50), ("epochs", 5), ("steps", 0)),
        native=True,
    ),
    "small": Budget(
        "small",
        "a fifth of the pictures, at their own size, for 4 epochs: to compare many recipes, some minutes each",
        every=5,
        changes=(("epochs", 4), ("steps", 0)),
        native=True,
    ),
    "full": Budget("full", "all pictures, as the recipe says"),
}


def recipe(name: str, budget: str = "full", **changes: Any) -> Recipe:
    """A recipe by name, at a budget, some fields changed by keyword.

    Raises:
        ValueError: an unknown name, budget or field, or an impossible value; the message lists what there is.
    """
    return _look_up(budget, BUDGETS, "budget").apply(_look_up(name, RECIPES, "recipe")).changed(changes)


def adapted(made: Recipe, arch: Architecture | None = None, data: str | None = None) -> Recipe:
    """The recipe for another network, or another data set: its pictures keep their own size then.

    (`trunk` and `keypoints-tutorial` keep theirs: what is made by them is for faces of that size.) The channels and
    outputs of the network are those of the data. For 110 layers and more `cifar-paper` begins at a
    rate of 0.01, as published.
    """
    from ..data import dataset

    found = dataset(data or made.data)
    arch = replace(arch or made.architecture, in_channels=found.channels, num_classes=found.outputs)
    changes: dict[str, Any] = {"architecture": arch}
    if data and data != made.data:
        changes |= {"data": data}
        if made.size == SIZES[made.data] if made.keypoints else made.name != TRUNK.name:
            changes |= {"size": found.size, "grows": ()}
    if made.name == PAPER.name and 2 + 2 * sum(arch.depths) >= GENTLE_FROM:
        changes["gentle_lr"] = 0.01
    return replace(made, **changes)


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
    if recipe.schedule == "steps":
        return recipe.lr * 0.1 ** sum(step >= round(at * steps) for at in recipe.drops)
    top = recipe.warmup * steps
    if step < top:
        return recipe.lr * (step + 1) / (top + 1)
    return recipe.lr * (steps - step) / (steps - top)
