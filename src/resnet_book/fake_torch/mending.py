"""A mistake's repair as a change of text: what "Apply fix" does. Only what was tried, and helps, is offered.

Little is understood of the text: calls of layers by their brackets, the class and method that a line stands in. Each
kind of repair proposes texts; of those whose trace no longer has the mistake, the one with the fewest others is taken.
"""

from .text import statements

__all__ = ["mend"]

_TRIES = 8  # changed texts that are traced before none is offered


def mend(text, told, again):
    """The change of text that removes the first error of a trace.

    Args:
        text: what was traced.
        told: what `check_source` said of it; it has errors.
        again: a function that traces a changed text.

    Returns:
        A list of [line, number of lines that go, lines that come], the lowest line first; None where no change helps.
    """
    error = told["errors"][0]
    if not error["line"]:
        return None
    lines, seen, best, least = text.split("\n"), [], None, _distance(told)
    for propose in _PROPOSALS:
        for changed in propose(Place(lines, error, told["rows"])):
            if changed is None or changed == lines or changed in seen or len(seen) >= _TRIES:
                continue
            seen.append(changed)
            after = again("\n".join(changed))
            if _still(error, after) or len(after["rows"]) < len(told["rows"]) - 1:
                continue
            if not after["errors"] and after["network"]:
                return _edits(lines, changed)
            if after["errors"] and _distance(after) < least:  # the first hid others, or this mends one of its kind only
                best, least = changed, _distance(after)
    return _edits(lines, best) if best else None


def _distance(told):
    """How far a text is from one that runs: its mistakes, then how early the trace has ended."""
    return len(told["errors"]), -len(told["rows"])


def _still(error, after):
    """Whether a trace has the mistake yet, or a worse one: of the text itself."""
    mistake = (error["where"], error["got"])
    return any((e["where"], e["got"]) == mistake or e["where"] == "syntax" for e in after["errors"])


def _edits(old, new):
    """What differs, as runs of lines: by the longest common subsequence, common ends left out."""
    start, a, b = 0, len(old), len(new)
    while start < min(a, b) and old[start] == new[start]:
        start += 1
    while a > start and b > start and old[a - 1] == new[b - 1]:
        a, b = a - 1, b - 1
    one, two = old[start:a], new[start:b]
    table = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) - 1, -1, -1):
        for j in range(len(two) - 1, -1, -1):
            table[i][j] = table[i + 1][j + 1] + 1 if one[i] == two[j] else max(table[i + 1][j], table[i][j + 1])
    edits, i, j = [], 0, 0
    while i < len(one) or j < len(two):
        if i < len(one) and j < len(two) and one[i] == two[j]:
            i, j = i + 1, j + 1
            continue
        edit = [start + i + 1, 0, []]
        while i < len(one) or j < len(two):
            if i < len(one) and j < len(two) and one[i] == two[j]:
                break
            if j < len(two) and (i == len(one) or table[i][j + 1] >= table[i + 1][j]):
                edit[2].append(two[j])
                j += 1
            else:
                edit[1] += 1
                i += 1
        edits.append(edit)
    return edits


# ---------------------------------------------------------------- the text around a mistake


class Place:
    """A mistake in its text: the line, the line that made its layer, what the repair says."""

    def __init__(self, lines, error, rows):
        self.lines, self.error, self.fix = lines, error, error["fix"]
        self.line = error["line"]
        self.rows = rows
        self.made = self.made_at(error["where"]) or self.line

    def made_at(self, path):
        """The line that makes the layer of a path; None where no row tells it."""
        return next((r["made"] for r in self.rows if r["name"] == path and r["made"]), None)

    @property
    def here(self):
        return self.lines[self.line - 1]

    def with_line(self, number, *new):
        """The lines with one of them replaced."""
        return [*self.lines[: number - 1], *new, *self.lines[number:]]

    def body(self, start, word):
        """(first, last) line of the innermost block above a line that begins with a word, for example "class "."""
        margin = _margin(self.lines[start - 1])
        for number in range(start, 0, -1):
            row = self.lines[number - 1]
            if row.strip() and _margin(row) <= margin and row.strip().startswith(word) and (number < start):
                return number, self.end(number)
            if row.strip():
                margin = min(margin, _margin(row))
        return None

    def put_out(self):
        """What the convolution before the layer puts out, as the text says it: on the same line, or next above it."""
        for number in range(self.made, max(0, self.made - 4), -1):
            call = _call(self.lines[number - 1], "Conv2d")
            if call:
                return _argument(call[2], 1, "out_channels")
        return None

    def end(self, first):
        """The last line of the block that a line opens."""
        margin, last, opened = _margin(self.lines[first - 1]), first, False
        for number in range(first, len(self.lines) + 1):
            row = self.lines[number - 1]
            if opened and row.strip() and _margin(row) <= margin and row.strip()[0] not in ")]}":
                break
            opened = opened or row.rstrip().endswith(":")
            last = number if row.strip() else last
        return last

    def method(self, first, last, name):
        """(first, last) line of a method between two lines."""
        for number in range(first, last + 1):
            if self.lines[number - 1].strip().startswith(f"def {name}("):
                return number, self.end(number)
        return None


