"""Activations and dropout, as layers."""

from ... import repairs
from ...errors import ShapeError
from ..functions import FUNCTIONAL
from ..functions.elementwise import probability
from ..recording import single, where
from ..tensor import Parameter, Tensor
from .module import Layer

__all__ = []

_SIGNATURES = {  # the arguments of each, in their order
    "ReLU": "inplace", "ReLU6": "inplace", "SELU": "inplace", "SiLU": "inplace", "Mish": "inplace",
    "Hardswish": "inplace", "Hardsigmoid": "inplace", "LeakyReLU": "negative_slope inplace", "ELU": "alpha inplace",
    "CELU": "alpha inplace", "Hardtanh": "min_val max_val inplace", "Threshold": "threshold value inplace",
    "RReLU": "lower upper inplace", "GELU": "approximate", "Sigmoid": "", "Tanh": "", "LogSigmoid": "", "Softsign": "",
    "Tanhshrink": "", "Softplus": "beta threshold", "Softshrink": "lambd", "Hardshrink": "lambd", "GLU": "dim",
    "Dropout": "p inplace", "Dropout1d": "p inplace", "Dropout2d": "p inplace", "Dropout3d": "p inplace",
    "AlphaDropout": "p inplace", "FeatureAlphaDropout": "p inplace", "Softmax": "dim", "LogSoftmax": "dim",
    "Softmin": "dim", "Softmax2d": "",
}  # fmt: skip
_FUNCTIONS = {
    "LeakyReLU": "leaky_relu", "FeatureAlphaDropout": "feature_alpha_dropout", "AlphaDropout": "alpha_dropout",
    "LogSoftmax": "log_softmax", "Softmax2d": "softmax",
}  # fmt: skip


def _activation(name):
    takes = _SIGNATURES[name].split()
    function = _FUNCTIONS.get(name, name.lower())

    def __init__(self, *args, **kwargs):
        Layer.__init__(self)
        if len(args) > len(takes):
            raise TypeError(
                f"{name}.__init__() takes {len(takes) + 1} positional arguments but {len(args) + 1} were given"
            )
        given = dict(zip(takes, args))
        given.update(kwargs)
        for key in given:
            if key not in takes and key not in ("min_value", "max_value"):
                raise TypeError(f"{name}.__init__() got an unexpected keyword argument '{key}'")
        if "p" in takes:
            probability(name, given.get("p", 0.5))
        put = object.__setattr__
        for key in takes:
            put(self, key, given.get(key, False if key == "inplace" else 0.5 if key == "p" else None))
        put(self, "_shown", ", ".join([f"{key}={value}" for key, value in given.items()]))

    def forward(self, input):
        if name == "GLU":
            return FUNCTIONAL["glu"](input, -1 if self.dim is None else self.dim)
        if name == "Softmax2d":
            if len(input.shape) not in (3, 4):
                words = repairs.dims(single(input.shape), repairs.MAP, where("softmax"))
                raise ShapeError(where("softmax"), *words)
            return FUNCTIONAL["softmax"](input, -3)
        if "dim" in takes:
            return FUNCTIONAL[function](input, self.dim)
        return FUNCTIONAL[function](input, inplace=getattr(self, "inplace", False))

    return type(name, (Layer,), {"__init__": __init__, "forward": forward, "extra_repr": lambda self: self._shown})


for _name in _SIGNATURES:
    globals()[_name] = _activation(_name)


class PReLU(Layer):
    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(Tensor((num_parameters,)))

    def forward(self, input):
        return FUNCTIONAL["prelu"](input, self.weight)

    def extra_repr(self):
        return f"num_parameters={self.num_parameters}"


class Identity(Layer):
    def __init__(self, *_, **__):
        super().__init__()

    def forward(self, input):
        return input
