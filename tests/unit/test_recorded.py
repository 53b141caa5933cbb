"""The runs that the book has recorded: complete, of the recipes as they stand, and the result that of the last epoch."""

import json
import os
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch
from support import REPOSITORY

from resnet_book import architecture, build, reports, runs
from resnet_book.architectures import options
from resnet_book.data import DATASETS, DataError
from resnet_book.experiments import lesion_records, mean_faces, moments, refinement, surfaces
from resnet_book.experiments.published import PUBLISHED
from resnet_book.experiments.recorded import Recorded
from resnet_book.models.blocks import PadShortcut
from resnet_book.train import Recipe, learning_rate, recipe
from resnet_book.train.recipes import adapted
from resnet_book.train.session import folder_of

RUNS = REPOSITORY / "book" / "runs"
FULL = runs.read_all(RUNS)
SMALL = runs.read_all(RUNS / "small")
CROPS = runs.read_all(RUNS / "crops")
PLACES = [
    place.parent
    for group in ("fashion", "cifar", "cifar-paper", "trunk")
    for place in RUNS.glob(f"{group}/*/config.json")
]
MANY = [runs.read(place) for place in sorted(PLACES)]  # runs of many networks, recorded in brief
PICTURES = {"Fashion-MNIST": 60_000, "CIFAR-10": 50_000}
WEIGHTS = {  # that stay beside their runs, see book/runs/README.md
    "fashion-resnet20-A-0", "fashion-plain20-0",
    "cifar-resnet20-A-0", "cifar-plain20-0", "cifar-resnet56-A-0", "cifar-plain56-0",
}  # fmt: skip


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
    named = recipe(run.config["recipe"], run.config["budget"])
    if named.name == "d2l-2023":  # computed in 16 bits, which its chapter and its note say
        named = replace(named, precision="bf16", channels_last=True)
        assert "16 bits" in run.config["note"]
    assert settings(run) == named
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


# ---------------------------------------------------------------- runs of many networks


@pytest.mark.parametrize("place, run", list(zip(sorted(PLACES), MANY)), ids=[place.name for place in sorted(PLACES)])
def test_a_run_of_a_family_is_of_its_recipe_small_and_told_whole(place, run):
    made = settings(run)
    arch = made.architecture
    option = {"shortcut": arch.shortcut} if "shortcut" in options(arch.name) else {}
    base = adapted(recipe(run.config["recipe"]), architecture(arch.name, **option), made.data)
    free = {"epochs": made.epochs, "start": made.start, "lr": made.lr, "scalar_lr": made.scalar_lr}
    assert made == (base if made.start == "batch norm" and made.epochs == base.epochs else replace(base, **free))
    assert folder_of(made, run.config["seed"]) == f"{place.parent.name}/{place.name}"
    assert (run.config["budget"], run.scored) == ("full", "test")
    assert run.config["pictures"] == PICTURES[run.config["dataset"]]
    assert len(run.env["commit"]) == 40 and run.env["seconds"] >= run.epochs[-1]["seconds"]
    files = {file.name: file.stat().st_size for file in place.iterdir()}
    assert files.keys() - {"weights.npz"} == {*runs.FILES, "gradients.csv"}
    assert sum(size for name, size in files.items() if name != "weights.npz") < 300_000
    assert ("weights.npz" in files) == (place.name in WEIGHTS)
    assert len(run.steps) <= runs.MOST_STEPS and len(runs.gradients(place)) >= run.config["epochs"]
    assert "diverged" in run.config or run.epochs[-1]["train_evaluated_accuracy"] > 0.5


@pytest.mark.parametrize("data, reference", [("cifar-10", None), ("fashion-mnist", FULL[0].labels)])
def test_runs_of_a_family_were_scored_on_the_official_pictures(data, reference):
    name = {"cifar-10": "CIFAR-10", "fashion-mnist": "Fashion-MNIST"}[data]
    found = [run for run in MANY if run.config["dataset"] == name]
    if reference is None:
        try:
            reference = DATASETS[data].load(False).labels.numpy()
        except DataError as error:
            if os.environ.get("CI"):
                pytest.fail(str(error))
            pytest.skip(f"needs the data: {error}")
    assert all(np.array_equal(run.labels, reference) for run in found)


