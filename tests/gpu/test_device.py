"""The networks on a CUDA device. Selected by `make test-gpu`; without a device these tests fail, they never skip."""

import pytest
import torch

from resnet_book import Block, architecture, build, measure, trace

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module", autouse=True)
def exact_arithmetic():
    assert torch.cuda.is_available(), "these tests need a CUDA device, and there is none"
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False


@pytest.mark.parametrize("name, shape", [("resnet18", (3, 64, 64)), ("resnet50", (3, 64, 64)), ("resnet18-d2l", (1, 96, 96)),
                                         ("cifar-resnet20", (3, 32, 32)), ("cifar-plain20", (3, 32, 32))])  # fmt: skip
def test_device_gives_what_the_cpu_gives(name, shape):
    torch.manual_seed(0)
    net, x = build(architecture(name)).eval(), torch.randn(4, *shape)
    with torch.no_grad():
        wanted = net(x)
        found = net.cuda()(x.cuda()).cpu()
    torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("kind", ["basic", "bottleneck", "plain", "d2l"])
def test_gradients_on_the_device_are_those_of_the_cpu(kind):
    torch.manual_seed(0)
    block = build(Block(kind, 16, 16, shortcut="none" if kind == "plain" else "identity")).double()
    x = torch.randn(2, 16, 8, 8, dtype=torch.float64)
    block(x).square().sum().backward()
    wanted = [p.grad.clone() for p in block.parameters()]
    block.zero_grad()
    block.cuda()(x.cuda()).square().sum().backward()
    for p, grad in zip(block.parameters(), wanted):
        torch.testing.assert_close(p.grad.cpu(), grad)


def test_a_network_on_the_device_is_measured_where_it_stands():
    net = build(architecture("resnet18")).cuda()
    assert measure(net, (3, 224, 224)) == trace(architecture("resnet18"), (3, 224, 224))
    assert next(net.parameters()).is_cuda


def test_training_on_the_device_begins_as_on_the_cpu():
    """The same weights, order, crops and flips; later steps drift apart by rounding, pixels by a grey level."""
    from dataclasses import replace

    from resnet_book.data import sample
    from resnet_book.train import fit, recipe

    short = replace(recipe("book", "sample"), epochs=1, precision="fp32")
    runs = [fit(short, sample(True), sample(False), device=name, progress=False) for name in ("cpu", "cuda")]
    losses = [[row["train_loss"] for row in run.history if row["kind"] == "step"] for run in runs]
    assert losses[1][:3] == pytest.approx(losses[0][:3], rel=0.01)


def test_half_precision_on_the_device_learns():
    from resnet_book.data import sample
    from resnet_book.train import fit, recipe

    result = fit(recipe("book", "sample"), sample(True), sample(False), device="cuda", progress=False)
    assert result.history[-1]["test_accuracy"] > 0.55
