"""An exception of a reader's code as an error of the book: where, what arrived, what was expected, the repair."""

from .. import repairs
from ..errors import ShapeError
from .layers import LAYERS
from .layers.module import near
from .lines import Position, named, source, traceback_line
from .recording import Refusal

__all__ = ["as_shape_error", "entry", "explain", "listed"]


def explain(error, recorder):
    """An exception as plain data, the form of `check --json`."""
    found = as_shape_error(error, recorder)
    return entry(found, _place(error, found, recorder))


def entry(error, place):
    """A `ShapeError` at a place, as plain data."""
    text = f"{error.where}: got {error.got}; expected {error.expected}; fix: {error.fix}"
    return {
        "line": place.line, "column": place.column, "end_column": place.end_column, "where": error.where,
        "got": error.got, "expected": error.expected, "fix": error.fix, "message": text,
    }  # fmt: skip


def _place(error, found, recorder):
    if isinstance(error, SyntaxError):
        line, column = error.lineno, error.offset
        end = getattr(error, "end_offset", None) if getattr(error, "end_lineno", line) == line else None
        return (
            Position(line, column or 1, end if end and column and end > column else (column or 1) + 1)
            if line
            else Position()
        )
    call = recorder.returned_none if recorder is not None else None
    if call is not None and getattr(found, "nothing", False):
        return _last_line(call.module)
    module = getattr(error, "returned", None)
    if module is not None:
        late = module._late and module._made
        return named(module._made, [module._get_name()]) if late else _last_line(recorder.stack[-1].module)
    if isinstance(error, NotImplementedError) and recorder is not None and recorder.stack:
        return _meant_for_forward(type(recorder.stack[-1].module)) or traceback_line(error)
    running = traceback_line(error)
    return recorder.place(found.where, running) if recorder is not None else running


def _last_line(module):
    """The last line of a forward: where its return is missing."""
    code = getattr(getattr(type(module), "forward", None), "__code__", None)
    first = getattr(code, "co_firstlineno", None)
    if first is None or code.co_filename != source.name:
        return Position(module._made)
    line, last, margin = first + 1, first, None
    while line <= len(source.lines):
        text = source.line(line)
        if text.strip() and text.lstrip()[0] != "#":
            indent = len(text) - len(text.lstrip())
            margin = indent if margin is None else margin
            if indent < margin:
                break
            last = line
        line += 1
    return named(last)


def _meant_for_forward(kind):
    """The line of a method that is spelt almost as forward, else of the class."""
    for name, value in kind.__dict__.items():
        code = getattr(value, "__code__", None)
        if code is not None and near(name, "forward") and code.co_filename == source.name:
            return named(code.co_firstlineno, [name])
    for number, text in enumerate(source.lines, 1):
        if text.strip().startswith((f"class {kind.__name__}(", f"class {kind.__name__}:")):
            return named(number, [kind.__name__])
    return None


def as_shape_error(error, recorder):
    """What a reader's exception says, in the book's four parts."""
    if isinstance(error, ShapeError):
        return error
    if isinstance(error, Refusal):
        return ShapeError(error.where, error.why, "what shapes alone can answer", error.fix)
    text = str(error).strip() or type(error).__name__
    call = recorder.returned_none if recorder is not None else None
    if call is not None and "NoneType" in text:
        found = ShapeError(
            call.path or type(call.module).__name__, *repairs.nothing_returned(type(call.module).__name__)
        )
        found.nothing = True
        return found
    where = _running(recorder) or _function(error) or type(error).__name__
    row = source.line(traceback_line(error).line or 0)
    if isinstance(error, NameError) and "super(" in row:
        name = text.split("'")[1]
        return ShapeError("super", f"{name}, which is not this class", "this class", "write super()")
    if text.startswith("_") and "(" in text:  # a class that torch's own share, or none: its name is that of the call
        text = f"{_maker(row, text.split('(')[0])}({text.partition('(')[2]}"
    for kind, words in _KNOWN:
        if isinstance(error, kind):
            found = words(text, where)
            if found:
                return ShapeError(*found)
    return ShapeError(where, _named(error, text), "code that runs", "see this line")


