"""What a shape error says: one wording of every mistake and of its repair, for all that find one.

`rules` raises the errors of its own formulas; what only a running network shows (a view, a wrong number of features, a
forgotten return, ...) is worded here, once, so that `measure`, `check` and the page say the same of the same mistake.
Pure Python. Shapes are without the batch, as everywhere; a layer is named by its path.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from .rules import MAP, broadcasts, repair, times

__all__ = [
    "Words",
    "addition",
    "along_width",
    "batch_eaten",
    "batch_flattened",
    "batch_written",
    "broadcast",
    "channel_copied",
    "channels",
    "concatenation",
    "dims",
    "embedding",
    "groups",
    "linear_features",
    "made_in_forward",
    "mistaken",
    "normalized",
    "nothing_returned",
    "one_value",
    "out_of_order",
    "product",
    "skip_changed",
    "squeezed",
    "stretches",
    "unregistered",
    "unused",
    "view",
]

Shape = tuple[int, ...]


class Words(NamedTuple):
    """The three texts of a `ShapeError` after its ``where``."""

    got: str
    expected: str
    fix: str


def size(shape: Shape) -> str:
    """A shape in words: "64x56x56", and "a single number" for ()."""
    return times(tuple(shape)) if len(shape) else "a single number"


def counted(n: int, noun: str) -> str:
    """ "1 channel", "3 channels"."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


# ---------------------------------------------------------------- layers


def channels(shape: Shape, in_channels: int, beside: int = 0) -> Words:
    """A convolution that was made for other channels than arrive: the words of `rules.conv2d`, for any rank.

    Args:
        beside: of a concatenation that was not along the channels, how many it would have had then.
    """
    fix = f"an input of {in_channels} channels, or in_channels={shape[0]}"
    if beside == in_channels:
        fix = "dim=1 in torch.cat, which lays the channels side by side"
    return Words(f"{size(shape)}: {shape[0]} channels", f"{in_channels} channels", fix)


def groups(in_channels: int, out_channels: int, count: int) -> Words:
    """Groups that do not divide the channels: the words of `rules.conv2d`, and the groups that would."""
    fits = [n for n in range(1, min(count, in_channels, out_channels) + 1) if not (in_channels % n or out_channels % n)]
    return Words(
        f"{count} groups for {in_channels} -> {out_channels} channels",
        "groups that divide both",
        f"groups={fits[-1] if fits else 1}, or channels that are multiples of {count}",
    )


def linear_features(
    shape: Shape, in_features: int, out_features: int, where: str, flattened: Shape | None = None
) -> Words:
    """A linear layer that was made for another number of features than arrive.

    Args:
        shape: what arrived.
        where: the layer, for the repair "put a flatten before fc".
        flattened: the map that the vector was flattened from, where that is known.
    """
    if len(shape) == 3:  # a map: torch would multiply along the width
        features = prod(shape)
        fix = f"put a flatten before {where}"
        if features != in_features:
            pooled = _pooling(shape, in_features)
            fix = f"{pooled} and a flatten before {where}, or a flatten and " if pooled else fix + ", and make it "
            fix += f"Linear({features}, {out_features})"
        return Words(f"a map of {size(shape)}", f"a vector of {counted(in_features, 'feature')}", fix)
    features = shape[-1] if shape else 1
    fix = f"Linear({features}, {out_features})"
    got = counted(features, "feature")
    if flattened is not None and len(flattened) == 3 and prod(flattened) == features:
        got += f" ({size(flattened)}, flattened)"
        pooled = _pooling(flattened, in_features)
        fix += f", or {pooled} before the flatten" if pooled else ""
    elif len(shape) > 1:
        got = f"{size(shape)}: {got}"
    return Words(got, counted(in_features, "feature"), fix)


def along_width(shape: Shape, where: str) -> Words:
    """A linear layer on a map that happens to be as wide as it has features: the words of `rules.linear`."""
    return Words(f"a map of {size(shape)}", "a vector", f"put a flatten before {where}")


def _pooling(shape: Shape, features: int) -> str:
    """The adaptive pooling that leaves so many features of a map; "" if none does."""
    for n in range(1, min(shape[1:]) + 1):
        if shape[0] * n * n == features and (n, n) != tuple(shape[1:]):
            return f"AdaptiveAvgPool2d({n})"
    return ""


