"""Of functools what networks use."""


class partial:
    def __init__(self, func, *args, **keywords):
        self.func, self.args, self.keywords = func, args, keywords

    def __call__(self, *args, **keywords):
        return self.func(*self.args, *args, **{**self.keywords, **keywords})


class partialmethod(partial):
    def __get__(self, thing, kind=None):
        return self if thing is None else partial(self.func, thing, *self.args, **self.keywords)


def reduce(function, items, *start):
    rest = iter(items)
    value = start[0] if start else next(rest)
    for item in rest:
        value = function(value, item)
    return value


def update_wrapper(function, wrapped, *_, **__):
    for name in ("__name__", "__qualname__", "__doc__"):
        if hasattr(wrapped, name):
            setattr(function, name, getattr(wrapped, name))
    function.__wrapped__ = wrapped
    return function


def wraps(wrapped, *_, **__):
    return lambda function: update_wrapper(function, wrapped)


def lru_cache(function=None, *_, **__):
    if not callable(function):
        return lru_cache
    kept = {}

    def cached(*args, **kwargs):
        key = args, tuple(sorted(kwargs.items()))
        if key not in kept:
            kept[key] = function(*args, **kwargs)
        return kept[key]

    cached.cache_clear = kept.clear
    return update_wrapper(cached, function)


cache = lru_cache


def total_ordering(cls):
    return cls


def singledispatch(function):
    known = {object: function}

    def dispatch(kind):
        return next(known[k] for k in kind.__mro__ if k in known)

    def register(kind, method=None):
        if method is None and not isinstance(kind, type):  # the kind stands in its annotations
            kind, method = next(iter(kind.__annotations__.values())), kind
        if method is None:
            return lambda given: register(kind, given)
        known[kind] = method
        return method

    def dispatched(first, *args, **kwargs):
        return dispatch(type(first))(first, *args, **kwargs)

    dispatched.register, dispatched.dispatch = register, dispatch
    return update_wrapper(dispatched, function)


class cached_property:
    def __init__(self, function):
        self.function = function

    def __get__(self, thing, kind=None):
        if thing is None:
            return self
        value = thing.__dict__[self.function.__name__] = self.function(thing)
        return value