def _margin(row):
    return len(row) - len(row.lstrip())


def _call(row, name, at=0):
    """(start of the arguments, their end, the arguments) of a call in a line; None where its brackets do not close."""
    at = row.find(name + "(", at)
    while at > 0 and name[0] != "." and (row[at - 1].isalnum() or row[at - 1] == "_"):
        at = row.find(name + "(", at + 1)
    if at < 0:
        return None
    start = at + len(name) + 1
    depth, parts, begin = 0, [], start
    for i in range(start, len(row)):
        if row[i] in "([{":
            depth += 1
        elif row[i] in ")]}" and depth:
            depth -= 1
        elif row[i] == ")" or (row[i] == "," and not depth):
            if row[begin:i].strip():
                parts.append(row[begin:i].strip())
            begin = i + 1
            if row[i] == ")":
                return start, i, parts
    return None


def _argument(parts, place, name):
    """The text of an argument by its place or its name; None if it is not given."""
    for part in parts:
        if part.replace(" ", "").startswith(name + "="):
            return part.split("=", 1)[1].strip()
    given = [part for part in parts if not _named(part)]
    return given[place] if place < len(given) else None


def _named(part):
    head, equals, tail = part.partition("=")
    return bool(equals) and head.strip().isidentifier() and tail[:1] != "="


def _with_argument(parts, place, name, value):
    """The arguments with one of them set."""
    out, found = [], False
    for index, part in enumerate(parts):
        if part.replace(" ", "").startswith(name + "=") or (index == place and not _named(part)):
            out.append(f"{name}={value}" if _named(part) else str(value))
            found = True
        else:
            out.append(part)
    return out if found else [*parts, f"{name}={value}"]


def _set(row, layer, *changes):
    """A line with arguments of a layer changed; changes are (place, name, value). None if the call is not there."""
    call = _call(row, layer)
    if call is None:
        return None
    start, end, parts = call
    for place, name, value in changes:
        parts = _with_argument(parts, place, name, value)
    return row[:start] + ", ".join(parts) + row[end:]


def _layer(row):
    """The first layer that is made in a line: "Conv2d" in "nn.Conv2d(3, 64, 3)"."""
    for word in _words(row):
        if word[0].isupper() and word + "(" in row and word not in ("Sequential", "ModuleList"):
            return word
    return None


def _words(text):
    out, word = [], ""
    for c in text + " ":
        if c.isalnum() or c == "_":
            word += c
        else:
            if word and not word[0].isdigit():
                out.append(word)
            word = ""
    return out


def _after(text, mark):
    """The whole number behind a mark in a text; None if there is none."""
    at = text.find(mark)
    digits = ""
    for c in text[at + len(mark) :] if at >= 0 else "":
        if not c.isdigit():
            break
        digits += c
    return int(digits) if digits else None


# ---------------------------------------------------------------- proposals, the likeliest first


def _pool(place):
    """AdaptiveAvgPool2d before the flatten."""
    n = _after(place.fix, "AdaptiveAvgPool2d(")
    if n is None:
        return
    for number in [place.line, *range(place.line - 1, 0, -1), *range(place.line + 1, len(place.lines) + 1)]:
        row = place.lines[number - 1]
        if "Flatten(" in row:
            at = row.find("nn.Flatten(")
            at = at if at >= 0 else row.find("Flatten(")
            prefix = "nn." if row[at:].startswith("nn.") else ""
            yield place.with_line(number, f"{row[:at]}{prefix}AdaptiveAvgPool2d({n}), {row[at:]}")
        name = _flattened(row)
        if name:
            indent = " " * _margin(row)
            yield place.with_line(number, f"{indent}{name} = nn.functional.adaptive_avg_pool2d({name}, {n})", row)
            yield place.with_line(number, f"{indent}{name} = torch.nn.functional.adaptive_avg_pool2d({name}, {n})", row)


