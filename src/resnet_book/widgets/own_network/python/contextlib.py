"""Contexts that do nothing."""


class nullcontext:
    def __init__(self, result=None):
        self.result = result

    def __enter__(self):
        return self.result

    def __exit__(self, *_):
        return False


ExitStack = nullcontext


def suppress(*kinds):
    class Suppress(nullcontext):
        def __exit__(self, kind, value, trace):
            return kind is not None and issubclass(kind, kinds)

    return Suppress()


def contextmanager(function):
    return lambda *args, **kwargs: nullcontext(next(function(*args, **kwargs)))
