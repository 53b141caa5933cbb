"""Every recorded training of the book, in order: `python -m resnet_book.train.reproduce`, or `make reproduce`.

What is recorded is skipped, what was stopped goes on, and before anything is trained a table says what is left and
about how long it takes on this machine, by a step of each network that is timed here.
"""

from __future__ import annotations

import argparse
import functools
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from ..architectures import architecture
from ..data import DataError, dataset
from ..models import build_start
from ..runs import RunError
from .checkpoint import FILE_NAME, CheckpointError
from .devices import arithmetic, keep_memory, pick_device
from .errors import TrainingError
from .products import use_products
from .rates import EPOCHS, NORM_FREE, RATES, NormFree, searched
from .rates import chosen as chosen_rate
from .recipes import RECIPES, Recipe, adapted
from .session import folder_of, train

__all__ = ["PLAN", "Planned", "seconds_left"]

PICTURES = {
    "fashion-mnist": (60_000, 10_000),
    "cifar-10": (50_000, 10_000),
    "drawn-faces": (10_000, 1_000),
    "real-faces": (3_462, 770),
}
"""To train on and to test on, of each set."""
LOSSES = (
    ("mse", "sigmoid"),
    ("l1", "sigmoid"),
    ("mse", "mean face"),
    ("l1", "mean face"),
    ("wing", "mean face"),
    ("l1", "heat maps"),
)
"""Pairs that are compared: what is to become small, and how places come about."""
PACES = (("freeze", 0), ("freeze", 1), ("freeze", 2), ("freeze", 3), ("head_first", 2), ("trunk_lr", 0.1))
"""How much of a pretrained trunk learns, when, and how fast: of what is fine-tuned, beside all frozen and all anew."""
FORWARD = 1 / 3  # of the time of a step: scoring has no backward pass


@dataclass(frozen=True)
class Planned:
    """One training of the list.

    Attributes:
        recipe, seed: see `train`.
        network, shortcut, epochs, data: instead of the recipe's.
        faces: what is said of networks that find points: fields of the recipe's keypoints and their values.
        keep_weights: whether the last weights stay beside the record.
        start, scalar_lr: of a network without batch norm; its rate is what its search has chosen, see `rates.chosen`.
        lr: a rate that the search tries; such a training is scored on validation pictures.
        bf16: whether it computes in 16 bits and channels last, which its recipe does not ask for: in half of the time.
    """

    recipe: str
    seed: int
    network: str | None = None
    shortcut: str | None = None
    keep_weights: bool = False
    epochs: int | None = None
    data: str | None = None
    faces: tuple[tuple[str, Any], ...] = ()
    start: str = "batch norm"
    scalar_lr: float = 1.0
    lr: float | None = None
    bf16: bool = False

    @property
    def changes(self) -> dict[str, Any]:
        """Of the recipe, but for a rate that a search is to choose."""
        bare = {} if self.start == "batch norm" else {"start": self.start, "scalar_lr": self.scalar_lr}
        fast = {"precision": "bf16", "channels_last": True} if self.bf16 else {}
        said = {"epochs": self.epochs, "lr": self.lr}
        return {name: value for name, value in said.items() if value is not None} | bare | fast | dict(self.faces)

    @property
    def is_of_a_search(self) -> bool:
        """Whether it only helps to choose a rate."""
        return self.lr is not None

    @property
    def needs_rate(self) -> bool:
        """Whether a search has to choose its rate before it can begin."""
        return self.start != "batch norm" and not self.is_of_a_search

    def rate(self, root: Path) -> float | None:
        """The rate that the recorded search has chosen; None for a training that needs none, or must wait for it."""
        if not self.needs_rate:
            return None
        assert self.network is not None
        return chosen_rate(root, self.network, self.start)

    @property
    def made(self) -> Recipe:
        """The recipe with its network."""
        made = RECIPES[self.recipe].changed(self.changes)
        if self.network is None:
            return adapted(made, data=self.data)
        options = {"shortcut": self.shortcut} if self.shortcut else {}
        return adapted(made, architecture(self.network, **options), self.data)

    @property
    def folder(self) -> str:
        """Below the folder of all runs."""
        if self.is_of_a_search:
            assert self.network is not None
            assert self.lr is not None
            return searched(NormFree(self.network, self.shortcut, self.start), self.lr)
        return folder_of(self.made, self.seed)


