"""The glossary's words and where the pages use them: a word is linked at its first use on a page, and only there.

    python -m resnet_book.glossary [FILES]

lists first uses without a link, for whoever writes a chapter. A link is written as a role: {term}`feature map`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .files import BOOK

__all__ = ["Use", "first_uses", "terms", "uses"]

GLOSSARY = BOOK / "glossary.md"
ROLE = re.compile(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`")
# Not prose: fenced blocks, other roles, code, formulas, targets of links and their names, headings.
SILENT = re.compile(
    r"^(`{3,}|:{3,}).*?^\1\s*$|\{[\w:-]+\}`[^`]*`|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$|\]\([^)]*\)|^\([\w-]+\)=$|^#.*?$",
    re.M | re.S,
)


class Use(NamedTuple):
    """A word of the glossary on a page: the cell and its line (both from 1), and whether it is a link."""

    term: str
    cell: int
    line: int
    linked: bool


def terms(text: str | None = None) -> dict[str, str]:
    """Every word of the glossary, and the first one that stands with it for the same thing."""
    text = GLOSSARY.read_text(encoding="utf-8") if text is None else text
    body = text.split("```{glossary}")[1].split("```")[0]
    found: dict[str, str] = {}
    entry: list[str] = []
    for line in body.splitlines():
        if line.startswith(" "):
            found |= dict.fromkeys(entry, entry[0] if entry else "")
            entry = []
        elif line and not line.startswith(":"):
            entry.append(line.strip())
    return found


def _prose(text: str) -> str:
    """The text with everything that is not prose blanked, so that places stay the same; links to terms are kept."""

    def blank(match: re.Match) -> str:
        return match[0] if ROLE.fullmatch(match[0]) else re.sub(r"[^\n]", " ", match[0])

    return SILENT.sub(blank, text)


def uses(path: Path, words: dict[str, str] | None = None) -> Iterator[Use]:
    """Every use of a word on a page (a notebook or a Markdown file), in order; a word by the name of its entry."""
    words = terms() if words is None else words
    names = sorted(words, key=len, reverse=True)
    plain = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, names)) + r")(?:s|es)?(?![\w-])", re.IGNORECASE)
    lower = {word.lower(): entry for word, entry in words.items()}
    for number, text in enumerate(_cells(path), 1):
        prose = _prose(text)
        linked = [(match.start(), match.end(), match[1]) for match in ROLE.finditer(prose)]
        found = [(start, words.get(name, name), True) for start, _, name in linked]
        for match in plain.finditer(prose):
            if not any(start <= match.start() < end for start, end, _ in linked):
                found.append((match.start(), lower[match[1].lower()], False))
        for start, term, is_link in sorted(found):
            yield Use(term, number, prose.count("\n", 0, start) + 1, is_link)


def first_uses(path: Path, words: dict[str, str] | None = None) -> dict[str, Use]:
    """The first use of every word on a page."""
    found: dict[str, Use] = {}
    for use in uses(path, words):
        found.setdefault(use.term, use)
    return found


def _cells(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return [text]
    cells = json.loads(text)["cells"]
    return ["".join(cell["source"]) if cell["cell_type"] == "markdown" else "" for cell in cells]


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m resnet_book.glossary", description="First uses without a link.")
    parser.add_argument("files", nargs="*", type=Path, help="pages (default: the chapters)")
    for path in parser.parse_args(arguments).files or sorted(BOOK.glob("[01]*.ipynb")):
        if not path.is_file():
            parser.error(f"there is no file {path}")
        for use in first_uses(path).values():
            if not use.linked:
                print(f"{path.name}: cell {use.cell}, line {use.line}: {use.term}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
