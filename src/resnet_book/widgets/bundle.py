"""Turn a widget's graph of plain ES modules into one source.

Neither host can follow a relative import: anywidget loads a widget from a Blob URL, and a page opened over ``file://``
may not import at all. So every module of the graph is wrapped in a function scope of its own, in dependency order, and
its imports become destructurings of the modules evaluated before it.

Understood: ``import {a, b as c} from``, ``import x from``, ``import * as x from``, ``import data from "x.json"``;
``export function``, ``export async function``, ``export class``, ``export const``, ``export {a, b as c}`` and
``export default``. Anything else raises `BundleError` with the file and the line.

A text of a `words.json` is put where it is said, and of the file only that much is kept as the code asks for by other
ways: words in a file of their own cost a page next to nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

NAME = r"[A-Za-z_$][\w$]*"
QUOTED = r"(?P<quote>[\"'])(?P<target>[^\"'\n]*)(?P=quote)"
WORDS = "words.json"
IN_PYTHON_ALONE = {"predictions"}  # a page is given them with its widgets
STATEMENT = re.compile(r"(?<![\w$.#])(?:import|export)(?![\w$])")
IMPORT = re.compile(
    rf"import\s*(?:(?:\{{(?P<names>[^}}]*)\}}|\*\s*as\s+(?P<space>{NAME})|(?P<default>{NAME}))\s*from\s*)?{QUOTED}"
    r"(?:\s*with\s*\{[^}]*\})?[ \t]*;?"
)
DECLARED = rf"(?:async\s+)?(?:function\b\s*\*?|class\b)\s*(?!extends\b)(?P<name>{NAME})"
EXPORT_DECLARATION = re.compile(rf"export\s+(?={DECLARED}|const\s+(?P<const>{NAME}))")
EXPORT_DEFAULT = re.compile(rf"export\s+default\s+(?={DECLARED})|export\s+default\b")
EXPORT_LIST = re.compile(r"export\s*\{(?P<names>[^}]*)\}[ \t]*(?P<source>from\b)?;?")
LIST_ITEM = re.compile(rf"(?P<name>{NAME})(?:\s+as\s+(?P<alias>{NAME}))?\Z")
STOPS = re.compile(r"[()\[\]{},;]|\n(?=(?:export|import|const|let|function|class|async)\b)")
# What may stand before a slash that opens a regular expression; after anything else the slash divides.
BEFORE_REGEX = re.compile(
    r"(?:\A|[(,=:\[!&|?{};+\-*%~^<>]|(?<![\w$.])(?:return|typeof|case|in|of|do|else|void|await|yield))\s*\Z"
)


class BundleError(ValueError):
    """A module that cannot be bundled; the message names the file and the line."""

    def __init__(self, path: Path, source: str, position: int, message: str) -> None:
        super().__init__(f"{path.name}:{source.count(chr(10), 0, position) + 1}: {message}")


@dataclass
class Module:
    """One file of the graph: the rewritten text, its bindings from other modules and the names it gives away."""

    path: Path
    text: str
    imports: list[tuple[str, Path]] = field(default_factory=list)  # (what is bound, the module it comes from)
    exports: dict[str, str] = field(default_factory=dict)


def mask(source: str) -> tuple[str, str, bytearray]:
    """Blank what is not code, character for character.

    Returns:
        (code, bare, quoted): `code` has comments and the inside of strings, templates and regular expressions blanked,
        so that a keyword found in it is a keyword; `bare` is the source with nothing but its comments blanked; `quoted`
        has 1 for each character inside a string, template or regular expression.
    """
    code, bare, quoted = list(source), list(source), bytearray(len(source))

    def blank(target: list[str], start: int, end: int) -> None:
        target[start:end] = [c if c == "\n" else " " for c in source[start:end]]

    def quote(start: int, end: int) -> None:
        blank(code, start, end)
        quoted[start:end] = b"\1" * (end - start)

    def scan(i: int, closing: str) -> int:
        """Walk code from i to the brace that closes it (or to the end of the source)."""
        depth = 0
        while i < len(source):
            c = source[i]
            if c == "{":
                depth += 1
            elif c == "}" and depth == 0 and closing:
                return i
            elif c == "}":
                depth -= 1
            elif c in "\"'":
                end = re.compile(rf"(?:\\.|[^\\{c}\n])*", re.S).match(source, i + 1).end()
                quote(i + 1, end)
                i = end
            elif c == "`":
                i = template(i + 1)
            elif source.startswith(("//", "/*"), i):
                mark = "\n" if source[i + 1] == "/" else "*/"
                end = source.find(mark, i + 2)
                end = len(source) if end < 0 else end + (len(mark) if mark == "*/" else 0)
                blank(code, i, end)
                blank(bare, i, end)
                i = end - 1
            elif c == "/" and BEFORE_REGEX.search("".join(code[max(0, i - 80) : i])):
                end = re.compile(r"(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])*").match(source, i + 1).end()
                quote(i + 1, end)
                i = end
            i += 1
        return i

    def template(i: int) -> int:
        """Walk a template literal from behind its opening backtick to its closing one."""
        while i < len(source) and source[i] != "`":
            if source.startswith("${", i):
                i = scan(i + 2, "}") + 1
                continue
            step = 2 if source[i] == "\\" else 1
            quote(i, i + step)
            i += step
        return i

    scan(0, "")
    return "".join(code), "".join(bare), quoted


BLANK = " \t\n"
ALONE = set("(){}[],;:?=<>&|*%")  # beside these nothing has to be parted
OPENS, CLOSES = set("{([,;:?=&|"), set("})].:?&|")  # behind and before these a line break parts nothing
SIGNS = set("+-")  # nor beside one of these, but one sign from another


def squeeze(bare: str, quoted: bytearray) -> str:
    """The same code without indentation, empty lines and spaces that part nothing.

    What is quoted stays as it is, and so does a line break where a statement may end without a semicolon.
    """
    out: list[str] = []
    i = 0
    while i < len(bare):
        if bare[i] not in BLANK or quoted[i]:
            out.append(bare[i])
            i += 1
            continue
        start = i
        while i < len(bare) and bare[i] in BLANK and not quoted[i]:
            i += 1
        if "\n" in bare[start:i]:
            if not out or i == len(bare) or (out[-1] not in OPENS and bare[i] not in CLOSES):
                out.append("\n")
        elif not out or i == len(bare) or not _parts_itself(out[-1], bare[i]):
            out.append(" ")
    return "".join(out)


def _parts_itself(before: str, after: str) -> bool:
    """Whether two characters mean the same with nothing between them."""
    return before in ALONE or after in ALONE or (before in SIGNS) != (after in SIGNS)


class Graph:
    """The modules that some entries need, each once, in an order in which every import is ready."""

    def __init__(self) -> None:
        self.modules: dict[Path, Module | None] = {}

    def name(self, path: Path) -> str:
        """The variable that holds a module: no name a human would choose."""
        return f"$m{[p for p, m in self.modules.items() if m is not None].index(path)}"

    def add(self, path: Path) -> Path:
        """Read a module and, before it, everything it imports."""
        path = Path(path).resolve()
        if path in self.modules:
            return path
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            data = json.dumps(json.loads(source), separators=(",", ":"))
            self.modules[path] = Module(path, data, exports={"default": ""})
            return path
        self.modules[path] = None  # being read: meeting it again is a circle
        module = self._read(path, source)
        del self.modules[path]  # again at the end, behind its imports
        self.modules[path] = module
        return path

    def _read(self, path: Path, source: str) -> Module:
        code, bare, quoted = mask(source)
        module, pieces, position = Module(path, ""), [], 0
        for keyword in STATEMENT.finditer(code):
            start = keyword.start()
            if start < position or re.match(r"\s*:", code[keyword.end() :]):  # inside a statement done, or a property
                continue
            fail = _failure(path, source, start)
            if keyword[0] == "import":
                end = self._import(module, code, source, start, fail)
                replacement = "\n" * source.count("\n", start, end)
            else:
                end, replacement = _export(module, code, start, fail)
            pieces += [squeeze(bare[position:start], quoted[position:start]), replacement]
            position = end
        module.text = "".join([*pieces, squeeze(bare[position:], quoted[position:])]).rstrip()
        return module

    def _import(self, module: Module, code: str, source: str, start: int, fail) -> int:
        """Note one import statement and read what it names; returns where the statement ends."""
        found = IMPORT.match(code, start)
        if not found or code.count("{", 0, start) != code.count("}", 0, start):
            raise fail("only static imports at the top of a module are supported (no import() and no import.meta)")
        target = source[found.start("target") : found.end("target")]
        if not target.startswith(("./", "../")):
            raise fail(f'import from "{target}": only files beside this one ("./..." or "../...") can be bundled')
        path = (module.path.parent / target).resolve()
        if not path.is_file():
            raise fail(f'import from "{target}": there is no such file')
        if path in self.modules and self.modules[path] is None:
            raise fail(f'import from "{target}" closes a circle')
        self.add(path)
        given = self.modules[path].exports
        if found["space"]:
            module.imports.append((found["space"], path))
        elif found["names"] is not None or found["default"]:
            pairs = _pairs(found["names"], fail) if found["names"] is not None else [("default", found["default"])]
            for name, _ in pairs:
                if name not in given:
                    raise fail(f'"{target}" does not export {name}; it exports {", ".join(sorted(given)) or "nothing"}')
            inner = ", ".join(name if name == alias else f"{name}: {alias}" for name, alias in pairs)
            module.imports.append((f"{{ {inner} }}", path))
        return found.end()

    def script(self) -> list[str]:
        """One statement a module, each binding the variable `name` gives it."""
        texts, needless = self._with_words()
        statements = []
        for path, module in self.modules.items():
            if path.suffix == ".json" and texts[path] == "{}":
                continue
            if path.suffix == ".json":
                statements.append(f"const {self.name(path)} = {{ default: {texts[path]} }}; // {path.name}")
                continue
            imports = " ".join(
                f"const {bound} = {self.name(other)};"
                for bound, other in module.imports
                if (path, other) not in needless
            )
            given = ", ".join(name if name == local else f"{name}: {local}" for name, local in module.exports.items())
            body = "\n".join(line for line in [imports, texts[path].strip("\n"), f"return {{ {given} }};"] if line)
            statements.append(f"const {self.name(path)} = (() => {{ // {path.stem}\n{body}\n}})();")
        return statements

    def _with_words(self) -> tuple[dict[Path, str], set[tuple[Path, Path]]]:
        """The text of each module: words where they are said, and of a `words.json` the parts that are still read.

        Beside them the pairs of a module and a `words.json` that it has no more need of.
        """
        texts = {path: module.text for path, module in self.modules.items()}
        words = {path: json.loads(text) for path, text in texts.items() if path.name == WORDS}
        read: dict[Path, set[str]] = {path: set() for path in words}
        needless = set()
        for path, module in self.modules.items():
            for bound, other in module.imports:
                if other in words:
                    name = bound.removeprefix("{ default: ").removesuffix(" }")
                    texts[path], keys = put_words(texts[path], name, words[other])
                    read[other] |= keys
                    if not keys:
                        needless.add((path, other))
        for path, data in words.items():
            kept = {key: value for key, value in data.items() if key in read[path] - IN_PYTHON_ALONE}
            texts[path] = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
        return texts, needless


def put_words(text: str, name: str, words: dict) -> tuple[str, set[str]]:
    """Put texts where a module says them as `name.key` or `name.part.key`.

    Returns:
        The module's text, and the keys of `words` that it still reads. A module that uses `name` in any other way
        than by a key is left as it is, and reads all.
    """
    code, _, _ = mask(text)
    uses = [
        use
        for use in re.finditer(rf"(?<![\w$.]){re.escape(name)}(?![\w$])(?P<path>(?:\.{NAME})*)", code)
        if not (
            code[use.end() : use.end() + 1] == ":" and code[: use.start()].rstrip()[-1:] in ("{", ",")
        )  # a property
    ]
    if not all(use["path"] for use in uses):
        return text, set(words)
    pieces, position, read = [], 0, set()
    for use in uses:
        value, end = words, use.start("path")
        for key in use["path"].split(".")[1:]:
            if not isinstance(value, dict) or key not in value:
                break
            value, end = value[key], end + 1 + len(key)
        if isinstance(value, str):
            pieces += [text[position : use.start()], json.dumps(value, ensure_ascii=False)]
            position = end
        else:
            read.add(use["path"].split(".")[1])
    return "".join([*pieces, text[position:]]), read


def _names_a_property(code: str, start: int, end: int) -> bool:
    return code[end : end + 1] == ":" and code[:start].rstrip()[-1:] in ("{", ",")


def _failure(path: Path, source: str, position: int):
    return lambda message: BundleError(path, source, position, message)


def _pairs(names: str, fail) -> list[tuple[str, str]]:
    """The (name, alias) pairs of the inside of `{a, b as c}`."""
    pairs = []
    for item in filter(None, (part.strip() for part in names.split(","))):
        found = LIST_ITEM.match(item)
        if not found:
            raise fail(f"cannot read {item!r} in this list of names")
        pairs.append((found["name"], found["alias"] or found["name"]))
    return pairs


def _export(module: Module, code: str, start: int, fail) -> tuple[int, str]:
    """Note what an export statement gives away; returns (end of what is replaced, its replacement)."""
    if code.count("{", 0, start) != code.count("}", 0, start):
        raise fail("an export stands at the top level of a module")
    if found := EXPORT_DEFAULT.match(code, start):
        module.exports["default"] = found["name"] or "$default"
        return found.end(), "" if found["name"] else "const $default ="
    if found := EXPORT_DECLARATION.match(code, start):
        name = found["name"] or found["const"]
        if found["const"] and _declares_more(code, found.end("const")):
            raise fail("export one const a statement")
        module.exports[name] = name
        return found.end(), ""
    if (found := EXPORT_LIST.match(code, start)) and not found["source"]:
        module.exports.update({alias: name for name, alias in _pairs(found["names"], fail)})
        return found.end(), ""
    raise fail("unsupported export: write export function, class, const (one plain name), default, or {local names}")


def _declares_more(code: str, position: int) -> bool:
    """Whether a second name follows, behind a comma, in the declaration whose first name ends at position."""
    depth = 0
    for found in STOPS.finditer(code, position):
        depth += (found[0] in "([{") - (found[0] in ")]}")
        if depth == 0 and found[0] == ",":
            return True
        if depth == 0 and found[0] in ";\n":
            return False
    return False


def esm(entry: Path) -> str:
    """One self-contained ES module for `entry` and all it imports; its default export is the entry's.

    Raises:
        BundleError: for a form outside the supported ones, a missing file or name, or a circle.
    """
    graph = Graph()
    path = graph.add(entry)
    _need_default(graph, path)
    return "\n".join([*graph.script(), f"export default {graph.name(path)}.default;", ""])


def classic_script(entries: dict[str, Path], host: Path | None = None) -> str:
    """One classic script for several widgets, their common modules once; it needs no `import`, so ``file://`` will do.

    Args:
        entries: widget name -> its module.
        host: a module whose default export is called with {widget name: front-end module}; without one the script
            leaves that object in `globalThis.resnetBookWidgets`.

    Raises:
        BundleError: as `esm`.
    """
    graph = Graph()
    paths = {name: graph.add(entry) for name, entry in entries.items()}
    host_path = graph.add(host) if host else None
    for path in [*([host_path] if host_path else []), *paths.values()]:
        _need_default(graph, path)
    widgets = ", ".join(f"{json.dumps(name)}: {graph.name(path)}.default" for name, path in paths.items())
    target = f"{graph.name(host_path)}.default" if host_path else "globalThis.resnetBookWidgets ="
    call = f"{target}({{ {widgets} }});"
    return "\n".join(["(() => {", '"use strict";', *graph.script(), call, "})();", ""])


def worker(entry: Path) -> str:
    """One classic script for a worker: the default export of `entry` is called with the worker's global object.

    Raises:
        BundleError: as `esm`.
    """
    graph = Graph()
    path = graph.add(entry)
    _need_default(graph, path)
    return "\n".join(
        ["(() => {", '"use strict";', *graph.script(), f"{graph.name(path)}.default(globalThis);", "})();", ""]
    )


def files(entries: list[Path]) -> list[Path]:
    """Every file that the entries are made of, for a build that must notice a change."""
    graph = Graph()
    for entry in entries:
        graph.add(entry)
    return list(graph.modules)


def _need_default(graph: Graph, path: Path) -> None:
    if "default" not in graph.modules[path].exports:
        raise BundleError(path, "", 0, "a widget's module needs an export default")
