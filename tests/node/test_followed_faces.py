"""The face follower's own computing, in Node, held against torch and numpy with the weights that ship."""

import statistics

import numpy as np
import pytest
import torch
from support import asking

from resnet_book.data.drawn_faces import draw, face_points, parameters
from resnet_book.data.face_metrics import PARTS, nme
from resnet_book.experiments.keypoint_mistakes import places_of
from resnet_book.widgets import FaceFollower
from resnet_book.widgets.face_follower import NETWORKS, SLIDERS, trained
from resnet_book.widgets.face_follower.in_torch import drawn, network, normalized
from resnet_book.widgets.face_follower.weights import STORED, record

pytestmark = pytest.mark.usefixtures("one_thread")
RECORD = record()
SIZE = RECORD["faces"]["size"]
CLOSE = 0.01  # pixels of the picture that the networks are given


@pytest.fixture(scope="module")
def follower():
    """`follower(kind, **question)` gives what `follower.mjs` answers, or fails with its error."""
    with asking("follower.mjs") as ask:
        yield ask


def stored(name: str, **changes) -> dict:
    text = '{"bytes":"' + STORED.part(name)["bytes"] + '"}'
    return {"name": name, "text": text, "sha256": RECORD["networks"][name]["sha256"], **changes}


def state(**settings) -> dict:
    return {**FaceFollower().state(), **settings}


def poses(count: int) -> list[dict]:
    """States all over the scales of the sliders, on faces of the test set."""
    rng = np.random.default_rng(0)
    return [
        state(
            face=RECORD["faces"]["first"] + i,
            **{name: int(rng.integers(slider["min"], slider["max"] + 1)) for name, slider in SLIDERS.items()},
        )
        for i in range(count)
    ]


def in_torch(states: list[dict]) -> dict[str, np.ndarray]:
    pictures = np.concatenate([drawn(FaceFollower(**one).changes(), one["face"], SIZE)[0] for one in states])
    x = normalized(pictures, **RECORD["normalize"])
    return {name: places_of(network(name), x).numpy() for name in NETWORKS}


def test_points_are_those_of_torch_on_two_hundred_faces(follower):
    said = follower("open", networks=[stored(name) for name in NETWORKS], record=RECORD)
    assert [one["kind"] for one in said] == ["ready"] and said[0]["backend"] == "wasm", said
    states = poses(200)
    found, expected = follower("find", states=states, record=RECORD), in_torch(states)
    for name in NETWORKS:
        page = np.array([one["places"][name] for one in found]).reshape(-1, 68, 2)
        apart = np.abs(page - expected[name]).max() * SIZE
        assert apart < CLOSE, (name, apart)
        assert np.ptp(page[:, 33, 0]) > 0.02, "the tip of the nose moves from face to face"
    assert statistics.median(one["ms"] for one in found) < 200, "a third of a second is no following"