def _plan() -> Iterator[Planned]:
    """First the experiment that the book is about, then what stands around it, the longest last."""
    for seed in range(3):
        for network, shortcut in (("cifar-resnet20", "A"), ("cifar-plain20", None)):
            yield Planned("cifar", seed, network, shortcut, keep_weights=seed == 0)
    for network, shortcut in (("fashion-resnet20", "A"), ("fashion-plain20", None)):
        yield Planned("fashion", 0, network, shortcut, keep_weights=True)
    yield Planned("fashion-stochastic-depth", 0, "fashion-resnet20", "A", keep_weights=True)
    for seed in range(2):
        for network, shortcut in (("cifar-resnet56", "A"), ("cifar-plain56", None)):
            yield Planned("cifar", seed, network, shortcut, keep_weights=seed == 0)
    for depth in (32, 44, 110):
        yield Planned("cifar", 0, f"cifar-resnet{depth}", "A")
    for option in "BC":
        for seed in range(3):
            yield Planned("cifar", seed, "cifar-resnet20", option)
    yield Planned("cifar", 0, "resnet18-cifar", epochs=10)
    for network, shortcut, start, scalar_lr in NORM_FREE:
        bare = {"network": network, "shortcut": shortcut, "start": start, "scalar_lr": scalar_lr}
        for rate in RATES:
            yield Planned("cifar", 0, epochs=EPOCHS, lr=rate, **bare)
        yield Planned("cifar", 0, **bare)
    yield Planned("book-short", 0)
    for seed in range(3):
        yield Planned("book", seed)
    for seed in range(3):
        yield Planned("d2l-2023", seed, bf16=True)
    yield Planned("d2l", 0)
    yield Planned("cifar-paper", 0, "cifar-resnet20", "A")
    yield from _faces()


def _faces() -> Iterator[Planned]:
    """What transfer buys: the trunks, then networks for faces that begin from them, or from nothing."""
    person = ("split", "by person")
    nothing, frozen, tuned = (
        (("pretrained", source), ("tune", tune))
        for source, tune in (("none", "scratch"), ("cifar-10", "frozen"), ("cifar-10", "fine-tuned"))
    )
    for start in (nothing, *((("pretrained", "fashion-mnist"), ("tune", tune)) for tune in ("frozen", "fine-tuned"))):
        yield Planned("keypoints-page", 0, faces=start, keep_weights=True)
    for loss, output in LOSSES:
        yield Planned("keypoints-losses", 0, faces=(("loss", loss), ("output", output)))
    clothes = ("pretrained", "fashion-mnist")
    for start in (nothing, (clothes, ("tune", "frozen")), *((clothes, ("tune", "fine-tuned"), of) for of in PACES)):
        yield Planned("keypoints-stages", 0, faces=start)
    yield Planned("keypoints", 0)
    yield Planned("keypoints-long", 0)
    for data in ("cifar-10", "fashion-mnist"):
        yield Planned("trunk", 0, data=data)
    for seed in range(3):
        for start in (nothing, frozen, tuned):
            yield Planned("keypoints-tutorial", seed, faces=(*start, person))
    for start in (nothing, frozen, tuned):
        yield Planned("keypoints-tutorial", 0, faces=start)
    of_drawn = (("pretrained", "drawn-faces"), ("tune", "fine-tuned"))
    for start in (nothing, tuned, of_drawn):
        yield Planned("keypoints", 0, data="real-faces", faces=(*start, person))
    yield Planned("keypoints", 0, data="real-faces", faces=nothing)
    for pictures in (500, 100):
        for start in (nothing, frozen, tuned):
            yield Planned("keypoints-tutorial", 0, faces=(*start, person, ("pictures", pictures)))
        for start in (nothing, of_drawn, tuned):
            yield Planned("keypoints", 0, data="real-faces", faces=(*start, person, ("pictures", pictures)))
    for tune in ("frozen", "fine-tuned"):
        source = (("pretrained", "fashion-mnist"), ("tune", tune))
        yield Planned("keypoints-tutorial", 0, faces=(*source, person))


PLAN = tuple(_plan())
"""The trainings in the order in which they are worth having."""


