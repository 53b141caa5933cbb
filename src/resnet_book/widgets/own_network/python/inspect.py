"""Questions about functions and classes."""


def signature(function):
    raise TypeError("signatures cannot be read in a page")


def isfunction(thing):
    return callable(thing) and not isinstance(thing, type)


def isclass(thing):
    return isinstance(thing, type)
