"""The block remover's own computing, in Node, held against torch with the weights that ship."""

import base64
import gzip
import hashlib
import json
import os

import numpy as np
import pytest
import torch
from support import asking

from resnet_book import runs
from resnet_book.classes import CLASSES
from resnet_book.data import DataError, dataset, folder
from resnet_book.experiments.lesions import LESIONS, lesion
from resnet_book.experiments.lesions import possible as possible_in_torch
from resnet_book.widgets import BlockRemover
from resnet_book.widgets.block_remover import BLOCKS, NETWORKS, pictures, possible, record, weights
from resnet_book.widgets.block_remover.in_torch import network, normalized, taken_apart
from resnet_book.widgets.parts import part_script, part_text

pytestmark = pytest.mark.usefixtures("one_thread")
RECORD = record()
CLOSE = 1e-4  # between the two best logits: nearer than that, either class will do
KEYS = ("mean", "std")


@pytest.fixture(scope="module")
def remover():
    """`remover(kind, **question)` gives what `remover.mjs` answers, or fails with its error."""
    with asking("remover.mjs") as ask:
        yield ask


@pytest.fixture(scope="module")
def official():
    """All test pictures; skips where the machine has not got them, unless in CI."""
    missing = "the official Fashion-MNIST files are not in RESNET_BOOK_DATA"
    try:
        if not (folder() / "FashionMNIST").is_dir():
            raise DataError(missing)
        return dataset("fashion-mnist").load(False)
    except DataError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(missing)


def normalize() -> dict:
    return {key: RECORD["normalize"][key] for key in KEYS}


def stored(name: str) -> dict:
    return {"network": name, "text": weights.STORED.part(name)["bytes"], "sha256": RECORD["networks"][name]["sha256"]}


def message(name: str) -> dict:
    """What the page gives to the worker."""
    return {"kind": "network", "name": name, "text": part_text(BlockRemover.parts[name]), "sha256": stored(name)["sha256"]}  # fmt: skip


def opened(remover) -> None:
    shown = {"kind": "pictures", "text": part_text(pictures.part), **normalize()}
    said = remover("worker", messages=[{"kind": "open"}, shown, *map(message, NETWORKS)])
    assert [one["kind"] for one in said] == ["ready", "pictures"], said
    assert said[1]["pixels"] == pictures.shipped().images.flatten().tolist()


def in_torch(name: str, x: torch.Tensor, lesions=None, scales=None) -> torch.Tensor:
    with torch.inference_mode():
        net = taken_apart(network(name), lesions or {}, scales or {})
        return torch.cat([net(part) for part in x.split(500)])


# ---------------------------------------------------------------- what ships


def test_pictures_weights_and_checksums_arrive_as_they_were_sent(remover):
    part = pictures.part()
    assert remover("pictures", text=part["text"], side=28, count=400) == pictures.shipped().images.flatten().tolist()
    rng = np.random.default_rng(0)
    for images in (rng.integers(0, 256, (3, 28, 28)).astype(np.uint8), np.full((2, 28, 28), 255, np.uint8)):
        found = remover("pictures", text=pictures.coded(images), side=28, count=len(images))
        assert found == images.flatten().tolist()
    for name in NETWORKS:
        found, expected = remover("state", **stored(name)), weights.STORED.read(name)
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            assert np.array_equal(np.float32(found[key]), value.flatten()), key
    texts = [rng.bytes(size) for size in (0, 1, 55, 56, 63, 64, 119, 120, 1000, 70_000)]
    found = remover("checksum", list=[base64.b64encode(text).decode() for text in texts])
    assert found == [hashlib.sha256(text).hexdigest() for text in texts]


def test_what_is_fetched_after_the_first_click_is_within_its_budget():
    size = {
        name: len(gzip.compress(part_script(name, part)[1].encode(), 6)) for name, part in BlockRemover.parts.items()
    }
    assert set(size) == {"worker", "pictures", *NETWORKS}
    assert size["worker"] <= 20_000
    assert size["worker"] + size["pictures"] + size["residual"] <= 260_000
    assert size["plain"] <= 75_000


def test_altered_files_are_told(remover):
    good = stored("residual")
    content = bytearray(base64.b64decode(good["text"]))
    content[1234] ^= 1
    for text in (base64.b64encode(content).decode(), good["text"][:-40], "?", ""):
        error = remover.refused("state", **{**good, "text": text})
        assert "weights was cut short or altered" in error["message"] and good["sha256"][:8] in error["message"]
    letters = pictures.part()["text"]
    for text in (letters[:-1], letters + "!"):
        assert "cut short or altered" in remover.refused("pictures", text=text, side=28, count=400)["message"]
    said = remover("worker", messages=[{"kind": "open"}, {**message("plain"), "sha256": "0" * 64}])
    assert said[-1]["kind"] == "error" and "checksum" in said[-1]["message"]


