"""The built site, served as a web server would: compressed, from this machine only."""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".txt", ".xml", ".ipynb"}


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path = path / "index.html"
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if path.suffix in COMPRESSED:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve(folder: Path):
    """The address of a server of that folder, for as long as the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


# Chromium with every name but this machine's cut off, and without the calls home that it makes by itself.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND,EXCLUDE 127.0.0.1",
]


SETTLED = """async () => {
  await document.fonts.ready;
  for (let found = -1; found !== performance.getEntriesByType("resource").length; ) {
    found = performance.getEntriesByType("resource").length;
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}"""


def settled(page) -> None:
    """Wait until an opened page loads no more: its fonts are there, and nothing else has come for half a second.

    Playwright's own state ``networkidle`` is missed now and then by a page that is opened from a folder.
    """
    page.evaluate(SETTLED)


def pages() -> list[str]:
    """Every page of the built site, as a path below its root."""
    if not SITE.is_dir():
        return []
    names = (path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
    return sorted(name for name in names if not name.startswith(("_static", "_sources", "reports")))


def pages_with(name: str) -> list[str]:
    """The pages that mount a widget whose name begins so."""
    return [path for path in pages() if f'"widget": "{name}' in (SITE / path).read_text(encoding="utf-8")]
