"""Of itertools what networks use."""


def count(start=0, step=1):
    while True:
        yield start
        start += step


def cycle(items):
    kept = list(items)
    while kept:
        yield from kept


def repeat(item, times=None):
    while times is None or times > 0:
        yield item
        times = times if times is None else times - 1


class chain:
    def __init__(self, *parts):
        self.items = (item for part in parts for item in part)

    def __iter__(self):
        return self.items

    def __next__(self):
        return next(self.items)

    @classmethod
    def from_iterable(cls, parts):
        return cls(*parts)


def accumulate(items, function=None, *, initial=None):
    total = initial
    if initial is not None:
        yield total
    for item in items:
        total = item if total is None else function(total, item) if function else total + item
        yield total


def islice(items, *limits):
    limits = slice(*limits)
    start, stop, step = limits.start or 0, limits.stop, limits.step or 1
    for place, item in enumerate(items):
        if stop is not None and place >= stop:
            return
        if place >= start and (place - start) % step == 0:
            yield item


def product(*parts, repeat=1):
    found = [()]
    for part in [list(p) for p in parts] * repeat:
        found = [(*left, right) for left in found for right in part]
    return iter(found)


def combinations(items, r):
    items = list(items)
    if r == 0:
        yield ()
    for place in range(len(items)):
        if r:
            for rest in combinations(items[place + 1 :], r - 1):
                yield (items[place], *rest)


def permutations(items, r=None):
    items = list(items)
    r = len(items) if r is None else r
    if r == 0:
        yield ()
        return
    for place in range(len(items)):
        for rest in permutations(items[:place] + items[place + 1 :], r - 1):
            yield (items[place], *rest)


def pairwise(items):
    items = list(items)
    return zip(items, items[1:])


def starmap(function, items):
    return (function(*item) for item in items)


def zip_longest(*parts, fillvalue=None):
    parts = [list(part) for part in parts]
    for place in range(max([len(part) for part in parts], default=0)):
        yield tuple([part[place] if place < len(part) else fillvalue for part in parts])


def groupby(items, key=None):
    groups = []
    for item in items:
        value = key(item) if key else item
        if groups and groups[-1][0] == value:
            groups[-1][1].append(item)
        else:
            groups.append((value, [item]))
    return iter(groups)


def takewhile(test, items):
    for item in items:
        if not test(item):
            return
        yield item


def dropwhile(test, items):
    dropping = True
    for item in items:
        dropping = dropping and test(item)
        if not dropping:
            yield item


def tee(items, n=2):
    kept = list(items)
    return tuple([iter(kept) for _ in range(n)])
