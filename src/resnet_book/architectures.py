"""What a ResNet is, as data: a frozen dataclass that is built, traced and drawn from.

The numbers are those of He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition" (2015): the ImageNet
family from table 1, the CIFAR family from section 4.2.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from .errors import ShapeError
from .rules import describe, integer

__all__ = ["Architecture", "Block", "Stem", "architecture", "catalog", "names", "options", "usual_input"]

BLOCK_KINDS = ("basic", "bottleneck", "plain", "d2l")
SHORTCUTS = ("identity", "projection", "pad", "none")
VERSIONS = ("v1", "v1.5")
SHORTCUT_OPTIONS = ("A", "B", "C", "none")
MAX_BLOCKS = 10_000  # of a network; more would be awaited, not read
EXPANSION = 4  # a bottleneck puts out four times its inner width (table 1 of the paper)


def choice(value: Any, allowed: tuple[str, ...], where: str) -> str:
    """The value, if it is one of those allowed; `ShapeError` with the list of them if not."""
    if isinstance(value, str) and value in allowed:
        return value
    listed = ", ".join(f'"{name}"' for name in allowed)
    raise ShapeError(where, describe(value), f"one of {listed}", f'give {where}="{allowed[0]}"')


@dataclass(frozen=True)
class Block:
    """One residual block: a branch of convolutions, and the shortcut that it is added to.

    Attributes:
        kind: ``"basic"`` (two 3x3), ``"bottleneck"`` (1x1, 3x3, 1x1), ``"plain"`` (two 3x3 and no skip) or
            ``"d2l"`` (basic, with biases, and a projection without batch norm).
        in_channels: channels that come in.
        out_channels: channels that go out; a bottleneck works inside at a quarter of them.
        stride: of the convolution that carries it.
        shortcut: ``"identity"``, ``"projection"`` (1x1 convolution), ``"pad"`` (option A) or ``"none"`` (plain).
        version: of a bottleneck, ``"v1"`` (stride in the first 1x1, as in the paper) or ``"v1.5"`` (in the 3x3).
    """

    kind: str
    in_channels: int
    out_channels: int
    stride: int = 1
    shortcut: str = "identity"
    version: str = "v1.5"

    def __post_init__(self) -> None:
        choice(self.kind, BLOCK_KINDS, "kind")
        choice(self.version, VERSIONS, "version")
        if self.kind == "plain":
            choice(self.shortcut, ("none",), "shortcut")
        else:
            choice(self.shortcut, ("identity", "projection") if self.kind == "d2l" else SHORTCUTS[:3], "shortcut")
        for name in ("in_channels", "out_channels", "stride"):
            object.__setattr__(self, name, integer(getattr(self, name), name))
        if self.kind == "bottleneck" and self.out_channels % EXPANSION:
            raise ShapeError(
                "out_channels",
                str(self.out_channels),
                f"a multiple of {EXPANSION}: a bottleneck works inside at a quarter of its output",
                f"give out_channels={(self.out_channels // EXPANSION + 1) * EXPANSION}",
            )

    @property
    def width(self) -> int:
        """Channels inside the block."""
        return self.out_channels // EXPANSION if self.kind == "bottleneck" else self.out_channels


@dataclass(frozen=True)
class Stem:
    """What stands before the first stage: one convolution, and perhaps a 3x3 max pooling of stride 2."""

    channels: int = 64
    kernel_size: int = 7
    stride: int = 2
    padding: int = 3
    pool: bool = True

    def __post_init__(self) -> None:
        for name in ("channels", "kernel_size", "stride"):
            object.__setattr__(self, name, integer(getattr(self, name), f"stem {name}"))
        object.__setattr__(self, "padding", integer(self.padding, "stem padding", 0))
        if not isinstance(self.pool, bool):
            raise ShapeError("stem pool", describe(self.pool), "True or False", "give pool=True")


@dataclass(frozen=True)
class Architecture:
    """One description of a network. `build` makes the module from it, `trace` the table, the widgets the picture.

    Attributes:
        name: the public name.
        block: the kind of every block, see `Block.kind`.
        depths: the number of blocks in each stage (of blocks, not of layers).
        widths: the inner channels of each stage; a bottleneck puts out four times as many.
        stem: what stands before the stages.
        in_channels: of the picture.
        num_classes: of the answer.
        shortcut: ``"A"`` pads with zeros where the shape changes, ``"B"`` projects there, ``"C"`` projects everywhere
            (He et al. 2015, section 3.3 and table 3); ``"none"`` for a plain network.
        version: see `Block.version`.
        pooled: height and width of the map that the average pooling before the last layer leaves: 1 is one mean a
            channel; a few more let the last layer know where something is, which points need.
    """

    name: str
    block: str
    depths: tuple[int, ...]
    widths: tuple[int, ...]
    stem: Stem = Stem()
    in_channels: int = 3
    num_classes: int = 1000
    shortcut: str = "B"
    version: str = "v1.5"
    pooled: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise ShapeError("name", describe(self.name), "a string", 'give name="my network"')
        choice(self.block, BLOCK_KINDS, "block")
        choice(self.version, VERSIONS, "version")
        allowed = {"plain": ("none",), "d2l": ("B", "C")}.get(self.block, SHORTCUT_OPTIONS[:3])
        choice(self.shortcut, allowed, "shortcut")
        if not isinstance(self.stem, Stem):
            raise ShapeError("stem", describe(self.stem), "a Stem", "give stem=Stem()")
        for name in ("in_channels", "num_classes", "pooled"):
            object.__setattr__(self, name, integer(getattr(self, name), name))
        for name in ("depths", "widths"):
            value = getattr(self, name)
            if not isinstance(value, (tuple, list)) or not value:
                raise ShapeError(name, describe(value), "one integer for each stage", f"give {name}=(2, 2)")
            object.__setattr__(self, name, tuple(integer(n, f"{name}[{i}]") for i, n in enumerate(value)))
        if sum(self.depths) > MAX_BLOCKS:
            raise ShapeError("depths", f"{sum(self.depths)} blocks", f"at most {MAX_BLOCKS}", "give fewer blocks")
        if len(self.depths) != len(self.widths):
            raise ShapeError(
                "widths",
                f"{len(self.widths)} widths for {len(self.depths)} stages",
                f"{len(self.depths)} widths",
                "give one width for each stage",
            )

    @property
    def expansion(self) -> int:
        """Output channels of a block over its inner width."""
        return EXPANSION if self.block == "bottleneck" else 1

    def blocks(self) -> Iterator[tuple[str, Block]]:
        """Every block in the order they run, with its name: ("layer1.0", Block(...)), ..."""
        channels = self.stem.channels
        for stage, (depth, width) in enumerate(zip(self.depths, self.widths), start=1):
            stride, out = 1 if stage == 1 else 2, width * self.expansion
            shortcut = self._shortcut(changes=stride != 1 or channels != out)
            yield f"layer{stage}.0", Block(self.block, channels, out, stride, shortcut, self.version)
            if depth > 1:
                same = Block(self.block, out, out, 1, self._shortcut(changes=False), self.version)
                for index in range(1, depth):
                    yield f"layer{stage}.{index}", same
            channels = out

    def _shortcut(self, changes: bool) -> str:
        if self.shortcut == "none":
            return "none"
        if self.shortcut == "C":
            return "projection"
        return {"A": "pad", "B": "projection"}[self.shortcut] if changes else "identity"

    def to_json(self) -> str:
        """The architecture as JSON; `from_json` reads it back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Architecture:
        """An architecture from its JSON. Raises `ValueError` that says what is wrong with a corrupt or foreign text."""
        try:
            data = json.loads(text)
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"this is not JSON: {error}") from error
        known, needed = [f.name for f in fields(cls)], ("name", "block", "depths", "widths")
        if not isinstance(data, Mapping) or set(data) - set(known) or not set(needed) <= set(data):
            raise ValueError(f"this JSON does not describe an architecture: expected an object with {', '.join(known)}")
        data = dict(data)
        if "stem" in data:
            stem = data["stem"]
            if not isinstance(stem, Mapping) or set(stem) - {f.name for f in fields(Stem)}:
                raise ValueError(f"stem: expected an object with {', '.join(f.name for f in fields(Stem))}")
            data["stem"] = Stem(**stem)
        return cls(**data)


