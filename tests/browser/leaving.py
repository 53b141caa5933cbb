"""Which of a page's requests were broken off although the page stayed.

A browser breaks off what a page still loads as it is left. Of a page that stays, a request that was broken off has failed
like any other. Chromium tells which document each request is of, and which documents are shown.
"""

from __future__ import annotations

from playwright.sync_api import Error

ABORTED = "net::ERR_ABORTED"
ICON = "/favicon.ico"  # Playwright itself breaks it off where a test answers a page's requests


class Departures:
    """Watches a page from before its first address is asked for."""

    def __init__(self, page) -> None:
        self.page, self.asked, self.broken = page, {}, []
        self.session = page.context.new_cdp_session(page)
        self.session.on("Network.requestWillBeSent", lambda told: self.asked.update({told["requestId"]: told}))
        self.session.on("Network.loadingFailed", lambda told: self._fail(told))
        self.session.send("Network.enable")

    def _fail(self, told: dict) -> None:
        if told["errorText"] == ABORTED and told["requestId"] in self.asked:
            self.broken.append(self.asked[told["requestId"]])

    def failed(self) -> list[str]:
        """The addresses that documents which are shown now have asked for, and that were broken off."""
        try:
            shown = set(documents(self.session.send("Page.getFrameTree")["frameTree"]))
        except Error:
            if self.page.is_closed():
                return []
            raise
        addresses = [request["request"]["url"] for request in self.broken if request["loaderId"] in shown]
        return [address for address in addresses if not address.endswith(ICON)]


def documents(tree: dict):
    """The document that each frame shows."""
    yield tree["frame"]["loaderId"]
    for inner in tree.get("childFrames", ()):
        yield from documents(inner)
