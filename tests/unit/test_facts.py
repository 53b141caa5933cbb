"""The published numbers that the book quotes, worked out again from `trace`."""

import pytest

from resnet_book import Block, architecture, trace, trace_layers

IMAGENET = {  # parameters in millions, G MACs of v1 and v1.5 as published
    "resnet18": ("11.690", "1.814", "1.814"),
    "resnet34": ("21.798", "3.66", "3.66"),
    "resnet50": ("25.557", "3.858", "4.089"),
    "resnet101": ("44.549", "7.570", "7.80"),
    "resnet152": ("60.193", "11.282", "11.514"),
}


def rounded(value: int, unit: float, published: str) -> str:
    """A count in a unit, to as many digits as its published number."""
    return f"{value / unit:.{len(published.split('.')[1])}f}"


@pytest.mark.parametrize("name", IMAGENET)
def test_imagenet_family(name):
    params, v1, v15 = IMAGENET[name]
    for version, macs in (("v1", v1), ("v1.5", v15)):
        t = trace(architecture(name, version=version), (3, 224, 224))
        assert rounded(t.params, 1e6, params) == params
        assert rounded(t.macs, 1e9, macs) == macs


def stages(name: str, shape: tuple[int, int, int]) -> list[tuple[int, ...]]:
    wanted = ("conv1", "maxpool", "layer1", "layer2", "layer3", "layer4", "flatten", "fc")
    return [g.output_shape for g in trace(architecture(name), shape).groups() if g.name in wanted]


def test_stages_of_resnet50():
    assert stages("resnet50", (3, 224, 224)) == [
        (64, 112, 112), (64, 56, 56), (256, 56, 56), (512, 28, 28), (1024, 14, 14), (2048, 7, 7), (2048,), (1000,),
    ]  # fmt: skip


def test_stages_of_resnet18_in_its_d2l_form():
    assert stages("resnet18-d2l", (1, 224, 224))[1:6] == [
        (64, 56, 56), (64, 56, 56), (128, 28, 28), (256, 14, 14), (512, 7, 7),
    ]  # fmt: skip
    assert [shape[1] for shape in stages("resnet18-d2l", (1, 96, 96))[1:6]] == [24, 24, 12, 6, 3]


@pytest.mark.parametrize(("size", "macs", "unit"), [(224, "1.7349", 1e9), (96, "318.7", 1e6)])
def test_costs_of_resnet18_in_its_d2l_form(size, macs, unit):
    t = trace(architecture("resnet18-d2l"), (1, size, size))
    assert t.params == 11_178_378
    assert rounded(t.macs, unit, macs) == macs


@pytest.mark.parametrize(
    ("depth", "params", "macs"),
    [
        (20, 272_474, "40.8"), (32, 466_906, "69.1"), (44, 661_338, "97.4"),
        (56, 855_770, "125.7"), (110, 1_730_714, "253.1"), (1202, 19_424_026, "2829.5"),
    ],
)  # fmt: skip
def test_cifar_family_with_projections(depth, params, macs):
    t = trace(architecture(f"cifar-resnet{depth}", shortcut="B"), (3, 32, 32))
    assert t.params == params
    assert rounded(t.macs, 1e6, macs) == macs


def test_option_a_has_no_parameters():
    resnet, plain = (trace(architecture(name), (3, 32, 32)) for name in ("cifar-resnet20", "cifar-plain20"))
    assert resnet.params == plain.params == 269_722
    assert resnet.macs == plain.macs


def test_residual_block_in_its_d2l_form():
    assert trace(Block("d2l", 3, 3), (3, 6, 6)).output_shape == (3, 6, 6)
    assert trace(Block("d2l", 3, 6, 2, "projection"), (3, 6, 6)).output_shape == (6, 3, 3)


def test_a_1x1_convolution():
    t = trace_layers([{"op": "conv2d", "out_channels": 64, "kernel_size": 1, "bias": False}], (256, 32, 32))
    assert (t.output_shape, t.params) == ((64, 32, 32), 256 * 64)


def convolutions(t) -> int:
    return sum(row.params for row in t.rows if row.op == "conv2d")


def test_basic_against_bottleneck_at_equal_width():
    c, h, w = 256, 14, 14
    basic, bottleneck = (trace(Block(kind, c, c), (c, h, w)).macs for kind in ("basic", "bottleneck"))
    assert basic == 18 * c**2 * h * w
    assert 16 * bottleneck == 17 * c**2 * h * w
    assert f"{bottleneck / basic:.1%}" == "5.9%"


def test_basic_against_bottleneck_at_the_widths_of_the_paper():
    basic, bottleneck = trace(Block("basic", 64, 64), (64, 56, 56)), trace(Block("bottleneck", 256, 256), (256, 56, 56))
    assert (convolutions(basic), convolutions(bottleneck)) == (73_728, 69_632)
    assert f"{69_632 / 73_728:.1%}" == "94.4%"


def test_a_head_for_68_facial_keypoints():
    t = trace(architecture("resnet18", num_classes=136), (3, 224, 224))
    assert (t["fc"].params, t.params) == (69_768, 11_246_280)
