"""The widgets in hosts with themes of their own, and beside a kernel that has died."""

from pathlib import Path

import axe_playwright_python
import pytest
from hosts import hosts, show
from support import REPOSITORY

from resnet_book import runs
from resnet_book.widgets import (
    BottleneckCalculator,
    ChannelMixer,
    ConvArithmetic,
    FaceFollower,
    NetworkTracer,
    PredictionExplorer,
    ResidualBlock,
    RunExplorer,
    ShapeQuiz,
)

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
RECORDED = REPOSITORY / "book" / "runs"
WIDGETS = {
    "network-tracer": lambda: NetworkTracer("resnet18"),
    "residual-block": lambda: ResidualBlock(in_channels=64, out_channels=128, height=28, width=28, stride=2),
    "conv-arithmetic": ConvArithmetic,
    "bottleneck-calculator": BottleneckCalculator,
    "channel-mixer": ChannelMixer,
    "face-follower": FaceFollower,
    "shape-quiz": ShapeQuiz,
    "run-explorer": lambda: RunExplorer([runs.read(RECORDED / name) for name in ("book-0", "book-1", "d2l-0")]),
    "prediction-explorer": lambda: PredictionExplorer(runs.read(RECORDED / "book-0")),
}


@pytest.fixture
def blank(chromium):
    errors = []
    context = chromium.new_context(viewport={"width": 900, "height": 900})
    page = context.new_page()
    page.set_default_timeout(8_000)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.mark.parametrize("widget", WIDGETS)
@pytest.mark.parametrize("host", hosts())
def test_text_is_legible_in_every_host(blank, host, widget):
    show(blank, hosts()[host], WIDGETS[widget]())
    root = blank.locator("[data-widget]")
    root.wait_for()
    blank.wait_for_timeout(50)
    wanted = "dark" if any(word in host for word in ("dark", "high contrast")) else "light"
    assert root.get_attribute("data-ground") == wanted
    blank.evaluate(AXE)
    found = blank.evaluate(
        "axe.run('[data-widget]', { runOnly: ['color-contrast'], resultTypes: ['violations', 'passes'] })"
    )
    assert found["passes"], "axe looked at some text"
    assert [f"{n['html'][:120]}: {n['any'][0]['message']}" for v in found["violations"] for n in v["nodes"]] == []
    # what axe leaves out: texts in pictures
    low = blank.evaluate(
        """() => {
          const parts = (color) => color.match(/[\\d.]+/g).map(Number);
          const light = (color) => {
            const [r, g, b] = parts(color).map((c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const root = document.querySelector("[data-widget]");
          const ground = light(getComputedStyle(root).backgroundColor);
          return [...root.querySelectorAll("svg text")].filter((text) => {
            const ink = light(getComputedStyle(text).fill);
            return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05) < 4.5;
          }).map((text) => text.textContent);
        }"""
    )
    assert low == []


def test_a_host_that_changes_its_theme_is_followed(blank):
    show(blank, hosts()["JupyterLab light"], NetworkTracer("resnet18"))
    assert blank.locator("[data-widget]").get_attribute("data-ground") == "light"
    blank.evaluate("document.body.setAttribute('data-jp-theme-light', 'false')")
    blank.wait_for_function("document.querySelector('[data-widget]').dataset.ground === 'dark'")


def test_a_kernel_that_does_not_answer_is_said(blank):
    blank.clock.install()
    show(blank, hosts()["JupyterLab light"], NetworkTracer("resnet18"))
    blank.get_by_role("button", name="Verify with PyTorch").click()
    result = blank.locator(".rn-actions [role=status]")
    assert "is building" in result.inner_text()
    blank.clock.run_for(12_000)
    said = result.inner_text()
    assert "No answer" in said and "run this cell again" in said
    # asked again it waits again, and an answer that comes late is shown
    blank.get_by_role("button", name="Verify with PyTorch").click()
    assert "is building" in result.inner_text()
    blank.clock.run_for(12_000)
    blank.evaluate("model.set('verify_result', { text: 'PyTorch agrees' })")
    assert result.inner_text() == "PyTorch agrees"
    blank.clock.run_for(20_000)
    assert result.inner_text() == "PyTorch agrees"


def test_a_host_that_refuses_to_send_is_said(blank):
    show(blank, hosts()["JupyterLab light"], ResidualBlock())
    blank.evaluate("() => { model.save_changes = () => { throw new Error('comm is dead') } }")
    blank.get_by_role("button", name="Verify with PyTorch").click()
    assert "run this cell again" in blank.locator(".rn-actions [role=status]").inner_text()