# ---------------------------------------------------------------- the named ones

_COMMON = ("in_channels", "num_classes")
_CATALOG: dict[str, tuple[Architecture, tuple[str, ...]]] = {}  # name -> what it is, and the keywords it takes
_USUAL_SIZE: dict[str, int] = {}


def _name(arch: Architecture, size: int, *keywords: str) -> None:
    _CATALOG[arch.name] = arch, _COMMON + keywords
    _USUAL_SIZE[arch.name] = size


_IMAGENET = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
_WIDTHS = (64, 128, 256, 512)
_SMALL_STEM = {"kernel_size": 3, "stride": 1, "padding": 1, "pool": False}

for _depth, _blocks in _IMAGENET.items():
    _name(Architecture(f"resnet{_depth}", "basic" if _depth < 50 else "bottleneck", _blocks, _WIDTHS), 224, "version")
_name(Architecture("resnet18-d2l", "d2l", _IMAGENET[18], _WIDTHS, in_channels=1, num_classes=10), 96)
for _depth in (20, 32, 44, 56, 110, 1202):
    _cifar = {"widths": (16, 32, 64), "stem": Stem(16, **_SMALL_STEM), "num_classes": 10}
    _blocks = ((_depth - 2) // 6,) * 3  # the paper's 6n + 2 layers
    _name(Architecture(f"cifar-resnet{_depth}", "basic", _blocks, shortcut="A", **_cifar), 32, "shortcut")
    if _depth != 1202:
        _name(Architecture(f"cifar-plain{_depth}", "plain", _blocks, shortcut="none", **_cifar), 32)
_fashion = {
    "depths": (3, 3, 3),
    "widths": (8, 16, 32),
    "stem": Stem(8, **_SMALL_STEM),
    "in_channels": 1,
    "num_classes": 10,
}
_name(Architecture("fashion-resnet20", "basic", shortcut="A", **_fashion), 28, "shortcut")
_name(Architecture("fashion-plain20", "plain", shortcut="none", **_fashion), 28)
for _depth in _IMAGENET:
    _base = _CATALOG[f"resnet{_depth}"][0]
    _name(replace(_base, name=f"{_base.name}-cifar", stem=Stem(**_SMALL_STEM), num_classes=10), 32, "version")


def names() -> tuple[str, ...]:
    """The public names of all architectures."""
    return tuple(_CATALOG)


def options(name: str) -> tuple[str, ...]:
    """The keywords that `architecture(name, ...)` takes."""
    return _CATALOG[name][1]


def usual_input(name: str) -> tuple[int, int, int]:
    """The (channels, height, width) that a named architecture was made for."""
    return _CATALOG[name][0].in_channels, _USUAL_SIZE[name], _USUAL_SIZE[name]


def catalog() -> dict[str, dict[str, Any]]:
    """Every named architecture, its keywords and its usual input, as plain data: ``widgets/shared/catalog.json``."""
    return {
        name: {"architecture": asdict(arch), "options": keywords, "usual_input": usual_input(name)}
        for name, (arch, keywords) in _CATALOG.items()
    }


def architecture(name: str, **overrides: Any) -> Architecture:
    """A named architecture, its fields overridden by keyword.

    Args:
        name: one of `names()`, for example ``"resnet50"``, ``"resnet18-d2l"``, ``"cifar-resnet20"``.
        **overrides: ``in_channels`` and ``num_classes`` for all; ``version`` ("v1", "v1.5") for the ImageNet family and
            its CIFAR forms; ``shortcut`` ("A", "B", "C") for the CIFAR family.

    Raises:
        ValueError: an unknown name; the message lists what there is.
        TypeError: an unknown keyword; the message lists what this name takes.
        ShapeError: a keyword with an impossible value.
    """
    if not isinstance(name, str) or name not in _CATALOG:
        close = difflib.get_close_matches(name if isinstance(name, str) else "", _CATALOG, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise ValueError(f"unknown architecture {describe(name)}{hint} There is: {', '.join(_CATALOG)}")
    arch, keywords = _CATALOG[name]
    for keyword in overrides:
        if keyword not in keywords:
            raise TypeError(f"architecture({name!r}) takes no {keyword!r}; it takes {', '.join(keywords)}")
    return replace(arch, **overrides)
