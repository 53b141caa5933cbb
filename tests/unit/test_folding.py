"""Batch norm folded into convolutions: equal outputs, known costs, and what cannot be folded."""

import copy

import pytest
import torch
from support import REPOSITORY
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from resnet_book import Architecture, ShapeError, architecture, build, trace
from resnet_book.architectures import Stem, usual_input
from resnet_book.experiments import folding
from resnet_book.experiments.folding import fold
from resnet_book.models import build_start

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = Stem(4, 3, 1, 1, pool=True)
CASES = [("basic", "A"), ("basic", "B"), ("basic", "C"), ("bottleneck", "B"), ("plain", "none"), ("d2l", "B")]


def lived(kind, shortcut):
    torch.manual_seed(1)
    net = build(Architecture("small", kind, (2, 2), (4, 8), SMALL, num_classes=10, shortcut=shortcut))
    for name, value in net.state_dict().items():
        if value.ndim == 1:
            value.copy_(torch.rand(value.shape) + (0.5 if "var" in name else -0.5))
    return net.eval()


@pytest.mark.parametrize(("kind", "shortcut"), CASES)
def test_a_folded_network_puts_out_the_same(kind, shortcut):
    net = lived(kind, shortcut)
    before = copy.deepcopy(net.state_dict())
    made = fold(net)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in made.modules())
    x = torch.randn(3, 3, 16, 16)
    assert torch.allclose(made(x), net(x), rtol=1e-4, atol=1e-5)
    double = copy.deepcopy(net).double()
    assert torch.allclose(fold(double)(x.double()), double(x.double()), rtol=1e-12, atol=1e-12)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


def test_every_batch_norm_is_paired_with_the_convolution_before_it():
    net = lived("bottleneck", "B")
    found = folding.pairs(net)
    assert len(found) == sum(isinstance(module, nn.BatchNorm2d) for module in net.modules()) == 1 + 4 * 3 + 2
    assert ("layer2.0.conv3", "layer2.0.bn3") in found
    assert ("layer2.0.downsample.0", "layer2.0.downsample.1") in found
    for conv, norm in found:
        assert net.get_submodule(conv).out_channels == net.get_submodule(norm).num_features


def test_the_macs_stay_and_the_traffic_falls_by_what_batch_norm_moved():
    arch = architecture("cifar-resnet20")
    net = build(arch).eval()
    before, after = folding.cost(net, (3, 32, 32)), folding.cost(fold(net), (3, 32, 32))
    assert before.macs == after.macs == trace(arch, (3, 32, 32)).macs
    norms = [row for row in trace(arch, (3, 32, 32)).rows if row.op == "batch_norm"]
    assert before.operations - after.operations == len(norms) == 19
    moved = sum(2 * row.activations + 2 * row.params for row in norms)
    biases = sum(row.params // 2 for row in norms)
    assert before.bytes - after.bytes == 4 * (moved - biases)
    assert before.params - after.params == biases
    many = [folding.cost(each, (3, 32, 32), batch=10) for each in (net, fold(net))]
    moved = sum(20 * row.activations + 2 * row.params for row in norms)
    assert many[0].bytes - many[1].bytes == 4 * (moved - biases)
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        fold(net).to("meta")(torch.randn(1, 3, 32, 32))
    assert counter.get_total_flops() == 2 * after.macs


def test_training_mode_and_networks_without_batch_norm_are_refused():
    with pytest.raises(ShapeError, match="evaluation mode"):
        fold(lived("basic", "A").train())
    with pytest.raises(ShapeError, match="without a batch norm"):
        fold(build_start(architecture("cifar-resnet20"), "fixup").eval())
    with pytest.raises(ShapeError, match="without a batch norm"):
        fold(fold(lived("basic", "A")))


def test_times_are_taken_of_each():
    net = lived("basic", "A")
    times = folding.seconds(net, fold(net), x=torch.randn(2, 3, 16, 16), rounds=2)
    assert len(times) == 2
    assert all(0 < seconds < 10 for seconds in times)


def test_the_record_of_the_book_is_of_its_networks():
    """Counts are counted again; times are only known to be times."""
    saved = folding.load(REPOSITORY / "book" / "runs" / "folding")
    assert [row.network for row in saved] == list(folding.NETWORKS)
    for row in saved:
        net = build(architecture(row.network)).eval()
        costs = [folding.cost(each, usual_input(row.network), row.batch) for each in (net, fold(net))]
        assert [row.bytes_before, row.bytes_after] == [each.bytes for each in costs]
        assert row.macs == costs[0].macs == costs[1].macs
        assert min(row.seconds_before, row.seconds_after) > 0
