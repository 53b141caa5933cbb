"""The face follower's Python side: state, refusals, what ships, the record, verification, and the export."""

import base64
import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
import traitlets
from support import REPOSITORY

from resnet_book import ShapeError, runs, trace
from resnet_book.data import drawn_faces, face_metrics
from resnet_book.experiments.keypoint_mistakes import places_of
from resnet_book.runs import RunError
from resnet_book.widgets import FaceFollower
from resnet_book.widgets.face_follower import NETWORKS, SLIDERS, export, trained, weights
from resnet_book.widgets.face_follower.in_torch import drawn, network, normalized
from resnet_book.widgets.parts import part_text
from resnet_book.widgets.stored_weights.packing import layers

pytestmark = pytest.mark.usefixtures("one_thread")
RECORD = weights.record()
SIZE = RECORD["faces"]["size"]
MOST = 270_000  # bytes of weights that the first click may need

# ---------------------------------------------------------------- state


def test_state_is_json_and_makes_the_same_widget_again():
    widget = FaceFollower(turn=-30, mouth=70, light=-160, network="frozen", face=10_500)
    state = json.loads(json.dumps(widget.state()))
    assert FaceFollower(**state).state() == state
    assert set(state) == {*SLIDERS, "network", "face"}, "no record: it is that of the day"
    assert widget.page_state()["record"] == RECORD
    assert widget.changes() == pytest.approx(
        {"turn": -30, "nod": 0, "tilt": 0, "mouth": 0.7, "eyes": 0.75, "light": -1.6, "noise": 0.1}
    )


@pytest.mark.parametrize("name", SLIDERS)
def test_what_the_sliders_cannot_reach_is_refused(name):
    low, high = SLIDERS[name]["min"], SLIDERS[name]["max"]
    for good in (low, high):
        assert getattr(FaceFollower(**{name: good}), name) == good
    for bad in (low - 1, high + 1, 0.5, True, "10", None):
        with pytest.raises(ShapeError) as caught:
            FaceFollower(**{name: bad})
        assert caught.value.where == name and caught.value.fix


@pytest.mark.parametrize(
    "bad", [{"face": -1}, {"face": 2**32}, {"face": 1.0}, {"network": "resnet18"}, {"smile": 1}], ids=str
)
def test_other_impossible_settings_are_refused(bad):
    with pytest.raises((ShapeError, traitlets.TraitError, TypeError)):
        FaceFollower(**bad)


def test_the_training_range_is_that_of_the_drawing():
    assert trained("turn") == (-35, 35) and trained("mouth") == (0, 100) and trained("eyes") == (20, 100)
    for name, slider in SLIDERS.items():
        low, high = trained(name)
        assert slider["min"] <= low < high <= slider["max"]
        assert slider["min"] < low or slider["max"] > high, "every slider can leave it"


# ---------------------------------------------------------------- what ships


@pytest.mark.parametrize("name", NETWORKS)
def test_the_stored_weights_are_those_of_the_record(name):
    content, recorded = base64.b64decode(weights.STORED.part(name)["bytes"]), RECORD["networks"][name]
    assert hashlib.sha256(content).hexdigest() == recorded["sha256"] and len(content) == recorded["bytes"]
    arch = weights.architecture()
    assert recorded["parameters"] == trace(arch, (3, SIZE, SIZE)).params
    assert {key.removesuffix(".weight") for key in weights.STORED.read(name) if key.endswith("weight")} == dict(
        layers(arch)
    ).keys()
    run = runs.read(REPOSITORY / "book" / "runs" / recorded["run"])
    assert (run.config["weights"], run.nme) == (name, recorded["run_nme"])
    assert recorded["pretrained"] == run.config["pretrained"]
    assert json.loads(part_text(FaceFollower.parts[name])) == weights.STORED.part(name)


def test_all_that_the_first_click_needs_stays_small():
    assert sum(RECORD["networks"][name]["bytes"] for name in NETWORKS) < MOST


def test_altered_weights_are_refused(tmp_path):
    for path in weights.STORED.folder.iterdir():
        text = path.read_text()
        (tmp_path / path.name).write_text(text.replace("A", "B", 1) if path.name == "frozen.json" else text)
    altered = replace(weights.STORED, folder=tmp_path)
    assert altered.read("scratch")
    with pytest.raises(ValueError, match="checksum"):
        altered.read("frozen")


def test_frozen_means_frozen():
    """Of the frozen network the convolutions are those of the trunk, as far as 8 bits go; of the others they are not."""
    kept = runs.weights("runs/fashion/fashion-resnet20-A-0")
    scale = kept["layer2.1.bn1.weight"] / np.sqrt(kept["layer2.1.bn1.running_var"].astype(np.float64) + 1e-5)
    trunk = kept["layer2.1.conv1.weight"] * scale[:, None, None, None]
    step = np.abs(trunk).reshape(len(trunk), -1).max(1) / 127
    off = {
        name: (np.abs(weights.STORED.read(name)["layer2.1.conv1.weight"] - trunk) / step[:, None, None, None]).max()
        for name in NETWORKS
    }
    assert off["frozen"] < 0.51 and min(off["scratch"], off["fine-tuned"]) > 5


