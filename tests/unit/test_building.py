"""`build`: torchvision's networks to the last weight, initialization, and refusals."""

import pytest
import torch
import torchvision
from torch import nn

from resnet_book import Architecture, Block, ShapeError, architecture, build, trace
from resnet_book.architectures import Stem, names

IMAGENET = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]


def twins(name: str):
    ours, theirs = build(architecture(name)).eval(), getattr(torchvision.models, name)().eval()
    return ours, theirs


@pytest.mark.parametrize("name", IMAGENET)
def test_torchvision_weights_load_strictly_both_ways_and_give_the_same_output(name):
    torch.manual_seed(0)
    ours, theirs = twins(name)
    mine, other = ours.state_dict(), theirs.state_dict()
    assert list(mine) == list(other)
    assert [(v.shape, v.dtype) for v in mine.values()] == [(v.shape, v.dtype) for v in other.values()]
    x = torch.randn(2, 3, 65, 48)
    with torch.no_grad():
        for module in theirs.modules():  # statistics that a fresh network does not have
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 2)
                module.bias.normal_()
        expected = theirs(x)
        assert not torch.equal(ours(x), expected)
        ours.load_state_dict(theirs.state_dict(), strict=True)
        assert torch.equal(ours(x), expected)
        fresh = twins(name)[1]
        fresh.load_state_dict(ours.state_dict(), strict=True)
        assert torch.equal(fresh(x), expected)


@pytest.mark.parametrize(
    "name", ["resnet18-d2l", "cifar-resnet20", "cifar-plain20", "resnet18-cifar", "resnet50-cifar"]
)
def test_the_built_network_gives_one_score_a_class(name):
    arch = architecture(name, num_classes=7)
    net = build(arch)
    assert net(torch.zeros(2, arch.in_channels, 33, 40)).shape == (2, 7)
    assert sum(p.numel() for p in net.parameters()) == trace(arch, (arch.in_channels, 33, 40)).params


@pytest.mark.parametrize("name", [name for name in names() if name.startswith("cifar-resnet") and "1202" not in name])
def test_cifar_state_dicts_have_the_promised_keys(name):
    with torch.device("meta"):
        keys = list(build(architecture(name), init="torch").state_dict())
    assert keys[0] == "conv1.weight"
    assert keys[1].startswith("bn1.")
    assert keys[-2:] == ["fc.weight", "fc.bias"]
    assert {key.split(".")[0] for key in keys} == {"conv1", "bn1", "layer1", "layer2", "layer3", "fc"}
    assert not [key for key in keys if "downsample" in key]  # option A has nothing to learn


def test_he_initialization_has_variance_two_over_fan_out():
    torch.manual_seed(0)
    for name in ("resnet18", "resnet18-d2l"):
        for module in build(architecture(name)).modules():
            if isinstance(module, nn.Conv2d):
                fan_out = module.out_channels * module.kernel_size[0] * module.kernel_size[1]
                assert module.weight.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=0.05)
                assert module.weight.mean().item() == pytest.approx(0, abs=0.1 * (2 / fan_out) ** 0.5)
                assert module.bias is None or not module.bias.any()
            elif isinstance(module, nn.BatchNorm2d):
                assert (module.weight == 1).all()
                assert not module.bias.any()


def test_xavier_initialization_is_uniform_up_to_its_bound():
    torch.manual_seed(0)
    for module in build(architecture("resnet18-d2l"), init="xavier").modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(module.weight)
            bound = (6 / (fan_in + fan_out)) ** 0.5
            assert module.weight.abs().max().item() <= bound
            assert module.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)


def test_torch_initialization_is_each_layers_own():
    torch.manual_seed(0)
    ours = build(architecture("resnet18-d2l"), init="torch").conv1.weight
    torch.manual_seed(0)
    assert torch.equal(ours, nn.Conv2d(1, 64, 7).weight)


def test_the_same_seed_gives_the_same_network():
    nets = []
    for _ in range(2):
        torch.manual_seed(7)
        nets.append(build(architecture("cifar-resnet20")))
    assert all(torch.equal(a, b) for a, b in zip(*(net.state_dict().values() for net in nets)))


@pytest.mark.parametrize("kind", ["basic", "bottleneck", "d2l"])
@pytest.mark.parametrize("train", [True, False])
def test_a_zero_last_gamma_makes_a_block_the_relu_of_its_shortcut(kind, train):
    torch.manual_seed(0)
    x = torch.randn(2, 16, 8, 8)
    block = build(Block(kind, 16, 16), zero_init_last_gamma=True).train(train)
    assert torch.equal(block(x), torch.relu(x))
    assert not torch.equal(build(Block(kind, 16, 16)).train(train)(x), torch.relu(x))
    projected = build(Block(kind, 16, 32, 2, "projection"), zero_init_last_gamma=True).train(train)
    shortcut = projected.conv3 if kind == "d2l" else projected.downsample
    assert torch.equal(projected(x), torch.relu(shortcut(x)))


def test_a_zero_last_gamma_reaches_every_block_and_nothing_else():
    for name, last in (("resnet50", "bn3"), ("resnet18", "bn2"), ("resnet18-d2l", "bn2")):
        net = build(architecture(name), zero_init_last_gamma=True)
        zeros = {
            at for at, module in net.named_modules() if isinstance(module, nn.BatchNorm2d) and not module.weight.any()
        }
        assert zeros == {f"{at}.{last}" for at, _ in architecture(name).blocks()}


def test_a_plain_network_has_no_skip_to_start_from():
    net = build(architecture("cifar-plain20"), zero_init_last_gamma=True)
    assert all(m.weight.all() for m in net.modules() if isinstance(m, nn.BatchNorm2d))


@pytest.mark.parametrize("bad", ["resnet50", None, 18, {"name": "resnet18"}])
def test_only_architectures_and_blocks_are_built(bad):
    with pytest.raises(TypeError, match=type(bad).__name__):
        build(bad)


@pytest.mark.parametrize("bad", ["kaiming", None, True, 1])
def test_an_unknown_initialization_lists_what_there_is(bad):
    with pytest.raises(ShapeError, match='"he", "xavier", "torch"') as caught:
        build(architecture("resnet18"), init=bad)
    assert caught.value.where == "init"


def test_option_a_that_would_lose_channels_is_refused():
    with pytest.raises(ValueError, match="1x1 convolution"):
        build(Architecture("narrowing", "basic", (1, 1), (16, 8), Stem(16), shortcut="A"))
