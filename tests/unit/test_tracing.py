"""Traces by formula: rows, totals, names, groups, and errors that name the layer."""

import subprocess
import sys
from pathlib import Path

import pytest

import resnet_book
from resnet_book import Architecture, Block, ShapeError, architecture, trace, trace_layers
from resnet_book.architectures import names


@pytest.mark.parametrize("name", names())
def test_rows_add_up_and_follow_on_each_other(name):
    arch = architecture(name)
    t = trace(arch, (arch.in_channels, 64, 64))
    assert (t.name, t.input_shape, t.output_shape) == (name, (arch.in_channels, 64, 64), (arch.num_classes,))
    for total in ("params", "macs", "activations"):
        assert getattr(t, total) == sum(getattr(row, total) for row in t.rows)
    made = {t.input_shape}
    for row in t.rows:
        size = 1
        for n in row.output_shape:
            size *= n
        assert row.activations == size
        assert row.input_shape in made
        made.add(row.output_shape)


def test_a_row_has_the_promised_fields():
    row = trace(architecture("resnet50"), (3, 224, 224))["conv1"]
    assert row._fields == (
        "name", "op", "input_shape", "output_shape", "params", "macs", "activations", "receptive_field", "stride",
    )  # fmt: skip
    assert row == ("conv1", "conv2d", (3, 224, 224), (64, 112, 112), 9408, 118_013_952, 802_816, (7, 7), (2, 2))


def test_the_readme_numbers():
    t = trace(architecture("resnet50", in_channels=3, num_classes=1000), (3, 224, 224))
    assert (t.output_shape, t.params, t.macs) == ((1000,), 25_557_032, 4_089_184_256)


def test_a_list_is_as_good_as_a_tuple():
    arch = architecture("resnet18")
    assert trace(arch, [3, 64, 64]) == trace(arch, (3, 64, 64))


def test_global_pooling_counts_as_a_pooling_whose_window_is_its_map():
    t = trace(architecture("resnet18"), (3, 224, 224))
    before, pool = t["layer4.1.add"], t["avgpool"]
    assert pool.receptive_field == tuple(f + 6 * j for f, j in zip(before.receptive_field, before.stride))
    assert pool.stride == tuple(7 * j for j in before.stride)


def test_groups_sum_their_rows():
    t = trace(architecture("resnet50"), (3, 224, 224))
    groups = t.groups()
    assert [g.name for g in groups] == [
        "conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "flatten", "fc",
    ]  # fmt: skip
    for depth in (1, 2, 3):
        for total in ("params", "macs", "activations"):
            assert sum(getattr(g, total) for g in t.groups(depth)) == getattr(t, total)
    layer2 = next(g for g in groups if g.name == "layer2")
    assert (layer2.input_shape, layer2.output_shape, layer2.op) == ((256, 56, 56), (512, 28, 28), "group")
    assert t.groups(9) == t.rows


def test_the_text_has_a_line_a_row_and_the_totals():
    t = trace(architecture("resnet18"), (3, 224, 224))
    lines = str(t).splitlines()
    assert len(lines) == len(t.rows) + 2
    assert lines[-1].split() == ["Total", "1000", f"{t.params:,}", f"{t.macs:,}", f"{t.activations:,}"]
    assert lines[1].split() == ["conv1", "64x112x112", "9,408", "118,013,952", "802,816", "7x7"]


def test_an_unknown_row_is_a_key_error():
    with pytest.raises(KeyError, match="no layer 'layer9' in resnet18"):
        trace(architecture("resnet18"), (3, 32, 32))["layer9"]


def test_v1_and_v15_differ_only_in_where_the_stride_stands():
    v1, v15 = (trace(architecture("resnet50", version=v), (3, 224, 224)) for v in ("v1", "v1.5"))
    assert v1.params == v15.params
    assert v1["layer2.0.conv1"].output_shape == (128, 28, 28)
    assert v15["layer2.0.conv1"].output_shape == (128, 56, 56)
    assert v1["layer2.0.conv2"].output_shape == v15["layer2.0.conv2"].output_shape == (128, 28, 28)


