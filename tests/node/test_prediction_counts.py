"""What the prediction explorer says of a cell, in JavaScript, is what the predictions say, on random runs."""

import random
from dataclasses import replace

import numpy as np
import pytest
from support import random_run

from resnet_book.classes import CIFAR10_CLASSES, CLASSES
from resnet_book.runs import RIGHT_SHOWN
from resnet_book.widgets import PredictionExplorer
from resnet_book.widgets.prediction_explorer import percent

PLURAL = ["T-shirts", "trousers", "pullovers", "dresses", "coats", "sandals", "shirts", "sneakers", "bags", "ankle boots"]  # fmt: skip
ONE = ["a T-shirt", "trousers", "a pullover", "a dress", "a coat", "a sandal", "a shirt", "a sneaker", "a bag", "an ankle boot"]  # fmt: skip


def words(run, i: int, j: int) -> str:
    """A cell in a sentence, from the predictions."""
    given = run.predicted[run.labels == i]
    count, whole, many = int((given == j).sum()), len(given), PLURAL[i]
    if not whole:
        return f"there are no {many}"
    what = "recognized" if i == j else f"taken for {PLURAL[j] if count > 1 else ONE[j]}"
    if not count:
        return f"none of the {whole:,} {many} was {what}"
    return f"{count:,} of {whole:,} {many} {'was' if count == 1 else 'were'} {what} ({percent(count, whole)} %)"


@pytest.mark.parametrize("seed", range(40))
def test_cells_of_random_runs(javascript, seed):
    rng = random.Random(seed)
    run = random_run(seed, rng.choice([30, 500, 5_000]), scored=rng.choice(["test", "validation"]))
    explorer = PredictionExplorer(run)
    data = {**explorer.state(), "pictures": ""}
    right = [i for i in range(10) if run.matrix[i, i]]
    cells = [(rng.randrange(10), rng.randrange(10)) for _ in range(12)] + [(i, i) for i in right[:2]]
    for i, j in cells:
        found = javascript("explore", data=data, true_class=CLASSES[i], predicted_class=CLASSES[j])["ok"]
        behind = np.flatnonzero((run.labels == i) & (run.predicted == j)).tolist()
        assert (found["i"], found["j"], found["count"]) == (i, j, len(behind))
        kept = behind[:RIGHT_SHOWN] if i == j else behind
        kept.sort(key=lambda n: (-round(float(run.confidence[n]), 3), n))
        assert [(tile["index"], tile["confidence"]) for tile in found["tiles"]] == [
            (n, round(float(run.confidence[n]), 3)) for n in kept
        ]
        assert [run.shown[tile["place"]] for tile in found["tiles"]] == kept
        sentence = words(run, i, j)
        expected = sentence[0].upper() + sentence[1:] + "."
        if i != j:
            expected += f" The other way around, {words(run, j, i)}."
        assert found["summary"] == expected
        if len(behind) > len(kept):
            assert found["note"].startswith(f"{len(kept)} of {len(behind):,} as examples, the most confident first. ")
        elif behind:
            start = f"All {len(behind):,}, the most confident first. " if len(behind) > 1 else "The only one. "
            assert found["note"].startswith(start)
            assert f"its place in the {run.scored} set" in found["note"] and found["note"].endswith(f"{CLASSES[j]}.")
        else:
            assert found["note"] == "There is no picture to show." and not found["tiles"]
        assert found["margins"] == {
            "rows": run.matrix.sum(1).tolist(),
            "columns": run.matrix.sum(0).tolist(),
            "right": run.matrix.diagonal().tolist(),
        }


@pytest.mark.parametrize("name", CIFAR10_CLASSES)
def test_cells_of_a_run_on_cifar_10_are_said_with_its_names(javascript, name):
    i, j = CIFAR10_CLASSES.index(name), (CIFAR10_CLASSES.index(name) + 1) % 10
    labels = (np.arange(5_000) % 10).astype(np.uint8)
    predicted = np.where(np.arange(5_000) % 30 < 10, (labels + 1) % 10, labels).astype(np.uint8)
    run = replace(random_run(2, 5_000, dataset="CIFAR-10"), labels=labels, predicted=predicted)
    said = javascript(
        "explore", data=PredictionExplorer(run).state(), true_class=name, predicted_class=CIFAR10_CLASSES[j]
    )
    many = [each if each == "deer" else f"{each}s" for each in (name, CIFAR10_CLASSES[j])]
    count, whole = int(run.matrix[i, j]), int(run.matrix[i].sum())
    assert count == 167 and said["ok"]["summary"].startswith(
        f"{count:,} of {whole:,} {many[0]} were taken for {many[1]} ({percent(count, whole)} %)."
    )


def test_shares_are_rounded_as_in_python(javascript):
    rng = random.Random(7)
    pairs = [(part, whole) for whole in range(24) for part in range(whole + 1)]
    pairs += [(rng.randint(0, whole), whole) for whole in (rng.randint(1, 60_000) for _ in range(400))]
    for part, whole in pairs:
        assert javascript("percent", part=part, whole=whole)["ok"] == percent(part, whole)
