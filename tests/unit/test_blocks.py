"""The blocks: d2l's to the last weight, where the stride stands, and what each shortcut does."""

import pytest
import torch
from torch import nn

from resnet_book import Block, build
from resnet_book.models import BasicBlock, Bottleneck, PadShortcut, PlainBlock, Residual

X = torch.randn(4, 3, 6, 6, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("channels", "projected", "strides"), [(3, False, 1), (6, True, 2), (3, True, 1), (3, True, 3)]
)
def test_residual_and_d2l_are_interchangeable(channels, projected, strides):
    from d2l import torch as d2l

    torch.manual_seed(1)
    theirs, ours = d2l.Residual(channels, projected, strides), Residual(3, channels, projected, strides)
    theirs(X)  # d2l's is lazy until it has run once
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [v.shape for v in ours.state_dict().values()] == [v.shape for v in theirs.state_dict().values()]
    for source, target in ((theirs, ours), (Residual(3, channels, projected, strides), theirs)):
        target.load_state_dict(source.state_dict(), strict=True)
        for mode in (False, True):
            source.train(mode)
            target.train(mode)
            assert torch.equal(source(X), target(X))


def test_the_two_shapes_of_the_d2l_chapter():
    assert Residual(3, 3)(X).shape == (4, 3, 6, 6)
    assert Residual(3, 6, use_1x1conv=True, strides=2)(X).shape == (4, 6, 3, 3)


def test_a_mismatch_fails_and_a_single_channel_is_stretched_without_a_word():
    with pytest.raises(RuntimeError):
        Residual(3, 6)(X)
    assert Residual(1, 6)(X[:, :1]).shape == (4, 6, 6, 6)


@pytest.mark.parametrize(("version", "carrier"), [("v1", "conv1"), ("v1.5", "conv2")])
def test_the_version_says_which_convolution_of_a_bottleneck_carries_the_stride(version, carrier):
    block = build(Block("bottleneck", 64, 256, 2, "projection", version))
    strides = {name: getattr(block, name).stride for name in ("conv1", "conv2", "conv3")}
    assert strides == {name: (2, 2) if name == carrier else (1, 1) for name in strides}
    assert block.downsample[0].stride == (2, 2)


@pytest.mark.parametrize("kind", ["basic", "plain", "d2l"])
def test_the_first_convolution_of_the_others_carries_it(kind):
    block = build(Block(kind, 8, 8, 2, "none" if kind == "plain" else "projection"))
    assert (block.conv1.stride, block.conv2.stride) == ((2, 2), (1, 1))


@pytest.mark.parametrize(
    ("channels", "out", "before", "after"), [(2, 6, 2, 2), (2, 5, 1, 2), (3, 3, 0, 0), (1, 2, 0, 1)]
)
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_option_a_takes_every_second_pixel_and_pads_half_before_and_half_after(channels, out, before, after, stride):
    x = torch.randn(2, channels, 7, 8)
    y = PadShortcut(channels, out, stride)(x)
    assert y.shape[1] == out
    assert torch.equal(y[:, before : before + channels], x[:, :, ::stride, ::stride])
    assert not y[:, :before].any()
    assert not y[:, out - after :].any() or not after
    assert not list(PadShortcut(channels, out, stride).parameters())


def test_option_a_only_adds_channels():
    with pytest.raises(ValueError, match="1x1 convolution"):
        PadShortcut(4, 2)


def test_each_shortcut_is_what_it_is_called():
    assert isinstance(build(Block("basic", 8, 8)).downsample, nn.Identity)
    assert isinstance(build(Block("basic", 8, 16, 2, "pad")).downsample, PadShortcut)
    projection = build(Block("basic", 8, 16, 2, "projection")).downsample
    assert [type(layer) for layer in projection] == [nn.Conv2d, nn.BatchNorm2d]
    assert projection[0].bias is None
    assert not hasattr(build(Block("plain", 8, 8, shortcut="none")), "downsample")


def test_make_block_makes_the_readable_classes():
    kinds = {"basic": BasicBlock, "bottleneck": Bottleneck, "plain": PlainBlock, "d2l": Residual}
    for kind, expected in kinds.items():
        assert type(build(Block(kind, 8, 8, shortcut="none" if kind == "plain" else "identity"))) is expected


@torch.no_grad()
@pytest.mark.parametrize("kind", ["basic", "bottleneck", "d2l"])
def test_the_last_convolution_gets_its_relu_after_the_addition(kind):
    torch.manual_seed(0)
    block, x = build(Block(kind, 8, 8)).eval(), torch.randn(2, 8, 5, 5)
    y = torch.relu(block.bn1(block.conv1(x)))
    y = block.bn2(block.conv2(y))
    if kind == "bottleneck":
        y = block.bn3(block.conv3(torch.relu(y)))
    assert torch.equal(block(x), torch.relu(y + x))
    assert not torch.equal(block(x), torch.relu(y) + x)


@torch.no_grad()
def test_a_plain_block_is_a_basic_block_without_its_skip():
    torch.manual_seed(0)
    plain, basic, x = (
        build(Block("plain", 8, 8, shortcut="none")).eval(),
        build(Block("basic", 8, 8)).eval(),
        torch.randn(1, 8, 5, 5),
    )
    basic.load_state_dict(plain.state_dict(), strict=True)
    branch = plain.bn2(plain.conv2(torch.relu(plain.bn1(plain.conv1(x)))))
    assert torch.equal(plain(x), torch.relu(branch))
    assert torch.equal(basic(x), torch.relu(branch + x))
