"""A reader's text: what copying leaves behind taken out, its statements, the cells of a notebook."""

__all__ = ["clean", "from_notebook", "guessed_inputs", "statements"]

_PYTHON_CELLS = ("time", "timeit", "capture", "prun")


def from_notebook(notebook):
    """The code of a notebook's cells, one after the other.

    Args:
        notebook: the parsed JSON of an .ipynb file.

    Raises:
        ValueError: where it has no cells.
    """
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ValueError("not a notebook: it has no cells")
    parts = []
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", "")
            parts.append("".join(source) if isinstance(source, list) else str(source))
    return "\n\n".join([_cell(part) for part in parts])


def _cell(text):
    """A cell of another language is blanked: %%bash, %%html, %%writefile, ..."""
    first = text.lstrip().split("\n")[0]
    if first.startswith("%%") and first[2:].split(" ")[0] not in _PYTHON_CELLS:
        return "\n" * text.count("\n")
    return text


def clean(text):
    """The text without prompts, magics, Markdown fences and a common margin; every line stays where it was."""
    for old, new in (("\r\n", "\n"), ("\r", "\n"), ("\u00a0", " "), ("\u200b", ""), ("\ufeff", ""), ("\x0c", "")):
        text = text.replace(old, new)
    lines = text.split("\n")
    full = [line for line in lines if line.strip()]
    if full and full[0].lstrip().startswith(">>>"):
        lines = [_prompted(line) for line in lines]
    margin = min([len(n) - len(n.lstrip(" ")) for n in lines if n.strip() and n.lstrip()[0] != "#"], default=0)
    if margin:
        lines = [line[margin:] if not line[:margin].strip() else line for line in lines]
    depth, quote, joined, out = 0, None, False, []
    for line in lines:
        fresh = depth == 0 and quote is None and not joined
        magic = fresh and line.lstrip().startswith(("%", "!", "```", "~~~", "?"))
        out.append(
            line[: len(line) - len(line.lstrip())] + "pass" if magic and line[:1] == " " else "" if magic else line
        )
        depth, quote = _scan("" if magic else line, depth, quote)
        joined = quote is None and line.endswith("\\")
    return "\n".join(out)


def _prompted(line):
    bare = line.lstrip()
    return bare[4:] if bare.startswith((">>> ", "... ")) else ""


def statements(text):
    """The statements of the outermost level as (first line, text); a decorator stays with what it decorates."""
    lines = text.split("\n")
    starts, depth, quote, joined, decorated = [], 0, None, False, False
    for number, line in enumerate(lines, 1):
        fresh = depth == 0 and quote is None and not joined and line[:1] not in (" ", "\t", "", "#")
        if fresh:
            if not decorated and not _goes_on(line):
                starts.append(number)
            decorated = line.startswith("@")
        depth, quote = _scan(line, depth, quote)
        joined = quote is None and line.endswith("\\")
    ends = [*starts[1:], len(lines) + 1]
    return [(a, "\n".join(lines[a - 1 : b - 1])) for a, b in zip(starts, ends)]


def _goes_on(line):
    """Whether a line belongs to the statement above it: else, except, a closing bracket."""
    word = ""
    for c in line:
        if not (c.isalpha() or c == "_"):
            break
        word += c
    return word in ("else", "elif", "except", "finally") or line[:1] in ")]}"


def _scan(line, depth, quote):
    """The open brackets and the open triple quote behind a line."""
    i, n = 0, len(line)
    while i < n:
        c = line[i]
        if quote:
            if c == "\\":
                i += 2
                continue
            if line.startswith(quote, i):
                i += len(quote)
                quote = None
                continue
        elif c == "#":
            break
        elif c in "'\"":
            quote = c * 3 if line[i : i + 3] == c * 3 else c
            i += len(quote)
            continue
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth = max(0, depth - 1)
        i += 1
    return depth, quote if quote and len(quote) == 3 else None


_MARKS = (
    ("torch.randn(", 1),
    ("torch.rand(", 1),
    ("torch.zeros(", 1),
    ("torch.ones(", 1),
    ("summary(", 0),
    ("input_size=", 0),
)


def guessed_inputs(text):
    """The input shapes, without batch, that a text names: torch.randn(1, 3, 32, 32), summary(net, (3, 32, 32))."""
    found = []
    for mark, batch in _MARKS:
        at = text.find(mark)
        while at >= 0:
            shape = _numbers(text[at + len(mark) : at + len(mark) + 60])
            if len(shape) > batch and shape[batch:] not in found:
                found.append(shape[batch:])
            at = text.find(mark, at + 1)
    return found


def _numbers(text):
    """The numbers of the first bracket: "net, (3, 32, 32))" -> (3, 32, 32); () if it holds anything else."""
    inner = text.rpartition("(")[2] if "(" in text.split(")")[0] else text
    parts = inner.split(")")[0].strip().rstrip(",").split(",")
    return tuple([int(p) for p in parts]) if all(p.strip().isdigit() for p in parts) else ()
