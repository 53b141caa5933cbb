"""Published figures: of networks that there are, and those of the paper as the facts have them."""

from resnet_book.architectures import names
from resnet_book.experiments.published import PUBLISHED


def test_every_network_has_its_public_name_and_every_error_is_one():
    for source in PUBLISHED:
        assert source.errors.keys() <= set(names())
        assert all(4 < mean < 15 and (spread is None or 0 < spread < 1) for mean, spread in source.errors.values())
        assert source.reported in ("last", "best", "not said") and source.seeds >= 1
        assert all((spread is not None) == (source.seeds > 1) for _, spread in source.errors.values())


def test_the_papers_accuracies():
    paper = PUBLISHED[0]
    found = [paper.accuracy(f"cifar-resnet{depth}") for depth in (20, 32, 44, 56, 110, 1202)]
    assert [round(value, 2) for value in found] == [91.25, 92.49, 92.83, 93.03, 93.57, 92.07]
    assert paper.accuracy("cifar-plain56") is None, "only drawn there, not printed"
