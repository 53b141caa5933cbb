"""The engine that runs in the page, held against torch in float64, and its two backends against each other."""

import gzip
import json
import math
import random
from dataclasses import asdict

import pytest
import torch
import torch.nn.functional as F
from support import REPOSITORY, asking
from torch_networks import Reference

from resnet_book import Architecture, architecture, build
from resnet_book.architectures import Stem
from resnet_book.widgets import bundle
from resnet_book.widgets.engine import FOLDER, KERNELS, compile_kernels, stored_kernels

BOUND = 1e-4  # of the largest difference over a tensor's largest entry


@pytest.fixture(scope="module")
def engine():
    """The engine in Node: `engine(kind, **question)` gives what `engine.mjs` answers, or fails with its error."""
    with asking("engine.mjs") as ask:
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
        optimizer = torch.optim.SGD(
            net.values.values(), question["rate"], options["keep"], weight_decay=options["decay"]
        )
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


# ---------------------------------------------------------------- what the tracer traces is what runs


SIZES = {"cifar-resnet20": 32, "cifar-plain20": 32, "fashion-resnet20": 28, "fashion-plain20": 28}


def as_fields(name: str, **options) -> dict:
    return json.loads(architecture(name, **options).to_json())


def torch_twin(name: str, state: dict, **options) -> torch.nn.Module:
    """The book's module with the engine's weights."""
    net = build(architecture(name, **options)).double()
    own = net.state_dict()
    counted = {key: value for key, value in own.items() if "num_batches" in key}
    assert list(own) == [key for key in own if key in state or key in counted], "the engine has torch's names"
    assert {*state} == {*own} - {*counted}
    shaped = {key: torch.tensor(values, dtype=torch.float64).reshape(own[key].shape) for key, values in state.items()}
    net.load_state_dict({**shaped, **counted})
    return net.eval()


def pictures(count: int, side: int, channels: int, seed: int = 0) -> torch.Tensor:
    """Pictures as the engine takes them, (count, side, side, channels)."""
    return torch.randn(count, side, side, channels, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    "name, options", [(name, {}) for name in SIZES] + [("cifar-resnet20", {"shortcut": s}) for s in "BC"]
)
def test_an_architecture_of_the_book_runs_as_the_book_builds_it(engine, one_thread, name, options):
    side, arch = SIZES[name], as_fields(name, **options)
    x = pictures(2, side, arch["in_channels"])
    question = {"architecture": arch, "side": side, "batch": 2, "x": x.flatten().tolist()}
    learned = engine("learn", **question, labels=[1, 2], rate=0.01, steps=1)  # so that the running moments moved
    net = torch_twin(name, learned["after"], **options)
    with torch.no_grad():
        expected = net(x.double().permute(0, 3, 1, 2))
    assert apart(learned["logits"], expected) < BOUND


# ---------------------------------------------------------------- taken apart


def test_routes_through_the_blocks_are_those_of_torch(engine, one_thread):
    """Branches and skips scaled, left out, blocks swapped; a plain net lends its shortcut where it is asked for."""
    for block, shortcut in (("basic", "A"), ("basic", "B"), ("plain", "none"), ("bottleneck", "A")):
        arch = {
            "name": "drawn", "block": block, "depths": [3, 2], "widths": [4, 8], "in_channels": 1, "num_classes": 3, "version": "v1.5",
            "stem": {"channels": 4, "kernel_size": 3, "stride": 1, "padding": 1, "pool": False}, "shortcut": shortcut,
        }  # fmt: skip
        x = pictures(3, 7, 1).flatten().tolist()
        question = {"architecture": arch, "side": 7, "batch": 3, "x": x}
        learned = engine("learn", **question, labels=[0, 1, 2], rate=0.05, steps=3)
        whole = [{"block": i} for i in range(5)]
        skip = 0 if block == "plain" else 1
        routes = [whole, [*whole[:2], whole[3], whole[4]], [whole[0], whole[2], whole[1], *whole[3:]]]
        for i in range(5):
            routes.append([{**step, "branch": 0, "skip": 1} if step["block"] == i else step for step in whole])
            routes.append([{**step, "branch": 1.5, "skip": skip} if step["block"] == i else step for step in whole])
            routes.append([{**step, "branch": 1, "skip": 0} if step["block"] == i else step for step in whole])
        answers = engine("routes", **question, state=learned["after"], routes=routes)
        reference = Reference(learned["plan"], learned["after"])
        with torch.no_grad():
            for route, found in zip(routes, answers, strict=True):
                assert apart(found, reference.logits(reference.pictures(x), False, route)) < BOUND, (block, route)


