"""Of functools what networks use."""


class partial:
    def __init__(self, func, *args, **keywords):
        self.func, self.args, self.keywords = func, args, keywords

    def __call__(self, *args, **keywords):
        return self.func(*self.args, *args, **{**self.keywords, **keywords})


def reduce(function, items, *start):
    rest = iter(items)
    value = start[0] if start else next(rest)
    for item in rest:
        value = function(value, item)
    return value


def wraps(wrapped, *_, **__):
    return lambda function: function


def update_wrapper(function, *_, **__):
    return function


def lru_cache(function=None, *_, **__):
    return function if callable(function) else lambda inner: inner


cache = total_ordering = singledispatch = lru_cache
partialmethod = partial


class cached_property:
    def __init__(self, function):
        self.function = function

    def __get__(self, thing, kind=None):
        return self if thing is None else self.function(thing)
