"""Take out of a style sheet the rules that no page can use.

The theme brings all of Bootstrap, of which a book uses a tenth. A rule goes when each of its selectors names a class or
an id that occurs as a word neither in a page nor in a script of the site; what a script might put together from pieces
is named in `KEEP`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

KEEP = re.compile(r"bs-tooltip|tooltip|highlighted|search|toggle|admonition|versionmodified")
NAME = re.compile(r"[.#](-?[A-Za-z_][\w-]*)")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
# Names inside these do not have to be there for the selector to match.
OPTIONAL = re.compile(r":(?:not|is|where)\((?:[^()]|\([^()]*\))*\)")
NESTING = ("@media", "@supports", "@layer", "@container")


def words(texts: Iterable[str]) -> set[str]:
    """Every word of the pages and scripts: a superset of the classes and ids in use."""
    return {word for text in texts for word in re.findall(r"-?[A-Za-z_][\w-]*", text)}


def _blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """The (prelude, body) pairs of one level; body is None for a statement without one."""
    start = depth = opened = 0
    quote = ""
    for i, c in enumerate(css):
        if quote:
            quote = "" if c == quote and css[i - 1] != "\\" else quote
        elif c in "\"'":
            quote = c
        elif c == "{":
            opened = i if depth == 0 else opened
            depth += 1
        elif c == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : i]
                start = i + 1
        elif c == ";" and depth == 0:
            yield css[start : i + 1].strip(), None
            start = i + 1


def _selectors(prelude: str) -> list[str]:
    """A selector list, split at its outer commas."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(prelude):
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            parts.append(prelude[start:i])
            start = i + 1
    return [*parts, prelude[start:]]


def purge(css: str, used: set[str]) -> str:
    """The style sheet without rules that cannot match and without comments."""
    kept = []
    for prelude, body in _blocks(COMMENT.sub("", css)):
        if body is None:
            kept.append(prelude)
        elif prelude.startswith(NESTING):
            if inner := purge(body, used):
                kept.append(f"{prelude}{{{inner}}}")
        elif prelude.startswith("@"):
            kept.append(f"{prelude}{{{body}}}")
        else:
            live = [s for s in _selectors(prelude) if KEEP.search(s) or _possible(s, used)]
            if live:
                kept.append(f"{','.join(s.strip() for s in live)}{{{body.strip()}}}")
    return "\n".join(kept)


def _possible(selector: str, used: set[str]) -> bool:
    return all(name in used for name in NAME.findall(OPTIONAL.sub("", selector)))
