"""What readers are shown stands in `words.json` of its own folder, where a folder has one: another language is one more file."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import REPOSITORY

SOURCE = REPOSITORY / "src" / "resnet_book"
FOLDERS = sorted({path.parent for path in SOURCE.rglob("words.json")})
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.S)
THROWN = re.compile(r"throw new \w+\([^;]*;")  # what only a programmer sees
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
PROSE = re.compile(r"(?<![\w.#$:-])[A-Za-z]{2,}[,.;:?!]? [a-z]{2,}(?![\w:-])|(?<![\w.#-])[A-Z][a-z]{2,}(?![\w-])")
NAMES = {"zero gamma", "SkipInit", "Fixup", "Any"}  # of methods; they are not translated


def in_javascript(text: str) -> Iterator[str]:
    for found in LITERAL.finditer(THROWN.sub("", COMMENT.sub("", text))):
        yield re.sub(r"\$\{[^}]*\}", "", found[1] if found[1] is not None else found[2])


def _is_a_list_of_names(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("__all__", "T")


def in_python(text: str) -> Iterator[str]:
    """Every text of a module but docstrings, annotations and what is raised."""
    tree = ast.parse(text)
    silent = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Raise, ast.Expr, ast.AnnAssign))
        for inner in ast.walk(node)
        if not (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant))
    }
    silent |= {id(inner) for node in ast.walk(tree) if _is_a_list_of_names(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value


def words_in(path: Path) -> list[str]:
    read = in_javascript if path.suffix == ".mjs" else in_python
    return [text for text in read(path.read_text(encoding="utf-8")) if PROSE.search(text) and text not in NAMES]


def test_folders_with_words_were_found():
    names = {path.name for path in FOLDERS}
    assert {
        "exercise",
        "prediction",
        "exercises",
        "residual_learning",
        "bottleneck_arithmetic",
        "fashion_mnist",
    } <= names


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_words_stand_elsewhere(folder):
    files = [*folder.glob("*.mjs"), *folder.glob("*.py"), *folder.glob("chapters/*.mjs")]
    assert files
    assert {path.name: found for path in files if (found := words_in(path))} == {}


@pytest.mark.parametrize(
    "text, found",
    [
        ('h("p", {}, "Not yet done")', ["Not yet done"]),
        ("h(`p`, {}, `It took ${n} ms so far`)", ["It took  ms so far"]),
        ('h("button", {}, "Check")', ["Check"]),
        ('h("div", { class: "rn rn-part" }) // A comment "with words in it"', []),
        ('model.on("change:seed change:answer", f); import x from "./a-b.mjs";', []),
        ('throw new Error("no such thing as this");', []),
        ('key === "by-parameters" || "ResNet-50" || "MACs"', []),
    ],
)
def test_words_are_told_from_names(text, found):
    assert [text for text in in_javascript(text) if PROSE.search(text)] == found


@pytest.mark.parametrize(
    "text, found",
    [
        ('"""A docstring of words."""\nx = f("Not yet done")', ["Not yet done"]),
        ('def f():\n    """Words in here."""\n    raise ValueError("there is no such thing")', []),
        ('x = {"by-parameters": 1, "the_key": "layer4"}', []),
    ],
)
def test_the_same_in_python(text, found):
    assert [text for text in in_python(text) if PROSE.search(text)] == found
