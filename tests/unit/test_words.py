"""What readers are shown stands in `words.json` of its own folder: another language is one more file."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import traitlets
from support import REPOSITORY

import resnet_book.widgets
from resnet_book.exercises import CHAPTERS
from resnet_book.widgets import block_remover

SOURCE = REPOSITORY / "src" / "resnet_book"
WIDGETS = SOURCE / "widgets"
FOLDERS = sorted({path.parent for path in SOURCE.rglob("words.json")})
# The rules' errors stay in the rules: a formula and what it refuses are read together.
RULES = {"rules.mjs", "architectures.mjs", "errors.mjs", "trace.mjs"}
# What runs in the sandbox goes there as its own text.
SANDBOXED = {"sandbox.mjs", "worker.mjs"}
# What a command says and writes into a record: no reader of a page is shown it.
COMMANDS = {"export.py", "pictures.py"}
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.S)
THROWN = re.compile(r"throw new \w+\(")  # what only a programmer sees
STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
REGULAR = re.compile(
    r"(?:(?<=[(,=:] )|(?<=\())/(?! )(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/"
)  # an expression's quotes
PROSE = re.compile(r"(?<![\w.#$:-])[A-Za-z]{2,}[,.;:?!]? [a-z]{2,}(?![\w:-])|(?<![\w.#-])[A-Z][a-z]{2,}(?![\w(-])")
CODE = re.compile(r"\w=\w|^(import|from) \w+( import| as|\.|$)|^ +def |^return self|\(\?")  # what a reader's code has
NAMES = {
    "zero gamma",
    "SkipInit",
    "Fixup",
    "Any",
    "Enter",
    "unsigned char",
    "<your code>",
    "Files",
}  # of methods, keys, types; they are not translated


def _widgets() -> list[type]:
    return [widget for widget in vars(resnet_book.widgets).values() if hasattr(widget, "public_traits")]


def _of_traits() -> set[str]:
    """What a trait may hold: links and kernels know it by this name, whatever a reader is shown for it."""
    widgets = [widget for widget in vars(resnet_book.widgets).values() if hasattr(widget, "public_traits")]
    enums = [
        trait for widget in widgets for trait in widget.class_traits().values() if isinstance(trait, traitlets.Enum)
    ]
    return {value for trait in enums for value in trait.values} | set(block_remover.WORDS)


VALUES = _of_traits()


def in_javascript(text: str) -> Iterator[str]:
    """Every text of a module but comments and what is thrown; of a template what stands around its expressions."""
    text = REGULAR.sub("0", COMMENT.sub("", text))
    found: list[str] = []

    def code(at: int, end: str) -> int:
        depth = 0
        while at < len(text) and not (depth == 0 and text[at] == end):
            depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(text[at], 0)
            if thrown := THROWN.match(text, at):
                kept = len(found)
                at = code(thrown.end(), ")")
                del found[kept:]
            elif string := STRING.match(text, at):
                found.append(string[1])
                at = string.end()
            else:
                at = template(at + 1) if text[at] == "`" else at + 1
        return at + 1

    def template(at: int) -> int:
        around = ""
        while text[at] != "`":
            if text.startswith("${", at):
                at = code(at + 2, "}")
            else:
                width = 2 if text[at] == "\\" else 1
                around += text[at : at + width]
                at += width
        found.append(around)
        return at + 1

    code(0, "")
    yield from found


def _is_a_list_of_names(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("__all__", "T")


def in_python(text: str) -> Iterator[str]:
    """Every text of a module but docstrings, annotations and what is raised."""
    tree = ast.parse(text)
    silent = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Raise, ast.Assert, ast.Expr, ast.AnnAssign))
        for inner in ast.walk(node)
        if not (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant))
    }
    silent |= {id(inner) for node in ast.walk(tree) if _is_a_list_of_names(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value


def words_in(path: Path) -> list[str]:
    read = in_javascript if path.suffix == ".mjs" else in_python
    return [
        text
        for text in read(path.read_text(encoding="utf-8"))
        if PROSE.search(text) and text not in NAMES | VALUES and not CODE.search(text)
    ]


def test_every_widget_and_every_chapter_of_exercises_has_its_file():
    widgets = {widget.module.parent for widget in _widgets()}
    chapters = {SOURCE / "exercises" / name for name in CHAPTERS}
    assert {WIDGETS / "network_tracer", WIDGETS / "own_network"} <= widgets and chapters
    assert {WIDGETS / "shared", SOURCE / "exercises", *widgets, *chapters} - set(FOLDERS) == set()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_name_stands_for_two_texts(folder):
    """JSON would take the last of them, without a word."""

    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(set(names)) == len(names), names
        return dict(pairs)

    json.loads((folder / "words.json").read_text(encoding="utf-8"), object_pairs_hook=once)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_words_stand_elsewhere(folder):
    files = [*folder.glob("*.mjs"), *folder.glob("*.py"), *folder.glob("chapters/*.mjs")]
    assert files
    assert {
        path.name: found
        for path in files
        if path.name not in RULES | SANDBOXED | COMMANDS and (found := words_in(path))
    } == {}


@pytest.mark.parametrize(
    "text, found",
    [
        ('h("p", {}, "Not yet done")', ["Not yet done"]),
        ("h(`p`, {}, `It took ${n} ms so far`)", ["It took  ms so far"]),
        ('h("button", {}, "Check")', ["Check"]),
        ('h("div", { class: "rn rn-part" }) // A comment "with words in it"', []),
        ('model.on("change:seed change:answer", f); import x from "./a-b.mjs";', []),
        ('throw new Error("no such thing as this");', []),
        (
            'x = `A map${p ? ` all ${p} zeros of it` : "out of them"}${{ a: 1 }.a} goes in`',
            [" all  zeros of it", "out of them", "A map goes in"],
        ),
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
