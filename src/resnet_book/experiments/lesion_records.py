"""All lesions of a recorded run, and the record of them.

    python -m resnet_book.experiments.lesion_records RUN --out FOLDER

measures the lesions of a run that kept its weights, on all of its test pictures, and records them in that folder. It
can be stopped at any time, and goes on when it is called again.
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ..commands import in_words
from ..data import Batches
from ..files import read_rows
from .ledger import Ledger
from .lesions import LESIONS, Score, at_random, blocks, lesion, possible, rewind
from .paths import head, stem
from .recorded import Recorded
from .statistics import recomputed

__all__ = ["load", "record", "study"]

AT_RANDOM = (1, 2, 3, 5, 7, 10, 15, 20)
TOGETHER = 32  # networks that are held at once, and share what they compute before their first lesion


def study(net: nn.Module, start: nn.Module | None = None, draws: int = 3) -> Iterator[tuple[str, list[str], Callable]]:
    """Every lesion that a record holds: its name, its blocks, and a function that makes the network.

    The whole network; each block without its branch, without its skip, swapped with the next, and rewound to `start`;
    so many blocks at random without their branches, several times; all skips out; and only so many blocks from the
    entrance on with their branches, "the rest out", the blocks named being that rest.
    """
    yield "whole", [], lambda: copy.deepcopy(net)
    words = possible(net)
    for value in LESIONS[1:]:
        for name in words:
            if value in words[name]:
                yield value, [name], lambda name=name, value=value: lesion(net, {name: value})
    if start is not None:
        for name in words:
            yield "rewound", [name], lambda name=name: rewind(net, [name], start.state_dict())
    for count in AT_RANDOM:
        for seed in range(draws):
            if count < len(words):
                what = at_random(net, count, seed)
                yield f"{count} at random", list(what), lambda what=what: lesion(net, what)
    skips = [name for name in words if LESIONS[2] in words[name]]
    if skips:
        yield "no skip at all", skips, lambda: lesion(net, dict.fromkeys(skips, LESIONS[2]))
    for first in range(len(words)):
        rest = list(words)[first:]
        yield "the rest out", rest, lambda rest=rest: lesion(net, dict.fromkeys(rest, LESIONS[1]))


def record(
    run: Path | str,
    folder: Path | str,
    *,
    only: Sequence[str] = (),
    count: int | None = None,
    renew: int = 2_000,
    device: str = "cpu",
    progress: bool = True,
) -> list[Score]:
    """Measure the lesions of a recorded run, see `study`, and record them; go on if that was stopped.

    Args:
        run: its folder.
        folder: of the record.
        only: lesions by name, beside the whole network, as "no branch" and "3 at random"; all by default.
        count: of the pictures that it was scored on; all by default.
        renew: training pictures that statistics are taken anew from.

    Raises:
        ValueError: a name in `only` is that of no lesion of this network; the message lists those that there are.
    """
    of = Recorded(run)
    config = {
        "recipe": "lesions",
        **of.origin,
        "seed": of.run.config["seed"],
        "set": of.run.scored,
        "pictures": count or len(of.run.predicted),
        "statistics": f"from {renew:,} training pictures",
        **({"only": list(only)} if only else {}),
    }
    ledger = Ledger(folder, config)
    if not ledger.finished:
        net = of.network().to(device, memory_format=torch.channels_last)
        start = of.start().to(device, memory_format=torch.channels_last)
        pictures, training = of.batches(False, count, device=device), of.batches(True, renew, device=device)
        todo = _chosen(list(study(net, start)), only)
        _count(ledger, net, todo, pictures, training, progress)
        ledger.finish(
            _summed(ledger.rows, todo, len(pictures.labels)), device=str(device), threads=torch.get_num_threads()
        )
    return load(folder)


def _chosen(todo: list, only: Sequence[str]) -> list:
    names = list(dict.fromkeys(name for name, _, _ in todo[1:]))
    unknown = [name for name in only if name not in names]
    if unknown:
        raise ValueError(f"no lesion of this network is called {unknown[0]!r}; there are: {', '.join(names)}")
    return [part for part in todo if not only or part[0] in ("whole", *only)]


def _count(ledger: Ledger, net: nn.Module, todo: list, pictures: Batches, training: Batches, progress: bool) -> None:
    """How many of each batch each network gets right: a row of the ledger for every batch of every group of lesions."""
    names = list(blocks(net))
    groups, done = [todo[at : at + TOGETHER] for at in range(0, len(todo), TOGETHER)], len(ledger.rows)
    bar = tqdm(total=len(groups) * len(pictures), initial=done, unit="batch", disable=not progress, file=sys.stderr)
    for number, group in enumerate(groups):
        if done >= (number + 1) * len(pictures):
            continue
        firsts = [min(map(names.index, touched), default=len(names)) for _, touched, _ in group]
        wounded = [make().eval() for _, _, make in group]
        renewed = [recomputed(other, training) for other in wounded]
        whole = recomputed(net, training)
        for batch, (x, y) in enumerate(pictures):
            if number * len(pictures) + batch >= done:
                ledger.add(_right(net, firsts, wounded, x, y), _right(whole, firsts, renewed, x, y))
                bar.update()
    bar.close()


@torch.no_grad()
def _right(net: nn.Module, firsts: list[int], wounded: list[nn.Module], x: Tensor, y: Tensor) -> list[int]:
    """How many of a batch each network gets right. Up to its first lesion it computes what the whole one does."""
    names = list(blocks(net))
    states = [stem(net, x)]
    for name in names:
        states.append(net.get_submodule(name)(states[-1]))
    found = []
    for first, other in zip(firsts, wounded):
        state = states[first]
        for name in names[first:]:
            state = other.get_submodule(name)(state)
        found.append(int((head(other, state).argmax(1) == y).sum()))
    return found


def _summed(rows: list, todo: list, count: int) -> list[Score]:
    """The rows of all batches as shares, a lesion each."""
    batches = len(rows) // -(-len(todo) // TOGETHER)
    groups = [rows[at : at + batches] for at in range(0, len(rows), batches)]
    before, after = (
        [sum(column) for group in groups for column in zip(*(row[way] for row in group))] for way in (0, 1)
    )
    return [
        Score(name, " ".join(touched), f"{right / count:.6g}", f"{renewed / count:.6g}")
        for (name, touched, _), right, renewed in zip(todo, before, after)
    ]


def load(folder: Path | str) -> list[Score]:
    """Recorded lesions, in order. Raises `FileNotFoundError` where there are none."""
    return read_rows(folder, Score)


@in_words
def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m resnet_book.experiments.lesion_records", description=__doc__)
    parser.add_argument("run", help="folder of a recorded run with weights")
    parser.add_argument("--out", required=True, help="folder of the record")
    parser.add_argument("--only", nargs="+", default=(), metavar="LESION", help='such as "no branch"; all by default')
    parser.add_argument("--pictures", type=int, help="how many of those that it was scored on; all by default")
    parser.add_argument("--renew", type=int, default=2_000, help="training pictures for new statistics")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args(arguments)
    form = {"only": given.only, "count": given.pictures, "renew": given.renew, "device": given.device}
    found = record(given.run, given.out, **form)
    print(f"{len(found)} lesions in {given.out}; whole: {found[0].accuracy:.2%}")


if __name__ == "__main__":
    main()