def _maker(row, method):
    """The class in a line whose method has this name: Conv2d.__init__ for _Convolution.__init__.

    Brython says __init__ alone; then it is the last class that the line calls.
    """
    called = [part.replace(" ", ".").replace("=", ".").split(".")[-1] for part in row.split("(")[:-1]]
    called = [name for name in called if name[:1].isupper()]
    for name in called[::-1]:
        made = getattr(LAYERS.get(name), "__init__", None)
        if method == "__init__" or getattr(made, "__qualname__", None) == method:
            return f"{name}.__init__"
    return method


def _named(error, text):
    return text if type(error).__name__ in text else f"{type(error).__name__}: {text}"


def _running(recorder):
    """The path of the module that runs, or its class."""
    if recorder is None or not recorder.stack:
        return ""
    call = recorder.stack[-1]
    return call.path or type(call.module).__name__


def _function(error):
    """The innermost function of the reader's in a traceback; "" for a statement of the outermost level."""
    trace, found = getattr(error, "__traceback__", None), ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == source.name and code.co_name != "<module>":
            found = getattr(code, "co_qualname", code.co_name)
        trace = trace.tb_next
    return found.replace(".<locals>", "").replace(".__init__", "")


# ---------------------------------------------------------------- what Python says, by kind


def _arguments(text, where):
    """forward() takes 2 positional arguments but 3 were given; missing 1 required positional argument: 'y'."""
    name = text.split("(")[0].strip()
    if " takes " in text and " positional argument" in text and " given" in text:
        takes = _integers(text.split(" takes ")[1].split(" positional")[0])
        got = _integers(text.split(" but ")[1])
        bound = 1 if "." in name or name in ("__init__", "forward") else 0  # self; Brython does not say whose
        if not takes or not got:
            return None
        most, given = takes[-1] - bound, got[0] - bound
        if bound and not most and name.endswith("forward"):
            return name, "no self", "self, then what arrives", "write def forward(self, x)"
        return (
            name, repairs.counted(given, "argument"), repairs.counted(most, "argument"),
            f"call it with {repairs.counted(most, 'argument')}, " + ("" if most else "or with each by its name, ") +
            f"or write {name.split('.')[-1]} with {given} beside self",
        )  # fmt: skip
    if " missing " in text and "required" in text:
        names = listed(text.split(": ")[-1])
        count = len(names)
        return (
            name, f"no {', '.join(names)}", f"{repairs.counted(count, 'argument')} more: {', '.join(names)}",
            f"give {', '.join(names)}"
            + ("" if _taken(name) else f", or write a default for {'it' if count == 1 else 'them'}"),
        )  # fmt: skip
    if "unexpected keyword argument" in text:
        wrong = text.split("'")[1] if "'" in text else "?"
        close = next((known for known in _taken(name) if near(wrong, known)), None)
        if close:
            return name, wrong, f"an argument that {name} takes", f"write {close}"
        return name, f"{wrong}=...", f"an argument that {name} takes", f"take {wrong}= away, or spell it as {name} does"
    return None


def listed(names):
    """The names of a list in Python's words: "'a' and 'b'", "'a', 'b', and 'c'"."""
    return names.replace("'", "").replace(" and ", " ").replace(",", "").split()


def _taken(name):
    """The arguments of a layer of torch: of "Conv2d.__init__"; () for another function."""
    layer = LAYERS.get(name.partition(".")[0])
    return layer.__init__.__code__.co_varnames if layer else ()


