"""The block remover's Python side: state, refusals, what ships, the record, verification, and the export."""

import base64
import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
import traitlets
from support import REPOSITORY

from resnet_book import ShapeError, architecture, build, trace
from resnet_book.experiments.folding import fold
from resnet_book.experiments.lesions import lesion
from resnet_book.files import write_measurements
from resnet_book.widgets import BlockRemover
from resnet_book.widgets.block_remover import BLOCKS, NETWORKS, pictures, record, weights
from resnet_book.widgets.block_remover import deeper as deeper_module
from resnet_book.widgets.block_remover.deeper import deeper_networks
from resnet_book.widgets.block_remover.in_torch import network, normalized, taken_apart
from resnet_book.widgets.block_remover.verifying import probabilities
from resnet_book.widgets.stored_weights.in_torch import as_network
from resnet_book.widgets.stored_weights.packing import pack, unpack
from resnet_book.widgets.verify import VerifiableWidget

pytestmark = pytest.mark.usefixtures("one_thread")
RECORD = record()


def lived(name: str, seed: int = 0) -> torch.nn.Module:
    """A network in evaluation mode whose every weight and statistic is a random number."""
    generator = torch.Generator().manual_seed(seed)
    net = build(architecture(name)).eval()
    with torch.no_grad():
        for key, value in net.state_dict().items():
            if value.dtype.is_floating_point:
                noise = torch.randn(value.shape, generator=generator)
                value.copy_(1 + 0.1 * noise.abs() if key.endswith("var") else value + 0.1 * noise)
    return net


# ---------------------------------------------------------------- state


def test_state_is_json_and_makes_the_same_widget_again():
    widget = BlockRemover(network="plain", picture=3, lesions={"layer2.1": "no branch", "layer1.0": "whole"}, scales={"layer3.2": 0.5, "layer3.0": 1})  # fmt: skip
    state = json.loads(json.dumps(widget.state()))
    assert state["lesions"] == {"layer2.1": "no branch"} and state["scales"] == {"layer3.2": 0.5}
    assert state["picture"] == "3" and BlockRemover(**state).state() == state
    assert set(state) == {"network", "picture", "look", "lesions", "scales", "own"}, "no record: it is that of the day"
    assert widget.page_state()["record"] == RECORD


@pytest.mark.parametrize(
    "bad", [
        {"picture": 400}, {"picture": -1}, {"picture": True}, {"picture": "boot"}, {"picture": None}, {"lesions": {"layer4.0": "whole"}},
        {"lesions": {"layer1.2": "swapped with the next"}}, {"lesions": {"layer1.0": "gone"}}, {"network": "plain", "lesions": {"layer1.0": "no skip"}},
        {"lesions": {"layer1.0": "swapped with the next", "layer1.1": "swapped with the next"}}, {"scales": {"layer1.0": 2.5}}, {"scales": {"layer1.0": True}},
        {"scales": {"layer0": 1}}, {"scales": {"layer1.0": float("nan")}},
    ], ids=str,
)  # fmt: skip
def test_what_the_controls_refuse_is_refused(bad):
    with pytest.raises(ShapeError) as caught:
        BlockRemover(**bad)
    assert caught.value.where and caught.value.fix


@pytest.mark.parametrize(
    "bad", [{"network": "resnet50"}, {"look": "layer4.0"}, {"lesions": ["layer1.0"]}, {"own": 3}], ids=str
)
def test_unknown_choices_are_refused(bad):
    with pytest.raises(traitlets.TraitError):
        BlockRemover(**bad)


# ---------------------------------------------------------------- what ships


def test_the_shipped_pictures_follow_their_rule():
    shown = pictures.shipped()
    assert shown.images.shape == (400, 28, 28) and shown.labels.tolist() == [k for k in range(10) for _ in range(40)]
    with np.load(REPOSITORY / "src" / "resnet_book" / "data" / "sample.npz") as stored:
        for label in range(10):
            places = np.flatnonzero(stored["test_labels"] == label)[:40]
            assert np.array_equal(shown.images[40 * label : 40 * label + 40], stored["test_images"][places])
    assert all((np.diff(shown.index[40 * k : 40 * k + 40]) > 0).all() for k in range(10))
    assert RECORD["pictures"] == {
        "set": "Fashion-MNIST, test set",
        "all": 10_000,
        "shipped": 400,
        "rule": pictures.RULE,
    }


