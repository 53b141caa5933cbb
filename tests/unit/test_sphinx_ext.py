"""The static host: launch buttons, page assets, pictures set apart, the purge of unused styles."""

import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from support import REPOSITORY

from resnet_book.sphinx_ext import figures
from resnet_book.sphinx_ext.figures import as_webp
from resnet_book.sphinx_ext.launch import Repository
from resnet_book.sphinx_ext.pages import shortened, structured
from resnet_book.sphinx_ext.purge import purge
from resnet_book.sphinx_ext.widgets import INLINE, PNG, page_assets, with_pictures_apart


def test_repository_comes_from_the_publishing_environment():
    assert Repository.from_environment({}) is None
    here = Repository.from_environment(
        {"RESNET_BOOK_REPOSITORY": "https://github.com/o/n.git", "RESNET_BOOK_BRANCH": "x"}
    )
    assert (here.url, here.branch, here.name) == ("https://github.com/o/n", "x", "n")
    actions = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/n", "GITHUB_REF_NAME": "main"}
    assert Repository.from_environment(actions) == Repository("https://github.com/o/n", "main")


@pytest.mark.parametrize(
    "url", ["http://github.com/o/n", "github.com/o/n", "https://github.com", "https://github.com/o", "x"]
)
def test_an_address_that_is_no_repository_is_refused(url):
    with pytest.raises(ValueError, match="not the address"):
        Repository.parse(url)


def test_launch_links():
    here = Repository("https://github.com/o/n", "main")
    assert here.colab("book/a.ipynb") == "https://colab.research.google.com/github/o/n/blob/published/book/a.ipynb"
    assert here.binder("book/a.ipynb") == "https://mybinder.org/v2/gh/o/n/main?urlpath=lab/tree/book/a.ipynb"
    assert Repository("https://codeberg.org/o/n").colab("book/a.ipynb") is None


def test_page_assets_share_modules_and_have_one_name_a_content():
    both, one = page_assets({"network-tracer", "residual-block"}), page_assets({"network-tracer"})
    assert len(both) == len(one) == 2 and set(both) != set(one)
    script = next(text for name, text in both.items() if name.endswith(".js"))
    assert script.count("// trace\n") == 1, "a common module stands in the script once"
    assert page_assets({"residual-block", "network-tracer"}) == both


def test_purge_keeps_what_is_used():
    css = "/* note */ .used{color:red} .unused{color:red} a:not(.unused){b:c} @media print{.unused{x:y}.used{x:y}}"
    kept = purge(css, {"used"})
    assert ".used" in kept and "a:not(.unused)" in kept and ".unused{" not in kept and "note" not in kept


def picture(size: int, seed: int = 0) -> str:
    """A PNG file of noise as a data: address."""
    file = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (size, size), np.uint8)
    Image.fromarray(noise).save(file, "PNG")
    return PNG + base64.b64encode(file.getvalue()).decode()


def test_long_pictures_are_set_apart_wherever_they_stand():
    long, short, kept = picture(80), picture(8), []
    state = {"a": long, "b": [1, {"c": long, "d": short}], "e": "data:text/plain,x" * 1000, "f": None}

    def keep(content):
        kept.append(content)
        return f"file-{len(kept)}"

    changed = with_pictures_apart(state, keep)
    assert changed == {**state, "a": "file-1", "b": [1, {"c": "file-2", "d": short}]}
    assert kept == [base64.b64decode(long.removeprefix(PNG))] * 2
    assert state["a"] == long and len(short) < INLINE < len(long)
    with pytest.raises(ValueError, match="base64"):
        with_pictures_apart(PNG + "?" * 5_000, keep)


SITE = """
from docutils import nodes
from docutils.parsers.rst import Directive
from resnet_book.sphinx_ext import widgets

STATES = {states!r}

class Mount(Directive):
    required_arguments = 1
    def run(self):
        mount = widgets.widget_mount(widget="prediction-explorer", state=STATES[self.arguments[0]])
        return [mount]

def setup(app):
    widgets.setup(app)
    app.add_directive("mount", Mount)
"""


