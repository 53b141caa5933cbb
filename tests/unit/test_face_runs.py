"""The recorded runs that find points: of the recipe as it stands, and their NME is that of their stored points."""

import functools
import json

import numpy as np
import pytest
import torch
from support import REPOSITORY, need_real_faces

from resnet_book import build, runs
from resnet_book.data import real_faces
from resnet_book.data.drawn_faces import face_points, parameters
from resnet_book.experiments.keypoint_mistakes import places_of
from resnet_book.experiments.recorded import Recorded
from resnet_book.train import Recipe, recipe, session, trunks
from resnet_book.train.checkpoint import FILE_NAME
from resnet_book.train.recipes import adapted
from resnet_book.train.reproduce import LOSSES, PACES
from resnet_book.train.session import folder_of

RUNS = REPOSITORY / "book" / "runs"
UNTRACKED = {FILE_NAME, ".training.lock"}  # what a training leaves beside its record
FACES = [runs.read(place.parent) for place in sorted(RUNS.glob("keypoints*/*/config.json"))]
DRAWN, REAL = ([run for run in FACES if run.config["dataset"] == name] for name in ("drawn faces", "real faces"))
PICTURES = {"drawn faces": 10_000, "usual": 3_462, "by person": 3_375}


def named(run) -> str:
    return run.name


def test_the_three_networks_of_the_page_are_recorded():
    assert {run.config["weights"] for run in FACES if run.config["recipe"] == "keypoints-page"} == {
        "scratch",
        "frozen",
        "fine-tuned",
    }


@pytest.mark.parametrize("run", FACES, ids=named)
def test_a_run_is_of_the_recipe_that_it_names(run):
    made = Recipe.from_json(json.dumps(run.config["settings"]))
    changes = {key: getattr(made.keypoints, key) for key in session.NAMED}
    assert made == adapted(recipe(run.config["recipe"]), data=made.data).changed(changes)
    assert f"{run.config['recipe']}/{run.name}" == folder_of(made, run.config["seed"])
    assert run.config["budget"] == "full" and run.config["epochs"] == made.epochs
    whole = PICTURES.get(run.config["dataset"], PICTURES.get(run.config["split"]))
    assert run.config["pictures"] == (made.keypoints.pictures or whole)


def test_what_is_compared_differs_in_loss_and_output_alone():
    compared = [run for run in FACES if run.config["recipe"] == "keypoints-losses"]
    made = [Recipe.from_json(json.dumps(run.config["settings"])) for run in compared]
    assert {(one.keypoints.loss, one.keypoints.output) for one in made} == set(LOSSES) and len(made) == len(LOSSES)
    assert len({one.changed({"loss": "l1", "output": "mean face"}) for one in made}) == 1
    assert {(run.config["seed"], run.scored, run.env["commit"]) for run in compared} == {
        (0, "test", compared[0].env["commit"])
    }
    for run in compared:
        files = (RUNS / run.config["recipe"] / run.name).iterdir()
        assert sum(file.stat().st_size for file in files if file.name not in UNTRACKED) < 350_000


def test_what_is_compared_differs_in_the_pace_of_its_trunk_alone():
    compared = [run for run in FACES if run.config["recipe"] == "keypoints-stages"]
    made = [Recipe.from_json(json.dumps(run.config["settings"])) for run in compared]
    tuned = [one for one in made if one.keypoints.tune == "fine-tuned"]
    alone = [
        (one, [field for field in ("freeze", "head_first", "trunk_lr") if is_changed(one, field)]) for one in tuned
    ]
    assert {(field, getattr(one.keypoints, field)) for one, fields in alone for field in fields or ["freeze"]} == set(
        PACES
    )
    assert all(len(fields) <= 1 for _, fields in alone) and len(tuned) == len(PACES)
    usual = {"tune": "scratch", "pretrained": "none"}
    back = {"freeze": 0, "head_first": 0, "trunk_lr": 1.0}
    assert len({one.changed(usual | back) for one in made}) == 1 and len(made) == len(PACES) + 2
    assert len({run.config["pretrained_sha256"] for run in compared if run.config["weights"] != "scratch"}) == 1


def is_changed(made, field):
    return getattr(made.keypoints, field) != getattr(recipe("keypoints-stages").keypoints, field)


