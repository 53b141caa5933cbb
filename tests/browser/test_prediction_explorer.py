"""The prediction explorer on the page: every kind of cell, its pictures to the pixel, and words where they are missing."""

import io
import json
import random

import numpy as np
import pytest
from PIL import Image
from serving import SITE, settled
from test_accessibility import AXE, RULES
from widgets import choose, numbers, widget

from resnet_book.classes import CLASSES

PAGE = "book/04_resnet18_on_fashion_mnist.html"
SHEETS = "**/_static/state/*.png"
LABELS = ["True class", "Predicted class"]


@pytest.fixture
def explorer(visit):
    return widget(visit(PAGE), "prediction-explorer")


def stored(root) -> dict:
    """The state that the page came with."""
    mount = root.locator("xpath=ancestor::div[contains(@class, 'resnet-widget')]/script")
    return json.loads(mount.text_content())["state"]


def cell(root, i: int, j: int):
    return root.get_by_role("table").locator("tbody tr").nth(i).locator("td").nth(j).get_by_role("button")


def chosen(root) -> list[str]:
    return [root.get_by_label(label, exact=True).input_value() for label in LABELS]


def listed(root) -> list[tuple[str, str]]:
    """The place and the confidence under each picture."""
    items = root.get_by_role("listitem").evaluate_all(
        "all => all.map(item => [...item.querySelectorAll('span')].map(s => s.innerText))"
    )
    return [tuple(texts) for texts in items]


def expected(state: dict, i: int, j: int) -> list[tuple[str, str]]:
    tiles = [(index, sure) for index, label, given, sure in state["shown"] if (label, given) == (i, j)]
    tiles.sort(key=lambda tile: (-tile[1], tile[0]))
    return [(f"no. {index:,}", f"{sure:.1%}".replace("%", " %")) for index, sure in tiles]


def assert_shows(root, state: dict, i: int, j: int) -> None:
    """The cell is marked, its pictures are listed, its count is in the sentence."""
    assert chosen(root) == [CLASSES[i], CLASSES[j]]
    pressed = root.get_by_role("table").locator('button[aria-pressed="true"]')
    count, whole = state["matrix"][i][j], sum(state["matrix"][i])
    assert pressed.count() == 1 and pressed.inner_text() == f"{count:,}"
    assert listed(root) == expected(state, i, j)
    text = root.locator(".rn-summary").inner_text()
    if count:
        assert text.startswith(f"{count:,} of {whole:,} ")
        assert len(listed(root)) == (count if i != j else min(count, 8))
    else:
        assert "one of the " in text or text.startswith("There are no")
        assert "There is no picture to show." in root.inner_text()


def kinds(state: dict) -> list[tuple[int, int]]:
    """The largest confusion, a single one, an empty cell, a class that was recognized, and some more."""
    found, matrix = {}, state["matrix"]
    for i, j in ((i, j) for i in range(10) for j in range(10)):
        kind = "right" if i == j else min(matrix[i][j], 2)
        found.setdefault(kind, (i, j))
    off = [(matrix[i][j], i, j) for i in range(10) for j in range(10) if i != j]
    rng = random.Random(4)
    return [*found.values(), max(off)[1:], *((rng.randrange(10), rng.randrange(10)) for _ in range(8))]


def sheet(root, page) -> np.ndarray:
    """The contact sheet as it lies in the site, once the page has it."""
    root.get_by_role("list").scroll_into_view_if_needed()
    page.wait_for_function("words => words.textContent === ''", arg=root.locator(".rn-trap").element_handle())
    content = (SITE / PAGE).parent.joinpath(stored(root)["pictures"]).resolve().read_bytes()
    return np.asarray(Image.open(io.BytesIO(content)))


