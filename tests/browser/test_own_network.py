"""The reader's own network on the page: what it traces is what `check_source` says, mistakes have their lines, Stop stops."""

import json
from urllib.parse import quote

import pytest
from mistaken.mistakes import MISTAKES, SHAPES, changed
from widgets import choose, numbers, widget

from resnet_book.fake_torch import check_source
from resnet_book.widgets.own_network import EXAMPLES, PUZZLES, example
from resnet_book.widgets.own_network.answering import TRACE

PAGE = "book/10_read_any_network.html"
NAME = "own-network"
PATIENT = 120_000  # ms: the machine that tests may have other things to do

HEAD = "import torch\nfrom torch import nn\n"
CHAIN = HEAD + "net = nn.Sequential(\n    nn.Conv2d(3, 8, 3),\n    nn.ReLU(),\n    nn.Conv2d(8, 16, 3, stride=2),\n)\n"
ENDLESS = CHAIN + "while True:\n    pass\n"


def press(root, name: str) -> None:
    root.get_by_role("button", name=name, exact=True).click()


def idle(root) -> None:
    """Wait until no trace runs any more."""
    root.page.wait_for_function("e => e.ariaBusy !== 'true'", arg=root.element_handle(), timeout=PATIENT)


def trace(root, **fields) -> None:
    """Fill in and trace to the end."""
    choose(root, **fields)
    press(root, "Trace")
    idle(root)


def copied(root) -> dict:
    press(root, "Copy the trace")
    return json.loads(root.get_by_label("Copied text").input_value())


def comparable(told: dict) -> dict:
    """What must agree between Python and the page, where columns are not always known."""
    told = {key: told[key] for key in TRACE}
    places = ("column", "end_column")
    return told | {"errors": [{k: v for k, v in error.items() if k not in places} for error in told["errors"]]}


@pytest.fixture
def own(visit):
    return widget(visit(PAGE), NAME)


@pytest.fixture(scope="module")
def one(chromium, address):
    """One widget for all texts, so that its Python starts once."""
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{address}/{PAGE}")
    page.wait_for_function("!document.querySelector('.resnet-widget:not([data-state])')")
    yield widget(page, NAME)
    context.close()


def test_the_stored_trace_is_there_before_the_first_one(visit):
    page = visit(PAGE)
    root = widget(page, NAME)
    told = check_source(example("small_resnet"))
    shown = numbers(root)
    assert shown["Total"][1:3] == [str(told["params"]), str(told["macs"])]  # the stored trace is there at once
    choose(root, Code=CHAIN)
    page.wait_for_timeout(300)
    assert page.locator("iframe").count() == 0
    trace(root)
    assert copied(root)["output_shape"] == [16, 110, 110]


def test_works_from_a_folder(visit):
    root = widget(visit(PAGE, how="file"), NAME)
    trace(root, Code=CHAIN, Input_shape="3x32x32")
    assert copied(root)["output_shape"] == [16, 14, 14]


def test_columns_and_the_line_of_each_row(one):
    trace(one, Code=CHAIN, Network="", Input_shape="3,32,32")
    heads = one.locator(".rn-layers thead th").all_inner_texts()
    assert heads == ["Layer", "Output shape", "Parameters", "MACs", "Activations", "Receptive field", "Line"]
    found = check_source(CHAIN, inputs=[(3, 32, 32)])
    shown = numbers(one)
    for row in found["rows"]:
        expected = ["x".join(map(str, row["output_shape"])), row["params"], row["macs"], row["activations"]]
        assert shown[row["name"]][:4] == [str(value) for value in expected]
        assert shown[row["name"]][-1] == str(row["line"] or row["made"])
    assert shown["0"][-1] == "4"


def test_fields_are_filled_with_what_was_found(one):
    trace(one, Code=CHAIN, Network="", Input_shape="")
    assert one.get_by_label("Network", exact=True).input_value() == "net"
    assert one.get_by_label("Input shape", exact=True).input_value() == "3,224,224"
    trace(one, Code=CHAIN.replace("Conv2d(3,", "Conv2d(1,"))  # what was found for another text does not count
    assert one.get_by_label("Input shape", exact=True).input_value() == "1,224,224"
    assert copied(one)["errors"] == []


