"""The record of the mean face: by a formula that stands here, read back, and computed anew where the real faces are."""

import numpy as np
import pytest
from support import REPOSITORY, need_real_faces

from resnet_book.data import drawn_faces
from resnet_book.data.real_faces import people
from resnet_book.experiments import mean_faces

RECORDED = REPOSITORY / "book" / "runs" / "mean-faces"


@pytest.fixture(scope="module")
def few():
    return drawn_faces(8, (40, 10))


def test_the_figures_are_those_of_the_definition(few):
    training, testing = few
    found = mean_faces.measured(training, testing, "usual", np.arange(20_000) // 4)
    places, true = training.places.double().numpy(), testing.places.double().numpy() * 8
    apart = np.sqrt(((places.mean(0) * 8 - true) ** 2).sum(-1)).mean(1)
    errors = 100 * apart / np.sqrt(((true[:, 36] - true[:, 45]) ** 2).sum(-1))
    boxes = 100 * apart / np.sqrt((true.max(1) - true.min(1)).prod(1))
    assert found[6:9] == pytest.approx((errors.mean(), np.median(errors), errors.max()), abs=0.05)
    assert (found.above_8, found.above_10) == (100 * (errors > 8).mean(), 100 * (errors > 10).mean())
    assert (found.box, found.worst_box) == pytest.approx((boxes.mean(), boxes.max()), abs=0.05)
    eyes = 100 * np.sqrt(((true[:, 36] - true[:, 45]) ** 2).sum(-1) / (true.max(1) - true.min(1)).prod(1))
    assert (found.eyes, found.worst_eyes) == pytest.approx((np.median(eyes), eyes[errors.argmax()]), abs=0.05)
    assert found[:6] == ("drawn faces", "usual", 40, 10, 3, 0), "ten rows are three people, none of them trained on"


def test_who_is_on_both_sides_is_counted(few):
    training, testing = few
    assert mean_faces.measured(training, testing, "usual", np.zeros(20_000, int))[4:6] == (1, 1)
    assert mean_faces.measured(training, testing, "usual")[4:6] == (10, 0), "else each is a person of its own"


def test_a_record_is_read_back(few, tmp_path, monkeypatch):
    rows = [mean_faces.measured(*few, "usual")]
    monkeypatch.setattr(mean_faces, "every", lambda: rows)
    assert mean_faces.record(tmp_path) == rows == mean_faces.load(tmp_path)


def test_the_record_of_the_book():
    drawn, usual, person = mean_faces.load(RECORDED)
    assert (drawn.dataset, usual.split, person.split) == ("drawn faces", "usual", "by person")
    assert (usual.training, usual.testing, person.training, person.testing) == (3_462, 770, 3_375, 857)
    assert usual.people == usual.seen > 0 == person.seen < person.people
    assert {file.name for file in RECORDED.iterdir()} == {"config.json", "env.json", "metrics.csv", "README.md"}


def test_computed_anew_it_is_the_record():
    need_real_faces()
    for found, recorded in zip(mean_faces.every(), mean_faces.load(RECORDED), strict=True):
        assert tuple(found) == pytest.approx(tuple(recorded), abs=2e-4)  # machines differ in the last of four decimals
    assert len(set(people())) == 347
