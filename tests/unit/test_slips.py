"""Slips that everybody makes: each is told with its repair, and where a change of the text mends it, that is offered."""

import pytest
from mistaken.slips import HEAD, SIZED, SLIPS, net

from resnet_book.fake_torch import check_source
from resnet_book.fake_torch.mending import mend


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_with_its_repair_and_mended_where_that_can_be(slip):
    text, repair, line = SLIPS[slip]

    def again(changed):
        return check_source(changed, write=lambda printed: None)

    told = again(text)
    assert told["errors"][0]["fix"] == repair, told["errors"]
    change = mend(text, told, again)
    if line is None:
        assert change is None
        return
    lines = text.split("\n")
    for number, gone, come in change:
        lines[number - 1 : number - 1 + gone] = come
    assert line in [row.strip() for row in lines]
    after = again("\n".join(lines))
    assert after["errors"] == [] and after["network"], after


def test_a_batch_in_the_input_shape_is_to_be_left_out():
    told = check_source(HEAD + "net = nn.Conv2d(3, 8, 3)\n", inputs=[(1, 3, 32, 32)])
    assert told["errors"][0]["fix"] == "leave the batch out: 3x32x32"


def test_the_statement_that_failed_is_told_and_not_the_name_that_it_left_out():
    text = HEAD + 'WIDTHS = [int(w) for w in "8,x".split(",")]\n'
    text += net("self.c = nn.Conv2d(3, WIDTHS[0], 3)", "return self.c(x)")[len(HEAD) :]
    (error,) = check_source(text)["errors"]
    assert error["line"] == 3 and "invalid literal" in error["got"]


def test_an_argument_without_a_default_is_no_mistake_of_the_text():
    text = HEAD + "class Net(nn.Module):\n    def __init__(self, parts):\n        super().__init__()\n"
    told = check_source(text)
    assert told["errors"] == [] and "Net needs parts" in told["notes"][0]


@pytest.mark.parametrize("call", ["Net(*read())", "Net(**read())", "Net(\n    *read()\n)"])
def test_a_call_whose_arguments_are_not_written_out_is_no_mistake_of_the_text(call):
    told = check_source(SIZED.replace(HEAD, HEAD + "from settings import read\n") + f"net = {call}\n")
    assert told["errors"] == [] and "Net needs width, depth" in told["notes"][0]
