"""The list of all trainings: what is recorded is skipped, what is left is told with its time, and nothing else is trained."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from support import REPOSITORY

from resnet_book import runs
from resnet_book.data import DATASETS, DataError
from resnet_book.train import RECIPES, rates, reproduce
from resnet_book.train.recipes import Recipe
from resnet_book.train.reproduce import PLAN, main, seconds_left

RUNS = REPOSITORY / "book" / "runs"


@pytest.fixture(autouse=True)
def a_second_a_step(monkeypatch):
    monkeypatch.setattr(reproduce, "_step_seconds", lambda recipe, device: 1.0)


def test_every_training_has_a_folder_of_its_own():
    folders = [planned.folder for planned in PLAN]
    assert len(set(folders)) == len(folders)
    assert {"cifar/cifar-resnet56-A-0", "cifar/cifar-plain20-2", "d2l-2023-1", "cifar-paper/cifar-resnet20-A-0"} <= set(
        folders
    )
    assert folders[:2] == ["cifar/cifar-resnet20-A-0", "cifar/cifar-plain20-0"], "the experiment itself comes first"


def test_what_is_recorded_is_in_the_list_and_of_its_recipe():
    found = 0
    for planned in PLAN:
        if (RUNS / planned.folder / "config.json").is_file():
            run, found = runs.read(RUNS / planned.folder), found + 1
            assert (run.config["recipe"], run.config["seed"]) == (planned.recipe, planned.seed)
            made = Recipe.from_json(json.dumps(run.config["settings"]))
            assert planned.needs_rate or made == planned.made, "else the list stops at what it takes for another run"
            assert made.architecture == planned.made.architecture
            assert seconds_left(planned, RUNS, torch.device("cpu")) == (0.0, "recorded")
    assert found >= 5


def test_a_run_that_was_stopped_has_the_rest_left(tmp_path):
    planned = next(planned for planned in PLAN if planned.folder == "cifar/cifar-resnet20-A-0")
    whole, word = seconds_left(planned, tmp_path, torch.device("cpu"))
    steps = planned.made.length(391)[1]
    assert word == "not begun" and steps < whole < 1.1 * steps
    folder = tmp_path / planned.folder
    folder.mkdir(parents=True)
    torch.save({"epoch": 6}, folder / "checkpoint.pt")
    rest, word = seconds_left(planned, tmp_path, torch.device("cpu"))
    assert word == "after epoch 6" and rest == pytest.approx(whole * (planned.made.epochs - 6) / planned.made.epochs)
    (folder / "checkpoint.pt").write_bytes(b"cut short")
    assert seconds_left(planned, tmp_path, torch.device("cpu")) == (whole, "checkpoint not readable")


def test_pictures_that_grow_cost_less():
    grown, whole = (replace(RECIPES["book"], grows=grows) for grows in ((48,), ()))
    times = []
    for made in (grown, whole):
        planned = type("Fixed", (), {"made": made, "folder": "none"})
        times.append(seconds_left(planned, RUNS, torch.device("cpu"))[0])
    assert times[0] == pytest.approx(times[1] * (0.5 + 0.5 * (48 / 96) ** 2))


def test_dry_prints_and_trains_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reproduce, "train", lambda *_, **__: pytest.fail("it trains"))
    assert main(["--dry", "--root", str(tmp_path), "--device", "cpu", "--only", "plain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + sum("plain" in planned.folder for planned in PLAN)
    assert "not begun" in lines[0] and lines[-1].startswith("left on cpu") and " h " in lines[-1]


def test_it_trains_what_is_left_in_order(tmp_path, monkeypatch):
    trained = []
    monkeypatch.setattr(reproduce, "train", lambda *given, **options: trained.append((given, options)))
    monkeypatch.setattr(reproduce, "dataset", lambda name: replace(DATASETS[name], load=lambda train: None))
    assert main(["--root", str(tmp_path), "--device", "cpu", "--only", "cifar-resnet56"]) == 0
    bare = [options for _, options in trained if "start" in options["changes"]]
    assert [options["changes"]["start"] for options in bare[:: len(rates.RATES)]] == ["skipinit", "fixup"], (
        "their search"
    )
    trained = trained[: -len(bare)]
    assert [options["seed"] for _, options in trained] == [0, 1]
    assert {options["network"] for _, options in trained} == {"cifar-resnet56"}
    assert [options["keep_weights"] for _, options in trained] == [True, False]
    assert trained[0][1]["out"] == tmp_path / "cifar/cifar-resnet56-A-0"


def a_search(root, accuracies, network="cifar-plain20", start="he", scored="validation"):
    """Record a search: the validation accuracy at each rate, None where it diverged."""
    bare = next(each for each in rates.NORM_FREE if (each.network, each.start) == (network, start))
    count = 100 if scored == "validation" else 10_000
    labels = (np.arange(count) % 10).astype(np.uint8)
    for rate, accuracy in zip(rates.RATES, accuracies):
        predicted = np.where(np.arange(count) < count * (accuracy or 0.1), labels, (labels + 1) % 10)
        row = {"kind": "epoch", "epoch": 1, "step": 0, f"{scored}_accuracy": accuracy or 0.1}
        config = {"recipe": "cifar", "budget": "full", "seed": 0, "epochs": 1, "dataset": "CIFAR-10"}
        config |= {"scored": scored} | ({"diverged": {"epoch": 1, "step": 1, "what": "x"}} if not accuracy else {})
        runs.record(root / rates.searched(bare, rate), config, {}, [row], predicted, np.ones(count), labels)


def test_a_rate_is_chosen_by_the_search_on_validation_pictures_and_by_nothing_else(tmp_path):
    assert rates.chosen(tmp_path, "cifar-plain20", "he") is None
    a_search(tmp_path, [0.6, 0.7, 0.7, 0.5])
    assert rates.chosen(tmp_path, "cifar-plain20", "he") is None, "one rate is not recorded yet"
    a_search(tmp_path, [None, 0.7, 0.7, 0.5, 0.3])
    assert rates.chosen(tmp_path, "cifar-plain20", "he") == 0.05, "of equal ones the smaller"
    a_search(tmp_path, [None] * 5)
    assert rates.chosen(tmp_path, "cifar-plain20", "he") is None
    assert rates.chosen(tmp_path, "cifar-resnet20", "he") is None


def test_a_search_on_the_test_set_chooses_nothing(tmp_path):
    a_search(tmp_path, [0.3, 0.7, 0.6, 0.5, 0.3], scored="test")
    with pytest.raises(runs.RunError, match=r"cifar-plain20-he-0.2-0: scored on the test set"):
        rates.chosen(tmp_path, "cifar-plain20", "he")
    with pytest.raises(ValueError, match="no rate is searched for cifar-plain20 with fixup; there is: cifar-resnet20"):
        rates.chosen(tmp_path, "cifar-plain20", "fixup")


def test_networks_without_batch_norm_are_searched_for_first_and_trained_at_what_was_found(
    tmp_path, monkeypatch, capsys
):
    trained = []
    monkeypatch.setattr(reproduce, "train", lambda *given, **options: trained.append(options))
    monkeypatch.setattr(reproduce, "dataset", lambda name: replace(DATASETS[name], load=lambda train: None))
    assert main(["--root", str(tmp_path), "--device", "cpu", "--only", "plain20-he"]) == 0
    assert [one["changes"]["lr"] for one in trained] == list(rates.RATES) and all(one["validation"] for one in trained)
    assert {one["changes"]["epochs"] for one in trained} == {rates.EPOCHS}
    assert [one["out"].parent.name for one in trained] == ["rates"] * len(rates.RATES)
    assert "cifar/cifar-plain20-he-0 is left out" in capsys.readouterr().out, "nothing was recorded by this search"
    trained.clear()
    a_search(tmp_path, [None, 0.3, 0.7, 0.5, 0.3])
    assert main(["--root", str(tmp_path), "--device", "cpu", "--only", "cifar/cifar-plain20-he"]) == 0
    (one,) = trained
    assert one["changes"] == {"start": "he", "scalar_lr": 1.0, "lr": 0.05} and not one["validation"]
    assert one["out"] == tmp_path / "cifar/cifar-plain20-he-0"


def test_every_network_without_batch_norm_is_in_the_list_behind_its_search():
    folders = [planned.folder for planned in PLAN]
    for bare in rates.NORM_FREE:
        option = f"-{bare.shortcut}" if bare.shortcut else ""
        final = folders.index(f"cifar/{bare.network}{option}-{bare.start}-0")
        assert folders[final - len(rates.RATES) : final] == [rates.searched(bare, rate) for rate in rates.RATES]
    assert {planned.scalar_lr for planned in PLAN if planned.start == "fixup"} == {0.1}


def test_missing_data_are_said_before_hours_are_spent(tmp_path, monkeypatch, capsys):
    def absent(train):
        raise DataError("missing: everything.")

    monkeypatch.setattr(reproduce, "train", lambda *_, **__: pytest.fail("it trains"))
    monkeypatch.setattr(reproduce, "dataset", lambda name: replace(DATASETS[name], load=absent))
    assert main(["--root", str(tmp_path), "--device", "cpu"]) == 2
    assert "missing: everything." in capsys.readouterr().err
    assert main(["--only", "nothing"]) == 2
    assert "there is: cifar/cifar-resnet20-A-0" in capsys.readouterr().err


def test_without_the_real_faces_all_else_is_trained(tmp_path, monkeypatch, capsys):
    def absent(train):
        raise DataError("the real faces are missing.")

    trained = []
    monkeypatch.setattr(reproduce, "train", lambda *given, **options: trained.append(options["data"]))
    monkeypatch.setattr(
        reproduce,
        "dataset",
        lambda name: replace(DATASETS[name], load=absent if name == "real-faces" else lambda train: None),
    )
    assert main(["--root", str(tmp_path), "--device", "cpu", "--only", "resnet18-"]) == 0
    assert "their trainings are left out" in capsys.readouterr().err
    assert {"cifar-10", "fashion-mnist", None} == set(trained), "the trunks, and the drawn faces"
    assert main(["--root", str(tmp_path), "--device", "cpu", "--only", "keypoints-tutorial"]) == 2
    assert "the real faces are missing." in capsys.readouterr().err


def test_what_transfer_buys_is_in_the_list():
    found = {planned.folder: planned.made for planned in PLAN if planned.made.keypoints}
    for start in ("scratch", "frozen-cifar-10", "fine-tuned-cifar-10"):
        for seed in range(3):
            made = found[f"keypoints-tutorial/resnet18-real-{start}-by-person-{seed}"]
            assert (made.size, made.keypoints.split) == (224, "by person")
        assert f"keypoints-tutorial/resnet18-real-{start}-0" in found
    assert found["keypoints/resnet18-drawn-scratch-0"].size == 64
    assert found["keypoints/resnet18-real-scratch-by-person-0"].size == 96
    trunks = {planned.folder: planned.made.size for planned in PLAN if planned.recipe == "trunk"}
    assert trunks == {"trunk/resnet18-cifar-10-0": 64, "trunk/resnet18-fashion-mnist-0": 64}
