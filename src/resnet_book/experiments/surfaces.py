"""The loss around a trained network, and between two of them.

    python -m resnet_book.experiments.surfaces RUN --out FOLDER [--size 25] [--pictures 1000] [--reach 1] [--renew]
    python -m resnet_book.experiments.surfaces RUN OTHER --out FOLDER

The first measures a surface: the loss on a plane through the weights, along two random directions. The second measures
the straight line between the weights of two runs. Both can be stopped at any time, and go on when called again.

The directions are those of Li, Xu, Taylor, Studer and Goldstein, "Visualizing the Loss Landscape of Neural Nets"
(2018), section 4: Gaussian, every filter as long as the network's own; zero for biases and batch norm.
"""

from __future__ import annotations

import argparse
import copy
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from ..commands import in_words
from ..files import read_rows
from .ledger import Ledger
from .recorded import Recorded
from .statistics import recompute

__all__ = [
    "LinePoint", "Point", "below", "between", "dips", "direction", "gaussian", "line", "load_line", "load_surface",
    "profile", "rescaled", "shifted", "surface",
]  # fmt: skip

Batches = Iterable[tuple[Tensor, Tensor]]


class Point(NamedTuple):
    """One place of a surface: so many steps along the first and the second direction, and what was found there."""

    x: float
    y: float
    loss: float
    accuracy: float


class LinePoint(NamedTuple):
    """One place on the line from one network (0) to another (1).

    Attributes:
        at: the place.
        loss, accuracy: with the statistics of batch norm on the straight line, too.
        recomputed_loss, recomputed_accuracy: with statistics taken anew at that place.
    """

    at: float
    loss: float
    accuracy: float
    recomputed_loss: float
    recomputed_accuracy: float


# ---------------------------------------------------------------- directions


def direction(net: nn.Module, seed: int) -> dict[str, Tensor]:
    """A random direction for the weights of a network, filter by filter as long as they are.

    Args:
        net: the network.
        seed: decides it, whatever the device.

    Returns:
        By the name of the parameter. Zero for those with less than two dimensions: biases, batch norm, scalars.
    """
    generator = torch.Generator().manual_seed(seed)
    made = {}
    for name, weight in net.named_parameters():
        if weight.ndim < 2:
            made[name] = torch.zeros_like(weight, requires_grad=False)
            continue
        drawn = torch.randn(weight.shape, generator=generator, dtype=torch.float64)
        lengths = [value.flatten(1).norm(dim=1) for value in (weight.detach().cpu().double(), drawn)]
        factor = (lengths[0] / lengths[1]).reshape(-1, *[1] * (weight.ndim - 1))
        made[name] = (drawn * factor).to(weight)
    return made


