"""Files that are not meant well: `check` ends, says the line, and leaves the disk alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_book.fake_torch import check_source, command
from resnet_book.fake_torch.limits import limited

SRC = Path(__file__).parents[2] / "src"
NET = "import torch\nfrom torch import nn\nnet = nn.Linear(4, 2)\n"


def run(folder, text, *arguments, seconds=None):
    (folder / "net.py").write_text(text)
    start = "import sys; from resnet_book.fake_torch import command\n"
    start += f"command.SECONDS = {seconds or command.SECONDS}\nsys.exit(command.main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", start, "net.py", "--json", *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(SRC), "SECRET": "x"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)


def test_the_limit_is_30_s():
    assert command.SECONDS == 30


@pytest.mark.parametrize(
    "loop, lines",
    [
        ("while True:\n    pass\n", (4, 5)),
        ("while True:\n    try:\n        pass\n    except BaseException:\n        pass\n", (4, 5, 6, 7, 8, None)),
        ("n = 10 ** 10 ** 9\n", (4, None)),
    ],
    ids=["a loop", "a loop that catches everything", "a number"],
)
def test_endless_code_is_stopped(tmp_path, loop, lines):
    code, found = run(tmp_path, NET + loop, seconds=1)
    assert code == 1
    assert found["errors"][0]["line"] in lines
    assert "30 s" in found["errors"][0]["expected"] or "1 s" in found["errors"][0]["expected"]


@pytest.mark.parametrize(
    "text, said",
    [
        ("import torch.nn as nn\ndef f(n):\n    return f(n)\nnet = f(1)\n", "calls itself"),
        (
            "import torch.nn as nn\nclass N(nn.Module):\n    def forward(self, x):\n        return self(x)\n    def __init__(self):\n        super().__init__()\n        self.c = nn.Conv2d(3, 3, 1)\n",
            "calls itself",
        ),
        ("import torch.nn as nn\nnet = nn.Sequential(*[nn.ReLU() for _ in range(10**7)])\n", "100,000 layers"),
        ("import torch.nn as nn\nclass N(nn.Module)\n    pass\n", "Python 3"),
        ("import torch.nn as nn\nprint 'made'\n", "Python 2"),
        ("import torch.nn as nn\nclass N(nn.Module):\n\tdef f(self):\n        return 1\n", "indent"),
        ("import torch.nn as nn\nclass N(nn.Module):\ndef f(self):\n    return 1\n", "indent"),
        ("x = '\0'\n", "Python 3"),
    ],
)
def test_broken_texts_are_answered_with_a_line(text, said):
    found = check_source(text)
    told = " ".join([e["message"] for e in found["errors"]] + found["notes"])
    assert said in told
    assert all(e["line"] for e in found["errors"] if "\0" not in text)


def test_a_very_long_text():
    text = NET + "\n".join(f"x{i} = torch.zeros({i})" for i in range(8000))
    assert len(text) > 200_000
    assert check_source(text)["output_shape"] == [2]


def test_builtins_overwritten_and_tags_in_strings_stay_in_the_text():
    text = (
        NET
        + "import builtins\nbuiltins.len = builtins.isinstance = None\nlen = sum = dict = None\nnet.name = '<img src=x onerror=alert(1)>'\n"
    )
    assert check_source(text)["output_shape"] == [2]
    assert len([1]) == 1


def test_a_million_characters_printed_are_cut_short():
    parts = []
    assert check_source(NET + "for i in range(10000):\n    print('x' * 100)\n", write=parts.append)["output_shape"] == [
        2
    ]
    assert 100_000 <= sum(map(len, parts)) < 110_000
    assert "left out" in parts[-1]


def test_a_file_that_ends_the_process(tmp_path):
    code, found = run(tmp_path, NET + "import os\nos._exit(0)\n")
    assert (code, found["output_shape"]) == (1, None)
    code, found = run(tmp_path, NET + "import sys\nsys.exit(3)\n")
    assert (code, found["output_shape"]) == (0, [2])


@pytest.mark.parametrize(
    "line",
    [
        "open('made.txt', 'w').write('x')",
        "import os; os.remove('kept.txt')",
        "import shutil; shutil.rmtree('.')",
        "import subprocess; subprocess.run(['touch', 'made.txt'])",
        "import os; os.system('touch made.txt')",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
    ],
)
def test_isolated_refuses_writing_programs_and_network(tmp_path, line):
    (tmp_path / "kept.txt").write_text("kept")
    code, found = run(tmp_path, NET + line + "\n", "--isolated")
    assert (code, found["output_shape"]) == (0, [2])
    assert any("isolated" in note or "PermissionError" in note for note in found["notes"]), found["notes"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kept.txt", "net.py"]


def test_isolated_hides_the_environment(tmp_path):
    _code, found = run(tmp_path, NET + "import os\nassert 'SECRET' not in os.environ, 'seen'\n", "--isolated")
    assert not any("seen" in note for note in found["notes"])


def test_memory_that_there_is_not():
    def work():
        return {"found": [0] * 10**12}

    assert isinstance(limited(work, 5), (str, dict))
