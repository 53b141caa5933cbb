"""The run explorer on the page: every run, curve and axis by its name, and every number equal to metrics.csv."""

import csv
import json
import statistics
from pathlib import Path

import pytest
from support import REPOSITORY
from widgets import choose, widget

from resnet_book import runs
from resnet_book.reports import training_seconds

PAGE = "book/04_resnet18_on_fashion_mnist.html"
AXES = ["epoch", "step", "seconds"]
COLUMNS = {
    "Epoch": "epoch", "Step": "step", "Training time": "seconds", "Learning rate": "lr", "Training loss": "train_loss",
    "Training accuracy": "train_accuracy", "Test loss": "test_loss", "Test accuracy": "test_accuracy",
    "Validation loss": "validation_loss", "Validation accuracy": "validation_accuracy", "Picture size": "size",
}  # fmt: skip


@pytest.fixture
def explorer(visit):
    return widget(visit(PAGE), "run-explorer")


def options(root, label: str) -> list[str]:
    return root.get_by_label(label, exact=True).locator("option").evaluate_all("all => all.map(o => o.value)")


def folder(name: str) -> Path:
    """The recorded run of that name."""
    return REPOSITORY / "book" / "runs" / name


def recorded(name: str) -> tuple[dict, dict, list[dict[str, str]]]:
    """Configuration, environment and the rows of the epochs, as they lie in the repository."""
    config, env = (json.loads((folder(name) / file).read_text()) for file in ("config.json", "env.json"))
    with open(folder(name) / "metrics.csv", newline="") as file:
        return config, env, [row for row in csv.DictReader(file) if row["kind"] == "epoch"]


def trained(name: str) -> list[float]:
    """The training time until the end of each epoch, in seconds."""
    return training_seconds(runs.read(folder(name)))


def table(root, name: str) -> tuple[list[str], list[list[str]]]:
    """The heads of a table and the exact values of its rows; a cell without one gives its text."""
    box = root.get_by_role("region", name=name)
    heads = box.locator("thead th").all_inner_texts()
    cells = "all => all.map(r => [...r.cells].map(c => c.dataset.value ?? c.innerText))"
    return heads, box.locator("tbody tr").evaluate_all(cells)


def place(line, part: float) -> list[float]:
    """Where on the screen a line is, from its start (0) to its end (1)."""
    return line.evaluate(
        """(path, part) => {
             const at = path.getPointAtLength(part * path.getTotalLength()), to = path.getScreenCTM();
             return [at.x * to.a + to.e, at.y * to.d + to.f];
           }""",
        part,
    )


def facts(root) -> dict[str, str]:
    return dict(zip(root.locator("dt").all_inner_texts(), root.locator("dd").all_inner_texts()))


def drawn(root, *parts: str) -> None:
    """Wait until the picture, which follows the numbers by a frame, has these words."""
    for part in parts:
        root.locator("figure svg").get_by_text(part, exact=True).first.wait_for(state="attached")


def test_every_number_is_that_of_the_recorded_run(explorer):
    for name in options(explorer, "Run"):
        choose(explorer, Run=name)
        config, env, epochs = recorded(name)
        clock = trained(name)
        heads, rows = table(explorer, "Numbers of each epoch")
        scored = config.get("scored", "test")
        kinds = ["epoch", "step", "seconds", "lr", "train_loss", "train_accuracy"]
        assert [COLUMNS[head] for head in heads[:8]] == [*kinds, f"{scored}_loss", f"{scored}_accuracy"]
        assert len(rows) == config["epochs"] == len(epochs)
        for values, row, began, ended in zip(rows, epochs, [0, *clock], clock, strict=False):
            for head, value in zip(heads, values):
                if head == "Pictures a second":
                    assert float(value) == pytest.approx(config["pictures"] / (ended - began), rel=1e-4)
                elif head == "Training time":
                    assert float(value) == pytest.approx(ended, rel=1e-6)
                elif row[COLUMNS[head]]:
                    assert float(value) == float(row[COLUMNS[head]]), (name, head)
        told = facts(explorer)
        assert told["Seed"] == str(config["seed"])
        assert told["Recipe"] == f"{config['recipe']}, budget {config['budget']}, {config['epochs']} epochs"
        assert told["Result"].startswith(f"{100 * float(epochs[-1][f'{scored}_accuracy']):.2f} %")
        assert env["arithmetic"] in told["Arithmetic"] and env["processor"] in told["Computed on"]
        assert told["Commit"].startswith(env["commit"][:12])
        assert told["Result"].split(" after")[0] in explorer.locator(".rn-summary").inner_text()


