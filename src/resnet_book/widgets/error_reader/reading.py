"""What a message of PyTorch says, why it comes, and the repair with the numbers of that very message.

`messages.json` holds the kinds of messages, a regular expression and words for each, in which `{name}` stands for a
group of the expression or for a sentence that is made here; `reading.mjs` reads the same file in the browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from math import isqrt, prod
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import ShapeError

__all__ = ["LONGEST", "Reading", "messages", "read", "readers_place"]

LONGEST = 20_000
"""So many characters of a message are read: more than any traceback that helps."""


class Reading(NamedTuple):
    """One message that was recognized.

    Attributes:
        key: the kind, which is the anchor of its section in the book.
        message: the words that were recognized.
        says, causes, repair: what it means, with its numbers.
    """

    key: str
    message: str
    says: str
    causes: tuple[str, ...]
    repair: str


@cache
def messages() -> list[dict[str, Any]]:
    """The kinds of messages, in the order of the book's page."""
    return json.loads((Path(__file__).parent / "messages.json").read_text(encoding="utf-8"))


def read(text: str) -> list[Reading]:
    """All messages in a text, a whole traceback too, in the order in which they stand there.

    Raises:
        ShapeError: for a text of more than `LONGEST` characters.
    """
    if len(text) > LONGEST:
        raise ShapeError("Error message", f"{len(text)} characters", f"at most {LONGEST}", "paste its last lines")
    plain = clean(text)
    found = []
    for kind in messages():
        match = re.search(kind["pattern"].replace("(?<", "(?P<"), plain)
        if match:
            groups = {key: value for key, value in match.groupdict().items() if value is not None}
            values = groups | SENTENCES.get(kind["key"], lambda **_: {})(**groups)
            says, *causes, repair = (filled(part, values) for part in (kind["says"], *kind["causes"], kind["repair"]))
            found.append((match.start(), Reading(kind["key"], match[0], says, tuple(causes), repair)))
    return [reading for _, reading in sorted(found, key=lambda pair: pair[0])]


def clean(text: str) -> str:
    """A text as one line: no colours, no line breaks, straight quotes."""
    text = re.sub("\x1b\\[[0-9;]*m", "", text).replace("\u2019", "'").replace("\u201c", '"').replace("\u201d", '"')
    return re.sub(r"\s+", " ", text).strip()


def readers_place(text: str) -> str:
    """The last line of a traceback that is the reader's own: "model.py, line 12"; "" where there is none."""
    places = re.findall(r'(?:File "([^"\n]+)"|(Cell In ?\[\d+\])), line (\d+)', text)
    own = [
        (file or cell, line)
        for file, cell, line in places
        if not re.search(r"site-packages|dist-packages|<frozen", file)
    ]
    if not own:
        return ""
    file, line = own[-1]
    name = re.split(r"[/\\]", file)[-1]
    return f"{name}, line {line}"


def filled(template: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], match[0])), template).strip()


# ---------------------------------------------------------------- sentences with the numbers of a message


def _numbers(text: str) -> list[int]:
    return [int(n) for n in re.findall(r"-?\d+", text)]