def test_the_table_is_the_matrix_with_recall_and_precision(explorer):
    state, found = stored(explorer), numbers(explorer)
    matrix = np.array(state["matrix"])
    assert [[int(value) for value in found[name][:10]] for name in CLASSES] == matrix.tolist()
    right = matrix.diagonal()
    assert [float(found[name][10]) for name in CLASSES] == pytest.approx(right / matrix.sum(1))
    precision = [float(value or "nan") for value in found["Precision, %"][:10]]
    assert precision == pytest.approx((right / np.where(matrix.sum(0), matrix.sum(0), np.nan)), nan_ok=True)
    table = explorer.get_by_role("table")
    assert table.get_by_role("columnheader").all_inner_texts()[3:] == [name.replace("/", "/\u200b") for name in CLASSES]
    wrong = [(label, given) for _, label, given, _ in state["shown"] if label != given]
    assert all(wrong.count((i, j)) == matrix[i, j] for i in range(10) for j in range(10) if i != j)


def test_every_kind_of_cell_through_the_selects(explorer):
    state = stored(explorer)
    for i, j in kinds(state):
        choose(explorer, True_class=CLASSES[i], Predicted_class=CLASSES[j])
        assert_shows(explorer, state, i, j)
    assert explorer.locator(".rn-message").inner_text() == ""


def test_every_kind_of_cell_by_clicking(explorer):
    state = stored(explorer)
    for i, j in kinds(state):
        cell(explorer, i, j).click()
        assert_shows(explorer, state, i, j)


def test_the_keyboard_moves_in_the_matrix_and_the_tab_key_stops_there_once(explorer):
    page, state = explorer.page, stored(explorer)
    choose(explorer, True_class="Pullover", Predicted_class="Coat")
    explorer.get_by_label("Predicted class", exact=True).focus()
    page.keyboard.press("Tab")
    i, j = 2, 4
    moves = {"ArrowUp": (-1, 0), "ArrowDown": (1, 0), "ArrowLeft": (0, -1), "ArrowRight": (0, 1), "Home": (0, -9), "End": (0, 9)}  # fmt: skip
    for key in [
        "ArrowRight",
        "ArrowDown",
        "ArrowLeft",
        "ArrowUp",
        "End",
        "ArrowRight",
        "Home",
        "ArrowLeft",
        *["ArrowUp"] * 3,
    ]:
        page.keyboard.press(key)
        i, j = (min(9, max(0, n + step)) for n, step in zip((i, j), moves[key]))
        assert cell(explorer, i, j).evaluate("e => e === document.activeElement")
        assert_shows(explorer, state, i, j)
    assert (i, j) == (0, 0)
    page.keyboard.press("Tab")
    assert not explorer.get_by_role("table").evaluate("e => e.contains(document.activeElement)")
    assert explorer.get_by_role("table").locator('[tabindex="0"]').count() == 1


