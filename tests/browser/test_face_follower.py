"""The face follower on the page: nothing before a click, then the points follow every control and the hand."""

import json
import re

import pytest
from widgets import choose, numbers, widget

from resnet_book.widgets.face_follower import NETWORKS, SLIDERS
from resnet_book.widgets.face_follower.weights import record

PAGE = "book/11_transfer_learning.html"
NAME = "face-follower"
LABELS = ["Turn", "Nod", "Tilt", "Mouth", "Eyes", "Light", "Noise", "Network"]
PATIENT = 120_000  # ms: the machine that tests may have other things to do
RECORD = record()


def press(root, name: str) -> None:
    root.get_by_role("button", name=name, exact=True).click()


def settled(root) -> dict[str, list[float]]:
    """The errors of each network, once the page has answered for what is set."""
    root.locator("td[data-value]").first.wait_for(timeout=PATIENT)
    root.page.wait_for_function("w => w.dataset.shown === w.dataset.asked", arg=root.element_handle(), timeout=PATIENT)
    found = numbers(root)
    assert list(found) == list(NETWORKS)
    return {name: [float(value) for value in values] for name, values in found.items()}


def set_to(root) -> dict[str, str]:
    return {label: root.get_by_label(label, exact=True).input_value() for label in LABELS}


def pixels(root) -> str:
    return root.locator("canvas.ff-face").evaluate("c => c.toDataURL()")


@pytest.fixture
def follower(visit):
    return widget(visit(PAGE), NAME)


def test_a_click_brings_the_errors_of_all_networks(follower):
    assert "Nothing has been loaded yet" in follower.locator(".rn-summary").inner_text()
    assert follower.locator("td[data-value]").count() == 0
    press(follower, "Load the networks")
    found = settled(follower)
    for values in found.values():
        *by_part, whole = values
        counts = (17, 10, 9, 12, 20)
        assert whole == pytest.approx(sum(n * part for n, part in zip(counts, by_part, strict=True)) / 68)
    assert found["fine-tuned"][-1] < RECORD["mean_face"]["nme"] / 2
    assert "of the distance between the outer eye corners" in follower.locator(".rn-summary").inner_text()


@pytest.mark.parametrize("label", ["Turn", "Noise", "Network"])
def test_any_first_choice_loads(follower, label):
    choose(follower, **{label: "scratch" if label == "Network" else 20})
    settled(follower)


def test_labels_do_not_contain_each_other(follower):
    for wanted in LABELS:
        assert follower.get_by_label(wanted).count() == 1, wanted


def test_every_slider_moves_face_and_errors(follower):
    press(follower, "Load the networks")
    before = settled(follower)
    for name, slider in SLIDERS.items():
        picture = pixels(follower)
        choose(follower, **{name.capitalize(): slider["min"] if name == "eyes" else slider["max"]})
        after = settled(follower)
        assert all(after[network] != before[network] for network in NETWORKS) and pixels(follower) != picture, name
        before = after
    assert all(before[name][-1] > RECORD["networks"][name]["nme"] for name in NETWORKS), "far outside, all fail"


def test_the_network_that_marks_is_chosen_and_the_errors_stay(follower):
    press(follower, "Load the networks")
    before, picture = settled(follower), pixels(follower)
    choose(follower, Network="frozen")
    after = settled(follower)
    assert after == before and pixels(follower) != picture
    assert "frozen trunk" in follower.locator(".rn-summary").inner_text()
    assert follower.locator("tr.ff-marked th").inner_text().startswith("frozen")


def test_another_face_keeps_the_pose(follower):
    choose(follower, Turn=-20)
    before, pose = settled(follower), set_to(follower)
    press(follower, "Another face")
    assert settled(follower) != before and set_to(follower) == pose


def test_outside_of_the_training_range_is_told(follower):
    told = follower.locator(".ff-range")
    assert "inside" in told.inner_text()
    choose(follower, Turn=50, Noise=80)
    text = told.inner_text()
    assert re.search(r"Outside.*Turn 50 \(trained on −35 to 35\), Noise 80 \(trained on 0 to 50\)", text), text
    choose(follower, Turn=35, Noise=50)
    assert "Outside" not in told.inner_text()


# ---------------------------------------------------------------- by hand and by keyboard