def test_every_curve_by_every_axis(explorer):
    label = explorer.get_by_label("Curve", exact=True)
    names = dict(label.locator("option").evaluate_all("all => all.map(o => [o.value, o.text])"))
    assert {"test_accuracy", "train_accuracy", "test_loss", "train_loss", "lr"} <= set(names)
    assert options(explorer, "Axis") == AXES
    seen = set()
    for curve, words in names.items():
        for axis in AXES:
            choose(explorer, Curve=curve, Axis=axis)
            by = "wall time" if axis == "seconds" else axis
            explorer.locator(f'svg[aria-label^="Line chart: {words} by {by}"]').wait_for()
            text = explorer.locator("figure svg").text_content()
            assert text.startswith(words) and by in text
            assert "NaN" not in explorer.locator("figure").inner_html()
            seen.add(explorer.locator("path.rn-line.rn-chosen").get_attribute("d"))
            assert explorer.locator(".rn-message").inner_text() == ""
    assert len(seen) >= 2 * len(names), "each is another picture, but a straight line may look the same"


def test_the_chosen_line_ends_at_its_result(explorer):
    choose(explorer, Curve="test_accuracy", Axis="epoch")
    for name in options(explorer, "Run"):
        choose(explorer, Run=name)
        config, _, epochs = recorded(name)
        score = 100 * float(epochs[-1][f"{config.get('scored', 'test')}_accuracy"])
        drawn(explorer, f"seed {config['seed']}: {score:.2f} %")
        assert explorer.locator("path.rn-line.rn-chosen").count() == 1
        assert explorer.locator("path.rn-line:not(.rn-chosen)").count() >= len(options(explorer, "Run")) - 1


def test_recipes_are_told_apart_without_colour(explorer):
    choose(explorer, Curve="test_accuracy")
    looks = explorer.locator("path.rn-line").evaluate_all(
        "all => all.map(p => [/rn-look-./.exec(p.getAttribute('class'))[0], p.getAttribute('stroke-dasharray')])"
    )
    by_color = {}
    for color, dash in looks:
        by_color.setdefault(color, set()).add(dash)
    recipes = {recorded(name)[0]["recipe"] for name in options(explorer, "Run")}
    assert len({tuple(look) for look in looks}) >= len(recipes) > 1
    assert len(set.union(*by_color.values())) >= min(6, len(recipes)), "a dash of its own"


def test_seeds_of_a_recipe_are_summed_up(explorer):
    by_recipe = {}
    for name in options(explorer, "Run"):
        config, _, epochs = recorded(name)
        score = float(epochs[-1][f"{config.get('scored', 'test')}_accuracy"])
        key = json.dumps([config[key] for key in ("recipe", "budget", "epochs", "dataset", "scored", "settings")])
        by_recipe.setdefault(key, []).append((score, trained(name)[-1]))
    heads, rows = table(explorer, "Seeds of each recipe")
    assert heads == ["Recipe", "Seeds", "Mean", "Lowest", "Highest", "Standard deviation", "Mean training time"]
    assert len(rows) == len(by_recipe)
    for row, (key, alike) in zip(rows, by_recipe.items()):
        scores = [score for score, _ in alike]
        assert row[0].startswith(json.loads(key)[0]) and int(row[1]) == len(alike)
        assert float(row[2]) == pytest.approx(statistics.fmean(scores), rel=1e-12)
        if len(alike) > 1:
            assert [float(value) for value in row[3:5]] == [min(scores), max(scores)]
        if len(alike) > 2:
            assert float(row[5]) == pytest.approx(statistics.stdev(scores), rel=1e-9)
        else:
            assert row[5] == "–"
        if row[6] != "–":
            assert float(row[6]) == pytest.approx(statistics.fmean(seconds for _, seconds in alike), rel=1e-6)


