"""Short trainings from several starts and seeds: what is written down of each, and that the record is of them as they stand."""

import math
from itertools import product

import pytest
from support import REPOSITORY

from resnet_book.experiments import start_seeds
from resnet_book.experiments.start_seeds import SETTINGS, load, record, summary
from resnet_book.files import read_measurements

RECORD = REPOSITORY / "book" / "runs" / "start-seeds"
pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_training_that_loses_what_it_had_shows_both():
    losses = [2.3] * 10 + [1.0] * 10 + [2.4] * 30
    assert summary(losses) == pytest.approx((2.3, 1.0, 20, 2.4))


def test_a_training_that_diverges_has_a_lowest_from_before():
    first, lowest, at, last = summary([3.0] * 5 + [2.0] * 10 + [math.inf] * 20)
    assert (first, lowest, at, last) == (pytest.approx(3.0), pytest.approx(2.0), 15, math.inf)


def test_each_seed_is_trained_from_each_start_and_read_again(tmp_path):
    trainings = [["plain", "looks-linear", 0.01], ["basic", "zero gamma", 0.1]]
    made = record(tmp_path, {"depth": 8, "steps": 20, "seeds": [0, 1], "trainings": trainings})
    assert load(tmp_path) == made
    assert [(*row[:3], row.seed) for row in made] == [(*each, seed) for each in trainings for seed in (0, 1)]
    assert len({row.last for row in made}) == 4, "another seed, other weights"
    again = start_seeds.train("plain", "looks-linear", 0.01, 0, start_seeds.clothes(train=True), 8, 20)
    assert again.last == pytest.approx(made[0].last, rel=1e-3)


def test_the_record_is_of_the_trainings_as_they_stand():
    config, env, _ = read_measurements(RECORD)
    assert config == {"experiment": "start seeds", **SETTINGS}
    assert env["versions"]["torch"] and len(env["commit"]) == 40
    assert [[*row[:3], row.seed] for row in load(RECORD)] == [
        [*each, seed] for each, seed in product(SETTINGS["trainings"], SETTINGS["seeds"])
    ]
