"""Linear heads on trunks that know no face: by least squares that stand here, and a record read back."""

import json

import numpy as np
import pytest
import torch
from support import REPOSITORY

from resnet_book import build, runs
from resnet_book.data import drawn_faces, normalization
from resnet_book.experiments import photo_heads
from resnet_book.experiments.photo_heads import PhotoHead
from resnet_book.train import recipe

RECORDED = REPOSITORY / "book" / "runs" / "photo-heads"
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("normalize", ["channels", "none"])
def test_the_error_is_that_of_least_squares(normalize):
    learned, testing = drawn_faces(32, (160, 20))
    torch.manual_seed(0)
    net = build(recipe("keypoints-page").architecture).eval()
    found = photo_heads.read(net, (learned, testing), normalize)
    mean, std = normalization(learned, "channels") if normalize == "channels" else (0, 1)
    inputs, true = [], []
    for part in (learned, testing):
        with torch.no_grad():
            x = (part.images / 255 - mean) / std
            maps = net.layer3(net.layer2(net.layer1(net.bn1(net.conv1(x)).relu())))
        means = maps.unflatten(-1, (2, -1)).unflatten(-3, (2, -1)).mean((3, 5)).flatten(1).double().numpy()
        inputs.append(np.hstack([means, np.ones((len(means), 1))]))
        true.append(part.places.double().numpy() * 32)
    head = np.linalg.lstsq(inputs[0], true[0].reshape(160, -1), rcond=None)[0]
    for error, x, points in zip(found, inputs, true):
        apart = np.linalg.norm((x @ head).reshape(-1, 68, 2) - points, axis=2).mean(1)
        eyes = np.linalg.norm(points[:, 36] - points[:, 45], axis=1)
        assert error == pytest.approx(100 * (apart / eyes).mean(), rel=0.01)


def test_a_record_is_read_back(tmp_path, monkeypatch):
    rows = [PhotoHead("cifar-10", 64, "none", 20.5, 25.25)]
    monkeypatch.setattr(photo_heads, "every", lambda: iter(rows))
    monkeypatch.setattr(photo_heads, "load_trunk", lambda *given: ({}, "0" * 64))
    assert photo_heads.record(tmp_path) == rows == photo_heads.load(tmp_path)


def test_the_record_of_the_book():
    rows = photo_heads.load(RECORDED)
    ways = (("cifar-10", "channels"), ("cifar-10", "none"), ("none", "channels"))
    assert [(row.size, row.trunk, row.normalize) for row in rows] == [
        (size, *way) for size in (64, 224) for way in ways
    ]
    assert all(row.training_nme < row.nme for row in rows)
    frozen = runs.read(
        REPOSITORY / "book" / "runs" / "keypoints-tutorial" / "resnet18-real-frozen-cifar-10-by-person-0"
    )
    config = json.loads((RECORDED / "config.json").read_text())
    assert config["sha256"] == frozen.config["pretrained_sha256"], "the trunk is that of the recorded runs"
    assert {file.name for file in RECORDED.iterdir()} == {"config.json", "env.json", "metrics.csv", "README.md"}
