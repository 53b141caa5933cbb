"""How much each block changes, and whether for the better: the size and direction of F(x) beside x, by block.

That residual blocks refine one representation step by step was proposed by Greff, Srivastava and Schmidhuber (2017);
that what they add points where the loss falls was measured by Jastrzębski et al. (2018).

    python -m resnet_book.experiments.refinement RUN --out FOLDER

measures it on some of a run's test pictures, and records it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..commands import in_words
from ..files import read_rows, write_measurements
from ..runs import environment
from .lesions import blocks, lesion, parts
from .paths import head, stem
from .recorded import Recorded
from .statistics import modes_kept

__all__ = ["Change", "changes", "load", "only_first", "record"]


class Change(NamedTuple):
    """What one block does to the pictures; each number is a mean over them.

    Attributes:
        name: of the block.
        skip: the norm of x, as the skip hands it on.
        branch: the norm of F(x).
        ratio: branch / skip.
        cosine: of the angle between F(x) and x.
        downhill: the cosine of the angle between what the block really changes, relu(x + F(x)) - relu(x), and the
            direction in which the loss falls fastest from relu(x) on; of two directions drawn at random near 0.
    """

    name: str
    skip: float
    branch: float
    ratio: float
    cosine: float
    downhill: float


def changes(net: nn.Module, x: Tensor, y: Tensor) -> list[Change]:
    """What each block of a residual network changes, in evaluation mode.

    Args:
        net: a network of `build` with skips; left as it is.
        x, y: pictures, (N, C, H, W), and their classes, (N,).
    """
    found, every = [], list(blocks(net).items())
    with modes_kept(net), torch.no_grad():
        net.eval()
        state = stem(net, x)
        for place, (name, block) in enumerate(every):
            branch, skip = parts(block)
            carried, added = skip(state), branch(state)
            state = torch.relu(carried + added)
            without = torch.relu(carried)
            uphill = _gradient(net, [later for _, later in every[place + 1 :]], without, y)
            sizes = _norms(carried), _norms(added)
            found.append(
                Change(
                    name,
                    sizes[0].mean().item(),
                    sizes[1].mean().item(),
                    (sizes[1] / sizes[0]).mean().item(),
                    _cosine(added, carried),
                    _cosine(state - without, -uphill),
                )
            )
    return found


@torch.enable_grad()
def _gradient(net: nn.Module, rest: list[nn.Module], state: Tensor, y: Tensor) -> Tensor:
    """Of each picture's loss, if the rest of the network went on from here."""
    state = state.detach().requires_grad_()
    out = state
    for block in rest:
        out = block(out)
    return torch.autograd.grad(F.cross_entropy(head(net, out), y, reduction="sum"), state)[0]


def _norms(values: Tensor) -> Tensor:
    return values.flatten(1).double().norm(dim=1)


def _cosine(a: Tensor, b: Tensor) -> float:
    return F.cosine_similarity(a.flatten(1).double(), b.flatten(1).double()).mean().item()


def only_first(net: nn.Module, count: int) -> nn.Module:
    """A new network that goes through its first blocks only, and past the branches of the rest: what it knows by then.

    The classifier is the one that was trained behind the last block. `lesion` says how a block is passed.
    """
    return lesion(net, dict.fromkeys(list(blocks(net))[count:], "no branch"))


def record(run: Path | str, folder: Path | str, count: int = 500) -> list[Change]:
    """Measure what the blocks of a recorded residual network change, and record it.

    Args:
        run: the folder of a run with weights.
        folder: of the record.
        count: of its test pictures, at equal distances in the official order.
    """
    of = Recorded(run)
    config = {
        "recipe": "changes",
        **of.origin,
        "seed": of.run.config["seed"],
        "set": of.run.scored,
        "pictures": count,
    }
    x, y = next(iter(of.batches(False, count, batch_size=count)))
    rows = [Change(name, *(float(f"{value:.4g}") for value in sizes)) for name, *sizes in changes(of.network(), x, y)]
    write_measurements(Path(folder), config, environment(), rows)
    return load(folder)


def load(folder: Path | str) -> list[Change]:
    """Recorded changes, by block. Raises `FileNotFoundError` where there are none."""
    return read_rows(folder, Change)


@in_words
def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m resnet_book.experiments.refinement", description=__doc__)
    parser.add_argument("run", help="folder of a recorded run with weights")
    parser.add_argument("--out", required=True, help="folder of the record")
    parser.add_argument("--pictures", type=int, default=500)
    given = parser.parse_args(arguments)
    for change in record(given.run, given.out, given.pictures):
        print(f"{change.name}  {change.ratio:.2f}")


if __name__ == "__main__":
    main()
