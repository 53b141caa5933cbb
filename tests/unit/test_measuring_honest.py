"""No silent difference between what is measured and the reader's network, and nothing of the reader's is changed."""

import copy
from collections import namedtuple
from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F
from test_measuring_readers_modules import Net, conv
from torch import nn

from resnet_book import measure


def same(module, before):
    return all(torch.equal(a, b) for a, b in zip(module.state_dict().values(), before.values()))


# ---------------------------------------------------------------- hooks, closures, state


def test_hooks_run_as_they_are():
    net = nn.Sequential(conv(3, 8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 4 * 4, 2))
    net[1].register_forward_hook(lambda module, inputs, out: F.max_pool2d(out, 2))
    net[3].register_forward_pre_hook(lambda module, inputs: (inputs[0] * 2,))
    m = measure(net, (3, 8, 8))
    assert [row.op for row in m.rows] == ["conv2d", "relu", "max_pool2d", "flatten", "mul", "linear"]
    net.register_forward_hook(lambda module, inputs, out: {"scores": out, "map": out[:, None]})
    assert measure(net, (3, 8, 8)).output_shape == {"scores": (2,), "map": (1, 2)}


def test_maps_that_hooks_keep_are_found_and_not_left_behind():
    seen, order = {}, []

    class Feature(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.head, self.kept = nn.Sequential(conv(3, 8), nn.ReLU(), conv(8, 8)), nn.Conv2d(8, 4, 1), {}
            self.body[1].register_forward_hook(lambda m, i, out: self.kept.__setitem__("f", out))
            self.body[0].register_forward_hook(lambda m, i, out: (seen.__setitem__("c", out), order.append(1))[0])

        def forward(self, x):
            self.body(x)
            return self.head(self.kept["f"])

    net = Feature()
    m = measure(net, (3, 8, 8))
    assert (m.params, m.macs, m.output_shape) == (844, 52736, (4, 8, 8))
    assert net.kept == {} and seen == {} and order == []


def test_a_forward_that_was_replaced_runs_and_leaves_no_trace():
    net = nn.Sequential(conv(3, 8), nn.BatchNorm2d(8)).train()
    net.forward = lambda x: F.relu(net[1](net[0](x)))
    before = copy.deepcopy(net.state_dict())
    assert [row.name for row in measure(net, (3, 8, 8)).rows] == ["0", "1", "relu"]
    assert same(net, before) and net.training and net[1].training


class Busy(nn.Module):
    """Changes all that a forward can change."""

    def __init__(self):
        super().__init__()
        self.conv, self.calls, self.history, self.last = conv(3, 3), 0, [], None
        self.register_buffer("n", torch.tensor(0))
        self.register_buffer("mean", torch.zeros(3))
        self.norm = nn.BatchNorm2d(3, track_running_stats=False)

    def forward(self, x):
        self.calls += 1
        self.n += 1
        self.history.append(x.shape)
        self.mean.mul_(0.9).add_(x.mean((0, 2, 3)))
        self.conv.weight.data.clamp_(-0.01, 0.01)
        self.mean = self.mean + 1
        self.last = y = self.norm(self.conv(x)) + self.mean[None, :, None, None]
        self.extra = nn.ReLU()
        return y if self.n < 100 else x


@pytest.mark.parametrize("given", [(3, 8, 8), torch.zeros(2, 3, 8, 8)])
def test_the_module_is_as_it_was_bit_for_bit(given):
    net = Busy()
    net.conv.eval()
    before, mean, noise = copy.deepcopy(net.state_dict()), net.mean, torch.get_rng_state()
    versions = [tensor._version for tensor in (*net.parameters(), *net.buffers())]
    assert measure(net, given).output_shape == (3, 8, 8)
    assert same(net, before) and net.mean is mean
    assert [tensor._version for tensor in (*net.parameters(), *net.buffers())] == versions
    assert (net.calls, net.history, net.last, hasattr(net, "extra")) == (0, [], None, False)
    assert [m.training for m in net.modules()] == [True, False, True]
    assert torch.equal(noise, torch.get_rng_state())
    if isinstance(given, torch.Tensor):
        assert not given.any() and given.shape == (2, 3, 8, 8) and not hasattr(given, "_measured")


def test_the_module_is_as_it_was_after_an_error_too():
    net = Busy()
    before = copy.deepcopy(net.state_dict())
    with pytest.raises(ValueError, match="3 and 5"):
        measure(nn.Sequential(nn.Conv2d(3, 5, 1), net), (3, 8, 8))
    assert same(net, before) and net.calls == 0 and net.training
    assert nn.Module.__call__.__module__ == "torch.nn.modules.module"


def test_a_counter_can_be_decided_upon():
    assert measure(Busy(), (3, 8, 8)).rows[-1].op == "add"
    late = Busy()
    late.n.fill_(99)
    assert measure(late, (3, 8, 8)).output_shape == (3, 8, 8)
    assert int(late.n) == 99


def test_values_that_a_tensor_brings_can_be_decided_upon():
    net = Net(lambda n, x: n.a(x) if x.mean() > 0 else n.b(x), a=conv(3, 4), b=conv(3, 5))
    assert measure(net, torch.ones(1, 3, 8, 8)).output_shape == (4, 8, 8)
    assert measure(net, torch.zeros(1, 3, 8, 8)).output_shape == (5, 8, 8)


# ---------------------------------------------------------------- inputs and outputs


Pair = namedtuple("Pair", "first second")


@dataclass
class Answer:
    scores: torch.Tensor
    maps: list


@pytest.mark.parametrize(
    ("run", "shape"),
    [
        (lambda n, x: (x, n.a(x)), ((3, 8, 8), (4, 8, 8))),
        (lambda n, x: [x, [n.a(x), None]], ((3, 8, 8), ((4, 8, 8), None))),
        (lambda n, x: {"out": n.a(x), "aux": (x, x.mean((2, 3)))}, {"out": (4, 8, 8), "aux": ((3, 8, 8), (3,))}),
        (lambda n, x: Pair(x, n.a(x)), ((3, 8, 8), (4, 8, 8))),
        (lambda n, x: Answer(x.flatten(1), [x]), {"scores": (192,), "maps": ((3, 8, 8),)}),
    ],
)
def test_every_output_has_its_shape(run, shape):
    m = measure(Net(run, a=conv(3, 4)), (3, 8, 8))
    assert m.output_shape == shape
    assert "4x8x8" in str(m) or "192" in str(m)


class Joined(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.fc = conv(3, 8), nn.Linear(18, 2)

    def forward(self, image, more, scale=1.0):
        return self.fc(torch.cat([self.a(image).mean((2, 3)), more], 1)) * scale


def test_several_inputs():
    m = measure(Joined(), (3, 8, 8), (10,))
    assert m.input_shape == ((3, 8, 8), (10,))
    assert (m.output_shape, m.params, m.macs) == ((2,), 262, 216 * 64 + 36)
    assert measure(Joined(), (3, 8, 8), torch.zeros(4, 10)) == m
    assert measure(Joined(), (3, 8, 8), (10,), 2.0).rows[:-1] == m.rows[:-1]
    named = Net(lambda n, d: n.a(d["image"]) + d["more"][0], a=conv(3, 8))
    assert measure(named, {"image": (3, 8, 8), "more": [(8, 8, 8)]}).output_shape == (8, 8, 8)


@pytest.mark.parametrize("given", [(7,), torch.zeros(1, 7, dtype=torch.long), torch.zeros(2, 7, dtype=torch.int32)])
def test_words_and_other_kinds_of_numbers(given):
    m = measure(Net(lambda n, x: n.e(x).mean(1), e=nn.Embedding(10, 4)), given)
    assert (m.output_shape, m.params) == ((4,), 40)


def test_a_class_that_comes_from_no_module_is_measured_too():
    names = {"nn": nn}
    exec("class Pasted(nn.Module):\n    def forward(self, x):\n        return x.relu()", names)
    assert [row.op for row in measure(names["Pasted"](), (3, 8, 8)).rows] == ["relu"]


def test_half_precision():
    net = nn.Sequential(conv(3, 4), nn.BatchNorm2d(4)).half()
    assert measure(net, (3, 8, 8)) == measure(net, torch.zeros(1, 3, 8, 8).half()) == measure(net.float(), (3, 8, 8))


def test_one_and_three_dimensional_networks():
    m = measure(nn.Sequential(nn.Conv1d(3, 4, 3), nn.BatchNorm1d(4), nn.AdaptiveAvgPool1d(1)), (3, 20))
    assert (m.output_shape, m.params, m.macs, m.rows[0].receptive_field) == ((4, 1), 48, 36 * 18, None)
    m = measure(nn.Sequential(nn.Conv3d(3, 4, 3), nn.MaxPool3d(2)), (3, 8, 8, 8))
    assert (m.output_shape, m.macs) == ((4, 3, 3, 3), 4 * 81 * 6**3)


# ---------------------------------------------------------------- parameters, wherever they pass through


@pytest.mark.parametrize(
    "run",
    [
        lambda n, x: sum(F.conv2d(x, w) for w in n.w.unbind(0)),
        lambda n, x: sum(F.conv2d(x, w) for w in n.w),
        lambda n, x: F.conv2d(x, torch.cat(n.w.split(1)[1:] + n.w.split(1)[:1]).flatten(0, 1)),
        lambda n, x: torch.stack([F.conv2d(x, w) for w, _ in zip(n.w, range(2))]).sum(0),
        lambda n, x: F.conv2d(x, (n.w[0], n.w[1])[1]),
        lambda n, x: F.conv2d(x, n.w.data.mean(0)),
    ],
)
def test_parameters_are_counted_wherever_they_pass_through(run):
    net = Net(run)
    net.w = nn.Parameter(torch.randn(2, 4, 3, 1, 1))
    m = measure(net, (3, 8, 8))
    assert m.params == 24
    assert m.notes == ()


def test_a_weight_that_is_computed_brings_its_macs():
    net = Net(lambda n, x: F.linear(x, n.down @ n.up))
    net.up, net.down = nn.Parameter(torch.randn(2, 6)), nn.Parameter(torch.randn(4, 2))
    assert (measure(net, (6,)).params, measure(net, (6,)).macs) == (20, 4 * 2 * 6 + 4 * 6)


# ---------------------------------------------------------------- notes


def test_unused_weights_are_named():
    net = Net(lambda n, x: n.a(x), a=conv(3, 8), aux=nn.Sequential(conv(3, 8), nn.BatchNorm2d(8)))
    m = measure(net, (3, 8, 8))
    assert m.params == 224
    assert len(m.notes) == 1 and m.notes[0].startswith("aux was not used: 240 parameters")
    assert m.notes[0] in str(m)


def test_unregistered_weights_are_counted_and_named_with_the_repair():
    net = Net(lambda n, x: n.fc(n.blocks[1](n.blocks[0](x)).mean((2, 3))), fc=nn.Linear(3, 2))
    net.blocks = [nn.Sequential(conv(3, 3), nn.BatchNorm2d(3)) for _ in range(2)]
    m = measure(net, (3, 8, 8))
    assert [row.name for row in m.rows][:4] == ["Sequential.Conv2d", "Sequential.BatchNorm2d"] * 2
    assert m.params == 2 * (84 + 6) + 8
    assert (
        len(m.notes) == 1
        and "blocks" in m.notes[0]
        and "180 parameters" in m.notes[0]
        and "nn.ModuleList" in m.notes[0]
    )
    net.blocks = {"x": net.blocks[0], "y": net.blocks[1]}
    net.run = lambda n, x: n.fc(n.blocks["y"](n.blocks["x"](x)).mean((2, 3)))
    assert "nn.ModuleDict" in measure(net, (3, 8, 8)).notes[0]


class Inplace(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.relu, self.conv, self.how = nn.ReLU(inplace=True), conv(4, 4), how
        self.branch = nn.Sequential(self.relu, self.conv)

    def forward(self, x):
        if self.how == "branch":
            return self.branch(x) + x
        if self.how == "named":
            y = self.relu(x)
            y = self.conv(y)
            y += x
            return y
        if self.how == "meant":
            x = self.relu(x)
            return x + self.conv(x)
        y = self.conv(x)  # as in torchvision: what is changed is the branch's own
        y = self.relu(y)
        return y + x


@pytest.mark.parametrize(("how", "noted"), [("branch", True), ("named", True), ("meant", False), ("fine", False)])
def test_a_skip_that_was_changed_in_place_is_noted(how, noted):
    m = measure(nn.Sequential(conv(3, 4), Inplace(how), Inplace(how)), (3, 8, 8))
    assert len(m.notes) == 2 * noted
    assert all("inplace=False" in note and "add" in note and "line" in note for note in m.notes)


def test_a_stretched_addition_is_said():
    m = measure(Net(lambda n, x: n.a(x) + x, a=conv(1, 6)), (1, 8, 8))
    assert len(m.notes) == 1 and m.notes[0].startswith("add") and "silently" in m.notes[0]
    assert m.notes[0].endswith("fix: 1x1 convolution 1 -> 6, stride 1")
    assert measure(Net(lambda n, x: x + x.mean((2, 3), keepdim=True)), (3, 8, 8)).notes == ()


def test_what_only_another_batch_shows_is_said():
    m = measure(Net(lambda n, x: x.view(1, -1)), (3, 8, 8))
    assert len(m.notes) == 1 and "x.size(0)" in m.notes[0]
    for run in (lambda n, x: x.view(x.size(0), -1), lambda n, x: x.view(len(x), -1).reshape(x.shape[0] * 3, -1)):
        assert measure(Net(run), (3, 8, 8)).notes == ()
    m = measure(Net(lambda n, x: n.fc(x.mean((2, 3), keepdim=True).squeeze()), fc=nn.Linear(3, 2)), (3, 8, 8))
    assert m.output_shape == (2,)
    assert len(m.notes) == 1 and "squeeze" in m.notes[0]


def test_a_layer_that_forward_makes_is_said():
    m = measure(Net(lambda n, x: nn.Conv2d(3, 4, 1)(x)), (3, 8, 8))
    assert len(m.notes) == 1 and "__init__" in m.notes[0]
