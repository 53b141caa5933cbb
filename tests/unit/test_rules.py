"""The rules, one operation at a time, against numbers worked out by hand; torch is asked in tests/property."""

import pytest

from resnet_book import ShapeError, rules
from resnet_book.rules import FeatureMap

MAP = FeatureMap((3, 32, 48))


def test_convolution():
    output, params, macs = rules.conv2d(MAP, 8, 5, stride=2, padding=2)
    assert output == FeatureMap((8, 16, 24), (5, 5), (2, 2))
    assert params == 8 * 3 * 25 + 8
    assert macs == 8 * 3 * 25 * 16 * 24


def test_a_bias_is_a_parameter_and_no_multiplication():
    with_bias, without = rules.conv2d(MAP, 8, 3), rules.conv2d(MAP, 8, 3, bias=False)
    assert with_bias.params - without.params == 8
    assert with_bias.macs == without.macs


def test_groups_divide_the_cost():
    whole, depthwise = rules.conv2d(MAP, 3, 3, bias=False), rules.conv2d(MAP, 3, 3, bias=False, groups=3)
    assert whole.macs == 3 * depthwise.macs
    assert whole.params == 3 * depthwise.params


def test_height_and_width_are_told_apart():
    output = rules.conv2d(MAP, 4, (3, 5), stride=(1, 2), padding=(0, 1), dilation=(2, 1)).output
    assert output == FeatureMap((4, 28, 23), (5, 5), (1, 2))
    output = rules.conv2d(output, 4, (3, 5), stride=(1, 2)).output
    assert (output.receptive_field, output.stride) == ((7, 13), (1, 4))


def test_a_pooling_steps_by_its_kernel():
    assert rules.max_pool2d(MAP, 2).output == FeatureMap((3, 16, 24), (2, 2), (2, 2))
    assert rules.avg_pool2d(MAP, (2, 3)).output == FeatureMap((3, 16, 16), (2, 3), (2, 3))


@pytest.mark.parametrize(("size", "floor", "ceil"), [(5, 2, 3), (6, 3, 3), (7, 3, 4)])
def test_ceil_mode_keeps_the_last_window(size, floor, ceil):
    x = FeatureMap((1, size, size))
    assert rules.max_pool2d(x, 2).output.shape == (1, floor, floor)
    assert rules.max_pool2d(x, 2, ceil_mode=True).output.shape == (1, ceil, ceil)


def test_ceil_mode_drops_a_window_that_starts_in_the_far_padding():
    assert rules.max_pool2d(FeatureMap((1, 3, 3)), 2, stride=2, padding=1, ceil_mode=True).output.shape == (1, 2, 2)


def test_ceil_mode_lets_a_window_hang_over_a_small_map():
    assert rules.max_pool2d(FeatureMap((1, 1, 1)), 2, ceil_mode=True).output.shape == (1, 1, 1)


@pytest.mark.parametrize(
    ("size", "out", "widest", "jump"),
    [(7, 1, 7, 7), (8, 2, 4, 4), (7, 3, 3, 2), (6, 4, 2, 1), (2, 5, 2, 1), (2, 4, 1, 1)],
)
def test_adaptive_pooling_sees_its_widest_window(size, out, widest, jump):
    output = rules.adaptive_avg_pool2d(FeatureMap((1, size, 1)), (out, 1)).output
    assert output == FeatureMap((1, out, 1), (widest, 1), (jump, 1))


def test_adaptive_pooling_of_a_huge_map_answers_at_once():
    assert rules.adaptive_avg_pool2d(FeatureMap((1, 2**50, 1)), (2**49 - 1, 1)).output.shape == (1, 2**49 - 1, 1)


def test_batch_norm_has_two_parameters_a_channel():
    assert rules.batch_norm(MAP) == (MAP, 6, 0)
    assert rules.batch_norm(MAP, affine=False) == (MAP, 0, 0)


def test_relu_changes_nothing():
    assert rules.relu(MAP) == (MAP, 0, 0)


def test_flatten_sees_the_whole_map():
    x = FeatureMap((2, 4, 3), (7, 5), (2, 3))
    assert rules.flatten(x).output == FeatureMap((24,), (7 + 3 * 2, 5 + 2 * 3), (8, 9))
    assert rules.flatten(FeatureMap((24,))).output.shape == (24,)