def test_a_long_picture_is_one_file_of_the_site_and_its_address_is_right_from_every_page(tmp_path):
    long, other, short = picture(80), picture(81), picture(8)
    states = {name: {"pictures": value} for name, value in {"long": long, "other": other, "short": short}.items()}
    source, out = tmp_path / "source", tmp_path / "out"
    (source / "part" / "deep").mkdir(parents=True)
    (source / "conf.py").write_text(f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nextensions = ['tiny_site']\n")
    (tmp_path / "tiny_site.py").write_text(SITE.format(states=states))
    body = {"index": "long", "part/page": "long", "part/deep/page": "other", "part/short": "short"}
    toc = ".. toctree::\n\n   part/page\n   part/deep/page\n   part/short\n"
    for name, state in body.items():
        text = f"Page\n====\n\n.. mount:: {state}\n\n{toc if name == 'index' else ''}"
        (source / f"{name}.rst").write_text(text)
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "-b", "html", str(source), str(out)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src")})
    files = {path.name: path.read_bytes() for path in (out / "_static" / "state").iterdir()}
    assert sorted(files.values()) == sorted(base64.b64decode(p.removeprefix(PNG)) for p in (long, other))
    assert all(name == f"{hashlib.sha256(content).hexdigest()[:16]}.png" for name, content in files.items())
    for name, state in body.items():
        page = out / f"{name}.html"
        text = page.read_text(encoding="utf-8")
        stored = json.loads(re.search(r"application/json[^>]*>(.*?)</script>", text, re.DOTALL)[1])["state"]["pictures"]
        if state == "short":
            assert stored == short
        else:
            assert not stored.startswith(("data:", "/")) and len(text) < 30_000
            shown = (page.parent / stored).resolve()
            assert shown.read_bytes() == base64.b64decode(states[state]["pictures"].removeprefix(PNG))


# ---------------------------------------------------------------- what others see of a page


@pytest.mark.parametrize(
    "text, short",
    [
        ("One. Two.", "One. Two."),
        ("A sentence " * 8 + "here. " + "word " * 40, "A sentence " * 8 + "here."),
        ("Welcome. " + "word " * 40, "Welcome. " + "word " * 29 + "word…"),
        ("word, " * 40, "word, " * 25 + "word…"),
    ],
)
def test_a_description_ends_with_a_sentence_or_a_word(text, short):
    assert shortened(text) == short and len(short) <= 160


def test_structured_data_name_the_page_the_book_and_the_licence():
    data = structured("The book", "A page", "About it.", "https://example.org/", "https://example.org/a.html", False)
    assert (data["name"], data["url"], data["description"]) == ("A page", "https://example.org/a.html", "About it.")
    assert data["isPartOf"]["url"] == "https://example.org/" and data["isPartOf"]["name"] == "The book"
    assert data["license"].startswith("https://creativecommons.org/licenses/by/4.0")
    whole = structured("The book", "The book", "About it.", "https://example.org/", "https://example.org/", True)
    assert whole["@type"] == "Book" and "isPartOf" not in whole


DESCRIBED = """
import sys
from resnet_book.sphinx_ext import pages

root_doc, project = "index", "The book"

def setup(app):
    pages.setup(app)
"""


@pytest.mark.parametrize("site", ["", "https://example.org/a&b/"])
def test_a_sitemap_and_addresses_are_made_where_the_site_is_known(tmp_path, site):
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    (source / "conf.py").write_text(DESCRIBED)
    (source / "index.rst").write_text(
        "Page\n====\n\nAbout <this> & that, in a sentence of more than sixty characters.\n\n.. toctree::\n\n   other\n"
    )
    (source / "other.rst").write_text("Other\n=====\n\nSomething else.\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    environment |= {"PYTHONPATH": str(REPOSITORY / "src"), "RESNET_BOOK_SITE": site}
    subprocess.run([sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", source, out], check=True, env=environment)
    page = (out / "index.html").read_text(encoding="utf-8")
    assert (
        '<meta name="description" content="About &lt;this&gt; &amp; that, in a sentence of more than sixty characters.">'
        in page
    )
    assert ("application/ld+json" in page) is ("canonical" in page) is (out / "sitemap.xml").exists() is bool(site)
    if site:
        sitemap = (out / "sitemap.xml").read_text(encoding="utf-8")
        assert "<loc>https://example.org/a&amp;b/other.html</loc>" in sitemap
        data = json.loads(re.search(r"ld\+json\">(.*?)</script>", page, re.DOTALL)[1])
        assert data["url"] == site and data["description"].startswith("About <this> & that,")


def test_a_figure_as_webp_has_the_same_pixels_in_fewer_bytes():
    rows, columns = np.mgrid[:200, :300]
    alpha = np.where((rows // 20 + columns // 30) % 3 == 0, 255, np.where(rows % 7 == 0, 90, 0)).astype(np.uint8)
    ink = np.stack([columns % 5 * 40, rows % 3 * 80, 0 * rows, alpha], axis=-1).astype(np.uint8)
    stored = io.BytesIO()
    Image.fromarray(ink).quantize(40, Image.Quantize.FASTOCTREE).save(stored, "PNG", optimize=True)
    before = np.array(Image.open(stored).convert("RGBA"))
    light = as_webp(stored.getvalue())
    after = np.array(Image.open(io.BytesIO(light)))
    assert np.array_equal(before[..., 3], after[..., 3]) and len(np.unique(before[..., 3])) > 2
    seen = before[..., 3] > 0
    assert np.array_equal(before[seen], after[seen])
    assert len(light) < len(stored.getvalue())


def test_pages_are_given_the_lighter_file_once(tmp_path):
    (tmp_path / "_images").mkdir()
    (tmp_path / "book").mkdir()
    content = base64.b64decode(picture(60).removeprefix(PNG))
    names = [hashlib.sha256(bytes([i])).hexdigest() for i in range(3)]
    for name in names[:2]:
        (tmp_path / "_images" / f"{name}.png").write_bytes(content)
    page = tmp_path / "book" / "page.html"
    page.write_text("".join(f'<img src="../_images/{name}.png"><img src="drawn.png">' for name in names))
    app = SimpleNamespace(outdir=str(tmp_path), builder=SimpleNamespace(format="html"))
    for _ in range(2):
        figures._lighten(app, None)
        found = re.findall(r'src="([^"]*)"', page.read_text())
        kinds = ["webp", "webp", "png"] if len(as_webp(content)) < len(content) else ["png"] * 3
        assert found[::2] == [f"../_images/{name}.{kind}" for name, kind in zip(names, kinds)]
        assert set(found[1::2]) == {"drawn.png"}
        assert sorted(path.suffix for path in (tmp_path / "_images").iterdir()) == [f".{kinds[0]}"] * 2
