"""What the widgets conv-arithmetic and channel-mixer show equals torch and `trace`, on 1,000 random settings each."""

import json
import random

import pytest
import torch
import torch.nn.functional as F

from resnet_book import ShapeError, measure, trace_layers
from resnet_book.widgets import ChannelMixer, ConvArithmetic
from resnet_book.widgets.channel_mixer import HEIGHT, WIDTH
from resnet_book.widgets.channel_mixer.picture import FILE, decode, encode, picture, portrait
from resnet_book.widgets.conv_arithmetic import views

CASES = 1_000


# ---------------------------------------------------------------- conv-arithmetic


def setting(rng, large=False):
    n = rng.randint(1, 8192 if large else 24)
    return {
        "input_size": n,
        "kernel_size": rng.choice([1, 1, 2, 3, 3, 4, 5, 7, 11]),
        "stride": rng.choice([1, 1, 2, 2, 3, 4, 7]),
        "padding": rng.choice([0, 0, 1, 1, 2, 3, 5]),
        "dilation": rng.choice([1, 1, 1, 2, 3, 5]),
    }


def layer(state):
    return {
        "op": "conv2d",
        "out_channels": 1,
        "kernel_size": state["kernel_size"],
        "bias": False,
        **{key: state[key] for key in ("stride", "padding", "dilation")},
    }


def options(state):
    return {key: state[key] for key in ("stride", "padding", "dilation")}


def test_grids_agree_with_torch_and_trace(javascript):
    """Sizes, weights, MACs; the pixels that no output sees; and the pixels that one output sees, by torch's gradient."""
    rng = random.Random(11)
    met = 0
    for _ in range(CASES):
        state = setting(rng)
        n = state["input_size"]
        x = torch.ones(1, 1, n, n, dtype=torch.float64, requires_grad=True)
        weight = torch.ones(1, 1, state["kernel_size"], state["kernel_size"], dtype=torch.float64)
        shown = javascript("convolve", **state, row=0, column=0)
        try:
            y = F.conv2d(x, weight, **options(state))
        except RuntimeError:
            with pytest.raises(ShapeError) as caught:
                trace_layers([layer(state)], (1, n, n))
            assert shown["error"]["expected"] == caught.value.expected
            assert shown["error"]["fix"] == caught.value.fix
            continue
        met += 1
        m = y.shape[-1]
        row, column = rng.randrange(m), rng.randrange(m)
        shown = javascript("convolve", **state, row=row, column=column, counts=True)["ok"]
        traced = trace_layers([layer(state)], (1, n, n))
        assert [shown["size"]] * 2 == list(traced.output_shape[1:]) == [m, m]
        assert (shown["weights"], shown["macs"]) == (traced.params, traced.macs)
        assert shown["macs"] - shown["zeros"] == int(y.sum())  # all ones: each real product adds one
        (looks,) = torch.autograd.grad(y.sum(), x, retain_graph=True)
        assert shown["never"] == int((looks == 0).sum())
        assert shown["most"] == int(looks.max())
        (seen,) = torch.autograd.grad(y[0, 0, row, column], x)
        assert shown["rows"]["real"] * shown["columns"]["real"] == int(seen.sum())
        taps = [
            shown[axis]["first"] + j * state["dilation"]
            for axis in ("rows", "columns")
            for j in range(state["kernel_size"])
        ]
        rows, columns = taps[: state["kernel_size"]], taps[state["kernel_size"] :]
        found = {(i, j) for i in rows for j in columns if 0 <= i < n and 0 <= j < n}
        assert found == {tuple(place) for place in seen[0, 0].nonzero().tolist()}
        p = state["padding"]
        counts = torch.tensor(shown["counts"], dtype=torch.float64)[p : p + n]
        assert torch.equal(torch.outer(counts, counts), looks[0, 0])
    assert met > CASES // 2


def test_large_inputs_agree_with_the_real_module_and_with_python(javascript):
    rng = random.Random(12)
    for _ in range(200):
        state = setting(rng, large=True)
        n = state["input_size"]
        shown = javascript("convolve", **state, row=0, column=0, counts=True)
        with torch.device("meta"):
            conv = torch.nn.Conv2d(1, 1, state["kernel_size"], bias=False, **options(state))
        try:
            measured = measure(conv, (1, n, n))
        except (ShapeError, RuntimeError):
            assert "error" in shown
            continue
        shown = shown["ok"]
        assert (shown["size"], shown["weights"], shown["macs"]) == (
            measured.output_shape[1],
            measured.params,
            measured.macs,
        )
        k, s, p, d = (state[key] for key in ("kernel_size", "stride", "padding", "dilation"))
        assert shown["counts"] == views(n, k, s, p, d, shown["size"])


