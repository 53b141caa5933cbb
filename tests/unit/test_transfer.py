"""Recorded networks that find points, by how they began: what belongs together, and what a table says of it."""

from dataclasses import asdict

import numpy as np
import pytest

from resnet_book import figures, transfer
from resnet_book.keypoint_runs import KeypointRun
from resnet_book.train.keypoints import KeypointSettings


def run(
    errors, tune="scratch", pretrained="none", split="by person", seed=0, pictures=3375, recipe="keypoints-tutorial",
    **settings,
):  # fmt: skip
    errors = np.asarray(errors, np.float32)
    config = {
        "recipe": recipe, "dataset": "real faces", "split": split, "weights": tune, "pretrained": pretrained,
        "pictures": pictures, "seed": seed, "scored": "test", "mean_face_nme": 30.0,
        "settings": {"keypoints": asdict(KeypointSettings(tune=tune, pretrained=pretrained, **settings))},
    }  # fmt: skip
    metrics = [{"kind": "epoch", "epoch": 1, "test_nme": 100 * float(errors.mean())}]
    points = np.zeros((len(errors), 68, 2), np.float32)
    return KeypointRun(f"{tune}-{seed}", config, {}, metrics, points, np.arange(len(errors)), errors, errors / 2)


GIVEN = [
    run([0.04, 0.06], "fine-tuned", "cifar-10", seed=1),
    run([0.05, 0.12], seed=1),
    run([0.09, 0.11], "frozen", "fashion-mnist"),
    run([0.07, 0.12], "frozen", "cifar-10"),
    run([0.03, 0.05], "fine-tuned", "cifar-10"),
    run([0.07, 0.092]),
    run([0.5, 0.5], pictures=100),
    run([0.02, 0.02], split="usual"),
]


def test_what_began_alike_belongs_together():
    found = transfer.starts(GIVEN)
    assert [(each.split, each.pictures, each.name, [r.config["seed"] for r in each.runs]) for each in found] == [
        ("by person", 3375, "from scratch", [0, 1]),
        ("by person", 3375, "frozen, from CIFAR-10", [0]),
        ("by person", 3375, "fine-tuned, from CIFAR-10", [0, 1]),
        ("by person", 3375, "frozen, from Fashion-MNIST", [0]),
        ("by person", 100, "from scratch", [0]),
        ("usual", 3375, "from scratch", [0]),
    ]
    assert transfer.start(found, split="usual").nme.mean == pytest.approx(2)
    assert transfer.start(found, tune="frozen", pretrained="imagenet") is None
    assert transfer.starts([]) == []


def test_what_learned_at_another_pace_is_told_apart():
    tuned = {"tune": "fine-tuned", "pretrained": "cifar-10"}
    paces = ({}, {"freeze": 1}, {"freeze": 3}, {"head_first": 2}, {"trunk_lr": 0.1}, {"freeze": 2, "trunk_lr": 0.5})
    found = transfer.starts([run([0.1], **tuned, **pace) for pace in reversed(paces)])
    assert [each.pace for each in found] == [
        "all at once",
        "the trunk at 0.1 of the rate",
        "the head first, for 2 epochs",
        "stem kept",
        "stem and 1 stage kept, the trunk at 0.5 of the rate",
        "stem and 2 stages kept",
    ]
    assert found[0].name == "fine-tuned, from CIFAR-10"
    assert found[3].name == "fine-tuned, from CIFAR-10, stem kept"


def test_what_learned_by_another_loss_is_told_apart():
    found = transfer.starts([run([0.1], loss="mse", output="sigmoid"), run([0.1], loss="mse"), run([0.2])])
    assert [(each.loss, each.output) for each in found] == [
        ("l1", "mean face"),
        ("mse", "mean face"),
        ("mse", "sigmoid"),
    ]


def test_figures_are_means_over_the_seeds():
    scratch = transfer.starts(GIVEN)[0]
    assert (scratch.nme.count, scratch.nme.mean) == (2, pytest.approx(8.3))
    assert (scratch.nme.low, scratch.nme.high) == (pytest.approx(8.1), pytest.approx(8.5))
    assert scratch.box == pytest.approx(4.15) and scratch.mean_face == 30
    assert scratch.failures() == 0.5 and scratch.failures(0.1) == 0.25 and scratch.failures(0.2) == 0
    assert scratch.area == pytest.approx((1 / 8 + 3 / 8) / 4, rel=1e-5)


def test_the_table_says_from_where_to_where_only_of_several_seeds():
    scratch, frozen, *_ = transfer.rows(transfer.starts(GIVEN))
    assert scratch == ("from scratch", "2", "8.30 %", "8.10 to 8.50 %", "4.15 %", "50.0 %", "25.0 %", "0.12")
    assert frozen[:4] == ("frozen, from CIFAR-10", "1", "9.50 %", "") and len(frozen) == len(transfer.HEADER)


def test_every_run_has_its_line_and_every_name_one_colour():
    found = transfer.starts(GIVEN)[:2]
    assert found[0].by_epoch == [[pytest.approx(8.1)], [pytest.approx(8.5)]]
    (ax,) = figures.nme_by_epoch({each.name: [[30.0, 9.0] for _ in each.runs] for each in found}, 29.9).axes
    *lines, mean_face = ax.lines
    assert [list(line.get_ydata()) for line in lines] == [[30, 9]] * 3 and list(lines[0].get_xdata()) == [1, 2]
    assert len({lines[0].get_color(), lines[1].get_color()}) == 1 != len({line.get_color() for line in lines})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["from scratch", "frozen, from CIFAR-10"]
    assert set(mean_face.get_ydata()) == {29.9}


def test_every_network_has_its_line_along_the_same_blocks():
    heads = {"a": [{"stem": 24.0, "layer1.0": 22.0}], "b": [{"stem": 25.0, "layer1.0": 23.0}] * 2}
    (ax,) = figures.nme_by_block(heads, 27).axes
    assert [list(line.get_ydata()) for line in ax.lines] == [[24, 22], [25, 23], [25, 23], [27, 27]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["stem", "layer1.0"]


def test_nothing_recorded_is_no_run(tmp_path):
    assert transfer.recorded("keypoints-nothing", tmp_path) == []
