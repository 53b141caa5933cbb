"""Lesions: blocks of a network taken out, bypassed, scaled, exchanged or rewound, and what is left of it then.

Blocks were taken out by Veit, Wilber and Belongie, "Residual Networks Behave Like Ensembles of Relatively Shallow
Networks" (2016), and taken back to an earlier day of training by Zhang, Bengio and Singer, "Are All Layers Created
Equal?" (2022).
"""

from __future__ import annotations

import copy
import math
import random
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import ShapeError
from ..models import BasicBlock, Bottleneck, PadShortcut, PlainBlock, Residual
from ..rules import describe
from .statistics import recomputed

__all__ = [
    "LESIONS",
    "Score",
    "at_random",
    "blocks",
    "each",
    "lesion",
    "parts",
    "possible",
    "rewind",
    "score",
]

BLOCKS = (BasicBlock, Bottleneck, PlainBlock, Residual)
LARGEST = float(np.finfo(np.float32).max)
LESIONS = ("whole", "no branch", "no skip", "swapped with the next")


# ---------------------------------------------------------------- a block and its parts


def blocks(net: nn.Module) -> dict[str, nn.Module]:
    """Every block of a network, in the order they run, by name: ``"layer1.0"``, ..."""
    return {name: module for name, module in net.named_modules() if name and isinstance(module, BLOCKS)}


def parts(block: nn.Module) -> tuple[nn.Sequential, nn.Module | None]:
    """The branch of a block and its skip, which share the block's layers: the block is relu(branch(x) + skip(x)).

    A plain block has no skip: None. Its branch is all of it before the last ReLU.
    """
    depth = 3 if isinstance(block, Bottleneck) else 2
    branch = OrderedDict()
    for n in range(1, depth + 1):
        branch[f"conv{n}"], branch[f"bn{n}"] = getattr(block, f"conv{n}"), getattr(block, f"bn{n}")
        if n < depth:
            branch[f"relu{n}"] = nn.ReLU()
    if isinstance(block, PlainBlock):
        return nn.Sequential(branch), None
    if isinstance(block, Residual):
        return nn.Sequential(branch), nn.Identity() if block.conv3 is None else block.conv3
    return nn.Sequential(branch), block.downsample


class _Rest(nn.Module):
    """What a lesion leaves of a block: relu(scale * branch(x) + skip(x)), or the half of it that is there."""

    def __init__(self, branch: nn.Module | None, skip: nn.Module | None, scale: float = 1.0) -> None:
        super().__init__()
        self.branch, self.skip, self.scale = branch, skip, scale

    def forward(self, x: Tensor) -> Tensor:
        if self.branch is None:
            return torch.relu(self.skip(x))
        y = self.branch(x)
        if self.scale != 1:
            y = self.scale * y
        return torch.relu(y if self.skip is None else y + self.skip(x))


def _shape(block: nn.Module) -> tuple[int, int, int]:
    """Channels in, channels out, and stride."""
    branch = [layer for layer in parts(block)[0] if isinstance(layer, nn.Conv2d)]
    return branch[0].in_channels, branch[-1].out_channels, math.prod(layer.stride[0] for layer in branch)


def _in_words(shape: tuple[int, int, int]) -> str:
    return f"{shape[0]} -> {shape[1]} channels at stride {shape[2]}"


def _pass_on(block: nn.Module) -> nn.Module:
    """The way around a branch: a block's skip; of a plain block the identity, or option A where the shape changes."""
    skip = parts(block)[1]
    if skip is not None:
        return skip
    before, after, stride = _shape(block)
    return nn.Identity() if (before, stride) == (after, 1) else PadShortcut(before, after, stride)


def possible(net: nn.Module) -> dict[str, tuple[str, ...]]:
    """For every block, the words of `LESIONS` that it can take. Numbers can stand at every block."""
    found = blocks(net)
    return {name: tuple(value for value in LESIONS if _refusal(found, name, value) is None) for name in found}


# ---------------------------------------------------------------- lesions


