"""CIFAR-10: the official files and nothing else, their statistics, and what the loop learns from."""

import hashlib
import io
import os
import pickle
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch

from resnet_book.data import CIFAR10_CLASSES, DataError, cifar10, dataset, folder, mean_of_stds, split, statistics
from resnet_book.data import cifar10 as load
from resnet_book.data.cifar10 import FOLDER, MD5

module = __import__("sys").modules["resnet_book.data.cifar10"]


@pytest.fixture(scope="session")
def official() -> Path:
    """A folder with the official files, as RESNET_BOOK_DATA gives it."""
    if not all((folder() / FOLDER / name).is_file() for name in MD5):
        missing = "the official CIFAR-10 files are not in RESNET_BOOK_DATA"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return folder()


@pytest.fixture(scope="session")
def training(official):
    return cifar10(True, download=False)


# ---------------------------------------------------------------- the official files


def test_the_sets_are_whole_and_in_order(training, official):
    testing = cifar10(False, download=False)
    assert training.images.shape == (50_000, 3, 32, 32) and testing.images.shape == (10_000, 3, 32, 32)
    assert training.labels.bincount().tolist() == [5_000] * 10 and testing.labels.bincount().tolist() == [1_000] * 10
    assert training.labels[:5].tolist() == [6, 9, 9, 4, 1] and testing.labels[:5].tolist() == [3, 8, 8, 0, 6]
    assert (training.name, training.channels) == ("CIFAR-10, training set", 3)


def test_they_are_torchvisions(training, official):
    from torchvision import datasets

    theirs = datasets.CIFAR10(official, train=True)
    assert np.array_equal(theirs.data[:500], training.images[:500].permute(0, 2, 3, 1).numpy())
    assert theirs.targets == training.labels.tolist() and tuple(theirs.classes) == CIFAR10_CLASSES


def test_mean_and_std_over_the_set_and_the_usual_wrong_one(training):
    mean, std = statistics(training)
    flat = training.images.double().div(255).transpose(0, 1).flatten(1)
    assert torch.allclose(mean, flat.mean(1), atol=1e-12) and torch.allclose(
        std, flat.std(1, unbiased=False), atol=1e-9
    )
    assert [round(v, 4) for v in mean.tolist()] == [0.4914, 0.4822, 0.4465]
    assert [round(v, 4) for v in std.tolist()] == [0.2470, 0.2435, 0.2616]
    assert [round(v, 4) for v in mean_of_stds(training).tolist()] == [0.2023, 0.1994, 0.2010]


def test_the_split_and_the_sample_hold_every_class_evenly(training, official):
    rest, held_out = split(training)
    assert len(rest) + len(held_out) == 50_000 and set(held_out.labels.bincount().tolist()) == {416}
    few = dataset("cifar-10").sample(True)
    assert len(few) == 1_000 and few.labels.bincount().tolist() == [100] * 10
    assert few.name == "CIFAR-10 sample, training set"
    assert torch.equal(few.images[0], training.images[0])


# ---------------------------------------------------------------- files that are not


class Harmful:
    """Unpickled, it leaves a trace."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def batch(seed: int) -> bytes:
    generator = np.random.default_rng(seed)
    pictures = generator.integers(0, 256, (10, 3072), dtype=np.uint8)
    return pickle.dumps({"data": pictures, "labels": list(range(10))})


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """A small set of the same form, its sums in place of the official ones, and a server with its archive."""
    contents = {name: batch(seed) for seed, name in enumerate(MD5)}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in [*contents.items(), ("../outside", b"x"), ("readme.html", b"y")]:
            entry = tarfile.TarInfo(f"{FOLDER}/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    place = tmp_path / "server"
    place.mkdir()
    (place / module.ARCHIVE).write_bytes(packed.getvalue())
    sums = {name: hashlib.md5(content).hexdigest() for name, content in contents.items()}
    monkeypatch.setattr(module, "MD5", sums)
    monkeypatch.setattr(module, "ARCHIVE_MD5", hashlib.md5(packed.getvalue()).hexdigest())
    monkeypatch.setenv("no_proxy", "*")
    asked = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    server = ThreadingHTTPServer(("localhost", 0), partial(Handler, directory=str(place)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(module, "ADDRESS", f"http://localhost:{server.server_port}/{module.ARCHIVE}")
    yield place / module.ARCHIVE, asked
    server.shutdown()
    server.server_close()


def test_the_archive_is_fetched_unpacked_and_taken_away(tiny, tmp_path):
    root = tmp_path / "data"
    assert len(load(True, root=root)) == 50 and len(load(False, root=root)) == 10
    assert len(tiny[1]) == 1, "once for both"
    assert sorted(p.relative_to(root).as_posix() for p in root.rglob("*")) == sorted(
        [FOLDER, *(f"{FOLDER}/{n}" for n in MD5)]
    )


def test_an_archive_that_lies_there_needs_no_network(tiny, tmp_path):
    root = tmp_path / "data"
    root.mkdir()
    (root / module.ARCHIVE).write_bytes(tiny[0].read_bytes())
    assert len(load(True, root=root)) == 50 and tiny[1] == []


@pytest.mark.parametrize("harm", ["missing", "cut short", "altered", "a harmful pickle"])
def test_harm_is_repaired_and_never_unpickled(tiny, tmp_path, harm):
    root, trace = tmp_path / "data", tmp_path / "trace"
    load(True, root=root)
    path = root / FOLDER / "data_batch_3"
    content = path.read_bytes()
    path.unlink()
    harmed = {
        "cut short": content[:-1],
        "altered": content[:99] + b"?" + content[100:],
        "a harmful pickle": pickle.dumps(Harmful(trace)),
    }
    if harm in harmed:
        path.write_bytes(harmed[harm])
        with pytest.raises(DataError, match="altered: data_batch_3"):
            load(True, root=root, download=False)
    assert len(load(True, root=root)) == 50
    assert path.read_bytes() == content and not trace.exists()
    pickle.loads(harmed["a harmful pickle"])
    assert trace.exists(), "this pickle does harm where it is read"


@pytest.mark.parametrize("what", ["cut short", "another archive", "a web page"])
def test_an_archive_that_is_not_the_official_one_is_refused(tiny, tmp_path, what):
    archive, _ = tiny
    whole = archive.read_bytes()
    archive.write_bytes(
        {"cut short": whole[:-50], "another archive": b"\x1f\x8b" + bytes(500), "a web page": b"<html>"}[what]
    )
    root = tmp_path / "data"
    with pytest.raises(DataError, match=r"The download failed.*MD5 sum differs") as caught:
        load(True, root=root)
    assert "missing: data_batch_1" in str(caught.value) and "copy the official cifar-10-python.tar.gz" in str(
        caught.value
    )
    assert [p for p in root.rglob("*") if p.is_file()] == []


def test_without_network_or_data_it_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ADDRESS", "http://localhost:9/nothing")
    with pytest.raises(DataError, match=r"missing: data_batch_1.*no connection"):
        load(False, root=tmp_path)
    assert list(tmp_path.iterdir()) == []
