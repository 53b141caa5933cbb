"""What `measure` says of a mistake: where, what arrived, what fits, and the repair that the formulas would give."""

import pytest
import torch
import torch.nn.functional as F
from test_measuring_readers_modules import Net, conv
from torch import nn

from resnet_book import Block, ShapeError, measure, trace, trace_layers


def refused(net, *inputs):
    with pytest.raises(ShapeError) as caught:
        measure(net, *inputs)
    return caught.value


class Basic(nn.Module):
    """A basic block whose skip was forgotten where the shape changes."""

    def __init__(self, c, d, stride, flipped=False):
        super().__init__()
        self.conv1, self.bn1 = conv(c, d, stride=stride, bias=False), nn.BatchNorm2d(d)
        self.relu = nn.ReLU()
        self.conv2, self.bn2, self.flipped = conv(d, d, bias=False), nn.BatchNorm2d(d), flipped

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(x + y if self.flipped else y + x)


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize(("c", "d", "stride"), [(64, 128, 2), (8, 8, 2), (4, 6, 1), (3, 12, 3)])
def test_an_addition_has_the_repair_of_the_formulas(c, d, stride, flipped):
    with pytest.raises(ShapeError) as by_formula:
        trace(Block("basic", c, d, stride, "identity"), (c, 24, 24))
    assert str(refused(Basic(c, d, stride, flipped), (c, 24, 24))) == str(by_formula.value)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ({"op": "conv2d", "out_channels": 8, "kernel_size": 3, "in_channels": 3}, (1, 9, 9)),
        ({"op": "conv2d", "out_channels": 8, "kernel_size": 11, "in_channels": 3, "padding": 1}, (3, 8, 8)),
        ({"op": "conv2d", "out_channels": 8, "kernel_size": (2, 9), "in_channels": 3, "dilation": (1, 2)}, (3, 8, 8)),
        ({"op": "max_pool2d", "kernel_size": 3}, (3, 2, 8)),
        ({"op": "avg_pool2d", "kernel_size": 3, "stride": 2}, (3, 2, 2)),
        ({"op": "max_pool2d", "kernel_size": 2, "padding": 2}, (3, 8, 8)),
    ],
)
def test_a_layer_is_refused_in_the_words_of_the_formulas(layer, shape):
    kinds = {"conv2d": nn.Conv2d, "max_pool2d": nn.MaxPool2d, "avg_pool2d": nn.AvgPool2d}
    options = {key: value for key, value in layer.items() if key != "op"}
    with pytest.raises(ShapeError) as by_formula:
        trace_layers([{"op": "relu"}, layer], shape)
    assert str(refused(nn.Sequential(nn.ReLU(), kinds[layer["op"]](**options)), shape)) == str(by_formula.value)


@pytest.mark.parametrize(
    ("net", "shape", "where", "got", "expected", "fix"),
    [
        (lambda: nn.Sequential(conv(3, 64), nn.BatchNorm2d(32)), (3, 8, 8), "1", "64 channels", "32 channels", "BatchNorm2d(64)"),
        (lambda: nn.Sequential(conv(3, 16), nn.GroupNorm(4, 8)), (3, 8, 8), "1", "16 channels", "8 channels", "GroupNorm(4, 16)"),
        (lambda: nn.Sequential(nn.Flatten(), nn.BatchNorm2d(3)), (3, 8, 8), "1", "a vector of 192", "a map", "BatchNorm1d(192)"),
        (lambda: nn.Sequential(conv(3, 4), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4, 10)), (3, 8, 8), "3",
         "16 features (4x2x2, flattened)", "4 features", "Linear(16, 10)"),
        (lambda: nn.Sequential(conv(3, 4), nn.Linear(256, 10)), (3, 8, 8), "1", "4x8x8", "256 features", "put a flatten before 1"),
        (lambda: nn.Sequential(nn.Conv1d(3, 4, 3)), (5, 20), "0", "5 channels", "3 channels", "in_channels=5"),
        (lambda: nn.Sequential(nn.Conv3d(3, 4, 9)), (3, 8, 9, 9), "0", "3x8x9x9", "at least 9x9x9", "smaller kernel"),
        (lambda: nn.ConvTranspose2d(8, 4, 2), (3, 8, 8), "conv_transpose2d", "3 channels", "8 channels", "in_channels=3"),
        (lambda: Net(lambda n, x: F.conv2d(x, n.w, groups=2), w=None), (4, 8, 8), "conv2d", "2 groups", "divide", "groups"),
        (lambda: Net(lambda n, x: x.view(-1, 100)), (3, 8, 8), "view", "192 elements", "(-1, 100)", "192 features"),
        (lambda: Net(lambda n, x: x.reshape(32, 191)), (3, 8, 8), "reshape", "192", "(32, 191)", "reshape(x.size(0), -1)"),
        (lambda: Net(lambda n, x: n.fc(x.view(-1, 64)), fc=nn.Linear(64, 2)), (3, 8, 8), "view", "3 rows", "192 features", "flatten(1)"),
        (lambda: Net(lambda n, x: x.view(-1, 48)), (3, 8, 8), "view", "4 rows", "192 features", "Linear(192, ...)"),
        (lambda: Net(lambda n, x: torch.cat([x, n.a(x)], 1), a=conv(3, 8, stride=2)), (3, 8, 8), "concat", "3x8x8 and 8x4x4", "8x8", "F.interpolate"),
        (lambda: Net(lambda n, x: x.flatten(2) @ x.flatten(2)), (3, 8, 8), "matmul", "1x3x64", "64 is not 3", "transpose(-2, -1)"),
        (lambda: Net(lambda n, x: x.permute(0, 2, 3, 1).view(x.size(0), -1)), (3, 8, 4), "view", "another order", "order", "reshape"),
        (lambda: nn.Sequential(Net(lambda n, x: None), conv(3, 3)), (3, 8, 8), "0", "None", "Net.forward", "return"),
        (lambda: Net(lambda n, x: x + n.a(x), a=Net(lambda n, x: None)), (3, 8, 8), "a", "None", "Net.forward", "return"),
        (lambda: Net(lambda n, x: n.a(x).shape, a=Net(lambda n, x: None)), (3, 8, 8), "a", "None", "Net.forward", "return"),
        (lambda: Net(lambda n, x: None), (3, 8, 8), "Net", "None", "Net.forward", "return"),
        (lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.InstanceNorm2d(3)), (3, 8, 8), "1", "one value a channel", "more than one", "GroupNorm"),
    ],
)  # fmt: skip
def test_every_kind_has_its_place_and_its_repair(net, shape, where, got, expected, fix):
    net = net()
    if hasattr(net, "run") and not list(net.children()):
        net.w = nn.Parameter(torch.zeros(5, 2, 3, 3))
    error = refused(net, shape)
    assert error.where == where
    assert got in error.got
    assert expected in error.expected
    assert fix in error.fix
    assert "Tensor" not in str(error)