def test_the_recorded_errors_are_those_of_the_shipped_networks():
    """On some of the held-out faces, and the record's whole is the mean of its parts."""
    test = drawn_faces(SIZE, (1, 200))[1]
    assert test.rows[0] == RECORD["faces"]["first"]
    x = normalized(test.images.numpy(), **RECORD["normalize"])
    counts = {name: part.stop - part.start for name, part in face_metrics.PARTS.items()}
    for name in NETWORKS:
        recorded = RECORD["networks"][name]
        found = test.in_pixels(places_of(network(name), x)).numpy()
        assert 100 * face_metrics.nme(found, test.points.numpy()).mean() == pytest.approx(recorded["nme"], rel=0.1)
        mean = sum(counts[part] * value for part, value in recorded["parts"].items()) / 68
        assert mean == pytest.approx(recorded["nme"])
        assert recorded["nme"] == pytest.approx(recorded["run_nme"], abs=0.15), "8 bits cost next to nothing"
        assert recorded["nme"] < RECORD["mean_face"]["nme"]


# ---------------------------------------------------------------- without JavaScript, and with a kernel


def test_without_javascript_the_recorded_errors_are_shown():
    table = FaceFollower().fallback()
    assert [row[0] for row in table.rows] == list(NETWORKS)
    assert table.header == ("Network", "Jaw", "Brows", "Nose", "Eyes", "Mouth", "NME")
    for row in table.rows:
        recorded = RECORD["networks"][row[0]]
        assert row[1:] == tuple(f"{value:.2f} %" for value in (*recorded["parts"].values(), recorded["nme"]))
    assert "1,000 drawn faces" in table.caption and f"{RECORD['mean_face']['nme']:.2f} %" in table.caption


def test_pytorch_is_asked_about_what_is_shown():
    widget = FaceFollower(turn=20, face=10_007)
    widget.verify_request = 1
    assert not widget.verify_result["ok"] and "not run this yet" in widget.verify_result["text"]
    pictures, _ = drawn(widget.changes(), widget.face, SIZE)
    x = normalized(pictures, **RECORD["normalize"])
    found = {name: places_of(network(name), x).numpy()[0].flatten().tolist() for name in NETWORKS}
    pose = {name: getattr(widget, name) for name in widget.posed()}
    widget.seen = {**pose, "places": found}
    widget.verify_request = 2
    assert widget.verify_result["ok"] and "PyTorch agrees" in widget.verify_result["text"]
    widget.seen = {**pose, "places": found | {"frozen": [value + 0.01 for value in found["frozen"]]}}
    widget.verify_request = 3
    assert not widget.verify_result["ok"] and "disagrees" in widget.verify_result["text"]
    widget.turn = 21  # the page has not answered to this
    widget.verify_request = 4
    assert "not run this yet" in widget.verify_result["text"]


# ---------------------------------------------------------------- the export


def test_the_export_makes_what_ships():
    test = drawn_faces(SIZE, (1, 30))[1]
    x = normalized(test.images.numpy(), **RECORD["normalize"])
    content, about = export.exported("fine-tuned", export.RUNS["fine-tuned"], test, x)
    recorded = RECORD["networks"]["fine-tuned"]
    assert about["sha256"] == recorded["sha256"] == hashlib.sha256(content).hexdigest()
    assert about["run"] == recorded["run"] and about["run_nme"] == recorded["run_nme"]
    with pytest.raises(RunError, match="the weights are fine-tuned; expected frozen"):
        export.exported("frozen", export.RUNS["fine-tuned"], test, x)


@pytest.mark.parametrize("output", ["mse-sigmoid", "heat-maps"])
def test_a_run_whose_places_come_about_otherwise_is_not_exported(output):
    test = drawn_faces(SIZE, (1, 2))[1]
    x = normalized(test.images.numpy(), **RECORD["normalize"])
    with pytest.raises(RunError, match=r"places come about by (sigmoid|heat maps); expected the mean face"):
        export.exported("scratch", f"runs/keypoints-losses/fashion-resnet20-drawn-scratch-{output}-0", test, x)


def test_errors_by_part_add_up():
    points = drawn_faces(SIZE, (1, 5))[1].points.numpy()
    found = points.copy()
    found[:, 48:, 0] += 2.0
    made = export.errors(found, points)
    assert made["parts"] == pytest.approx({"jaw": 0, "brows": 0, "nose": 0, "eyes": 0, "mouth": made["nme"] * 68 / 20})
    assert made["nme"] == pytest.approx(100 * (2 / face_metrics.eye_distance(points)).mean() * 20 / 68)
