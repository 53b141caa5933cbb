"""What the error reader proposes, tried on real torch: the mistake raises the message, and the repair runs."""

from math import gcd

import pytest
import torch
import torch.nn.functional as F
from torch import nn, zeros

from resnet_book.widgets.error_reader.reading import Reading, read

x = zeros(4, 64, 8, 8)
pooled = zeros(4, 512, 1, 1)
tokens = zeros(2, 197, 48)
small = zeros(4, 64, 4, 4)
column, row = zeros(4, 1), zeros(4)

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
        lambda: torch.cat([x, F.interpolate(small, size=(8, 8))], dim=1),
    ),
    "transposed": (
        "given-transposed",
        lambda: nn.ConvTranspose2d(32, 16, 2, stride=2)(x),
        "nn.ConvTranspose2d(64, 16, 2) with its stride and padding, or give the one before it 32 output channels",
        lambda: nn.ConvTranspose2d(64, 16, 2, stride=2)(x),
    ),
    "groups of the input": (
        "divisible-by-groups",
        lambda: nn.Conv2d(3, 64, 3, groups=32),
        "math.gcd(in_channels, out_channels) is the most that fits, 1 always fits",
        lambda: (nn.Conv2d(3, 64, 3, groups=gcd(3, 64)), nn.Conv2d(48, 64, 3, groups=gcd(48, 64))),
    ),
    "groups of the output": (
        "divisible-by-groups",
        lambda: nn.Conv2d(64, 96, 3, groups=64),
        "math.gcd(in_channels, out_channels)",
        lambda: nn.Conv2d(64, 96, 3, groups=gcd(64, 96)),
    ),
    "no batch": (
        "expected-4d",
        lambda: nn.BatchNorm2d(64)(x[0]),
        "If the batch is missing: x.unsqueeze(0). If it is there, nn.BatchNorm1d takes 3 dimensions.",
        lambda: (nn.BatchNorm2d(64)(x[0].unsqueeze(0)), nn.BatchNorm1d(64)(zeros(4, 64, 8))),
    ),
    "maps in the norm of vectors": (
        "expected-4d",
        lambda: nn.BatchNorm1d(64)(x),
        "nn.BatchNorm2d takes 4 dimensions",
        lambda: nn.BatchNorm2d(64)(x),
    ),
    "vectors in the norm of maps": (
        "expected-4d",
        lambda: nn.BatchNorm2d(64)(zeros(4, 64)),
        "nn.BatchNorm1d takes 2 dimensions",
        lambda: nn.BatchNorm1d(64)(zeros(4, 64)),
    ),
    "one vector": (
        "expected-4d",
        lambda: nn.BatchNorm1d(64)(zeros(64)),
        "If the batch is missing: x.unsqueeze(0).",
        lambda: nn.BatchNorm1d(64).eval()(zeros(64).unsqueeze(0)),
    ),
    "LayerNorm of a map": (
        "normalized-shape",
        lambda: nn.LayerNorm(64)(x),
        "x.permute(0, 2, 3, 1) before the norm and x.permute(0, 3, 1, 2) behind it, as in ConvNeXt; or nn.GroupNorm(1, 64)",
        lambda: (nn.LayerNorm(64)(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2), nn.GroupNorm(1, 64)(x)),
    ),
    "LayerNorm of another width": (
        "normalized-shape",
        lambda: nn.LayerNorm(64)(tokens),
        "nn.LayerNorm(48)",
        lambda: nn.LayerNorm(48)(tokens),
    ),
    "LayerNorm of another picture": (
        "normalized-shape",
        lambda: nn.LayerNorm([64, 7, 7])(x),
        "nn.LayerNorm([64, 8, 8])",
        lambda: nn.LayerNorm([64, 8, 8])(x),
    ),
    "groups of a norm": (
        "divisible-by-num-groups",
        lambda: nn.GroupNorm(32, 48),
        "16 divides both: nn.GroupNorm(16, 48)",
        lambda: nn.GroupNorm(16, 48),
    ),
    "heads": (
        "embed-dim",
        lambda: nn.MultiheadAttention(100, 12),
        "embed_dim = num_heads * head_dim. A ViT-B has 768 = 12 · 64.",
        lambda: nn.MultiheadAttention(12 * 64, 12),
    ),
    "heads of a whole layer": (
        "embed-dim",
        lambda: nn.TransformerEncoderLayer(100, 12),
        "embed_dim = num_heads * head_dim",
        lambda: nn.TransformerEncoderLayer(96, 12),
    ),
    "padding of a pooling": (
        "pad-at-most-half",
        lambda: F.max_pool2d(x, 2, padding=2),
        "A kernel of 2 takes padding=1 at most. To halve a map: MaxPool2d(2), or MaxPool2d(3, stride=2, padding=1).",
        lambda: (F.max_pool2d(x, 2, padding=1), nn.MaxPool2d(2)(x), nn.MaxPool2d(3, stride=2, padding=1)(x)),
    ),
    "padding of an average": (
        "pad-at-most-half",
        lambda: F.avg_pool2d(x, 5, padding=4),
        "A kernel of 5 takes padding=2 at most",
        lambda: F.avg_pool2d(x, 5, padding=2),
    ),
    "padding in one dimension": (
        "pad-at-most-half",
        lambda: F.max_pool1d(x[0], 3, padding=2),
        "A kernel of 3 takes padding=1 at most",
        lambda: F.max_pool1d(x[0], 3, padding=1),
    ),
    "one score a picture": (
        "target-same-as-input",
        lambda: F.binary_cross_entropy_with_logits(column, row),
        "scores.squeeze(1), or target.unsqueeze(1)",
        lambda: (
            F.binary_cross_entropy_with_logits(column.squeeze(1), row),
            F.binary_cross_entropy_with_logits(column, row.unsqueeze(1)),
        ),
    ),
    "one probability a picture": (
        "target-same-as-input",
        lambda: F.binary_cross_entropy(column, row),
        "scores.squeeze(1), or target.unsqueeze(1)",
        lambda: (F.binary_cross_entropy(column.squeeze(1), row), F.binary_cross_entropy(column, row.unsqueeze(1))),
    ),
    "one target a picture": (
        "target-same-as-input",
        lambda: F.binary_cross_entropy_with_logits(row, column),
        "target.squeeze(1), or scores.unsqueeze(1)",
        lambda: F.binary_cross_entropy_with_logits(row, column.squeeze(1)),
    ),
    "masks without their channel": (
        "target-same-as-input",
        lambda: F.binary_cross_entropy_with_logits(zeros(4, 1, 8, 8), zeros(4, 8, 8)),
        "target.unsqueeze(1)",
        lambda: F.binary_cross_entropy_with_logits(zeros(4, 1, 8, 8), zeros(4, 8, 8).unsqueeze(1)),
    ),
    "class numbers": (
        "target-same-as-input",
        lambda: F.binary_cross_entropy_with_logits(zeros(4, 10), row),
        "One class of 10: F.cross_entropy(scores, target.long()). "
        "Several at once: targets of 0 and 1, F.one_hot(target.long(), 10).float().",
        lambda: (
            F.cross_entropy(zeros(4, 10), row.long()),
            F.binary_cross_entropy_with_logits(zeros(4, 10), F.one_hot(row.long(), 10).float()),
        ),
    ),
    "masks of another resolution": (
        "target-same-as-input",
        lambda: F.binary_cross_entropy_with_logits(zeros(4, 1, 8, 8), zeros(4, 1, 4, 4)),
        "Give both one shape",
        lambda: F.binary_cross_entropy_with_logits(zeros(4, 1, 8, 8), F.interpolate(zeros(4, 1, 4, 4), size=(8, 8))),
    ),
    "float64": (
        "same-dtype",
        lambda: nn.Linear(1, 10)(column.double()),
        "x.float()",
        lambda: nn.Linear(1, 10)(column.double().float()),
    ),
    "float64, no bias": (
        "same-dtype",
        lambda: nn.Linear(1, 10, bias=False)(column.double()),
        "x.float()",
        lambda: nn.Linear(1, 10, bias=False)(column.double().float()),
    ),
    "bytes": (
        "same-dtype",
        lambda: nn.Linear(1, 10)(column.byte()),
        "x.float() / 255",
        lambda: nn.Linear(1, 10)(column.byte().float() / 255),
    ),
    "bytes, no bias": (
        "same-dtype",
        lambda: nn.Linear(1, 10, bias=False)(column.byte()),
        "x.float() / 255",
        lambda: nn.Linear(1, 10, bias=False)(column.byte().float() / 255),
    ),
    "half precision": (
        "same-dtype",
        lambda: nn.Linear(1, 10)(column.half()),
        "x.to(weight.dtype)",
        lambda: nn.Linear(1, 10)(column.half().to(torch.float32)),
    ),
    "a network in float64": (
        "same-dtype",
        lambda: nn.Linear(1, 10).double()(column),
        "net.float(); or x.double()",
        lambda: (nn.Linear(1, 10).double().float()(column), nn.Linear(1, 10).double()(column.double())),
    ),
    "a column of labels": (
        "multi-target",
        lambda: F.cross_entropy(zeros(4, 10), column.long()),
        "A column: target.squeeze(1)",
        lambda: F.cross_entropy(zeros(4, 10), column.long().squeeze(1)),
    ),
    "one-hot labels": (
        "multi-target",
        lambda: F.nll_loss(zeros(4, 10), zeros(4, 10).long()),
        "One-hot: target.argmax(1). Several classes a picture: F.binary_cross_entropy_with_logits(scores, target.float())",
        lambda: (
            F.nll_loss(zeros(4, 10), zeros(4, 10).long().argmax(1)),
            F.binary_cross_entropy_with_logits(zeros(4, 10), zeros(4, 10).long().float()),
        ),
    ),
    "ModuleList": (
        "missing-forward",
        lambda: nn.ModuleList([nn.ReLU()])(x),
        "for layer in self.layers: x = layer(x), or nn.Sequential(*self.layers)(x)",
        lambda: nn.Sequential(*nn.ModuleList([nn.ReLU()]))(x),
    ),
    "ModuleDict": (
        "missing-forward",
        lambda: nn.ModuleDict({"a": nn.ReLU()})(x),
        "self.layers[name](x)",
        lambda: nn.ModuleDict({"a": nn.ReLU()})["a"](x),
    ),
    "no forward": (
        "missing-forward",
        lambda: type("Net", (nn.Module,), {"foward": lambda self, x: x})()(x),
        "Write def forward(self, x): in Net",
        lambda: type("Net", (nn.Module,), {"forward": lambda self, x: x})()(x),
    ),
    "a list of layers": (
        "module-subclass",
        lambda: nn.Sequential([nn.ReLU()]),
        "nn.Sequential(*layers)",
        lambda: nn.Sequential(*[nn.ReLU()])(x),
    ),
    "a generator of layers": (
        "module-subclass",
        lambda: nn.Sequential(nn.ReLU() for _ in range(2)),
        "nn.Sequential(*layers)",
        lambda: nn.Sequential(*(nn.ReLU() for _ in range(2)))(x),
    ),
    "lists in a list": (
        "module-subclass",
        lambda: nn.ModuleList([[nn.ReLU()], [nn.Flatten()]]),
        "nn.ModuleList([*these, *those])",
        lambda: nn.ModuleList([*[nn.ReLU()], *[nn.Flatten()]]),
    ),
    "a class": (
        "module-subclass",
        lambda: nn.Sequential(nn.ReLU),
        "nn.ReLU() in place of nn.ReLU",
        lambda: nn.Sequential(nn.ReLU())(x),
    ),
    "functions": (
        "module-subclass",
        lambda: nn.Sequential(F.relu, torch.flatten),
        "nn.ReLU() for F.relu, nn.Flatten() for torch.flatten",
        lambda: nn.Sequential(nn.ReLU(), nn.Flatten())(x),
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
