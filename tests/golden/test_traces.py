"""Golden traces: every number of a few networks, to be looked at when it changes (`pytest --regenerate-golden`)."""

from pathlib import Path

import pytest

from resnet_book import Trace, architecture, trace

CASES = {
    "resnet18": ("resnet18", {}, (3, 224, 224)),
    "resnet50-v1": ("resnet50", {"version": "v1"}, (3, 224, 224)),
    "resnet50-v1.5": ("resnet50", {}, (3, 224, 224)),
    "resnet152": ("resnet152", {}, (3, 224, 224)),
    "resnet18-d2l": ("resnet18-d2l", {}, (1, 96, 96)),
    "cifar-resnet20-A": ("cifar-resnet20", {}, (3, 32, 32)),
    "cifar-resnet20-C": ("cifar-resnet20", {"shortcut": "C"}, (3, 32, 32)),
    "cifar-plain20": ("cifar-plain20", {}, (3, 32, 32)),
    "resnet50-cifar": ("resnet50-cifar", {"in_channels": 1}, (1, 33, 47)),
}
FOLDER = Path(__file__).parent


def as_text(t: Trace) -> str:
    """One line a row, all fields; then the totals."""

    def cell(value) -> str:
        return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)

    lines = [" ".join(map(cell, row)) for row in t.rows]
    return "\n".join([*lines, f"total {cell(t.output_shape)} {t.params} {t.macs} {t.activations}", ""])


@pytest.mark.parametrize("case", CASES)
def test_trace(case, golden):
    name, keywords, shape = CASES[case]
    golden(as_text(trace(architecture(name, **keywords), shape)))


@pytest.mark.parametrize("case", CASES)
def test_golden_file_adds_up(case):
    """The stored totals, and the cost of each layer, worked out again from the stored shapes alone."""
    *rows, total = (line.split() for line in (FOLDER / f"trace-{case}.txt").read_text(encoding="utf-8").splitlines())
    parsed = []
    for _, op, into, out, params, macs, activations, _, _ in rows:
        into, out = ([int(n) for n in shape.split("x")] for shape in (into, out))
        size = 1
        for n in out:
            size *= n
        assert int(activations) == size
        assert (int(macs) > 0) == (op in ("conv2d", "linear"))
        if op == "conv2d":
            weights, rest = divmod(int(macs), out[1] * out[2])
            assert rest == 0
            assert weights % (into[0] * out[0]) == 0
            assert int(params) - weights in (0, out[0])
        elif op == "linear":
            assert int(macs) == into[0] * out[0] == int(params) - out[0]
        else:
            assert int(params) == (2 * out[0] if op == "batch_norm" else 0)
        parsed.append((int(params), int(macs), int(activations)))
    assert total[1] == rows[-1][3]
    assert [sum(column) for column in zip(*parsed)] == [int(n) for n in total[2:]]


def test_every_golden_file_has_its_test():
    assert {path.stem for path in FOLDER.glob("*.txt")} == {f"trace-{case}" for case in CASES}