@pytest.mark.parametrize("name", NETWORKS)
def test_the_stored_weights_are_those_of_the_record(name):
    content, recorded = base64.b64decode(weights.STORED.part(name)["bytes"]), RECORD["networks"][name]
    assert hashlib.sha256(content).hexdigest() == recorded["sha256"] and len(content) == recorded["bytes"]
    arch = architecture(weights.ARCHITECTURES[name])
    assert recorded["architecture"] == arch.name and recorded["parameters"] == trace(arch, (1, 28, 28)).params
    assert weights.STORED.read(name).keys() == network(name).state_dict().keys()
    assert (REPOSITORY / "book" / "runs" / recorded["run"] / "weights.npz").is_file()


def test_altered_weights_are_refused(tmp_path):
    for path in weights.STORED.folder.iterdir():
        text = path.read_text()
        (tmp_path / path.name).write_text(text.replace("A", "B", 1) if path.name == "plain.json" else text)
    altered = replace(weights.STORED, folder=tmp_path)
    assert altered.read("residual")
    with pytest.raises(ValueError, match="checksum"):
        altered.read("plain")


@pytest.mark.parametrize("name", NETWORKS)
def test_packing_costs_half_a_step_a_weight(name):
    """Weights come back within half of their channel's step, biases to the last bit; what is packed again is the same."""
    arch = architecture(weights.ARCHITECTURES[name])
    state = {key: value.numpy() for key, value in fold(lived(arch.name)).state_dict().items()}
    content = pack(state, arch)
    found = unpack(content, arch)
    assert found.keys() == state.keys()
    for key, value in state.items():
        step = abs(value.reshape(len(value), -1)).max(1) / 127 if key.endswith("weight") else np.zeros(len(value))
        apart = abs(found[key] - value).reshape(len(value), -1).max(1)
        assert (apart <= 0.501 * step).all(), key
    assert pack(found, arch) == content
    with pytest.raises(ValueError, match="bytes"):
        unpack(content[:-1], arch)
    zero = {key: 0 * value for key, value in state.items()}
    assert not any(value.any() for value in unpack(pack(zero, arch), arch).values())


