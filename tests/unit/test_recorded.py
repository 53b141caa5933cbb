"""The runs that the book has recorded: complete, of the recipes as they stand, and the result that of the last epoch."""

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from support import REPOSITORY

from resnet_book import reports, runs
from resnet_book.train import Recipe, learning_rate, recipe

RUNS = REPOSITORY / "book" / "runs"
FULL = runs.read_all(RUNS)
SMALL = runs.read_all(RUNS / "small")
CROPS = runs.read_all(RUNS / "crops")


def settings(run):
    return Recipe.from_json(json.dumps(run.config["settings"]))


def names(given):
    return [run.name for run in given]


def test_what_the_book_promises_is_there():
    assert {"book-0", "book-1", "book-2", "book-short-0", "d2l-0"} <= set(names(FULL))
    assert {run.config["budget"] for run in FULL} == {"full"} and {run.scored for run in FULL} == {"test"}
    assert {(run.config["dataset"], run.config["pictures"]) for run in FULL} == {("Fashion-MNIST", 60_000)}
    assert all(run.config["epochs"] == settings(run).epochs for run in FULL)
    assert {run.config["epochs"] for run in FULL if run.config["recipe"] in ("book", "d2l")} == {10}


@pytest.mark.parametrize("run", FULL + SMALL, ids=names(FULL + SMALL))
def test_a_run_is_of_the_recipe_that_it_names(run):
    assert settings(run) == recipe(run.config["recipe"], run.config["budget"])
    assert run.name == f"{run.config['recipe']}-{run.config['seed']}"


def test_the_two_runs_about_crops_differ_in_nothing_else():
    with_crops, without = (settings(run) for run in CROPS)
    assert with_crops == replace(recipe("draft"), epochs=4, size=48, grows=(40,))
    assert without == replace(with_crops, name="draft-no-crop", crop=0)
    assert {run.scored for run in CROPS} == {"validation"}


@pytest.mark.parametrize("run", FULL, ids=names(FULL))
def test_a_run_says_who_ran_it_on_what_and_for_how_long(run):
    env = run.env
    assert all(env[key] for key in ("processor", "cores", "threads", "python", "device", "arithmetic", "product_rate"))
    assert env["versions"]["torch"] and len(env["commit"]) == 40, "a run of the book starts from a clean commit"
    assert env["seconds"] >= run.epochs[-1]["seconds"] >= sum(row["train_seconds"] for row in run.epochs)


@pytest.mark.parametrize("run", FULL, ids=names(FULL))
def test_every_step_had_the_rate_and_size_of_its_recipe(run):
    made = settings(run)
    assert len(run.steps) == made.epochs * -(-60_000 // made.batch_size)
    for row in run.steps[::97]:
        assert row["lr"] == pytest.approx(learning_rate(made, row["step"] - 1, len(run.steps)), rel=1e-5)
    assert [row["size"] for row in run.epochs] == [made.size_at(epoch) for epoch in range(1, made.epochs + 1)]


def test_all_were_scored_on_the_same_pictures_in_one_order():
    for run in FULL:
        assert np.array_equal(run.labels, FULL[0].labels)
    assert np.bincount(FULL[0].labels).tolist() == [1_000] * 10


def test_seeds_of_one_recipe_are_different_runs():
    book = [run for run in FULL if run.config["recipe"] == "book"]
    assert all(reports.disagreement(*pair) > 0.01 for pair in combinations(book, 2))


def test_the_readme_tells_the_times_that_were_measured():
    readme = (REPOSITORY / "README.md").read_text()
    seconds = {run.name: reports.training_seconds(run)[-1] for run in FULL}
    assert "about twenty minutes on two cores" in readme and 16 < seconds["book-0"] / 60 < 24
    assert "in a third of the time" in readme and 0.25 < seconds["book-short-0"] / seconds["book-0"] < 0.4
