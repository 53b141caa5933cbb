"""No violation of WCAG A or AA that axe-core finds, light and dark, wide and narrow."""

from pathlib import Path

import axe_playwright_python
import pytest
from serving import pages

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", [page for page in pages() if page != "index.html"])
def test_no_axe_violations(visit, path, width, scheme):
    page = visit(path, color_scheme=scheme, viewport={"width": width, "height": 900})
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    assert found["passes"], "axe looked at something"
    violations = [
        f"{v['id']}: {node['html'][:160]} ({node['failureSummary'][:300]})"
        for v in found["violations"]
        for node in v["nodes"]
    ]
    assert violations == []


def test_a_message_is_read_out(visit):
    page = visit("book/intro.html")
    assert page.locator('.rn-message[role="status"]').count() >= 1