def test_everything_works_with_the_keyboard(explorer):
    names = options(explorer, "Run")
    control = explorer.get_by_label("Run", exact=True)
    choose(explorer, Run=names[0])
    control.focus()
    control.press("ArrowDown")
    assert control.input_value() == names[1]
    assert names[1] in explorer.locator(".rn-summary").inner_text()
    control.press("Tab")
    assert explorer.get_by_label("Curve", exact=True).evaluate("e => e === document.activeElement")
    explorer.get_by_label("Curve", exact=True).press("ArrowDown")
    assert explorer.get_by_label("Curve", exact=True).input_value() == "train_accuracy"
    drawn(explorer, "training accuracy (%)")


def test_pointing_tells_the_numbers_and_a_click_chooses(explorer):
    names = options(explorer, "Run")
    choose(explorer, Curve="test_accuracy", Axis="epoch", Run=names[0])
    explorer.locator("figure").scroll_into_view_if_needed()
    page, told = explorer.page, explorer.locator(".rn-readout")
    config, _, epochs = recorded(names[0])
    last = float(epochs[-1][f"{config.get('scored', 'test')}_accuracy"])
    page.mouse.move(*place(explorer.locator("path.rn-line.rn-chosen"), 1))
    assert told.inner_text().startswith(f"{names[0]}, epoch {config['epochs']}: ")
    assert f"{100 * last:.2f} %" in told.inner_text()
    marked = explorer.locator("tr.rn-at").evaluate_all("all => all.map(r => r.cells[0].dataset.value)")
    assert marked == [str(config["epochs"])]
    start = place(explorer.locator("path.rn-line:not(.rn-chosen)").last, 0)
    page.mouse.move(*start)
    pointed = told.inner_text().split(",")[0]
    page.mouse.click(*start)
    assert explorer.get_by_label("Run", exact=True).input_value() == pointed
    page.mouse.move(1, 1)
    assert told.inner_text().startswith("Marks:") and explorer.locator("tr.rn-at").count() == 0


def test_labels_do_not_contain_each_other(explorer):
    for wanted in ("Run", "Curve", "Axis"):
        assert explorer.get_by_label(wanted).count() == 1, wanted
        assert explorer.get_by_label(wanted, exact=True).evaluate("e => e.tagName") == "SELECT"


def test_state_can_be_copied_and_brought_back(visit):
    root = widget(visit(PAGE), "run-explorer")
    state = {"run": options(root, "Run")[-1], "curve": "train_loss", "axis": "seconds"}
    choose(root, Run=state["run"], Curve="train_loss", Axis="seconds")
    root.get_by_role("button", name="Copy JSON").click()
    assert json.loads(root.get_by_label("Copied text").input_value()) == {"widget": "run-explorer", "state": state}
    root.get_by_role("button", name="Copy link").click()
    link = root.get_by_label("Copied text").input_value()
    again = widget(visit(f"{PAGE}#{link.split('#')[1]}"), "run-explorer")
    for label in ("Run", "Curve", "Axis"):
        assert again.get_by_label(label, exact=True).input_value() == state[label.lower()]
    bad = widget(visit(PAGE + '#run-explorer={"run":"no-such-run"}'), "run-explorer")
    message = bad.locator(".rn-message").inner_text()
    assert "Run" in message and "no-such-run" in message and state["run"] in message
    assert table(bad, "Numbers of each epoch")[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_only_tables_scroll(visit, scheme):
    root = widget(visit(PAGE, viewport={"width": 390, "height": 844}, color_scheme=scheme), "run-explorer")
    for axis in AXES:
        choose(root, Axis=axis)
        root.locator("figure svg").get_by_text("wall time" if axis == "seconds" else axis).wait_for(state="attached")
        parts = root.locator("svg text, svg path, p, dd, select")
        assert max(parts.evaluate_all("all => all.map(e => e.getBoundingClientRect().right)")) <= 390
    assert root.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_javascript_the_first_numbers_are_there(visit):
    page = visit(PAGE, java_script_enabled=False)
    text = page.locator(".resnet-widget", has=page.get_by_text("after the last epoch")).first.inner_text()
    assert "Learning rate" in text and "Training accuracy" in text


def test_print_keeps_picture_and_numbers(visit):
    page = visit(PAGE)
    page.emulate_media(media="print")
    root = widget(page, "run-explorer")
    assert not root.locator(".rn-controls").is_visible()
    assert root.locator("figure svg").is_visible() and root.get_by_role("table").first.is_visible()
