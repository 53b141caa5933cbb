"""What the site gives away, and what the first cell of a notebook says; no site and no network needed.

`tests/notebooks/test_downloads.py` tries all of it on the built site, in a fresh environment.
"""

import contextlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from support import REPOSITORY

from resnet_book import files, packing, ready, runs
from resnet_book.sphinx_ext.launch import site_address

WHEEL = "resnet_book-0.1.0-py3-none-any.whl"
HERE = packing.Release(WHEEL, "0" * 64, "https://example.org/book/downloads/")
NOWHERE = packing.Release(WHEEL, "0" * 64)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    return folder, packing.build_wheel(folder)


def test_the_same_files_make_the_same_wheel(built, tmp_path):
    folder, release = built
    (tmp_path / "resnet_book-0.0.1-py3-none-any.whl").write_bytes(b"of long ago")
    assert packing.build_wheel(tmp_path) == release
    assert [path.name for path in tmp_path.iterdir()] == [release.wheel]
    assert (tmp_path / release.wheel).read_bytes() == (folder / release.wheel).read_bytes()
    assert not (REPOSITORY / "build").exists(), "nothing is left in the repository"


def test_the_wheel_has_the_package_the_runs_and_the_lock(built):
    folder, release = built
    with zipfile.ZipFile(folder / release.wheel) as archive:
        names = set(archive.namelist())
    for path in packing.sources(new=True):
        if path.parts[:2] == ("src", "resnet_book") and path.suffix in (".py", ".mjs", ".css", ".json"):
            assert path.relative_to("src").as_posix() in names
        if path.parts[:2] == ("book", "runs"):
            assert f"resnet_book/recorded/{path.relative_to('book').as_posix()}" in names
    assert f"resnet_book/recorded/{ready.LOCK}" in names
    assert not any(name.startswith(("tests/", "setup.py")) for name in names)


def test_a_wheel_that_cannot_be_built_says_why(monkeypatch, tmp_path):
    monkeypatch.setattr(packing, "BUILD", "raise SystemExit('no setuptools')")
    with pytest.raises(RuntimeError, match="no setuptools"):
        packing.build_wheel(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_zip_has_what_git_tracks_and_is_the_same_twice(tmp_path):
    first = packing.pack_sources(tmp_path / "a").read_bytes()
    assert packing.pack_sources(tmp_path / "b").read_bytes() == first
    assert [path.name for path in (tmp_path / "a").iterdir()] == [packing.ARCHIVE]
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        names = {name.removeprefix(f"{packing.FOLDER}/") for name in archive.namelist()}
        mode = archive.getinfo(f"{packing.FOLDER}/.ci/run").external_attr >> 16
    assert {"Makefile", "README.md", "requirements.txt", "book/intro.ipynb", "src/resnet_book/rules.py"} <= names
    assert mode & 0o100, "what can be run stays so"
    assert names == {path.as_posix() for path in packing.sources()}


def test_without_git_only_what_is_made_is_left_out(monkeypatch, tmp_path):
    kept = ["Makefile", ".github/workflows/book.yml", "src/resnet_book/a.py", "book/runs/book-0/config.json"]
    made = [
        "_build/html/a.html",
        ".venv/bin/python",
        "src/__pycache__/a.pyc",
        "src/a.egg-info/x",
        ".git/HEAD",
        ".ruff_cache/x",
    ]
    for name in kept + made:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / ".git" / "HEAD").unlink()
    (tmp_path / ".git").rmdir()
    monkeypatch.setattr(packing, "REPOSITORY", tmp_path)
    assert {path.as_posix() for path in packing.sources()} == set(kept)


@pytest.mark.parametrize("release, place", [(HERE, f"resnet-book @ {HERE.site}{WHEEL}"), (NOWHERE, f"./{WHEEL}")])
def test_the_requirements_name_the_wheel_and_keep_the_lock(tmp_path, release, place):
    text = packing.write_requirements(tmp_path, release).read_text()
    lock = (REPOSITORY / ready.LOCK).read_text()
    assert text.startswith(lock)
    assert text.removeprefix(lock) == f"{place} \\\n    --hash=sha256:{'0' * 64}\n"


# ---------------------------------------------------------------- the first cell


@pytest.mark.parametrize("release", [HERE, NOWHERE])
def test_the_first_cell_is_short_and_says_one_thing(release):
    source = packing.setup_source(release)
    compile(source, "cell", "exec")
    assert len(source.splitlines()) <= 40 and max(map(len, source.splitlines())) <= 120
    assert source.count("pip install") == bool(release.site)
    assert release.wheel in source


def without(package: str) -> str:
    """Python that makes a package impossible to import."""
    return (
        f"import sys\nfor name in [n for n in sys.modules if n.partition('.')[0] == {package!r}]: del sys.modules[name]\n"
        f"class Gone:\n    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] == {package!r}: raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Gone())\n"
    )