def test_a_shortcut_of_its_own_is_what_has_to_change():
    net = Net(lambda n, x: n.b(n.a(x)) + n.short(x), a=conv(3, 8, stride=2), b=conv(8, 8), short=nn.Conv2d(3, 8, 1))
    assert refused(net, (3, 8, 8)).fix == "short as a 1x1 convolution 3 -> 8, stride 2"
    net.short = nn.Conv2d(3, 8, 1, stride=2)
    assert measure(net, (3, 8, 8)).output_shape == (8, 4, 4)


def test_the_repairs_work():
    assert measure(
        nn.Sequential(conv(3, 4), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 10)), (3, 8, 8)
    ).output_shape == (10,)
    assert measure(nn.Sequential(conv(3, 4), nn.Flatten(), nn.Linear(256, 10)), (3, 8, 8)).output_shape == (10,)
    assert measure(Net(lambda n, x: x.permute(0, 2, 3, 1).reshape(x.size(0), -1)), (3, 8, 4)).output_shape == (96,)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda n, x: n.a(x) * x.mean().item(), "item"),
        (lambda n, x: n.a(x) if x.mean() > 0 else x, "bool"),
        (lambda n, x: n.a(x).numpy(), "numpy"),
        (lambda n, x: x[x > 0], "getitem"),
        (lambda n, x: torch.nonzero(n.a(x)), "nonzero"),
        (lambda n, x: n.a(x)[: int(x.sum())], "int"),
        (lambda n, x: n.a(x["image"]), "dictionary"),
        (lambda n, x: n.a(x.double()), "float64"),
    ],
)
def test_what_shapes_cannot_answer_names_the_line_and_a_way_out(run, said):
    with pytest.raises(TypeError, match=r"test_measuring_refusals\.py, line \d+") as caught:
        measure(Net(run, a=conv(3, 3)), (3, 8, 8))
    assert said in str(caught.value)
    assert "measure" in str(caught.value) or "give x.to" in str(caught.value) or "give x.float" in str(caught.value)


@torch.jit.script
def scripted(x):
    return x * 2 + 1


def test_scripted_functions_and_quantized_layers_are_refused_by_name():
    with pytest.raises(TypeError, match=r"scripted function.*line \d+"):
        measure(Net(lambda n, x: scripted(x)), (3, 8, 8))
    net = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.ReLU(), nn.Linear(4, 4)), {nn.Linear})
    with pytest.raises(TypeError, match=r"1: .*quantized.*floating-point"):
        measure(net, (4,))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.float64, torch.float16])
@pytest.mark.parametrize("bias", [True, False])
def test_numbers_of_another_kind_are_refused_as_torch_does(dtype, bias):
    net, x = conv(3, 4, bias=bias), torch.zeros(1, 3, 8, 8).to(dtype)
    with pytest.raises(RuntimeError):
        net(x)
    with pytest.raises(TypeError, match="numbers meet float32 ones"):
        measure(net, x)


def test_the_number_of_inputs_is_checked_first():
    class Two(nn.Module):
        def forward(self, image, mask):
            return image + mask

    with pytest.raises(TypeError, match=r"1 input, but Two.forward takes \(image, mask\)"):
        measure(Two(), (3, 8, 8))
    with pytest.raises(TypeError, match="3 inputs"):
        measure(Two(), (3, 8, 8), (3, 8, 8), (3,))


def test_endless_recursion_is_refused():
    with pytest.raises(TypeError, match="without an end"):
        measure(Net(lambda n, x: n(x)), (3, 8, 8))


def test_an_error_of_the_readers_own_comes_through_as_it_is():
    def run(net, x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        measure(Net(run), (3, 8, 8))
    with pytest.raises(AttributeError, match="nope"):
        measure(Net(lambda n, x: n.nope(x)), (3, 8, 8))