def lesion(net: nn.Module, what: Mapping[str, str | float]) -> nn.Module:
    """A new network with lesions; the given one, its weights and its statistics are left as they are.

    Args:
        net: a network of `build`.
        what: for the name of a block, such as ``"layer2.1"``, one of

            - ``"whole"``: as it is;
            - ``"no branch"``: it passes its input on, by its own skip; a plain block by the identity, or by option A's
              shortcut where the shape changes;
            - ``"no skip"``: its branch alone; not for plain blocks;
            - ``"swapped with the next"``: it and the block after it change places; only between blocks of one stage
              that keep the shape;
            - a number, by which its branch is multiplied before the sum (0: no branch, 1: whole); of a plain block, all
              of it before the last ReLU.

            A name always means the block of the given network, wherever it stands afterwards.

    Returns:
        A network of its own, in the same mode. Blocks that are not named are whole.

    Raises:
        ShapeError: (a ValueError) a block that there is not, or a lesion that this block cannot have.
    """
    if not isinstance(what, Mapping):
        raise ShapeError(
            "lesions", describe(what), "a dictionary from names of blocks to lesions", 'give {"layer2.1": "no branch"}'
        )
    found = blocks(net)
    if not found:
        expected, fix = "a network of `build`", 'give build(architecture("cifar-resnet56"))'
        raise ShapeError(type(net).__name__, "a network without blocks", expected, fix)
    for name, value in what.items():
        _check(found, name, value)
    moved = [name for name, value in what.items() if value == LESIONS[3]]
    for name in moved:
        if _after(found, name) in moved:
            raise ShapeError(
                _after(found, name),
                f'"{LESIONS[3]}", as {name} before it',
                "each block in one exchange at most",
                f"leave one of {name} and {_after(found, name)} whole",
            )
    made = copy.deepcopy(net)
    copies = blocks(made)
    for name, value in what.items():
        copies[name] = _wounded(copies[name], value)
    for name in moved:
        after = _after(found, name)
        copies[name], copies[after] = copies[after], copies[name]
    for name, block in copies.items():
        made.set_submodule(name, block)
    return made


def _wounded(block: nn.Module, value: str | float) -> nn.Module:
    """What a lesion leaves of a block, made of the block's own layers."""
    if value == LESIONS[1]:
        rest = _Rest(None, _pass_on(block))
    elif value == LESIONS[2]:
        rest = _Rest(parts(block)[0], None)
    elif isinstance(value, str):
        return block
    else:
        rest = _Rest(*parts(block), scale=float(value))
    before = set(block.modules())
    for module in rest.modules():
        if module not in before:
            module.training = block.training
    return rest


def _after(found: Mapping[str, nn.Module], name: str) -> str | None:
    names = list(found)
    place = names.index(name) + 1
    return names[place] if place < len(names) else None


def _check(found: Mapping[str, nn.Module], name: Any, value: Any) -> None:
    """Raise if there is no such block, or it cannot have this lesion."""
    if name not in found:
        names = list(found)
        shown = ", ".join(names if len(names) < 8 else [*names[:3], "...", names[-1]])
        raise ShapeError("lesions", describe(name), f"the name of a block: {shown}", f'give {{"{names[0]}": ...}}')
    if isinstance(value, str) and value in LESIONS:
        refusal = _refusal(found, name, value)
        if refusal:
            raise refusal
    elif not _is_number(value):
        listed = ", ".join(f'"{word}"' for word in LESIONS)
        raise ShapeError(
            name, describe(value), f"one of {listed}, or a finite number", f'give {{"{name}": "{LESIONS[1]}"}}'
        )


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return abs(value) <= LARGEST  # False for what is no number, too


def _refusal(found: Mapping[str, nn.Module], name: str, value: str) -> ShapeError | None:
    """Why a block cannot have this lesion; None if it can."""
    block, got = found[name], f'"{value}"'
    if value == LESIONS[2] and isinstance(block, PlainBlock):
        return ShapeError(
            name, got, "a block with a skip; this one is plain", 'give "no branch", or a residual network'
        )
    if value != LESIONS[3]:
        return None
    after = _after(found, name)
    if after is None:
        return ShapeError(name, got, "a block after it; this is the last one", "swap the block before it with this one")
    mine, others = _shape(block), _shape(found[after])
    if mine == others and mine[0] == mine[1] and mine[2] == 1:
        return None
    return ShapeError(
        name,
        f"{got}: {_in_words(mine)}, and {after} {_in_words(others)}",
        "two blocks of equal shape that keep it",
        "swap two neighbours inside a stage, behind the block at its entrance",
    )