@pytest.mark.parametrize("release, said", [(HERE, ready.install_line(HERE.site)), (NOWHERE, f"Download {WHEEL}")])
def test_where_nothing_is_installed_no_cell_ends_in_a_traceback(tmp_path, release, said):
    cells = [without("resnet_book"), packing.setup_source(release), "import resnet_book", "1 / 0"]
    program = (
        "import json, sys\nfrom IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell.instance()\n"
        "for cell in json.loads(sys.argv[1]):\n    print('=====')\n    shell.run_cell(cell)\n"
    )
    command = [sys.executable, "-c", program, json.dumps(cells)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    _, _, first, second, third = done.stdout.split("=====\n")
    assert said in first and "Traceback" not in first
    assert second == f"{ready.LATER}\n"
    assert "ZeroDivisionError" in third, "other errors show as ever"


def test_a_prepared_notebook_is_the_stored_one_behind_the_set_up(tmp_path):
    stored = REPOSITORY / "book" / "intro.ipynb"
    packing.prepare_notebook(stored, tmp_path / "intro.ipynb", HERE)
    made = nbformat.read(tmp_path / "intro.ipynb", as_version=4)
    nbformat.validate(made)
    assert made.cells[0].source == packing.setup_source(HERE) and made.cells[0].metadata.jupyter.source_hidden
    assert made.cells[1:] == nbformat.read(stored, as_version=4).cells


@pytest.mark.parametrize("path", sorted((REPOSITORY / "book").glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_stored_notebook_finds_the_package_of_the_repository_first(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    before, found, _ = "\n".join(cell.source for cell in cells).partition('import sys\n\nsys.path.insert(0, "../src")')
    assert found and "resnet_book" not in before


def say(release: packing.Release) -> tuple[bool, str]:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        found = ready.ready(release.wheel, release.sha256, release.site)
    return found, told.getvalue()


@pytest.fixture
def reader(monkeypatch, tmp_path):
    """A reader's folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_ready_is_silent_where_all_is_there(reader):
    assert say(HERE) == (True, "")


def test_ready_names_what_is_missing_and_how_to_get_it(reader, monkeypatch):
    monkeypatch.setattr(ready, "NEEDED", ("json", "a_package_that_is_not_there"))
    found, text = say(HERE)
    assert not found and "Not installed yet: a_package_that_is_not_there" in text
    assert ready.install_line(HERE.site) in text
    found, text = say(NOWHERE)
    assert not found and "pip install" not in text and f"Download {WHEEL}" in text


def test_ready_installs_by_the_lock_of_the_wheel_beside(reader, monkeypatch, built):
    folder, release = built
    (reader / release.wheel).write_bytes((folder / release.wheel).read_bytes())
    monkeypatch.setattr(ready, "NEEDED", ("a_package_that_is_not_there",))
    found, text = say(release)
    assert not found and f"%pip install --no-deps --require-hashes -r {ready.LOCK_BESIDE}" in text
    written = (reader / ready.LOCK_BESIDE).read_text()
    assert written.startswith((REPOSITORY / ready.LOCK).read_text())
    assert f"resnet-book @ {(reader / release.wheel).as_uri()} \\\n    --hash=sha256:{release.sha256}" in written


def test_ready_says_that_a_folder_cannot_be_written(reader, monkeypatch, built):
    folder, release = built
    (reader / release.wheel).write_bytes((folder / release.wheel).read_bytes())
    (reader / ready.LOCK_BESIDE).mkdir()
    monkeypatch.setattr(ready, "NEEDED", ("a_package_that_is_not_there",))
    found, text = say(release)
    assert not found and "cannot be written" in text


class Installed:
    """What `importlib.metadata` says of another release."""

    def __init__(self, version: str, origin: dict | None):
        self.version, self.origin = version, origin

    def read_text(self, name):
        return self.origin and json.dumps(self.origin)


@pytest.mark.parametrize(
    "installed, said",
    [
        (Installed("0.2.0", None), "needs resnet-book 0.1.0; installed is 0.2.0"),
        (Installed("0.1.0", {"archive_info": {"hashes": {"sha256": "1" * 64}}}), "Another build of resnet-book 0.1.0"),
        (Installed("0.1.0", {"archive_info": {"hash": f"sha256={'1' * 64}"}}), "Another build of resnet-book 0.1.0"),
        (Installed("0.1.0", {"archive_info": {"hashes": {"sha256": "0" * 64}}}), ""),
        (Installed("0.1.0", {"dir_info": {"editable": True}}), ""),
        (Installed("0.1.0", None), ""),
    ],
)
def test_ready_tells_another_release_apart(reader, monkeypatch, installed, said):
    monkeypatch.setattr(ready.metadata, "distribution", lambda name: installed)
    found, text = say(NOWHERE)
    assert found is (said == "") and said in text


# ---------------------------------------------------------------- addresses and places


@pytest.mark.parametrize(
    "environment, address",
    [
        ({}, ""),
        ({"RESNET_BOOK_SITE": "https://example.org/book"}, "https://example.org/book/"),
        ({"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "Some/book"}, "https://some.github.io/book/"),
        ({"RESNET_BOOK_REPOSITORY": "https://github.com/some/some.github.io"}, "https://some.github.io/"),
        ({"RESNET_BOOK_REPOSITORY": "https://codeberg.org/some/book"}, ""),
    ],
)
def test_the_site_s_address_comes_from_the_publishing_environment(environment, address):
    assert site_address(environment) == address


@pytest.mark.parametrize("given", ["example.org", "ftp://example.org/", "https://", "https://example.org/?a=1"])
def test_an_address_that_is_no_site_is_refused(given):
    with pytest.raises(ValueError, match="not the address of a site"):
        site_address({"RESNET_BOOK_SITE": given})


def test_a_recorded_run_is_found_from_anywhere(reader):
    assert runs.find("runs/book-0") == REPOSITORY / "book" / "runs" / "book-0"
    assert runs.read("runs/book-0").config["recipe"] == "book"
    assert {run.name for run in runs.read_all("runs/crops")} == {"draft-0", "draft-no-crop-0"}
    assert files.read_measurements("runs/speed")[2]
    own = Path("runs", "book-0")
    own.mkdir(parents=True)
    assert runs.find("runs/book-0") == own, "a reader's own comes first"
    assert runs.find("runs/none") == Path("runs/none")
