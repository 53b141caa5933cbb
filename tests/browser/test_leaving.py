"""What a page breaks off as it is left is told from what fails while it stays."""

import pytest
from leaving import ABORTED, Departures

SLOW = "<title>A page</title><img src='/slow.png'><p>"


@pytest.fixture
def watched(chromium):
    """A page whose picture never comes, and what watches it."""
    context = chromium.new_context()
    page = context.new_page()
    departures, waiting = Departures(page), []
    page.route("http://book.test/*", lambda route: route.fulfill(body=SLOW, content_type="text/html"))
    page.route("**/slow.png", lambda route: waiting.append(route))
    page.goto("http://book.test/one", wait_until="domcontentloaded")
    page.wait_for_timeout(50)
    yield page, departures, waiting
    context.close()


def test_a_picture_of_a_page_that_stays_has_failed(watched):
    page, departures, waiting = watched
    with page.expect_event("requestfailed") as told:
        waiting[0].abort("aborted")
    assert told.value.failure == ABORTED
    assert departures.failed() == ["http://book.test/slow.png"]
    page.evaluate("location.hash = 'here'")  # the same page
    assert departures.failed() == ["http://book.test/slow.png"]


@pytest.mark.parametrize("onward", ["http://book.test/two", "http://book.test/one", "about:blank"])
def test_a_picture_of_a_page_that_is_left_has_not(watched, onward):
    page, departures, _ = watched
    with page.expect_event("requestfailed") as told:
        page.goto(onward, wait_until="commit")
    assert told.value.failure == ABORTED
    assert departures.failed() == []


def test_a_picture_of_a_frame_that_was_taken_away_has_not(watched):
    page, departures, _ = watched
    page.evaluate("document.body.append(Object.assign(document.createElement('iframe'), { src: '/frame' }))")
    page.wait_for_timeout(200)
    with page.expect_event("requestfailed"):
        page.evaluate("document.querySelector('iframe').remove()")
    assert departures.failed() == [] and departures.broken


def test_a_page_that_was_closed_has_been_left(watched):
    page, departures, _ = watched
    page.close()
    assert departures.failed() == []
