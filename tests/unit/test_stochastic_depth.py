"""Stochastic depth: how often each branch is there, what a step without it computes, and that evaluation sees nothing of it."""

import pytest
import torch
from support import noise

from resnet_book import architecture, build
from resnet_book.architectures import Architecture, Stem
from resnet_book.experiments.lesions import blocks, lesion
from resnet_book.train import recipe, stochastic_depth
from resnet_book.train.loop import Diverged, fit
from resnet_book.train.products import ProductConv2d
from resnet_book.train.stochastic_depth import drop_branches, survivals

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = Architecture("small", "basic", (2, 2), (4, 8), Stem(4, 3, 1, 1, pool=False), in_channels=1, num_classes=10)


def test_the_share_of_steps_falls_in_a_straight_line():
    assert survivals(4, 0.5) == [0.875, 0.75, 0.625, 0.5]
    assert survivals(3, 1.0) == [1.0, 1.0, 1.0]


def test_a_step_without_a_branch_is_a_step_of_the_network_without_it(monkeypatch):
    torch.manual_seed(0)
    net, x = build(SMALL).train(), torch.randn(6, 1, 8, 8)
    names = list(blocks(net))
    without = lesion(net, {names[1]: "no branch", names[2]: "no branch"}).train()
    for name, share in ((names[0], 0.875), (names[3], 0.5)):  # the branches that stay are made larger
        without.get_submodule(name).bn2.weight.data /= share
        without.get_submodule(name).bn2.bias.data /= share
    drop_branches(net, 0.5)
    dice = iter((0.1, 0.9, 0.9, 0.1))
    monkeypatch.setattr(stochastic_depth.torch, "rand", lambda _: torch.tensor(next(dice)))
    assert torch.allclose(net(x), without(x), atol=1e-5)


def test_each_branch_is_there_as_often_as_it_should_be():
    torch.manual_seed(0)
    net = build(SMALL).train()
    ends = {name: block.bn2 for name, block in blocks(net).items()}
    seen = dict.fromkeys(ends, 0)
    drop_branches(net, 0.4)
    for name, end in ends.items():  # behind the hook that drops
        end.register_forward_hook(lambda _, __, out, name=name: seen.update({name: seen[name] + bool(out.any())}))
    rounds, x = 400, torch.randn(2, 1, 4, 4)
    with torch.no_grad():
        for _ in range(rounds):
            net(x)
    for found, share in zip(seen.values(), survivals(4, 0.4)):
        assert found / rounds == pytest.approx(share, abs=0.1)


@pytest.mark.parametrize("name, count", [("resnet50", 16), ("resnet18-d2l", 8), ("cifar-resnet56", 27)])
def test_every_kind_of_residual_block_is_found(name, count):
    hooks = drop_branches(build(architecture(name)), 0.5)
    assert len(hooks) == count


def test_evaluation_and_the_state_dict_see_nothing_of_it_and_hooks_can_be_removed():
    net, x = build(SMALL).eval(), torch.randn(3, 1, 8, 8)
    before, keys = net(x), list(net.state_dict())
    hooks = drop_branches(net, 0.01)
    assert torch.equal(net(x), before) and list(net.state_dict()) == keys
    for hook in hooks:
        hook.remove()
    net.train()
    assert torch.equal(net(x), net(x))


def fitted(folder=None, **changes):
    given = {"size": 12, "batch_size": 20, "epochs": 2, "precision": "fp32"} | changes
    made = recipe("fashion-stochastic-depth", **given)
    return fit(made, noise(100, 12, 12), noise(30, 12, 12, seed=1), device="cpu", folder=folder, progress=False).net


def test_the_loop_trains_with_it_by_its_seed_and_takes_it_off_again():
    net, again, without = fitted(), fitted(), fitted(survival=1.0)
    weight = "layer3.2.conv2.weight"
    assert torch.equal(net.state_dict()[weight], again.state_dict()[weight])
    assert not torch.equal(net.state_dict()[weight], without.state_dict()[weight])
    assert not any(module._forward_hooks for module in net.modules())


def test_a_run_that_diverges_gives_the_network_back_as_it_was_built():
    with pytest.raises(Diverged) as ended:
        fitted(lr=1000.0, start="he", precision="bf16")
    net = ended.value.result.net
    assert not any(module._forward_hooks for module in net.modules())
    assert not any(isinstance(module, ProductConv2d) for module in net.modules())


@pytest.mark.parametrize("survival", [0, -0.5, 1.5, True, "half", float("nan")])
def test_an_impossible_share_is_refused(survival):
    with pytest.raises(ValueError, match=r"survival is .*above 0"):
        recipe("fashion", survival=survival)


def test_a_plain_network_has_nothing_to_go_by():
    with pytest.raises(ValueError, match="no skip"):
        recipe("fashion-stochastic-depth", architecture=architecture("fashion-plain20"))
