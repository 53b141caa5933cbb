"""Numbers that are always the same: a shape must not hang on chance."""


def seed(*_):
    pass


def random():
    return 0.5


def uniform(a, b):
    return (a + b) / 2


def randint(a, b):
    return a


def randrange(a, b=None, *_):
    return 0 if b is None else a


def choice(items):
    return items[0]


def sample(items, k):
    return list(items)[:k]


def shuffle(items):
    pass


gauss = normalvariate = uniform
