"""A reader's text, run statement by statement on the torch of shapes."""

import builtins
import contextlib
import sys

from .explaining import explain
from .layers import LAYERS
from .layers.module import Module
from .lines import BRYTHON, source
from .recording import now
from .tensor import Tensor
from .text import statements
from .world import Absent, World
from .world.names import Namespace

__all__ = ["Program"]

NAME = "pasted"  # the __name__ of the text: as if it were imported
_PRINTED = 100_000  # characters that are printed before the rest is left out
_GIVEN = {
    "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "init": "torch.nn.init", "optim": "torch.optim",
    "torchvision": "torchvision", "models": "torchvision.models", "np": "numpy",
}  # fmt: skip
"""What a snippet without its imports means by these names."""


class Program:
    """The names that a text defines.

    Args:
        text: cleaned, see `text.clean`.
        filename: what it is compiled under, and called in messages.
        beside: see `world.World`.
        write: where print() goes; by default to the standard error stream.

    Attributes:
        names: what the text defined, by name; `order` has those names in the order of their last assignment.
        skipped: (line, first line of the statement, exception, error as plain data) of the statements that failed.
        error: of a text that Python cannot read; then nothing ran.
    """

    def __init__(self, text, filename="<your code>", beside=None, write=None):
        self.text, self.order, self.skipped, self.error = text, [], [], None
        self._write, self._room = write or sys.stderr.write, _PRINTED
        source.begin(text, filename)
        Module._total, now.recorder = 0, None
        self.world = World((lambda name, level: beside(self, name, level)) if beside else None)
        self.names = self.world.lend(NAME)
        self._fill(self.names, NAME)
        if not any(
            module.split(".")[0] in ("torch", "torchvision") for module in _imported(text)
        ):  # else a name is really missing
            self.names.update({name: self.world.find(module) for name, module in _GIVEN.items()}, Tensor=Tensor)
        try:
            compile(text, source.name, "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            self.error = explain(error, None)
            return
        self.parts = statements(text)
        self._main = [part for part in self.parts if part[1].startswith("if __name__")]
        for line, part in self.parts:
            if (line, part) not in self._main:
                self._one(line, part)

    def run_main(self):
        """Run what stands under `if __name__ == "__main__"`: only where there is no network without it."""
        for line, part in self._main:
            rows = part.split("\n")
            inside = [row for row in rows[1:] if row.strip()]
            margin = min([len(row) - len(row.lstrip()) for row in inside], default=0)
            body = "\n".join([""] * line + [row[margin:] for row in rows[1:]])
            for inner_line, inner in statements(body):
                self._one(inner_line, inner)
        self._main = []

    # ---- the module that the text is

    def _fill(self, names, name):
        """The names that a module begins with; its builtins are its own."""
        look = self.world.importer(builtins.__import__)
        own = {key: getattr(builtins, key) for key in dir(builtins)}
        own.update(__import__=look, print=self._print, input=lambda *_: "", exit=_leave, quit=_leave)
        own.pop("breakpoint", None)
        self.world.table["builtins"] = Namespace("builtins", own)
        names.update(__name__=name, __file__=source.name, __doc__=None, __package__="")
        if BRYTHON:  # it looks for modules in sys.modules, and for builtins in its own
            names.update(print=self._print, input=own["input"], open=_no_file)
            for module in _imported(self.text):
                with contextlib.suppress(ImportError, AttributeError):  # its own statement will say so
                    look(module)
        else:
            names["__builtins__"] = own

    def module(self, text, name, filename):
        """A module of another file of the reader's, run whole."""
        names = self.world.lend(name)
        self._fill(names, name)
        names["__file__"] = filename
        exec(compile(text, filename, "exec"), names)
        return Namespace(name, names)

    def _print(self, *values, sep=" ", end="\n", file=None, flush=False):
        if file is not None and file not in (sys.stdout, sys.stderr):
            return
        try:
            text = (" " if sep is None else sep).join([str(v) for v in values]) + ("\n" if end is None else end)
        except Exception as error:  # a value without a text
            text = f"<{error}>\n"
        if self._room > 0:
            self._write(text[: self._room])
            self._room -= len(text)
            if self._room <= 0:
                self._write("\n... what is printed from here on is left out\n")

    def _one(self, line, part):
        future = "from __future__ import annotations" in self.text
        lead = "\n" * (line - 1)
        if future and line > 1:
            lead = "\n" * (line - 2) + "from __future__ import annotations\n"
        before = dict(self.names)
        try:
            if BRYTHON:  # its exec of a compiled text has faults
                exec(lead + part, self.names)
            else:
                exec(compile(lead + part, source.name, "exec"), self.names)
        except Exception as error:
            first = part.lstrip().split("\n")[0][:80]
            self.skipped.append((line, first, error, explain(error, None)))
        except SystemExit:
            pass
        finally:
            now.recorder = None
        for name, value in list(self.names.items()):
            old = before.get(name)
            if old is value:
                continue
            if isinstance(value, Absent) and old is not None and not isinstance(old, (Absent, Namespace)):
                self.names[name] = old  # an import of what the text has defined itself
                continue
            if name in self.order:
                self.order.remove(name)
            self.order.append(name)

    def evaluate(self, expression):
        """The value of an expression over the text's names."""
        if BRYTHON:
            exec("\n" * 5000 + f"_made_ = ({expression})", self.names)
            return self.names.pop("_made_")
        return eval(compile(expression, "<network>", "eval"), self.names)

    def classes(self):
        """The network classes that the text defines, by name, in their order."""
        known = set(LAYERS.values())
        found = {}
        for name in self.order:
            value = self.names.get(name)
            own = isinstance(value, type) and issubclass(value, Module) and value not in known
            if own and getattr(value, "__module__", NAME) in (NAME, None):
                found[name] = value
        return found


def _leave(*_):
    raise SystemExit


def _no_file(name, *_, **__):
    raise FileNotFoundError(f"{name}: there are no files in a page")


def _imported(text):
    """The dotted names that a text imports."""
    out = []
    for line in text.split("\n"):
        words = line.split("#")[0].split()
        if words[:1] == ["import"]:
            named = [each.split() for each in " ".join(words[1:]).split(",")]
            if all(len(each) == 1 or each[1:2] == ["as"] for each in named):  # else it is a sentence of a docstring
                out += [each[0] for each in named]
        elif words[:1] == ["from"] and words[2:3] == ["import"] and words[1][:1] != ".":
            out.append(words[1])
    return out
