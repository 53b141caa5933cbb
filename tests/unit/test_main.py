"""The command line."""

import json

import pytest

from resnet_book import architecture, trace
from resnet_book.__main__ import main
from resnet_book.architectures import catalog, names


def test_trace_prints_the_trace(capsys):
    assert main(["trace", "resnet50", "3", "64", "48", "--version", "v1", "--classes", "7"]) == 0
    expected = trace(architecture("resnet50", version="v1", num_classes=7), (3, 64, 48))
    assert capsys.readouterr().out == f"{expected}\n"


def test_stages_are_sums(capsys):
    assert main(["trace", "cifar-resnet20", "--stages"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [
        "conv1",
        "bn1",
        "relu",
        "layer1",
        "layer2",
        "layer3",
        "avgpool",
        "flatten",
        "fc",
        "Total",
    ]


def test_names_and_catalog(capsys):
    assert main(["names"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(names())
    assert main(["catalog"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(catalog()))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["resnet51"], "There is: resnet18"), (["resnet50", "3", "224"], "(channels, height, width)"),
     (["resnet50", "3", "0", "5"], "input height"), (["resnet50", "--shortcut", "A"], "takes no 'shortcut'")],
)  # fmt: skip
def test_bad_input_is_a_message_and_a_status(capsys, arguments, words):
    assert main(["trace", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert len(captured.err.splitlines()) == 1
