"""Of itertools what networks use; nothing is taken before it is asked for."""

_END = object()


def count(start=0, step=1):
    while True:
        yield start
        start += step


def cycle(items):
    kept = []
    for item in items:
        kept.append(item)
        yield item
    while kept:
        yield from kept


def repeat(item, times=None):
    while times is None or times > 0:
        yield item
        times = times if times is None else times - 1


def chain(*parts):
    return _joined(parts)


def _joined(parts):
    for part in parts:
        yield from part


chain.from_iterable = _joined


def accumulate(items, function=None, *, initial=None):
    total = initial
    if initial is not None:
        yield total
    for item in items:
        total = item if total is None else function(total, item) if function else total + item
        yield total


def islice(items, *limits):
    start, stop, step = (0, *limits, 1) if len(limits) == 1 else (*limits, 1)[:3]
    start, step = start or 0, step or 1
    for place, item in zip(count() if stop is None else range(stop), items):
        if place >= start and (place - start) % step == 0:
            yield item


def product(*parts, repeat=1):
    pools = [tuple(part) for part in parts] * repeat

    def rows(place):
        for item in pools[place]:
            for rest in rows(place + 1) if place + 1 < len(pools) else [()]:
                yield (item, *rest)

    return rows(0) if pools else iter([()])


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
    rest = iter(items)
    last = next(rest, _END)
    for item in rest:
        yield last, item
        last = item


def batched(items, n, *, strict=False):
    rest = iter(items)
    batch = tuple(islice(rest, n))
    while batch:
        if strict and len(batch) < n:
            raise ValueError("batched(): incomplete batch")
        yield batch
        batch = tuple(islice(rest, n))


def starmap(function, items):
    return (function(*item) for item in items)


def zip_longest(*parts, fillvalue=None):
    rests = [iter(part) for part in parts]
    while True:
        row = [next(rest, _END) for rest in rests]
        if all(item is _END for item in row):
            return
        yield tuple([fillvalue if item is _END else item for item in row])


def groupby(items, key=None):
    group, last = [], None
    for item in items:
        value = key(item) if key else item
        if group and value != last:
            yield last, iter(group)
            group = []
        group.append(item)
        last = value
    if group:
        yield last, iter(group)


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
    rest, kept = iter(items), []

    def copy():
        for place in count():
            item = next(rest, _END) if place == len(kept) else kept[place]
            if item is _END:
                return
            if place == len(kept):
                kept.append(item)
            yield item

    return tuple([copy() for _ in range(n)])