def normalized(layer: str, shape: Shape, features: int, dim: int = 0) -> Words:
    """A normalization that was made for another number of channels, for example ``layer="BatchNorm2d"``."""
    return Words(
        f"{size(shape)}: {shape[dim]} channels", f"{features} channels", layer.replace("*", str(shape[dim]), 1)
        if "*" in layer else f"{layer}({shape[dim]})",
    )  # fmt: skip


def one_value(shape: Shape) -> Words:
    """A normalization by the map's own statistics, of a map of one pixel."""
    return Words(
        f"{size(shape)}: one value a channel",
        "more than one, to have a mean and a deviation",
        "GroupNorm, or no normalization after a global pooling",
    )


def dims(shape: Shape, expected: str, where: str, layer: str = "") -> Words:
    """A tensor of the wrong number of dims: a vector where a map is due, for example.

    Args:
        expected: `MAP`, say.
        layer: the layer of the same kind that would take it, for example "BatchNorm1d(512)".
    """
    kind = {0: "a single number", 1: f"a vector of {shape[0] if shape else 1}"}.get(len(shape), size(shape))
    if expected == MAP and len(shape) == 4 and shape[0] == 1:
        return Words(kind, expected, f"leave the batch out: {size(shape[1:])}")
    fix = f"put {where} before the flatten" if len(shape) == 1 else f"give {where} {expected}"
    return Words(kind, expected, f"{layer}, or {fix}" if layer else fix)


def without_batch(shape: Shape) -> Words:
    """One picture's map where those of a batch are due."""
    return Words(
        f"{size(shape)} and no batch", "(batch, channels, height, width)", "put the batch first: x.unsqueeze(0)"
    )


def not_made(name: str, place: str) -> Words:
    """A class of modules where a module is due; `place` says where it stands, and may be empty."""
    got = f"the class {name} ({place})" if place else f"the class {name}"
    return Words(got, "modules", f"write {name}() in place of the class")


def embedding(kind: str) -> Words:
    """Numbers of a kind where an index is due."""
    return Words(f"{kind} numbers", "integers: the places of words in the table", "give integers, for example x.long()")


# ---------------------------------------------------------------- where tensors meet


def is_shortcut(through: tuple | None) -> bool:
    """Whether the last layer with MACs on a tensor's way is a shortcut's own, by the names in its path, the first of
    ``through``."""
    words = ("shortcut", "skip", "downsample", "identity", "proj")
    return through is not None and any(word in name for name in through[0].lower().split(".") for word in words)


def addition(branch: Shape, shortcut: Shape, through: str = "", entered: Shape | None = None) -> Words:
    """Two sides of a residual addition that do not meet: the words of `rules.add`.

    Args:
        branch: the longer side; the repair is for the other one.
        through: the convolution of the shortcut's own, if it has one: then that is what has to change.
        entered: what came into that convolution.
    """
    note = " (PyTorch would broadcast them silently)" if broadcasts(branch, shortcut) else ""
    got = f"{size(branch)} from the branch and {size(shortcut)} from the shortcut{note}"
    expected = f"{size(branch)} from both"
    if len(branch) != 3 or len(shortcut) != 3:
        return Words(got, expected, meeting(shortcut, branch))
    if through and entered is not None and len(entered) == 3:
        fix = repair(entered, branch)
        if fix.startswith("1x1"):
            return Words(got, expected, f"{through} as a {fix}")
    if branch != shortcut and branch in (last := (*shortcut[1:], shortcut[0]), (shortcut[2], *shortcut[:2])):
        which = "branch" if branch == last else "shortcut"
        expected = f"{size(shortcut if branch == last else branch)} from both"
        return Words(got, expected, f"permute(0, 3, 1, 2) on the {which}, whose channels stand last")
    larger = branch[1] > shortcut[1] or branch[2] > shortcut[2]
    if larger and branch[0] == shortcut[0]:
        return Words(got, expected, f"F.interpolate(x, size=({branch[1]}, {branch[2]})) on the smaller one")
    if branch[0] == shortcut[0] and {shortcut[1] - branch[1], shortcut[2] - branch[2]} == {1}:
        h, w = shortcut[1:]
        enlarged = f"F.interpolate(x, size=({h}, {w})) on the branch where it was enlarged"
        return Words(got, expected, f"{enlarged}, else a padding that keeps the size")
    return Words(got, expected, repair(shortcut, branch))


