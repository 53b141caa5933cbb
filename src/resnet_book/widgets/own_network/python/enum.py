"""Enum: members with a name and a value."""


class Enum:
    def __init_subclass__(cls, **_):
        cls._members = {}
        for key, value in list(cls.__dict__.items()):
            if not key.startswith("_") and not callable(value) and not hasattr(value, "__get__"):
                member = object.__new__(cls)
                member.name, member.value = key, value
                cls._members[key] = member
                setattr(cls, key, member)

    def __repr__(self):
        return f"<{type(self).__name__}.{self.name}: {self.value!r}>"


class IntEnum(Enum):
    pass


StrEnum = Flag = IntFlag = IntEnum
_count = [0]


def auto():
    _count[0] += 1
    return _count[0]


def unique(cls):
    return cls
