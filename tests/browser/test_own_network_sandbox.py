"""What a reader's code can reach from the page: nothing. The proof is a server of its own that counts who knocks."""

import socket
import threading

import pytest
from test_own_network import CHAIN, NAME, PAGE, copied, idle, press, trace
from widgets import choose, widget

PATIENT = 120_000


class Door:
    """A listening port; every connection is counted."""

    def __init__(self):
        self.knocks = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            connection.settimeout(1)
            try:
                self.knocks.append(connection.recv(200))
            except OSError:
                self.knocks.append(b"")
            connection.close()


@pytest.fixture
def door():
    found = Door()
    yield found
    found.socket.close()


# In JavaScript, each a promise or a value; HOST is the door. In the worker most of the names are gone.
IN_THE_WORKER = {
    "fetch": "fetch('http://HOST/fetch')",
    "fetch without cors": "fetch('http://HOST/fetch', { mode: 'no-cors' })",
    "fetch of a prototype": "Object.getPrototypeOf(self).fetch.call(self, 'http://HOST/proto')",
    "request": "fetch(new Request('http://HOST/request', { method: 'POST', body: 'x' }))",
    "XMLHttpRequest": "(() => { const r = new XMLHttpRequest(); r.open('GET', 'http://HOST/xhr', false); r.send(); })()",
    "WebSocket": "new WebSocket('ws://HOST/ws')",
    "EventSource": "new EventSource('http://HOST/es')",
    "WebTransport": "new WebTransport('https://HOST/wt')",
    "beacon": "navigator.sendBeacon('http://HOST/beacon', 'x')",
    "importScripts": "importScripts('http://HOST/script.js')",
    "import": "import('http://HOST/module.js')",
    "import of data": "import('data:text/javascript,export default fetch(\"http://HOST/data\")')",
    "import of a blob": "import(URL.createObjectURL(new Blob([\"fetch('http://HOST/blob')\"], { type: 'text/javascript' })))",
    "worker": "new Worker('http://HOST/worker.js')",
    "worker of a blob": "new Worker(URL.createObjectURL(new Blob([\"fetch('http://HOST/nested')\"])))",
    "shared worker": "new SharedWorker('http://HOST/shared.js')",
    "font": "new FontFace('f', 'url(http://HOST/font)').load()",
    "indexedDB": "indexedDB.open('x')",
    "caches": "caches.open('x')",
    "storage": "navigator.storage.getDirectory()",
    "broadcast": "new BroadcastChannel('x').postMessage('http://HOST')",
    "message": "postMessage({ answer: 'forged' })",
    "message of the scope": "DedicatedWorkerGlobalScope.prototype.postMessage.call(self, { failed: 'forged' })",
    "notification": "new Notification('http://HOST')",
    "local storage": "localStorage.setItem('x', 'y')",
    "document": "document.createElement('img')",
    "window": "window.open('http://HOST/open')",
    "parent": "parent.location = 'http://HOST/parent'",
    "location": "location.href = 'http://HOST/location'",
    "service worker": "navigator.serviceWorker.register('http://HOST/sw.js')",
    "close": "close()",
    "peer": "new RTCPeerConnection({ iceServers: [{ urls: 'stun:HOST' }] }).createDataChannel('x')",
}
IN_THE_FRAME = {
    "fetch": "fetch('http://HOST/f-fetch', { mode: 'no-cors' })",
    "XMLHttpRequest": "(() => { const r = new XMLHttpRequest(); r.open('GET', 'http://HOST/f-xhr'); r.send(); })()",
    "WebSocket": "new WebSocket('ws://HOST/f-ws')",
    "EventSource": "new EventSource('http://HOST/f-es')",
    "beacon": "navigator.sendBeacon('http://HOST/f-beacon', 'x')",
    "image": "new Promise((r) => { const i = new Image(); i.onload = i.onerror = r; i.src = 'http://HOST/f-image'; })",
    "image in CSS": "document.documentElement.style.background = 'url(http://HOST/f-css)'",
    "style sheet": "document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: 'http://HOST/f-link' }))",
    "prefetch": "document.head.append(Object.assign(document.createElement('link'), { rel: 'prefetch', href: 'http://HOST/f-prefetch' }))",
    "script": "document.head.append(Object.assign(document.createElement('script'), { src: 'http://HOST/f-script' }))",
    "import": "import('http://HOST/f-import')",
    "worker": "new Worker('http://HOST/f-worker')",
    "frame": "document.body.append(Object.assign(document.createElement('iframe'), { src: 'http://HOST/f-frame' }))",
    "object": "document.body.append(Object.assign(document.createElement('object'), { data: 'http://HOST/f-object' }))",
    "media": "document.body.append(Object.assign(document.createElement('video'), { src: 'http://HOST/f-video' }))",
    "popup": "window.open('http://HOST/f-popup')",
    "top": "top.location = 'http://HOST/f-top'",
    "parent's document": "parent.document.title",
    "local storage": "localStorage.setItem('x', 'y')",
    "cookie": "(() => { document.cookie = 'x=y'; if (!document.cookie) throw new Error('none'); })()",
    "indexedDB": "new Promise((yes, no) => { const r = indexedDB.open('x'); r.onsuccess = yes; r.onerror = no; })",
}  # fmt: skip
AWAY = {
    "form": "(() => { const f = Object.assign(document.createElement('form'), { action: 'http://HOST/f-form' }); document.body.append(f); f.submit(); })()",
    "download": "Object.assign(document.createElement('a'), { href: 'http://HOST/f-download', download: 'x' }).click()",
    "another address": "location.href = 'http://HOST/f-location'",
}  # fmt: skip
"""Ways to another address: the frame is lost by them."""
HARMLESS = {"image", "image in CSS", "style sheet", "prefetch", "script", "frame", "object", "media", "popup",
            "XMLHttpRequest", "WebSocket", "EventSource", "beacon", "worker"}  # fmt: skip