def _size_of_tensor(a: str, b: str, dim: str) -> dict[str, str]:
    left, right, place = int(a), int(b), int(dim)
    axis = {0: "the batch", 1: "the channels, if these are maps", 2: "the height", 3: "the width"}.get(
        place, "counted from 0"
    )
    small, big = sorted((left, right))
    stride = -(-big // small) if small else 1
    if place == 1:
        skip = f"If the left side is the branch, the skip needs a projection: nn.Conv2d({right}, {left}, 1)."
    elif place > 1 and stride > 1 and (big - 1) // stride + 1 == small:
        skip = (
            f"A projection on the side that has {big}: nn.Conv2d(C_in, C_out, "
            f"1, stride={stride}) takes {big} to {small}."
        )
    elif place > 1:
        skip = (
            f"No stride takes {big} to {small}: give the branch the padding "
            f"that keeps the size (1 for a 3×3, 2 for a 5×5), "
            "or the skip the same kernel and padding."
        )
    else:
        skip = "Give both sides the same number of pictures."
    return {"axis": axis, "skip": skip}


def _mat1_and_mat2(rows: str, have: str, want: str, out: str) -> dict[str, str]:
    n, have_, want_ = int(rows), int(have), int(want)
    side = isqrt(have_ // want_) if want_ else 0
    if side > 1 and want_ * side * side == have_:
        return {
            "features": f"{have} = {want} × {side} × {side}: a map of {side}×{side} pixels was flattened. Put "
            f"AdaptiveAvgPool2d(1) before the flatten, or make the layer nn.Linear({have}, {out})."
        }
    if n > 1 and 1 < have_ < want_ and want_ % have_**2 == 0 and n * have_ % want_ == 0:  # maps are square, mostly
        return {
            "features": f"{rows} × {have} = {n * have_}, a multiple of {want}: the map was not flattened. Put "
            "x.flatten(1) before the layer."
        }
    return {
        "features": f"Make the layer for what arrives, nn.Linear({have}, {out}); or look where {have} comes from: "
        "print(x.shape) before the flatten."
    }


def _given_groups(groups: str, weight: str, input: str, want: str, have: str) -> dict[str, str]:
    shape, arrived = _numbers(weight), _numbers(input)
    kernel = shape[2:]
    size = str(kernel[0]) if len(set(kernel)) == 1 else "(" + ", ".join(map(str, kernel)) + ")"
    layer = f"nn.Conv{len(kernel)}d({have}, {shape[0]}, {size})"
    if len(arrived) == 4 and arrived[-1] == int(want):
        return {"channels": "The channels come last: x.permute(0, 3, 1, 2) brings them to the front."}
    if (have, want) == ("1", "3"):
        return {
            "channels": f"A grey picture: x.expand(-1, 3, -1, -1) repeats it three times, or make the layer {layer}."
        }
    return {"channels": f"Make the layer for what arrives, {layer}, or give the one before it {want} output channels."}


def _kernel_size(size: str, kernel: str) -> dict[str, str]:
    need = max(-(-(k - n) // 2) for n, k in zip(_numbers(size), _numbers(kernel)))
    return {"padding": f"padding={need} more makes it fit; or give a larger picture, or take a halving before it out."}


def _shape_is_invalid(sizes: str, size: str) -> dict[str, str]:
    asked, count = _numbers(sizes), int(size)
    rest = prod(asked[1:]) if -1 not in asked[1:] else 0
    if len(asked) > 1 and asked[0] > 0 and rest and count % rest == 0:
        text = (
            f"{size} = {count // rest} × {rest}: the batch is {count // rest} and not "
            f"{asked[0]}. Write x.size(0) in place of {asked[0]}."
        )
    elif rest and asked[0] == -1:
        text = (
            f"{size} is no multiple of {rest}. x.flatten(1) gives one vector a picture; "
            f"print its shape, and make the next layer for that."
        )
    else:
        text = (
            "x.flatten(1) gives one vector a picture, whatever its size; or choose sizes whose product is " + f"{size}."
        )
    return {"view": text}


def _batch_size(have: str, want: str) -> dict[str, str]:
    rows, pictures = int(have), int(want)
    if pictures and rows > pictures and rows % pictures == 0:
        return {"fold": f"{have} = {rows // pictures} × {want}: each picture became {rows // pictures} rows."}
    return {"fold": ""}


def _expected_3d_or_4d(shape: str) -> dict[str, str]:
    sizes = _numbers(shape)
    if len(sizes) == 2:
        text = (
            f"A grey picture: x[None, None] makes it [1, 1, {sizes[0]}, {sizes[1]}]. A "
            f"flattened batch: put this layer before the flatten."
        )
    elif len(sizes) == 5:
        text = (
            f"x.flatten(0, 1) makes {sizes[0] * sizes[1]} pictures of it; or "
            f"leave out the unsqueeze(0), or take a Conv3d."
        )
    else:
        text = "Give (batch, channels, height, width)."
    return {"count": str(len(sizes)), "dims": text}


def _missing_keys(names: str, more: str = "") -> dict[str, str]:
    if '"module.' in names + more:
        text = 'Take the prefix away: {k.removeprefix("module."): v for k, v in state.items()}.'
    elif re.search(r'"(?:state_dict|model|model_state_dict)"', names + more):
        text = 'Load the part that holds the weights: state["state_dict"], or what it is called there.'
    else:
        text = (
            "Build the network that was saved; compare net.state_dict().keys() with those of the "
            "file. strict=False skips what does not fit, without a word."
        )
    return {"keys": text, "names": names if len(names) <= 120 else names[:120] + "…"}


def _input_type(have: str, what: str, want: str) -> dict[str, str]:
    if have.startswith("torch.cuda"):
        return {"kinds": 'Move the network too: net.to("cuda").'}
    if want.startswith("torch.cuda"):
        return {"kinds": 'Move the input too: x = x.to("cuda").'}
    if have == "unsigned char":
        return {"kinds": "x.float() / 255 makes numbers from 0 to 1 of bytes."}
    if have == "double":
        return {"kinds": 'x.float(), or from numpy at once, array.astype("float32").'}
    return {"kinds": "x.to(weight.dtype), or run the network under autocast."}


def _sizes_of_tensors(dim: str, a: str, b: str, n: str) -> dict[str, str]:
    small, big = sorted((int(a), int(b)))
    pad = big - small
    return {
        "cat": f"F.interpolate(x, size=...) brings {small} to {big}; F.pad(x, (0, "
        f"{pad}, 0, {pad})) adds {pad} on two sides. Or give "
        "pictures whose sides are multiples of 32."
    }


def _broadcast_shape(a: str, b: str) -> dict[str, str]:
    left, right = _numbers(a), _numbers(b)
    if len(right) == 3 and left[:1] == [1] and right[0] == 3:
        return {
            "grey": (
                "One mean and one deviation for a grey picture, "
                'Normalize((0.5,), (0.5,)); or image.convert("RGB") before.'
            )
        }
    return {"grey": "Write out = out + x; and if shapes should be equal, give the narrower side a projection."}


def _target(target: str) -> dict[str, str]:
    if int(target) < 0:
        return {"classes": f"ignore_index={target} for what is to be left out; else count the classes from 0."}
    return {"classes": f"Count the classes from 0 (target - 1), or give the head at least {int(target) + 1} outputs."}


def _arguments(want: str, have: str) -> dict[str, str]:
    def said(n: int) -> str:
        return f"{n} argument" if n == 1 else f"{n} arguments"

    return {"given": said(int(have) - 1), "taken": said(int(want) - 1)}


SENTENCES: dict[str, Callable[..., dict[str, str]]] = {
    "size-of-tensor": _size_of_tensor,
    "mat1-and-mat2": _mat1_and_mat2,
    "given-groups": _given_groups,
    "kernel-size": _kernel_size,
    "shape-is-invalid": _shape_is_invalid,
    "batch-size": _batch_size,
    "expected-3d-or-4d": _expected_3d_or_4d,
    "missing-keys": _missing_keys,
    "input-type": _input_type,
    "sizes-of-tensors": _sizes_of_tensors,
    "broadcast-shape": _broadcast_shape,
    "target-out-of-bounds": _target,
    "positional-arguments": _arguments,
}
