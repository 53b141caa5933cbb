"""A headless Firefox and its pages, over WebDriver BiDi: JSON messages on a WebSocket, with no driver between.

Only what a reader does: open a page, find a control by its accessible name as the browser itself tells it, type. The network
is cut but for this machine, and what a page asks for or complains of is kept.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from websocket import WebSocket, create_connection

PATIENT = 120  # seconds: the machine that tests may have other things to do
EVENTS = ["log.entryAdded", "network.beforeRequestSent", "network.fetchError", "network.responseCompleted"]
KEYS = {"Control": "\ue009", "Enter": "\ue007", "Space": " ", "Down": "\ue015", "Right": "\ue014"}

# Every name but this machine's leads to a port where nobody listens; Firefox asks this machine itself without a proxy.
PREFERENCES = {
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
}


class FirefoxError(RuntimeError):
    """Firefox did not start, refused a command, or did not answer in time."""


class Firefox:
    """A browser with a profile of its own, for as long as the block runs.

    Args:
        program: where Firefox is.
        folder: an empty folder; it gets the profile, and what Firefox says.
    """

    def __init__(self, program: Path, folder: Path) -> None:
        self.program, self.folder, self.ids, self.pages = program, folder, count(1), {}

    def __enter__(self) -> Firefox:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
        (self.folder / "user.js").write_text("\n".join(lines))
        command = [self.program, "--headless", "--no-remote", "--profile", self.folder, "--remote-debugging-port=0"]
        environment = {**os.environ, "HOME": str(self.folder)}  # it starts in a home of its user's only
        self.log = open(self.folder / "log", "w")
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=self.log)
        try:
            self.socket = self._connect()
            self.send("session.new", capabilities={})
            self.send("session.subscribe", events=EVENTS)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def _connect(self) -> WebSocket:
        place, deadline = self.folder / "WebDriverBiDiServer.json", time.monotonic() + PATIENT
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                found = json.loads(place.read_text())
                address = f"ws://{found['ws_host']}:{found['ws_port']}/session"
                return create_connection(address, timeout=PATIENT, suppress_origin=True)
            except (OSError, ValueError):  # not there yet, or not written to the end
                time.sleep(0.1)
        raise FirefoxError(f"{self.program} did not start:\n{(self.folder / 'log').read_text()}")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """A command and its result; events that come meanwhile go to their pages."""
        number = next(self.ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told = json.loads(self.socket.recv())
            if told.get("type") == "event":
                self._event(told["method"], told["params"])
            elif told.get("id") == number:
                if told["type"] == "error":
                    raise FirefoxError(f"{method}: {told['message']}")
                return told["result"]

    def _event(self, kind: str, told: dict[str, Any]) -> None:
        context = told.get("context") or told.get("source", {}).get("context")
        page = self.pages.get(context) or next(reversed(self.pages.values()), None)  # a frame's: the last page's
        if page:
            page.events.append((kind, told))

    def open(self, address: str) -> Page:
        """A page in a tab of its own, loaded, its widgets live."""
        context = self.send("browsingContext.create", type="tab")["context"]
        page = self.pages[context] = Page(self, context)
        self.send("browsingContext.navigate", context=context, url=address, wait="complete")
        page.wait("() => !document.querySelector('.resnet-widget:not([data-state])')")
        return page


@dataclass(frozen=True)
class Node:
    """An element of a page, as BiDi names it."""

    sharedId: str


@dataclass
class Page:
    """A tab, and what its page did."""

    browser: Firefox
    context: str
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def close(self) -> None:
        """Close the tab; what it breaks off by that is not told as another page's."""
        self.browser.send("browsingContext.close", context=self.context)

    def trouble(self, *allowed: str) -> list[str]:
        """Errors in the console, requests that failed, and requests to addresses that do not begin as allowed."""
        self.browser.send("session.status")  # events come in order: those before its answer are here
        found = []
        for kind, told in self.events:
            url = told.get("request", {}).get("url", "")
            if kind == "log.entryAdded" and told["level"] == "error":
                found.append(f"console: {told['text']}")
            elif kind == "network.beforeRequestSent" and not url.startswith((*allowed, "data:", "blob:", "about:")):
                found.append(f"request to {url}")
            elif kind == "network.fetchError":
                found.append(f"failed: {url} ({told['errorText']})")
            elif kind == "network.responseCompleted" and told["response"]["status"] >= 400:
                found.append(f"{told['response']['status']}: {url}")
        return found

    def run(self, function: str, *arguments: Any) -> Any:
        """The value of a JavaScript function, of elements or of anything that JSON has."""
        given = [vars(a) if isinstance(a, Node) else {"type": "string", "value": json.dumps(a)} for a in arguments]
        text = f"async (...a) => JSON.stringify(await ({function})(...a.map(v => typeof v === 'string' ? JSON.parse(v) : v)))"
        told = self.browser.send(
            "script.callFunction",
            functionDeclaration=text,
            arguments=given,
            awaitPromise=True,
            target={"context": self.context},
        )
        if told["type"] == "exception":
            raise FirefoxError(told["exceptionDetails"]["text"])
        return json.loads(told["result"].get("value", "null"))

    def wait(self, function: str, *arguments: Any) -> Any:
        """Wait until the function gives something that is true."""
        deadline = time.monotonic() + PATIENT
        while time.monotonic() < deadline:
            if found := self.run(function, *arguments):
                return found
            time.sleep(0.1)
        raise FirefoxError(f"not within {PATIENT} s: {function}")

    def _nodes(self, kind: str, value: Any, within: Node | None) -> list[Node]:
        start = {"startNodes": [vars(within)]} if within else {}
        locator = {"type": kind, "value": value}
        found = self.browser.send("browsingContext.locateNodes", context=self.context, locator=locator, **start)
        return [Node(node["sharedId"]) for node in found["nodes"]]

    def all(self, selector: str, within: Node | None = None) -> list[Node]:
        return self._nodes("css", selector, within)

    def named(self, name: str, within: Node) -> Node:
        """The only control of that accessible name; its label, and the text in it, have the same."""
        found = self._nodes("accessibility", {"name": name}, within)
        kinds = self.run("(...all) => all.map(e => e.matches('button, input, select, textarea'))", *found)
        controls = [node for node, is_control in zip(found, kinds) if is_control]
        if len(controls) != 1:
            raise FirefoxError(f"{len(controls)} controls are called {name!r}")
        return controls[0]

    def keys(self, node: Node, text: str, holding: str = "") -> None:
        """Type into an element, perhaps while a key is held."""
        self.run("e => { e.scrollIntoView({ block: 'center' }); e.focus(); }", node)
        strokes = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        if holding:
            strokes = [{"type": "keyDown", "value": holding}, *strokes, {"type": "keyUp", "value": holding}]
        source = {"type": "key", "id": "keyboard", "actions": strokes}
        self.browser.send("input.performActions", context=self.context, actions=[source])

    def press(self, name: str, within: Node) -> None:
        """Press a button by keyboard."""
        self.keys(self.named(name, within), KEYS["Enter"])

    def fill(self, name: str, text: str, within: Node) -> None:
        """Put a text in place of what a field has."""
        control = self.named(name, within)
        self.keys(control, "a", holding=KEYS["Control"])
        self.keys(control, text.replace("\n", KEYS["Enter"]))
