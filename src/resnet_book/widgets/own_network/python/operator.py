"""Of operator what networks use."""


def add(a, b):
    return a + b


def sub(a, b):
    return a - b


def mul(a, b):
    return a * b


def truediv(a, b):
    return a / b


def floordiv(a, b):
    return a // b


def mod(a, b):
    return a % b


def neg(a):
    return -a


def index(a):
    return int(a)


def eq(a, b):
    return a == b


def lt(a, b):
    return a < b


def gt(a, b):
    return a > b


def getitem(a, b):
    return a[b]


def itemgetter(*keys):
    return lambda thing: thing[keys[0]] if len(keys) == 1 else tuple([thing[key] for key in keys])


def attrgetter(*names):
    def get(thing, name):
        for part in name.split("."):
            thing = getattr(thing, part)
        return thing

    return lambda thing: get(thing, names[0]) if len(names) == 1 else tuple([get(thing, name) for name in names])


def methodcaller(name, *args, **kwargs):
    return lambda thing: getattr(thing, name)(*args, **kwargs)
