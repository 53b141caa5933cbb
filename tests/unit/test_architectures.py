"""What a ResNet is, as data."""

import json
from dataclasses import FrozenInstanceError, asdict, replace
from pathlib import Path

import pytest

import resnet_book
from resnet_book import Architecture, Block, ShapeError, architecture, build, measure, trace
from resnet_book.architectures import Stem, catalog, names, options

IMAGENET = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]
PROMISED = {
    *IMAGENET,
    *(f"{name}-cifar" for name in IMAGENET),
    *(f"cifar-resnet{n}" for n in (20, 32, 44, 56, 110, 1202)),
    *(f"cifar-plain{n}" for n in (20, 32, 44, 56, 110)),
    "resnet18-d2l",
    "fashion-resnet20",
    "fashion-plain20",
}


def test_every_promised_name_is_there():
    assert set(names()) == PROMISED


@pytest.mark.parametrize("name", names())
def test_defaults_and_keywords_are_as_promised(name):
    arch = architecture(name)
    imagenet = name in IMAGENET
    assert arch.name == name
    assert arch.in_channels == (1 if name == "resnet18-d2l" or name.startswith("fashion") else 3)
    assert arch.num_classes == (1000 if imagenet else 10)
    extra = {"version"} if name.startswith("resnet") and name != "resnet18-d2l" else set()
    extra |= {"shortcut"} if name.startswith(("cifar-resnet", "fashion-resnet")) else set()
    assert set(options(name)) == {"in_channels", "num_classes"} | extra
    if "version" in extra:
        assert arch.version == "v1.5"
    if "shortcut" in extra:
        assert arch.shortcut == "A"


def test_fields_are_overridden_by_keyword():
    arch = architecture("resnet50", in_channels=1, num_classes=7, version="v1")
    assert arch == replace(architecture("resnet50"), in_channels=1, num_classes=7, version="v1")
    assert architecture("cifar-resnet20", shortcut="C").shortcut == "C"


def test_an_architecture_is_frozen():
    with pytest.raises(FrozenInstanceError):
        architecture("resnet18").in_channels = 1


@pytest.mark.parametrize(
    "bad", ["resnet51", "ResNet50", "", "resnet18 ", None, 50, ["resnet18"], b"resnet18"], ids=repr
)
def test_an_unknown_name_lists_what_there_is(bad):
    with pytest.raises(ValueError, match="unknown architecture") as caught:
        architecture(bad)
    assert all(name in str(caught.value) for name in names())


def test_an_almost_right_name_gets_a_hint():
    with pytest.raises(ValueError, match="did you mean 'resnet50'"):
        architecture("resnet-50")


@pytest.mark.parametrize(
    ("name", "keyword"),
    [("resnet50", "shortcut"), ("resnet18-d2l", "version"), ("cifar-plain20", "shortcut"), ("cifar-resnet20", "depth")],
)
def test_an_unknown_keyword_lists_what_there_is(name, keyword):
    with pytest.raises(TypeError, match=keyword) as caught:
        architecture(name, **{keyword: "B"})
    assert all(option in str(caught.value) for option in options(name))


@pytest.mark.parametrize("keyword", ["in_channels", "num_classes"])
@pytest.mark.parametrize("bad", [0, -3, True, 3.0, "3", None, float("nan"), 2**60], ids=repr)
def test_an_impossible_count_is_named(keyword, bad):
    with pytest.raises(ShapeError) as caught:
        architecture("resnet18", **{keyword: bad})
    assert caught.value.where == keyword


@pytest.mark.parametrize(("name", "options"), [("resnet50", {"version": "v2"}), ("cifar-resnet20", {"shortcut": "D"})])
@pytest.mark.parametrize("bad", [None, 1, ["A"], ""], ids=repr)
def test_an_unknown_option_lists_what_there_is(name, options, bad):
    for value in (*options.values(), bad):
        keyword = next(iter(options))
        with pytest.raises(ShapeError, match="one of") as caught:
            architecture(name, **{keyword: value})
        assert caught.value.where == keyword


@pytest.mark.parametrize("name", names())
def test_blocks_follow_on_each_other(name):
    arch = architecture(name)
    found = list(arch.blocks())
    assert [at for at, _ in found] == [f"layer{s}.{i}" for s, n in enumerate(arch.depths, 1) for i in range(n)]
    channels = arch.stem.channels
    for at, block in found:
        assert block.in_channels == channels
        assert block.stride == (2 if at.endswith(".0") and not at.startswith("layer1.") else 1)
        assert block.kind == arch.block
        channels = block.out_channels
    assert channels == arch.widths[-1] * arch.expansion


@pytest.mark.parametrize("name", [n for n in names() if n.startswith("cifar-")])
def test_the_cifar_family_has_6n_plus_2_layers(name):
    depth = int(name.removeprefix("cifar-resnet").removeprefix("cifar-plain"))
    arch = architecture(name)
    assert (arch.widths, len(set(arch.depths))) == ((16, 32, 64), 1)
    assert 2 * sum(arch.depths) + 2 == depth


def test_shortcut_options_differ_where_they_should():
    kinds = {
        option: [b.shortcut for _, b in architecture("cifar-resnet20", shortcut=option).blocks()] for option in "ABC"
    }
    assert kinds["A"] == ["identity"] * 3 + ["pad", "identity", "identity"] * 2
    assert kinds["B"] == ["identity"] * 3 + ["projection", "identity", "identity"] * 2
    assert kinds["C"] == ["projection"] * 9
    assert {b.shortcut for _, b in architecture("cifar-plain20").blocks()} == {"none"}


