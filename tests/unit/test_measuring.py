"""`measure` sees what a real module does, in any style it is written, and leaves the module alone."""

import copy

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from resnet_book import ShapeError, architecture, build, measure, trace, trace_layers


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"])
def test_torchvision_networks_have_the_rows_of_the_formulas(name):
    with torch.device("meta"):
        net = getattr(torchvision.models, name)()
    assert measure(net, (3, 224, 160)) == trace(architecture(name), (3, 224, 160))


class Functional(nn.Module):
    """A block in which nothing but the weights is a module."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.head = nn.Linear(8 * 4 * 4, 5)

    def forward(self, x):
        y = F.relu(self.a(x))
        z = self.b(y)
        z += y
        z = F.max_pool2d(torch.relu(z), 2)
        z = F.avg_pool2d(z, kernel_size=2, stride=2)
        z = F.adaptive_avg_pool2d(z, (4, 4))
        return self.head(z.view(z.size(0), -1))


def test_functions_count_as_modules_do():
    m = measure(Functional(), (3, 32, 32))
    assert [(row.name, row.op) for row in m.rows] == [
        ("a", "conv2d"),
        ("relu", "relu"),
        ("b", "conv2d"),
        ("add", "add"),
        ("relu", "relu"),
        ("max_pool2d", "max_pool2d"),
        ("avg_pool2d", "avg_pool2d"),
        ("adaptive_avg_pool2d", "adaptive_avg_pool2d"),
        ("flatten", "flatten"),
        ("head", "linear"),
    ]
    assert m.params == sum(p.numel() for p in Functional().parameters())
    assert m.macs == 8 * 3 * 9 * 32**2 + 8 * 8 * 9 * 32**2 + 8 * 16 * 5
    assert m["max_pool2d"].receptive_field == (6, 6)
    assert m["avg_pool2d"].stride == (4, 4)
    assert m.output_shape == (5,)


@pytest.mark.parametrize(
    "flattened",
    [
        lambda x: torch.flatten(x, 1),
        lambda x: x.flatten(1),
        lambda x: x.view(1, -1),
        lambda x: x.reshape(x.shape[0], -1),
        lambda x: torch.reshape(x, (1, -1)),
        lambda x: torch.flatten(input=x, start_dim=1),
        nn.Flatten(),
    ],
)
def test_every_way_to_flatten_is_one(flattened):
    m = measure(Wrapped(flattened), (2, 3, 4))
    assert [(row.op, row.output_shape, row.receptive_field) for row in m.rows] == [("flatten", (24,), (3, 4))]


class Wrapped(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


@pytest.mark.parametrize(
    "added",
    [lambda x: x + x, lambda x: torch.add(x, x), lambda x: x.add(x), lambda x: x.add_(x), lambda x: x.__iadd__(x)],
)
def test_every_way_to_add_is_one(added):
    assert [row.op for row in measure(Wrapped(added), (2, 3, 4)).rows] == ["add"]


def test_keyword_arguments_count_too():
    weight = nn.Parameter(torch.ones(4, 3, 3, 3))

    class Keywords(Wrapped):
        def forward(self, x):
            return F.max_pool2d(input=F.relu(input=F.conv2d(input=x, weight=self.weight)), kernel_size=2)

    net = Keywords(None)
    net.weight = weight
    m = measure(net, (3, 10, 10))
    assert [row.op for row in m.rows] == ["conv2d", "relu", "max_pool2d"]
    assert (m.output_shape, m.params, m.rows[-1].receptive_field) == ((4, 4, 4), 108, (4, 4))


def test_concatenation_adds_channels():
    m = measure(Wrapped(lambda x: torch.cat([x, x, x], dim=1)), (2, 5, 5))
    assert (m.rows[0].op, m.output_shape, m.macs) == ("concat", (6, 5, 5), 0)


def test_the_silent_broadcast_runs_and_is_seen():
    m = measure(Stretched(), (1, 8, 8))
    assert m["add"].output_shape == (6, 8, 8)


class Stretched(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3, padding=1)

    def forward(self, x):
        return x + self.conv(x)


def test_shared_weights_are_counted_once_and_multiplied_twice():
    conv = nn.Conv2d(4, 4, 3, padding=1, bias=False)
    m = measure(nn.Sequential(conv, nn.ReLU(), conv), (4, 8, 8))
    assert [row.params for row in m.rows] == [144, 0, 0]
    assert [row.macs for row in m.rows] == [144 * 64, 0, 144 * 64]


def test_a_network_of_the_readers_own():
    net = nn.Sequential(
        nn.Conv2d(3, 6, 5, stride=2, groups=3),
        nn.GELU(),
        nn.Dropout(0.5),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.LazyLinear(4),
    )
    net(torch.zeros(1, 3, 20, 20))
    m = measure(net, (3, 20, 20))
    assert [row.op for row in m.rows] == ["conv2d", "gelu", "dropout", "max_pool2d", "flatten", "linear"]
    assert m.output_shape == (4,)


def test_the_module_is_left_as_it_was():
    net = build(architecture("cifar-resnet20"))
    net.train()
    net.layer1.eval()
    seen = []
    net.fc.register_forward_hook(lambda *_: seen.append(1))
    flags = [module.training for module in net.modules()]
    before, hooks = copy.deepcopy(net.state_dict()), [len(module._forward_pre_hooks) for module in net.modules()]
    places = [tensor.data_ptr() for tensor in net.state_dict().values()]
    measure(net, (3, 32, 32))
    assert [module.training for module in net.modules()] == flags
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), before.values()))
    assert [tensor.data_ptr() for tensor in net.state_dict().values()] == places
    assert {tensor.device.type for tensor in net.state_dict().values()} == {"cpu"}
    assert [len(module._forward_pre_hooks) for module in net.modules()] == hooks
    assert sum(len(module._forward_hooks) for module in net.modules()) == 1
    assert all(p.requires_grad and p.grad is None for p in net.parameters())
    assert net(torch.zeros(2, 3, 32, 32)).shape == (2, 10)


def test_a_frozen_or_half_precision_network_is_measured_too():
    net = build(architecture("cifar-resnet20")).requires_grad_(False).to(torch.bfloat16)
    assert measure(net, (3, 32, 32)) == trace(architecture("cifar-resnet20"), (3, 32, 32))


def test_a_failed_measurement_leaves_nothing_behind():
    net = build(architecture("cifar-resnet20"))
    with pytest.raises(ShapeError):
        measure(net, (1, 32, 32))
    assert measure(net, (3, 32, 32)) == trace(architecture("cifar-resnet20"), (3, 32, 32))
    assert (torch.ones(2) + 1).tolist() == [2, 2]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.transpose(2, 3),
        lambda x: torch.fft.fft2(x).real,
        lambda x: F.interpolate(x, scale_factor=2),
        lambda x: x - x.mean(),
        lambda x: x.flip(2),
        lambda x: torch.einsum("bchw,cd->bdhw", x, torch.ones(3, 4)),
    ],
)
def test_a_receptive_field_that_cannot_be_known_is_none_and_no_reason_to_refuse(function):
    m = measure(nn.Sequential(Wrapped(function), nn.ReLU()), (3, 8, 8))
    assert m.rows[-1].receptive_field is None
    assert m.rows[-1].stride is None
    assert "unknown" in m.text()


def test_a_lazy_layer_says_what_to_do():
    with pytest.raises(ShapeError, match="lazy layer") as caught:
        measure(nn.Sequential(nn.Conv2d(3, 4, 1), nn.Flatten(), nn.LazyLinear(3)), (3, 8, 8))
    assert caught.value.where == "2.weight"
    assert caught.value.fix == "run the net once first"


@pytest.mark.parametrize("bad", [None, "resnet50", 3, architecture("resnet18"), nn.Conv2d])
def test_only_modules_are_measured(bad):
    with pytest.raises(TypeError, match=r"torch\.nn\.Module"):
        measure(bad, (3, 8, 8))


@pytest.mark.parametrize("bad", [None, (), (3, 8), (1, 3, 8, 8), (3, 8.0, 8), (3, 0, 8), "3x8x8", (3, 2**40, 2**40)])
def test_a_wrong_input_is_refused(bad):
    with pytest.raises(ShapeError) as caught:
        measure(nn.Conv2d(3, 4, 1), bad)
    assert caught.value.where.startswith("input")


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv2d(3, 4, 1), (1, 8, 8)),
        (nn.Conv2d(3, 4, 9), (3, 8, 8)),
        (nn.BatchNorm2d(4), (3, 8, 8)),
        (nn.Linear(9, 2), (3, 8, 8)),
        (nn.Linear(8, 2), (3, 8, 8)),
        (nn.MaxPool2d(3, padding=2), (3, 8, 8)),
        (nn.Sequential(nn.Flatten(), nn.BatchNorm2d(3)), (3, 8, 8)),
        (nn.Sequential(nn.Flatten(), nn.MaxPool2d(2)), (3, 8, 8)),
        (nn.Sequential(nn.Flatten(), nn.AdaptiveAvgPool2d(1)), (3, 8, 8)),
    ],
)
def test_what_a_layer_cannot_take_names_the_layer(layer, shape):
    with pytest.raises(ShapeError) as caught:
        measure(nn.Sequential(nn.Identity(), layer), shape)
    assert caught.value.where in ("1", "1.1")
    assert caught.value.got
    assert caught.value.fix


def test_the_formulas_and_the_module_word_a_missing_flatten_alike():
    layers = [{"op": "relu"}, {"op": "linear", "out_features": 4}]
    with pytest.raises(ShapeError) as by_formula:
        trace_layers(layers, (2, 3, 5))
    with pytest.raises(ShapeError) as by_module:
        measure(nn.Sequential(nn.ReLU(), nn.Linear(5, 4)), (2, 3, 5))
    assert str(by_formula.value) == str(by_module.value)