@functools.cache
def _step_seconds(recipe: Recipe, device: torch.device, rounds: int = 3) -> float:
    """Seconds of a training step, the median of some."""
    order = torch.channels_last if recipe.channels_last else torch.contiguous_format
    net = build_start(recipe.architecture, recipe.start).to(device, memory_format=order)
    dtype = arithmetic(recipe, device)
    if device.type == "cpu" and dtype == torch.bfloat16:
        use_products(net)
    x = torch.rand(recipe.batch_size, recipe.architecture.in_channels, recipe.size, recipe.size, device=device)
    x, y = x.contiguous(memory_format=order), torch.zeros(recipe.batch_size, dtype=torch.int64, device=device)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.0)
    found = []
    for _ in range(rounds + 1):  # the first one warms up
        start = time.perf_counter()
        optimizer.zero_grad()
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
            output = net(x)
        loss = F.cross_entropy(output.float(), y)
        loss.backward()
        optimizer.step()
        loss.item()  # waits for the device
        found.append(time.perf_counter() - start)
    return statistics.median(found[1:])


def _done(folder: Path, epochs: int) -> tuple[int, str]:
    """Epochs that a run has behind it, and how it stands in a word."""
    if (folder / "config.json").is_file():
        return epochs, "recorded"
    try:
        state = torch.load(folder / FILE_NAME, map_location="cpu", weights_only=True)
        return int(state["epoch"]), f"after epoch {state['epoch']}"
    except FileNotFoundError:
        return 0, "not begun"
    except Exception:  # whatever is wrong with it, the training itself will say
        return 0, "checkpoint not readable"


def seconds_left(planned: Planned, root: Path, device: torch.device) -> tuple[float, str]:
    """About how long a training still takes on this machine, in seconds, and how it stands in words."""
    made = planned.made
    pictures, held_out = PICTURES[made.data]
    pictures = (made.keypoints and made.keypoints.pictures) or pictures
    epochs, steps = made.length(-(-pictures // made.batch_size))
    done, word = _done(root / planned.folder, epochs)
    if done >= epochs:
        return 0.0, word
    scale = sum((made.size_at(epoch) / made.size) ** 2 for epoch in range(done + 1, epochs + 1)) / epochs
    scored = held_out / pictures * FORWARD  # of an epoch's time
    return _step_seconds(made, device) * steps * scale * (1 + scored), word


def _in_words(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:2} min" if hours else f"{minutes} min"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m resnet_book.train.reproduce", description=(__doc__ or "").strip())
    parser.add_argument("--root", type=Path, default=Path("book", "runs"), help="the folder of all runs (book/runs)")
    parser.add_argument("--only", default="", help="those whose folder has this in its name")
    parser.add_argument("--dry", action="store_true", help="print the list with times, and train nothing")
    parser.add_argument("--device", help="cpu, cuda or mps (default: the fastest there is)")
    given = parser.parse_args(arguments)
    chosen = [planned for planned in PLAN if given.only in planned.folder]
    if not chosen:
        print(
            f"no training has {given.only!r} in its name; there is: {', '.join(p.folder for p in PLAN)}",
            file=sys.stderr,
        )
        return 2
    try:
        device = pick_device(given.device)
        if device.type == "cpu":
            keep_memory()
        total = _tell(chosen, given.root, device)
        if given.dry or not total:
            return 0
        for name in sorted({planned.made.data for planned in chosen}):
            try:
                dataset(name).load(False)  # what is missing is said, or fetched, before hours are spent
            except DataError as error:
                if name != "real-faces" or all(planned.made.data == name for planned in chosen):
                    raise
                print(f"{error}\nWithout them, their trainings are left out.", file=sys.stderr)
                chosen = [planned for planned in chosen if planned.made.data != name]
        for planned in chosen:
            rate = planned.rate(given.root)
            if planned.needs_rate and rate is None:
                if not (given.root / planned.folder / "config.json").is_file():
                    print(f"{planned.folder} is left out: no rate is chosen, or it diverged at each that was tried.")
                continue
            train(
                planned.recipe, "full", network=planned.network, shortcut=planned.shortcut, seed=planned.seed,
                out=given.root / planned.folder, device=given.device, keep_weights=planned.keep_weights,
                changes=planned.changes | ({} if rate is None else {"lr": rate}), data=planned.data,
                validation=planned.is_of_a_search,
            )  # fmt: skip
    except (ValueError, TrainingError, CheckpointError, DataError, RunError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on after the last whole epoch.", file=sys.stderr)
        return 130
    return 0


def _tell(chosen: Sequence[Planned], root: Path, device: torch.device) -> float:
    total = 0.0
    for planned in chosen:
        seconds, word = seconds_left(planned, root, device)
        total += seconds
        print(f"{planned.folder:60} {word:24} {_in_words(seconds) if seconds else '':>12}", flush=True)
    print(f"{'left on ' + str(device):85} {_in_words(total):>12}")
    return total


if __name__ == "__main__":
    sys.exit(main())
