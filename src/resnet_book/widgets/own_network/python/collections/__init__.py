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
    def __init__(self, items=(), **counts):
        dict.__init__(self)
        self.update(items, **counts)

    def __missing__(self, key):
        return 0

    def update(self, items=(), **counts):
        pairs = list(items.items()) if isinstance(items, dict) else [(item, 1) for item in items]
        for item, n in [*pairs, *counts.items()]:
            self[item] = self.get(item, 0) + n

    def most_common(self, n=None):
        return sorted(self.items(), key=lambda pair: pair[1], reverse=True)[:n]


class ChainMap(dict):
    """Several dicts as one, the first one's values first; their later changes are not seen."""

    def __init__(self, *maps):
        dict.__init__(self)
        self.maps = list(maps) or [{}]
        for one in reversed(self.maps):
            self.update(one)


class deque(list):
    def __init__(self, items=(), maxlen=None):
        list.__init__(self)
        self.maxlen = maxlen
        self.extend(items)

    def append(self, item):
        list.append(self, item)
        self._fit(0)

    def appendleft(self, item):
        self.insert(0, item)
        self._fit(-1)

    def _fit(self, place):
        if self.maxlen is not None and len(self) > self.maxlen:
            self.pop(place)

    def extend(self, items):
        for item in items:
            self.append(item)

    def extendleft(self, items):
        for item in items:
            self.appendleft(item)

    def popleft(self):
        return self.pop(0)

    def __repr__(self):
        limit = "" if self.maxlen is None else f", maxlen={self.maxlen}"
        return f"deque({list(self)!r}{limit})"


def namedtuple(name, fields, *, defaults=(), **_):
    names = fields.replace(",", " ").split() if isinstance(fields, str) else list(fields)
    first = len(names) - len(defaults or ())

    def new(cls, *args, **kwargs):
        if len(args) > len(names) or [key for key in kwargs if key not in names[len(args) :]]:
            raise TypeError(f"{name} takes {', '.join(names)}")
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
    body["_make"] = classmethod(lambda cls, items: cls(*items))
    body["_asdict"] = lambda self: dict(zip(names, self))
    body["__repr__"] = lambda self: f"{name}({', '.join([f'{n}={v!r}' for n, v in zip(names, self)])})"
    for place, key in enumerate(names):
        body[key] = property(lambda self, place=place: tuple.__getitem__(self, place))
    return type(name, (tuple,), body)
