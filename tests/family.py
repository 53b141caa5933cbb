"""Networks of the ResNet family as people write them: what `measure` must be able to read, one small form of each."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def conv(c: int, d: int, k: int = 3, **options) -> nn.Conv2d:
    return nn.Conv2d(c, d, k, padding=options.pop("padding", k // 2), bias=options.pop("bias", False), **options)


def conv_norm(c: int, d: int, k: int = 3, **options) -> nn.Sequential:
    return nn.Sequential(conv(c, d, k, **options), nn.BatchNorm2d(d))


class Bottleneck(nn.Module):
    """A bottleneck whose middle and whose gate can be others: the trunk of most of the family."""

    def __init__(self, c, width, d, stride=1, middle=None, gate=None, shortcut=None):
        super().__init__()
        self.reduce = conv_norm(c, width, 1)
        self.middle = middle or conv_norm(width, width, stride=stride)
        self.expand = conv_norm(width, d, 1)
        self.gate = gate or nn.Identity()
        self.shortcut = shortcut or (nn.Identity() if (c, stride) == (d, 1) else conv_norm(c, d, 1, stride=stride))

    def forward(self, x):
        y = F.relu(self.reduce(x), inplace=True)
        y = F.relu(self.middle(y), inplace=True)
        return F.relu(self.gate(self.expand(y)) + self.shortcut(x))


class SqueezeExcitation(nn.Module):
    def __init__(self, c, reduction=4):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(c, c // reduction), nn.ReLU(), nn.Linear(c // reduction, c), nn.Sigmoid())

    def forward(self, x):
        b, c, _, _ = x.shape
        return x * self.fc(x.mean((2, 3))).view(b, c, 1, 1).expand_as(x)


class Res2(nn.Module):
    """Parts of the channels, each convolved after the one before was added to it."""

    def __init__(self, width, scale=4):
        super().__init__()
        self.scale = scale
        self.convs = nn.ModuleList(conv_norm(width // scale, width // scale) for _ in range(scale - 1))

    def forward(self, x):
        first, *parts = torch.chunk(x, self.scale, 1)
        done = [first]
        for part, run in zip(parts, self.convs):
            done.append(run(part + done[-1] if len(done) > 1 else part))
        return torch.cat(done, 1)


class Split(nn.Module):
    """Split attention: several convolutions of the same map, mixed by a softmax over them."""

    def __init__(self, c, radix=2, groups=2):
        super().__init__()
        self.radix, self.groups, self.c = radix, groups, c
        self.conv = conv_norm(c, c * radix, groups=groups * radix)
        self.fc1, self.norm, self.fc2 = nn.Conv2d(c, c // 2, 1, groups=groups), nn.BatchNorm2d(c // 2), nn.Conv2d(c // 2, c * radix, 1, groups=groups)  # fmt: skip

    def forward(self, x):
        batch = x.size(0)
        parts = torch.split(F.relu(self.conv(x)), self.c, 1)
        gap = F.adaptive_avg_pool2d(sum(parts), 1)
        a = self.fc2(F.relu(self.norm(self.fc1(gap)))).view(batch, self.groups, self.radix, -1).transpose(1, 2)
        a = F.softmax(a, dim=1).reshape(batch, -1).view(batch, -1, 1, 1)
        return sum(part * weight for part, weight in zip(parts, torch.split(a, self.c, 1)))


class Selective(nn.Module):
    """Selective kernels: two sizes of kernel, chosen between by a softmax over the stack of both."""

    def __init__(self, c):
        super().__init__()
        self.small, self.large = conv_norm(c, c, groups=4), conv_norm(c, c, padding=2, dilation=2, groups=4)
        self.squeeze, self.choose = nn.Linear(c, c // 2), nn.ModuleList(nn.Linear(c // 2, c) for _ in range(2))

    def forward(self, x):
        both = torch.stack([self.small(x), self.large(x)], dim=1)
        z = F.relu(self.squeeze(both.sum(1).mean(-1).mean(-1)))
        weights = torch.stack([choose(z) for choose in self.choose], dim=1).softmax(dim=1)
        return (both * weights.unsqueeze(-1).unsqueeze(-1)).sum(dim=1)


class StandardizedConv(nn.Conv2d):
    def forward(self, x):
        w = self.weight
        var, mean = torch.var_mean(w, dim=[1, 2, 3], keepdim=True, unbiased=False)
        return F.conv2d(x, (w - mean) / torch.sqrt(var + 1e-10), self.bias, self.stride, self.padding)


class PreActivation(nn.Module):
    """Norm and activation before each convolution; with group norm and standardized weights, a BiT block."""

    def __init__(self, c, d, stride=1, norm=nn.BatchNorm2d, kind=nn.Conv2d):
        super().__init__()
        self.norm1, self.conv1 = norm(c), kind(c, d, 3, stride, 1, bias=False)
        self.norm2, self.conv2 = norm(d), kind(d, d, 3, 1, 1, bias=False)
        if stride > 1 or c != d:
            self.shortcut = kind(c, d, 1, stride, bias=False)

    def forward(self, x):
        y = F.relu(self.norm1(x), inplace=True)
        shortcut = self.shortcut(y) if hasattr(self, "shortcut") else x
        return self.conv2(F.relu(self.norm2(self.conv1(y)))) + shortcut


class DropPath(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        keep = x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(1 - self.p)
        return x * keep / (1 - self.p)


class Stages(nn.Module):
    """Stem, blocks, pooling, classifier; or the maps of all stages."""

    def __init__(self, *blocks, width, features=False, norm=None):
        super().__init__()
        self.stem = nn.Sequential(conv(3, 16, stride=2), nn.BatchNorm2d(16), nn.ReLU(inplace=True))
        self.blocks, self.features = nn.ModuleList(blocks), features
        self.head = nn.Identity() if features else nn.Linear(width, 10)

    def forward(self, x):
        x = self.stem(x)
        maps = [x]
        for block in self.blocks:
            x = block(x)
            maps.append(x)
        if self.features:
            return maps
        return self.head(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = Stages(*trunk(), width=64, features=True)
        self.up = nn.ModuleList([nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)])
        self.mix = nn.ModuleList([conv_norm(64, 32), conv_norm(32, 16)])
        self.out = nn.Conv2d(16, 5, 1)

    def forward(self, x):
        a, b, c = self.body(x)
        b = self.mix[0](torch.cat([self.up[0](c), b], dim=1))
        y = self.out(self.mix[1](torch.cat([self.up[1](b), a], 1)))
        return F.interpolate(y, size=x.shape[-2:], mode="bilinear", align_corners=False)


class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = Stages(*trunk(), width=64, features=True)
        self.lateral = nn.ModuleList(nn.Conv2d(c, 24, 1) for c in (16, 32, 64))
        self.smooth = nn.ModuleList(conv(24, 24) for _ in range(3))

    def forward(self, x) -> dict[str, Tensor]:
        maps = [run(m) for run, m in zip(self.lateral, self.body(x))]
        for i in (1, 0):
            maps[i] = maps[i] + F.interpolate(maps[i + 1], size=maps[i].shape[-2:], mode="nearest")
        return {f"p{i}": run(m) for i, (run, m) in enumerate(zip(self.smooth, maps))}


def trunk():
    return Bottleneck(16, 8, 32, 2), Bottleneck(32, 16, 64, 2)


def gated(gate):
    return Bottleneck(16, 8, 32, 2, gate=gate(32)), Bottleneck(32, 8, 32, gate=gate(32))


def middled(middle):
    return Bottleneck(16, 16, 32, middle=middle(16)), Bottleneck(32, 16, 32, middle=middle(16))


def deep_shortcut(c, d):
    return nn.Sequential(nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False), *conv_norm(c, d, 1))


def group_norm(c):
    return nn.GroupNorm(4, c)


def standardized(c, d, k, *args, **options):
    return StandardizedConv(c, d, k, *args, **options)


FAMILY = {
    "bottleneck": lambda: Stages(*trunk(), width=64),
    "squeeze and excitation": lambda: Stages(*gated(SqueezeExcitation), width=32),
    "resnext": lambda: Stages(
        Bottleneck(16, 16, 32, middle=conv_norm(16, 16, groups=8)), Bottleneck(32, 16, 64, 2, middle=conv_norm(16, 16, stride=2, groups=8)), width=64),
    "wide": lambda: Stages(Bottleneck(16, 32, 64, 2), Bottleneck(64, 32, 64), width=64),
    "res2net": lambda: Stages(*middled(Res2), width=32),
    "resnest": lambda: Stages(*middled(Split), width=32),
    "selective kernels": lambda: Stages(*middled(Selective), width=32),
    "big transfer": lambda: Stages(
        PreActivation(16, 32, 2, group_norm, standardized), PreActivation(32, 32, 1, group_norm, standardized), width=32),
    "resnet-d": lambda: Stages(Bottleneck(16, 8, 32, 2, shortcut=deep_shortcut(16, 32)), Bottleneck(32, 8, 32), width=32),
    "pre-activation": lambda: Stages(PreActivation(16, 32, 2), PreActivation(32, 32), width=32),
    "stochastic depth": lambda: Stages(*gated(lambda c: DropPath(0.5)), width=32),
    "u-net": UNet,
    "feature pyramid": Pyramid,
}  # fmt: skip