def pull(root, start: tuple[float, float], by: tuple[float, float], shift: bool = False) -> None:
    canvas, mouse = root.locator("canvas.ff-face"), root.page.mouse
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = (box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    mouse.move(x, y)
    mouse.down()
    if shift:
        root.page.keyboard.down("Shift")
    mouse.move(x + by[0] * box["width"], y + by[1] * box["height"], steps=4)
    if shift:
        root.page.keyboard.up("Shift")
    mouse.up()


def test_the_face_is_pulled(follower):
    choose(follower, Turn=0)
    start = {label: int(value) for label, value in set_to(follower).items() if label != "Network"}
    pull(follower, (0.5, 0.35), (0.1, 0.1))
    now = set_to(follower)
    assert int(now["Turn"]) > start["Turn"] + 5 and int(now["Nod"]) > start["Nod"] + 5
    assert [now[label] for label in ("Tilt", "Mouth")] == [str(start[label]) for label in ("Tilt", "Mouth")]
    pull(follower, (0.5, 0.35), (-0.1, 0), shift=True)
    assert int(set_to(follower)["Tilt"]) < start["Tilt"] - 5
    settled(follower)


def test_the_mouth_is_pulled_open(follower):
    choose(follower, Turn=0, Mouth=0)
    settled(follower)
    x, y = follower.page.evaluate("() => [0.5, 0.66]")
    for y in (0.62, 0.66, 0.7, 0.74):  # where it is, depends on the face
        pull(follower, (x, y), (0, 0.06))
        if int(set_to(follower)["Mouth"]) > 20:
            break
        choose(follower, Nod=0)
    assert int(set_to(follower)["Mouth"]) > 20


def test_the_arrow_keys_move_the_face(follower):
    before = set_to(follower)
    canvas = follower.locator("canvas.ff-face")
    canvas.focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        canvas.press(key)
    now = set_to(follower)
    assert [int(now[name]) - int(before[name]) for name in ("Turn", "Nod", "Tilt")] == [2, 2, 2]
    settled(follower)


# ---------------------------------------------------------------- links, phones, paper, and what goes wrong


def test_a_link_brings_the_settings_and_loads_nothing(visit):
    state = {"turn": -20, "nod": 5, "tilt": 3, "mouth": 60, "eyes": 40, "light": -50, "noise": 25, "network": "scratch", "face": 10_123}  # fmt: skip
    page = visit(f"{PAGE}#{NAME}={json.dumps(state)}")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    root = widget(page, NAME)
    shown = [str(state[label.lower()]) for label in LABELS]
    assert list(set_to(root).values()) == shown and asked == []
    press(root, "Copy JSON")
    assert json.loads(root.get_by_label("Copied text").input_value()) == {"widget": NAME, "state": state}


@pytest.mark.parametrize("link", ['{"turn":61}', '{"face":-1}', '{"network":"resnet18"}', '{"smile":1}', "{"])
def test_a_bad_link_is_told(visit, link):
    root = widget(visit(f"{PAGE}#{NAME}={link}"), NAME)
    assert "Repair" in root.locator(".rn-message").first.inner_text()
    assert set_to(root)["Turn"] == "12"


def test_it_works_from_a_file_and_on_a_phone(visit):
    page = visit(PAGE, how="file", viewport={"width": 390, "height": 800})
    root = widget(page, NAME)
    press(root, "Load the networks")
    settled(root)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = root.locator("canvas.ff-face").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_without_javascript_the_recorded_errors_stand_there(visit):
    page = visit(PAGE, java_script_enabled=False)
    text = page.locator("body").inner_text()
    for name in NETWORKS:
        assert f"{RECORD['networks'][name]['nme']:.2f} %" in text
    assert "mean errors in per cent of the distance between the outer eye corners" in text


def test_altered_weights_are_told_and_the_page_stays(visit):
    page = visit(PAGE, quiet=False)

    def alter(route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=re.sub(r'"bytes":"....', '"bytes":"AAAA', response.text()))

    page.route("**/parts/scratch-*.js", alter)
    root = widget(page, NAME)
    press(root, "Load the networks")
    root.get_by_text("cut short or altered").wait_for(timeout=PATIENT)
    assert root.get_by_role("button", name="Load the networks").is_visible()
    page.unroute("**/parts/scratch-*.js")
