"""The widgets' Python side: state, fallback, refusals, and verification with PyTorch."""

import json

import pytest
import traitlets

from resnet_book import Block, ShapeError, architecture, trace
from resnet_book.widgets import NetworkTracer, ResidualBlock
from resnet_book.widgets.base import MIME, find_widget
from resnet_book.widgets.verify import verify

WIDGETS = [NetworkTracer, ResidualBlock]


@pytest.mark.parametrize("kind", WIDGETS)
def test_state_is_json_and_makes_the_same_widget_again(kind):
    widget = kind()
    state = json.loads(json.dumps(widget.state()))
    assert kind(**state).state() == state
    assert not {"kernel", "verify_request", "verify_result"} & set(state)
    assert find_widget(kind.name) is kind


@pytest.mark.parametrize("kind", WIDGETS)
def test_notebook_output_carries_state_and_text_and_is_the_same_each_time(kind):
    data, _ = kind()._repr_mimebundle_()
    assert data[MIME] == {"widget": kind.name, "state": kind().state()}
    assert data["text/plain"] == repr(kind()) and "Total" in data["text/plain"] and "0x" not in data["text/plain"]


def test_fallback_has_the_numbers_of_the_trace():
    found, table = trace(architecture("resnet50"), (3, 224, 224)), NetworkTracer("resnet50").fallback()
    assert table.rows[-1][2:4] == (f"{found.params:,}", f"{found.macs:,}")
    flops = NetworkTracer("resnet50", unit="FLOPs").fallback()
    assert flops.header[3] == "FLOPs" and flops.rows[-1][3] == f"{2 * found.macs:,}"


def test_fallback_of_a_mismatch_names_layer_and_repair():
    caption = ResidualBlock(in_channels=64, out_channels=128, stride=2).fallback().caption
    assert "add: got" in caption and "1x1 convolution 64 -> 128, stride 2" in caption


@pytest.mark.parametrize("bad", [0, -1, 1.5, 224.0, True, "224", None, 8193])
def test_impossible_numbers_are_refused(bad):
    with pytest.raises(ShapeError, match="input_size"):
        NetworkTracer(input_size=bad)
    with pytest.raises(ShapeError, match="height"):
        ResidualBlock(height=bad)


def test_unknown_argument_gets_a_hint():
    with pytest.raises(TypeError, match="Did you mean input_size"):
        NetworkTracer(input_sise=96)
    with pytest.raises(traitlets.TraitError, match="resnet50"):
        NetworkTracer("resnet51")
    with pytest.raises(LookupError):
        find_widget("no-such-widget")


def test_verify_agrees_where_shapes_meet():
    result = verify(architecture("resnet18"), (3, 64, 64))
    assert result["ok"] and "11,689,512 parameters" in result["text"]


def test_verify_refuses_with_pytorch_where_they_do_not():
    result = verify(Block("basic", 64, 128, 2), (64, 8, 8))
    assert result["ok"] and "PyTorch refuses it too" in result["text"]


def test_verify_names_the_silent_broadcast():
    result = verify(Block("basic", 1, 6), (1, 8, 8))
    assert result["ok"] and "broadcasts silently" in result["text"] and "6x8x8" in result["text"]


def test_verify_notices_a_disagreement(monkeypatch):
    import resnet_book.widgets.verify as module

    monkeypatch.setattr(module, "measure", lambda net, shape: trace(Block("basic", 8, 8), (8, 8, 8)))
    assert not verify(Block("basic", 8, 8), (8, 9, 9))["ok"]


def test_button_in_jupyter_asks_and_gets_an_answer():
    widget = NetworkTracer("cifar-resnet20", input_size=32)
    widget.verify_request += 1
    assert widget.verify_result["ok"] and widget.verify_result["request"] == 1


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_an_executed_notebook_without_kernel_and_widget_manager_shows_the_table(template):
    """As a viewer does it that knows neither the widget's state nor how to draw one."""
    import nbformat
    from nbconvert import HTMLExporter

    data, metadata = NetworkTracer("resnet18")._repr_mimebundle_()
    output = nbformat.v4.new_output("execute_result", data=data, metadata=metadata, execution_count=1)
    cell = nbformat.v4.new_code_cell("NetworkTracer()", outputs=[output], execution_count=1)
    page, _ = HTMLExporter(template_name=template).from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert "11,689,512" in page and "Receptive field" in page
    assert "model not found" not in page and "widget-view+json" not in page.split("<main")[-1]