def _flattened(row):
    """The variable that a line flattens: x in torch.flatten(x, 1), x.view(...), x.reshape(...), x.flatten(1)."""
    call = _call(row, "torch.flatten")
    if call and call[2] and call[2][0].isidentifier():
        return call[2][0]
    for method in (".view(", ".reshape(", ".flatten("):
        if method in row:
            words = _words(row[: row.index(method)])
            name = words[-1] if words else ""
            return name if row[: row.index(method)].endswith(name) and name not in ("torch", "F") else None
    return None


_NUMBERS = (
    ("Linear", 0, "in_features"), ("BatchNorm", 0, "num_features"), ("GroupNorm", 1, "num_channels"),
    ("InstanceNorm", 0, "num_features"), ("LayerNorm", 0, "normalized_shape"),
)  # fmt: skip
"""Layers whose repair is a number: which argument it is."""


def _features(place):
    """Linear(512, 10), BatchNorm2d(64): the number that is wrong."""
    for kind, place_, name in _NUMBERS:
        layer = next((w for w in _words(place.fix) if w.startswith(kind)), None)
        call = _call(place.fix, layer) if layer else None
        if call and len(call[2]) > place_:
            row = place.lines[place.made - 1]
            values = [place.put_out()] if kind != "Linear" else []
            for value in [*values, call[2][place_]]:
                changed = value and _set(row, layer, (place_, name, value))
                yield changed and place.with_line(place.made, changed)


def _channels(place):
    n, row = _after(place.fix, "in_channels="), place.lines[place.made - 1]
    layer = _layer(row)
    if n is not None and layer:
        changed = _set(row, layer, (0, "in_channels", n))
        yield changed and place.with_line(place.made, changed)
    n = _after(place.fix, "groups=")
    if n is not None and layer:
        changed = _set(row, layer, (6, "groups", n))
        yield changed and place.with_line(place.made, changed)


def _shortcut(place):
    """The 1x1 convolution of a residual addition: the one that is there changed, or one inserted."""
    if "1x1 convolution" not in place.fix:
        return
    numbers = [int(n) for n in place.fix.replace(",", " ").split() if n.isdigit()]
    if len(numbers) < 2:
        return
    cin, cout, stride = numbers[0], numbers[1], _after(place.fix, "stride ") or 1
    through = place.fix.split(" as a ")[0] if " as a " in place.fix else ""
    block = place.body(place.line, "class ")
    init = place.method(*block, "__init__") if block else None
    if init is None:
        return
    convolutions = _convolutions(place, init)
    if through and convolutions:
        made = place.made_at(through) or place.made_at(
            f"{place.error['where'].rpartition('.')[0]}.{through}".strip(".")
        )
        for number in [n for n, _ in convolutions if n == made]:
            row = place.lines[number - 1]
            strides = [_argument(parts, 3, "stride") for n, parts in convolutions if n != number]
            for value in (*[s for s in strides if s][:1], stride):
                changed = _set(row, "Conv2d", (3, "stride", value))
                yield changed and place.with_line(number, changed)
            changed = _set(row, "Conv2d", (0, "in_channels", cin), (1, "out_channels", cout), (3, "stride", stride))
            yield changed and place.with_line(number, changed)
    made = _inserted(place, convolutions, (cin, cout, stride))
    for skip in _skips(place, block):
        yield _joined(place, init, made, skip)


def _convolutions(place, init):
    found = []
    for number in range(init[0], init[1] + 1):
        call = _call(place.lines[number - 1], "Conv2d")
        if call:
            found.append((number, call[2]))
    return found


def _inserted(place, convolutions, numbers):
    """The right side of self.shortcut = ...: by the block's own names where it has them, so that all its copies fit."""
    cin, cout, stride = numbers
    first, last = (convolutions[0][1], convolutions[-1][1]) if convolutions else ((), ())
    a, b = _argument(first, 0, "in_channels"), _argument(last, 1, "out_channels")
    strides = [s for s in [_argument(parts, 3, "stride") for _, parts in convolutions] if s and s != "1"]
    s = strides[0] if strides else "1"
    conv = "nn.Conv2d" if any("nn.Conv2d" in place.lines[n - 1] for n, _ in convolutions) else "Conv2d"
    identity = conv.replace("Conv2d", "Identity")
    if not a or not b or (a.isdigit() and b.isdigit()):
        tail = f", stride={stride}" if stride > 1 else ""
        return f"{conv}({cin}, {cout}, 1{tail})"
    same = [f"{a} == {b}"] + ([f"{s} == 1"] if s != "1" else [])
    tail = f", stride={s}" if s != "1" else ""
    return f"{identity}() if {' and '.join(same)} else {conv}({a}, {b}, 1{tail})"


