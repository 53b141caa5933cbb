"""The own network without a browser: its parts, the answer of the page's Python, the changes of text that mend."""

import gzip
import json

import pytest

from resnet_book import ShapeError
from resnet_book.fake_torch import check_source
from resnet_book.fake_torch.mending import mend
from resnet_book.widgets import OwnNetwork
from resnet_book.widgets.own_network import EXAMPLES, PUZZLES, example, runtime
from resnet_book.widgets.own_network.answering import TRACE, answer, reply
from resnet_book.widgets.parts import part_script

HEAD = "import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"


def net(made: str, ran: str) -> str:
    """A network's text: what __init__ makes, what forward does."""
    indent = "        "
    lines = [indent + line for line in made.split("\n")] + ["", "    def forward(self, x):"]
    return HEAD + "\n".join([*lines, *(indent + line for line in ran.split("\n"))]) + "\n\n\nnet = Net()\n"


def mended(text: str, edits: list) -> str:
    lines = text.split("\n")
    for line, gone, come in reversed(edits):
        lines[line - 1 : line - 1 + gone] = come
    return "\n".join(lines)


CONV = "self.conv = nn.Conv2d(3, 8, 3, stride=32)"
BROKEN = {
    "linear features": (net(CONV + "\nself.fc = nn.Linear(100, 10)", "x = self.conv(x).flatten(1)\nreturn self.fc(x)"), "nn.Linear(392, 10)"),
    "pool before flatten": (net(CONV + "\nself.fc = nn.Linear(8, 10)", "x = self.conv(x)\nx = torch.flatten(x, 1)\nreturn self.fc(x)"), "adaptive_avg_pool2d(x, 1)"),
    "flatten": (net(CONV + "\nself.pool = nn.AdaptiveAvgPool2d(1)\nself.fc = nn.Linear(8, 10)", "x = self.pool(self.conv(x))\nreturn self.fc(x)"), "self.fc(x.flatten(1))"),
    "batch norm": (net(CONV + "\nself.bn = nn.BatchNorm2d(16)", "return self.bn(self.conv(x))"), "nn.BatchNorm2d(8)"),
    "channels": (net(CONV + "\nself.next = nn.Conv2d(16, 4, 1)", "return self.next(self.conv(x))"), "nn.Conv2d(8, 4, 1)"),
    "channels by name": (net(CONV + "\nself.next = nn.Conv2d(in_channels=16, out_channels=4, kernel_size=1)", "return self.next(self.conv(x))"), "in_channels=8"),
    "groups": (net("self.conv = nn.Conv2d(3, 8, 3, groups=2)", "return self.conv(x)"), "groups=1"),
    "no return": (net(CONV, "out = self.conv(x)"), "return out"),
    "a name": (net(CONV, "return self.cnv(x)"), "self.conv(x)"),
    "an import": (net("self.conv = nn.Conv2d(3, 8, int(math.sqrt(9)))", "return self.conv(x)"), "import math"),
    "super": (HEAD.replace("        super().__init__()\n", "        self.conv = nn.Conv2d(3, 8, 3)\n") + "\n    def forward(self, x):\n        return self.conv(x)\n\n\nnet = Net()\n", "super().__init__()"),
    "the smaller one second": (net("self.a = nn.Conv2d(3, 8, 1)\nself.b = nn.Conv2d(3, 8, 2)", "x, y = self.a(x), self.b(x)\nreturn torch.cat([x, y], dim=1)"), "y = nn.functional.interpolate(y, size=x.shape[-2:])"),
    "the smaller one first": (net("self.a = nn.Conv2d(3, 8, 2)\nself.b = nn.Conv2d(3, 8, 1)", "x, y = self.a(x), self.b(x)\nreturn torch.cat([x, y], dim=1)"), "x = nn.functional.interpolate(x, size=y.shape[-2:])"),
    "dim": (net("self.a = nn.Conv2d(3, 8, 1)\nself.b = nn.Conv2d(3, 16, 1)", "return torch.cat([self.a(x), self.b(x)], dim=2)"), "dim=1"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_is_mended_by_a_change_of_text(name):
    text, change = BROKEN[name]
    told = answer(text)
    assert told["errors"]
    assert told["mend"], told["errors"]
    after = mended(text, told["mend"])
    assert change in after and change not in text
    assert check_source(after)["errors"] == []


@pytest.mark.parametrize("name", [*PUZZLES, "no_projection", "forgotten_pool"])
def test_examples_with_a_mistake_are_mended_for_good(name):
    told = answer(example(name), "", PUZZLES.get(name, ""))
    after = mended(example(name), told["mend"])
    assert told["errors"] and answer(after, "", PUZZLES.get(name, ""))["errors"] == []


@pytest.mark.parametrize("name", ["small_resnet", "u_net", "se_resnet"])
def test_examples_without_a_mistake_have_none(name):
    told = answer(example(name))
    assert told["errors"] == [] and told["mend"] is None and told["output_shape"]


def test_the_inserted_shortcut_leaves_the_blocks_alone_that_need_none():
    text = example("no_projection")
    before = {row["name"]: row["params"] for row in check_source(text)["rows"]}
    after = check_source(mended(text, answer(text)["mend"]))
    added = {row["name"]: row["params"] for row in after["rows"] if row["name"] not in before and row["params"]}
    assert added == {"5.shortcut": 64 * 128 + 128}


def test_a_change_that_does_not_help_is_not_offered():
    text, _ = BROKEN["batch norm"]
    told = check_source(text)
    assert mend(text, told, lambda changed: told) is None


def test_answer_is_the_object_of_check_and_two_things_more():
    text = example("small_resnet") + "print('made')\n"
    told = answer(text)
    assert {key: told[key] for key in TRACE} == check_source(text, write=lambda _: None)
    assert told["printed"] == "made\n" and set(told) == {*TRACE, "printed", "mend"}


def test_wrong_shape_is_told_with_the_name_of_its_field():
    with pytest.raises(ShapeError):
        answer(example("small_resnet"), "", "3,y")
    assert json.loads(reply(example("small_resnet"), "", "3,y"))["wrong"]["where"] == "input_shape"
    assert json.loads(reply(example("small_resnet"), "", "3x64x64"))["inputs"] == [[3, 64, 64]]


def test_what_is_fetched_at_the_first_use_weighs_at_most_350_kilobytes():
    parts = [part_script(name, part)[1] for name, part in OwnNetwork.parts.items()]
    weight = sum(len(gzip.compress(text.encode(), 9)) for text in parts)
    assert weight <= 350_000, f"{weight} bytes"


def test_spaces_that_only_readers_need_are_all_that_goes():
    import ast

    text = "x = [a if b else -c, f'{a + 1} {b!r:>3}', 'a  b', 1 if 'in' in d else 2]\ndef f(*, a = 1):\n    return  not a\n"
    tight = runtime._tight(ast.unparse(ast.parse(text)))
    assert ast.dump(ast.parse(tight)) == ast.dump(ast.parse(text)) and len(tight) < len(text)


def test_sources_of_the_page_are_python_and_need_neither_torch_nor_numpy():
    import ast

    found = runtime.sources()
    for name, (kind, text, *_) in found.items():
        assert kind == ".py"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert node.module.split(".")[0] not in ("torch", "numpy", "anywidget", "traitlets"), name
    assert {"answering", "resnet_book.fake_torch.checking", "resnet_book.rules", "typing", "collections.abc"} <= set(
        found
    )


def test_licence_stands_beside_brython():
    assert "Redistribution" in runtime.LICENCE.read_text(encoding="utf-8")
    assert OwnNetwork.licences == (runtime.LICENCE,)


def test_widget_of_a_puzzle_holds_no_trace():
    shown = OwnNetwork(code=example("puzzle_vgg"), traced=False)
    assert shown.trace == {} and shown.page_state()["_trace"] == {}
    assert "class VGG" in str(shown)


def test_fallback_has_every_row_the_totals_and_the_mistake():
    shown = OwnNetwork(code=example("no_projection"))
    text = str(shown)
    assert "1x1 convolution 64 -> 128, stride 2" in text
    assert f"{shown.trace['params']:,}" in text and len(shown.fallback().rows) == len(shown.trace["rows"]) + 2


def test_unknown_example_lists_those_there_are():
    with pytest.raises(ValueError, match="small_resnet"):
        example("nothing")
    assert set(EXAMPLES).isdisjoint(PUZZLES)