@pytest.mark.parametrize("name", ["resnet18", "resnet34"])
def test_the_version_has_no_effect_on_basic_blocks(name):
    assert trace(architecture(name, version="v1"), (3, 64, 64)) == trace(architecture(name), (3, 64, 64))


def test_a_mismatched_block_is_refused_with_the_exact_repair():
    with pytest.raises(ShapeError) as caught:
        trace(Block("basic", 64, 128, stride=2), (64, 56, 56))
    assert caught.value.where == "add"
    assert caught.value.got == "128x28x28 from the branch and 64x56x56 from the shortcut"
    assert caught.value.fix == "1x1 convolution 64 -> 128, stride 2"
    assert trace(Block("basic", 64, 128, 2, "projection"), (64, 56, 56)).output_shape == (128, 28, 28)


def test_the_silent_broadcast_is_refused():
    with pytest.raises(ShapeError, match="broadcast them silently"):
        trace(Block("d2l", 1, 6), (1, 8, 8))


def test_a_picture_of_the_wrong_channels_is_refused_at_the_first_layer():
    with pytest.raises(ShapeError) as caught:
        trace(architecture("resnet50"), (1, 224, 224))
    assert caught.value.where == "conv1"


def test_a_map_that_shrinks_to_nothing_names_its_layer():
    layers = [{"op": "conv2d", "out_channels": 2, "kernel_size": 3, "stride": 2}] * 3
    with pytest.raises(ShapeError) as caught:
        trace_layers(layers, (1, 8, 8))
    assert caught.value.where == "2"


@pytest.mark.parametrize(
    "bad", ["resnet50", None, 3, {"name": "resnet50"}, object()], ids=lambda bad: type(bad).__name__
)
def test_only_architectures_and_blocks_are_traced(bad):
    with pytest.raises(TypeError, match=type(bad).__name__):
        trace(bad, (3, 224, 224))


@pytest.mark.parametrize(
    "bad", [None, "3x224x224", 224, (3, 224), (1, 3, 224, 224), (3, 224.0, 224), (3, 0, 5), (3, True, 5)]
)
def test_a_wrong_input_is_refused(bad):
    for what in (architecture("resnet18"), Block("basic", 3, 3)):
        with pytest.raises(ShapeError) as caught:
            trace(what, bad)
        assert caught.value.where.startswith("input")


def test_a_huge_picture_is_refused_and_not_awaited():
    with pytest.raises(ShapeError, match="elements"):
        trace(architecture("resnet50"), (3, 10**9, 10**9))
    with pytest.raises(ShapeError) as caught:  # the picture itself still fits, what the stem makes of it does not
        trace(architecture("resnet50"), (3, 2**25, 2**26))
    assert caught.value.where == "conv1"


def test_an_unknown_op_lists_what_there_is():
    with pytest.raises(ValueError, match=r"unknown op 'lstm'.*conv2d.*linear"):
        trace_layers([{"op": "lstm"}], (3, 8, 8))


def test_a_chain_of_nothing_is_its_input():
    t = trace_layers([], (3, 8, 8))
    assert (t.rows, t.output_shape, t.params) == ((), (3, 8, 8), 0)


def test_layers_may_bear_names():
    t = trace_layers([{"op": "relu", "name": "act"}, {"op": "flatten"}], (3, 8, 8))
    assert [row.name for row in t.rows] == ["act", "1"]


def test_a_network_of_ones_own():
    mine = Architecture("mine", "bottleneck", (1, 2), (8, 16), in_channels=2, num_classes=5)
    t = trace(mine, (2, 64, 64))
    assert t.output_shape == (5,)
    assert t["fc"].input_shape == (64,)


def test_nothing_here_imports_torch_or_numpy():
    code = (
        "import sys, resnet_book, resnet_book.tracing\n"
        "resnet_book.trace(resnet_book.architecture('resnet152'), (3, 224, 224))\n"
        "assert not {'torch', 'numpy', 'torchvision'} & set(sys.modules)"
    )
    source = str(Path(resnet_book.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": source}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
