"""copy and deepcopy of layers and of the plain containers."""


def copy(thing):
    if hasattr(thing, "__copy__"):
        return thing.__copy__()
    return type(thing)(thing) if isinstance(thing, (list, dict, set)) else thing


def deepcopy(thing, memo=None):
    if hasattr(thing, "__deepcopy__"):
        return thing.__deepcopy__({} if memo is None else memo)
    if isinstance(thing, (list, tuple, set)):
        return type(thing)([deepcopy(value, memo) for value in thing])
    if isinstance(thing, dict):
        return type(thing)([(key, deepcopy(value, memo)) for key, value in thing.items()])
    return thing
