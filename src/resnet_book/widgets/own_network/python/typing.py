"""Names for annotations: nothing is checked, everything can be subscribed. NamedTuple and Generic are bases."""


class _Name:
    """Stands for any type."""

    def __init__(self, name):
        self.__name__ = name

    def __getitem__(self, item):
        return self

    def __call__(self, *args, **kwargs):
        return args[0] if args else self

    def __or__(self, other):
        return self

    __ror__ = __or__

    def __repr__(self):
        return "typing." + self.__name__


class _Kind(type):
    """A name that isinstance takes too: it asks for the built-in types behind it."""

    def __instancecheck__(cls, value):
        return isinstance(value, cls.kinds)

    def __or__(cls, other):
        return cls

    def __ror__(cls, other):
        return cls


class Generic:
    @classmethod
    def __class_getitem__(cls, item):
        return cls


def _checked(name, *kinds):
    return _Kind(name, (Generic,), {"kinds": kinds})


TYPE_CHECKING = False
for _name in (
    "Any Optional Union FrozenSet Iterator Callable Type Literal Final ClassVar Annotated Generator "
    "Awaitable Coroutine Container Hashable Sized Text AnyStr NoReturn Never Self Concatenate TypeAlias "
    "Deque DefaultDict OrderedDict Counter Unpack Pattern Match IO TextIO BinaryIO SupportsInt "
    "SupportsFloat SupportsIndex Required NotRequired TypeGuard Reversible "
).split():
    globals()[_name] = _Name(_name)
List, Tuple, Dict, Set = [_checked(k.__name__.capitalize(), k) for k in (list, tuple, dict, set)]
Sequence, Iterable = _checked("Sequence", list, tuple, str), _checked("Iterable", list, tuple, str, dict, set)
Collection, Mapping, MutableMapping = Iterable, _checked("Mapping", dict), _checked("MutableMapping", dict)
MutableSequence, AbstractSet = _checked("MutableSequence", list), _checked("AbstractSet", set)


class Protocol(Generic):
    pass


class TypedDict(dict):
    def __init_subclass__(cls, **options):
        pass


class NamedTuple(tuple):
    """As in `class Point(NamedTuple): x: int; y: int = 0`."""

    def __init_subclass__(cls):
        if hasattr(cls, "_fields"):
            return
        names = list(cls.__annotations__)
        defaults = {n: cls.__dict__[n] for n in names if n in cls.__dict__}

        def new(kind, *args, **kwargs):
            if len(args) > len(names) or [n for n in kwargs if n not in names[len(args) :]]:
                raise TypeError(f"{cls.__name__} takes {', '.join(names)}")
            given = dict(zip(names, args))
            given.update(kwargs)
            missing = [n for n in names if n not in given and n not in defaults]
            if missing:
                raise TypeError(f"{cls.__name__}.__new__() missing required arguments: {', '.join(missing)}")
            return tuple.__new__(kind, [given[n] if n in given else defaults[n] for n in names])

        cls.__new__ = staticmethod(new)
        cls._fields = tuple(names)
        for place, name in enumerate(names):
            setattr(cls, name, property(lambda self, place=place: tuple.__getitem__(self, place)))

    @classmethod
    def _make(cls, items):
        return cls(*items)

    def _replace(self, **changes):
        return type(self)(*[changes.get(n, v) for n, v in zip(self._fields, self)])

    def _asdict(self):
        return dict(zip(self._fields, self))

    def __repr__(self):
        return f"{type(self).__name__}({', '.join([f'{n}={v!r}' for n, v in zip(self._fields, self)])})"


def TypeVar(name, *bounds, **options):
    return _Name(name)


ParamSpec = TypeVarTuple = NewType = TypeVar


def cast(kind, value):
    return value


def overload(function):
    return function


no_type_check = final = runtime_checkable = override = overload


def get_type_hints(*args, **kwargs):
    return {}


def get_origin(kind):
    return None


def get_args(kind):
    return ()
