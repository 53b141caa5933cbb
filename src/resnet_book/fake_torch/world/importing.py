"""What `import` finds in a reader's text: torch and its friends as stand-ins, Python's own modules, files beside it."""

import builtins
import math
import sys

from ..layers import LAYERS
from ..layers.module import Layer, Module, near
from ..lines import BRYTHON
from ..tensor import Tensor
from . import einops, friends, numpy, torch_modules, torchvision
from .names import Absent, OfNames

__all__ = ["World"]

STANDARD = frozenset(getattr(sys, "stdlib_module_names", ()))
IN_A_PAGE = frozenset(
    "math sys collections functools typing dataclasses numbers abc enum copy warnings argparse inspect logging random "
    "os time contextlib operator itertools string re json types __future__".split()
)
"""The modules of Python that a page has; each is small, or a stand-in of its own."""


def _kept(owner):
    """What a text could put in the place of something of an owner's, and does for itself alone."""
    fixed = ("__dict__", "__weakref__", "__doc__", "__module__", "__class__", "__name__")
    return owner, {name: value for name, value in vars(owner).items() if name not in fixed}


_OWNERS = {id(owner): owner for owner in (*LAYERS.values(), Layer, Module, Tensor, builtins, math)}
_OURS = [_kept(owner) for owner in _OWNERS.values()]


class World:
    """The modules of one text.

    Args:
        beside: a function from ("models.blocks", dots of a relative import) to the module of a file beside the text, or
            None if there is no such file.
    """

    def __init__(self, beside=None):
        self.table = torch_modules.modules()
        self.table.update(torchvision.modules())
        self.table["torch.hub"].load = torchvision.from_hub
        self.table.update(einops.modules())
        self.table.update(numpy.modules())
        self.table.update(friends.modules(self.table["torch"]))
        self.absent = []  # the names of what was asked for and is not here
        self._beside, self._lent = beside, []

    def find(self, name):
        """The stand-in of a dotted name; None if it belongs to Python or to nobody."""
        if name in self.table:
            return self.table[name]
        top = name.split(".")[0]
        if top not in self.table:
            return None
        got = self.table[top]
        for part in name.split(".")[1:]:
            try:
                got = getattr(got, part)
            except AttributeError:
                raise ModuleNotFoundError(f"No module named '{name}' in this torch of shapes") from None
        self.table[name] = got
        return got

    def _missing(self, name):
        if name not in self.absent:
            self.absent.append(name)
        for i in range(1, name.count(".") + 2):
            prefix = ".".join(name.split(".")[:i])
            self.table.setdefault(prefix, Absent(prefix))
        return self.table[name]

    def importer(self, real):
        """A function for `__builtins__["__import__"]`."""

        def find(name, globals=None, locals=None, fromlist=(), level=0):
            if name == "__future__" and not level:
                return Absent("__future__") if BRYTHON else real(name, None, None, fromlist, 0)
            if level:
                got = self._relative(name, level, fromlist)
            else:
                got = self.find(name)
                got = got if got is not None else self._other(name, real, fromlist)
            if BRYTHON:
                self._lend(name)
            return got if fromlist or level else self.table.get(name.split(".")[0], got)

        return find

    def _other(self, name, real, fromlist):
        top = name.split(".")[0]
        found = self._beside(name, 0) if self._beside else None
        if found is not None:
            self.table[name] = found
            return found
        if top not in (IN_A_PAGE if BRYTHON else STANDARD):
            return self._missing(name)
        if not BRYTHON:
            return real(name, None, None, fromlist, 0)
        try:
            module = real(name, None, None, fromlist, 0)
            module.__getattr__ = lambda key: self._gap(name, vars(module), key)
        except ModuleNotFoundError:  # a part of a module that is one file in a page: os.path, logging.handlers
            above, _, last = name.rpartition(".")
            self.table[above] = self._other(above, real, ())
            module = self.table[name] = getattr(self.table[above], last)
        return module

    def _gap(self, name, there, key):
        """A name that a page's piece of the standard library does not have; one that is spelt almost so is an error."""
        close = [n for n in there if near(n, key) and n[:1] != "_"]
        if close or key[:2] == "__":
            hint = f". Did you mean: '{close[0]}'?" if close else ""
            raise AttributeError(f"module '{name}' has no attribute '{key}'{hint}")
        if f"{name}.{key}" not in self.absent:
            self.absent.append(f"{name}.{key}")
        return Absent(f"{name}.{key}")

    def _relative(self, name, level, fromlist):
        """from .blocks import Block: a file beside, or torchvision's own, whose models are often pasted."""
        found = self._beside(name, level) if self._beside else None
        if found is not None:
            return found
        base = "torchvision.models" if level == 1 else "torchvision"
        full = f"{base}.{name}" if name else base
        if full in self.table:
            return self.table[full]
        wanted = [n for n in fromlist or () if f"{full}.{n}" in self.table]
        return self.table[full] if wanted and full in self.table else self._missing("." * level + name or "package")

    def _lend(self, name):
        """Brython takes `import a.b as c` from sys.modules."""
        for known, module in list(self.table.items()):
            if known == name or name.startswith(known + ".") or known.startswith(name + "."):
                sys.modules[known] = module
                self._lent.append(known)

    def lend(self, name):
        """The names of a new module, which Python's own modules find by its name, as `dataclasses` does."""
        module = OfNames(name) if BRYTHON else type(sys)(name)
        if name not in sys.modules:
            sys.modules[name] = module
            self._lent.append(name)
        return module.names if BRYTHON else vars(module)

    def close(self):
        """Take back what was lent."""
        while self._lent:
            sys.modules.pop(self._lent.pop(), None)
        for owner, were in _OURS:
            have = vars(owner)
            for name in [n for n in have if n not in were and n[:2] != "__"]:
                delattr(owner, name)
            for name in [n for n in were if have.get(n) is not were[n]]:
                setattr(owner, name, were[name])
