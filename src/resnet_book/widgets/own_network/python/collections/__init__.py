"""Of collections what networks use; a dict keeps its order anyway."""


class OrderedDict(dict):
    def move_to_end(self, key, last=True):
        value = self.pop(key)
        others = list(self.items())
        self.clear()
        self.update([*others, (key, value)] if last else [(key, value), *others])


class defaultdict(dict):
    def __init__(self, factory=None, *args, **kwargs):
        dict.__init__(self, *args, **kwargs)
        self.default_factory = factory

    def __missing__(self, key):
        if self.default_factory is None:
            raise KeyError(key)
        value = self[key] = self.default_factory()
        return value


class Counter(dict):
    def __init__(self, items=()):
        dict.__init__(self)
        for item in items:
            self[item] = self.get(item, 0) + 1

    def __missing__(self, key):
        return 0


class deque(list):
    def __init__(self, items=(), maxlen=None):
        list.__init__(self, items)
        self.maxlen = maxlen

    def appendleft(self, item):
        self.insert(0, item)

    def popleft(self):
        return self.pop(0)


def namedtuple(name, fields, *, defaults=(), **_):
    names = fields.replace(",", " ").split() if isinstance(fields, str) else list(fields)
    first = len(names) - len(defaults or ())

    def new(cls, *args, **kwargs):
        given = dict(zip(names, args))
        given.update(kwargs)
        for place, key in enumerate(names):
            if key not in given:
                if place < first:
                    raise TypeError(f"{name}.__new__() missing 1 required argument: '{key}'")
                given[key] = defaults[place - first]
        return tuple.__new__(cls, [given[key] for key in names])

    def replace(self, **changes):
        return type(self)(*[changes.get(n, v) for n, v in zip(names, self)])

    body = {"__new__": staticmethod(new), "_fields": tuple(names), "_replace": replace}
    body["_asdict"] = lambda self: dict(zip(names, self))
    body["__repr__"] = lambda self: f"{name}({', '.join([f'{n}={v!r}' for n, v in zip(names, self)])})"
    for place, key in enumerate(names):
        body[key] = property(lambda self, place=place: tuple.__getitem__(self, place))
    return type(name, (tuple,), body)
