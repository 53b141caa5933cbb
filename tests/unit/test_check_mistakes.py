"""Realistic mistakes in a reader's file: the right line and the right repair, as `check` says them."""

import pytest

from resnet_book.fake_torch import check_source

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
NET = (
    HEAD
    + """
class Block(nn.Module):
    def __init__(self, a, b, stride=1, down=None):
        super().__init__()
        self.conv1 = nn.Conv2d(a, b, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(b)
        self.conv2 = nn.Conv2d(b, b, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(b)
        self.down = down

    def forward(self, x):
        identity = x if self.down is None else self.down(x)
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += identity
        return F.relu(out)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 64, 3, 1, 1)
        self.l1 = Block(64, 64)
        self.l2 = Block(64, 128, 2, nn.Sequential(nn.Conv2d(64, 128, 1, 2), nn.BatchNorm2d(128)))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(128, 10)

    def forward(self, x):
        x = F.relu(self.stem(x))
        x = self.l2(self.l1(x))
        x = self.pool(x).flatten(1)
        return self.fc(x)
"""
)


def check(text, shape=(3, 32, 32), *others):
    return check_source(text, "net.py", None, [shape, *others] if shape else None)


def said(text, shape=(3, 32, 32)):
    """(the line's text, where, fix) of the first error."""
    found = check(text, shape)
    assert found["output_shape"] is None
    error = found["errors"][0]
    line = text.split("\n")[error["line"] - 1]
    assert line[error["column"] - 1 : error["end_column"] - 1].strip(), "the columns underline something of the line"
    assert error["message"] == (
        f"{error['where']}: got {error['got']}; expected {error['expected']}; fix: {error['fix']}"
    )
    return line.strip(), error["where"], error["fix"]


def test_the_right_network_has_no_error():
    found = check(NET)
    assert found["errors"] == []
    assert found["output_shape"] == [10]
    assert found["network"] == "Net()"