def at_random(net: nn.Module, count: int, seed: int = 0, value: str | float = "no branch") -> dict[str, str | float]:
    """The same lesion at so many blocks, drawn at random: what `lesion` takes. Drawn from those that can have it.

    Raises:
        ShapeError: there are not so many.
    """
    able = [name for name, words in possible(net).items() if not isinstance(value, str) or value in words]
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= len(able):
        raise ShapeError(
            "count", describe(count), f"a whole number from 0 to {len(able)}", f"give count={min(1, len(able))}"
        )
    chosen = set(random.Random(seed).sample(able, count))
    return {name: value for name in able if name in chosen}


def rewind(net: nn.Module, names: Iterable[str], earlier: Mapping[str, Tensor | np.ndarray]) -> nn.Module:
    """A new network in which these blocks have the weights and statistics of an earlier day; the given one stays.

    Args:
        net: a network of `build`.
        names: of the blocks.
        earlier: a state dict of the whole network, or of these blocks, under the same keys.

    Raises:
        ShapeError: a block that there is not, or weights that are missing or of another shape.
    """
    names = [names] if isinstance(names, str) else list(names)
    found, made = blocks(net), copy.deepcopy(net)
    for name in names:
        _check(found, name, LESIONS[0])
        block = made.get_submodule(name)
        state = {}
        for key, now in block.state_dict().items():
            there = earlier.get(f"{name}.{key}")
            if there is None or tuple(there.shape) != tuple(now.shape):
                got = "nothing" if there is None else f"a shape of {tuple(there.shape)}"
                raise ShapeError(
                    f"{name}.{key}",
                    got,
                    f"a shape of {tuple(now.shape)}",
                    "give the earlier weights of the same network",
                )
            state[key] = torch.as_tensor(there).to(now)
        block.load_state_dict(state)
    return made


# ---------------------------------------------------------------- scores


class Score(NamedTuple):
    """What a network with a lesion still does.

    Attributes:
        lesion: what was done: ``"whole"``, ``"no branch"``, ..., ``"rewound"``, or how many blocks at random.
        blocks: the names of the blocks, parted by spaces; empty for the whole network.
        accuracy: on the pictures, with batch norm's statistics as training left them.
        recomputed: the same with statistics taken anew behind the lesion; None where that was not asked for.
    """

    lesion: str
    blocks: str
    accuracy: float
    recomputed: float | None = None


def score(
    net: nn.Module,
    pictures: Iterable[tuple[Tensor, Tensor]],
    *,
    lesion: str = "whole",
    blocks: Sequence[str] = (),
    renew: Iterable[tuple[Tensor, Tensor]] | None = None,
) -> Score:
    """The accuracy of a network, in evaluation mode, on batches of pictures; it is left in that mode.

    Args:
        net: the network, with its lesion.
        pictures: (x, y), every picture once.
        lesion, blocks: what was done to it, for the record.
        renew: training pictures, to take the statistics of batch norm from (see `recompute`) and score once more.
    """
    anew = None if renew is None else _accuracy(recomputed(net, renew), pictures)
    return Score(lesion, " ".join(blocks), _accuracy(net, pictures), anew)


@torch.no_grad()
def _accuracy(net: nn.Module, pictures: Iterable[tuple[Tensor, Tensor]]) -> float:
    net.eval()
    right = count = 0
    for x, y in pictures:
        right += int((net(x).argmax(1) == y).sum())
        count += len(y)
    return right / count


def each(
    net: nn.Module,
    pictures: Iterable[tuple[Tensor, Tensor]],
    value: str | float = "no branch",
    *,
    renew: Iterable[tuple[Tensor, Tensor]] | None = None,
) -> Iterator[Score]:
    """The same lesion at every block that can have it, one at a time, from the entrance on; then put back."""
    for name, words in possible(net).items():
        if not isinstance(value, str) or value in words:
            yield score(lesion(net, {name: value}), pictures, lesion=str(value), blocks=[name], renew=renew)