def test_what_the_networks_are_given_is_what_torch_is(follower):
    one = state(turn=20, noise=40, face=10_003)
    pictures, _ = drawn(FaceFollower(**one).changes(), one["face"], SIZE)
    expected = normalized(pictures, **RECORD["normalize"])[0].permute(1, 2, 0).flatten()
    np.testing.assert_allclose(follower("input", state=one, record=RECORD), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("change", [{"text": '{"bytes":"AAAA"}'}, {"sha256": "0" * 64}])
def test_altered_weights_are_told(follower, change):
    said = follower("open", networks=[stored("scratch", **change)], record=RECORD)
    assert said[-1]["kind"] == "error" and "cut short or altered" in said[-1]["message"]


def test_sliders_make_the_faces_of_python(follower):
    states = poses(8)
    for one, face in zip(states, follower("faces", states=states)):
        expected = {name: values[0].item() for name, values in parameters([one["face"]]).items()}
        assert face == expected | FaceFollower(**one).changes()


def test_errors_are_those_of_python(follower):
    rng = np.random.default_rng(1)
    points = face_points(parameters([5]))[0]
    found = points + rng.normal(0, 0.02, points.shape)
    made = follower("errors", found=found.flatten().tolist(), points=points.tolist())
    assert made["nme"] == pytest.approx(100 * nme(found[None], points[None])[0])
    assert list(made["parts"]) == list(PARTS)
    eyes = np.linalg.norm(points[36] - points[45])
    for name, part_ in PARTS.items():
        expected = 100 * np.linalg.norm(found[part_] - points[part_], axis=1).mean() / eyes
        assert made["parts"][name] == pytest.approx(expected)
    same = points.copy()
    same[45] = same[36]
    assert "eye corners" in follower.refused("errors", found=found.flatten().tolist(), points=same.tolist())["message"]


def test_the_controls_are_those_of_python(follower):
    fields = {one["key"]: one for one in follower("fields")}
    labels = [fields[key]["label"] for key in (*SLIDERS, "network")]
    assert labels == ["Turn", "Nod", "Tilt", "Mouth", "Eyes", "Light", "Noise", "Network"]
    for name, slider in SLIDERS.items():
        assert (fields[name]["min"], fields[name]["max"]) == (slider["min"], slider["max"])
    assert [value for value, _ in fields["network"]["options"]] == list(NETWORKS)
    assert fields.keys() == FaceFollower().state().keys()


def test_what_lies_outside_of_the_training_range_is_told(follower):
    assert follower("trained", names=list(SLIDERS)) == [list(trained(name)) for name in SLIDERS]
    assert follower("outside", state=state()) == {"names": [], "text": ""}
    faces = parameters(range(10_000))
    for name, slider in SLIDERS.items():
        low, high = trained(name)
        seen = faces[name] * slider["scale"]
        assert low - 0.5 <= seen.min() < low + 2 and high - 2 < seen.max() <= high + 0.5, name
        assert follower("outside", state=state(**{name: high}))["names"] == []
        if high < slider["max"]:
            assert follower("outside", state=state(**{name: high + 1}))["names"] == [name]
        if low > slider["min"]:
            assert follower("outside", state=state(**{name: low - 1}))["names"] == [name]
    told = follower("outside", state=state(turn=50, nod=-30))["text"]
    assert "Turn 50 (trained on −35 to 35), Nod −30 (trained on −20 to 20)" in told


def test_pulling_stays_on_the_scales_and_another_face_is_a_held_out_one(follower):
    assert follower("moved", state=state(turn=55, nod=0), by={"turn": 30, "nod": -3}) == {"turn": 60, "nod": -3}
    first, count = RECORD["faces"]["first"], RECORD["faces"]["count"]
    found = follower("another", list=[first, first + count - 1, 3, 2**32 - 1], faces=RECORD["faces"])
    assert found == [first + 1, first, first, first]


@pytest.mark.parametrize("value", [-1, 2**32, 1.5, "10000", None, True])
def test_an_impossible_face_is_refused(follower, value):
    error = follower.refused("seed", value=value)
    assert error["where"] == "face" and error["fix"] == "give 10000"


def test_what_is_said_has_the_figures_of_the_record(follower):
    off = {"nme": 2.345, "parts": {"jaw": 3.0, "brows": 1.0, "nose": 1.0, "eyes": 9.876, "mouth": 1.0}}
    text = follower("says", network="frozen", off=off, record=RECORD)
    frozen = RECORD["networks"]["frozen"]
    for part_ in (
        "2.35 %" if round(2.345, 2) == 2.35 else "2.3",
        "eyes (9.88 %)",
        "1,000 faces",
        f"{frozen['nme']:.2f} %",
    ):
        assert part_ in text, text
    assert f"{RECORD['mean_face']['nme']:.2f} %" in text and "{" not in text


def test_pictures_of_torch_and_page_are_the_same_ones():
    """What `drawn` gives is the drawing of the data set with the sliders' parameters in it."""
    one = FaceFollower(turn=10, mouth=60, face=10_005)
    face = parameters([10_005])
    for name, value in one.changes().items():
        face[name] = np.full(1, float(value))
    pictures, points = drawn(one.changes(), 10_005, SIZE)
    assert np.array_equal(pictures, draw(face, SIZE)) and np.array_equal(points, face_points(face))
    assert torch.is_tensor(normalized(pictures, **RECORD["normalize"]))
