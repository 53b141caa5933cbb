"""@dataclass: fields, defaults, default_factory, KW_ONLY, __post_init__, replace, asdict, astuple."""

from typing import ClassVar

MISSING = object()


class FrozenInstanceError(AttributeError):
    pass


class KW_ONLY:
    """As in `_: KW_ONLY`."""


class Field:
    def __init__(self, default=MISSING, default_factory=MISSING, init=True, repr=True, compare=True, kw_only=False):
        self.default, self.default_factory, self.init, self.name = default, default_factory, init, None
        self.repr, self.compare, self.kw_only = repr, compare, kw_only

    def value(self, given):
        if self.name in given:
            return given[self.name]
        if self.default is not MISSING:
            return self.default
        if self.default_factory is not MISSING:
            return self.default_factory()
        raise TypeError(f"__init__() missing 1 required argument: '{self.name}'")


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, compare=True, kw_only=False, **_):
    return Field(default, default_factory, init, repr, compare, kw_only)


def dataclass(cls=None, **options):
    if cls is None:
        return lambda kind: dataclass(kind, **options)
    table = dict(getattr(cls, "__dataclass_fields__", {}))
    table.update(_own_fields(cls, options.get("kw_only", False)))
    cls.__dataclass_fields__ = table
    put = object.__setattr__ if options.get("frozen") else setattr

    def init(self, *args, **kwargs):
        taken = [n for n in table if table[n].init]
        names = [n for n in taken if not table[n].kw_only]
        if len(args) > len(names):
            raise TypeError(f"__init__() takes {len(names) + 1} positional arguments but {len(args) + 1} were given")
        given = dict(zip(names, args))
        for key in kwargs:
            if key in given or key not in taken:
                raise TypeError(f"__init__() got an unexpected keyword argument '{key}'")
        given.update(kwargs)
        for name in table:
            if name in given or table[name].init or table[name].default_factory is not MISSING:
                put(self, name, table[name].value(given))
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    def shown(self):
        parts = [f"{n}={getattr(self, n)!r}" for n in table if table[n].repr]
        return f"{type(self).__qualname__}({', '.join(parts)})"

    def same(self, other):
        names = [n for n in table if table[n].compare]
        return type(self) is type(other) and all(getattr(self, n) == getattr(other, n) for n in names)

    def fixed(self, name, value):
        raise FrozenInstanceError(f"cannot assign to field '{name}'")

    def number(self):
        return hash(astuple(self))

    methods = {"__init__": init, "__repr__": shown}
    if options.get("eq", True):
        methods["__eq__"] = same
    if options.get("frozen"):
        methods.update(__setattr__=fixed, __hash__=number)
    for name, method in methods.items():
        if options.get(name.strip("_"), True) and name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


def _own_fields(cls, kw_only):
    found = {}
    for name, kind in cls.__annotations__.items():
        if kind is KW_ONLY or str(kind).split(".")[-1] == "KW_ONLY":
            kw_only = True
        elif kind is not ClassVar and "ClassVar" not in str(kind):
            value = cls.__dict__.get(name, MISSING)
            one = found[name] = value if isinstance(value, Field) else Field(value)
            one.name, one.type, one.kw_only = name, kind, one.kw_only or kw_only
            if one.default is not MISSING:
                setattr(cls, name, one.default)
            elif value is one:
                delattr(cls, name)
    return found


def fields(thing):
    return tuple(thing.__dataclass_fields__.values())


def _plain(value, inside):
    """A value with the dataclasses in it taken apart."""
    if is_dataclass(value) and not isinstance(value, type):
        return inside(value)
    if isinstance(value, dict):
        return {key: _plain(item, inside) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)([_plain(item, inside) for item in value])
    return value


def asdict(thing):
    return {name: _plain(getattr(thing, name), asdict) for name in thing.__dataclass_fields__}


def astuple(thing):
    return tuple([_plain(getattr(thing, name), astuple) for name in thing.__dataclass_fields__])


def replace(thing, **changes):
    kept = {one.name: getattr(thing, one.name) for one in fields(thing) if one.init}
    return type(thing)(**{**kept, **changes})


def is_dataclass(thing):
    return hasattr(thing, "__dataclass_fields__")
