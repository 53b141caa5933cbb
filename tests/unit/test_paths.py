"""Gradients by paths against the whole gradient and against paths made by hand; what blocks change, against formulas."""

from itertools import product
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from resnet_book import Architecture, ShapeError, architecture, build
from resnet_book.architectures import Stem
from resnet_book.experiments import refinement
from resnet_book.experiments.lesions import blocks, lesion, parts
from resnet_book.experiments.paths import by_length, head, path_gradients, stem
from resnet_book.experiments.refinement import changes, only_first

pytestmark = pytest.mark.usefixtures("one_thread")


def lived(kind: str = "basic", shortcut: str = "A"):
    """A small network, two stages of two blocks, whose statistics and scales are not fresh."""
    torch.manual_seed(0)
    stem_ = Stem(4, 3, 1, 1, pool=False)
    net = build(Architecture("small", kind, (2, 2), (4, 8), stem_, in_channels=1, num_classes=10, shortcut=shortcut))
    for key, value in net.state_dict().items():
        if key.endswith("running_var") or (value.ndim == 1 and key.endswith("weight")):
            value.copy_(0.5 + torch.rand(value.shape))
    return net


FAMILIES = [("basic", "A"), ("basic", "B"), ("bottleneck", "B"), ("d2l", "C")]


def pictures(count: int = 3):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 1, 8, 8, generator=generator), torch.arange(count) % 10


@pytest.mark.parametrize(("kind", "shortcut"), FAMILIES)
def test_all_paths_together_are_the_gradient(kind, shortcut):
    net, (x, y) = lived(kind, shortcut).eval(), pictures()
    start = stem(net, x).detach().requires_grad_()
    out = start
    for block in blocks(net).values():
        out = block(out)
    assert torch.allclose(head(net, out), net(x), atol=1e-6)
    (whole,) = torch.autograd.grad(F.cross_entropy(head(net, out), y, reduction="sum"), start)
    found = by_length(net, x, y)
    assert len(found) == 5
    assert torch.allclose(sum(found), whole, atol=1e-6 * float(whole.abs().max()) + 1e-9)


def by_hand(net, x, y, ways):
    """The gradient along one path: the others are held fixed, as numbers, where they join."""
    start = stem(net, x).detach().requires_grad_()
    out = start
    for block, way in zip(blocks(net).values(), ways):
        branch, skip = parts(block)
        added, carried = branch(out), skip(out)
        out = torch.relu(added + carried.detach() if way else added.detach() + carried)
    loss = F.cross_entropy(head(net, out), y, reduction="sum")
    return torch.autograd.grad(loss, start)[0].flatten(1).double().norm(dim=1).sum().item()


@pytest.mark.parametrize(("kind", "shortcut"), FAMILIES)
def test_each_length_is_the_mean_of_its_paths(kind, shortcut):
    net, (x, y) = lived(kind, shortcut).eval(), pictures()
    found = path_gradients(net, x, y)
    assert [row.count for row in found] == [1, 4, 6, 4, 1]
    sums = by_length(net, x, y)
    for row in found:
        ways = [ways for ways in product((0, 1), repeat=4) if sum(ways) == row.length]
        wanted = sum(by_hand(net, x, y, way) for way in ways) / len(ways) / len(x)
        assert row.alone == pytest.approx(wanted, rel=1e-4)
        assert row.together == pytest.approx(sums[row.length].flatten(1).norm(dim=1).mean().item(), rel=1e-4)


def test_the_network_is_left_as_it_was():
    net, (x, y) = lived().train(), pictures()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    path_gradients(net, x, y)
    changes(net, x, y)
    only_first(net, 2)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert net.training and all(p.grad is None for p in net.parameters())


def test_what_has_no_paths_or_too_many_is_refused():
    x, y = pictures()
    with pytest.raises(ShapeError, match="single path"):
        path_gradients(build(architecture("fashion-plain20")), x, y)
    deep = build(architecture("cifar-resnet56", in_channels=1))
    with pytest.raises(ShapeError, match="27 blocks, 134,217,728 paths"):
        path_gradients(deep, x, y)
    assert len(by_length(deep, x, y)) == 28


# ---------------------------------------------------------------- what blocks change


def test_changes_are_measured_by_their_formulas():
    net, (x, y) = lived().eval(), pictures()
    found = changes(net, x, y)
    assert [change.name for change in found] == list(blocks(net))
    state = stem(net, x)
    for change, block in zip(found, blocks(net).values()):
        branch, skip = (part(state).detach().flatten(1).double() for part in parts(block))
        sizes = branch.norm(dim=1), skip.norm(dim=1)
        assert change.branch == pytest.approx(sizes[0].mean().item(), rel=1e-5)
        assert change.skip == pytest.approx(sizes[1].mean().item(), rel=1e-5)
        assert change.ratio == pytest.approx((sizes[0] / sizes[1]).mean().item(), rel=1e-5)
        assert change.cosine == pytest.approx(((branch * skip).sum(1) / sizes[0] / sizes[1]).mean().item(), abs=1e-5)
        state = block(state)


def test_downhill_is_where_the_loss_falls():
    """A last block made to step against the gradient points downhill; one made to step along it, uphill."""
    for sign in (1, -1):
        net, (x, y) = lived().eval(), pictures(1)
        last = blocks(net)["layer2.1"]
        without = lesion(net, {"layer2.1": "no branch"})
        state = {}
        handle = without.avgpool.register_forward_hook(lambda _, inputs, out, state=state: state.update(x=inputs[0]))
        loss = F.cross_entropy(without(x), y)
        handle.remove()
        (gradient,) = torch.autograd.grad(loss, state["x"])
        step = gradient.mean((0, 2, 3)) / gradient.abs().max()
        last.bn2.weight.data.zero_()
        last.bn2.bias.data.copy_((-sign * step).clamp_min(0))  # upwards only: the ReLU behind it cuts what falls
        assert sign * changes(net, x, y)[-1].downhill > 0.1


def test_only_the_first_blocks_are_left():
    net, (x, _) = lived().eval(), pictures()
    with torch.no_grad():
        assert torch.equal(only_first(net, 4)(x), net(x))
        first = only_first(net, 1)
        names = list(blocks(net))
        wanted = lesion(net, dict.fromkeys(names[1:], "no branch"))
        assert torch.equal(first(x), wanted(x))
        assert not torch.allclose(first(x), net(x))


def test_recorded_changes_are_read_back(tmp_path, monkeypatch):
    net, (x, y) = lived(), pictures()

    class Run:
        origin = {"run": "small/run", "architecture": "small", "dataset": "none"}
        run = SimpleNamespace(config={"seed": 0}, scored="test")

        def __init__(self, folder):
            assert folder == "where it is"

        def network(self):
            return net

        def batches(self, train, count, batch_size):
            assert not train and count == batch_size == len(x)
            return [(x, y)]

    monkeypatch.setattr(refinement, "Recorded", Run)
    found = refinement.record("where it is", tmp_path, len(x))
    assert found == refinement.load(tmp_path) and [change.name for change in found] == list(blocks(net))
    for read, made in zip(found, changes(net, x, y)):
        assert read[1:] == pytest.approx(made[1:], rel=1e-3)


def test_in_the_book_s_deep_network_a_block_is_a_smaller_part_of_the_sum():
    shallow, deep = (refinement.load(f"runs/changes/cifar-resnet{depth}-A-0") for depth in (20, 56))
    assert [len(found) for found in (shallow, deep)] == [9, 27]
    last = {change.name: change.ratio for change in shallow}
    assert all(change.ratio < last[change.name] for change in deep if change.name in last)
