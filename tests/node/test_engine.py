"""The engine that runs in the page, held against torch in float64, and its two backends against each other."""

import random
import subprocess

import pytest
import torch
import torch.nn.functional as F
from support import Browser
from torch_networks import Reference

from resnet_book import architecture, build

BOUND = 1e-4  # of the largest difference over a tensor's largest entry


@pytest.fixture(scope="module")
def engine():
    """The engine in Node: `engine(kind, **question)` gives what `engine.mjs` answers, or fails with its error."""
    with Browser("engine.mjs") as node:

        def ask(kind, **question):
            answer = node(kind, **question)
            assert "ok" in answer, answer["error"]["message"]
            return answer["ok"]

        ask.refused = lambda kind, **question: node(kind, **question)["error"]
        yield ask


def apart(found, expected) -> float:
    """The largest difference over the largest entry; both flat."""
    found = torch.as_tensor(found, dtype=torch.float64).flatten()
    expected = torch.as_tensor(expected, dtype=torch.float64).detach().flatten()
    return ((found - expected).abs().max() / (expected.abs().max() + 1e-9)).item()


def tiny_architecture(rng: random.Random) -> dict:
    kind = rng.choice(["basic", "basic", "plain", "bottleneck"])
    stages = rng.randint(1, 3)
    width = rng.choice([3, 4, 5, 8])
    return {
        "name": "drawn", "block": kind, "depths": [rng.randint(1, 2) for _ in range(stages)],
        "widths": [width * 2**i for i in range(stages)], "in_channels": rng.randint(1, 3), "num_classes": rng.randint(2, 5),
        "stem": {"channels": width, "kernel_size": 3, "stride": 1, "padding": 1, "pool": False},
        "shortcut": "none" if kind == "plain" else rng.choice("ABC"), "version": rng.choice(["v1", "v1.5"]),
    }  # fmt: skip


def draw(seed: int) -> dict:
    """A small network, its pictures or points, and an optimizer."""
    rng = random.Random(seed)
    question = {"batch": rng.randint(8, 12), "norm": rng.random() < 0.6, "init": rng.choice(["he", "zero", "fixup"])}
    if rng.random() < 0.4:
        points = {"width": rng.choice([4, 5, 6, 8]), "blocks": rng.randint(1, 3), "classes": rng.randint(2, 4)}
        question["points"] = {**points, "skip": rng.random() < 0.6, "norm": question["norm"]}
        numbers, classes = 2, points["classes"]
    else:
        question |= {"architecture": (arch := tiny_architecture(rng)), "side": (side := rng.randint(4, 7))}
        numbers, classes = side * side * arch["in_channels"], arch["num_classes"]
    if rng.random() < 0.5:
        question |= {"optimizer": "adam", "rate": 0.003, "options": {}}
    else:
        question |= {"optimizer": "sgd", "rate": 0.005, "options": {"keep": 0.9, "decay": rng.choice([0, 1e-3])}}
    count = question["batch"]
    x = torch.tensor([rng.gauss(0, 1) for _ in range(count * numbers)], dtype=torch.float32).tolist()
    return question | {"x": x, "labels": [rng.randrange(classes) for _ in range(count)], "steps": 5, "seed": seed}


def in_torch(question: dict, answer: dict) -> tuple[Reference, dict]:
    """The same in torch: (the network after its steps, what it found on the way)."""
    labels = torch.tensor(question["labels"])
    net = Reference(answer["plan"], answer["before"])
    x = net.pictures(question["x"])
    loss = F.cross_entropy(net.logits(x, True), labels)
    loss.backward()
    zero = torch.zeros(1)
    found = {"loss": loss.item(), "gradients": {k: zero if v.grad is None else v.grad for k, v in net.values.items()}}
    nearest = net.nearest

    net = Reference(answer["plan"], answer["before"])
    options = question["options"]
    if question["optimizer"] == "adam":
        optimizer = torch.optim.Adam(net.values.values(), question["rate"])
    else:
        optimizer = torch.optim.SGD(net.values.values(), question["rate"], options["keep"], weight_decay=options["decay"])
    found["losses"] = []
    for _ in range(question["steps"]):
        optimizer.zero_grad()
        loss = F.cross_entropy(net.logits(x, True), labels)
        loss.backward()
        optimizer.step()
        found["losses"].append(loss.item())
    found["logits"] = net.logits(x, False)
    found["nearest"] = min(nearest, net.nearest)
    return net, found


@pytest.mark.parametrize("number", range(50))
def test_loss_gradients_and_steps_are_those_of_torch(engine, number, one_thread):
    for seed in range(1000 * number, 1000 * number + 20):  # drawn anew where a pre-activation lies at its ReLU's kink
        question = draw(seed)
        answer = engine("learn", **question)
        net, expected = in_torch(question, answer)
        if expected["nearest"] > 1e-5:
            break
    else:
        pytest.fail("twenty draws, and each with a pre-activation nearer to 0 than 1e-5")
    worst = {"loss": apart([answer["loss"]], [expected["loss"]]), "losses": apart(answer["losses"], expected["losses"])}
    assert answer["gradients"].keys() == expected["gradients"].keys()
    for name, gradient in expected["gradients"].items():
        worst[f"gradient of {name}"] = apart(answer["gradients"][name], gradient)
    assert answer["after"].keys() == {*net.values, *net.running}
    for name, value in {**net.values, **net.running}.items():
        worst[f"{name} after 5 steps"] = apart(answer["after"][name], value)
    worst["logits in evaluation"] = apart(answer["logits"], expected["logits"])
    assert {name: value for name, value in worst.items() if not value < BOUND} == {}


@pytest.mark.parametrize("number", range(12))
def test_both_backends_give_the_same_bits(engine, number):
    question = draw(50_000 + number)
    fast, slow = (engine("learn", backend=backend, **question) for backend in ("wasm", "plain"))
    assert (fast.pop("name"), slow.pop("name")) == ("wasm", "plain")
    assert fast == slow


def named(name: str, **options) -> dict:
    from resnet_book.architectures import as_json

    return as_json(architecture(name, **options))
