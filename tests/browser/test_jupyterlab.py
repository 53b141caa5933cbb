"""The same widgets in a real JupyterLab: live, in step with the kernel, and verified with PyTorch."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from widgets import choose, numbers, totals, widget

from resnet_book import Block, architecture, trace
from resnet_book.exercises import chapter, chapter_of

SRC = Path(__file__).resolve().parents[2] / "src"

# One cell for both: JupyterLab does not draw the cells that are far from the screen.
CELL = """\
from resnet_book.widgets import BlockRemover, Exercise, FaceFollower, NetworkTracer, OwnNetwork, ResidualBlock
display(NetworkTracer("resnet18"))
display(ResidualBlock(in_channels=64, out_channels=128, height=28, width=28, stride=2))
display(OwnNetwork())
display(BlockRemover())
display(FaceFollower())
display(Exercise("narrow-code"))"""
QUESTIONS = """\
from resnet_book.widgets import Exercise, Prediction
display(Prediction("concatenated-weights", right=2))
display(Exercise("count-a-block"))"""
RESULT = "twice as many"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab whose folder holds two notebooks, of widgets and of questions."""
    folder = tmp_path_factory.mktemp("lab")
    cell = nbformat.v4.new_code_cell
    stored = nbformat.v4.new_output("stream", text=RESULT)
    folded = cell(
        "print(result)", outputs=[stored], metadata={"jupyter": {"source_hidden": True, "outputs_hidden": True}}
    )
    for name, cells in (("widgets", [cell(CELL)]), ("questions", [cell(QUESTIONS), folded])):
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, folder / f"{name}.ipynb")
    environment = {
        **os.environ, "PYTHONPATH": str(SRC), "HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"), "JUPYTER_RUNTIME_DIR": str(folder / "run"), "JUPYTER_NO_CONFIG": "1",
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(folder / "spaces"),
    }  # fmt: skip
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.port=0",
        "--IdentityProvider.token=",
        "--ServerApp.ip=127.0.0.1",
    ]
    command = [sys.executable, "-m", "jupyterlab", *options, "--LabApp.news_url=", f"--ServerApp.root_dir={folder}"]
    with open(folder / "log", "w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        deadline, url = time.time() + 60, None
        while not url and time.time() < deadline:
            time.sleep(0.3)
            found = re.search(r"http://127\.0\.0\.1:\d+", (folder / "log").read_text())
            url = found and found[0]
        assert url, (folder / "log").read_text()
        for _ in range(50):
            try:
                json.load(urllib.request.urlopen(f"{url}/api"))
                break
            except OSError:
                time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def run_first(chromium, lab):
    """`run_first("widgets")` opens a notebook and runs its first cell; at the end no script has failed."""
    errors, pages = [], []

    def opened(name: str):
        page = chromium.new_page(viewport={"width": 1400, "height": 7200})
        pages.append(page)
        page.set_default_timeout(120_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{lab}/lab/tree/{name}.ipynb?reset")  # without the tabs of the notebook before
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        page.get_by_text("Kernel status: Idle").first.wait_for(state="attached")
        prompt = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first
        for _ in range(6):  # on a busy machine JupyterLab may lose a click while it still starts
            page.locator(".jp-Notebook .jp-CodeCell").first.click()
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_text("Run Selected Cell and Do not Advance", exact=True).click()
            page.wait_for_timeout(5_000)
            if prompt.inner_text().strip("[]: \u00a0"):  # a star or a number
                break
        page.locator("[data-widget]").last.wait_for()
        return page

    yield opened
    for page in pages:
        page.close()
    assert errors == []


def test_questions_are_answered_by_keyboard(run_first):
    page = run_first("questions")
    prediction, exercise = widget(page, "prediction"), widget(page, "exercise")
    exercise.wait_for()
    result = page.locator(".jp-OutputArea-output", has_text=RESULT)
    assert not result.is_visible()
    prediction.get_by_label("Your guess", exact=True).focus()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    result.wait_for()
    assert "You guessed 3. It is 2" in prediction.get_by_role("status").inner_text()

    answer = exercise.get_by_label("Your answer", exact=True)
    for typed, verdict in (("12", "false"), (chapter_of("count-a-block").ask("count-a-block").typed, "true")):
        answer.focus()
        page.keyboard.press("Control+a")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        assert exercise.get_attribute("data-correct") == verdict
        assert answer.input_value() == typed, "no key was taken for a command of JupyterLab's"


def test_widgets_in_jupyterlab(run_first):
    page = run_first("widgets")
    page.locator('[data-widget="residual-block"]').wait_for()

    tracer = widget(page, "network-tracer")
    assert numbers(tracer)["Total"][:4] == totals(trace(architecture("resnet18"), (3, 224, 224)))
    choose(tracer, Architecture="cifar-resnet20", Input_size=32)
    assert numbers(tracer)["Total"][:4] == totals(trace(architecture("cifar-resnet20"), (3, 32, 32)))
    tracer.get_by_role("button", name="Verify with PyTorch").click()
    tracer.get_by_text(
        "PyTorch agrees in all 73 operations: 269,722 parameters"
    ).wait_for()  # so the kernel saw the change

    block = widget(page, "residual-block")
    block.get_by_role("button", name="Verify with PyTorch").click()
    block.get_by_text("PyTorch refuses it too").wait_for()
    block.get_by_role("button", name="Apply fix").click()
    assert numbers(block)["Total"][:4] == totals(trace(Block("basic", 64, 128, 2, "projection"), (64, 28, 28)))
    block.get_by_role("button", name="Verify with PyTorch").click()
    block.get_by_text("PyTorch agrees in all 9 operations").wait_for()

    # the kernel hands over what the page would fetch, and the code runs in the browser's sandbox
    own = widget(page, "own-network")
    choose(own, Code="from torch import nn\nnet = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())\n")
    own.get_by_role("button", name="Trace", exact=True).click()
    own.get_by_text("net: 3 × 224 × 224 in, 8 × 222 × 222 out.").wait_for()

    remover = widget(page, "block-remover")
    choose(remover, Picture="42", **{"layer1.0": "no branch"})
    remover.get_by_text("This is a pair of trousers").wait_for()
    choose(remover, Network="plain", **{"layer2.1": "swapped with the next"})
    remover.get_by_text("Done to it: layer1.0 passes its input on; layer2.1 and layer2.2 change places").wait_for()
    page.wait_for_function("w => w.dataset.shown === w.dataset.asked", arg=remover.element_handle())
    remover.get_by_role("button", name="Verify with PyTorch").click()
    remover.get_by_text("PyTorch agrees: ").wait_for()

    follower = widget(page, "face-follower")
    choose(follower, Turn=-20)
    follower.get_by_text("Of this face the network").wait_for()
    page.wait_for_function("w => w.dataset.shown === w.dataset.asked", arg=follower.element_handle())
    follower.get_by_role("button", name="Verify with PyTorch").click()
    follower.get_by_text("PyTorch agrees: no point").wait_for()

    exercise = widget(page, "exercise")
    choose(exercise, Code=chapter("one_by_one").ask("narrow-code").solution)
    exercise.get_by_role("button", name="Check", exact=True).click()
    exercise.get_by_text("Right: 256 × 14 × 14 out, 69,632 parameters").wait_for()
    assert exercise.get_attribute("data-correct") == "true"

    # the arrow keys belong to the control, not to JupyterLab
    control = tracer.get_by_label("Version", exact=True)
    choose(tracer, Architecture="resnet50")
    control.focus()
    control.press("ArrowUp")
    assert control.input_value() == "v1"
