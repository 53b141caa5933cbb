"""What a message of PyTorch says, why it comes, and the repair with the numbers of that very message.

`messages.json` holds the kinds of messages, a regular expression and words for each, in which `{name}` stands for a
group of the expression or for a sentence of `words.json` that is chosen here; `reading.mjs` reads the same files in the
browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from math import gcd, isqrt, prod
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import ShapeError
from ...exercises.wording import load_words

__all__ = ["LONGEST", "Reading", "messages", "read", "readers_place"]

WORDS = load_words(Path(__file__).parent)

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
    return filled(WORDS["place"], {"name": name, "line": line})


def filled(template: str, values: dict[str, Any]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], match[0])), template).strip()


# ---------------------------------------------------------------- sentences with the numbers of a message


def _numbers(text: str) -> list[int]:
    return [int(n) for n in re.findall(r"-?\d+", text)]


def _say(key: str, **values: Any) -> str:
    return filled(WORDS["sentences"][key], values)


def _size_of_tensor(a: str, b: str, dim: str) -> dict[str, str]:
    left, right, place = int(a), int(b), int(dim)
    axes = dict(enumerate(WORDS["sentences"]["axes"]))
    small, big = sorted((left, right))
    stride = -(-big // small) if small else 1
    if place == 1 and small > 3 and big == small + 1:  # 3 and 4 are RGB and RGBA
        skip = _say("token", left=left, right=right, small=small, big=big)
    elif place == 1:
        skip = _say("project", left=left, right=right)
    elif place > 1 and stride > 1 and (big - 1) // stride + 1 == small:
        skip = _say("stride", big=big, small=small, stride=stride)
    elif place > 1:
        skip = _lost(big, small)
    else:
        skip = _say("batches")
    return {"axis": axes.get(place, _say("another_axis")), "skip": skip}


def _lost(big: int, small: int) -> str:
    """What takes so much from a side, and what to write instead."""
    lost = big - small
    values = {"big": big, "small": small, "lost": lost}
    if lost % 2:
        return _say("lost_odd", **values)
    return _say("lost_even", **values, kernel=lost + 1, padding=lost // 2)


def _mat1_and_mat2(rows: str, have: str, want: str, out: str) -> dict[str, str]:
    n, have_, want_ = int(rows), int(have), int(want)
    side = isqrt(have_ // want_) if want_ else 0
    if side > 1 and want_ * side * side == have_:
        return {"features": _say("flattened", have=have, want=want, side=side, out=out)}
    if n > 1 and 0 < have_ < want_ and want_ % have_**2 == 0 and n * have_ % want_ == 0:  # maps are square, mostly
        return {"features": _say("not_flattened", rows=rows, have=have, all=n * have_, want=want)}
    return {"features": _say("features", have=have, out=out)}


def _layer(kind: str, have: int | str, out: int, kernel: list[int], more: str = "") -> str:
    """A convolution as one writes it: nn.Conv2d(64, 64, 3, groups=64)."""
    size = str(kernel[0]) if len(set(kernel)) == 1 else "(" + ", ".join(map(str, kernel)) + ")"
    return f"{kind}{len(kernel)}d({have}, {out}, {size}{more})"


def _given_groups(groups: str, weight: str, input: str, want: str, have: str) -> dict[str, str]:
    shape, arrived = _numbers(weight), _numbers(input)
    kernel = shape[2:]
    layer = _layer("nn.Conv", have, shape[0], kernel)
    if len(arrived) == 4 and arrived[-1] == int(want):
        return {"channels": _say("channels_last")}
    if int(groups) > 1:
        return {"channels": _grouped(int(groups), shape[0], kernel, int(want), int(have))}
    if (have, want) == ("1", "3"):
        return {"channels": _say("grey", layer=layer)}
    return {"channels": _say("channels", layer=layer, want=want)}


def _given_transposed(weight: str, input: str, want: str, have: str) -> dict[str, str]:
    shape = _numbers(weight)
    return {"layer": _layer("nn.ConvTranspose", have, shape[1], shape[2:])}


def _grouped(groups: int, out: int, kernel: list[int], want: int, have: int) -> str:
    point = _layer("nn.Conv", have, want, [1] * len(kernel))
    if groups == want and out % want == 0:
        wide = out // want * have
        layer = _layer("nn.Conv", have, wide, kernel, f", groups={have}")
        return _say("depthwise", layer=layer, wide=wide, point=point, want=want)
    if have % groups == 0:
        return _say("grouped", layer=_layer("nn.Conv", have, out, kernel, f", groups={groups}"), point=point, want=want)
    return _say("no_share", have=have, groups=groups, point=point, want=want)


def _expected_4d(want: str, have: str) -> dict[str, str]:
    n = {"2": 1, "3": 1, "4": 2, "5": 3}.get(have)
    unbatched = [_say("unbatched")] if int(have) + 1 in _numbers(want) else []
    fitting = [_say("norm_for", have=have, n=n)] if n else []
    return {"norm": " ".join(unbatched + fitting) or _say("norm_of_choice")}


def _normalized_shape(made: str, input: str) -> dict[str, str]:
    count, arrived = len(_numbers(made)), _numbers(input)
    if count == 1 and len(arrived) == 4 and arrived[1] == int(made):
        return {"norm": _say("channels_second", made=made)}
    last = arrived[-count:]
    return {"norm": _say("normalized", last=", ".join(map(str, last)) if len(last) == 1 else last)}


def _num_groups(channels: str = "", groups: str = "") -> dict[str, str]:
    if not (channels and groups):
        return {"groups_that_fit": _say("groups_of_choice")}
    most = gcd(int(channels), int(groups))
    return {"groups_that_fit": _say("groups_for", most=most, channels=channels, groups=groups)}


def _pad_at_most_half(pad: str = "", kernel: str = "", dilation: str = "1") -> dict[str, str]:
    most = (int(dilation) * (int(kernel) - 1) + 1) // 2 if kernel else 0
    said = _say("pad_most", kernel=kernel, most=most) + " " if kernel else ""
    return {"padding": said + _say("pad_halves")}


def _kernel_size(size: str, kernel: str) -> dict[str, str]:
    need = max(-(-(k - n) // 2) for n, k in zip(_numbers(size), _numbers(kernel)))
    return {"padding": _say("padding", need=need)}


def _shape_is_invalid(sizes: str, size: str) -> dict[str, str]:
    asked, count = _numbers(sizes), int(size)
    rest = prod(asked[1:]) if -1 not in asked[1:] else 0
    if len(asked) > 1 and asked[0] > 0 and rest and count % rest == 0:
        return {"view": _say("last_batch", size=size, batch=count // rest, rest=rest, asked=asked[0])}
    if rest and asked[0] == -1:
        return {"view": _say("no_multiple", size=size, rest=rest)}
    return {"view": _say("view", size=size)}


def _batch_size(have: str, want: str) -> dict[str, str]:
    rows, pictures = int(have), int(want)
    folded = pictures and rows > pictures and rows % pictures == 0
    return {"fold": _say("folded", have=have, want=want, times=rows // pictures) if folded else ""}


def _expected_3d_or_4d(shape: str) -> dict[str, str]:
    sizes = _numbers(shape)
    if len(sizes) == 2:
        text = _say("two_dims", height=sizes[0], width=sizes[1])
    elif len(sizes) == 5:
        text = _say("five_dims", count=sizes[0] * sizes[1])
    else:
        text = _say("four_dims")
    return {"count": str(len(sizes)), "dims": text}


def _missing_keys(names: str, more: str = "") -> dict[str, str]:
    if '"module.' in names + more:
        text = _say("prefix")
    elif re.search(r'"(?:state_dict|model|model_state_dict)"', names + more):
        text = _say("part")
    else:
        text = _say("keys")
    return {"keys": text, "names": names if len(names) <= 120 else names[:120] + "…"}


def _input_type(have: str, what: str, want: str) -> dict[str, str]:
    if have.startswith("torch.cuda"):
        return {"kinds": _say("network_to_cuda")}
    if want.startswith("torch.cuda"):
        return {"kinds": _say("input_to_cuda")}
    return {"kinds": _say({"unsigned char": "of_bytes", "double": "of_doubles"}.get(have, "kinds"))}


def _same_dtype(have: str, want: str) -> dict[str, str]:
    kinds = {"byte": "of_bytes", "unsigned char": "of_bytes", "double": "of_doubles"}
    return {"kinds": _say("to_float" if want.lower() == "double" else kinds.get(have.lower(), "kinds"))}


def _sizes_of_tensors(dim: str, a: str, b: str, n: str) -> dict[str, str]:
    small, big = sorted((int(a), int(b)))
    other = "" if dim == "1" else _say("cat_channels", dim=dim) + " "
    return {"cat": other + _say("cat", small=small, big=big, pad=big - small)}


def _broadcast_shape(a: str, b: str) -> dict[str, str]:
    left, right = _numbers(a), _numbers(b)
    grey = len(right) == 3 and left[:1] == [1] and right[0] == 3
    return {"grey": _say("normalize" if grey else "in_place")}


def _target_same_as_input(target: str, input: str) -> dict[str, str]:
    targets, scores = _numbers(target), _numbers(input)
    if not (targets and scores):
        return {"same": _say("one_shape")}
    if scores == [targets[0], 1, *targets[1:]]:
        return {"same": _say("one_score")}
    if targets == [scores[0], 1, *scores[1:]]:
        return {"same": _say("one_target")}
    if scores[:-1] == targets:
        return {"same": _say("one_of_classes", classes=scores[-1])}
    return {"same": _say("one_shape")}


def _missing_forward(name: str) -> dict[str, str]:
    kinds = {"ModuleList": "listed", "ModuleDict": "by_name"}
    return {"forward": _say(kinds.get(name, "no_forward"), name=name)}


def _module_subclass(what: str) -> dict[str, str]:
    name = what.split(".")[-1]
    if name in ("list", "tuple", "<genexpr>"):
        return {"module": _say("star")}
    return {"module": _say("parentheses" if name[:1].isupper() else "module_of_function")}


def _target(target: str) -> dict[str, str]:
    if int(target) < 0:
        return {"classes": _say("ignored", target=target)}
    return {"classes": _say("classes", needed=int(target) + 1)}


def _arguments(want: str, have: str) -> dict[str, str]:
    def said(n: int) -> str:
        return _say("argument" if n == 1 else "arguments", count=n)

    return {"given": said(int(have) - 1), "taken": said(int(want) - 1)}


SENTENCES: dict[str, Callable[..., dict[str, str]]] = {
    "size-of-tensor": _size_of_tensor,
    "mat1-and-mat2": _mat1_and_mat2,
    "given-groups": _given_groups,
    "given-transposed": _given_transposed,
    "expected-4d": _expected_4d,
    "normalized-shape": _normalized_shape,
    "divisible-by-num-groups": _num_groups,
    "pad-at-most-half": _pad_at_most_half,
    "target-same-as-input": _target_same_as_input,
    "same-dtype": _same_dtype,
    "missing-forward": _missing_forward,
    "module-subclass": _module_subclass,
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
