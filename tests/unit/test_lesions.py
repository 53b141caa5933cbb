"""Lesions against the blocks' own formulas written out, on networks of every family; refusals; scores; rewinding."""

import copy
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from resnet_book import Architecture, Block, ShapeError, architecture, build
from resnet_book.architectures import Stem
from resnet_book.experiments import lesions
from resnet_book.experiments.lesions import lesion
from resnet_book.experiments.statistics import batch_norms, recompute, recomputed

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = Stem(4, 3, 1, 1, pool=False)


def small(kind: str, shortcut: str, version: str = "v1.5") -> Architecture:
    return Architecture("small", kind, (2, 3, 2), (4, 8, 16), SMALL, num_classes=10, shortcut=shortcut, version=version)


FAMILIES = {
    "basic A": small("basic", "A"),
    "basic B": small("basic", "B"),
    "basic C": small("basic", "C"),
    "bottleneck A": small("bottleneck", "A"),
    "bottleneck B": small("bottleneck", "B", "v1"),
    "bottleneck C": small("bottleneck", "C"),
    "plain": small("plain", "none"),
    "d2l B": small("d2l", "B"),
    "d2l C": small("d2l", "C"),
}


def lived(arch: Architecture, seed: int = 0):
    """A network in evaluation mode whose every weight and statistic is a random number, not a fresh one."""
    generator = torch.Generator().manual_seed(seed)
    net = build(arch)
    for name, value in net.state_dict().items():
        if name.endswith("running_var") or (value.ndim == 1 and name.endswith("weight")):
            value.copy_(0.5 + torch.rand(value.shape, generator=generator))
        elif value.ndim == 1:
            value.copy_(0.1 * torch.randn(value.shape, generator=generator))
    return net.eval()


def pictures(arch: Architecture, count: int = 3, seed: int = 1):
    return torch.randn(count, arch.in_channels, 8, 8, generator=torch.Generator().manual_seed(seed))


# ---------------------------------------------------------------- the same computation, from the state dict alone


def norm(state, name, x):
    names = ("running_mean", "running_var", "weight", "bias")
    return F.batch_norm(x, *(state[f"{name}.{key}"] for key in names))