def gaussian(net: nn.Module, seed: int, deviation: float = 0.1) -> dict[str, Tensor]:
    """A random direction as it is drawn, with no regard to the size of the weights; zero where `direction` is."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: deviation * torch.randn(weight.shape, generator=generator).to(weight)
        if weight.ndim > 1
        else torch.zeros_like(weight, requires_grad=False)
        for name, weight in net.named_parameters()
    }


@torch.no_grad()
def rescaled(net: nn.Module, factor: float) -> nn.Module:
    """A copy whose convolutions have weights so many times as large, and whose batch norms know of it: the same
    function, as long as every convolution has a batch norm behind it."""
    made = copy.deepcopy(net)
    for module in made.modules():
        if isinstance(module, nn.Conv2d):
            module.weight *= factor
        elif isinstance(module, nn.BatchNorm2d):
            module.running_mean *= factor
            module.running_var *= factor**2
    return made


@torch.no_grad()
def shifted(net: nn.Module, *steps: tuple[float, Mapping[str, Tensor]]) -> nn.Module:
    """A copy of a network whose weights have gone so far along these directions; the given one is left alone."""
    made = copy.deepcopy(net)
    for name, weight in made.named_parameters():
        for length, way in steps:
            weight += length * way[name]
    return made


@torch.no_grad()
def between(one: nn.Module, other: nn.Module, at: float) -> nn.Module:
    """A new network on the straight line through two of one architecture: `one` at 0, `other` at 1.

    Statistics of batch norm go along with the weights. Raises `ValueError` where the two do not fit.
    """
    made, there = copy.deepcopy(one), other.state_dict()
    state = made.state_dict()
    if {k: v.shape for k, v in state.items()} != {k: v.shape for k, v in there.items()}:
        raise ValueError("a line needs two networks of one architecture: their state dicts have other keys or shapes")
    for name, value in state.items():
        if value.is_floating_point():
            value.copy_((1 - at) * value + at * there[name])
    return made


# ---------------------------------------------------------------- what is found there


@torch.no_grad()
def _scores(net: nn.Module, pictures: Batches) -> tuple[float, float]:
    """Mean cross-entropy and accuracy in evaluation mode."""
    net.eval()
    loss = right = count = 0
    for x, y in pictures:
        output = net(x)
        loss += F.cross_entropy(output.double(), y, reduction="sum").item()
        right += int((output.argmax(1) == y).sum())
        count += len(y)
    return loss / count, right / count


def grid(size: int, reach: float) -> list[float]:
    """So many places at equal distances, from -reach to reach. For an odd number the middle one is 0, exactly."""
    if isinstance(size, bool) or not isinstance(size, int) or size < 2 or not reach > 0 or not math.isfinite(reach):
        raise ValueError(f"a surface needs a size of at least 2 and a reach above 0; got {size!r} and {reach!r}")
    return [reach * (2 * place - (size - 1)) / (size - 1) for place in range(size)]


def surface(
    net: nn.Module,
    pictures: Batches,
    *,
    size: int = 25,
    reach: float = 1.0,
    seed: int = 0,
    renew: Batches | None = None,
    rows: Iterable[int] | None = None,
) -> Iterator[list[Point]]:
    """Loss and accuracy on a grid around a network, row by row: from the lowest y to the highest, x from left to right.

    Args:
        net: the network; left as it is.
        pictures: (x, y), what is scored on.
        size, reach: of the grid, see `grid`; 1 is as far along each direction as the weights are long.
        seed: of the first direction; the second one's is the next.
        renew: pictures to take batch norm's statistics from at every place; by default they are the network's own.
        rows: which rows, by number; all by default.

    Yields:
        The points of one row. A loss may be infinite or no number, far out.
    """
    places, ways = grid(size, reach), (direction(net, 2 * seed), direction(net, 2 * seed + 1))
    for row in range(size) if rows is None else rows:
        y, found = places[row], []
        for x in places:
            moved = shifted(net, (x, ways[0]), (y, ways[1]))
            if renew is not None:
                recompute(moved, renew)
            found.append(Point(x, y, *_scores(moved, pictures)))
        yield found


def profile(
    net: nn.Module,
    way: Mapping[str, Tensor],
    places: Iterable[float],
    pictures: Batches,
    renew: Batches | None = None,
) -> list[float]:
    """The loss along one direction from a network, which is left as it is; `renew` as for `surface`."""
    losses = []
    for place in places:
        moved = shifted(net, (place, way))
        losses.append(_scores(moved if renew is None else recompute(moved, renew), pictures)[0])
    return losses


def below(points: Iterable[Point], level: float) -> float:
    """The share of a surface's points whose loss is below a level: how wide its low part is."""
    losses = [point.loss for point in points]
    return sum(loss < level for loss in losses) / len(losses)


def dips(points: Iterable[Point], depth: float = 0.001) -> list[Point]:
    """The points of a surface whose eight neighbours all lie higher, the lowest first; those on its rim are no dips.

    Args:
        points: the surface, all of its places.
        depth: by how much each neighbour has to lie higher.
    """
    by_place = {(point.x, point.y): point for point in points}
    xs, ys = (sorted({place[axis] for place in by_place}) for axis in (0, 1))
    found = []
    for i in range(1, len(xs) - 1):
        for j in range(1, len(ys) - 1):
            around = [by_place[x, y].loss for x in xs[i - 1 : i + 2] for y in ys[j - 1 : j + 2]]
            middle = around.pop(4)
            if all(middle + depth <= loss for loss in around):
                found.append(by_place[xs[i], ys[j]])
    return sorted(found, key=lambda point: point.loss)


def line(
    one: nn.Module, other: nn.Module, pictures: Batches, renew: Batches, places: Iterable[float]
) -> Iterator[LinePoint]:
    """Loss and accuracy along the straight line between two networks, with the line's statistics and with new ones."""
    for at in places:
        net = between(one, other, at)
        plain = _scores(net, pictures)
        yield LinePoint(at, *plain, *_scores(recompute(net, renew), pictures))


# ---------------------------------------------------------------- records