def test_resnet50_projects_in_its_first_stage_and_resnet18_does_not():
    assert next(architecture("resnet50").blocks())[1].shortcut == "projection"
    assert next(architecture("resnet18").blocks())[1].shortcut == "identity"


@pytest.mark.parametrize("name", names())
def test_json_gives_the_same_architecture_back(name):
    arch = architecture(name)
    assert Architecture.from_json(arch.to_json()) == arch
    assert hash(Architecture.from_json(arch.to_json())) == hash(arch)


GOOD = asdict(architecture("resnet18"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "3",
        '"resnet18"',
        "{}",
        '{"name": "x"}',
        "NaN",
        None,
        3,
        b"\xff\xfe\xfd",
        json.dumps({**GOOD, "surprise": 1}),
        json.dumps({**GOOD, "stem": None}),
        json.dumps({**GOOD, "stem": {"x": 1}}),
        json.dumps({**GOOD, "stem": {**GOOD["stem"], "pool": 1}}),
        json.dumps({**GOOD, "stem": {**GOOD["stem"], "stride": 0}}),
        json.dumps({**GOOD, "depths": None}),
        json.dumps({**GOOD, "depths": []}),
        json.dumps({**GOOD, "depths": [2, 2]}),
        json.dumps({**GOOD, "depths": [2, 2, 0, 2]}),
        json.dumps({**GOOD, "widths": [64, 64.0, 64, 64]}),
        json.dumps({**GOOD, "widths": "6464"}),
        json.dumps({**GOOD, "block": "dense"}),
        json.dumps({**GOOD, "name": 18}),
        json.dumps({**GOOD, "in_channels": True}),
        json.dumps({**GOOD, "num_classes": 1e400}),
        '{"a":' * 2000 + "1" + "}" * 2000,
        json.dumps({**GOOD, "shortcut": "none"}),
        json.dumps({**GOOD, "version": None}),
    ],
    ids=lambda text: repr(text)[:40],
)
def test_corrupt_or_foreign_json_is_a_clear_value_error(text):
    with pytest.raises(ValueError, match=r"\w") as caught:
        Architecture.from_json(text)
    assert len(str(caught.value)) < 400


def test_json_of_before_heads_saw_a_map_is_read():
    fields = json.loads(architecture("resnet18").to_json())
    del fields["pooled"]
    assert Architecture.from_json(json.dumps(fields)) == architecture("resnet18")


@pytest.mark.parametrize("pooled", [2, 3])
def test_a_head_sees_a_map_of_means(pooled):
    arch = replace(architecture("fashion-resnet20"), pooled=pooled)
    net, found = build(arch), trace(arch, (1, 28, 28))
    assert measure(net, (1, 28, 28)) == found and net.fc.in_features == 32 * pooled**2
    assert found["avgpool"].output_shape == (32, pooled, pooled)


@pytest.mark.parametrize("bad", [0, -1, 2.0, True, "2", None])
def test_an_impossible_map_of_means_is_named(bad):
    with pytest.raises(ShapeError) as caught:
        replace(architecture("fashion-resnet20"), pooled=bad)
    assert caught.value.where == "pooled"


def test_a_stage_without_a_width_is_named():
    with pytest.raises(ShapeError) as caught:
        Architecture("mine", "basic", (2, 2), (16,))
    assert caught.value.where == "widths"
    with pytest.raises(ShapeError) as caught:
        Architecture("mine", "basic", (2, 0), (16, 16))
    assert caught.value.where == "depths[1]"


@pytest.mark.parametrize(
    ("field", "value"),
    [("channels", 0), ("kernel_size", True), ("stride", -1), ("padding", -1), ("pool", 1), ("pool", None)],
)
def test_an_impossible_stem_is_named(field, value):
    with pytest.raises(ShapeError) as caught:
        Stem(**{field: value})
    assert caught.value.where == f"stem {field}"


@pytest.mark.parametrize(
    ("kind", "shortcut"),
    [
        ("plain", "identity"),
        ("plain", "projection"),
        ("d2l", "pad"),
        ("basic", "none"),
        ("bottleneck", "none"),
        ("x", "none"),
    ],
)
def test_a_block_refuses_a_shortcut_that_it_cannot_have(kind, shortcut):
    with pytest.raises(ShapeError, match="one of"):
        Block(kind, 16, 16, shortcut=shortcut)


def test_a_bottleneck_needs_a_multiple_of_four():
    with pytest.raises(ShapeError) as caught:
        Block("bottleneck", 16, 30)
    assert (caught.value.where, caught.value.fix) == ("out_channels", "give out_channels=32")


@pytest.mark.parametrize("field", ["in_channels", "out_channels", "stride"])
@pytest.mark.parametrize("bad", [0, -1, 2.0, True, None, "2"], ids=repr)
def test_a_block_refuses_what_is_no_positive_integer(field, bad):
    with pytest.raises(ShapeError) as caught:
        Block(**{"kind": "basic", "in_channels": 16, "out_channels": 16, field: bad})
    assert caught.value.where == field


def test_the_catalog_that_the_browser_reads_is_up_to_date():
    stored = Path(resnet_book.__file__).parent / "widgets" / "shared" / "catalog.json"
    found = json.loads(stored.read_text(encoding="utf-8"))
    assert found == json.loads(json.dumps(catalog()))
    assert list(found) == list(names())
