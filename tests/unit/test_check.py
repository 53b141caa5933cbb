"""`python -m resnet_book check`: exit statuses, the object, the lines, what it finds; in a Python without torch."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resnet_book import architecture, trace
from resnet_book.fake_torch import check_source, parse_shape

SRC = Path(__file__).parents[2] / "src"
NET = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.fc = nn.Linear(8, num_classes)

    def forward(self, x):
        x = torch.relu(self.conv(x)).mean((2, 3))
        return self.fc(x)
"""
KEYS = ["file", "network", "output_shape", "params", "buffers", "macs", "rows", "notes", "errors"]
ROW = [
    "name",
    "op",
    "input_shape",
    "output_shape",
    "params",
    "macs",
    "activations",
    "receptive_field",
    "stride",
    "line",
    "made",
]


def check(folder, *arguments, **files):
    """Run the command without site packages (no torch, no numpy) on some files; the finished process."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(SRC)}
    command = [sys.executable, "-S", "-m", "resnet_book", "check", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_there_is_no_torch_where_these_tests_run_the_command(tmp_path):
    found = subprocess.run([sys.executable, "-S", "-c", "import torch"], cwd=tmp_path, capture_output=True)
    assert found.returncode


def test_the_object(tmp_path):
    done = check(tmp_path, "net.py", "--json", "--input", "3,16,16", net=NET)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == KEYS
    assert (found["file"], found["network"], found["output_shape"]) == ("net.py", "Net()", [10])
    assert (found["params"], found["buffers"], found["macs"]) == (8 * 27 + 8 + 90, 0, 8 * 27 * 14**2 + 80)
    assert [list(row) for row in found["rows"]] == [ROW] * 4
    conv = found["rows"][0]
    assert (conv["line"], conv["made"], conv["output_shape"]) == (13, 9, [8, 14, 14])
    assert (conv["receptive_field"], conv["stride"]) == ([3, 3], [1, 1])
    assert [row["op"] for row in found["rows"]] == ["conv2d", "relu", "mean", "linear"]


def test_the_rows_are_those_of_the_formulas(tmp_path):
    text = "from torchvision.models import resnet50\nnet = resnet50()\n"
    found = check_source(text, inputs=[(3, 224, 160)])
    assert found["errors"] == []
    rows = trace(architecture("resnet50"), (3, 224, 160)).rows
    kept = ROW[:-2]
    assert [[row[key] for key in kept] for row in found["rows"]] == json.loads(json.dumps([list(row) for row in rows]))


def test_errors_are_lines_for_an_editor_and_the_status_is_1(tmp_path):
    done = check(tmp_path, "net.py", "--input", "1x16x16", net=NET)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == (
        "net.py:13: conv: got 1x16x16: 1 channels; expected 3 channels; fix: an input of 3 channels, or in_channels=1"
    )
    found = json.loads(check(tmp_path, "net.py", "--input", "1x16x16", "--json").stdout)
    error = found["errors"][0]
    assert found["output_shape"] is None
    assert list(error) == ["line", "column", "end_column", "where", "got", "expected", "fix", "message"]
    if sys.version_info >= (3, 11):
        assert NET.split("\n")[12][error["column"] - 1 : error["end_column"] - 1] == "self.conv(x)"


def test_several_files_one_object_each_and_the_worst_status(tmp_path):
    done = check(tmp_path, "a.py", "b.py", "c.py", "--json", a=NET, b=NET.replace("Linear(8", "Linear(9"), c="x = 1\n")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [len(f["errors"]) for f in found] == [0, 1, 0]
    assert done.returncode == 1
    assert found[2]["network"] is None
    assert "no network was found" in found[2]["notes"][0]
    assert check(tmp_path, "c.py").returncode == 0


def test_unreadable_files_and_wrong_use_are_status_2(tmp_path):
    assert check(tmp_path, "missing.py").returncode == 2
    assert check(tmp_path).returncode == 2
    assert check(tmp_path, "net.py", "--input", "3,a", net=NET).returncode == 2


@pytest.mark.parametrize("given", ["Net(", "", "Net() Net()", "x = Net()"])
def test_an_expression_that_is_none_is_told_as_such(tmp_path, given):
    ran = check(tmp_path, "net.py", "--network", given, net=NET)
    assert ran.returncode == 2 and not ran.stdout
    assert ran.stderr.startswith(f"--network: {given!r} is no expression of Python (") and "net.py" not in ran.stderr


def test_without_input_it_takes_the_first_layer_at_224_and_says_so(tmp_path):
    found = json.loads(check(tmp_path, "net.py", "--json", net=NET).stdout)
    assert found["rows"][0]["input_shape"] == [3, 224, 224]
    assert any("3x224x224" in note and "--input" in note for note in found["notes"])


CIFAR = """
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 5)
        self.fc = nn.Linear(16 * 14 * 14, 10)

    def forward(self, x):
        return self.fc(F.max_pool2d(self.conv(x), 2).flatten(1))
