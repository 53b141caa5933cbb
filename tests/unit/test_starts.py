"""Networks without batch norm: every rule of every start, read from the weights and from what comes out."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_book import Architecture, ShapeError, architecture, build
from resnet_book.architectures import Stem
from resnet_book.experiments import lesions, noise
from resnet_book.models import STARTS, build_start
from resnet_book.models.starts import Multiplier, Shift

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = Stem(8, 3, 1, 1, pool=False)


def small(kind: str, shortcut: str, depths=(2, 2, 2)) -> Architecture:
    return Architecture("small", kind, depths, (8, 16, 32)[: len(depths)], SMALL, num_classes=10, shortcut=shortcut)


RESIDUAL = [small(kind, shortcut) for kind in ("basic", "bottleneck") for shortcut in "ABC"]
PLAIN = small("plain", "none")
FOR_PLAIN = ("delta-orthogonal", "looks-linear")


def named(arch):
    return f"{arch.block} {arch.shortcut}"


def started(arch, start, seed=0):
    torch.manual_seed(seed)
    return build_start(arch, start)


@pytest.mark.parametrize("start", STARTS)
def test_every_start_trains_every_parameter(start):
    """One step moves what a start lets it; after a few, no parameter is where it was."""
    arch = PLAIN if start in FOR_PLAIN else small("basic", "B")
    net = started(arch, start)
    before = [p.detach().clone() for p in net.parameters()]
    x, y = noise(16, 8, 0)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
    assert all(not torch.equal(old, new) for old, new in zip(before, net.parameters()))
    assert all(p.isfinite().all() for p in net.parameters())


def test_batch_norm_is_build():
    torch.manual_seed(3)
    expected = build(RESIDUAL[0], init="xavier").state_dict()
    torch.manual_seed(3)
    got = build_start(RESIDUAL[0], init="xavier").state_dict()
    assert all(torch.equal(got[key], value) for key, value in expected.items())
    assert started(RESIDUAL[0], "zero gamma").layer1[0].bn2.weight.abs().sum() == 0


@pytest.mark.parametrize("arch", [*RESIDUAL, PLAIN], ids=named)
def test_plain_removal_leaves_convolutions_of_he_and_biases_of_zero(arch):
    net, norm = started(arch, "he"), started(arch, "batch norm")
    assert not any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
    weights = {key: value for key, value in net.state_dict().items() if not key.endswith(".bias") or key == "fc.bias"}
    assert set(weights) < set(norm.state_dict())
    assert all(torch.equal(value, norm.state_dict()[key]) for key, value in weights.items())
    shifts = [module for module in net.modules() if isinstance(module, Shift)]
    assert len(shifts) == sum(isinstance(module, nn.BatchNorm2d) for module in norm.modules())
    assert all(shift.bias.abs().sum() == 0 for shift in shifts)
    with torch.no_grad():  # a shift is the bias of its convolution
        net.bn1.bias.normal_()
    x = torch.randn(2, 3, 8, 8)
    assert torch.allclose(net.bn1(net.conv1(x)), F.conv2d(x, net.conv1.weight, net.bn1.bias, 1, 1), atol=1e-5)


@pytest.mark.parametrize("arch", RESIDUAL, ids=named)
@pytest.mark.parametrize("start", ["skipinit", "fixup", "zero gamma"])
def test_every_block_starts_as_its_skip(arch, start):
    net = started(arch, start).eval()
    x = torch.randn(2, 3, 8, 8)
    without = lesions.lesion(net, dict.fromkeys(lesions.blocks(net), "no branch"))
    assert torch.equal(without(x), net(x))
    assert net(x).abs().sum() > 0 or start == "fixup"


@pytest.mark.parametrize("arch", RESIDUAL, ids=named)
def test_skipinit_is_one_scalar_a_branch(arch):
    net = started(arch, "skipinit")
    ends = [module for module in net.modules() if isinstance(module, Multiplier)]
    assert len(ends) == 6
    assert all(end.scale.shape == () and end.scale == 0 for end in ends)
    he = started(arch, "he").state_dict()
    for key, value in net.state_dict().items():
        if key in he:
            assert torch.equal(value, he[key]), key
    with torch.no_grad():  # a scale of one and it is the plain removal
        for end in ends:
            end.scale.fill_(1.0)
    x = torch.randn(2, 3, 8, 8)
    assert torch.allclose(net(x), started(arch, "he")(x), rtol=1e-4)
    with torch.no_grad():
        ends[0].scale.fill_(0.5)
        ends[0].shift.bias.fill_(3.0)
    x = torch.randn(2, len(ends[0].shift.bias), 4, 4)
    assert torch.allclose(ends[0](x), 0.5 * (x + 3))


@pytest.mark.parametrize("arch", RESIDUAL, ids=named)
def test_fixup_keeps_its_three_rules(arch):
    net, he = started(arch, "fixup"), started(arch, "he").state_dict()
    state = net.state_dict()
    layers = 3 if arch.block == "bottleneck" else 2
    factor = 6 ** (-1 / (2 * layers - 2))
    assert factor == pytest.approx(6**-0.5 if layers == 2 else 6**-0.25)
    for name in lesions.blocks(net):
        for n in range(1, layers):
            assert torch.allclose(state[f"{name}.conv{n}.weight"], factor * he[f"{name}.conv{n}.weight"])
        assert state[f"{name}.conv{layers}.weight"].abs().sum() == 0
        assert state[f"{name}.bn{layers}.scale"] == 1
        assert state[f"{name}.bn{layers}.scale"].shape == ()
    outside = [key for key in he if key == "conv1.weight" or "downsample.0" in key]
    assert outside
    assert all(torch.equal(state[key], he[key]) for key in outside)
    assert state["fc.weight"].abs().sum() == state["fc.bias"].abs().sum() == 0
    # a scalar before every convolution, linear layer and activation, and nothing else
    convolutions = [key.removesuffix(".weight") for key in state if "conv" in key or "downsample" in key]
    convolutions = sorted({key for key in convolutions if f"{key}.weight" in state})
    assert all(state[f"{key}.before"].shape == () and state[f"{key}.before"] == 0 for key in [*convolutions, "fc"])
    activations = 1 + sum(layers for _ in lesions.blocks(net))
    shifts = [module for module in net.modules() if isinstance(module, Shift)]
    assert len(shifts) == activations
    assert all(shift.bias.shape == () and shift.bias == 0 for shift in shifts)
    scalars = 2 * len(shifts) - activations + len(convolutions) + 1 + len(lesions.blocks(net))
    assert sum(p.ndim == 0 for p in net.parameters()) == scalars


def test_a_fixup_block_is_the_papers_formula():
    """All scalars set to numbers of their own, against the block written out."""
    net = started(RESIDUAL[0], "fixup")
    block = net.layer2[0]
    values = {"conv1.before": 0.3, "bn1.bias": -0.2, "conv2.before": 0.4, "bn2.scale": 1.7, "bn2.shift.bias": 0.25}
    with torch.no_grad():
        block.conv2.weight.normal_(0, 0.1)
        for key, value in values.items():
            block.get_parameter(key).fill_(value)
    x = torch.randn(2, 8, 6, 6)
    y = torch.relu(F.conv2d(x + 0.3, block.conv1.weight, stride=2, padding=1) - 0.2)
    y = 1.7 * F.conv2d(y + 0.4, block.conv2.weight, padding=1) + 0.25
    assert torch.allclose(block(x), torch.relu(y + block.downsample(x)), atol=1e-5)
    with torch.no_grad():
        net.fc.before.fill_(0.5)
        net.fc.weight.normal_()
    assert torch.allclose(net.fc(torch.ones(1, 32)), 1.5 * net.fc.weight.sum(1) + net.fc.bias, atol=1e-5)


def test_delta_orthogonal_kernels_are_orthogonal_in_the_middle_and_zero_elsewhere():
    net = started(PLAIN, "delta-orthogonal")
    for conv in (module for module in net.modules() if isinstance(module, nn.Conv2d)):
        weight = conv.weight.detach().clone()
        middle = weight[:, :, 1, 1].clone()
        weight[:, :, 1, 1] = 0
        assert weight.abs().sum() == 0
        assert torch.allclose(middle.T @ middle, 2 * torch.eye(conv.in_channels), atol=1e-4)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in net.modules())


def test_looks_linear_is_linear_and_keeps_every_size():
    """In float64, at 110 layers: differences of mirrored channels are a linear, isometric function of the picture."""
    net = started(architecture("cifar-plain110"), "looks-linear").double().eval()
    assert not any(isinstance(module, nn.BatchNorm2d) for module in net.modules())

    def features(x):
        with torch.no_grad():
            y = net.layer3(net.layer2(net.layer1(net.relu(net.bn1(net.conv1(x))))))
        return y, y[:, :32] - y[:, 32:]

    a, b = torch.randn(2, 2, 3, 8, 8, dtype=torch.float64)
    (y, of_a), (_, of_b), (_, of_both) = features(a), features(b), features(a - 2 * b)
    assert torch.allclose(of_both, of_a - 2 * of_b, atol=1e-12)
    assert torch.allclose(y.norm(dim=1), a[:, :, ::4, ::4].norm(dim=1), atol=1e-12)
    assert (y[:, :32] * y[:, 32:]).abs().max() < 1e-12


def test_looks_linear_trains_a_plain_network_of_56_layers_and_he_does_not():
    x, y = noise(16, 8, 0)
    left = {}
    for start in ("he", "looks-linear"):
        net = started(architecture("cifar-plain56"), start)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.003, momentum=0.9)
        for _ in range(30):
            loss = F.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        left[start] = loss.item()
    assert left["looks-linear"] < 1.0
    assert left["he"] > 1.8


def test_looks_linear_needs_pairs():
    arch = Architecture("odd", "plain", (1,), (5,), Stem(8, 3, 1, 1, False), num_classes=10, shortcut="none")
    with pytest.raises(ShapeError, match="8 -> 5 channels"):
        build_start(arch, "looks-linear")


@pytest.mark.parametrize(
    ("arch", "start", "fix"),
    [
        (PLAIN, "skipinit", "looks-linear"),
        (PLAIN, "fixup", "looks-linear"),
        (RESIDUAL[0], "looks-linear", "fixup"),
        (architecture("resnet18-d2l"), "he", "batch norm"),
        (RESIDUAL[0], "lsuv", "batch norm"),
        (RESIDUAL[0], None, "batch norm"),
    ],
)
def test_a_start_for_another_kind_of_network_is_refused(arch, start, fix):
    with pytest.raises(ShapeError) as caught:
        build_start(arch, start)
    assert caught.value.where == "start"
    assert fix in caught.value.fix


def test_the_seed_decides():
    for start in STARTS:
        arch = PLAIN if start in FOR_PLAIN else RESIDUAL[0]
        one, same, other = (started(arch, start, seed).conv1.weight for seed in (0, 0, 1))
        assert torch.equal(one, same)
        assert not torch.equal(one, other)


@pytest.mark.parametrize("start", ["he", "skipinit", "fixup"])
def test_lesions_of_networks_without_batch_norm(start):
    net = started(small("basic", "A"), start)
    with torch.no_grad():
        for p in net.parameters():
            p.add_(0.05 * torch.randn_like(p))
    x, state = torch.randn(2, 3, 8, 8), copy.deepcopy(net.state_dict())
    block = net.layer2[1]
    seen = {}
    handle = block.register_forward_hook(lambda _, inputs, out: seen.update(x=inputs[0], y=out))
    whole = net(x)
    handle.remove()
    branch, skip = lesions.parts(block)
    assert torch.equal(torch.relu(branch(seen["x"]) + skip(seen["x"])), seen["y"])
    assert not torch.allclose(lesions.lesion(net, {"layer2.1": "no branch"})(x), whole)
    assert all(torch.equal(value, state[key]) for key, value in net.state_dict().items())
