"""A convolution as a matrix product: torch's own convolution is the oracle, forward and backward."""

import random
import sys
from dataclasses import replace

import pytest
import torch
from support import TESTS
from torch import nn

sys.path.insert(0, str(TESTS / "faults"))
from tiny import TINY, pictures

from resnet_book import architecture, build
from resnet_book.train import loop, products
from resnet_book.train.products import ProductConv2d, use_products

pytestmark = pytest.mark.usefixtures("one_thread")


def twins(*given, dtype=torch.float64, **options):
    """A convolution of torch, and ours with the same weights."""
    torch.manual_seed(0)
    theirs = nn.Conv2d(*given, **options).to(dtype)
    ours = ProductConv2d(*given, **options).to(dtype)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def passes(conv, x):
    """Output and all gradients."""
    x = x.clone().requires_grad_()
    y = conv(x)
    weights = torch.linspace(-1, 1, y.numel(), dtype=torch.float64).view(y.shape).to(y.dtype)
    return [y.detach(), *torch.autograd.grad(y, [x, *conv.parameters()], weights)]


def calls_of_product(monkeypatch):
    calls = []

    def counted(*given, real=products._Product.apply):
        calls.append(given[0].dtype)
        return real(*given)

    monkeypatch.setattr(products._Product, "apply", counted)
    return calls


@pytest.mark.parametrize("seed", range(40))
def test_random_convolutions_give_what_torch_gives(seed, monkeypatch):
    calls = calls_of_product(monkeypatch)
    chance = random.Random(seed)
    pair = lambda low, high: (chance.randint(low, high), chance.randint(low, high))  # noqa: E731
    kernel, stride, padding = pair(1, 4), pair(1, 3), pair(0, 2)
    out = pair(1, 4)
    # as many pixels as such a map needs, and some that no window reaches
    sides = [max((o - 1) * s + k - 2 * p + chance.randrange(s), 1) for o, s, k, p in zip(out, stride, kernel, padding)]
    if any(side + 2 * p < k for side, p, k in zip(sides, padding, kernel)):
        sides = [side + k for side, k in zip(sides, kernel)]
    theirs, ours = twins(
        chance.randint(1, 5), chance.randint(1, 5), kernel, stride, padding, bias=chance.random() < 0.5
    )
    x = torch.randn(chance.randint(1, 3), theirs.in_channels, *sides, dtype=torch.float64)
    for found, wanted in zip(passes(ours, x), passes(theirs, x), strict=True):
        torch.testing.assert_close(found, wanted)
    small = theirs(x)[0, 0].numel() <= products.SMALL
    assert len(calls) == small


def test_gradients_are_those_of_finite_differences():
    _, ours = twins(2, 3, 3, 2, 1)
    x = torch.randn(2, 2, 5, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(ours, x)


@pytest.mark.parametrize(
    "options, shape",
    [({"groups": 2}, (2, 4, 3, 3)), ({"dilation": 2}, (2, 4, 5, 5)), ({"padding_mode": "reflect"}, (2, 4, 3, 3)),
     ({"padding": "same"}, (2, 4, 3, 3)), ({}, (4, 3, 3)), ({}, (2, 4, 5, 5))],
)  # fmt: skip
def test_what_is_no_product_or_has_a_large_map_is_left_to_torch(options, shape, monkeypatch):
    calls = calls_of_product(monkeypatch)
    theirs, ours = twins(4, 4, 3, **{"padding": 1, **options})
    x = torch.randn(shape, dtype=torch.float64)
    for found, wanted in zip(passes(ours, x), passes(theirs, x), strict=True):
        assert torch.equal(found, wanted)
    assert not calls


def test_wrong_channels_are_refused_by_torch_itself():
    _, ours = twins(4, 4, 3)
    with pytest.raises(RuntimeError, match="channels"):
        ours(torch.zeros(1, 3, 4, 4, dtype=torch.float64))


def test_no_pixel_is_left_to_be_computed():
    _, ours = twins(4, 4, 3)
    with pytest.raises(RuntimeError, match="Kernel size"):
        ours(torch.zeros(1, 4, 2, 2, dtype=torch.float64))


def test_under_autocast_it_computes_in_bfloat16(monkeypatch):
    calls = calls_of_product(monkeypatch)
    theirs, ours = twins(64, 32, 3, padding=1, dtype=torch.float32)
    x = torch.randn(8, 64, 3, 3)
    with torch.autocast("cpu", torch.bfloat16):
        found, wanted = passes(ours, x), passes(theirs, x)
    assert calls == [torch.bfloat16]
    for ours_now, theirs_now in zip(found, wanted, strict=True):
        assert ours_now.dtype == theirs_now.dtype
        error = (ours_now - theirs_now).abs().max() / theirs_now.abs().max()
        assert error < 2**-6


def test_a_network_keeps_its_parameters_and_memory_order(monkeypatch):
    net = build(architecture("resnet18-d2l")).to(memory_format=torch.channels_last)
    before = {name: value.data_ptr() for name, value in net.state_dict().items()}
    x = torch.rand(2, 1, 48, 48).contiguous(memory_format=torch.channels_last)
    net.eval()
    with torch.no_grad():
        wanted = net(x)
    use_products(net)
    assert sum(type(module) is ProductConv2d for module in net.modules()) == 20
    assert {name: value.data_ptr() for name, value in net.state_dict().items()} == before
    calls = calls_of_product(monkeypatch)
    with torch.no_grad():
        torch.testing.assert_close(net(x), wanted, rtol=1e-4, atol=1e-5)
    assert len(calls) == 5 + 5  # at 48x48: layer3 and layer4
    seen = []
    net.layer4[0].conv1.register_forward_hook(lambda _m, _i, y: seen.append(y))
    net(x)
    assert seen[0].is_contiguous(memory_format=torch.channels_last)
    use_products(net, on=False)
    assert not any(type(module) is ProductConv2d for module in net.modules())


@pytest.mark.parametrize("precision, uses", [("bf16", True), ("fp32", False)])
def test_training_takes_products_only_where_it_computes_in_bfloat16(precision, uses, monkeypatch):
    calls = calls_of_product(monkeypatch)
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    monkeypatch.setattr(loop, "arithmetic", lambda *_: dtype)  # whatever this processor can
    result = loop.fit(
        replace(TINY, epochs=1, precision=precision, size=8),
        pictures(64), pictures(30, False), device="cpu", progress=False,
    )  # fmt: skip
    assert bool(calls) is uses
    assert not any(type(module) is ProductConv2d for module in result.net.modules())


@pytest.mark.parametrize("dtype", [torch.int64, torch.float64, torch.bfloat16])
def test_another_kind_of_number_is_refused_as_by_torch(dtype):
    for conv in twins(4, 4, 3, dtype=torch.float32, padding=1):
        with pytest.raises(RuntimeError):
            conv(torch.ones(1, 4, 3, 3, dtype=dtype))


def test_no_picture_at_all():
    theirs, ours = twins(4, 4, 3, padding=1)
    for found, wanted in zip(passes(ours, torch.zeros(0, 4, 3, 3, dtype=torch.float64)),
                             passes(theirs, torch.zeros(0, 4, 3, 3, dtype=torch.float64)), strict=True):  # fmt: skip
        assert torch.equal(found, wanted)
