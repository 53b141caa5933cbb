"""The usual parts of timm, d2l and Lightning."""

import sys

from ..functions import of_rank
from ..layers import LAYERS, Module
from ..tensor import Tensor
from .names import Namespace, decorator, kept, nothing
from .torchvision import _make_divisible

__all__ = ["modules"]

Conv2d, BatchNorm2d, ReLU, Linear = [LAYERS[name] for name in ("Conv2d", "BatchNorm2d", "ReLU", "Linear")]


# ---------------------------------------------------------------- timm


class DropPath(Module):
    def __init__(self, drop_prob=0.0, scale_by_keep=True):
        super().__init__()
        self.drop_prob, self.scale_by_keep = drop_prob, scale_by_keep

    def forward(self, x):
        return x


class Mlp(Module):
    def __init__(
        self, in_features, hidden_features=None, out_features=None, act_layer=LAYERS["GELU"], norm_layer=None,
        bias=True,
        drop=0.0, use_conv=False,
    ):  # fmt: skip
        super().__init__()
        hidden, out = hidden_features or in_features, out_features or in_features
        self.fc1 = Conv2d(in_features, hidden, 1, bias=bias) if use_conv else Linear(in_features, hidden, bias)
        self.act, self.drop1 = act_layer(), LAYERS["Dropout"](drop)
        self.norm = norm_layer(hidden) if norm_layer is not None else LAYERS["Identity"]()
        self.fc2 = Conv2d(hidden, out, 1, bias=bias) if use_conv else Linear(hidden, out, bias)
        self.drop2 = LAYERS["Dropout"](drop)

    def forward(self, x):
        return self.drop2(self.fc2(self.norm(self.drop1(self.act(self.fc1(x))))))


class LayerNorm2d(LAYERS["LayerNorm"]):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def _timm():
    tuples = {f"to_{n}tuple": of_rank(n) for n in (1, 2, 3, 4)}
    layers = {
        "DropPath": DropPath, "Mlp": Mlp, "LayerNorm2d": LayerNorm2d, "trunc_normal_": kept, "lecun_normal_": kept,
        "make_divisible": _make_divisible, "to_ntuple": of_rank,
        "drop_path": lambda x, *_, **__: x, **tuples,
    }  # fmt: skip
    register = {"register_model": decorator}
    data = {"IMAGENET_DEFAULT_MEAN": (0.485, 0.456, 0.406), "IMAGENET_DEFAULT_STD": (0.229, 0.224, 0.225)}
    return {
        "timm.layers": layers, "timm.models.layers": layers, "timm.models.registry": register, "timm.models": register,
        "timm.data": data, "timm.models.helpers": {}, "timm": {}, "timm.models.layers.helpers": layers,
        "timm.models.layers.drop": layers, "timm.models.layers.weight_init": layers, "timm.layers.helpers": layers,
    }  # fmt: skip


# ---------------------------------------------------------------- d2l


class HyperParameters:
    def save_hyperparameters(self, ignore=()):
        """The arguments of the function that calls it, as attributes."""
        given = dict(sys._getframe(1).f_locals)
        for name, value in given.items():
            if name not in {*ignore, "self"} and not name.startswith("_"):
                setattr(self, name, value)


class D2lModule(Module, HyperParameters):
    def __init__(self, plot_train_per_epoch=2, plot_valid_per_epoch=1):
        super().__init__()

    def forward(self, X):
        return self.net(X)

    def apply_init(self, inputs, init=None):
        self.forward(*inputs)
        if init is not None:
            self.net.apply(init)

    def layer_summary(self, X_shape):
        X = Tensor(X_shape)
        for layer in self.net:
            X = layer(X)
            print(layer.__class__.__name__, "output shape:\t", X.shape)


class Classifier(D2lModule):
    pass


class Residual(Module):
    """The residual block of the 2023 edition: lazy, so that it is given its output channels alone."""

    def __init__(self, num_channels, use_1x1conv=False, strides=1):
        super().__init__()
        self.conv1 = LAYERS["LazyConv2d"](num_channels, kernel_size=3, padding=1, stride=strides)
        self.conv2 = LAYERS["LazyConv2d"](num_channels, kernel_size=3, padding=1)
        self.conv3 = LAYERS["LazyConv2d"](num_channels, kernel_size=1, stride=strides) if use_1x1conv else None
        self.bn1, self.bn2 = LAYERS["LazyBatchNorm2d"](), LAYERS["LazyBatchNorm2d"]()

    def forward(self, X):
        Y = self.bn1(self.conv1(X)).relu()
        Y = self.bn2(self.conv2(Y))
        Y += self.conv3(X) if self.conv3 is not None else X
        return Y.relu()


def add_to_class(Class):
    return lambda method: setattr(Class, method.__name__, method)


def _d2l(torch):
    table = {
        "HyperParameters": HyperParameters, "Module": D2lModule, "Classifier": Classifier, "Residual": Residual,
        "add_to_class": add_to_class, "init_cnn": nothing, "init_seq2seq": nothing, "torch": torch, "nn": torch.nn,
        "try_gpu": lambda *_: torch.device("cpu"), "try_all_gpus": lambda: [torch.device("cpu")],
        "size": lambda x, *_, **__: x.numel(), "reshape": lambda x, *a: x.reshape(*a),
    }  # fmt: skip
    return {"d2l.torch": table, "d2l": {}}


# ---------------------------------------------------------------- Lightning


class LightningModule(Module, HyperParameters):
    def save_hyperparameters(self, *_, **__):
        pass

    log = log_dict = save_hyperparameters
    device = None


def modules(torch):
    """timm, d2l and Lightning, by name."""
    tables = {**_timm(), **_d2l(torch)}
    for name in ("pytorch_lightning", "lightning", "lightning.pytorch"):
        tables[name] = {"LightningModule": LightningModule}
    found = {name: Namespace(name, table, True) for name, table in tables.items()}
    for name in sorted(found):
        module = found[name]
        above, _, last = name.rpartition(".")
        if above in found:
            found[above].__dict__[last] = module
    return found
