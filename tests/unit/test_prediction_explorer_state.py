"""The prediction explorer's Python side: what it keeps of a run, its table, its refusals."""

import base64
import io
import json
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
import traitlets
from PIL import Image
from support import REPOSITORY, random_run

from resnet_book import runs
from resnet_book.classes import CIFAR10_CLASSES, CLASSES
from resnet_book.widgets import PredictionExplorer
from resnet_book.widgets.base import MIME, find_widget
from resnet_book.widgets.prediction_explorer import PNG, percent


def recorded(folder, pictures=True):
    """A folder with a run of 500 random predictions, and random pictures."""
    run = random_run(3)
    accuracy = float((run.predicted == run.labels).mean())
    metrics = [{"kind": "epoch", "epoch": 1, "step": 0, "test_accuracy": accuracy, "train_accuracy": 0.5, "train_loss": 1.0}]  # fmt: skip
    config = {**run.config, "epochs": 1, "dataset": "Fashion-MNIST sample"}
    noise = np.random.default_rng(0).integers(0, 256, (500, 28, 28), np.uint8) if pictures else None
    return runs.record(folder, config, {}, metrics, run.predicted, run.confidence, run.labels, noise), noise


@pytest.mark.parametrize("seed", range(20))
def test_counts_are_those_of_the_predictions(seed):
    run = random_run(seed)
    explorer = PredictionExplorer(run)
    counts = Counter(zip(run.labels.tolist(), run.predicted.tolist()))
    assert explorer.matrix == [[counts[i, j] for j in range(10)] for i in range(10)]
    kept = Counter((label, given) for _, label, given, _ in explorer.shown)
    assert kept == {(i, j): n if i != j else min(n, runs.RIGHT_SHOWN) for (i, j), n in counts.items()}
    for index, label, given, confidence in explorer.shown:
        assert (label, given) == (run.labels[index], run.predicted[index])
        assert confidence == round(float(run.confidence[index]), 3)


def test_a_picture_is_where_the_list_says(tmp_path):
    run, noise = recorded(tmp_path)
    explorer = PredictionExplorer(tmp_path)
    content = base64.b64decode(explorer.pictures.removeprefix(PNG))
    assert content == (tmp_path / runs.MISTAKES).read_bytes()
    sheet = np.asarray(Image.open(io.BytesIO(content)))
    columns = sheet.shape[1] // 28
    for place, (index, *_) in enumerate(explorer.shown):
        row, column = divmod(place, columns)
        assert np.array_equal(sheet[28 * row :, 28 * column :][:28, :28], noise[index])
    assert PredictionExplorer(run, pictures=tmp_path / runs.MISTAKES).state() == explorer.state()


def test_without_pictures_it_has_the_numbers(tmp_path):
    run, _ = recorded(tmp_path, pictures=False)
    explorer = PredictionExplorer(str(tmp_path))
    assert explorer.pictures == "" and explorer.shown and explorer.matrix == run.matrix.tolist()


def test_state_is_json_and_makes_the_same_widget_again(tmp_path):
    recorded(tmp_path)
    explorer = PredictionExplorer(tmp_path, true_class="Bag", predicted_class="Sandal")
    state = json.loads(json.dumps(explorer.state()))
    again = PredictionExplorer(**state)
    assert again.state() == state and repr(again) == repr(explorer)
    assert (state["true_class"], state["predicted_class"]) == ("Bag", "Sandal")
    assert "kernel" not in state and find_widget("prediction-explorer") is PredictionExplorer
    data, _ = explorer._repr_mimebundle_()
    assert data[MIME] == {"widget": "prediction-explorer", "state": state}
    assert data["text/plain"] == repr(explorer) and "0x" not in repr(explorer)


def test_the_table_for_readers_without_javascript():
    run = random_run(5, scored="validation")
    explorer = PredictionExplorer(run, true_class="Coat", predicted_class="Dress")
    table, matrix = explorer.fallback(), run.matrix
    assert [row[0] for row in table.rows] == [*CLASSES, "Precision, %"]
    assert [[int(cell) for cell in row[1:11]] for row in table.rows[:10]] == matrix.tolist()
    for i in range(10):
        assert table.rows[i][11] == percent(int(matrix[i, i]), int(matrix[i].sum()))
        assert table.rows[10][i + 1] == percent(int(matrix[i, i]), int(matrix[:, i].sum()))
    right = int(matrix.trace())
    assert table.rows[10][11] == percent(right, 500)
    assert f"{right} of the 500 pictures in the validation set of made up" in table.caption
    assert f"Coat taken for Dress: {matrix[4, 3]} of {matrix[4].sum()}, " in table.caption


