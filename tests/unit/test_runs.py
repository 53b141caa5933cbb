"""Recorded runs: what is written is read back, what is damaged or contradicts itself is refused."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from support import REPOSITORY

from resnet_book import files, runs


def predictions(count):
    """Every fifth picture is taken for the next class."""
    labels = np.arange(count) % 10
    return (labels + (np.arange(count) % 5 == 0)) % 10, np.full(count, 0.5), labels


def made(folder, epochs=2, steps=3, dataset="Fashion-MNIST sample", count=500, pictures=None, **config):
    metrics = []
    for epoch in range(1, epochs + 1):
        for step in range(1, steps + 1):
            metrics.append({"kind": "step", "epoch": epoch, "step": (epoch - 1) * steps + step, "seconds": 0.5 * step,
                            "lr": 0.05, "train_loss": 1 / step, "train_accuracy": 0.5})  # fmt: skip
        metrics.append({"kind": "epoch", "epoch": epoch, "step": epoch * steps, "seconds": 2.0, "lr": 0.05, "train_loss": 1.0,
                        "train_accuracy": 0.5, "train_seconds": 1.5, "test_loss": 0.75, "test_accuracy": 0.8})  # fmt: skip
    config = {"recipe": "book", "budget": "sample", "seed": 0, "epochs": epochs, "dataset": dataset, **config}
    env = {**runs.environment(), "seconds": 12.0, "device": "cpu", "arithmetic": "float32"}
    return runs.record(folder, config, env, metrics, *predictions(count), pictures)


def test_a_run_comes_back_as_it_was(tmp_path):
    run = made(tmp_path / "first")
    again = runs.read(tmp_path / "first")
    assert (again.config, again.env, again.metrics) == (run.config, run.env, run.metrics)
    assert again.predicted.dtype == np.uint8 and np.array_equal(again.predicted, predictions(500)[0])
    assert (again.accuracy, len(again.steps), len(again.epochs)) == (0.8, 6, 2)
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == sorted(runs.FILES)
    assert "| Test accuracy, last epoch | 80.00% |" in (tmp_path / "first" / "README.md").read_text()


def test_the_mistakes_are_kept_as_pictures(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (500, 28, 28), np.uint8)
    run = made(tmp_path, pictures=pictures)
    assert list(run.shown[:4]) == [0, 5, 10, 15] and len(run.shown) == 100 + 8 * 8  # classes 0 and 5 are never right
    sheet = np.asarray(Image.open(tmp_path / runs.MISTAKES))
    for place, index in enumerate(run.shown):
        row, column = divmod(place, runs.SHEET_COLUMNS)
        assert np.array_equal(sheet[28 * row : 28 * row + 28, 28 * column : 28 * column + 28], pictures[index])


def test_the_confusion_matrix_counts_every_picture(tmp_path):
    matrix = made(tmp_path).matrix
    assert matrix.sum() == 500 and matrix.sum(1).tolist() == [50] * 10
    assert (matrix[0, 1], matrix[5, 6], matrix[1, 1], matrix.trace()) == (50, 50, 50, 400)


def test_an_accuracy_that_the_predictions_do_not_have_is_refused(tmp_path):
    made(tmp_path)
    table = tmp_path / "metrics.csv"
    table.write_text(table.read_text().replace(",0.8", ",0.81"))
    with pytest.raises(runs.RunError, match=r"an accuracy of 0.81; the predictions have 400 of 500 right"):
        runs.read(tmp_path)


def test_all_runs_of_a_folder_without_those_unfinished(tmp_path):
    made(tmp_path / "b")
    made(tmp_path / "a", epochs=1)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "metrics.csv").write_text("")
    assert [run.name for run in runs.read_all(tmp_path)] == ["a", "b"]


@pytest.mark.parametrize("name", runs.FILES)
@pytest.mark.parametrize("harm", ["missing", "cut short"])
def test_a_damaged_run_is_refused(tmp_path, name, harm):
    made(tmp_path)
    path = tmp_path / name
    content = path.read_bytes()
    path.unlink()
    if harm == "cut short":
        if name == "README.md":
            return  # words for people: nothing is read from them
        path.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(runs.RunError, match=r"missing|cannot be read|steps|epochs|metrics|predictions"):
        runs.read(tmp_path)


def test_a_table_that_is_cut_within_its_last_number_is_refused(tmp_path):
    made(tmp_path)
    table = tmp_path / "metrics.csv"
    table.write_text(table.read_text().rstrip("\n"))
    with pytest.raises(runs.RunError, match=r"metrics\.csv cannot be read: it is cut short"):
        runs.read(tmp_path)


@pytest.mark.parametrize(
    "change", [{"epochs": 3}, {"dataset": "Fashion-MNIST"}, {"dataset": "cats"}, {"scored": "validation"}]
)
def test_a_run_that_contradicts_itself_is_refused(tmp_path, change):
    made(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(runs.RunError, match=r"epochs|predictions|validation"):
        runs.read(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": None}, {"epochs": "2"}, {"epochs": 0}, {"epochs": 10**30}, {"every_step": 0}, {"every_step": "x"},
        {"dataset": []}, {"seed": None}, {"recipe": {}}, {"diverged": None}, {"diverged": {"epoch": "x"}},
        {"scored": []}, {"settings": [1]}, {"pictures": 2.5},
    ],
    ids=str,
)  # fmt: skip
def test_a_configuration_of_another_form_is_refused_by_the_name_of_its_field(tmp_path, change):
    made(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(runs.RunError, match=next(iter(change))):
        runs.read(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("epoch,2,6", ",2,6", "kind None"),
        ("step,1,1,", "step,,1,", "no epoch that there is"),
        (",0.75,0.8", ",0.75,nan", "test_accuracy of nan"),
        ("1.5,,,0.75,0.8", "1.5,,,0.75,-1", "test_accuracy of -1"),
        ("epoch,2,6,", "epoch,2,1000000000000000,", "ends before the last step"),
    ],
)
def test_a_row_that_cannot_be_is_refused(tmp_path, old, new, match):
    made(tmp_path)
    table = tmp_path / "metrics.csv"
    before, found, after = table.read_text().rpartition(old)
    assert found, "the row is there"
    table.write_text(before + new + after)
    with pytest.raises(runs.RunError, match=match):
        runs.read(tmp_path)


@pytest.mark.parametrize(
    ("part", "harm"),
    [
        ("predicted", lambda a: np.uint8(3)),
        ("labels", lambda a: a[:-1]),
        ("confidence", lambda a: a.astype(str)),
        ("confidence", lambda a: np.full_like(a, np.nan)),
        ("confidence", lambda a: a + np.float16(1)),
    ],
)
def test_predictions_of_another_form_are_refused(tmp_path, part, harm):
    made(tmp_path)
    with np.load(tmp_path / "predictions.npz") as stored:
        arrays = dict(stored)
    np.savez_compressed(tmp_path / "predictions.npz", **{**arrays, part: harm(arrays[part])})
    with pytest.raises(runs.RunError, match=r"predictions of|probabilities"):
        runs.read(tmp_path)


def test_a_full_run_has_ten_thousand_predictions(tmp_path):
    assert len(made(tmp_path / "full", dataset="Fashion-MNIST", count=10_000).predicted) == 10_000
    with pytest.raises(runs.RunError, match="predictions of 9,999"):
        made(tmp_path / "short", dataset="Fashion-MNIST", count=9_999)
    assert not (tmp_path / "short").exists(), "nothing is written of a run that is refused"


def test_a_disk_that_is_full_leaves_no_run(tmp_path, monkeypatch):
    calls = []

    def full(*_):
        calls.append(1)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(runs.RunError, match="No space left"):
        made(tmp_path / "run")
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert "config.json" not in names and not any("partial" in name for name in names)
    assert runs.read_all(tmp_path) == []


def test_the_environment_names_no_place_of_the_machine():
    found = json.dumps(runs.environment())
    assert str(REPOSITORY) not in found
    assert {"processor", "cores", "versions", "commit", "python"} <= set(json.loads(found))


def test_reading_runs_needs_no_torch():
    code = "import sys; sys.modules['torch'] = None; import resnet_book.runs"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY / "src")