def _types(text, where):
    found = _arguments(text, where)
    if found:
        return found
    if "NoneType" in text:
        return where, "None", "a tensor or a module", "return what was computed, or assign it before this line"
    if "not a Module subclass" in text:
        if "* before the list" in text or text.startswith(("list", "tuple")):
            return where, text, "modules", "put a * before a list: nn.Sequential(*layers)"
        return where, text, "modules", "take the module that does the same: nn.ReLU() for F.relu"
    if "unsupported operand type(s) for +" in text and "'tuple'" in text:
        return where, text, "tensors on both sides", "take the tensor out of the tuple: out, _ = layer(x)"
    if "must be Tensor, not" in text:
        kind = text.split("must be Tensor, not ")[1]
        fix = (
            "take one tensor out of it: x[0], or out, _ = layer(x)" if kind in ("tuple", "list") else "give it a tensor"
        )
        return where, f"a {kind}", "a tensor", fix
    if "'Tensor' object is not callable" in text or "object is not callable" in text:
        return (
            where,
            text,
            "a module or a function before the brackets",
            "take away the comma at the end of the line that makes it: with it, it is a tuple"
            if "'tuple'" in text
            else "a comma or an operator is missing before the (",
        )
    return None


def _attributes(text, where):
    if "before Module.__init__() call" in text or "call super().__init__()" in text:
        return (
            where,
            text,
            "super().__init__() as the first line of __init__",
            "call super().__init__() first in __init__",
        )
    if "NoneType" in text:
        return where, text, "a tensor, not None", "return what was computed, or assign it before this line"
    if "object has no attribute" in text:
        owner, name = text.split("'")[1], text.split("'")[3]
        close = text.split("Did you mean: '")[1].split("'")[0] if "Did you mean: '" in text else ""
        fix = (
            f"write {close}"
            if close
            else f"set self.{name} in __init__"
            if owner not in ("Tensor", "list", "tuple", "module")
            else f"{owner} has no {name}"
        )
        return where, f"{owner}.{name}", f"an attribute that {owner} has", fix
    if text.startswith("module '") and "has no attribute" in text:
        owner, name = text.split("'")[1], text.split("'")[3]
        close = text.split("Did you mean: '")[1].split("'")[0] if "Did you mean: '" in text else ""
        fix = (
            f"write {owner}.{close}"
            if close
            else "this torch of shapes does not know it, if torch does: measure(net, ...)"
        )
        return f"{owner}.{name}", f"{owner}.{name}", f"a name that {owner} has", fix
    return None


_IMPORTS = {
    "F": "import torch.nn.functional as F", "nn": "from torch import nn", "torch": "import torch",
    "np": "import numpy as np",
    "math": "import math", "OrderedDict": "from collections import OrderedDict",
    "partial": "from functools import partial",
    "List": "from typing import List", "Optional": "from typing import Optional",
}  # fmt: skip


def _unnamed(text, where):
    name = text.split("'")[1] if "'" in text else text
    return (
        name,
        f"{name}, which is not defined",
        "a name that is defined above",
        _IMPORTS.get(name, f"define or import {name} above"),
    )


def _syntax(text, where):
    hint = "correct the text here; Python reads no further"
    if "print" in text and "parenthes" in text.lower():
        hint = "this is Python 2; write print(...)"
    elif ("except" in text and "parenthes" in text) or "multiple exception types" in text:
        hint = "this is Python 2; write except (A, B) as error"
    elif "indent" in text or "tab" in text.lower():
        hint = "the indentation was lost or mixed with tabs: indent the bodies again with four spaces"
    elif "was never closed" in text:
        hint = "close the bracket"
    return "syntax", text.split(" (")[0], "Python 3", hint


def _without_forward(text, where):
    if "ModuleList" in text:
        return where, text, "a loop over what it holds", "loop over it, for layer in self.layers: x = layer(x)"
    return (
        where,
        text,
        "a method named forward",
        "write def forward(self, x) in the class; check its spelling and indentation",
    )


def _recursion(text, where):
    return where, "a call that calls itself without end", "an end", "call a layer in forward, not self(x)"


def _index(text, where):
    return where, text, "an index that is there", "count the dims of the tensor from 0, the batch first"


_KNOWN = (
    (SyntaxError, _syntax), (RecursionError, _recursion), (NotImplementedError, _without_forward),
    (NameError, _unnamed),
    (AttributeError, _attributes), (IndexError, _index), (TypeError, _types),
)  # fmt: skip


def _integers(text):
    out, digits = [], ""
    for c in text + " ":
        if c.isdigit():
            digits += c
        elif digits:
            out.append(int(digits))
            digits = ""
    return out
