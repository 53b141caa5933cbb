"""The browser's rules beside agreement on traces (tests/property): names, groups, bad input, huge counts."""

import pytest
from support import as_json, error_json

from resnet_book import Block, ShapeError, architecture, trace, trace_layers
from resnet_book.architectures import names, options


def test_the_browser_knows_the_same_names(javascript):
    assert javascript("names")["ok"] == list(names())


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("name", ["resnet18", "resnet50", "cifar-resnet20"])
def test_groups_are_the_same(javascript, name, depth):
    rows = javascript("groups", name=name, shape=[3, 64, 48], depth=depth)["ok"]
    expected = trace(architecture(name), (3, 64, 48)).groups(depth)
    assert rows == [{k: list(v) if isinstance(v, tuple) else v for k, v in row._asdict().items()} for row in expected]


@pytest.mark.parametrize("name", ["resnet51", "", "constructor", "__proto__", "toString", None, 7])
def test_an_unknown_name_lists_what_there_is(javascript, name):
    message = javascript("named", name=name, options={}, shape=[3, 8, 8])["error"]["message"]
    assert "unknown architecture" in message
    assert all(known in message for known in names())


def test_an_unknown_keyword_lists_what_there_is(javascript):
    message = javascript("named", name="resnet50", options={"shortcut": "A"}, shape=[3, 8, 8])["error"]["message"]
    assert all(option in message for option in (*options("resnet50"), "shortcut"))


def same_but_for_what_arrived(answer, error: ShapeError) -> None:
    """The two languages spell a value of a wrong type differently; all else is the same."""
    found, expected = answer["error"], error_json(error)
    for part in ("shape", "where", "expected", "fix"):
        assert found[part] == expected[part]
    assert found["got"]


@pytest.mark.parametrize(
    "shape",
    [
        None, 224, "3x224x224", {}, [], [3, 224], [1, 3, 224, 224], [3, 0, 224], [3, -1, 5], [3, 224.5, 224],
        [3, True, 224], ["3", 224, 224], [3, None, 224], [3, 2**53, 1], [3, 10**300, 1], [2**20, 2**20, 2**20],
    ],
    ids=repr,
)  # fmt: skip
def test_a_wrong_input_gives_the_same_error(javascript, shape):
    with pytest.raises(ShapeError) as caught:
        trace(architecture("resnet18"), shape)
    same_but_for_what_arrived(javascript("named", name="resnet18", options={}, shape=shape), caught.value)


@pytest.mark.parametrize("bad", [0, -3, 3.5, True, "3", None, [3], 2**53], ids=repr)
@pytest.mark.parametrize("field", ["in_channels", "num_classes", "version"])
def test_a_wrong_keyword_gives_the_same_error(javascript, field, bad):
    with pytest.raises(ShapeError) as caught:
        architecture("resnet18", **{field: bad})
    same_but_for_what_arrived(javascript("named", name="resnet18", options={field: bad}, shape=[3, 8, 8]), caught.value)


@pytest.mark.parametrize("bad", [0, -1, 2.5, False, "2", None], ids=repr)
@pytest.mark.parametrize("field", ["kind", "in_channels", "out_channels", "stride", "shortcut", "version"])
def test_a_wrong_block_gives_the_same_error(javascript, field, bad):
    fields = {"kind": "basic", "in_channels": 4, "out_channels": 4, field: bad}
    with pytest.raises(ShapeError) as caught:
        Block(**fields)
    same_but_for_what_arrived(javascript("block", fields=fields, shape=[4, 8, 8]), caught.value)


@pytest.mark.parametrize("bad", [0, -1, 2.5, True, "2", [3], [1, 2, 3], [3, 0], 2**53], ids=repr)
@pytest.mark.parametrize("argument", ["out_channels", "kernel_size", "stride", "padding", "dilation", "groups"])
def test_a_wrong_layer_gives_the_same_error(javascript, argument, bad):
    layers = [{"op": "conv2d", "out_channels": 2, "kernel_size": 3, argument: bad}]
    try:
        expected = trace_layers(layers, (2, 8, 8))
    except ShapeError as error:
        same_but_for_what_arrived(javascript("chain", layers=layers, shape=[2, 8, 8]), error)
    else:
        assert (argument, bad) in (("padding", 0), ("padding", [3, 0]))
        assert javascript("chain", layers=layers, shape=[2, 8, 8]) == {"ok": as_json(expected)}


def test_a_mismatched_addition_gives_the_same_words(javascript):
    fields = {"kind": "basic", "in_channels": 64, "out_channels": 128, "stride": 2}
    with pytest.raises(ShapeError) as caught:
        trace(Block(**fields), (64, 56, 56))
    assert javascript("block", fields=fields, shape=[64, 56, 56]) == {"error": error_json(caught.value)}
    assert caught.value.fix == "1x1 convolution 64 -> 128, stride 2"


def test_a_count_that_a_browser_cannot_hold_is_refused_and_not_rounded(javascript):
    answer = javascript("named", name="resnet18", options={}, shape=[3, 2**24, 2**24])
    with_python = trace(architecture("resnet18"), (3, 2**24, 2**24))  # Python's integers have no end
    assert with_python.macs > 2**53
    assert "what a browser counts exactly" in answer["error"]["expected"]
    assert answer["error"]["fix"]


def test_a_stride_that_a_browser_cannot_hold_is_refused_and_not_rounded(javascript):
    layers = [{"op": "conv2d", "out_channels": 1, "kernel_size": 1, "stride": 2**30 - 1}] * 2
    assert trace_layers(layers, (1, 8, 8)).rows[-1].stride == ((2**30 - 1) ** 2,) * 2
    assert "error" in javascript("chain", layers=layers, shape=[1, 8, 8])
