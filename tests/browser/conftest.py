"""A headless Chromium with the network cut, and pages of the built site that report what they did."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from browser_setup import find_chromium
from leaving import ABORTED, Departures
from serving import CHROMIUM_FLAGS, SITE, serve


@pytest.fixture(scope="session")
def site() -> Path:
    if not (SITE / "index.html").is_file():
        pytest.fail("the site is not built: run `make book` first (`make test` does)")
    return SITE


@pytest.fixture(scope="session")
def address(site: Path):
    with serve(site) as url:
        yield url


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    found = find_chromium()
    if found is None:
        pytest.fail("no Chromium: run `python tests/browser_setup.py`, which brings one or says how")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(found), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, address: str, site: Path):
    """`visit("book/intro.html")` opens a page, waits for its widgets, and at the end proves that it was quiet.

    Quiet: no request to another origin, no failed request, nothing in the error console.
    """
    contexts, trouble, departures = [], [], []

    def failed(request) -> None:
        """A worker's text in a frame of no origin is at times told as failed although it runs."""
        if request.failure != ABORTED and not request.url.startswith("blob:null/"):
            trouble.append(f"failed: {request.url} ({request.failure})")

    def open_page(path: str, *, how: str = "served", quiet: bool = True, wait: bool = True, **options):
        root = address if how == "served" else site.as_uri()
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        if quiet:
            allowed = (root, "data:", "blob:", "about:")
            page.on("request", lambda r: r.url.startswith(allowed) or trouble.append(f"request to {r.url}"))
            page.on("requestfailed", failed)
            departures.append(Departures(page))
            page.on("response", lambda r: r.status < 400 or trouble.append(f"{r.status}: {r.url}"))
            page.on("console", lambda m: m.type == "error" and trouble.append(f"console: {m.text}"))
            page.on("pageerror", lambda error: trouble.append(f"exception: {error}"))
        page.goto(f"{root}/{path}")
        if wait and options.get("java_script_enabled", True):
            page.wait_for_function("!document.querySelector('.resnet-widget:not([data-state])')")
        return page

    yield open_page
    trouble += [f"broken off: {url}" for watched in departures for url in watched.failed()]
    for context in contexts:
        context.close()
    assert trouble == []