"""Ways that raise nothing where they are blocked: the door tells."""


def attack(host: str) -> str:
    """A network's text that tries every way out of the worker, by the JavaScript that it can reach, and prints what happened."""
    tries = "\n".join(
        f"attempt({name!r}, {('return ' + way).replace('HOST', host)!r})" for name, way in IN_THE_WORKER.items()
    )
    return f"""{CHAIN}
from math import Math

function = Math.constructor.constructor
print("reached", function("return 6 * 7")())


def attempt(name, way):
    try:
        function(way)()
        print("went on:", name)
    except BaseException as error:
        print("refused:", name)


{tries}
"""


def test_nothing_gets_out_of_the_worker(visit, door):
    page = visit(PAGE, quiet=False)  # what is blocked is told as a request and an error too: the door counts
    root = widget(page, NAME)
    trace(root, Code=CHAIN)
    trace(root, Code=attack(f"127.0.0.1:{door.port}"), Input_shape="3,32,32")
    page.wait_for_timeout(2_000)
    told = root.locator(".rn-printed").text_content()
    assert "reached 42" in told, "the attack has to reach JavaScript to prove anything"
    assert len(IN_THE_WORKER) >= 30 and told.count("refused:") + told.count("went on:") == len(IN_THE_WORKER)
    assert door.knocks == []
    assert copied(root)["output_shape"] == [16, 14, 14]  # neither forged nor lost
    assert page.url.split("#")[0].endswith(PAGE) and len(page.context.pages) == 1
    trace(root, Code=CHAIN, Input_shape="3,16,16")
    assert copied(root)["output_shape"] == [16, 6, 6]


def inner(page):
    """The frame that holds the worker of the sandbox that waits; it begins to start when a trace is done."""
    while len(page.frames) < 3:
        page.wait_for_timeout(50)
    return page.frames[2]


@pytest.mark.parametrize("how", ["served", "file"])
def test_nothing_gets_out_of_the_frame(visit, door, how):
    """The second wall alone: the same from the frame's own document, where nothing was taken away."""
    page = visit(PAGE, how=how, quiet=False)
    trace(widget(page, NAME), Code=CHAIN)
    host = f"127.0.0.1:{door.port}"
    for name, way in IN_THE_FRAME.items():
        done = inner(page).evaluate(
            "async (way) => { try { await (0, eval)(way); return 'done'; } catch (error) { return String(error); } }",
            way.replace("HOST", host),
        )
        assert done != "done" or name in HARMLESS, name
    for way in AWAY.values():
        trace(widget(page, NAME), Code=CHAIN)
        inner(page).evaluate("way => void setTimeout(way, 100)", way.replace("HOST", host))
        page.wait_for_timeout(1_000)
        choose(widget(page, NAME), Code=CHAIN + "while True:\n    pass\n")
        press(widget(page, NAME), "Trace")  # the idle frame is gone, or takes the question: in both cases Stop ends it
        press(widget(page, NAME), "Stop")
        idle(widget(page, NAME))
    page.wait_for_timeout(1_000)
    assert [
        knock for knock in door.knocks if knock
    ] == []  # a browser may open a line ahead of a request that it then refuses
    assert page.url.split("#")[0].endswith(PAGE) and len(page.context.pages) == 1
    assert page.evaluate("localStorage.getItem('x')") is None


def test_the_door_would_hear(door, chromium):
    """The counter-proof: from a page without the sandbox the same ways do reach the door."""
    page = chromium.new_page()
    page.set_content("<p>open</p>")
    page.evaluate(f"fetch('http://127.0.0.1:{door.port}/', {{ mode: 'no-cors' }}).catch(() => 0)")
    page.close()
    assert door.knocks


def test_page_answers_while_the_code_tries_to_drown_it(visit):
    page = visit(PAGE)
    root = widget(page, NAME)
    trace(root, Code=CHAIN)
    choose(
        root,
        Code=CHAIN
        + "from math import Math\nflood = Math.constructor.constructor('try { postMessage(1) } catch (e) {}')\nwhile True:\n    flood()\n",
    )
    press(root, "Trace")
    page.wait_for_timeout(500)
    gaps = page.evaluate("""() => new Promise((done) => {
      const gaps = []; let last = performance.now();
      const timer = setInterval(() => { const now = performance.now(); gaps.push(now - last - 5); last = now;
                                        if (gaps.length === 200) { clearInterval(timer); done(gaps.sort((a, b) => a - b)); } }, 5); })""")
    assert gaps[100] < 50, "the page must answer"
    press(root, "Stop")
    idle(root)
    assert page.locator("iframe").count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        "made = nn.Conv2d.__init__\nnn.Conv2d.__init__ = lambda self, *a, **k: made(self, *a, **k | {'bias': False})\n",
        "import copy\ncopy.deepcopy = lambda x: x\n",
        'import json\njson.dumps = lambda *a, **k: \'{"network": "forged"}\'\n',
        "nn.functional.max_pool2d.__defaults__ = (9,)\n",
    ],
)
def test_what_one_text_changes_is_gone_with_it(visit, changes):
    root = widget(visit(PAGE), NAME)
    trace(root, Code=CHAIN)
    before = copied(root)
    trace(root, Code="import torch\nfrom torch import nn\n" + changes + "net = nn.Conv2d(3, 4, 3)\n")
    trace(root, Code=CHAIN)
    assert copied(root) == before
