"""Files from the web: gone on with where they broke off, named only when their sum is right, every failure with its cause."""

import hashlib
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from resnet_book.data import DataError
from resnet_book.data import download as module
from resnet_book.data.download import download, writable

CONTENT = bytes(range(256)) * 4_000  # a million bytes
SUM = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


@pytest.fixture
def server(monkeypatch):
    """A server that does as `behaviour` says for each request in turn, then gives the file; `asked` has the ranges."""
    monkeypatch.setenv("no_proxy", "*")

    class Handler(BaseHTTPRequestHandler):
        behaviour, asked, ranges = [], [], True

        def log_message(self, *_):
            pass

        def do_GET(self):
            asked = self.headers.get("Range")
            self.asked.append(asked)
            what = self.behaviour.pop(0) if self.behaviour else "whole"
            first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
            if isinstance(what, int):
                self.send_error(what)
                return
            body = {"page": b"<!DOCTYPE html><html>Please log in</html>", "other": b"other"}.get(what, CONTENT[first:])
            self.send_response(206 if first and body == CONTENT[first:] else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if what == "slow":
                self.wfile.write(body[:1000])
                self.wfile.flush()
                threading.Event().wait(2)
                return
            self.wfile.write(body[: len(body) // 3] if what == "short" else body)

    made = ThreadingHTTPServer(("localhost", 0), Handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    Handler.address = f"http://localhost:{made.server_port}/file"
    yield Handler
    made.shutdown()
    made.server_close()


def test_a_file_comes_whole_and_nothing_else_stays(server, tmp_path):
    download([server.address], tmp_path / "file", SUM)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_broke_off_goes_on_where_it_stopped(server, tmp_path):
    server.behaviour[:] = ["short"]
    with pytest.raises(DataError, match="broke off, 682,667 bytes before the end"):
        download([server.address], tmp_path / "file", SUM)
    assert not (tmp_path / "file").exists(), "a part never has the name of the whole"
    download([server.address], tmp_path / "file", SUM)
    assert server.asked == [None, f"bytes={len(CONTENT) // 3}-"]
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_server_that_cannot_go_on_is_asked_for_all(server, tmp_path):
    server.ranges = False
    (tmp_path / ".file.partial").write_bytes(CONTENT[:5])
    download([server.address], tmp_path / "file", SUM)
    assert (tmp_path / "file").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "behaviour, says",
    [
        (404, "the server answers 404"),
        (503, "the server answers 503"),
        ("page", "a web page, perhaps an error or a log-in page"),
        ("other", "it sent 5 bytes in place of the official file"),
    ],
)
def test_a_failure_says_its_cause_and_leaves_nothing(server, tmp_path, behaviour, says):
    server.behaviour[:] = [behaviour]
    with pytest.raises(DataError, match=says):
        download([server.address], tmp_path / "file", SUM)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_falls_silent_is_a_timeout(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", 0.3)
    server.behaviour[:] = ["slow"]
    with pytest.raises(DataError, match=r"no answer for 0\.3 seconds"):
        download([server.address], tmp_path / "file", SUM)


def test_the_next_address_is_tried_and_all_causes_are_told(server, tmp_path):
    nowhere = "http://localhost:9/file"
    download([nowhere, server.address], tmp_path / "file", SUM)
    server.behaviour[:] = [404]
    with pytest.raises(DataError) as caught:
        download([nowhere, server.address], tmp_path / "again", SUM)
    assert "no connection" in str(caught.value) and "404" in str(caught.value)


@pytest.mark.parametrize("harm", ["a file in its place", "not writable"])
def test_a_folder_that_cannot_be_written_to_is_named_with_the_way_out(tmp_path, monkeypatch, harm):
    place = tmp_path / "data"
    if harm == "not writable":
        place.mkdir()

        def refuse(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", refuse)
    else:
        place.write_text("not a folder")
    with pytest.raises(DataError) as caught, writable(place / "raw" if harm != "not writable" else place, "The set"):
        pytest.fail("it went on")
    assert str(tmp_path) in str(caught.value) and "Set RESNET_BOOK_DATA to a folder that can" in str(caught.value)
    assert "Permission denied" in str(caught.value) or "directory" in str(caught.value).lower()
    monkeypatch.undo()
    assert not place.is_dir() or list(place.iterdir()) == []


def test_a_full_disk_says_so_and_gives_the_folder_back(tmp_path):
    with pytest.raises(DataError, match=r"No space left on device.*Make room"), writable(tmp_path, "The set"):
        raise OSError(28, "No space left on device")
    with writable(tmp_path, "The set"):
        assert Path(tmp_path).is_dir()