def meeting(have: Shape, want: Shape) -> str:
    """How two shapes of any rank can meet, in words."""
    if len(have) == len(want) == 1:
        return f"Linear({have[0]}, {want[0]}) on the second, or one number of features for both"
    if len(have) != len(want):
        few, many = sorted((have, want), key=len)
        if len(few) == 1 and len(many) == 3 and few[0] == many[0]:
            return f"view(x.size(0), {few[0]}, 1, 1) on the vector"
        return f"the same number of dims for both, not {len(have) + 1} and {len(want) + 1} with the batch"
    wrong = [i + 1 for i, (m, n) in enumerate(zip(have, want)) if m != n and 1 not in (m, n)]
    return "one size for both in dim " + ", ".join(map(str, wrong)) if wrong else "shapes that are equal"


def concatenation(shapes: list[Shape], dim: int) -> Words:
    """Tensors that cannot be laid side by side.

    Args:
        dim: along which, the batch being 0.
    """
    first, other = shapes[0], next((s for s in shapes[1:] if _differ(s, shapes[0], dim)), shapes[-1])
    got = " and ".join(size(s) for s in (first, other))
    if len(first) != len(other):
        return Words(got, "the same number of dims", "flatten or unsqueeze one of them")
    if len(first) == 3 and dim == 1:
        smaller, larger = sorted((first, other), key=lambda s: s[1] * s[2])
        if first[0] == other[0] or smaller[1:] != larger[1:]:
            h, w = larger[1:]
            return Words(
                got, f"one height and width for all: {h}x{w}",
                f"F.interpolate(x, size=({h}, {w})) on the one of {size(smaller)}, or pad it by {h - smaller[1]} and "
                f"{w - smaller[2]} with F.pad",
            )  # fmt: skip
    return Words(got, f"sizes that agree in all dims but {dim}", _cat_fix(first, other, dim))


def _differ(a: Shape, b: Shape, dim: int) -> bool:
    return len(a) != len(b) or any(m != n for i, (m, n) in enumerate(zip(a, b), 1) if i != dim)


def _cat_fix(a: Shape, b: Shape, dim: int) -> str:
    wrong = [i for i, (m, n) in enumerate(zip(a, b), 1) if m != n]
    if dim not in wrong and len(wrong) == 1:
        return f"dim={wrong[0]}"
    return f"one size for all in dim {', '.join(str(i) for i in wrong if i != dim)}"


def product(left: Shape, right: Shape) -> Words:
    """Two matrices whose inner sizes differ; shapes as they are, the batch included."""
    inner = right[-2] if len(right) > 1 else right[-1]
    fix = f"an inner size of {left[-1]} for both"
    if len(right) > 1 and left[-1] == right[-1]:
        fix = "transpose(-2, -1) of the second"
    return Words(
        f"{size(left)} times {size(right)}", f"one inner size: {left[-1]} is not {inner}", fix
    )  # fmt: skip


# ---------------------------------------------------------------- views


def view(shape: Shape, sizes: tuple[int, ...], call: str = "view") -> Words:
    """A view or reshape whose sizes do not hold the elements.

    Args:
        shape: what arrived, without the batch.
        sizes: as they were asked for, the batch's place included.
    """
    features = prod(shape)
    asked = ", ".join(map(str, sizes))
    fix = f"sizes whose product is {features} for each picture"
    if len(sizes) == 2:
        fix = f"{call}(x.size(0), -1) or flatten(1), which gives {features} features"
    elif -1 not in sizes[1:] and len(sizes) > 2:
        rest = prod(sizes[2:])
        if rest and features % rest == 0:
            fix = f"{call}(x.size(0), {', '.join(map(str, (features // rest, *sizes[2:])))})"
    return Words(
        f"{size(shape)}: {counted(features, 'element')} a picture", f"sizes that hold them, not ({asked})", fix
    )


def out_of_order(shape: Shape, call: str = "view") -> Words:
    """A view of elements that lie in another order than their dims."""
    return Words(
        f"{size(shape)}, laid out in another order (after a permute or channels-last)",
        "elements in the order of their dims",
        f"reshape in place of {call}" if call != "unflatten" else "contiguous() before it",
    )


def batch_eaten(shape: Shape, sizes: tuple[int, ...], features: int, call: str = "view") -> Words:
    """A view that folds the map into the batch: `view(-1, 128)` of 512x2x2; no error in PyTorch.

    Args:
        sizes: as they were asked for.
        features: what stands in one row of the result.
    """
    count = prod(shape)
    times_ = count / features if features else 0
    grown = f"{times_:g} rows for each picture" if times_ >= 1 else f"one row for {1 / times_:g} pictures"
    return Words(
        f"{size(shape)}: {count} elements a picture, as {grown} of {features}",
        f"one row of {count} features for each picture",
        f"{call}(x.size(0), -1) or flatten(1), and Linear({count}, ...) after it",
    )


