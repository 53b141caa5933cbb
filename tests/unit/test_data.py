"""The data: official files verified and repaired, the sample real, batches equal to those that d2l trains on."""

import gzip
import os
import shutil
import socket
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from support import REPOSITORY, noise
from torchvision import datasets

from resnet_book import runs
from resnet_book.data import (
    Batches,
    DataError,
    Pictures,
    dataset,
    fashion_mnist,
    folder,
    make_sample,
    per_image_loader,
    resize,
    sample,
    split,
    statistics,
)
from resnet_book.data.fashion_mnist import MD5

IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


@pytest.fixture(scope="session")
def official() -> Path:
    """A folder with the official files, as RESNET_BOOK_DATA gives it."""
    raw = folder() / "FashionMNIST" / "raw"
    if not all((raw / name).is_file() for name in MD5):
        missing = "the official Fashion-MNIST files are not in RESNET_BOOK_DATA"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return folder()


@pytest.fixture
def copy(official, tmp_path) -> Path:
    """The same files where they may be changed."""
    raw = tmp_path / "data" / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name in MD5:
        shutil.copyfile(official / "FashionMNIST" / "raw" / name, raw / name)
    return tmp_path / "data"


@pytest.fixture
def offline(monkeypatch):
    """No connection to anywhere."""

    def refuse(*_, **__):
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def mirror(official, monkeypatch):
    """The official files from a server in this process, in place of the official one; gives the list of what was asked for."""
    asked = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    server = ThreadingHTTPServer(("localhost", 0), partial(Handler, directory=str(official / "FashionMNIST" / "raw")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(datasets.FashionMNIST, "mirrors", [f"http://localhost:{server.server_port}/"])
    monkeypatch.setenv("no_proxy", "*")
    yield asked
    server.shutdown()
    server.server_close()


# ---------------------------------------------------------------- the official files


def test_the_sets_are_whole_and_in_order(official):
    training, testing = fashion_mnist(True, download=False), fashion_mnist(False, download=False)
    assert training.images.shape == (60_000, 28, 28) and testing.images.shape == (10_000, 28, 28)
    assert training.labels.bincount().tolist() == [6_000] * 10 and testing.labels.bincount().tolist() == [1_000] * 10
    assert training.labels[:5].tolist() == [9, 0, 0, 3, 0]
    assert testing.labels[:5].tolist() == [9, 2, 1, 1, 6]


def test_a_folder_that_cannot_be_written_to_will_do(copy, offline, monkeypatch):
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: pytest.fail("it made a folder"))
    before = sorted(copy.rglob("*"))
    assert len(fashion_mnist(False, root=copy)) == 10_000
    assert sorted(copy.rglob("*")) == before


@pytest.mark.parametrize("harm", ["missing", "cut short", "altered", "empty"])
def test_harm_is_repaired_by_the_next_call(copy, mirror, harm):
    path = copy / "FashionMNIST" / "raw" / LABELS
    content = path.read_bytes()
    harmed = {"missing": None, "cut short": content[:-7], "altered": content[:99] + b"?" + content[100:], "empty": b""}
    path.unlink()
    if harmed[harm] is not None:
        path.write_bytes(harmed[harm])
    before = sorted(copy.rglob("*.gz"))
    assert len(fashion_mnist(False, root=copy)) == 10_000
    assert path.read_bytes() == content
    assert set(mirror) == {f"/{LABELS}"}, "only what was harmed is fetched"
    assert sorted(copy.rglob("*")) == sorted({*copy.rglob("*.gz"), path.parent, path.parent.parent}), "no rest is left"
    assert set(before) <= set(copy.rglob("*.gz"))


def test_a_download_starts_from_nothing_and_goes_on_after_it_broke_off(tmp_path, mirror, monkeypatch):
    sound = datasets.FashionMNIST.resources
    broken = [*sound[1:2], ("train-images-not-there.gz", "0" * 32)]
    monkeypatch.setattr(datasets.FashionMNIST, "resources", broken)
    with pytest.raises(DataError, match="download failed"):
        fashion_mnist(False, root=tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [sound[1][0]], "what came whole is kept"
    monkeypatch.setattr(datasets.FashionMNIST, "resources", sound)
    mirror.clear()
    assert len(fashion_mnist(True, root=tmp_path)) == 60_000
    assert f"/{sound[1][0]}" not in mirror


@pytest.mark.parametrize("harm, word", [("missing", "missing: "), ("altered", "altered: ")])
def test_without_a_network_it_says_which_file(copy, offline, harm, word):
    path = copy / "FashionMNIST" / "raw" / IMAGES
    path.unlink() if harm == "missing" else path.write_bytes(b"altered")
    with pytest.raises(DataError, match=f"{word}{IMAGES}") as caught:
        fashion_mnist(False, root=copy)
    assert "Once there is a network, call again" in str(caught.value)
    with pytest.raises(DataError, match=f"{word}{IMAGES}"):
        fashion_mnist(False, root=copy, download=False)


def test_a_folder_that_cannot_be_made_is_named(tmp_path, offline):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DataError, match="cannot be written to"):
        fashion_mnist(False, root=tmp_path / "file")


def test_the_folder_is_the_variable_or_in_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("RESNET_BOOK_DATA", str(tmp_path))
    assert folder() == tmp_path
    monkeypatch.delenv("RESNET_BOOK_DATA")
    assert folder().name == "resnet-book" or "resnet-book" in folder().parts


def test_the_split_holds_out_five_thousand_evenly(official):
    training = fashion_mnist(True, download=False)
    rest, held_out = split(training)
    assert (len(rest), len(held_out)) == (55_000, 5_000)
    assert held_out.labels.bincount().tolist() == [500] * 10
    zeros = (training.labels == 0).nonzero().flatten()
    assert torch.equal(held_out.images[held_out.labels == 0], training.images[zeros[11::12]])


def test_the_moments_that_go_with_the_sample_are_those_of_the_whole_set(official):
    found = statistics(fashion_mnist(True, download=False))
    assert [part.tolist() for part in found] == [list(part) for part in dataset("fashion-mnist").moments]


# ---------------------------------------------------------------- the sample


def test_the_sample_needs_nothing_and_is_small(offline, monkeypatch, tmp_path):
    monkeypatch.setenv("RESNET_BOOK_DATA", str(tmp_path))
    training, testing = sample(True), sample(False)
    assert training.labels.bincount().tolist() == [100] * 10 and testing.labels.bincount().tolist() == [50] * 10
    stored = Path(sample.__code__.co_filename).with_name("sample.npz")
    assert stored.stat().st_size < 700_000


@pytest.mark.parametrize("train", [True, False])
def test_every_picture_of_the_sample_is_in_the_official_set(official, train):
    with np.load(Path(sample.__code__.co_filename).with_name("sample.npz")) as stored:
        index = torch.from_numpy(stored[f"{'train' if train else 'test'}_index"]).long()
    assert len(index.unique()) == len(index)
    wanted, found = fashion_mnist(train, download=False).take(index), sample(train)
    assert torch.equal(found.images, wanted.images) and torch.equal(found.labels, wanted.labels)


def test_the_sample_can_be_made_anew(official, tmp_path):
    make_sample(tmp_path / "again.npz")
    with (
        np.load(tmp_path / "again.npz") as again,
        np.load(Path(sample.__code__.co_filename).with_name("sample.npz")) as now,
    ):
        assert set(again) == set(now)
        assert all(np.array_equal(again[name], now[name]) for name in now)


# ---------------------------------------------------------------- batches


def test_batches_are_bit_for_bit_those_of_the_per_image_loader():
    pictures = sample(True).take(torch.arange(70))
    order = torch.randperm(70, generator=torch.Generator().manual_seed(5))
    ours = Batches(pictures, 32, size=96, generator=torch.Generator().manual_seed(5))
    theirs = per_image_loader(pictures, 32, size=96, order=[order], workers=0)
    assert len(ours) == len(theirs) == 3
    for (x, y), (wanted_x, wanted_y) in zip(ours, theirs, strict=True):
        assert torch.equal(y, wanted_y)
        assert torch.equal(x, wanted_x)


@pytest.mark.parametrize("size", [14, 28, 40])
def test_resize_is_torchvisions_but_for_rounding(size):
    from torchvision.transforms import Resize

    images = sample(True).images[:20].unsqueeze(1)
    difference = resize(images, size).int() - Resize((size, size), antialias=True)(images).int()
    assert difference.abs().max() <= 1


def test_flips_and_crops_move_pictures_and_nothing_else():
    pictures = noise(200, 28, 28)
    plain = pictures.images.float() / 255
    x, y = next(iter(Batches(pictures, 200, flip=True, crop=2, generator=torch.Generator().manual_seed(1))))
    order = torch.randperm(200, generator=torch.Generator().manual_seed(1))
    assert torch.equal(y, pictures.labels[order])
    seen = set()
    for got, at in zip(x[:, 0], order):
        around = torch.nn.functional.pad(plain[at], (2, 2, 2, 2))
        found = [
            (dy, dx, mirrored)
            for dy in range(5)
            for dx in range(5)
            for mirrored in (False, True)
            for window in [around[dy : dy + 28, dx : dx + 28]]
            if torch.equal(got, window.flip(-1) if mirrored else window)
        ]
        assert len(found) == 1
        seen.add(found[0])
    assert len(seen) > 40, "nearly all of the 50 ways occur among 200 pictures"


def test_no_generator_means_official_order_unchanged():
    pictures = noise(10, 28, 28)
    x = torch.cat([x for x, _ in Batches(pictures, 4, crop=2, flip=True)])
    assert torch.equal(x[:, 0], pictures.images.float() / 255)


def test_processes_share_every_batch():
    pictures = noise(21, 28, 28)
    parts = [list(Batches(pictures, 8, generator=torch.Generator().manual_seed(2), share=(rank, 2))) for rank in (0, 1)]
    whole = list(Batches(pictures, 8, generator=torch.Generator().manual_seed(2)))
    assert len(parts[0]) == len(parts[1]) == len(whole) == 3
    for (x, _), (first, _), (second, _) in zip(whole, *parts):
        assert torch.equal(x[0::2], first) and torch.equal(x[1::2], second)


def test_a_last_batch_too_small_to_share_is_left_out():
    batches = Batches(noise(9, 28, 28), 8, share=(1, 2))
    assert len(batches) == len(list(batches)) == 1


def test_pictures_refuse_what_they_cannot_hold():
    with pytest.raises(ValueError, match="uint8"):
        Pictures(torch.zeros(2, 28, 28), torch.zeros(2, dtype=torch.int64), "floats")
    with pytest.raises(ValueError, match="labels"):
        Pictures(torch.zeros(2, 28, 28, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64), "one too many")


def test_the_files_are_what_their_name_says(official):
    with gzip.open(official / "FashionMNIST" / "raw" / LABELS) as file:
        assert int.from_bytes(file.read(4), "big") == 0x801


def test_recorded_runs_were_scored_on_the_official_test_pictures_in_their_order(official):
    labels = fashion_mnist(False, root=official).labels.numpy()
    for run in runs.read_all(REPOSITORY / "book" / "runs"):
        assert np.array_equal(run.labels, labels), run.name
