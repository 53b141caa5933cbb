"""Abstract classes that can be made all the same."""


class ABC:
    pass


ABCMeta = type


def abstractmethod(function):
    return function


abstractproperty = property