def test_what_python_puts_where_no_script_runs_is_what_the_widget_shows(javascript):
    rng = random.Random(13)
    for _ in range(40):
        state = setting(rng)
        shown = javascript("convolve", **state, row=0, column=0)
        rows = {name: value.replace(",", "") for name, value, _ in ConvArithmetic(**state).fallback().rows}
        if "error" in shown:
            assert "Output size" not in rows
            continue
        found = shown["ok"]
        names = {"Output size": "size", "Weights": "weights", "MACs": "macs", "MACs with padding zeros": "zeros"}
        names |= {"Pixels never seen": "never", "Outputs that see one pixel": "most"}
        assert {name: int(rows[name]) for name in names} == {name: found[key] for name, key in names.items()}


@pytest.mark.parametrize("argument", ["input_size", "kernel_size", "stride", "padding", "dilation", "row", "column"])
@pytest.mark.parametrize("bad", [-1, 2.5, "3", True, None, 10**6], ids=repr)
def test_an_impossible_argument_is_refused(argument, bad):
    with pytest.raises(ShapeError):
        ConvArithmetic(**{argument: bad})


# ---------------------------------------------------------------- channel-mixer


def test_every_pixel_equals_torch_exactly(javascript):
    """All weights are quarters and all pixels integers, so every sum is exact: equal, not close."""
    planes = torch.tensor(picture()[2], dtype=torch.float64).view(1, 3, HEIGHT, WIDTH)
    rng = random.Random(14)
    for _ in range(CASES):
        weights = [rng.randint(-8, 8) / 4 for _ in range(3)]
        bias, column, row = rng.randint(-255, 255), rng.randrange(WIDTH), rng.randrange(HEIGHT)
        red, green, blue = weights
        shown = javascript("mix", red=red, green=green, blue=blue, bias=bias, column=column, row=row)["ok"]
        weight = torch.tensor(weights, dtype=torch.float64).view(1, 3, 1, 1)
        y = F.conv2d(planes, weight, torch.tensor([float(bias)], dtype=torch.float64))
        assert torch.equal(torch.tensor(shown["map"], dtype=torch.float64).view_as(y), y)
        assert (shown["min"], shown["max"]) == (y.min(), y.max())
        assert shown["outside"] == int(((y < 0) | (y > 255)).sum())
        assert shown["sum"] == y[0, 0, row, column] == sum(shown["products"]) + bias
        assert shown["inputs"] == planes[0, :, row, column].tolist()


def test_python_mixes_the_same(javascript):
    for state in ({}, {"red": 0.25, "green": 0.5, "blue": 0.25, "bias": -3}, {"red": -2, "green": 0, "blue": 1.75}):
        widget = ChannelMixer(**state)
        shown = javascript("mix", **widget.state())["ok"]
        assert shown["map"] == widget.mix()
        assert f"{shown['sum']:g}" == widget.fallback().rows[-1][-1]


def test_the_stored_picture_is_made_of_matplotlib_s_sample():
    assert json.loads(FILE.read_text(encoding="utf-8")) == portrait()


def test_the_text_of_a_picture_gives_every_pixel_back():
    rng = random.Random(15)
    for width, height in ((1, 1), (1, 5), (5, 1), (7, 4)):
        planes = tuple([rng.choice([0, 255, rng.randrange(256)]) for _ in range(width * height)] for _ in range(3))
        assert decode(encode(planes, width), width, height) == planes


@pytest.mark.parametrize(
    "wrong",
    [
        {"red": 0.1},
        {"green": 2.25},
        {"blue": True},
        {"red": "1"},
        {"red": float("nan")},
        {"bias": 0.5},
        {"bias": 256},
        {"column": 64},
        {"row": -1},
        {"row": 75},
    ],
    ids=str,
)
def test_an_impossible_weight_or_pixel_is_refused(wrong):
    with pytest.raises(ShapeError):
        ChannelMixer(**wrong)