TWO = (
    HEAD
    + "class Two(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, 2)\n    def forward(self, x, y):\n        return self.fc(x), {'y': y}\n"
)
TEXTS = {name: (example(name), "") for name in EXAMPLES} | {
    name: (example(name), shape) for name, shape in PUZZLES.items()
}
TEXTS |= {
    "two inputs": (TWO, "4; 3,8,8"),
    "syntax": (CHAIN + "def broken(:\n", ""),
    "Python 2": (CHAIN + 'print "shapes"\n', ""),
    "tabs": (HEAD + "class N(nn.Module):\n\tdef __init__(self):\n        super().__init__()\n", ""),
    "no network": ("x = 1\n", ""),
    "recursion": (HEAD + "class N(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.c = nn.Conv2d(3, 3, 1)\n    def forward(self, x):\n        return self(x)\n", ""),
    "a notebook's text": ("!pip install torch\n%matplotlib inline\n" + CHAIN, ""),
    "builtins overwritten": (CHAIN + "list = dict = len = int = None\n", ""),
    "HTML in strings": (CHAIN + 'net.title = "<img src=x onerror=alert(1)>"\nnet.nope("<b>")\n', ""),
    "a network from timm": ("import timm\nnet = timm.create_model('resnet18')\n", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_page_says_what_python_says(one, name):
    code, shapes = TEXTS[name]
    inputs = [tuple(int(n) for n in shape.split(",")) for shape in shapes.split(";")] if shapes else None
    trace(one, Code=code, Network="", Input_shape=shapes)
    told, here = check_source(code, inputs=inputs, write=lambda _: None), copied(one)
    if name in ("syntax", "Python 2", "tabs", "recursion"):  # each Python words these in its own way
        assert [e["line"] for e in here["errors"]] == [e["line"] for e in told["errors"]]
        assert here["errors"]
    else:
        assert comparable(here) == comparable(told)
    lines = one.locator("[data-line]").evaluate_all("all => all.map(e => Number(e.dataset.line))")
    assert lines == [error["line"] for error in here["errors"] if error["line"]]


@pytest.mark.slow
def test_forty_mistakes_are_told_as_the_command_tells_them(one):
    for name, (base, _, _, line, fix, _) in MISTAKES.items():
        text, shape = changed(name), SHAPES[base]
        trace(one, Code=text, Network="", Input_shape="x".join(map(str, shape)))
        told, here = comparable(check_source(text, inputs=[shape])), comparable(copied(one))
        assert here == told, name
        if line:
            first = here["errors"][0]
            assert text.split("\n")[first["line"] - 1].strip().startswith(line) and fix in first["fix"], name
        else:
            assert here["errors"] == [] and any(fix in note for note in here["notes"]), name


def test_mistake_stands_at_its_line_and_is_mended(one):
    choose(one, Network="", Input_shape="")
    choose(one, Start_from="no_projection")
    press(one, "Trace")
    idle(one)
    mistake = one.locator("[data-line]")
    line = 1 + example("no_projection").split("\n").index("        y += x")
    assert mistake.get_attribute("data-line") == str(line)
    text = mistake.inner_text()
    assert "1x1 convolution 64 -> 128, stride 2" in text and "y += x" in text
    assert one.locator(".rn-numbers .rn-faulty").inner_text().endswith(str(line))
    assert "y += self.shortcut(x)" in mistake.get_by_role("group", name="The change").inner_text()
    before = one.get_by_label("Code", exact=True).input_value()
    press(one, "Apply fix")
    idle(one)
    after = one.get_by_label("Code", exact=True).input_value()
    assert len(after.split("\n")) == len(before.split("\n")) + 1 and "self.shortcut = " in after
    assert one.locator("[data-line]").count() == 0
    assert comparable(copied(one)) == comparable(check_source(after))


def test_a_fix_can_be_taken_back_with_the_keyboard_alone(one):
    choose(one, Network="", Input_shape="", Start_from="no_projection")
    trace(one)
    code = one.get_by_label("Code", exact=True)
    before, page = code.input_value(), one.page
    undo = one.get_by_role("button", name="Undo the fix", exact=True)
    assert undo.count() == 0, "there is nothing to take back"
    one.get_by_role("button", name="Apply fix", exact=True).focus()
    page.keyboard.press("Enter")
    idle(one)
    assert code.input_value() != before and one.locator("[data-line]").count() == 0
    assert undo.evaluate("button => button === document.activeElement")
    page.keyboard.press("Enter")
    idle(one)
    assert code.input_value() == before and one.locator("[data-line]").count() == 1 and undo.count() == 0
    page.wait_for_function("document.activeElement.classList.contains('rn-fix')")
    page.keyboard.press("Enter")
    idle(one)
    assert undo.count() == 1
    choose(one, Code=CHAIN)
    assert undo.count() == 0, "another text has no fix to take back"


def test_enter_in_the_input_shape_traces(one):
    trace(one, Code=CHAIN, Network="", Input_shape="3,32,32")
    shape = one.get_by_label("Input shape", exact=True)
    shape.fill("3,64,64")
    shape.press("Enter")
    one.get_by_text("3 × 64 × 64 in", exact=False).wait_for()
    idle(one)
    assert copied(one)["inputs"] == [[3, 64, 64]]


def test_a_repair_of_another_text_cannot_be_applied(one):
    trace(one, Code=CHAIN.replace("nn.Conv2d(8, 16, 3", "nn.Conv2d(4, 16, 3"), Network="", Input_shape="3x32x32")
    fix = one.get_by_role("button", name="Apply fix", exact=True)
    assert fix.is_enabled()
    choose(one, Code=CHAIN)
    assert fix.is_disabled()
    trace(one)
    assert copied(one)["errors"] == []


def test_an_assumed_input_is_said_beside_the_error(one):
    small = HEAD + "net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8 * 26 * 26, 10))\n"
    trace(one, Code=small, Network="", Input_shape="")
    assert "Traced with 1 × 224 × 224, as no input shape was given" in one.locator(".rn-assumed").inner_text()
    trace(one, Input_shape="1,28,28")
    assert copied(one)["errors"] == [] and one.locator(".rn-assumed").count() == 0


def test_last_good_trace_stays(one):
    trace(one, Code=CHAIN, Network="", Input_shape="")
    before = numbers(one)
    trace(one, Code="def broken(:\n")
    assert numbers(one) == before
    assert "last trace that worked" in one.locator(".rn-message").inner_text()
    trace(one, Code=CHAIN, Input_shape="3,0,x")
    assert numbers(one) == before
    assert one.get_by_label("Input shape", exact=True).get_attribute("aria-invalid") == "true"
    assert "Input shape" in one.locator(".rn-message").inner_text()
    trace(one, Code=CHAIN, Input_shape="3,32,32")
    assert one.get_by_label("Input shape", exact=True).get_attribute("aria-invalid") is None


def test_stop_ends_an_endless_loop_and_the_page_goes_on(own):
    trace(own, Code=CHAIN)
    before = numbers(own)
    choose(own, Code=ENDLESS)
    press(own, "Trace")
    own.page.wait_for_timeout(1_000)
    assert own.page.locator("iframe").count() == 1
    own.page.evaluate("""() => {
      window.gaps = []; let last = performance.now();
      window.ticking = setInterval(() => { const now = performance.now(); gaps.push(now - last - 5); last = now; }, 5);
    }""")
    own.page.wait_for_timeout(1_500)
    gaps = sorted(own.page.evaluate("() => (clearInterval(ticking), gaps)"))
    assert gaps[len(gaps) // 2] < 50, "the page must answer while a loop runs"
    press(own, "Stop")
    idle(own)
    assert own.page.locator("iframe").count() == 0
    assert "Stopped" in own.locator(".rn-run").inner_text() and numbers(own) == before
    trace(own, Code=CHAIN, Input_shape="3,16,16")
    assert copied(own)["output_shape"] == [16, 6, 6]


@pytest.mark.slow
def test_what_never_ends_or_grows_is_ended(own):
    own.page.set_default_timeout(60_000)
    for text in (ENDLESS, CHAIN + "grown = []\nwhile True:\n    grown.append('x' * 100000)\n",
                 HEAD + "net = nn.Sequential(*[nn.Conv2d(3, 3, 1) for _ in range(10_000_000)])\n"):  # fmt: skip
        trace(own, Code=text)
        assert (
            "longer than 20 seconds" in own.locator(".rn-run").inner_text()
            or "could not" in own.locator(".rn-run").inner_text()
        )
        assert own.page.locator("iframe").count() == 0


def test_a_megabyte_of_print_is_cut(one):
    trace(one, Code=CHAIN + "for i in range(20):\n    print('x' * 100_000)\n", Network="", Input_shape="")
    assert len(one.locator(".rn-printed").text_content()) < 200_000
    assert copied(one)["output_shape"] == [16, 110, 110]


def test_too_long_a_text_is_refused(one):
    choose(one, Code="# " + "x" * 500_000)
    press(one, "Trace")
    assert "at most 400,000" in one.locator(".rn-message").inner_text()


def test_200_kilobytes_are_read(one):
    choose(one, Network="", Input_shape="3,8,8")
    spent = one.get_by_label("Code", exact=True).evaluate(
        """(e, text) => { const from = performance.now(); e.value = text; e.dispatchEvent(new Event("input", { bubbles: true }));
                         return performance.now() - from; }""",
        CHAIN + "# a comment that goes on\n" * 8_000,
    )
    assert spent < 1_000
    trace(one)
    assert copied(one)["output_shape"] == [16, 2, 2]


def test_link_carries_the_code_and_never_runs_it(visit):
    root = widget(visit(PAGE), NAME)
    choose(root, Code=CHAIN, Input_shape="3,20,20")
    press(root, "Copy link")
    link = root.get_by_label("Copied text").input_value()
    page = visit(PAGE + "#" + link.split("#")[1])
    again = widget(page, NAME)
    assert again.get_by_label("Code", exact=True).input_value() == CHAIN
    page.wait_for_timeout(500)
    assert page.locator("iframe").count() == 0 and not again.locator(".rn-layers").is_visible()
    assert "has not been run" in again.locator(".rn-run").inner_text()
    press(again, "Trace")
    idle(again)
    assert copied(again)["output_shape"] == [16, 8, 8]


def test_link_does_not_carry_more_than_8000_characters(visit):
    root = widget(visit(PAGE), NAME)
    choose(root, Code=CHAIN + "#" * 8_000)
    press(root, "Copy link")
    assert "at most 8,000" in root.locator(".rn-run").inner_text()
    assert not root.get_by_label("Copied text").is_visible()
    state = quote(json.dumps({"code": "#" * 8_001}))
    again = widget(visit(f"{PAGE}#{NAME}={state}"), NAME)
    assert "at most 8,000" in again.locator(".rn-message").inner_text()


@pytest.mark.parametrize("state", ["%7B%22co", "5", "null", '{"foo":"1"}', '{"code":5}', '{"__proto__":{"x":1}}'])
def test_corrupt_link_says_so(visit, state):
    root = widget(visit(f"{PAGE}#{NAME}={state}"), NAME)
    assert "Repair" in root.locator(".rn-message").inner_text()
    assert numbers(root)["Total"]


def test_files_are_opened_and_not_run(own):
    cells = [{"cell_type": "code", "source": ["from torch import nn\n"]}, {"cell_type": "markdown", "source": "text"},
             {"cell_type": "code", "source": "%%bash\nls"}, {"cell_type": "code", "source": "net = nn.Linear(3, 2)"}]  # fmt: skip
    for name, content, code in [
        ("net.py", CHAIN, CHAIN),
        ("net.ipynb", json.dumps({"cells": cells}), "from torch import nn\n\n\nnet = nn.Linear(3, 2)"),
    ]:
        own.get_by_label("Open a file").set_input_files(
            {"name": name, "mimeType": "text/plain", "buffer": content.encode()}
        )
        own.page.wait_for_function(
            "([e, text]) => e.value === text", arg=[own.get_by_label("Code", exact=True).element_handle(), code]
        )
        assert own.page.locator("iframe").count() == 0
    own.get_by_label("Open a file").set_input_files({"name": "x.ipynb", "mimeType": "text/plain", "buffer": b"[1"})
    own.get_by_text("save the notebook again").wait_for()


def test_tab_leaves_the_code(own):
    own.get_by_label("Code", exact=True).focus()
    own.page.keyboard.press("Tab")
    assert own.get_by_label("Network", exact=True).evaluate("e => e === document.activeElement")


def test_accessible_names_are_told_apart(own):
    for name in ("Code", "Network", "Input shape"):
        assert own.get_by_label(name).count() == 1
    for name in ("Trace", "Stop", "Copy the trace"):
        assert own.get_by_role("button", name=name, exact=True).count() == 1


def test_a_puzzle_does_not_give_itself_away(visit):
    page = visit(PAGE)
    puzzles = page.locator('[data-widget="exercise"]:has(textarea)')
    assert puzzles.count() == len(PUZZLES)
    for root in puzzles.all():
        assert (
            root.locator(".rn-faulty, .rn-worked:visible").count() == 0
            and root.get_by_role("status").inner_text() == ""
        )


def test_without_javascript_the_default_trace_is_a_table(visit):
    page = visit(PAGE, java_script_enabled=False)
    text = page.locator(".widget-fallback").first.inner_text()
    told = check_source(example("small_resnet"))
    assert f"{told['params']:,}" in text and "stage2.0.conv1" in text


def test_nothing_scrolls_sideways_on_a_phone(visit):
    page = visit(PAGE, viewport={"width": 390, "height": 800})
    trace(widget(page, NAME), Code=example("no_projection"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
