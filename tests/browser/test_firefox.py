"""Widgets that answer are used once in a Firefox, served and from a folder, by keyboard and accessible names; every page opens.

What the other files of this folder try at length in Chromium is not tried again: one question, one answer.
"""

import os

import pytest
from browser_setup import NO_FIREFOX, find_firefox
from firefox import KEYS, Firefox, Node, Page
from serving import pages, pages_with

from resnet_book.exercises import Number, chapter_of
from resnet_book.widgets import block_remover


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    found = find_firefox()
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"Firefox: {NO_FIREFOX}")
    with Firefox(found, tmp_path_factory.mktemp("firefox")) as started:
        yield started


@pytest.fixture
def open_page(browser, address, site):
    """`open_page(path, how)`; at the end the page was quiet: no error, no failed request, none to another origin."""
    opened = []

    def open_one(path: str, how: str) -> Page:
        root = address if how == "served" else site.as_uri()
        opened.append((browser.open(f"{root}/{path}"), root))
        return opened[-1][0]

    yield open_one
    trouble = [line for page, root in opened for line in page.trouble(root)]
    for page, _ in opened:
        page.close()
    assert trouble == []


def text(page: Page, root: Node, selector: str) -> str:
    return page.run("(root, selector) => root.querySelector(selector).innerText", root, selector)


def attribute(page: Page, node: Node, name: str) -> str | None:
    return page.run("(e, name) => e.getAttribute(name)", node, name)


def use_exercise(page: Page, root: Node) -> None:
    keys = [attribute(page, one, "id").removeprefix("exercise-") for one in page.all('[data-widget="exercise"]')]
    key = next(key for key in keys if isinstance(chapter_of(key).exercises[key].kind, Number))
    (root,) = page.all(f"#exercise-{key}")
    for answer, verdict in (("987654", "false"), (chapter_of(key).ask(key).typed, "true")):
        page.fill("Your answer", answer, root)
        page.press("Check", root)
        assert attribute(page, root, "data-correct") == verdict
        assert len(text(page, root, '[role="status"]')) > 10


def use_prediction(page: Page, root: Node) -> None:
    (result,) = page.all(f"#result-{attribute(page, root, 'id').removeprefix('prediction-')}")
    assert attribute(page, result, "hidden") == "until-found"
    options = page.all('input[type="radio"]', root)
    if options:
        guess = page.run("e => e.value", options[0])
        page.keys(options[0], KEYS["Space"])
    else:
        guess = "7"
        page.fill("Your guess", guess, root)
    page.press("Show the result", root)
    assert attribute(page, result, "hidden") is None
    said = text(page, root, '[role="status"]')
    assert said.startswith(("You guessed " + (f"“{guess}”" if options else guess), f"As you guessed: {guess}"))


def use_skip_trainer(page: Page, root: Node) -> None:
    page.fill("Blocks", "1", root)
    page.press("Train", root)
    page.wait("root => root.querySelector('progress').hidden && root.querySelector('.rn-summary').innerText", root)
    cells = "root => [...root.querySelectorAll('tr')].find(r => r.cells[0].innerText.trim() === 'Residual').cells"
    steps, _loss, accuracy = page.run(f"root => [...({cells})(root)].slice(1, 4).map(c => c.dataset.value)", root)
    assert int(steps) >= 1000 and float(accuracy) > 0.97


def use_own_network(page: Page, root: Node) -> None:
    page.fill("Code", "from torch import nn\nnet = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())\n", root)
    page.fill("Network", "", root)
    page.fill("Input shape", "3,32,32", root)
    page.press("Trace", root)
    page.wait("root => root.innerText.includes('net: 3 × 32 × 32 in, 8 × 30 × 30 out.')", root)


def use_error_reader(page: Page, root: Node) -> None:
    page.fill("Error message", "RuntimeError: mat1 and mat2 shapes cannot be multiplied (3x4608 and 512x7)", root)
    assert "nn.Linear(4608, 7)" in text(page, root, '[role="status"]')


def use_block_remover(page: Page, root: Node) -> None:
    page.keys(page.named("layer2.0", root), KEYS["Down"])  # from whole to no branch
    page.press("Score", root)
    found = page.wait("root => root.querySelector('.br-told strong')?.dataset.value", root)
    recorded = block_remover.record()["networks"]["residual"]["lesions"]["layer2.0"]["no branch"]["shipped"]
    assert float(found) == pytest.approx(recorded, abs=1.5 / 400), "a tie may fall either way"


def use_face_follower(page: Page, root: Node) -> None:
    page.keys(page.named("Turn", root), KEYS["Right"])
    found = page.wait("root => root.querySelector('tr.ff-marked td:last-child')?.dataset.value", root)
    assert 0 < float(found) < 15


USES = {
    "exercise": use_exercise,
    "prediction": use_prediction,
    "skip-trainer": use_skip_trainer,
    "own-network": use_own_network,
    "error-reader": use_error_reader,
    "block-remover": use_block_remover,
    "face-follower": use_face_follower,
}
MOUNTED = {name: [path for end in ('"', "/") for path in pages_with(f"{name}{end}")] for name in USES}


def test_there_is_something_to_use():
    assert [name for name in USES if not MOUNTED[name]] == []


@pytest.mark.parametrize("how", ["served", "file"])
@pytest.mark.parametrize("name", [name for name in USES if MOUNTED[name]])
def test_widget_answers(open_page, name, how):
    page = open_page(MOUNTED[name][0], how)
    USES[name](page, page.all(f'[data-widget="{name}"]')[0])


@pytest.mark.parametrize("path", [path for path in pages() if path != "index.html"])  # which leads on
def test_page_opens_quietly(open_page, path):
    page = open_page(path, "served")
    states = page.run("() => [...document.querySelectorAll('.resnet-widget')].map(w => w.dataset.state)")
    assert set(states) <= {"live"}


def test_trouble_is_noticed(browser, address, site):
    """The sentinel of the tests above: an error, an outside address, a file that is not there, each is told."""
    page = browser.open(f"{address}/book/intro.html")
    page.run("() => { console.error('a worry'); setTimeout(() => { throw new Error('thrown') }); }")
    for url in ("http://example.invalid/", f"{address}/nothing.js"):
        page.run("url => fetch(url).then(() => 0, () => 0)", url)
    page.wait("() => new Promise(done => setTimeout(() => done(true)))")
    found = "\n".join(page.trouble(address))
    page.close()
    for part in ("console: a worry", "thrown", "request to http://example.invalid/", "404: "):
        assert part in found, found
