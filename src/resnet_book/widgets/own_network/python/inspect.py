"""Questions about functions and classes."""


class _empty:
    pass


class Parameter:
    POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD, VAR_POSITIONAL, KEYWORD_ONLY, VAR_KEYWORD = range(5)
    empty = _empty

    def __init__(self, name, kind, default=_empty, annotation=_empty):
        self.name, self.kind, self.default, self.annotation = name, kind, default, annotation


class Signature:
    empty = _empty

    def __init__(self, parameters, return_annotation=_empty):
        self.parameters, self.return_annotation = {one.name: one for one in parameters}, return_annotation


def signature(thing):
    """The parameters of a function, of a method without its self, of a class as it is called, of what can be called."""
    if hasattr(thing, "__wrapped__"):
        return signature(thing.__wrapped__)
    bound = not hasattr(thing, "__code__") or ismethod(thing)
    function = thing
    if isinstance(thing, type):
        function = thing.__init__
    elif not hasattr(thing, "__code__") and not ismethod(thing):
        function = type(thing).__call__
    function = getattr(function, "__func__", function)
    if not hasattr(function, "__code__"):
        raise ValueError(f"no signature found for {thing!r}")
    found = _parameters(function)
    return Signature(found[1:] if bound else found, function.__annotations__.get("return", _empty))


def _parameters(function):
    code, known = function.__code__, function.__annotations__
    count, named = code.co_argcount, code.co_kwonlyargcount
    names, rest = list(code.co_varnames[: count + named]), list(code.co_varnames[count + named :])
    given = function.__defaults__ or ()
    defaults = {**dict(zip(names[count - len(given) : count], given)), **(function.__kwdefaults__ or {})}
    kinds = [(name, 1) for name in names[:count]]
    kinds += [(rest.pop(0), 2)] if code.co_flags & 4 else []
    kinds += [(name, 3) for name in names[count:]]
    kinds += [(rest.pop(0), 4)] if code.co_flags & 8 else []
    return [Parameter(name, kind, defaults.get(name, _empty), known.get(name, _empty)) for name, kind in kinds]


def isfunction(thing):
    return hasattr(thing, "__code__") and not ismethod(thing)


def ismethod(thing):
    return hasattr(thing, "__func__") and hasattr(thing, "__self__")


def isclass(thing):
    return isinstance(thing, type)