@pytest.mark.parametrize("name", NETWORKS)
def test_the_folded_network_is_the_network(name):
    """Folding, packing and building again: the network but for 8 bits, whole and with every lesion."""
    arch = architecture(weights.ARCHITECTURES[name])
    net = lived(arch.name)
    state = {key: value.numpy() for key, value in fold(net).state_dict().items()}
    exact, small = as_network(state, arch), as_network(unpack(pack(state, arch), arch), arch)
    x = torch.randn(4, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        for what in ({}, {"layer1.0": "no branch"}, {"layer2.1": "swapped with the next"}, {"layer3.0": 0.5}):
            expected = lesion(net, what)(x)
            torch.testing.assert_close(
                lesion(exact, what)(x), expected, rtol=1e-3, atol=1e-3 * expected.abs().max().item()
            )
            assert (lesion(small, what)(x) - expected).abs().max() < 0.1 * expected.abs().max()


def test_scales_beside_lesions():
    net = network("residual")
    x = normalized(pictures.shipped().images[:3], RECORD["normalize"]["mean"], RECORD["normalize"]["std"])
    with torch.inference_mode():
        torch.testing.assert_close(
            taken_apart(net, {}, {"layer2.1": 0.3})(x), lesion(net, {"layer2.1": 0.3})(x), rtol=1e-4, atol=1e-4
        )
        both = taken_apart(net, {"layer2.1": "no branch", "layer1.0": "no skip"}, {"layer2.1": 0.3, "layer1.0": 1})(x)
        torch.testing.assert_close(both, lesion(net, {"layer2.1": "no branch", "layer1.0": "no skip"})(x))


# ---------------------------------------------------------------- the record


def test_the_record_agrees_with_torch_on_what_ships():
    """Accuracy on the 400, whole and without one block: measured again."""
    shown = pictures.shipped()
    x, labels = normalized(shown.images, **RECORD["normalize"]), torch.tensor(shown.labels)
    for name in NETWORKS:
        net, recorded = network(name), RECORD["networks"][name]
        for what, share in (
            ({}, recorded["accuracy"]),
            ({"layer3.0": "no branch"}, recorded["lesions"]["layer3.0"]["no branch"]),
        ):
            with torch.inference_mode():
                right = (lesion(net, what)(x).argmax(1) == labels).double().mean().item()
            assert right == pytest.approx(share["shipped"], abs=1.5 / 400)


def test_eight_bits_cost_next_to_nothing():
    for recorded in RECORD["networks"].values():
        assert recorded["accuracy"]["all"] == pytest.approx(recorded["kept"]["all"], abs=2e-3)
        assert recorded["changed"] < 100
        assert abs(recorded["accuracy"]["shipped"] - recorded["accuracy"]["all"]) < 0.035


def test_the_fallback_is_the_record():
    table = BlockRemover().fallback()
    assert table.header == ("Block", "Residual", "Plain") and [row[0] for row in table.rows] == list(BLOCKS)
    for name, *shares in table.rows:
        for network_, share in zip(NETWORKS, shares, strict=True):
            assert share == f"{100 * RECORD['networks'][network_]['lesions'][name]['no branch']['all']:.1f} %"


def test_recorded_lesions_of_deeper_networks_are_shown_once_they_are_there(tmp_path, monkeypatch):
    from resnet_book.experiments.lesions import Score

    folder = tmp_path / "lesions"
    rows = [Score("whole", "", 0.93, 0.93), Score("no branch", "layer1.0", 0.8, 0.9), Score("no branch", "layer1.1", 0.9, 0.91),
            Score("no skip", "layer1.0", 0.1, 0.2), Score("2 at random", "layer1.0 layer1.1", 0.5, 0.6)]  # fmt: skip
    write_measurements(folder, {"recipe": "lesions"}, {}, rows)
    monkeypatch.setattr(deeper_module, "RECORDS", {"ResNet-56": str(folder), "plain-56": str(tmp_path / "none")})
    assert deeper_networks() == [
        {"name": "ResNet-56", "blocks": ["layer1.0", "layer1.1"], "whole": 0.93, "left": [0.8, 0.9]}
    ]


# ---------------------------------------------------------------- where a kernel answers


def test_verify_runs_the_same_in_torch_and_notices_a_difference():
    widget = BlockRemover(picture=42, lesions={"layer1.1": "no branch"}, scales={"layer2.0": 0.5})
    assert isinstance(widget, VerifiableWidget)
    widget.verify_request += 1
    assert not widget.verify_result["ok"] and "has not run this yet" in widget.verify_result["text"]
    expected = probabilities(widget).tolist()
    shown = {name: getattr(widget, name) for name in ("network", "picture", "lesions", "scales", "own")}
    widget.seen = {**shown, "probabilities": expected}
    widget.verify_request += 1
    assert widget.verify_result["ok"] and "PyTorch agrees: Trouser" in widget.verify_result["text"]
    widget.seen = {**shown, "probabilities": [expected[1], expected[0], *expected[2:]]}
    widget.verify_request += 1
    assert not widget.verify_result["ok"] and "disagrees" in widget.verify_result["text"]
    widget.picture = 43
    widget.verify_request += 1
    assert "has not run this yet" in widget.verify_result["text"]


def test_verify_takes_an_own_picture():
    own = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    widget = BlockRemover(picture="own", own=base64.b64encode(own.tobytes()).decode())
    net, x = network("residual"), normalized(own[None], RECORD["normalize"]["mean"], RECORD["normalize"]["std"])
    with torch.inference_mode():
        torch.testing.assert_close(probabilities(widget), net(x).softmax(1)[0])
    assert probabilities(BlockRemover(picture="own")).sum().item() == pytest.approx(1, abs=1e-5)  # nothing drawn yet


def test_the_kernel_hands_over_weights_and_pictures():
    widget = BlockRemover()
    for name in ("worker", "pictures", *NETWORKS):
        widget.part_request = name
        assert widget.part_answer["name"] == name and "text" in widget.part_answer
    assert json.loads(widget.part_answer["text"]) == weights.STORED.part("plain")