"""


def test_a_network_of_smaller_pictures_is_told_the_size_that_goes_through():
    found = check_source(CIFAR)
    assert found["errors"][0]["got"].startswith("193600 features (16x110x110")
    assert any("one of 3x32x32 goes through" in note for note in found["notes"])
    assert not any("goes through" in note for note in check_source(CIFAR.replace("16 * 14 * 14", "17"))["notes"])
    assert not any("goes through" in note for note in check_source(CIFAR, inputs=[(3, 224, 224)])["notes"])


def test_annotate_prints_the_file_with_its_shapes(tmp_path):
    done = check(tmp_path, "net.py", "--annotate", "--input", "3,16,16", net=NET)
    lines = done.stdout.splitlines()
    assert [line.split("#")[0].rstrip() for line in lines] == NET.splitlines()
    assert lines[12].endswith("# 8")
    assert lines[13].endswith("# 10")


def test_what_a_file_prints_goes_to_the_error_stream(tmp_path):
    text = f"{NET}\nimport sys, os\nprint('<b>one</b>')\nsys.stdout.write('two')\nos.write(1, b'three')\n"
    done = check(tmp_path, "net.py", "--json", net=text)
    json.loads(done.stdout)
    assert all(word in done.stderr for word in ("<b>one</b>", "two", "three"))


@pytest.mark.parametrize(
    "end, network",
    [
        ("net = Net(5)\n", "net"),
        ("def small():\n    return Net(3)\n", "Net()"),
        ("class Wide(Net):\n    pass\n", "Wide()"),
        ("if __name__ == '__main__':\n    raise SystemExit('not run')\n", "Net()"),
        ("import absent_package\nabsent_package.fit(Net())\n", "Net()"),
    ],
)
def test_what_it_takes_for_the_network(end, network):
    found = check_source(NET + end, inputs=[(3, 16, 16)])
    assert (found["network"], found["errors"]) == (network, [])


def test_a_network_that_needs_arguments_is_made_where_they_are_evident():
    text = NET.replace("num_classes=10", "in_channels, num_classes").replace("Conv2d(3", "Conv2d(in_channels")
    found = check_source(text)
    assert found["network"] == "Net(in_channels=3, num_classes=10)"
    assert any("guessed" in note for note in found["notes"])
    found = check_source(text.replace("in_channels,", "width,"))
    assert found["network"] is None
    assert "width" in found["notes"][0]


def test_the_network_may_be_given(tmp_path):
    found = json.loads(check(tmp_path, "net.py", "--json", "--network", "Net(7)", net=NET).stdout)
    assert found["output_shape"] == [7]
    assert check(tmp_path, "net.py", "--network", "Nets(7)").returncode == 1


def test_files_beside_are_read_with_it(tmp_path):
    blocks = "from torch import nn\n\n\ndef conv(a, b):\n    return nn.Conv2d(a, b, 1)\n"
    net = "from blocks import conv\nfrom .blocks import conv as same\nnet = conv(3, 4)\nassert same\n"
    found = json.loads(check(tmp_path, "net.py", "--json", "--input", "3,8,8", net=net, blocks=blocks).stdout)
    assert (found["errors"], found["output_shape"]) == ([], [4, 8, 8])


def test_several_inputs_and_outputs():
    text = "from torch import nn\n\n\nclass Two(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.f = nn.Linear(4, 2)\n\n    def forward(self, x, y):\n        return {'sum': self.f(x) + y, 'both': (x, y)}\n"
    found = check_source(text, inputs=[(4,), (2,)])
    assert found["output_shape"] == {"sum": [2], "both": [[4], [2]]}


def test_a_notebook_with_its_magics(tmp_path):
    cells = [
        "%matplotlib inline\n!pip install torch\n",
        "%%bash\nrm -rf nothing\n",
        NET,
        "net = Net(4)\nnet?\n".replace("net?\n", ""),
    ]
    notebook = {
        "cells": [{"cell_type": "markdown", "source": ["# A title"]}]
        + [{"cell_type": "code", "source": c.splitlines(True)} for c in cells]
    }
    (tmp_path / "net.ipynb").write_text(json.dumps(notebook))
    found = json.loads(check(tmp_path, "net.ipynb", "--json").stdout)
    assert (found["errors"], found["output_shape"]) == ([], [4])


def test_a_line_that_formats_is_no_magic():
    lines = 'print("epoch %d of %d"\n      % (1, 2))\nprint("%.1f" \\\n% 3)\nx = (7\n%4)\n%time x\n'
    found = check_source(NET + lines + "net = Net(x)\n")
    assert (found["errors"], found["output_shape"]) == ([], [3])


def test_names_of_missing_arguments_are_told_without_their_commas():
    text = NET.replace("num_classes=10", "width, depth, num_classes")
    found = check_source(text, network="Net()")
    assert found["errors"][0]["got"] == "Net(): no width, depth, num_classes"


def test_what_is_not_here_is_formatted_as_its_name():
    found = check_source(NET + "import pandas as pd\nprint(f'{pd.mean:.2f}')\nnet = Net(4)\n", write=lambda _: None)
    assert found["errors"] == [] and not any("left out" in note for note in found["notes"])


def test_networks_of_torchvision_come_from_the_hub_too():
    lines = "import torch\nnet = torch.hub.load('pytorch/vision:v0.10.0', 'resnet18', pretrained=True)\n"
    assert check_source(lines)["params"] == 11_689_512


def test_a_map_is_cropped_at_its_middle():
    lines = "import torch\nfrom torchvision.transforms.functional import center_crop\n" + NET
    lines = lines.replace("self.fc(x)", "center_crop(x, [9, 5])").replace(".mean((2, 3))", "")
    assert check_source(lines)["output_shape"] == [8, 9, 5]
    grown = check_source(lines.replace("[9, 5]", "500"))
    assert "less than 500x500" in grown["errors"][0]["got"]


def test_what_it_does_not_know_it_refuses_by_name_and_line():
    text = NET.replace("return self.fc(x)", "return torch.linalg.eigvals(self.fc(x))")
    error = check_source(text)["errors"][0]
    assert (error["line"], "torch.linalg.eigvals" in error["got"]) == (14, True)
    text = NET.replace("return self.fc(x)", "return self.fc(x) if x.sum() > 0 else x")
    error = check_source(text)["errors"][0]
    assert (error["line"], "values of a tensor" in error["got"]) == (14, True)


def test_shapes_as_text():
    assert parse_shape("3,224,224") == parse_shape("3x224x224") == parse_shape("(3, 224, 224)") == (3, 224, 224)
    with pytest.raises(ValueError, match="positive integers"):
        parse_shape("3,-1")


@pytest.mark.slow
def test_resnet50_takes_less_than_0_3_s_of_computing(tmp_path):
    (tmp_path / "net.py").write_text("from torchvision.models import resnet50\nnet = resnet50()\n")
    check(tmp_path, "net.py")
    best = min(_seconds(tmp_path) for _ in range(5))
    assert best < 0.3, f"{best:.3f} s"


def _seconds(folder):
    """Of the processor, so that what else runs on the machine does not count."""
    import resource

    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    assert check(folder, "net.py").returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return min(time.perf_counter() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


@pytest.mark.parametrize(
    "line",
    [
        "F.relu = torch.cat = nn.Conv2d = None",
        "nn.Conv2d.forward = lambda self, x: x",
        "del nn.Conv2d.forward",
        "nn.Module.__call__ = None",
        "torch.Tensor.view = lambda *sizes: 1",
        "import builtins\nbuiltins.len = None",
        "import math\nmath.sqrt = math.prod = None",
    ],
)
def test_what_a_text_puts_in_the_place_of_ours_is_gone_with_it(line):
    head = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
    net = (
        head
        + "class N(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.c = nn.Conv2d(3, 8, 3)\n"
    )
    net += "    def forward(self, x):\n        return torch.cat([F.relu(self.c(x)).view(x.size(0), -1)], 1)\n"
    before = check_source(net, inputs=[(3, 8, 8)])
    assert before["output_shape"] == [288]
    check_source(f"{head}{line}\n", write=lambda _: None)
    assert check_source(net, inputs=[(3, 8, 8)]) == before


def test_dataclasses_find_the_texts_module_by_its_name():
    text = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom torch import nn\n"
        "@dataclass\nclass Config:\n    width: int = 8\nnet = nn.Conv2d(3, Config(16).width, 3)\n"
    )
    told = check_source(text)
    assert told["errors"] == [] and told["output_shape"][0] == 16
    assert "pasted" not in sys.modules


FORWARD = """import torch
import torch.nn.functional as F
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3)
    def forward(self, x):
        return {}
