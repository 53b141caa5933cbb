"""Enum: members with a name and a value, of int or str where the class says so."""


class auto:
    """The value that follows."""


class EnumMeta(type):
    def __iter__(cls):
        return iter([member for name, member in cls.__members__.items() if name == member.name])

    def __len__(cls):
        return len(list(iter(cls)))

    def __contains__(cls, value):
        return any(member is value or member.value == value for member in cls)

    def __call__(cls, value):
        for member in cls:
            if member is value or member.value == value:
                return member
        return cls._missing_(value)


class Enum(metaclass=EnumMeta):
    __members__ = {}

    def __init_subclass__(cls, **_):
        cls.__members__ = members = {}
        kind = next((k for k in (str, int, float, tuple) if issubclass(cls, k)), object)
        own = cls.__mro__[: cls.__mro__.index(kind)]
        for name in ("__repr__", "__str__", "__format__") if kind is not object else ():
            if not any(name in owner.__dict__ for owner in own):
                setattr(cls, name, Enum.__dict__[name])
        last = 0
        for key, value in list(cls.__dict__.items()):
            if key.startswith("__") or hasattr(value, "__get__"):
                continue
            if isinstance(value, auto) or value is auto:
                value = cls._next(key, last)
            last = value
            member = next((known for known in cls if known.value == value), None)
            if member is None:
                member = kind.__new__(cls, *([] if kind is object else [value]))
                member.name, member.value = key, value
                if "__init__" in cls.__dict__:
                    cls.__init__(member, *(value if isinstance(value, tuple) else (value,)))
            members[key] = member
            setattr(cls, key, member)

    @classmethod
    def __class_getitem__(cls, name):
        return cls.__members__[name[0] if isinstance(name, tuple) else name]

    @classmethod
    def _missing_(cls, value):
        raise ValueError(f"{value!r} is not a valid {cls.__name__}")

    @classmethod
    def _next(cls, name, last):
        return last + 1

    def __repr__(self):
        return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

    def __str__(self):
        return f"{type(self).__name__}.{self.name}"

    def __format__(self, spec):
        return format(str(self), spec)

    def __deepcopy__(self, memo):
        return self


class IntEnum(int, Enum):
    def __str__(self):
        return str(self.value)


class StrEnum(str, Enum):
    @classmethod
    def _next(cls, name, last):
        return name.lower()

    def __str__(self):
        return self.value


EnumType, Flag, IntFlag = EnumMeta, IntEnum, IntEnum


def unique(cls):
    return cls
