"""What the page runs a reader's network with: Brython, and the pure-Python sources, as scripts fetched on demand."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from functools import cache
from importlib.resources import files
from pathlib import Path

__all__ = ["FILES", "LICENCE", "brython", "sources"]

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1]
LICENCE = HERE / "brython-licence.txt"
STANDINS = HERE / "python"  # pieces of the standard library, cut down to what networks use
NEEDED = ("errors", "rules", "operations", "repairs")
NOT_IN_A_PAGE = ("command", "isolation", "limits", "reporting", "beside")  # of fake_torch: what belongs to the command
OURS = (
    *(PACKAGE / f"{name}.py" for name in NEEDED),
    *(path for path in sorted((PACKAGE / "fake_torch").rglob("*.py")) if path.stem not in NOT_IN_A_PAGE),
)
STANDING_IN = tuple(sorted(STANDINS.rglob("*.py")))
ANSWERING = HERE / "answering.py"
FILES = (*OURS, *STANDING_IN, ANSWERING)
"""All that `sources` is made of."""


@cache
def brython() -> str:
    """The text of Brython's engine, from its package, without what it would tell its own developers."""
    text = files("brython").joinpath("data", "brython.js").read_text(encoding="utf-8")
    text = re.sub(r"if\(test\)\{(console\.log\([^{};\n]*\)\s*)+\}", "if(test){}", text)
    return re.sub(r"(?<=[;{}\n])console\.log\([^(){}\n]*\)(?:;|\n|(?=\}))", "", text)


@cache
def sources() -> dict[str, list]:
    """Every module that the page's Python finds, in the form in which Brython keeps them.

    Returns:
        {module name: [".py", text, names of imported modules (none: it looks for them itself), 1 for a package]}.
    """
    found = {"resnet_book": [".py", "", [], 1]}
    for path in (*OURS, *STANDING_IN):
        found[_dotted(path.relative_to(STANDINS if path in STANDING_IN else PACKAGE.parent))] = _module(path)
    found["answering"] = _module(ANSWERING, ("from ...", "from resnet_book."))
    return found


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _module(path: Path, *replaced: tuple[str, str]) -> list:
    text = path.read_text(encoding="utf-8")
    for old, new in replaced:
        text = text.replace(old, new)
    return [".py", _bare(text), [], *([1] if path.stem == "__init__" else [])]


def _bare(text: str) -> str:
    """The same program without comments, docstrings, `__all__` and what annotates arguments."""
    tree = ast.parse(text)
    tree.body = [node for node in tree.body if not _for_readers(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
    indents = (re.match(r"( *)(.*)", line, re.S).groups() for line in _tight(ast.unparse(tree)).split("\n"))
    return "\n".join(" " * (len(indent) // 4) + line for indent, line in indents)


def _for_readers(node: ast.stmt) -> bool:
    """Whether a statement is for readers and their tools alone: `__all__`, what is imported for annotations."""
    if isinstance(node, ast.Assign):
        return [getattr(target, "id", None) for target in node.targets] == ["__all__"]
    return isinstance(node, ast.If) and getattr(node.test, "id", None) == "TYPE_CHECKING"


def _tight(text: str) -> str:
    """The same program without the spaces that only readers need."""
    lines = text.split("\n")
    gaps, last = [], (0, 0)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        (row, start), (before, end) = token.start, last
        if row == before and start == end + 1 and end and not _parted(lines[row - 1][end - 1], lines[row - 1][start]):
            gaps.append((row, end))
        last = token.end
    for row, column in reversed(gaps):
        lines[row - 1] = lines[row - 1][:column] + lines[row - 1][column + 1 :]
    return "\n".join(lines)


def _parted(before: str, behind: str) -> bool:
    """Whether two characters would grow together without the space between them."""
    return (before.isalnum() or before in "_\"'") and (behind.isalnum() or behind in "_\"'")
