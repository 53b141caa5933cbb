"""@dataclass: fields, defaults, default_factory, __post_init__, replace, asdict. Frozen is not enforced."""

MISSING = object()
KW_ONLY = None


class Field:
    def __init__(self, default=MISSING, default_factory=MISSING, init=True):
        self.default, self.default_factory, self.init, self.name = default, default_factory, init, None

    def value(self, given):
        if self.name in given:
            return given[self.name]
        if self.default is not MISSING:
            return self.default
        if self.default_factory is not MISSING:
            return self.default_factory()
        raise TypeError(f"__init__() missing 1 required argument: '{self.name}'")


def field(*, default=MISSING, default_factory=MISSING, init=True, **_):
    return Field(default, default_factory, init)


def dataclass(cls=None, **options):
    if cls is None:
        return lambda kind: dataclass(kind, **options)
    table = dict(getattr(cls, "__dataclass_fields__", {}))
    for name in cls.__dict__.get("__annotations__", {}):
        value = cls.__dict__.get(name, MISSING)
        table[name] = value if isinstance(value, Field) else Field(value)
        table[name].name = name
        if table[name].default is not MISSING:
            setattr(cls, name, table[name].default)
    cls.__dataclass_fields__ = table

    def init(self, *args, **kwargs):
        names = [n for n in table if table[n].init]
        if len(args) > len(names):
            raise TypeError(f"__init__() takes {len(names) + 1} positional arguments but {len(args) + 1} were given")
        given = dict(zip(names, args))
        for key in kwargs:
            if key not in names:
                raise TypeError(f"__init__() got an unexpected keyword argument '{key}'")
        given.update(kwargs)
        for name in table:
            object.__setattr__(self, name, table[name].value(given))
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    def shown(self):
        return f"{type(self).__name__}({', '.join([f'{n}={getattr(self, n)!r}' for n in table])})"

    if "__init__" not in cls.__dict__:
        cls.__init__ = init
    if "__repr__" not in cls.__dict__:
        cls.__repr__ = shown
    return cls


def fields(thing):
    return tuple(thing.__dataclass_fields__.values())


def asdict(thing):
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}


def replace(thing, **changes):
    return type(thing)(**{**asdict(thing), **changes})


def is_dataclass(thing):
    return hasattr(thing, "__dataclass_fields__")
