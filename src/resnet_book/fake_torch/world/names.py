"""Modules that an import finds: namespaces of what is known, and a stand-in for what is not here."""

from ..layers.module import Module, near
from ..recording import Refusal, where
from ..tensor import Tensor

__all__ = ["Absent", "AbsentBase", "Context", "Namespace", "OfNames", "decorator", "kept", "nothing"]


class Namespace:
    """A module. A name that it lacks is an error of the reader's, or a gap of ours: the text says both.

    Args:
        lenient: whether a name that it lacks is an `Absent` instead.
    """

    def __init__(self, name, table=None, lenient=False):
        self.__name__, self.__path__, self.__spec__, self._lenient = name, [], None, lenient
        self.__dict__.update(table or {})

    def __getattr__(self, key):
        if key.startswith(("__", "$")):
            raise AttributeError(key)
        if self._lenient:
            return Absent(f"{self.__name__}.{key}")
        close = [n for n in self.__dict__ if near(n, key) and not n.startswith("_")]
        hint = f"Did you mean: '{close[0]}'?" if close else "This torch of shapes does not know it, if torch does."
        raise AttributeError(f"module '{self.__name__}' has no attribute '{key}'. {hint}")

    def __repr__(self):
        return f"<module '{self.__name__}', shapes only>"


class OfNames:
    """The module that a text is, where `exec` takes nothing but a dict: what is set on one is set in the other."""

    def __init__(self, name):
        object.__setattr__(self, "names", {"__name__": name})

    def __getattr__(self, key):
        if key not in self.names:
            raise AttributeError(f"module '{self.names['__name__']}' has no attribute '{key}'")
        return self.names[key]

    def __setattr__(self, key, value):
        self.names[key] = value


class AbsentBase:
    """The base of a class whose real base is not here: a data set, a trainer's callback."""

    def __init__(self, *args, **kwargs):
        pass

    def __init_subclass__(cls, **kwargs):
        pass


class Absent:
    """Something that is not here. It can be named, called, iterated (nothing comes) and decorate; no tensor goes in."""

    def __init__(self, name="absent", *_, **__):
        put = object.__setattr__
        put(self, "_absent", name)
        put(self, "__name__", str(name).split(".")[-1])
        put(self, "__path__", [])
        put(self, "__spec__", None)

    def __getattr__(self, key):
        if key.startswith(("__", "$")):
            raise AttributeError(key)
        return Absent(f"{self._absent}.{key}")

    def __setattr__(self, key, value):
        pass

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and not kwargs and (isinstance(args[0], type) or type(args[0]) is type(_function)):
            return args[0]  # a decorator
        for value in [*args, *kwargs.values()]:
            if isinstance(value, Tensor) and value.live:
                raise self._refusal("the input goes through it")
            if isinstance(value, Module) and str(self._absent).startswith("torch.nn.utils"):
                raise self._refusal("it changes a module")
        return Absent(f"{self._absent}()" if not str(self._absent).endswith("()") else self._absent)

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __bool__(self):
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __getitem__(self, key):
        return Absent(f"{self._absent}[]")

    def __setitem__(self, key, value):
        pass

    def __contains__(self, key):
        return False

    def _self(self, *_):
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __or__ = __ror__ = _self
    __pow__ = __neg__ = __iadd__ = __floordiv__ = __mod__ = __matmul__ = _self

    def _refusal(self, why):
        name = str(self._absent).partition("()")[0].partition("[]")[0]
        return Refusal(
            where(name), f"{name} is not here, and {why}", f"put the code of {name.split('.')[-1]} into this file"
        )

    def _refuse(self, *_):
        raise self._refusal("its value is needed")

    __lt__ = __le__ = __gt__ = __ge__ = __int__ = __float__ = __index__ = __round__ = _refuse

    def __format__(self, how):
        return repr(self)

    def __instancecheck__(self, instance):
        return False

    def __mro_entries__(self, bases):
        return (AbsentBase,)

    def __repr__(self):
        return f"<{self._absent}, which is not here>"


def _function():
    """Of the type of a reader's function."""


class Context:
    """torch.no_grad() and its kin: a context, and a decorator."""

    def __init__(self, *args, **_):
        self._function = args[0] if len(args) == 1 and type(args[0]) is type(_function) else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __call__(self, *args, **kwargs):
        return self._function(*args, **kwargs) if self._function else args[0]


def kept(x=None, *_, **__):
    """A function that gives its first argument back."""
    return x


def nothing(*_, **__):
    """A function that does nothing."""


def decorator(*args, **_):
    """@name and @name(...), both without effect."""
    bare = len(args) == 1 and (isinstance(args[0], type) or type(args[0]) is type(_function))
    return args[0] if bare else kept
