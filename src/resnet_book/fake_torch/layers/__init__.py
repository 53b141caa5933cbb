"""`torch.nn`: modules, containers and layers, a file a kind; `LAYERS` has them all by name."""

from ..tensor import Buffer, Parameter
from . import activations, attention, containers, convolutions, losses, norms, poolings, recurrent
from .initializing import INIT, UTILS
from .module import Layer, Module, shapes

__all__ = ["INIT", "LAYERS", "UTILS", "Layer", "Module", "shapes"]

LAYERS = {"Module": Module, "Parameter": Parameter, "Buffer": Buffer}
for _file in (activations, attention, containers, convolutions, losses, norms, poolings, recurrent):
    for _name, _value in list(vars(_file).items()):
        if isinstance(_value, type) and issubclass(_value, Module) and not _name.startswith("_") and _name != "Layer":
            LAYERS[_name] = _value