def _skips(place, block):
    """(line, text before, name, text behind) of what may be the shortcut in the addition, or where it is set."""
    row = place.here
    for mark in ("+=", "+"):
        at = row.find(mark)
        if at < 0:
            continue
        sides = [(at + len(mark), len(row))] + ([(0, at)] if mark == "+" else [])
        for start, end in sides:
            words = [w for w in _words(row[start:end]) if w not in ("return", "self", "torch", "relu", "F", "nn")]
            for name in words if start else words[::-1]:
                where = row.find(name, start)
                if (
                    where >= 0
                    and row[where - 1 : where] != "."
                    and row[where + len(name) : where + len(name) + 1] not in ("(", ".")
                ):
                    yield place.line, row[:where], name, row[where + len(name) :]
                    break
    for number in range(place.line - 1, block[0], -1):  # identity = x
        left, equals, right = place.lines[number - 1].partition(" = ")
        if equals and right.strip().isidentifier() and left.strip().isidentifier():
            yield number, f"{left} = ", right.strip(), ""


def _joined(place, init, made, skip):
    number, before, name, behind = skip
    margin = _margin(place.lines[init[0]]) if init[1] > init[0] else _margin(place.lines[init[0] - 1]) + 4
    own = "self.shortcut"
    if any(own in row for row in place.lines[init[0] - 1 : init[1]]):
        own = "self.projection"
    lines = place.with_line(number, f"{before}{own}({name}){behind}")
    return [*lines[: init[1]], f"{' ' * margin}{own} = {made}", *lines[init[1] :]]


def _view(place):
    """x.view(...) -> x.flatten(1)."""
    if "flatten(1)" not in place.fix:
        return
    for method in (".view", ".reshape"):
        call = _call(place.here, method)
        if call:
            start, end, _ = call
            yield place.with_line(place.line, f"{place.here[: start - len(method) - 1]}.flatten(1{place.here[end:]}")


def _flatten(place):
    """A flatten before a linear layer."""
    if "a flatten before" not in place.fix and "put a flatten" not in place.fix:
        return
    last = place.error["where"].split(".")[-1]
    call = _call(place.here, f"self.{last}")
    if call and call[2]:
        start, end, parts = call
        yield place.with_line(place.line, f"{place.here[:start]}{parts[0]}.flatten(1){place.here[end:]}")
    row = place.lines[place.made - 1]
    for text in ("nn.Linear(", "Linear("):
        if text in row:
            yield place.with_line(place.made, row.replace(text, f"{text.replace('Linear(', 'Flatten(')}), {text}", 1))
            break


def _returned(place):
    """return out, at the end of forward."""
    words = place.fix.split(" at the end of ")
    if not place.fix.startswith("return ") or len(words) != 2:
        return
    owner = words[1].split(".")[0]
    for number, row in enumerate(place.lines, 1):
        if row.startswith(f"class {owner}"):
            forward = place.method(number, place.end(number), "forward")
            if forward:
                last = forward[1]
                row = place.lines[last - 1]
                indent = " " * _margin(place.lines[forward[0]])
                name = row.strip().partition("=")[0].strip() if "=" in row else ""
                name = name if name.isidentifier() else place.fix[7:].split(" at ")[0]
                yield [*place.lines[:last], f"{indent}return {name}", *place.lines[last:]]


def _name(place):
    """A name that was misspelt."""
    right = place.fix[6:] if place.fix.startswith("write ") else ""
    wrong = place.error["got"].split(".")[-1].split(",")[0].strip()
    right = right.split(".")[-1].strip()
    if right.isidentifier() and wrong.isidentifier() and wrong in place.here:
        yield place.with_line(place.line, place.here.replace(wrong, right))


def _import(place):
    """An import that is missing, above the first statement."""
    if place.fix.startswith(("import ", "from ")):
        begins = statements("\n".join(place.lines))
        first = next((n for n, part in begins if not part.startswith(("'", '"', "from __future__"))), 1)
        yield [*place.lines[: first - 1], place.fix, *place.lines[first - 1 :]]