def test_a_recorded_network_of_a_sigmoid_puts_out_places():
    of = Recorded(RUNS / "keypoints-losses" / "fashion-resnet20-drawn-scratch-mse-sigmoid-0")
    net, bare = of.start(), build(of.recipe.architecture).eval()
    bare.load_state_dict(net.state_dict())  # by the same names
    x = torch.randn(4, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(net(x), bare(x).sigmoid())
        assert torch.equal(places_of(net, x).flatten(1), net(x)), "a copy puts out the same"
        usual = Recorded(RUNS / "keypoints-losses" / "fashion-resnet20-drawn-scratch-0").start()
        assert usual(x).min() < 0, "there the last layer's outputs are the places"


@pytest.mark.parametrize("run", DRAWN, ids=named)
def test_the_error_is_that_of_the_stored_points(run):
    """Computed anew from the seeds, by a formula that stands here."""
    true = face_points(parameters(run.rows)) * run.config["settings"]["size"] - 0.5
    apart = np.sqrt(((run.predicted - true) ** 2).sum(-1)).mean(1)
    eyes = np.sqrt(((true[:, 36] - true[:, 45]) ** 2).sum(-1))
    assert 100 * (apart / eyes).mean() == pytest.approx(run.nme, abs=1e-3)
    box = (true.max(1) - true.min(1)).prod(1)
    assert run.box_errors == pytest.approx(apart / np.sqrt(box), rel=1e-4)
    assert run.rows.tolist() == list(range(10_000, 11_000)), "faces that were not trained on"


@functools.cache
def places_to_find(split: str):
    """The rows and the places of a split's test faces, read once."""
    _, testing = real_faces(split, size=8)
    return testing.rows.tolist(), testing.points.double().numpy()


@pytest.mark.parametrize("run", REAL, ids=named)
def test_the_error_on_photographs_is_that_of_the_stored_points(run):
    """Computed anew from the set's own table, by a formula that stands here."""
    need_real_faces()
    rows, true = places_to_find(run.config["split"])
    assert run.rows.tolist() == rows
    apart = np.sqrt(((run.predicted - true) ** 2).sum(-1)).mean(1)
    eyes = np.sqrt(((true[:, 36] - true[:, 45]) ** 2).sum(-1))
    box = (true.max(1) - true.min(1)).prod(1)
    assert 100 * (apart / eyes).mean() == pytest.approx(run.nme, abs=1e-3)
    assert run.box_errors == pytest.approx(apart / np.sqrt(box), rel=1e-4)


@pytest.mark.parametrize("run", [run for run in DRAWN if run.config["pretrained"] == "fashion-mnist"], ids=named)
def test_the_trunk_is_the_recorded_one(run, tmp_path, monkeypatch):
    monkeypatch.setenv("RESNET_BOOK_DATA", str(tmp_path))
    made = Recipe.from_json(json.dumps(run.config["settings"]))
    assert trunks.load_trunk("fashion-mnist", made.architecture)[1] == run.config["pretrained_sha256"]


TUTORIAL = [run for run in REAL if run.config["recipe"] == "keypoints-tutorial"]


def test_the_tutorials_setting_is_recorded_from_every_start():
    """Three seeds on the split by person, one on the usual one; all from one file of the trunk."""
    whole = [run for run in TUTORIAL if run.config["pretrained"] in ("none", "cifar-10") and not pictures_of(run)]
    tunes = ("scratch", "frozen", "fine-tuned")
    assert {(run.config["split"], run.config["weights"], run.config["seed"]) for run in whole} == {
        *(("by person", tune, seed) for tune in tunes for seed in range(3)),
        *(("usual", tune, 0) for tune in tunes),
    }


def test_it_is_recorded_with_fewer_photographs():
    fewer = [run for run in TUTORIAL if pictures_of(run)]
    assert {(run.config["pictures"], run.config["weights"]) for run in fewer} == {
        (count, tune) for count in (100, 500) for tune in ("scratch", "frozen", "fine-tuned")
    }
    assert {(run.config["split"], run.config["seed"]) for run in fewer} == {("by person", 0)}


def test_ours_is_recorded_with_fewer_photographs():
    fewer = [run for run in REAL if run.config["recipe"] == "keypoints" and pictures_of(run)]
    assert {(run.config["pictures"], run.config["pretrained"]) for run in fewer} == {
        (count, source) for count in (100, 500) for source in ("none", "drawn-faces", "cifar-10")
    }
    assert {(run.config["split"], run.config["seed"]) for run in fewer} == {("by person", 0)}


def test_it_is_recorded_from_a_trunk_that_knows_clothes():
    found = [run.config for run in TUTORIAL if run.config["pretrained"] == "fashion-mnist"]
    assert sorted((config["weights"], config["split"], config["seed"]) for config in found) == [
        ("fine-tuned", "by person", 0), ("frozen", "by person", 0),
    ]  # fmt: skip


@pytest.mark.parametrize("source", sorted({run.config["pretrained"] for run in REAL} - {"none"}))
def test_one_file_of_a_trunk_was_the_start_of_all(source):
    began = [run.config for run in REAL if run.config["pretrained"] == source]
    assert len({config["pretrained_sha256"] for config in began}) == 1


def pictures_of(run):
    """How many it was told to learn from; 0 means all."""
    return run.config["settings"]["keypoints"]["pictures"]


def test_frozen_stayed_as_it_was():
    (run,) = (r for r in DRAWN if (r.config["recipe"], r.config["weights"]) == ("keypoints-page", "frozen"))
    folder = RUNS / run.config["recipe"] / run.name
    weights, trunk = runs.weights(folder), runs.weights("runs/fashion/fashion-resnet20-A-0")
    same = [name for name in trunk if name not in ("conv1.weight", "fc.weight", "fc.bias")]
    assert all(np.array_equal(weights[name], trunk[name]) for name in same) and len(same) > 100


@pytest.mark.parametrize(
    ("part", "harm", "match"),
    [
        ("errors", lambda a: a.astype(str), "errors of the faces"),
        ("errors", lambda a: np.full_like(a, np.nan), "errors of the faces"),
        ("box_errors", lambda a: np.full_like(a, np.nan), "errors over the faces' boxes"),
        ("rows", lambda a: a.astype(np.float32), "as many rows"),
        ("predicted", lambda a: np.full_like(a, np.nan), "points of 1,000 faces"),
        ("predicted", lambda a: np.float32(1), "points of 1,000 faces"),
    ],
)
def test_points_of_another_form_are_refused(tmp_path, part, harm, match):
    folder = RUNS / "keypoints-page" / "fashion-resnet20-drawn-scratch-0"
    for name in runs.FILES:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with np.load(tmp_path / "predictions.npz") as stored:
        arrays = dict(stored)
    np.savez_compressed(tmp_path / "predictions.npz", **{**arrays, part: harm(arrays[part])})
    with pytest.raises(runs.RunError, match=match):
        runs.read(tmp_path)
