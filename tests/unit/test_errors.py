"""ShapeError: a ValueError that says where, what arrived, what was expected and the repair."""

import pickle

import pytest

from resnet_book import ShapeError

ERROR = ShapeError(
    "layer2.0.add", "128x28x28 and 64x56x56", "128x28x28 from both", "1x1 convolution 64 -> 128, stride 2"
)


def test_it_is_a_value_error_with_its_four_parts():
    assert isinstance(ERROR, ValueError)
    assert (ERROR.where, ERROR.got) == ("layer2.0.add", "128x28x28 and 64x56x56")
    assert (ERROR.expected, ERROR.fix) == ("128x28x28 from both", "1x1 convolution 64 -> 128, stride 2")


def test_the_message_is_made_of_the_parts():
    assert str(ERROR) == (
        "layer2.0.add: got 128x28x28 and 64x56x56; expected 128x28x28 from both."
        " Fix: 1x1 convolution 64 -> 128, stride 2."
    )


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_survives_pickling(protocol):
    twin = pickle.loads(pickle.dumps(ERROR, protocol))
    assert (type(twin), str(twin), vars(twin)) == (ShapeError, str(ERROR), vars(ERROR))