net = Net()
"""


@pytest.mark.parametrize(
    "returned, got, fix",
    [
        ("nn.ReLU(self.a(x))", "a module ReLU", "nn.ReLU()(...)"),
        ("self.a", "a module Conv2d", "call it with a tensor"),
        ("nn.Sequential(self.a)", "a module Sequential", "call it with a tensor"),
        ("self.a(x).unfold(2, 300, 1)", "222 in dim 2", "a smaller window"),
        ("F.dropout(x, p=2)", "p=2", "p=0.5"),
        ("nn.Dropout(-1)(x)", "p=-1", "p=0.5"),
        ("torch.take_along_dim(x, torch.zeros(8).long(), dim=1)", "8", "as many dims"),
    ],
)
def test_what_torch_refuses_or_would_give_back_as_a_module_is_an_error_at_its_line(returned, got, fix):
    (error,) = check_source(FORWARD.format(returned))["errors"]
    assert (error["line"], error["got"]) == (9, got) and fix in error["fix"]


@pytest.mark.parametrize(
    "returned",
    [
        "torch.take_along_dim(x, x.argmax(1, keepdim=True), dim=1)",
        "torch.take_along_dim(x, torch.zeros(1, 2, 32, 1).long(), 1)",
        "x.unfold(2, 20, 3)",
        "x * torch.Tensor(1) + torch.Tensor(3, 32, 32) + torch.Tensor([1.0])",
        "x + torch.Tensor([[1, 2, 3, 4]] * 32).sum() * torch.Tensor(2, 1, 1, 1, 1).sum()",
    ],
)
def test_these_have_the_shapes_of_torch(returned):
    names = {}
    exec(FORWARD.format(returned), names)
    shape = names["net"](names["torch"].zeros(2, 3, 32, 32)).shape
    told = check_source(FORWARD.format(returned), inputs=[(3, 32, 32)])
    assert told["errors"] == [] and told["output_shape"] == list(shape[1:])


@pytest.mark.parametrize("name", ["a.b", ""])
def test_a_name_that_is_a_path_is_refused_as_torch_refuses_it(name):
    text = FORWARD.format("x").replace("self.a = ", f"self.add_module('{name}', nn.ReLU()); self.a = ")
    (error,) = check_source(text)["errors"]
    assert error["line"] == 7 and "module name can" in error["got"]
