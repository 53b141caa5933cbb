"""Modules that hold others: Sequential, ModuleList, ModuleDict; lists and dicts of parameters."""

from ..tensor import Parameter, Tensor
from .module import Module, not_a_module

__all__ = ["DataParallel", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


class _Listed(Module):
    """What Sequential and ModuleList share: modules under "0", "1", ..."""

    def append(self, module):
        self.add_module(str(len(self._modules)), module)
        return self

    def extend(self, modules):
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index, module):
        self._renumber(lambda held: held.insert(index, module))

    def pop(self, key):
        found = self[key]
        del self[key]
        return found

    def _renumber(self, change):
        held = list(self._modules.values())
        change(held)
        self._modules.clear()
        for i, module in enumerate(held):
            self.add_module(str(i), module)

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(list(self._modules.values()))

    def __setitem__(self, index, module):
        self.add_module(list(self._modules)[index], module)

    def __delitem__(self, index):
        def change(held):
            del held[index]

        self._renumber(change)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return self._slice(list(self._modules.items())[index])
        held = list(self._modules.values())
        if not -len(held) <= index.__index__() < len(held):
            raise IndexError(f"index {index} is out of range")
        return held[index]

    __iadd__ = extend


class Sequential(_Listed):
    """Modules that run one after the other."""

    _container = True

    def __init__(self, *args):
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], dict) else enumerate(args)
        for name, module in named:
            if not isinstance(module, Module):
                raise not_a_module(module, "Sequential", f"number {name} of Sequential")
            self.add_module(str(name), module)

    def _slice(self, items):
        out = Sequential()
        for name, module in items:
            out.add_module(name, module)
        return out

    def __add__(self, other):
        return Sequential(*self, *other)

    def forward(self, input):
        for module in list(self._modules.values()):
            input = module(input)
        return input


class ModuleList(_Listed):
    """Modules in a list; forward calls them."""

    def __init__(self, modules=None):
        super().__init__()
        self.extend(modules or ())

    def _slice(self, items):
        return ModuleList([module for _, module in items])

    def __add__(self, other):
        return ModuleList([*self, *other])

    def forward(self, *_):
        raise NotImplementedError(
            'Module [ModuleList] is missing the required "forward" function: call what it holds, one after the other'
        )


class ModuleDict(Module):
    """Modules by name."""

    def __init__(self, modules=None):
        super().__init__()
        self.update(modules or {})

    def update(self, modules):
        for name, module in modules.items() if hasattr(modules, "items") else modules:
            self.add_module(name, module)

    def __getitem__(self, key):
        return self._modules[key]

    def __setitem__(self, key, module):
        self.add_module(key, module)

    def __delitem__(self, key):
        del self._modules[key]

    def __contains__(self, key):
        return key in self._modules

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(list(self._modules))

    def keys(self):
        return self._modules.keys()

    def values(self):
        return self._modules.values()

    def items(self):
        return self._modules.items()

    def pop(self, key):
        return self._modules.pop(key)


class ParameterList(Module):
    """Parameters in a list."""

    def __init__(self, values=None):
        super().__init__()
        for value in values or ():
            self.append(value)

    def append(self, value):
        value = Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value
        name = str(len(self))
        if isinstance(value, Module):
            self.add_module(name, value)
        else:
            self._parameters[name] = value
        return self

    def extend(self, values):
        for value in values:
            self.append(value)
        return self

    __iadd__ = extend

    def _all(self):
        held = {**self._parameters, **self._modules}
        return [held[str(i)] for i in range(len(held))]

    def __getitem__(self, index):
        return self._all()[index]

    def __len__(self):
        return len(self._parameters) + len(self._modules)

    def __iter__(self):
        return iter(self._all())


class ParameterDict(Module):
    """Parameters by name."""

    def __init__(self, values=None):
        super().__init__()
        for key, value in values.items() if hasattr(values, "items") else values or ():
            self[key] = value

    def __setitem__(self, key, value):
        value = Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value
        self._parameters[str(key)] = value

    def __getitem__(self, key):
        return self._parameters[str(key)]

    def __contains__(self, key):
        return key in self._parameters

    def __len__(self):
        return len(self._parameters)

    def __iter__(self):
        return iter(list(self._parameters))

    def keys(self):
        return self._parameters.keys()

    def values(self):
        return self._parameters.values()

    def items(self):
        return self._parameters.items()


class DataParallel(Module):
    """A network on several devices; here on none."""

    def __init__(self, module, *_, **__):
        super().__init__()
        self.module = module

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs)
