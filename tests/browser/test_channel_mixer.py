"""The channel mixer on the page: what is drawn and what the table says is torch's 1x1 convolution, to the last digit."""

import random

import pytest
import torch
import torch.nn.functional as F
from widgets import choose, numbers, widget

from resnet_book.widgets.channel_mixer import HEIGHT, WIDTH
from resnet_book.widgets.channel_mixer.picture import picture

PAGE = "book/02_one_by_one_convolutions.html"
COLOURS = ["red", "green", "blue"]
LABELS = ["Weight of red", "Weight of green", "Weight of blue", "Bias", "Column", "Row", "Brightness"]


@pytest.fixture
def mixer(visit):
    return widget(visit(PAGE), "channel-mixer")


def image() -> torch.Tensor:
    return torch.tensor(picture()[2], dtype=torch.float64).view(1, 3, HEIGHT, WIDTH)


def mixed(weights, bias) -> torch.Tensor:
    weight = torch.tensor(weights, dtype=torch.float64).view(1, 3, 1, 1)
    return F.conv2d(image(), weight, torch.tensor([bias], dtype=torch.float64))[0, 0]


def pixels(root, words: str) -> torch.Tensor:
    """The colours (red, green, blue) of a canvas, found by its description."""
    data = root.get_by_label(words, exact=True).evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    )
    return torch.tensor(data).view(HEIGHT, WIDTH, 4)[:, :, :3].permute(2, 0, 1)


def set_all(root, weights, bias=0):
    choose(root, **{f"Weight_of_{name}": f"{w:g}" for name, w in zip(COLOURS, weights)}, Bias=bias)


def test_the_canvases_show_the_picture_and_its_channels(mixer):
    planes = image()[0].to(torch.int64)
    assert torch.equal(pixels(mixer, "The portrait in colour"), planes)
    for i, name in enumerate(COLOURS):
        assert torch.equal(pixels(mixer, f"The {name} channel"), planes[i].expand(3, -1, -1))


def test_random_mixes_equal_torch_exactly(mixer):
    rng = random.Random(31)
    planes = image()[0]
    for _ in range(40):
        weights, bias = [rng.randint(-8, 8) / 4 for _ in range(3)], rng.randint(-255, 255)
        column, row = rng.randrange(WIDTH), rng.randrange(HEIGHT)
        set_all(mixer, weights, bias)
        choose(mixer, Column=column, Row=row)
        y = mixed(weights, bias)
        shown = numbers(mixer)
        for i, name in enumerate(["Red", "Green", "Blue"]):
            n = planes[i, row, column].item()
            assert [float(cell) for cell in shown[name]] == [n, weights[i], n * weights[i]]
        assert float(shown["Bias"][-1]) == bias
        assert float(shown["Output"][-1]) == y[row, column].item()
        text = f"from {y.min():g} to {y.max():g}.".replace("-", "−")
        assert text in mixer.locator(".rn-summary").inner_text().replace(",", "")


def test_clamped_and_stretched_are_drawn_as_they_say(mixer):
    set_all(mixer, [1, 2, -1])
    y = mixed([1.0, 2.0, -1.0], 0.0)
    choose(mixer, Brightness="clamped")
    drawn = pixels(mixer, "The output channel")[0]
    assert torch.equal(drawn, y.clamp(0, 255).to(torch.int64))
    assert f"{int(((y < 0) | (y > 255)).sum()):,} of 4,800" in mixer.locator(".rn-summary").inner_text()
    choose(mixer, Brightness="stretched")
    drawn = pixels(mixer, "The output channel")[0]
    assert (drawn - 255 * (y - y.min()) / (y.max() - y.min())).abs().max() <= 0.5
    assert (drawn.min(), drawn.max()) == (0, 255)
    set_all(mixer, [0, 0, 0])
    assert "the same everywhere" in mixer.locator(".rn-summary").inner_text()


def test_presets_set_the_sliders(mixer):
    mixer.get_by_role("button", name="Copy R").click()
    choose(mixer, Brightness="clamped")
    assert torch.equal(pixels(mixer, "The output channel"), pixels(mixer, "The red channel"))
    mixer.get_by_role("button", name="R + 2G − B").press("Enter")
    assert [mixer.get_by_label(f"Weight of {name}", exact=True).input_value() for name in COLOURS] == ["1", "2", "-1"]


def test_sliders_move_by_a_quarter_with_the_keyboard(mixer):
    set_all(mixer, [1, 2, -1])
    slider = mixer.get_by_label("Weight of red", exact=True)
    slider.press("ArrowRight")
    assert slider.input_value() == "1.25" and numbers(mixer)["Red"][1] == "1.25"
    slider.press("Home")
    assert numbers(mixer)["Red"][1] == "-2"


def test_a_pixel_is_chosen_with_the_mouse(mixer):
    output = mixer.get_by_label("The output channel", exact=True)
    box = output.bounding_box()
    output.click(position={"x": box["width"] * 10.5 / WIDTH, "y": box["height"] * 20.5 / HEIGHT})
    assert [mixer.get_by_label(name, exact=True).input_value() for name in ("Column", "Row")] == ["10", "20"]


@pytest.mark.parametrize("label", ["Column", "Row"])
def test_a_pixel_outside_says_so_and_keeps_the_last_result(mixer, label):
    before = numbers(mixer)
    for entry in ["-1", "2.5", "", "75"]:
        mixer.get_by_label(label, exact=True).fill(entry)
        message = mixer.locator(".rn-message").inner_text()
        assert label in message and "a whole number from 0" in message
        assert numbers(mixer) == before


@pytest.mark.parametrize(
    "state", ['{"red":0.1}', '{"red":3}', '{"bias":0.5}', '{"green":"2"}x', '{"rot":1}', '{"blue":null}', "{"]
)
def test_a_wrong_link_says_so(visit, state):
    root = widget(visit(f"{PAGE}#channel-mixer={state}"), "channel-mixer")
    assert "Expected" in root.locator(".rn-message").inner_text()
    assert numbers(root)["Output"]


def test_shown_code_is_the_mix(mixer):
    set_all(mixer, [0.25, -1.5, 2], -7)
    code = mixer.locator("pre code").inner_text().replace("torch.rand(1, 3, 75, 64)", "x")
    scope = {"x": image().float()}
    exec(code, scope)
    assert torch.equal(scope["y"][0, 0].double(), mixed([0.25, -1.5, 2.0], -7.0))


def test_labels_do_not_contain_each_other(mixer):
    for wanted in LABELS:
        assert mixer.get_by_label(wanted).count() == 1, wanted
