"""The calculator's numbers: the browser = `trace` = torch, on 1,000 random settings; impossible ones are refused alike."""

import random
from fractions import Fraction

import pytest
import torch
from support import chain

from resnet_book import Block, ShapeError, build, measure, trace
from resnet_book.widgets import BottleneckCalculator

SETTINGS = 1000


def random_state(rng: random.Random) -> dict:
    reduction = rng.choice([1, 2, 3, 4, 4, 4, 8, 16, rng.randint(1, 200)])
    return {
        "channels": min(8192 // reduction, rng.choice([1, 16, 64, rng.randint(1, 300)])) * reduction,
        "reduction": reduction,
        "height": rng.choice([1, 7, 56, rng.randint(1, 512)]),
        "width": rng.choice([1, 7, 56, rng.randint(1, 512)]),
        "comparison": rng.choice(["equal width", "equal inner width"]),
    }


def convolutions(found) -> list:
    return [row for row in found.rows if row.op == "conv2d"]


def test_1000_random_settings(javascript):
    rng = random.Random(17)
    calculator = BottleneckCalculator()
    for index in range(SETTINGS):
        state = random_state(rng)
        shown = javascript("calculate", state=state)["ok"]
        for key, value in state.items():
            setattr(calculator, key, value)
        traces = calculator.traces()
        for kind, found in traces.items():
            terms = [(term["name"], term["weights"], term["macs"]) for term in shown[kind]["terms"]]
            assert terms == [(row.name, row.params, row.macs) for row in found.rows], state
            assert (shown[kind]["weights"], shown[kind]["macs"]) == (found.params, found.macs)
            for term in shown[kind]["terms"]:
                factors = term["formula"].split(" × ")
                assert Fraction(*term["multiple"]) * state["channels"] ** 2 == term["weights"]
                assert eval("*".join(factors)) == term["weights"]
            measured = measure(chain(calculator.layers()[kind], found.input_shape), found.input_shape)
            assert measured == found, state
        weights = Fraction(traces["bottleneck"].params, traces["basic"].params)
        assert Fraction(*shown["ratio"]) == calculator.ratio() == weights
        if state["reduction"] == 4 and index % 4 == 0:  # a whole block of the book, its convolutions alone
            c = state["channels"]
            width = c if state["comparison"] == "equal width" else c // 4
            for kind, channels in (("basic", width), ("bottleneck", c)):
                shape = (channels, state["height"], state["width"])
                block = Block(kind, channels, channels)
                with torch.device("meta"):
                    net = build(block, init="torch")
                for found in (trace(block, shape), measure(net, shape)):
                    counts = [(row.params, row.macs) for row in convolutions(found)]
                    assert counts == [(term["weights"], term["macs"]) for term in shown[kind]["terms"]]


def test_published_ratios(javascript):
    assert javascript("calculate", state=BottleneckCalculator().state())["ok"]["ratio"] == [17, 288]
    assert f"{17 / 288:.1%}" == "5.9%"
    calculator = BottleneckCalculator(comparison="equal inner width")
    shown = javascript("calculate", state=calculator.state())["ok"]
    assert (shown["basic"]["weights"], shown["bottleneck"]["weights"]) == (73_728, 69_632)
    assert shown["ratio"] == [17, 18] and f"{17 / 18:.1%}" == "94.4%"


@pytest.mark.parametrize(
    ("channels", "reduction", "give"), [(66, 4, 68), (2, 4, 4), (8191, 2, 8192), (8190, 4, 8192), (8192, 3, 8190)]
)
def test_channels_that_do_not_divide(javascript, channels, reduction, give):
    state = {**BottleneckCalculator().state(), "channels": channels, "reduction": reduction}
    error = javascript("calculate", state=state)["error"]
    assert error["shape"] and error["where"] == "Channels" and error["fix"] == f"give {give}"
    assert give % reduction == 0
    with pytest.raises(ShapeError) as caught:
        BottleneckCalculator(channels=channels, reduction=reduction)
    assert caught.value.where == "channels" and str(give) in caught.value.fix


def test_a_count_that_a_browser_cannot_hold_is_refused_and_not_rounded(javascript):
    state = {**BottleneckCalculator().state(), "channels": 8192, "height": 8192, "width": 8192}
    assert "what a browser counts exactly" in javascript("calculate", state=state)["error"]["expected"]
    assert BottleneckCalculator(**state).traces()["basic"].macs == 18 * 8192**4
    assert "ok" in javascript("calculate", state={**state, "height": 224, "width": 224})


def test_verify_with_pytorch():
    for options in ({}, {"channels": 60, "reduction": 5, "comparison": "equal inner width"}):
        calculator = BottleneckCalculator(**options)
        calculator.verify_request += 1
        assert calculator.verify_result["ok"], calculator.verify_result
        assert f"{calculator.traces()['bottleneck'].macs:,} MACs" in calculator.verify_result["text"]


@pytest.mark.parametrize(
    "bad", [{"channels": 0}, {"reduction": 2.0}, {"height": True}, {"width": 8193}, {"channels": "64"}]
)
def test_impossible_arguments(bad):
    with pytest.raises(ShapeError):
        BottleneckCalculator(**bad)
