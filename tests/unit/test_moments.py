"""Recorded moments: those of the definition, and read back as they were written."""

import torch

from resnet_book.data import Pictures
from resnet_book.experiments import moments


def two_pictures() -> Pictures:
    """One black, one white: each even in itself, the set as uneven as can be."""
    images = torch.stack([torch.full((3, 4, 4), value, dtype=torch.uint8) for value in (0, 255)])
    return Pictures(images, torch.tensor([0, 1]), "two")


def test_what_pictures_have_between_them_is_missing_in_the_mean_of_their_own_deviations():
    found = moments.moments(two_pictures())
    assert [tuple(row) for row in found] == [(channel, 0.5, 0.5, 0.0) for channel in range(3)]


def test_a_record_is_read_back(tmp_path, monkeypatch):
    class Set:
        name = "two"

        def load(self, train):
            assert train
            return two_pictures()

    monkeypatch.setattr(moments, "dataset", lambda name: Set())
    assert moments.record("two", tmp_path) == moments.moments(two_pictures()) == moments.load(tmp_path)


def test_the_record_of_the_book():
    found = moments.load("runs/cifar-moments")
    assert [round(row.mean, 4) for row in found] == [0.4914, 0.4822, 0.4465]
    assert all(row.mean_of_deviations < row.deviation for row in found)
