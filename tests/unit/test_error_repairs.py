"""What the error reader proposes, tried on real torch: the mistake raises the message, and the repair runs."""

import pytest
import torch
from torch import nn, zeros

from resnet_book.widgets.error_reader.reading import Reading, read

x = zeros(4, 64, 8, 8)
pooled = zeros(4, 512, 1, 1)
tokens = zeros(2, 197, 48)
small = zeros(4, 64, 4, 4)

# name: (the kind, the mistake, what the repair says, the same repaired)
REPAIRS = {
    "pooled map not flattened": (
        "mat1-and-mat2",
        lambda: nn.Linear(512, 10)(pooled),
        "2048 × 1 = 2048, a multiple of 512: the map was not flattened. Put x.flatten(1) before the layer.",
        lambda: nn.Linear(512, 10)(pooled.flatten(1)),
    ),
    "depthwise": (
        "given-groups",
        lambda: nn.Conv2d(32, 32, 3, groups=32)(x),
        "nn.Conv2d(64, 64, 3, groups=64), which gives 64 channels. Or a 1×1 before it, nn.Conv2d(64, 32, 1),",
        lambda: (nn.Conv2d(64, 64, 3, groups=64)(x), nn.Conv2d(32, 32, 3, groups=32)(nn.Conv2d(64, 32, 1)(x))),
    ),
    "depthwise, twice as wide": (
        "given-groups",
        lambda: nn.Conv2d(32, 64, (3, 5), groups=32)(x),
        "nn.Conv2d(64, 128, (3, 5), groups=64), which gives 128 channels",
        lambda: nn.Conv2d(64, 128, (3, 5), groups=64)(x),
    ),
    "grouped": (
        "given-groups",
        lambda: nn.Conv2d(128, 32, 3, groups=4)(x),
        "nn.Conv2d(64, 32, 3, groups=4); or a 1×1 before it, nn.Conv2d(64, 128, 1),",
        lambda: (nn.Conv2d(64, 32, 3, groups=4)(x), nn.Conv2d(128, 32, 3, groups=4)(nn.Conv2d(64, 128, 1)(x))),
    ),
    "no share for each group": (
        "given-groups",
        lambda: nn.Conv1d(9, 6, 3, groups=3)(zeros(1, 64, 8)),
        "64 channels cannot be shared among 3 groups: a 1×1 before it, nn.Conv1d(64, 9, 1),",
        lambda: nn.Conv1d(9, 6, 3, groups=3)(nn.Conv1d(64, 9, 1)(zeros(1, 64, 8))),
    ),
    "class token": (
        "size-of-tensor",
        lambda: tokens + zeros(1, 196, 48),
        "197 = 196 + 1: a class token was put before 196 patches on one side only. Make the position embedding for "
        "num_patches + 1, torch.zeros(1, 197, dim)",
        lambda: tokens + zeros(1, 197, 48),
    ),
    "no class token": (
        "size-of-tensor",
        lambda: zeros(2, 196, 48) + zeros(1, 197, 48),
        "or put the token there before the addition",
        lambda: torch.cat([zeros(2, 1, 48), zeros(2, 196, 48)], dim=1) + zeros(1, 197, 48),
    ),
    "alpha channel": (
        "size-of-tensor",
        lambda: zeros(1, 3, 8, 8) + zeros(1, 4, 8, 8),
        "nn.Conv2d(4, 3, 1)",
        lambda: zeros(1, 3, 8, 8) + nn.Conv2d(4, 3, 1)(zeros(1, 4, 8, 8)),
    ),
    "channels joined along the height": (
        "sizes-of-tensors",
        lambda: torch.cat([x, zeros(4, 32, 8, 8)], dim=2),
        "Channels are joined along dim=1: torch.cat([a, b], dim=1). If dimension 2 is meant: F.interpolate",
        lambda: torch.cat([x, zeros(4, 32, 8, 8)], dim=1),
    ),
    "channels joined along the batch": (
        "sizes-of-tensors",
        lambda: torch.cat([x, zeros(4, 32, 8, 8)]),
        "Channels are joined along dim=1",
        lambda: torch.cat([x, zeros(4, 32, 8, 8)], dim=1),
    ),
    "sizes of a U-Net": (
        "sizes-of-tensors",
        lambda: torch.cat([x, small], dim=1),
        "F.interpolate(x, size=...) brings 4 to 8",
        lambda: torch.cat([x, nn.functional.interpolate(small, size=(8, 8))], dim=1),
    ),
}


def raised(program) -> Reading:
    """How the message of a program is read; it has to be read once."""
    with pytest.raises(Exception, match=r"\w") as caught:
        program()
    (reading,) = read(str(caught.value))
    return reading


@pytest.mark.parametrize(("key", "mistake", "says", "mended"), REPAIRS.values(), ids=REPAIRS)
def test_the_repair_runs(key, mistake, says, mended):
    reading = raised(mistake)
    assert reading.key == key
    assert says in reading.repair
    mended()


def test_channels_that_are_given_once_are_not_joined():
    assert "dim=1" not in raised(REPAIRS["sizes of a U-Net"][1]).repair
