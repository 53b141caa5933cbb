"""A network of drawn faces on other ones: figures by a formula that stands here, a record read back, all where the data is."""

import numpy as np
import pytest
import torch
from support import REPOSITORY

from resnet_book import build, runs
from resnet_book.data import drawn_faces, normalization
from resnet_book.experiments import from_drawn
from resnet_book.train import recipe

RECORDED = REPOSITORY / "book" / "runs" / "from-drawn"


@pytest.fixture(scope="module")
def few():
    return drawn_faces(32, (40, 10))


def test_the_figures_are_those_of_the_definition(few):
    learned, testing = few
    torch.manual_seed(3)
    net = build(recipe("keypoints-page").architecture).eval()
    found = from_drawn.tried(net, learned, testing, "usual")
    mean, std = normalization(learned, "channels")
    with torch.no_grad():
        places = net((testing.images / 255 - mean) / std).unflatten(1, (68, 2)).double().numpy()
    true = testing.places.double().numpy() * 32
    apart = np.linalg.norm(places * 32 - true, axis=2).mean(1)
    errors = 100 * apart / np.linalg.norm(true[:, 36] - true[:, 45], axis=1)
    boxes = 100 * apart / np.sqrt((true.max(1) - true.min(1)).prod(1))
    assert found[:3] == ("drawn faces", "usual", 10)
    assert (found.nme, found.box) == (pytest.approx(errors.mean(), rel=1e-3), pytest.approx(boxes.mean(), rel=1e-3))
    assert (found.above_8, found.above_10) == (100 * (errors > 8).mean(), 100 * (errors > 10).mean())
    alone = np.linalg.norm(learned.places.double().numpy().mean(0) * 32 - true, axis=2).mean(1)
    assert found.mean_face == pytest.approx(
        (100 * alone / np.linalg.norm(true[:, 36] - true[:, 45], axis=1)).mean(), rel=0.02
    )


def test_a_record_is_read_back(few, tmp_path, monkeypatch):
    net = build(recipe("keypoints-page").architecture).eval()
    rows = [from_drawn.tried(net, *few, "usual")]
    monkeypatch.setattr(from_drawn, "every", lambda: rows)
    monkeypatch.setattr(from_drawn, "load_trunk", lambda *given: ({}, "0" * 64))
    assert from_drawn.record(tmp_path) == rows == from_drawn.load(tmp_path)


def test_the_record_of_the_book():
    drawn, usual, person = from_drawn.load(RECORDED)
    assert [each[:3] for each in (drawn, usual, person)] == [
        ("drawn faces", "usual", 1_000), ("real faces", "usual", 770), ("real faces", "by person", 857),
    ]  # fmt: skip
    run = runs.read(REPOSITORY / "book" / "runs" / "keypoints" / "resnet18-drawn-scratch-0")
    assert drawn.nme == pytest.approx(run.nme, rel=5e-3), "the network of the recorded run, in 16 bits a weight"
    assert drawn.mean_face == pytest.approx(run.config["mean_face_nme"], abs=1e-3)
    assert {file.name for file in RECORDED.iterdir()} == {"config.json", "env.json", "metrics.csv", "README.md"}


def test_what_is_missing_is_said_in_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RESNET_BOOK_DATA", str(tmp_path))
    with pytest.raises(SystemExit, match="2"):
        from_drawn.main(["--out", str(tmp_path / "record")])
    assert "--recipe keypoints --data drawn-faces" in capsys.readouterr().err and not (tmp_path / "record").exists()
