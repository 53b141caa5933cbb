"""torchvision: the networks and blocks that others are built on, with their names, shapes and parameters."""

from ..functions import METHODS, pair
from ..layers import LAYERS, Layer, Module
from ..recording import Refusal, where
from ..sizes import float32
from ..tensor import Tensor
from .names import Absent, Namespace, decorator, kept

__all__ = ["from_hub", "modules"]

Conv2d, BatchNorm2d, ReLU, Linear = [LAYERS[name] for name in ("Conv2d", "BatchNorm2d", "ReLU", "Linear")]
Sequential, MaxPool2d, AdaptiveAvgPool2d = [LAYERS[name] for name in ("Sequential", "MaxPool2d", "AdaptiveAvgPool2d")]
Dropout = LAYERS["Dropout"]


def _make_divisible(v, divisor=8, min_value=None):
    new = max(divisor if min_value is None else min_value, int(v + divisor / 2) // divisor * divisor)
    return new + divisor if new < 0.9 * v else new


# ---------------------------------------------------------------- residual networks


def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
    return Conv2d(in_planes, out_planes, 3, stride, dilation, dilation, groups, False)


def conv1x1(in_planes, out_planes, stride=1):
    return Conv2d(in_planes, out_planes, 1, stride, bias=False)


class BasicBlock(Module):
    expansion = 1

    def __init__(
        self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64, dilation=1, norm_layer=None
    ):
        super().__init__()
        norm = norm_layer or BatchNorm2d
        if groups != 1 or base_width != 64:
            raise ValueError("BasicBlock only supports groups=1 and base_width=64")
        self.conv1, self.bn1 = conv3x3(inplanes, planes, stride), norm(planes)
        self.relu = ReLU(inplace=True)
        self.conv2, self.bn2 = conv3x3(planes, planes), norm(planes)
        self.downsample, self.stride = downsample, stride

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class Bottleneck(Module):
    expansion = 4

    def __init__(
        self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64, dilation=1, norm_layer=None
    ):
        super().__init__()
        norm, width = norm_layer or BatchNorm2d, int(planes * (base_width / 64.0)) * groups
        self.conv1, self.bn1 = conv1x1(inplanes, width), norm(width)
        self.conv2, self.bn2 = conv3x3(width, width, stride, groups, dilation), norm(width)
        self.conv3, self.bn3 = conv1x1(width, planes * self.expansion), norm(planes * self.expansion)
        self.relu, self.downsample, self.stride = ReLU(inplace=True), downsample, stride

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class ResNet(Module):
    def __init__(
        self, block, layers, num_classes=1000, zero_init_residual=False, groups=1, width_per_group=64,
        replace_stride_with_dilation=None, norm_layer=None,
    ):  # fmt: skip
        super().__init__()
        self._norm_layer = norm_layer or BatchNorm2d
        self.inplanes, self.groups, self.base_width, self.dilation = 64, groups, width_per_group, 1
        dilate = replace_stride_with_dilation or [False, False, False]
        self.conv1, self.bn1 = Conv2d(3, 64, 7, 2, 3, bias=False), self._norm_layer(64)
        self.relu, self.maxpool = ReLU(inplace=True), MaxPool2d(3, 2, 1)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], 2, dilate[0])
        self.layer3 = self._make_layer(block, 256, layers[2], 2, dilate[1])
        self.layer4 = self._make_layer(block, 512, layers[3], 2, dilate[2])
        self.avgpool, self.fc = AdaptiveAvgPool2d((1, 1)), Linear(512 * block.expansion, num_classes)

    def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
        previous, wide, down = self.dilation, planes * block.expansion, None
        if dilate:
            self.dilation, stride = self.dilation * stride, 1
        if stride != 1 or self.inplanes != wide:
            down = Sequential(conv1x1(self.inplanes, wide, stride), self._norm_layer(wide))
        shared = {"groups": self.groups, "base_width": self.base_width, "norm_layer": self._norm_layer}
        made = [block(self.inplanes, planes, stride, down, dilation=previous, **shared)]
        self.inplanes = wide
        made += [block(wide, planes, dilation=self.dilation, **shared) for _ in range(1, blocks)]
        return Sequential(*made)

    def _forward_impl(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(METHODS["flatten"](self.avgpool(x), 1))

    def forward(self, x):
        return self._forward_impl(x)


def _without_weights(options):
    return {k: v for k, v in options.items() if k not in ("weights", "pretrained", "progress", "weights_backbone")}


def _resnet(block, layers, **fixed):
    def make(*_, **options):
        return ResNet(block, layers, **{**fixed, **_without_weights(options)})

    return make


# ---------------------------------------------------------------- older networks


class VGG(Module):
    def __init__(self, features, num_classes=1000, init_weights=True, dropout=0.5):
        super().__init__()
        self.features, self.avgpool = features, AdaptiveAvgPool2d((7, 7))
        self.classifier = Sequential(
            Linear(512 * 7 * 7, 4096), ReLU(True), Dropout(dropout), Linear(4096, 4096), ReLU(True), Dropout(dropout),
            Linear(4096, num_classes),
        )  # fmt: skip

    def forward(self, x):
        return self.classifier(METHODS["flatten"](self.avgpool(self.features(x)), 1))


def _vgg(counts, norm):
    def make(*_, **options):
        layers, given = [], 3
        for width, n in zip((64, 128, 256, 512, 512), counts):
            for _ in range(n):
                layers += [
                    Conv2d(given, width, 3, padding=1),
                    *([BatchNorm2d(width)] if norm else []),
                    ReLU(inplace=True),
                ]
                given = width
            layers.append(MaxPool2d(2, 2))
        return VGG(Sequential(*layers), **_without_weights(options))

    return make


class AlexNet(Module):
    def __init__(self, num_classes=1000, dropout=0.5):
        super().__init__()
        self.features = Sequential(
            Conv2d(3, 64, 11, 4, 2), ReLU(True), MaxPool2d(3, 2), Conv2d(64, 192, 5, padding=2), ReLU(True),
            MaxPool2d(3, 2), Conv2d(192, 384, 3, padding=1), ReLU(True), Conv2d(384, 256, 3, padding=1), ReLU(True),
            Conv2d(256, 256, 3, padding=1), ReLU(True), MaxPool2d(3, 2),
        )  # fmt: skip
        self.avgpool = AdaptiveAvgPool2d((6, 6))
        self.classifier = Sequential(
            Dropout(dropout), Linear(256 * 6 * 6, 4096), ReLU(True), Dropout(dropout), Linear(4096, 4096), ReLU(True),
            Linear(4096, num_classes),
        )  # fmt: skip

    def forward(self, x):
        return self.classifier(METHODS["flatten"](self.avgpool(self.features(x)), 1))


def _alexnet(*_, **options):
    return AlexNet(**_without_weights(options))


class InvertedResidual(Module):
    def __init__(self, inp, oup, stride, expand_ratio, norm_layer=None):
        super().__init__()
        hidden = round(inp * expand_ratio)
        self.use_res_connect, self.stride, self.out_channels = stride == 1 and inp == oup, stride, oup
        layers = [] if expand_ratio == 1 else [ConvNormActivation(inp, hidden, 1, activation_layer=LAYERS["ReLU6"])]
        depthwise = ConvNormActivation(hidden, hidden, stride=stride, groups=hidden, activation_layer=LAYERS["ReLU6"])
        self.conv = Sequential(*layers, depthwise, Conv2d(hidden, oup, 1, bias=False), BatchNorm2d(oup))

    def forward(self, x):
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(Module):
    def __init__(self, num_classes=1000, width_mult=1.0, dropout=0.2):
        super().__init__()
        given, last = _make_divisible(32 * width_mult), _make_divisible(1280 * max(1.0, width_mult))
        layers = [ConvNormActivation(3, given, stride=2, activation_layer=LAYERS["ReLU6"])]
        settings = (
            (1, 16, 1, 1),
            (6, 24, 2, 2),
            (6, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (6, 160, 3, 2),
            (6, 320, 1, 1),
        )
        for ratio, width, n, stride in settings:
            width = _make_divisible(width * width_mult)
            for i in range(n):
                layers.append(InvertedResidual(given, width, stride if i == 0 else 1, ratio))
                given = width
        layers.append(ConvNormActivation(given, last, 1, activation_layer=LAYERS["ReLU6"]))
        self.features, self.last_channel = Sequential(*layers), last
        self.classifier = Sequential(Dropout(dropout), Linear(last, num_classes))

    def forward(self, x):
        x = LAYERS["AdaptiveAvgPool2d"]((1, 1))(self.features(x))
        return self.classifier(METHODS["flatten"](x, 1))


def _mobilenet_v2(*_, **options):
    return MobileNetV2(**_without_weights(options))


# ---------------------------------------------------------------- torchvision.ops


class ConvNormActivation(Sequential):
    def __init__(
        self, in_channels, out_channels, kernel_size=3, stride=1, padding=None, groups=1, norm_layer=BatchNorm2d,
        activation_layer=ReLU, dilation=1, inplace=True, bias=None, conv_layer=Conv2d,
    ):  # fmt: skip
        if padding is None:
            padding = tuple([(k - 1) // 2 * d for k, d in zip(pair(kernel_size), pair(dilation))])
        bias = norm_layer is None if bias is None else bias
        layers = [conv_layer(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)]
        if norm_layer is not None:
            layers.append(norm_layer(out_channels))
        if activation_layer is not None:
            layers.append(activation_layer(**({} if inplace is None else {"inplace": inplace})))
        super().__init__(*layers)
        self.out_channels = out_channels


class Conv2dNormActivation(ConvNormActivation):
    pass


class SqueezeExcitation(Module):
    def __init__(self, input_channels, squeeze_channels, activation=ReLU, scale_activation=LAYERS["Sigmoid"]):
        super().__init__()
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc1, self.fc2 = Conv2d(input_channels, squeeze_channels, 1), Conv2d(squeeze_channels, input_channels, 1)
        self.activation, self.scale_activation = activation(), scale_activation()

    def _scale(self, input):
        return self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(input)))))

    def forward(self, input):
        return self._scale(input) * input