CHANGED = {
    "no projection": (
        "nn.Sequential(nn.Conv2d(64, 128, 1, 2), nn.BatchNorm2d(128))", "None",
        "out += identity", "l2.add", "1x1 convolution 64 -> 128, stride 2",
    ),
    "projection without its stride": (
        "nn.Conv2d(64, 128, 1, 2)", "nn.Conv2d(64, 128, 1)",
        "out += identity", "l2.add", "l2.down.0 as a 1x1 convolution 64 -> 128, stride 2",
    ),
    "input channels": (
        "self.conv2 = nn.Conv2d(b, b", "self.conv2 = nn.Conv2d(a, b",
        "out = self.bn2(self.conv2(out))", "l2.conv2", "in_channels=128",
    ),
    "features of a batch norm": (
        "self.bn2 = nn.BatchNorm2d(b)", "self.bn2 = nn.BatchNorm2d(a)",
        "out = self.bn2(self.conv2(out))", "l2.bn2", "BatchNorm2d(128)",
    ),
    "batch norm of another rank": (
        "self.bn2 = nn.BatchNorm2d(b)", "self.bn2 = nn.BatchNorm1d(b)",
        "out = self.bn2(self.conv2(out))", "l1.bn2", "BatchNorm2d(64)",
    ),
    "padding forgotten": ("b, 3, 1, 1,", "b, 3, 1, 0,", "out += identity", "l1.add", "padding that keeps the size"),
    "features of a linear layer": (
        "nn.Linear(128, 10)", "nn.Linear(512, 10)", "return self.fc(x)", "fc", "Linear(128, 10)"
    ),
    "pool forgotten": (
        "self.pool(x).flatten(1)", "x.flatten(1)",
        "return self.fc(x)", "fc", "Linear(32768, 10), or AdaptiveAvgPool2d(1) before the flatten",
    ),
    "flatten forgotten": (".flatten(1)", "", "return self.fc(x)", "fc", "put a flatten before fc"),
    "view that eats the batch": (
        "self.pool(x).flatten(1)", "x.view(-1, 128)", "x = x.view(-1, 128)", "view", "Linear(32768, ...)"
    ),
    "view of another size": (
        "self.pool(x).flatten(1)", "x.view(x.size(0), 100)",
        "x = x.view(x.size(0), 100)", "view", "flatten(1), which gives 32768 features",
    ),
    "return forgotten in a block": (
        "return F.relu(out)", "F.relu(out)", "F.relu(out)", "l1", "at the end of Block.forward"
    ),
    "return forgotten": ("return self.fc(x)", "self.fc(x)", "self.fc(x)", "Net", "at the end of Net.forward"),
    "super forgotten": (
        "        super().__init__()\n        self.stem", "        self.stem",
        "self.stem = nn.Conv2d(3, 64, 3, 1, 1)", "Net", "super().__init__()",
    ),
    "name of a layer": ("self.l2(", "self.l3(", "x = self.l3(self.l1(x))", "Net", "write l1"),
    "one argument too many": (
        "self.l2(self.l1(x))", "self.l2(self.l1(x), x)",
        "x = self.l2(self.l1(x), x)", "Block.forward", "call it with 1 argument",
    ),
    "spelling of forward": (
        "def forward(self, x):\n        x = F", "def foward(self, x):\n        x = F",
        "def foward(self, x):", "Net", "def forward(self, x)",
    ),
    "groups": (
        "nn.Conv2d(3, 64, 3, 1, 1)", "nn.Conv2d(3, 64, 3, 1, 1, groups=4)",
        "self.stem = nn.Conv2d(3, 64, 3, 1, 1, groups=4)", "Conv2d", "groups=1",
    ),
    "division": ("nn.Linear(128", "nn.Linear(256 / 2", "self.fc = nn.Linear(256 / 2, 10)", "Linear in_features", "//"),
    "kernel larger than its map": (
        "nn.Conv2d(3, 64, 3, 1, 1)", "nn.Conv2d(3, 64, 41)",
        "x = F.relu(self.stem(x))", "stem", "padding 5, or a kernel of at most 32",
    ),
    "import forgotten": (
        "import torch.nn.functional as F\n", "F = None\ndel F\n",
        "x = F.relu(self.stem(x))", "F", "import torch.nn.functional as F",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGED)
def test_one_change_of_a_right_network(name):
    old, new, line, where, fix = CHANGED[name]
    assert old in NET
    found = said(NET.replace(old, new, 1))
    assert found[:2] == (line, where)
    assert fix in found[2]


@pytest.mark.parametrize(
    "body, shape, line, fix",
    [
        (
            "return self.c(torch.cat([x, x[:, :, ::2, ::2]], 1))",
            (8, 9, 9),
            "return self.c",
            "F.interpolate(x, size=(9, 9))",
        ),
        ("return self.c(torch.cat([x, x[:, :4]], 2))", (8, 9, 9), "return self.c", "dim=1"),
        ("return x * x.mean((2, 3))", (8, 9, 9), "return x *", "view(x.size(0), 8, 1, 1)"),
        ("return nn.LayerNorm(8)(x)", (8, 9, 9), "return nn.LayerNorm", "GroupNorm(1, 8)"),
        ("return x.flatten(2) @ x.flatten(2)", (8, 9, 9), "return x.flatten", "transpose(-2, -1)"),
        ("return self.c(nn.LSTM(9, 8)(x.flatten(2)))", (8, 3, 3), "return self.c", "out, _ = layer(x)"),
        ("return F.pixel_shuffle(x[:, :6], 2)", (8, 9, 9), "return F.pixel_shuffle", "8 channels"),
        ("return F.max_pool2d(x, 2, padding=2)", (8, 9, 9), "return F.max_pool2d", "padding 1"),
    ],
)
def test_one_line_of_a_forward(body, shape, line, fix):
    text = (
        f"{HEAD}\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.c = nn.Conv2d(12, 4, 1)\n\n    def forward(self, x):\n        {body}\n"
    )
    found = said(text, shape)
    assert found[0].startswith(line)
    assert fix in found[2]


def test_a_chain_of_layers_is_marked_at_the_layer():
    text = f"{HEAD}net = nn.Sequential(\n    nn.Conv2d(3, 16, 3),\n    nn.Conv2d(32, 64, 3),\n)\n"
    assert said(text)[:2] == ("nn.Conv2d(32, 64, 3),", "1")


def test_a_silent_broadcast_that_is_surely_a_mistake():
    text = f"{HEAD}\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.c = nn.Conv2d(1, 6, 3, padding=1)\n\n    def forward(self, x):\n        return self.c(x) + x\n"
    line, where, fix = said(text, (1, 8, 8))
    assert (line, where, fix) == ("return self.c(x) + x", "add", "1x1 convolution 1 -> 6, stride 1")


def test_errors_after_the_first_assume_its_repair():
    text = NET.replace("nn.Linear(128, 10)", "nn.Linear(512, 10)").replace(
        "self.bn2 = nn.BatchNorm2d(b)", "self.bn2 = nn.BatchNorm2d(64)"
    )
    found = check(text)
    assert [(e["where"], e["fix"]) for e in found["errors"]] == [
        ("l2.bn2", "BatchNorm2d(128)"),
        ("fc", "Linear(128, 10)"),
    ]


@pytest.mark.parametrize(
    "old, new, note",
    [
        ("self.pool(x).flatten(1)", "self.pool(x).view(32, 128)", "holds the batch size 32"),
        ("self.pool(x).flatten(1)", "self.pool(x).squeeze()", "squeeze() without a dim"),
        ("self.fc = ", "self.more = [Block(8, 8)]\n        self.fc = ", "nn.ModuleList"),
        ("self.fc = ", "self.more = Block(8, 8)\n        self.fc = ", "more.conv2"),
        (
            "x = F.relu(self.stem(x))",
            "x = nn.Conv2d(3, 3, 1)(x)\n        x = F.relu(self.stem(x))",
            "made anew whenever forward runs",
        ),
    ],
)
def test_what_is_no_error_is_noted(old, new, note):
    found = check(NET.replace(old, new, 1))
    assert found["errors"] == []
    assert found["output_shape"] == [10]
    assert any(note in sentence for sentence in found["notes"]), found["notes"]


def test_a_skip_that_was_changed_in_place_is_noted_with_its_line():
    body = "nn.Sequential(nn.ReLU(inplace={}), nn.Conv2d(8, 8, 3, padding=1))"
    text = f"{HEAD}\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.body = {body}\n\n    def forward(self, x):\n        return x + self.body(x)\n"
    notes = check(text.format(True), (8, 8, 8))["notes"]
    assert any("changed in place by body.0 (line 11)" in note for note in notes)
    assert not any("in place" in note for note in check(text.format(False), (8, 8, 8))["notes"])


def test_the_usual_order_of_a_residual_network_is_not_noted():
    text = "from torchvision.models import resnet18\nnet = resnet18()\n"
    assert not any("in place" in note for note in check(text, (3, 64, 64))["notes"])


NEEDY = """
from torch import nn
class Net(nn.Module):
    def __init__(self, parts, classes, width=8):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.fc = nn.Linear(width, classes)
    def forward(self, x):
        return self.fc(self.conv(x).mean((2, 3)))
"""


@pytest.mark.parametrize(
    ("network", "call"),
    [
        ("Net()", "Net(parts=..., classes=10)"),
        ("Net(width=9)", "Net(width=9, parts=..., classes=10)"),
        ("Net(3)", "Net(3, classes=10)"),
    ],
)
def test_arguments_that_are_missing_are_written_out(network, call):
    (wrong,) = check_source(NEEDY, "net.py", network)["errors"]
    assert wrong["where"] == "network" and wrong["fix"] == f"write {call}"


def test_a_class_that_needs_arguments_says_how_it_is_made():
    told = check_source(NEEDY, "net.py")
    assert any("needs parts, classes; give --network 'Net(parts=..., classes=10)'" in note for note in told["notes"])
    (wrong,) = check_source(NEEDY, "net.py", "Net(1, 2, 3, 4)")["errors"]
    assert "..." not in wrong["fix"], "too many arguments are not mended by more"
