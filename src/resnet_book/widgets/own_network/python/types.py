"""Kinds of things, and a namespace."""


class SimpleNamespace:
    def __init__(self, **values):
        self.__dict__.update(values)

    def __repr__(self):
        return f"namespace({', '.join([f'{key}={value!r}' for key, value in self.__dict__.items()])})"


def _function():
    pass


FunctionType = LambdaType = type(_function)
ModuleType = SimpleNamespace


class _Holder:
    def method(self):
        pass


MethodType = type(_Holder().method)