@pytest.mark.parametrize("name", ["fashion/fashion-resnet20-A-0", "fashion-stochastic-depth/fashion-resnet20-A-0"])
def test_the_other_way_of_padding_loads_strictly_and_scores_wrong(name):
    """Option A has no weights, so no key tells where its zeros stand: half before and half after, or all after."""
    recorded = Recorded(RUNS / name)
    x, y = recorded.sample()

    def accuracy(net):
        with torch.no_grad():
            return (net(x).argmax(1) == y).double().mean().item()

    net = recorded.network()
    assert accuracy(net) == pytest.approx(recorded.run.accuracy, abs=0.03)
    other = build(recorded.recipe.architecture).eval()
    paddings = [module for module in other.modules() if isinstance(module, PadShortcut)]
    assert len(paddings) == 2
    for padding in paddings:
        padding.before, padding.after = 0, padding.before + padding.after
    other.load_state_dict(net.state_dict(), strict=True)
    assert accuracy(other) < accuracy(net) - 0.1


def copied(place, to):
    for name in (*runs.FILES, runs.WEIGHTS):
        (to / name).write_bytes((place / name).read_bytes())
    return to


@pytest.mark.parametrize("settings", [None, {}, {"name": "x", "lr": "fast"}, {"name": "x", "architecture": {"a": 1}}])
def test_a_run_whose_settings_are_no_recipe_is_no_network(tmp_path, settings):
    place = copied(RUNS / "fashion" / "fashion-plain20-0", tmp_path)
    config = json.loads((place / "config.json").read_text())
    del config["settings"]
    (place / "config.json").write_text(json.dumps(config if settings is None else {**config, "settings": settings}))
    with pytest.raises(runs.RunError, match=r"the settings in config\.json are no recipe"):
        Recorded(place)


@pytest.mark.parametrize("harm", ["another network", "no numbers"])
def test_weights_of_another_network_are_told(tmp_path, harm):
    place = copied(RUNS / "fashion" / "fashion-plain20-0", tmp_path)
    state = runs.weights(place)
    if harm == "another network":
        state["layer4.weight"] = state.pop("conv1.weight")
    else:
        state["conv1.weight"] = state["conv1.weight"].astype(str)
    np.savez_compressed(place / runs.WEIGHTS, **state)
    with pytest.raises(runs.RunError, match="the weights are not those of its network"):
        Recorded(place).network()


FACES = "runs/keypoints-page/fashion-resnet20-drawn-scratch-0"


@pytest.mark.parametrize(
    ("command", "given", "says"),
    [
        *((of, ["no-such-run"], "holds no complete run") for of in (lesion_records, surfaces, refinement)),
        *((of, ["runs/book-0"], "weights.npz cannot be read") for of in (lesion_records, surfaces)),
        *((of, [FACES], "expected one that classifies") for of in (lesion_records, surfaces, refinement)),
        (moments, [], "is not complete"),
        (mean_faces, [], "the real faces are missing"),
    ],
)
def test_a_command_says_in_a_sentence_what_it_cannot_measure(tmp_path, monkeypatch, capsys, command, given, says):
    monkeypatch.setenv("RESNET_BOOK_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: (_ for _ in ()).throw(TimeoutError()))
    with pytest.raises(SystemExit) as end:
        command.main([*given, "--out", str(tmp_path / "out")])
    assert end.value.code == 2 and says in capsys.readouterr().err
    assert not (tmp_path / "out" / "config.json").exists(), "no record"


def test_chapter_5_keeps_what_the_four_networks_show():
    """Its last lines are typed: degradation, far wider than in a longer training, and a gradient that does not vanish."""
    four = {run.name.removeprefix("cifar-").removesuffix("-0"): run for run in MANY if run.name.startswith("cifar-")}
    trained = {name: 1 - run.epochs[-1]["train_evaluated_accuracy"] for name, run in four.items()}
    tested = {name: 1 - run.accuracy for name, run in four.items()}
    assert trained["plain56"] > 2 * trained["plain20"] and tested["plain56"] > 1.5 * tested["plain20"]
    assert trained["resnet56-A"] < trained["resnet20-A"] and tested["resnet56-A"] < tested["resnet20-A"]
    published = next(each for each in PUBLISHED if each.who == "nabla0001").errors
    gap = published["cifar-plain56"][0] - published["cifar-plain20"][0]
    assert 100 * (tested["plain56"] - tested["plain20"]) > 3 * gap
    for place in ("cifar-plain56-0", "cifar-resnet56-A-0"):
        norms = runs.gradients(RUNS / "cifar" / place)[-1]["norms"]
        sizes = [norm for layer, norm in norms.items() if layer != "fc.weight"]
        assert max(sizes) < 4 * min(sizes), place