def test_shares_round_halves_up():
    assert [percent(*pair) for pair in [(104, 1000), (1, 16), (3, 80), (0, 7), (7, 7), (0, 0)]] == [
        "10.4", "6.3", "3.8", "0.0", "100.0", "–",
    ]  # fmt: skip
    assert percent(9357, 10_000, 2) == "93.57" and percent(9402, 10_000, 2) == "94.02"


@pytest.mark.parametrize("argument", ["true_class", "predicted_class"])
@pytest.mark.parametrize("bad", ["shirt", "Hat", "", 6, None])
def test_an_unknown_class_lists_what_there_is(argument, bad):
    with pytest.raises(traitlets.TraitError) as caught:
        PredictionExplorer(random_run(0), **{argument: bad})
    assert all(name in str(caught.value) for name in CLASSES)


def test_a_run_on_cifar_10_has_its_own_classes_and_no_picture():
    run = random_run(5, dataset="CIFAR-10")
    explorer = PredictionExplorer(run, predicted_class="frog")
    assert explorer.classes == list(CIFAR10_CLASSES) and explorer.pictures == ""
    assert (explorer.true_class, explorer.predicted_class) == ("cat", "frog")
    assert (PredictionExplorer(run).true_class, PredictionExplorer(run).predicted_class) == ("cat", "dog")
    assert [row[0] for row in explorer.fallback().rows[:10]] == list(CIFAR10_CLASSES)
    assert PredictionExplorer(**explorer.state()).state() == explorer.state()
    for name in ("Shirt", "Cat"):
        with pytest.raises(traitlets.TraitError, match="expected one of 'airplane', 'automobile'"):
            PredictionExplorer(run, true_class=name)
    with pytest.raises(traitlets.TraitError, match=r"predicted_class: got 'cat'; expected one of 'T-shirt/top'"):
        PredictionExplorer(random_run(5), predicted_class="cat")


def test_the_recorded_runs_of_the_family_can_be_read():
    places = sorted((REPOSITORY / "book" / "runs" / "cifar").glob("*/config.json"))
    assert places
    for place in places:
        run = runs.read(place.parent)
        explorer = PredictionExplorer(place.parent)
        assert explorer.classes == list(CIFAR10_CLASSES) and explorer.pictures == ""
        assert sum(row[i] for i, row in enumerate(explorer.matrix)) == round(10_000 * run.accuracy)


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(TypeError, match=r"resnet_book\.runs\.Run, or its folder"):
        PredictionExplorer()
    with pytest.raises(TypeError, match="Did you mean true_class"):
        PredictionExplorer(random_run(0), true_clas="Bag")
    faces = "runs/keypoints-page/fashion-resnet20-drawn-scratch-0"
    for given, said in ((faces, "run fashion-resnet20-drawn-scratch-0 finds points"), (5, "got 5")):
        with pytest.raises(runs.RunError, match=f"{said}; expected a recorded run that classifies"):
            PredictionExplorer(given)
    with pytest.raises(runs.RunError, match="no complete run"):
        PredictionExplorer(tmp_path)


def test_a_contact_sheet_of_another_run_is_refused(tmp_path):
    recorded(tmp_path)
    sheet = tmp_path / runs.MISTAKES
    with pytest.raises(runs.RunError, match="is not the contact sheet of run random-4"):
        PredictionExplorer(random_run(4, count=2000), pictures=sheet)
    sheet.write_bytes(sheet.read_bytes()[:20])
    with pytest.raises(runs.RunError, match="is not the contact sheet"):
        PredictionExplorer(tmp_path)
    with pytest.raises(FileNotFoundError):
        PredictionExplorer(random_run(3), pictures=tmp_path / "other.png")


def test_classes_and_widget_need_no_torch(tmp_path):
    recorded(tmp_path)
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from resnet_book.widgets import PredictionExplorer\n"
        f"state = PredictionExplorer({str(tmp_path)!r}).state()\n"
        "import json; print(len(PredictionExplorer(**json.loads(json.dumps(state))).classes))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=REPOSITORY / "src", capture_output=True, text=True
    )
    assert done.stdout == "10\n"
    from resnet_book import data

    assert data.CLASSES is CLASSES