@pytest.mark.parametrize("how", ["served", "file"])
def test_the_sheet_comes_from_the_site_and_only_when_it_is_near(visit, how):
    page = visit(PAGE, how=how, viewport={"width": 1280, "height": 500})
    settled(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    root = widget(page, "prediction-explorer")
    assert root.evaluate("e => e.closest('.resnet-widget').querySelector('script').textContent.length") < 60_000
    assert root.locator(".rn-trap").inner_text() == "The pictures load when they come near the screen."
    pictures = sheet(root, page)
    (url,) = [url for url in asked if not url.startswith("data:")]
    assert url.startswith(page.url.rsplit("/book/", 1)[0] + "/_static/state/")
    natural = page.evaluate(
        "src => new Promise(done => { const i = new Image(); i.onload = () => done([i.naturalHeight, i.naturalWidth]); i.src = src; })",
        stored(root)["pictures"],
    )
    assert tuple(natural) == pictures.shape
    assert root.locator("canvas").first.is_visible()


def test_each_canvas_is_its_picture_to_the_pixel(visit):
    page = visit(PAGE)
    root = widget(page, "prediction-explorer")
    state, pictures = stored(root), sheet(root, page)
    columns = pictures.shape[1] // 28
    places = {f"no. {index:,}": place for place, (index, *_) in enumerate(state["shown"])}
    for i, j in kinds(state):
        cell(root, i, j).click()
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        drawn = root.locator("canvas").evaluate_all(
            "all => all.map(c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, n) => n % 4 === 0))"
        )
        names = [name for name, _ in listed(root)]
        assert len(drawn) == len(names)
        for name, pixels in zip(names, drawn):
            row, column = divmod(places[name], columns)
            assert pixels == pictures[28 * row :, 28 * column :][:28, :28].ravel().tolist()


def test_words_stand_in_for_pictures_that_cannot_be_loaded(visit):
    page = visit(PAGE, quiet=False, viewport={"width": 1280, "height": 500})
    page.route(SHEETS, lambda route: route.abort())
    root = widget(page, "prediction-explorer")
    choose(root, True_class="Shirt", Predicted_class="Shirt")
    root.locator(".rn-summary").scroll_into_view_if_needed()
    root.get_by_text("The pictures could not be loaded").wait_for()
    assert not root.locator("canvas").first.is_visible()
    assert_shows(root, stored(root), 6, 6)


def test_words_stand_in_while_they_load(visit):
    page = visit(PAGE, quiet=False, viewport={"width": 1280, "height": 500})
    waiting = []
    page.route(SHEETS, lambda route: waiting.append(route))
    root = widget(page, "prediction-explorer")
    with page.expect_request(SHEETS):
        root.locator(".rn-summary").scroll_into_view_if_needed()
    root.get_by_text("The pictures are loading").wait_for()
    waiting[0].continue_()
    root.get_by_text("The pictures are loading").wait_for(state="detached")
    assert root.locator("canvas").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_readable_in_every_cell_and_no_axe_violations(visit, scheme, width):
    page = visit(PAGE, color_scheme=scheme, viewport={"width": width, "height": 900})
    root = widget(page, "prediction-explorer")
    sheet(root, page)
    contrasts = (
        root.get_by_role("table")
        .locator("tbody button")
        .evaluate_all(
            """buttons => {
          const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
          const light = color => {
            context.fillStyle = color;
            context.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map(n => n / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
          };
          return buttons.map(b => [light(getComputedStyle(b).color), light(getComputedStyle(b.parentNode).backgroundColor)])
            .map(pair => Math.max(...pair) / Math.min(...pair));
        }"""
        )
    )
    assert len(contrasts) == 100 and min(contrasts) >= 4.5
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run('[data-widget=\"prediction-explorer\"]', { runOnly: rules })", RULES)
    assert found["passes"] and [v["id"] for v in found["violations"]] == []


def test_the_whole_matrix_fits_a_phone(visit):
    page = visit(PAGE, viewport={"width": 390, "height": 844})
    root = widget(page, "prediction-explorer")
    box = root.get_by_role("region", name="Confusion matrix")
    assert box.evaluate("e => e.scrollWidth - e.clientWidth") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sides = (
        root.get_by_role("table")
        .locator("tbody td:not(:last-child)")
        .evaluate_all(
            "all => all.map(c => [c.offsetWidth, c.offsetHeight, c.firstChild.scrollWidth - c.firstChild.clientWidth])"
        )
    )
    assert all(width >= 24 and height >= 24 and over <= 0 for width, height, over in sides)


def test_labels_do_not_contain_each_other(explorer):
    for wanted in LABELS:
        assert explorer.get_by_label(wanted).count() == 1, wanted


def test_json_and_link_carry_the_two_fields(visit):
    root = widget(visit(PAGE), "prediction-explorer")
    choose(root, True_class="Coat", Predicted_class="Pullover")
    copied = root.get_by_label("Copied text")
    root.get_by_role("button", name="Copy JSON").click()
    fields = {"true_class": "Coat", "predicted_class": "Pullover"}
    assert json.loads(copied.input_value()) == {"widget": "prediction-explorer", "state": fields}
    root.get_by_role("button", name="Copy link").click()
    again = widget(visit(PAGE + "#" + copied.input_value().split("#")[1]), "prediction-explorer")
    assert_shows(again, stored(again), 4, 2)


@pytest.mark.parametrize(
    "state", ['{"true_class":"Hat"}', '{"true_class":3}', '{"matrix":[]}', '{"predicted_class":null}', "{"]
)
def test_a_wrong_link_says_so(visit, state):
    root = widget(visit(f"{PAGE}#prediction-explorer={state}"), "prediction-explorer")
    assert "Expected" in root.locator(".rn-message").inner_text()
    assert listed(root)