class MLP(Sequential):
    def __init__(
        self, in_channels, hidden_channels, norm_layer=None, activation_layer=ReLU, inplace=None, bias=True, dropout=0.0
    ):
        options = {} if inplace is None else {"inplace": inplace}
        layers, given = [], in_channels
        for width in hidden_channels[:-1]:
            layers += [Linear(given, width, bias=bias), *([norm_layer(width)] if norm_layer is not None else [])]
            layers += [activation_layer(**options), Dropout(dropout, **options)]
            given = width
        super().__init__(*layers, Linear(given, hidden_channels[-1], bias=bias), Dropout(dropout, **options))


class Permute(Module):
    def __init__(self, dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return METHODS["permute"](x, self.dims)


class StochasticDepth(Module):
    def __init__(self, p, mode):
        super().__init__()
        self.p, self.mode = p, mode

    def forward(self, input):
        return input


class DropBlock2d(Module):
    def __init__(self, p, block_size, inplace=False, eps=1e-6):
        super().__init__()
        self.p, self.block_size = p, block_size

    def forward(self, input):
        return input


class FrozenBatchNorm2d(Module):
    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.eps = eps
        for name in ("weight", "bias", "running_mean", "running_var"):
            self.register_buffer(name, Tensor((num_features,), float32))

    def forward(self, x):
        w, b = [t.reshape(1, -1, 1, 1) for t in (self.weight, self.bias)]
        rv, rm = [t.reshape(1, -1, 1, 1) for t in (self.running_var, self.running_mean)]
        scale = w * (rv + self.eps).rsqrt()
        return x * scale + (b - rm * scale)


class IntermediateLayerGetter(LAYERS["ModuleDict"]):
    """The answers of some children, by name."""

    def __init__(self, model, return_layers):
        wanted, kept_ = dict(return_layers), {}
        for name, module in model.named_children():
            kept_[name] = module
            wanted.pop(name, None)
            if not wanted:
                break
        super().__init__(kept_)
        self.return_layers = dict(return_layers)

    def forward(self, x):
        out = {}
        for name, module in self.items():
            x = module(x)
            if name in self.return_layers:
                out[self.return_layers[name]] = x
        return out


def stochastic_depth(input, p, mode, training=True):
    return input


# ---------------------------------------------------------------- the modules


class WeightsEnum:
    @classmethod
    def verify(cls, obj):
        return None


class Weights:
    def __init__(self, url=None, transforms=None, meta=None):
        self.url, self.transforms, self.meta = url, transforms, meta or {}


def _overwrite(params, key, value):
    params[key] = value


def _models():
    bottleneck, basic = (3, 4, 6, 3), BasicBlock
    found = {
        "resnet18": _resnet(basic, (2, 2, 2, 2)), "resnet34": _resnet(basic, bottleneck),
        "resnet50": _resnet(Bottleneck, bottleneck), "resnet101": _resnet(Bottleneck, (3, 4, 23, 3)),
        "resnet152": _resnet(Bottleneck, (3, 8, 36, 3)),
        "resnext50_32x4d": _resnet(Bottleneck, bottleneck, groups=32, width_per_group=4),
        "resnext101_32x8d": _resnet(Bottleneck, (3, 4, 23, 3), groups=32, width_per_group=8),
        "wide_resnet50_2": _resnet(Bottleneck, bottleneck, width_per_group=128),
        "wide_resnet101_2": _resnet(Bottleneck, (3, 4, 23, 3), width_per_group=128),
        "alexnet": _alexnet, "mobilenet_v2": _mobilenet_v2, "ResNet": ResNet, "VGG": VGG, "AlexNet": AlexNet,
        "MobileNetV2": MobileNetV2,
    }  # fmt: skip
    for name, counts in (
        ("vgg11", (1, 1, 2, 2, 2)),
        ("vgg13", (2,) * 5),
        ("vgg16", (2, 2, 3, 3, 3)),
        ("vgg19", (2, 2, 4, 4, 4)),
    ):
        found[name], found[name + "_bn"] = _vgg(counts, False), _vgg(counts, True)
    return found


def center_crop(x, size):
    """The middle of a map."""
    height, width = pair(size)
    top, left = ((have - want) // 2 for have, want in zip(x.shape[-2:], (height, width)))
    if min(top, left) < 0:
        raise Refusal(
            where("center_crop"), f"{x.shape[-2]}x{x.shape[-1]}, less than {height}x{width}, which it pads",
            "crop to a smaller size",
        )  # fmt: skip
    return x[..., top : top + height, left : left + width]


def from_hub(repository, name, *args, source="github", **options):
    """What `torch.hub.load` gives: torchvision's networks, and nothing of any other repository."""
    known = _models() if str(repository).startswith("pytorch/vision") else {}
    if name not in known:
        return Absent(f"torch.hub.{name}")
    for fetching in ("trust_repo", "force_reload", "verbose", "skip_validation"):
        options.pop(fetching, None)
    return known[name](*args, **options)


def modules():
    """torchvision and its modules, by name."""
    models = _models()
    blocks = {"BasicBlock": BasicBlock, "Bottleneck": Bottleneck, "conv3x3": conv3x3, "conv1x1": conv1x1, **models}
    ops = {
        kind.__name__: kind
        for kind in (
            ConvNormActivation, Conv2dNormActivation, SqueezeExcitation, MLP, Permute, StochasticDepth, DropBlock2d,
            FrozenBatchNorm2d, Layer,
        )
        if kind is not Layer
    }  # fmt: skip
    ops["stochastic_depth"] = stochastic_depth
    utils = {
        "_make_divisible": _make_divisible, "_ovewrite_named_param": _overwrite, "_ovewrite_value_param": kept,
        "handle_legacy_interface": decorator, "IntermediateLayerGetter": IntermediateLayerGetter,
    }  # fmt: skip
    found = {}
    for name, table in (
        ("torchvision", {"__version__": "0.29.1"}), ("torchvision.models", models), ("torchvision.models.resnet",
        blocks),
        ("torchvision.models.vgg", models), ("torchvision.models.alexnet", models),
        ("torchvision.models.mobilenetv2", {**models, "InvertedResidual": InvertedResidual}),
        ("torchvision.models._utils", utils), ("torchvision.models.utils", {"load_state_dict_from_url": lambda *_,
        **__: {}}),
        ("torchvision.models._api", {"WeightsEnum": WeightsEnum, "Weights": Weights, "register_model": decorator}),
        ("torchvision.models._meta", {}), ("torchvision.ops", ops), ("torchvision.ops.misc", ops),
        ("torchvision.ops.stochastic_depth", ops), ("torchvision.transforms", {}),
        ("torchvision.transforms.functional", {"center_crop": center_crop}),
        ("torchvision.transforms._presets", {}),
        ("torchvision.utils", {"_log_api_usage_once": kept}), ("torchvision.datasets", {}),
        ("torchvision.models.segmentation", {}), ("torchvision.models.detection", {}),
    ):  # fmt: skip
        found[name] = Namespace(name, table, True)
        above, _, last = name.rpartition(".")
        if above:
            found[above].__dict__.setdefault(last, found[name])
    found["torchvision.models.feature_extraction"] = Absent("torchvision.models.feature_extraction")
    return found