def test_linear():
    assert rules.linear(FeatureMap((512,)), 10)[1:] == (5130, 5120)
    assert rules.linear(FeatureMap((512,)), 10, bias=False)[1:] == (5120, 5120)


def test_option_a_takes_every_second_pixel_and_pads_channels():
    output = rules.subsample(FeatureMap((16, 33, 32), (3, 3), (1, 2)), 2).output
    assert output == FeatureMap((16, 17, 16), (3, 3), (2, 4))
    assert rules.pad_channels(output, 32).output == FeatureMap((32, 17, 16), (3, 3), (2, 4))


def test_an_addition_sees_what_its_wider_side_sees():
    branch, shortcut = FeatureMap((4, 8, 8), (5, 1), (2, 2)), FeatureMap((4, 8, 8), (1, 3), (2, 2))
    for a, b in ((branch, shortcut), (shortcut, branch)):
        assert rules.add(a, b) == (FeatureMap((4, 8, 8), (5, 3), (2, 2)), 0, 0)


@pytest.mark.parametrize(
    ("shortcut", "branch", "fix"),
    [
        ((64, 56, 56), (128, 28, 28), "1x1 convolution 64 -> 128, stride 2"),
        ((64, 56, 56), (256, 56, 56), "1x1 convolution 64 -> 256, stride 1"),
        ((8, 7, 9), (8, 4, 3), "1x1 convolution 8 -> 8, stride 2x3"),
        ((1, 8, 8), (6, 8, 8), "1x1 convolution 1 -> 6, stride 1"),
    ],
)
def test_a_mismatched_addition_names_the_exact_repair(shortcut, branch, fix):
    with pytest.raises(ShapeError) as caught:
        rules.add(FeatureMap(branch), FeatureMap(shortcut), where="layer2.0.add")
    assert (caught.value.where, caught.value.fix) == ("layer2.0.add", fix)
    for shape in (branch, shortcut):
        assert rules.times(shape) in caught.value.got


@pytest.mark.parametrize(("have", "want"), [((4, 10, 10), (4, 8, 8)), ((4, 4, 4), (4, 6, 6))])
def test_where_no_stride_helps_the_repair_says_so(have, want):
    with pytest.raises(ShapeError, match="no stride takes"):
        rules.add(FeatureMap(want), FeatureMap(have))


def test_the_repair_really_repairs():
    for h in range(1, 20):
        for u in range(1, h + 1):
            fix = rules.repair((3, h, h), (5, u, u))
            if fix.startswith("1x1"):
                stride = int(fix.split()[-1])
                assert rules.conv2d(FeatureMap((3, h, h)), 5, 1, stride=stride).output.shape == (5, u, u)
            else:
                assert all(
                    rules.conv2d(FeatureMap((3, h, h)), 5, 1, stride=s).output.shape[1] != u for s in range(1, h + 1)
                )


def test_the_silent_broadcast_is_refused_and_named():
    with pytest.raises(ShapeError, match="broadcast them silently"):
        rules.add(FeatureMap((6, 8, 8)), FeatureMap((1, 8, 8)))
    with pytest.raises(ShapeError) as caught:
        rules.add(FeatureMap((6, 8, 8)), FeatureMap((2, 8, 8)))
    assert "silently" not in str(caught.value)


BAD_INTEGERS = [0, -1, True, 224.0, 0.5, "3", None, float("nan"), float("inf"), 2**53, 10**30, [3], (1, 2, 3), {}, b"3"]


@pytest.mark.parametrize("bad", BAD_INTEGERS, ids=repr)
@pytest.mark.parametrize("argument", ["out_channels", "kernel_size", "stride", "dilation", "groups"])
def test_a_convolution_refuses_what_is_no_positive_integer(argument, bad):
    arguments = {"out_channels": 4, "kernel_size": 3, argument: bad}
    with pytest.raises(ShapeError) as caught:
        rules.conv2d(MAP, **arguments, where="conv1")
    assert caught.value.where.startswith("conv1 ")
    assert caught.value.fix


@pytest.mark.parametrize("bad", [-1, True, 1.0, "same", None])
def test_padding_may_be_zero_and_nothing_else_that_is_odd(bad):
    assert rules.conv2d(MAP, 4, 1, padding=0).output.shape == (4, 32, 48)
    with pytest.raises(ShapeError, match="conv2d padding"):
        rules.conv2d(MAP, 4, 3, padding=bad)