# ---------------------------------------------------------------- against torch


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_the_page_and_torch_give_one_class_to_every_test_picture(remover, official, name):
    images = official.images.numpy()
    found = remover("classify", **stored(name), pixels=base64.b64encode(images.tobytes()).decode(), **normalize())
    logits = in_torch(name, normalized(images, **normalize()))
    best = logits.topk(2).values
    sure = (best[:, 0] - best[:, 1]) >= CLOSE
    expected, classes = logits.argmax(1), torch.tensor(found["classes"])
    assert len(classes) == 10_000 and torch.equal(classes[sure], expected[sure])
    assert (~sure).sum() < 10
    kept = RECORD["networks"][name]["accuracy"]["all"]
    assert (expected == official.labels).double().mean().item() == pytest.approx(kept, abs=5e-4)
    assert (classes == official.labels).double().mean().item() == pytest.approx(kept, abs=5e-4)


def close(found, expected: torch.Tensor) -> None:
    torch.testing.assert_close(torch.tensor(found), expected, rtol=1e-4, atol=1e-4 * expected.abs().max().item())


@pytest.mark.parametrize("backend", ["wasm", "plain"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_lesion_of_one_block_is_torchs(remover, name, backend):
    images = pictures.shipped().images[:: 40 if backend == "plain" else 8]
    x, net = normalized(images, **normalize()), network(name)
    question = {
        **stored(name),
        "pixels": base64.b64encode(images.tobytes()).decode(),
        **normalize(),
        "backend": backend,
    }
    for block, words in possible(name).items():
        for word in words:
            route = remover("route", state={"network": name, "lesions": {block: word}, "scales": {}})
            with torch.inference_mode():
                close(remover("classify", **question, route=route)["logits"], lesion(net, {block: word})(x))
        if backend == "plain":
            continue
        for factor in (0.0, 0.35, 2.0):
            route = remover("route", state={"network": name, "lesions": {}, "scales": {block: factor}})
            with torch.inference_mode():
                close(remover("classify", **question, route=route)["logits"], lesion(net, {block: factor})(x))


def test_several_lesions_at_once_are_torchs(remover):
    images = pictures.shipped().images[::25]
    x = normalized(images, **normalize())
    coded = base64.b64encode(images.tobytes()).decode()
    cases = [
        ("residual", {"layer1.0": LESIONS[3], "layer2.1": LESIONS[3], "layer3.2": LESIONS[1]}, {"layer2.2": 0.5}),
        ("residual", {"layer1.1": LESIONS[3], "layer3.0": LESIONS[2]}, {"layer1.1": 1.5, "layer3.0": 0.25}),
        ("residual", dict.fromkeys(BLOCKS, LESIONS[1]), {}),
        ("residual", {"layer2.0": LESIONS[1]}, {"layer2.0": 0.3}),
        ("plain", {"layer1.0": LESIONS[3], "layer2.0": LESIONS[1]}, {"layer3.1": 0.0}),
    ]
    for name, lesions, scales in cases:
        route = remover("route", state={"network": name, "lesions": lesions, "scales": scales})
        found = remover("classify", **stored(name), pixels=coded, **normalize(), route=route)
        close(found["logits"], in_torch(name, x, lesions, scales))


def test_the_worker_scores_what_the_record_says(remover):
    """Accuracy on the 400 in the page, whole and without each block, is that of the export's record."""
    opened(remover)
    for name in NETWORKS:
        recorded = RECORD["networks"][name]
        routes = remover("each", network=name)
        said = remover("worker", messages=[{"kind": "each", "network": name, "routes": routes}])
        assert {one["kind"] for one in said[:-1]} <= {"progress"}
        found = said[-1]
        assert (found["kind"], found["count"]) == ("each", 400)
        assert found["whole"] == pytest.approx(400 * recorded["accuracy"]["shipped"], abs=1)
        for block, right in zip(BLOCKS, found["right"], strict=True):
            assert right == pytest.approx(400 * recorded["lesions"][block]["no branch"]["shipped"], abs=1), block
        for block, words in recorded["lesions"].items():
            for word, share in words.items():
                route = remover("route", state={"network": name, "lesions": {block: word}, "scales": {}})
                scored = remover("worker", messages=[{"kind": "score", "network": name, "route": route}])[-1]
                assert scored["right"] == pytest.approx(400 * share["shipped"], abs=1), (block, word)
                labels = pictures.shipped().labels
                assert scored["right"] == int((np.array(scored["predicted"]) == labels).sum())


def test_a_look_shows_what_torch_computes_in_the_block(remover):
    opened(remover)
    shown = pictures.shipped()
    for name, block, lesions, index in (
        ("residual", "layer1.1", {}, 3), ("residual", "layer2.0", {"layer1.0": "no branch"}, 77),
        ("residual", "layer3.1", {"layer3.1": "swapped with the next"}, 200), ("plain", "layer3.0", {"layer3.0": "no branch"}, 399),
    ):  # fmt: skip
        route = remover("route", state={"network": name, "lesions": lesions, "scales": {}})
        ask = {
            "kind": "look",
            "network": name,
            "picture": index,
            "route": route,
            "block": BLOCKS.index(block),
            "turn": 5,
        }
        (seen,) = remover("worker", messages=[ask])
        x = normalized(shown.images[[index]], **normalize())
        close(seen["logits"], in_torch(name, x, lesions)[0])
        close(seen["probabilities"], in_torch(name, x, lesions).softmax(1)[0])
        close(seen["before"], in_torch(name, x).softmax(1)[0])
        assert seen["turn"] == 5 and seen["pixels"] == shown.images[index].flatten().tolist()
        net, kept = taken_apart(network(name), lesions, {}), {}
        # after an exchange the block stands where the other one stood
        place = (
            {"swapped with the next": BLOCKS[BLOCKS.index(block) + 1]}.get(lesions.get(block), block)
            if lesions
            else block
        )
        net.get_submodule(place).register_forward_hook(
            lambda _, given, out, kept=kept: kept.update(x=given[0], out=out)
        )
        with torch.inference_mode():
            net(x)
        for key, value in kept.items():
            close(seen["maps"][key]["values"], value[0].flatten())
            assert seen["norms"][BLOCKS.index(block)][key] == pytest.approx(value.norm().item(), rel=1e-4)
        branch = network(name).get_submodule(block)
        with torch.inference_mode():
            expected = branch.conv2(torch.relu(branch.conv1(kept["x"])))
        close(seen["maps"]["branch"]["values"], expected[0].flatten())
        assert len(seen["norms"]) == 9


def test_an_own_picture_and_a_job_that_is_overtaken(remover):
    opened(remover)
    own = np.random.default_rng(1).integers(0, 256, (28, 28)).astype(np.uint8)
    route = remover("route", state={"network": "residual", "lesions": {}, "scales": {}})
    ask = {
        "kind": "look",
        "network": "residual",
        "picture": own.flatten().tolist(),
        "route": route,
        "block": 0,
        "turn": 1,
    }
    (seen,) = remover("worker", messages=[ask])
    close(seen["logits"], in_torch("residual", normalized(own[None], **normalize()))[0])
    each = {"kind": "each", "network": "residual", "routes": remover("each", network="residual")}
    score = {"kind": "score", "network": "residual", "route": route}
    kinds = [one["kind"] for one in remover("overlapping", first=each, second=score)]
    assert kinds[-1] == "scored" and "each" not in kinds
    kinds = [one["kind"] for one in remover("overlapping", first=each, second={"kind": "stop"})]
    assert "each" not in kinds


# ---------------------------------------------------------------- the state


def test_python_and_the_page_allow_the_same_words(remover):
    assert remover("blocks") == list(BLOCKS)
    for name in NETWORKS:
        assert remover("possible", network=name) == [list(words) for words in possible(name).values()]
        assert possible(name) == possible_in_torch(network(name))


def test_a_state_is_made_consistent(remover):
    swap = LESIONS[3]
    before = {"network": "residual", "lesions": {"layer1.0": swap, "layer2.0": "no skip"}, "scales": {}}
    next_ = {**before, "lesions": {**before["lesions"], "layer1.1": swap}}
    assert remover("settle", next=next_, before=before)["lesions"] == {"layer1.1": swap, "layer2.0": "no skip"}
    assert remover("settle", next={**before, "network": "plain"}, before=before)["lesions"] == {"layer1.0": swap}
    assert remover("settle", next=before, before=before) == before


@pytest.mark.parametrize(
    "what, value, where",
    [
        ("lesions", [], "lesions"), ("lesions", None, "lesions"), ("lesions", {"layer9.0": "whole"}, "lesions"),
        ("lesions", {"layer1.0": "gone"}, "layer1.0"), ("lesions", {"layer1.0": 0.5}, "layer1.0"), ("scales", {"layer1.0": 2.5}, "layer1.0"),
        ("scales", {"layer1.0": "1"}, "layer1.0"), ("scales", {"layer1.0": -0.1}, "layer1.0"), ("look", "layer4.0", "Look inside"), ("look", 3, "Look inside"),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_link_may_not_hold(remover, what, value, where):
    error = remover.refused("parse", what=what, value=value)
    assert error["where"] == where and error["got"] and error["expected"] and error["fix"]


def test_what_was_recorded_stands_beside_a_state(remover):
    def known(**state):
        return remover("recorded", state={"network": "residual", "lesions": {}, "scales": {}, **state}, record=RECORD)

    of = RECORD["networks"]
    assert known() == of["residual"]["accuracy"]["all"] and known(network="plain") == of["plain"]["accuracy"]["all"]
    one = {"layer2.1": "no skip"}
    assert known(lesions=one) == of["residual"]["lesions"]["layer2.1"]["no skip"]["all"]
    assert (
        known(lesions={"layer2.1": "no branch"}, scales={"layer2.1": 0.5})
        == of["residual"]["lesions"]["layer2.1"]["no branch"]["all"]
    )
    assert known(lesions={**one, "layer1.0": "no branch"}) is None
    assert known(lesions=one, scales={"layer2.1": 0.5}) is None and known(scales={"layer2.1": 0.5}) is None


def test_what_changes_nothing_is_left_out(remover):
    given = {"layer3.2": "no branch", "layer1.0": "whole"}
    assert remover("parse", what="lesions", value=given) == {"layer3.2": "no branch"}
    assert remover("parse", what="scales", value={"layer1.0": 1, "layer1.1": 0}) == {"layer1.1": 0}


# ---------------------------------------------------------------- words, and pictures of the reader's


def test_words(remover):
    state = {
        "lesions": {"layer1.0": "swapped with the next", "layer2.0": "no branch"},
        "scales": {"layer2.0": 0.5, "layer3.1": 1.5},
    }
    text = remover("done", state=state)
    assert (
        text
        == "Done to it: layer1.0 and layer1.1 change places; layer2.0 passes its input on; the branch of layer3.1 times 1.5."
    )
    assert remover("done", state={"lesions": {}, "scales": {}}) == "Nothing is removed."
    assert remover("probability", list=[0, 1e-9, 0.5, 0.9999, 1]) == ["0 %", "< 0.1 %", "50.0 %", "> 99.9 %", "100 %"]
    p, q = [0.05] * 10, [0.05] * 10
    p[9], q[5] = 0.55, 0.55
    changed = remover("said", seen={"probabilities": p, "before": q}, classes=CLASSES, label=9)
    assert (
        changed
        == "This is an ankle boot. As set, the network says Ankle boot (55.0 %); with nothing removed it says Sandal (55.0 %)."
    )
    own = remover("said", seen={"probabilities": p, "before": p}, classes=CLASSES, label=None)
    assert own.startswith("This is yours") and own.endswith("The network says Ankle boot (55.0 %).")


def test_a_files_picture_is_grey_and_bright_on_black(remover):
    dark, light = [10, 20, 30, 255] * 784, [250, 240, 230, 255] * 784
    assert set(remover("greys", rgba=dark)) == {round(0.299 * 10 + 0.587 * 20 + 0.114 * 30)}
    light[4 * 400 : 4 * 400 + 3] = [0, 0, 0]  # one dark place in the middle of a bright picture
    found = remover("greys", rgba=light)
    assert found[400] == 255 and found[0] == 255 - round(0.299 * 250 + 0.587 * 240 + 0.114 * 230)


def test_the_brush_paints_and_rubs_out(remover):
    painted, rubbed = (np.array(remover("dab", x=14, y=10, add=add)).reshape(28, 28) for add in (True, False))
    assert painted[9:11, 13:15].min() == 230 and painted[0].max() == painted[:, 0].max() == 0
    assert rubbed[9:11, 13:15].max() == 0 and rubbed[0].min() == 255
    assert remover("own", text="!") is None and remover("own", text="AAAA") is None
    assert remover("own", text=base64.b64encode(bytes(784)).decode()) == [0] * 784


# ---------------------------------------------------------------- the record


@pytest.mark.parametrize("name", NETWORKS)
def test_the_record_is_of_the_runs_that_the_book_has(name):
    recorded = RECORD["networks"][name]
    run = runs.read(f"book/runs/{recorded['run']}")
    assert recorded["run_accuracy"] == run.accuracy
    # the run scored itself in bfloat16; its weights are kept in 16 bits, and ship in 8
    assert recorded["kept"]["all"] == pytest.approx(run.accuracy, abs=2e-3)
    assert recorded["accuracy"]["all"] == pytest.approx(run.accuracy, abs=2e-3)
    assert json.loads(json.dumps(recorded["lesions"])).keys() == set(BLOCKS)