def _super(place):
    """super().__init__() as the first line of __init__."""
    if "super().__init__()" in place.fix:
        found = place.body(place.line, "def __init__")
        if found:
            row = place.lines[found[0]]
            yield [*place.lines[: found[0]], f"{' ' * _margin(row)}super().__init__()", *place.lines[found[0] :]]


def _starred(place):
    """nn.Sequential(layers) -> nn.Sequential(*layers)."""
    if "put a * before" in place.fix and "Sequential(" in place.here:
        yield place.with_line(place.line, place.here.replace("Sequential(", "Sequential(*", 1))


def _called(place):
    """nn.ReLU -> nn.ReLU(), where a class stands in place of a module."""
    name = place.fix.removeprefix("write ").partition("(")[0]
    if not place.fix.endswith("in place of the class"):
        return
    for number in (place.line, *range(place.line + 1, min(place.line + 12, len(place.lines)) + 1)):
        row = place.lines[number - 1]
        at = row.find(name)
        while at >= 0:
            end = at + len(name)
            if row[end : end + 1] in (",", ")", "", " ", "]"):
                yield place.with_line(number, f"{row[:end]}(){row[end:]}")
                return
            at = row.find(name, end)


def _untupled(place):
    """self.conv = nn.Conv2d(...), -> without the comma that makes it a tuple."""
    if not place.fix.startswith("take away the comma"):
        return
    called = [f"{word} =" for word in _words(place.here) if f"{word}(" in place.here]
    for number, row in enumerate(place.lines, 1):
        if row.rstrip().endswith("),") and any(name in row for name in called):
            yield place.with_line(number, row.rstrip()[:-1])


def _looped(place):
    """self.layers(x) of a ModuleList -> a loop over it."""
    call = _call(place.here, f"self.{place.error['where'].split('.')[-1]}")
    if not place.fix.startswith("loop over it") or not call or len(call[2]) != 1 or not call[2][0].isidentifier():
        return
    name, indent = call[2][0], " " * _margin(place.here)
    path = place.here[: call[0] - 1].split()[-1].split("(")[-1]
    loop = [f"{indent}for layer in {path}:", f"{indent}    {name} = layer({name})"]
    rest = f"{place.here[: call[0] - 1].removesuffix(path)}{name}{place.here[call[1] + 1 :]}"
    yield place.with_line(place.line, *loop, *([] if rest.strip() == f"{name} = {name}" else [rest]))


def _own_super(place):
    """super(Net, self).__init__() of another class -> super().__init__()."""
    call = _call(place.here, "super")
    if call and place.fix == "write super()":
        yield place.with_line(place.line, place.here[: call[0]] + place.here[call[1] :])


def _along(place):
    """The dim of a concatenation: on this line, or of the one that made what arrives here."""
    n = _after(place.fix, "dim=")
    if n is None or not place.fix.startswith("dim="):
        return
    for number in range(place.line, max(0, place.line - 8), -1):
        changed = _set(place.lines[number - 1], "torch.cat", (1, "dim", n))
        yield changed and place.with_line(number, changed)


def _resized(place):
    """F.interpolate to the size of the other one, before a concatenation; the one that the repair names comes first."""
    call = _call(place.here, "torch.cat")
    if "F.interpolate(" not in place.fix or not call or not call[2]:
        return
    names = [n for n in _words(call[2][0]) if n != "self"][:2]
    if f"on the one of {place.error['got'].split(' and ')[-1]}" in place.fix:
        names.reverse()
    for name, other in (names, names[::-1]) if len(names) == 2 else ():
        for number in range(place.line - 1, max(0, place.line - 4), -1):
            row = place.lines[number - 1]
            given = _call(row, "interpolate")
            if given and row.strip().startswith(f"{name} ="):
                parts = [p for p in given[2] if not p.replace(" ", "").startswith(("scale_factor=", "size="))]
                parts = [*parts, f"size={other}.shape[-2:]"]
                yield place.with_line(number, row[: given[0]] + ", ".join(parts) + row[given[1] :])
        indent = " " * _margin(place.here)
        for function in ("F.interpolate", "nn.functional.interpolate", "torch.nn.functional.interpolate"):
            line = f"{indent}{name} = {function}({name}, size={other}.shape[-2:])"
            yield place.with_line(place.line, line, place.here)


_PROPOSALS = (
    _pool, _features, _channels, _shortcut, _view, _flatten, _returned, _name, _import, _super, _own_super, _starred,
    _called, _untupled, _looped, _along, _resized,
)  # fmt: skip