def record_surface(
    run: Path | str,
    folder: Path | str,
    *,
    size: int = 25,
    reach: float = 1.0,
    count: int = 1_000,
    seed: int = 0,
    renew: bool = False,
    device: str = "cpu",
    progress: bool = True,
) -> list[Point]:
    """Measure the surface of a recorded run on so many of its training pictures; record it, go on if it was stopped."""
    of = Recorded(run)
    config = {
        "recipe": "surface",
        **of.origin,
        "pictures": count,
        "set": "training, as they are",
        "size": size,
        "reach": reach,
        "seed": seed,
        "statistics": "recomputed at every point" if renew else "the network's own",
        "directions": "Gaussian, filter-normalized; zero for biases and batch norm",
    }
    ledger = Ledger(folder, config)
    if not ledger.finished:
        net = of.network().to(device, memory_format=torch.channels_last)
        pictures = of.batches(True, count, device=device)
        todo = range(len(ledger.rows), size)
        options = {"size": size, "reach": reach, "seed": seed, "renew": pictures if renew else None}
        bar = tqdm(
            surface(net, pictures, rows=todo, **options),
            total=size, initial=todo.start, unit="row", disable=not progress, file=sys.stderr,
        )  # fmt: skip
        for found in bar:
            ledger.add(*found)
        rows = [_short(Point(*point)) for row in ledger.rows for point in row]
        ledger.finish(rows, device=str(device), threads=torch.get_num_threads())
    return load_surface(folder)


def record_line(
    run: Path | str,
    other: Path | str,
    folder: Path | str,
    *,
    steps: int = 21,
    count: int = 2_000,
    train: bool = False,
    device: str = "cpu",
    progress: bool = True,
) -> list[LinePoint]:
    """Measure the line between two recorded runs on so many pictures, and record it; go on if it was stopped.

    Args:
        steps: places from 0 to 1, both included.
        train: whether training pictures are scored; by default test pictures. Statistics are always taken from
            training pictures.
    """
    one, two = Recorded(run), Recorded(other)
    config = {
        "recipe": "line",
        "runs": [one.name, two.name],
        "architecture": one.recipe.architecture.name,
        "dataset": one.run.config["dataset"],
        "pictures": count,
        "set": "training, as they are" if train else one.run.scored,
        "steps": steps,
        "seed": 0,
    }
    ledger = Ledger(folder, config)
    if not ledger.finished:
        nets = [each.network().to(device, memory_format=torch.channels_last) for each in (one, two)]
        scored, renew = (one.batches(part, count, device=device) for part in (train, True))
        places = [step / (steps - 1) for step in range(steps)][len(ledger.rows) :]
        for point in tqdm(line(*nets, scored, renew, places), total=len(places), disable=not progress, file=sys.stderr):
            ledger.add(*point)
        rows = [_short(LinePoint(*row)) for row in ledger.rows]
        ledger.finish(rows, device=str(device), threads=torch.get_num_threads())
    return load_line(folder)


def _short(row: Any) -> Any:
    return type(row)(*(f"{value:.6g}" for value in row))


def load_surface(folder: Path | str) -> list[Point]:
    """A recorded surface. Raises `FileNotFoundError` where there is none."""
    return read_rows(folder, Point)


def load_line(folder: Path | str) -> list[LinePoint]:
    """A recorded line. Raises `FileNotFoundError` where there is none."""
    return read_rows(folder, LinePoint)


@in_words
def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m resnet_book.experiments.surfaces", description=__doc__)
    parser.add_argument("run", nargs="+", help="folder of a recorded run with weights; of two for a line")
    parser.add_argument("--out", required=True, help="folder of the record")
    parser.add_argument("--size", type=int, default=25, help="points along each side")
    parser.add_argument("--reach", type=float, default=1.0, help="how far along each direction")
    parser.add_argument("--pictures", type=int, help="how many (1,000 for a surface, 2,000 for a line)")
    parser.add_argument("--seed", type=int, default=0, help="of the directions")
    parser.add_argument("--renew", action="store_true", help="take batch norm's statistics anew at every point")
    parser.add_argument("--train", action="store_true", help="score a line on training pictures")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args(arguments)
    if len(given.run) > 2:
        parser.error("give one run, or two for a line")
    if len(given.run) == 2:
        found = record_line(
            *given.run, given.out, count=given.pictures or 2_000, train=given.train, device=given.device
        )
    else:
        options = {"size": given.size, "reach": given.reach, "seed": given.seed, "renew": given.renew}
        found = record_surface(given.run[0], given.out, count=given.pictures or 1_000, device=given.device, **options)
    print(f"{len(found)} points in {given.out}; lowest loss {min(point.loss for point in found):.4f}")


if __name__ == "__main__":
    main()