def batch_flattened(shape: Shape, call: str = "flatten") -> Words:
    """All pictures of a batch in one row, before a layer that wants a row for each."""
    count = prod(shape)
    fix = "flatten(1)" if call in ("flatten", "ravel") else f"{call}(x.size(0), -1)"
    return Words(f"{size(shape)} of every picture in one row", f"one row of {count} features for each picture", fix)


# ---------------------------------------------------------------- what a network forgot


def nothing_returned(kind: str, name: str = "out") -> Words:
    """A forward without a return; `kind` is the class."""
    return Words("None", f"what {kind}.forward computed", f"return {name} at the end of {kind}.forward")


def module_returned(kind: str, fresh: bool) -> Words:
    """A forward that returns a module; `kind` is its class, `fresh` whether torch's own was made there, of a tensor."""
    return Words(f"a module {kind}", "a tensor", f"call it: nn.{kind}()(...)" if fresh else "call it with a tensor")


# ---------------------------------------------------------------- notes: sentences about what runs, and is no error


def _at(line: int | None) -> str:
    return f" (line {line})" if line else ""


def skip_changed(where: str, by: str, line: int | None = None) -> str:
    """A shortcut that an in-place operation changed before the addition."""
    return (
        f"{where}: the skip was changed in place by {by}{_at(line)} before the addition, so it is not the block's "
        "input; use inplace=False there"
    )


def unused(paths: list[str], params: int) -> str:
    """Registered weights that forward never used."""
    shown = ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
    verb = "was" if len(paths) == 1 else "were"
    return (
        f"{shown} {verb} not used: {counted(params, 'parameter')} of them learn nothing; call or remove them".replace(
            "1 parameter of them learn ", "1 parameter of them learns "
        )
    )


def unregistered(path: str, kind: str, params: int) -> str:
    """Weights in a plain list, tuple or dict."""
    holder = "ModuleDict" if kind == "dict" else "ModuleList"
    return (
        f"{path} is a plain {kind}: {counted(params, 'parameter')} in it are not registered, so no optimizer and no "
        f"state_dict finds them; use nn.{holder}"
    )


def made_in_forward(kind: str, line: int | None = None) -> str:
    """A layer with weights that forward makes."""
    return f"{kind} is made anew whenever forward runs{_at(line)}, so it never learns: make it in __init__"


def broadcast(where: str, a: Shape, b: Shape, line: int | None = None) -> str:
    """Two shapes that PyTorch stretches without a word."""
    return f"{where}{_at(line)}: {size(a)} and {size(b)} differ; PyTorch stretches one of them silently (broadcasting)"


def mistaken(where: str, words: Words, line: int | None = None) -> str:
    """An error's words about something that runs."""
    return f"{where}{_at(line)}: got {words.got}; expected {words.expected}; fix: {words.fix}"


def channel_copied(branch: Shape, shortcut: Shape) -> bool:
    """Whether a shortcut of one channel is added to every channel of the branch: surely a forgotten projection, where
    it is what a block was given."""
    maps = len(branch) == len(shortcut) == 3 and branch[1:] == shortcut[1:] and branch[1] * branch[2] > 1
    return maps and shortcut[0] == 1 < branch[0]


def stretches(op: str, left: Shape, right: Shape) -> bool:
    """Whether it is worth a note that PyTorch stretches one of two tensors: an addition of maps, or of other ranks. One
    number a channel is meant to be stretched."""
    if len(left) != len(right):
        return True
    maps = len(left) == 3 and (1, 1) not in (tuple(left[1:]), tuple(right[1:]))
    return op == "add" and maps and broadcasts(tuple(left), tuple(right))


def batch_written(count: int, line: int | None = None, call: str = "view") -> str:
    """A batch size that is written into the code: the last, smaller batch fails."""
    return (
        f"{call}{_at(line)} holds the batch size {count}: the last, smaller batch of an epoch fails; "
        f"write x.size(0) instead of {count}"
    )


def squeezed(where: str, line: int | None = None) -> str:
    """squeeze() without a dim: a batch of one picture loses its batch too."""
    return f"{where}{_at(line)}: squeeze() without a dim removes the batch of a single picture too; write flatten(1)"