def test_channels_and_groups_are_no_pairs():
    with pytest.raises(ShapeError, match="conv1 output channels"):
        rules.conv2d(MAP, (4, 8), 3, where="conv1")
    with pytest.raises(ShapeError, match="conv1 groups"):
        rules.conv2d(MAP, 6, 3, groups=(3, 3), where="conv1")


@pytest.mark.parametrize("shape", [(3, 2, 9), (3, 9, 2)])
def test_a_kernel_larger_than_its_padded_map(shape):
    with pytest.raises(ShapeError) as caught:
        rules.conv2d(FeatureMap(shape), 4, 7, padding=1, where="conv1")
    assert caught.value.where == "conv1"
    assert f"{shape[1]}x{shape[2]}" in caught.value.got
    assert f"{shape[1] + 2}x{shape[2] + 2} with its padding" in caught.value.got
    assert caught.value.expected.startswith("at least 7x7")
    assert caught.value.fix == "padding 3, or a kernel of at most 4"
    assert rules.conv2d(FeatureMap(shape), 4, 7, padding=3)
    assert rules.conv2d(FeatureMap(shape), 4, 4, padding=1)


def test_wrong_channels_name_both_numbers():
    with pytest.raises(ShapeError) as caught:
        rules.conv2d(MAP, 8, 3, in_channels=1, where="conv1")
    assert (caught.value.got, caught.value.expected) == ("3x32x48: 3 channels", "1 channels")
    assert caught.value.fix == "an input of 1 channels, or in_channels=3"


def test_groups_that_do_not_divide():
    for out, groups in ((4, 3), (3, 2)):
        with pytest.raises(ShapeError, match="groups that divide both"):
            rules.conv2d(MAP, out, 3, groups=groups)


def test_a_pooling_refuses_more_padding_than_half_its_kernel():
    with pytest.raises(ShapeError, match="at most half the kernel"):
        rules.max_pool2d(MAP, 3, padding=2)


def test_padding_does_not_take_channels_away():
    with pytest.raises(ShapeError, match="1x1 convolution 3 -> 2, stride 1"):
        rules.pad_channels(MAP, 2)


def test_a_linear_layer_wants_a_vector():
    with pytest.raises(ShapeError, match="put a flatten before fc"):
        rules.linear(MAP, 10, where="fc")


@pytest.mark.parametrize("name", sorted(set(rules.RULES) - {"relu", "flatten", "linear"}))
def test_what_works_on_a_map_refuses_a_vector(name):
    needed = {"conv2d": (4, 3), "max_pool2d": (2,), "avg_pool2d": (2,), "subsample": (2,), "pad_channels": (4,)}.get(
        name, ()
    )
    with pytest.raises(ShapeError, match="before the flatten"):
        rules.RULES[name](FeatureMap((7,)), *needed)


@pytest.mark.parametrize(
    "bad",
    [
        None, 224, "3x224x224", {3, 224}, (3, 224), (1, 3, 224, 224), (), (3, 0, 224), (3, -1, 5), (3, 224.0, 224),
        (3, True, 224), ("3", 224, 224), (3, None, 224), (3, float("nan"), 224), (3, 2**53, 1), (2**20, 2**20, 2**20),
    ],
    ids=repr,
)  # fmt: skip
def test_an_input_that_is_no_shape(bad):
    with pytest.raises(ShapeError) as caught:
        rules.input_map(bad)
    assert caught.value.where.startswith("input")
    assert caught.value.fix


def test_a_batch_is_recognized():
    with pytest.raises(ShapeError, match="leave the batch out"):
        rules.input_map((1, 3, 224, 224))


def test_integers_of_other_libraries_are_integers():
    import numpy as np

    assert rules.input_map([np.int64(3), np.int32(8), 8]).shape == (3, 8, 8)
    assert type(rules.input_map([np.int64(3), 8, 8]).shape[0]) is int
    with pytest.raises(ShapeError):
        rules.input_map([np.float64(3), 8, 8])


def test_an_error_never_prints_a_page():
    with pytest.raises(ShapeError) as caught:
        rules.input_map("x" * 10_000)
    assert len(str(caught.value)) < 300
