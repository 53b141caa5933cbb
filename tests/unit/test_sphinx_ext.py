"""The static host's pure parts: launch buttons, page assets, the purge of unused styles."""

import pytest

from resnet_book.sphinx_ext.launch import Repository
from resnet_book.sphinx_ext.purge import purge
from resnet_book.sphinx_ext.widgets import page_assets


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
    assert script.count("// trace.mjs") == 1, "a common module stands in the script once"
    assert page_assets({"residual-block", "network-tracer"}) == both


def test_purge_keeps_what_is_used():
    css = "/* note */ .used{color:red} .unused{color:red} a:not(.unused){b:c} @media print{.unused{x:y}.used{x:y}}"
    kept = purge(css, {"used"})
    assert ".used" in kept and "a:not(.unused)" in kept and ".unused{" not in kept and "note" not in kept