def branch_by_hand(arch, block: Block, state, name, x):
    strides = {"bottleneck": (1, block.stride, 1) if block.version == "v1.5" else (block.stride, 1, 1)}
    strides = strides.get(block.kind, (block.stride, 1))
    for n, stride in enumerate(strides, start=1):
        weight = state[f"{name}.conv{n}.weight"]
        x = F.conv2d(x, weight, state.get(f"{name}.conv{n}.bias"), stride, weight.shape[-1] // 2)
        x = norm(state, f"{name}.bn{n}", x)
        if n < len(strides):
            x = x.clamp(min=0)
    return x


def option_a(x, channels, stride):
    x = x[:, :, ::stride, ::stride]
    out = x.new_zeros(len(x), channels, *x.shape[2:])
    before = (channels - x.shape[1]) // 2
    out[:, before : before + x.shape[1]] = x
    return out


def skip_by_hand(block: Block, state, name, x):
    if block.kind == "plain" or block.shortcut in ("pad", "identity"):
        return option_a(x, block.out_channels, block.stride)
    if block.kind == "d2l":
        return F.conv2d(x, state[f"{name}.conv3.weight"], state[f"{name}.conv3.bias"], block.stride)
    return norm(state, f"{name}.downsample.1", F.conv2d(x, state[f"{name}.downsample.0.weight"], None, block.stride))


def by_hand(arch: Architecture, state, x, what):
    """The whole network with lesions, out of functions."""
    order = list(arch.blocks())
    for name in [name for name, value in what.items() if value == "swapped with the next"]:
        place = [at for at, _ in order].index(name)
        order[place], order[place + 1] = order[place + 1], order[place]
    stem = arch.stem
    x = F.conv2d(x, state["conv1.weight"], state.get("conv1.bias"), stem.stride, stem.padding)
    x = norm(state, "bn1", x).clamp(min=0)
    for name, block in order:
        value = what.get(name, "whole")
        if value == "no branch":
            x = skip_by_hand(block, state, name, x).clamp(min=0)
            continue
        y = branch_by_hand(arch, block, state, name, x)
        if not isinstance(value, str):
            y = y * value
        if block.kind != "plain" and value != "no skip":
            y = y + skip_by_hand(block, state, name, x)
        x = y.clamp(min=0)
    return F.linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


@pytest.mark.parametrize("family", FAMILIES)
def test_every_lesion_of_every_block_equals_the_formulas(family):
    arch = FAMILIES[family]
    net, x = lived(arch), pictures(arch)
    state = copy.deepcopy(net.state_dict())
    with torch.no_grad():
        whole = net(x)
        assert torch.allclose(whole, by_hand(arch, state, x, {}), atol=1e-4, rtol=1e-4)
        for name, values in lesions.possible(net).items():
            for value in (*values, 0, 0.5, -1.5, np.float32(2)):
                got, expected = lesion(net, {name: value})(x), by_hand(arch, state, x, {name: value})
                assert torch.allclose(got, expected, atol=1e-4, rtol=1e-4), (name, value)
                if value != "whole":
                    assert not torch.allclose(got, whole, atol=1e-3), (name, value)
        assert torch.equal(net(x), whole)
    assert all(torch.equal(value, state[key]) for key, value in net.state_dict().items())
    assert list(net.state_dict()) == list(state)


@pytest.mark.parametrize("seed", range(20))
def test_several_lesions_at_once_equal_the_formulas(seed):
    generator = np.random.default_rng(seed)
    arch = FAMILIES[str(generator.choice(list(FAMILIES)))]
    net, x = lived(arch, seed), pictures(arch)
    what, names = {}, list(lesions.possible(net))
    for place, (name, values) in enumerate(lesions.possible(net).items()):
        value = generator.choice([*values, "a number"])
        before = what.get(names[place - 1]) if place else None
        if value == "swapped with the next" == before:
            value = "whole"
        if generator.random() < 0.7:
            what[name] = float(generator.normal()) if value == "a number" else str(value)
    with torch.no_grad():
        expected = by_hand(arch, net.state_dict(), x, what)
        got = lesion(net, what)(x)
    assert torch.allclose(got, expected, atol=1e-4 * max(1, expected.abs().max()), rtol=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_parts_make_the_block_bit_by_bit_in_both_modes(family):
    arch = FAMILIES[family]
    net, x = lived(arch), pictures(arch)
    for mode in (True, False):
        for name, block in lesions.blocks(net).items():
            x = torch.rand(2, lesions._shape(block)[0], 8, 8)
            expected = copy.deepcopy(block).train(mode)(x)
            branch, skip = lesions.parts(copy.deepcopy(block).train(mode))
            y = branch(x)
            assert torch.equal(torch.relu(y if skip is None else y + skip(x)), expected), (name, mode)


def test_whole_a_branch_by_one_and_no_lesion_at_all_change_no_bit():
    net = lived(FAMILIES["basic B"])
    x = pictures(FAMILIES["basic B"])
    for what in ({}, {"layer2.1": "whole"}, {"layer2.1": 1}, {"layer1.0": 1.0, "layer3.1": "whole"}):
        assert torch.equal(lesion(net, what)(x), net(x))


def test_a_branch_by_zero_is_no_branch_but_in_a_plain_network():
    arch = FAMILIES["basic A"]
    net, x = lived(arch), pictures(arch)
    assert torch.equal(lesion(net, {"layer2.0": 0})(x), lesion(net, {"layer2.0": "no branch"})(x))
    arch = FAMILIES["plain"]
    net = lived(arch)
    assert torch.equal(lesion(net, {"layer3.1": 0})(x), net.fc.bias.expand(3, -1))


@pytest.mark.parametrize("training", [True, False])
def test_the_copy_is_in_the_same_mode_and_shares_nothing(training):
    arch = FAMILIES["bottleneck B"]
    net = lived(arch).train(training)
    before = copy.deepcopy(net.state_dict())
    made = lesion(
        net, {"layer1.0": "no branch", "layer2.1": "swapped with the next", "layer3.1": 0.5, "layer2.0": "no skip"}
    )
    assert all(module.training is training for module in made.modules())
    made.train()(pictures(arch))  # moves statistics
    with torch.no_grad():
        for p in made.parameters():
            p.zero_()
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


def test_a_batch_norm_that_was_frozen_stays_frozen():
    net = lived(FAMILIES["basic A"]).train()
    net.layer2[1].bn1.eval()
    made = lesion(net, {"layer2.1": 0.5, "layer2.2": "no skip"})
    assert not made.layer2[1].branch.bn1.training
    assert made.layer2[1].training


def test_a_lesion_of_a_lesion():
    arch = FAMILIES["basic A"]
    net, x = lived(arch), pictures(arch)
    two = lesion(lesion(net, {"layer2.1": "no branch"}), {"layer1.1": "no skip"})
    assert torch.equal(two(x), lesion(net, {"layer2.1": "no branch", "layer1.1": "no skip"})(x))


def test_what_is_possible():
    words = lesions.possible(lived(FAMILIES["basic A"]))
    assert list(words) == [name for name, _ in FAMILIES["basic A"].blocks()]
    assert words["layer1.0"] == ("whole", "no branch", "no skip", "swapped with the next")
    assert words["layer1.1"] == words["layer2.0"] == words["layer3.1"] == ("whole", "no branch", "no skip")
    plain = lesions.possible(lived(FAMILIES["plain"]))
    assert plain["layer2.1"] == ("whole", "no branch", "swapped with the next")
    assert plain["layer2.0"] == ("whole", "no branch")
    assert "swapped with the next" not in lesions.possible(lived(FAMILIES["bottleneck B"]))["layer1.0"]  # 4 -> 16


@pytest.mark.parametrize(
    ("family", "what", "where", "says"),
    [
        ("basic A", {"layer9.1": "no branch"}, "lesions", "'layer9.1'"),
        ("basic A", {3: "no branch"}, "lesions", "3"),
        ("basic A", {"layer2": "no branch"}, "lesions", "layer1.0"),
        ("basic A", {"layer2.1": "no brunch"}, "layer2.1", '"no branch"'),
        ("basic A", {"layer2.1": None}, "layer2.1", "None"),
        ("basic A", {"layer2.1": True}, "layer2.1", "True"),
        ("basic A", {"layer2.1": math.nan}, "layer2.1", "nan"),
        ("basic A", {"layer2.1": math.inf}, "layer2.1", "finite"),
        ("basic A", {"layer2.1": 10**400}, "layer2.1", "finite"),
        ("basic A", {"layer2.1": 1j}, "layer2.1", "1j"),
        ("basic A", {"layer2.1": ["no branch"]}, "layer2.1", "a list"),
        ("plain", {"layer2.1": "no skip"}, "layer2.1", "plain"),
        ("basic A", {"layer2.0": "swapped with the next"}, "layer2.0", "4 -> 8 channels at stride 2"),
        ("basic A", {"layer2.2": "swapped with the next"}, "layer2.2", "layer3.0"),
        ("basic A", {"layer3.1": "swapped with the next"}, "layer3.1", "the last one"),
        ("basic A", {"layer2.1": "swapped with the next", "layer2.2": "swapped with the next"}, "layer2.2", "layer3.0"),
        ("basic A", ["layer2.1"], "lesions", "a dictionary"),
        ("basic A", "layer2.1", "lesions", "a dictionary"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_repair(family, what, where, says):
    with pytest.raises(ShapeError) as caught:  # a ValueError, too
        lesion(lived(FAMILIES[family]), what)
    error = caught.value
    assert isinstance(error, ValueError)
    assert error.where == where
    assert says in str(error)
    assert error.fix


def test_two_exchanges_of_one_block_are_refused():
    arch = Architecture("one", "basic", (4,), (4,), SMALL, num_classes=10, shortcut="A")
    swap = "swapped with the next"
    with pytest.raises(ShapeError, match=r"layer1\.1"):
        lesion(build(arch), {"layer1.0": swap, "layer1.1": swap})
    net, x = lived(arch), pictures(arch)
    both = {"layer1.0": swap, "layer1.2": swap}
    assert torch.allclose(lesion(net, both)(x), by_hand(arch, net.state_dict(), x, both), atol=1e-4)


def test_a_module_without_blocks_is_refused():
    with pytest.raises(ShapeError, match="without blocks"):
        lesion(torch.nn.Linear(2, 2), {"layer1.0": "no branch"})


# ---------------------------------------------------------------- statistics


def test_recomputed_statistics_are_those_of_the_pictures():
    arch = FAMILIES["basic B"]
    net, x = lived(arch), pictures(arch, 12)
    before = copy.deepcopy(net.state_dict())
    made = recomputed(net, [(x, None)])
    first = F.conv2d(x, net.conv1.weight, None, 1, 1)
    assert torch.allclose(made.bn1.running_mean, first.mean((0, 2, 3)), atol=1e-5)
    assert torch.allclose(made.bn1.running_var, first.var((0, 2, 3)), atol=1e-4)
    last = {}
    made.layer3[1].bn2.register_forward_hook(lambda _, inputs, __: last.update(x=inputs[0]))
    made.train()(x)  # sees what the recomputation saw
    assert torch.allclose(made.layer3[1].bn2.running_mean, last["x"].mean((0, 2, 3)), atol=1e-4)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert not made.eval().bn1.training


def test_recomputation_averages_batches_and_leaves_modes_and_momentum():
    arch = FAMILIES["basic A"]
    net, x = lived(arch), pictures(arch, 12)
    net.layer1[0].bn1.train()
    halves = [recomputed(net, [part]).bn1.running_var for part in x.split(6)]
    recompute(net, x.split(6))
    assert torch.allclose(net.bn1.running_var, (halves[0] + halves[1]) / 2, atol=1e-6)
    assert net.layer1[0].bn1.training
    assert not net.bn1.training
    assert all(layer.momentum == 0.1 for layer in batch_norms(net))


def test_recomputation_needs_pictures():
    net = lived(FAMILIES["basic A"])
    with pytest.raises(ValueError, match="at least one batch"):
        recompute(net, [])
    assert all(layer.momentum == 0.1 for layer in batch_norms(net))


# ---------------------------------------------------------------- scores


def labelled(arch, net, count=40):
    """Pictures and the classes that the whole network gives them, every fifth one altered."""
    x = pictures(arch, count, seed=5)
    with torch.no_grad():
        y = net(x).argmax(1)
    y[::5] = (y[::5] + 1) % 10
    return x, y


def test_scores_of_each_block_are_counted_right():
    arch = FAMILIES["basic A"]
    net = lived(arch)
    x, y = labelled(arch, net)
    batches = list(zip(x.split(16), y.split(16)))
    assert lesions.score(net, batches) == ("whole", "", 0.8, None)
    rows = list(lesions.each(net, batches, renew=batches))
    assert [row.blocks for row in rows] == list(lesions.blocks(net))
    for row in rows:
        with torch.no_grad():
            answers = by_hand(arch, net.state_dict(), x, {row.blocks: "no branch"}).argmax(1)
        assert row.accuracy == pytest.approx((answers == y).float().mean().item())
        assert row.lesion == "no branch"
        assert 0 <= row.recomputed <= 1
    assert {row.blocks for row in lesions.each(net, batches, "swapped with the next")} == {"layer1.0", "layer2.1"}


def test_blocks_at_random_are_drawn_by_the_seed():
    net = lived(FAMILIES["basic A"])
    drawn = [lesions.at_random(net, 3, seed) for seed in range(20)]
    assert all(len(what) == 3 and set(what.values()) == {"no branch"} for what in drawn)
    assert drawn == [lesions.at_random(net, 3, seed) for seed in range(20)]
    assert len({tuple(what) for what in drawn}) > 5
    assert set().union(*drawn) == set(lesions.blocks(net))
    assert set(lesions.at_random(net, 2, value="swapped with the next")) == {"layer1.0", "layer2.1"}
    for count in (-1, 8, True, 2.0):
        with pytest.raises(ShapeError, match="from 0 to 7"):
            lesions.at_random(net, count)


def test_a_rewound_block_has_its_earlier_weights_and_nothing_else_has():
    arch = FAMILIES["bottleneck C"]
    now, early = lived(arch, 1), lived(arch, 2)
    before = copy.deepcopy(now.state_dict())
    arrays = {key: value.numpy() for key, value in early.state_dict().items()}
    for earlier in (early.state_dict(), arrays):
        made = lesions.rewind(now, ["layer2.1"], earlier)
        for key, value in made.state_dict().items():
            source = early if key.startswith("layer2.1.") else now
            assert torch.equal(value, source.state_dict()[key]), key
    assert all(torch.equal(value, before[key]) for key, value in now.state_dict().items())
    all_of_them = lesions.rewind(now, lesions.blocks(now), early.state_dict())
    assert torch.equal(all_of_them.layer3[0](torch.ones(1, 32, 4, 4)), early.layer3[0](torch.ones(1, 32, 4, 4)))


def test_rewinding_refuses_what_is_not_there():
    now = lived(FAMILIES["basic A"])
    with pytest.raises(ShapeError, match="layer7"):
        lesions.rewind(now, ["layer7.0"], now.state_dict())
    with pytest.raises(ShapeError, match="nothing"):
        lesions.rewind(now, ["layer2.1"], {})
    with pytest.raises(ShapeError, match="shape of"):
        lesions.rewind(now, ["layer2.1"], build(architecture("cifar-resnet20")).state_dict())