def test_a_route_may_go_on_from_a_block_that_is_as_it_was(engine):
    question = {"architecture": as_fields("fashion-resnet20"), "side": 28, "batch": 2, "init": "he", "seed": 3}
    x = pictures(2, 28, 1).flatten().tolist()
    whole = [{"block": i} for i in range(9)]
    changed = [*whole[:6], {"block": 6, "branch": 0}, *whole[7:]]
    anew, again, once_more = engine("routes", **question, x=x, routes=[changed, whole, changed], resume=[0, 0, 6])
    assert anew == once_more != again


def test_a_block_opened_adds_up(engine):
    question = {"architecture": as_fields("fashion-resnet20"), "side": 28, "batch": 2, "seed": 1}
    x = pictures(2, 28, 1).flatten().tolist()
    for block in (0, 3):  # inside a stage; where option A pads
        found = engine("look", **question, x=x, block=block, picture=1)
        values = {key: torch.tensor(value["values"]) for key, value in found.items()}
        channels, side = found["out"]["channels"], found["out"]["side"]
        assert len(values["out"]) == channels * side * side
        torch.testing.assert_close(values["sum"], values["shortcut"] + values["branch"], rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(values["out"], values["sum"].relu(), rtol=1e-6, atol=1e-6)
        if block == 0:
            assert found["x"]["values"] == found["shortcut"]["values"]
        else:
            padded = values["shortcut"].reshape(channels, side, side)
            new = channels // 4
            assert not padded[:new].any() and not padded[-new:].any()
            torch.testing.assert_close(padded[new:-new], values["x"].reshape(-1, 2 * side, 2 * side)[:, ::2, ::2])


# ---------------------------------------------------------------- starts, chance, and what goes wrong


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("init", ["he", "zero", "fixup"])
def test_starts(engine, init, skip, norm):
    blocks, width = 16, 32
    points = {"width": width, "blocks": blocks, "classes": 3, "skip": skip, "norm": norm}
    state = {
        key: torch.tensor(values) for key, values in engine("start", points=points, batch=1, init=init, seed=4).items()
    }
    first = torch.cat([state[f"blocks.{i}.linear1.weight"] for i in range(blocks)])
    scale = blocks**-0.5 if init == "fixup" and skip and not norm else 1
    assert first.std() == pytest.approx(scale * (2 / width) ** 0.5, rel=0.03)
    assert first.mean() == pytest.approx(0, abs=0.01)
    last = "bn2.weight" if norm else "linear2.weight"
    zero = init != "he" and skip
    assert all((not state[f"blocks.{i}.{last}"].any()) == zero for i in range(blocks))
    assert (not state["fc.weight"].any()) == (init == "fixup" and skip)
    assert engine("start", points=points, batch=1, init=init, seed=5) != engine(
        "start", points=points, batch=1, init=init, seed=4
    )


def test_chance_is_spread_as_it_should_be(engine):
    found = engine("chance", seed=1, n=20_000)
    uniform, normal = torch.tensor(found["uniform"]), torch.tensor(found["normal"])
    assert uniform.min() >= 0 and uniform.max() < 1
    assert uniform.mean() == pytest.approx(0.5, abs=0.01) and uniform.var() == pytest.approx(1 / 12, rel=0.03)
    assert normal.mean() == pytest.approx(0, abs=0.02) and normal.var() == pytest.approx(1, rel=0.03)
    assert (normal.abs() < 1).double().mean() == pytest.approx(0.6827, abs=0.012)
    assert sorted(found["order"]) == list(range(20_000)) != found["order"]
    at = [i / 64 for i in range(-70, 140)]
    for (sine, cosine), turn in zip(engine("turns", at=at), at, strict=True):
        assert sine == pytest.approx(math.sin(2 * math.pi * turn), abs=1e-14)
        assert cosine == pytest.approx(math.cos(2 * math.pi * turn), abs=1e-14)


@pytest.mark.parametrize("logits", [[[0, 0, 0]], [[3, -2, 0.5], [80, -80, 0]], [[-1e4, 0, 1e4]], [[1e-6, 0, -1e-6]]])
@pytest.mark.parametrize("backend", ["wasm", "plain"])
def test_softmax_and_cross_entropy_at_the_edges(engine, backend, logits):
    n, padded = len(logits), [value for row in logits for value in [*row, 0]]
    for label in range(3):
        args = [{"floats": padded}, n, 3, 4, {"ints": [label] * n}, {"floats": [0] * 4 * n}]
        found = engine("kernel", name="softmax", args=args, out={5: 4 * n}, backend=backend)
        z = torch.tensor(logits, dtype=torch.float32).double()
        expected = F.cross_entropy(z, torch.tensor([label] * n)).item()
        assert float(found["value"]) == pytest.approx(expected, rel=1e-9, abs=1e-12)
        p = torch.tensor(found["arrays"]["5"]).reshape(n, 4)[:, :3]
        torch.testing.assert_close(p.double(), z.softmax(1), rtol=1e-6, atol=1e-30)


def test_relu_keeps_what_is_no_number(engine):
    """A ReLU that made NaN to 0 would hide where a training breaks."""
    for backend in ("wasm", "plain"):
        args = [{"floats": [1, -1, None, 2]}, 1, {"floats": [0, 0, 0, -3]}, 1, 4, {"floats": [0] * 4}, 2]
        found = engine("kernel", name="join", args=args, out={5: 4}, backend=backend)
        assert found["arrays"]["5"] == [1, 0, None, 0]


def test_a_training_that_breaks_names_the_layer(engine):
    rng = random.Random(0)
    x, labels = [rng.gauss(0, 1) for _ in range(64)], [i % 2 for i in range(32)]
    points = {"width": 8, "blocks": 100, "classes": 2, "skip": True, "norm": False}
    question = {"batch": 32, "x": x, "labels": labels, "steps": 20}
    found = engine("diverge", **question, points=points, rate=0.3)
    assert found["trouble"] and found["step"] < 20
    assert engine("diverge", **question, points={**points, "blocks": 2}, rate=1e-4) == {"trouble": ""}
    overflow = engine("diverge", **question | {"x": [1e38 * v for v in x]}, points={**points, "blocks": 1}, rate=1e-4)
    assert overflow["trouble"] == "linear" and overflow["step"] == 0


@pytest.mark.parametrize(
    "change, where",
    [
        ({"architecture": {"block": "d2l"}}, "block"),
        ({"architecture": {"stem": {"channels": 4, "kernel_size": 7, "stride": 2, "padding": 3, "pool": True}}}, "stem"),
        ({"side": 0}, "side"), ({"side": 2.5}, "side"), ({"init": "xavier"}, "start"), ({"x": [0.0] * 99}, "load"),
        ({"x": [0.0] * 64 * 4}, "load"), ({"state": {}}, "conv1.weight"), ({"points": {"width": 0, "blocks": 1, "classes": 2, "skip": True}}, "width"),
        ({"points": {"width": 8, "blocks": 1, "classes": 2, "skip": "yes"}}, "skip"),
    ],
    ids=str,
)  # fmt: skip
def test_what_the_engine_refuses(engine, change, where):
    arch = {
        "name": "drawn", "block": "basic", "depths": [1], "widths": [4], "in_channels": 1, "num_classes": 3, "version": "v1.5",
        "stem": {"channels": 4, "kernel_size": 3, "stride": 1, "padding": 1, "pool": False}, "shortcut": "B",
    }  # fmt: skip
    question = {"architecture": arch, "side": 8, "batch": 3, "x": [0.0] * 64, "routes": [None]}
    if arch_change := change.get("architecture"):
        change = {"architecture": {**arch, **arch_change}}
    error = engine.refused("routes", **question | change)
    assert error["where"] == where and error["got"] and error["expected"] and error["fix"]


# ---------------------------------------------------------------- the claim, and the compiled file


@pytest.mark.parametrize("blocks", [20, 50])
def test_degradation_on_spirals(engine, blocks):
    """Residual networks of 20 and 50 blocks learn every point, plain ones of the same start do not: five seeds."""
    for seed in range(5):
        found = engine("degradation", blocks=blocks, seed=seed, steps=600)
        assert found["residual"] == 1, (seed, found)
        assert found["plain"] < 0.9, (seed, found)


def test_where_plain_networks_do_as_well(engine):
    for blocks in (1, 5):
        assert engine("degradation", blocks=blocks, seed=0, steps=600) == {"plain": 1, "residual": 1}


def test_the_compiled_kernels_are_those_of_the_source():
    """Compiled anew, the same byte for byte; without the compiler this fails, and says how to set it up."""
    assert compile_kernels() == stored_kernels(), "run `make kernels` after a change of kernels.c"


def test_no_kernel_uses_relaxed_instructions():
    """Relaxed SIMD may differ between machines; its opcodes begin at 0xfd 0x100, in LEB128 0xfd 0x80 0x02."""
    wasm = stored_kernels()
    assert b"\xfd\x80\x02" not in wasm
    assert wasm[:4] == b"\0asm"


def test_engine_code_stays_small():
    """All of the engine, kernels included, as a page's script has it: at most 20 kB gzip."""
    graph = bundle.Graph()
    graph.add(REPOSITORY / "tests" / "node" / "engine.mjs")
    scripts = dict(zip(graph.modules, graph.script(), strict=True))
    own = {path: text for path, text in scripts.items() if path.parent == FOLDER}
    assert {path.name for path in own} == {path.name for path in [*FOLDER.glob("*.mjs"), KERNELS]} - {"worker.mjs"}
    size = len(gzip.compress("".join(own.values()).encode(), 9))
    assert size < 20_000, f"{size} bytes"


# ---------------------------------------------------------------- a head that sees a small map


def tiled(pooled: int, widths: tuple[int, ...] = (4, 8)) -> Architecture:
    stem = Stem(widths[0], kernel_size=3, stride=1, padding=1, pool=False)
    depths = (1,) * len(widths)
    return Architecture("tiled", "basic", depths, widths, stem, num_classes=7, shortcut="A", pooled=pooled)


@pytest.mark.parametrize(
    "pooled, side, widths", [(1, 8, (4, 8)), (2, 8, (4, 8)), (4, 8, (3, 6)), (3, 11, (5, 9)), (2, 4, (4,))]
)
@pytest.mark.parametrize("backend", ["wasm", "plain"])
def test_a_head_that_sees_several_means_is_torchs(engine, pooled, side, widths, backend):
    torch.manual_seed(pooled)
    arch = tiled(pooled, widths)
    net = build(arch).double().eval()
    for name, moments in net.named_buffers():
        if moments.is_floating_point():
            moments.copy_(torch.rand_like(moments) + (0.5 if name.endswith("var") else -0.5))
    x = torch.randn(3, 3, side, side, dtype=torch.float64)
    state = {key: value.flatten().tolist() for key, value in net.state_dict().items() if "tracked" not in key}
    question = {"architecture": asdict(arch), "side": side, "batch": 4, "state": state, "backend": backend}
    (found,) = engine("routes", x=x.permute(0, 2, 3, 1).flatten().tolist(), routes=[None], **question)
    assert apart(found, net(x)) < BOUND


def test_a_head_that_sees_several_means_does_not_learn_here(engine):
    x = [0.0] * (2 * 3 * 64)
    error = engine.refused(
        "learn", architecture=asdict(tiled(2)), side=8, batch=2, x=x, labels=[0, 1], rate=0.1, steps=1
    )
    assert error["where"] == "train" and "pooled=1" in error["fix"]


@pytest.mark.parametrize("pooled", [3, 5])
def test_means_of_unequal_tiles_are_refused(engine, pooled):
    error = engine.refused("start", architecture=asdict(tiled(pooled)), side=8, batch=1)
    assert error["where"] == "pooled" and error["got"] == f"a map of 4x4 for {pooled}x{pooled} means"
