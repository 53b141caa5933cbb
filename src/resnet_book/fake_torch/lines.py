"""Where in the reader's code we are: the line that runs, the columns of the call, the line that made a layer."""

import sys

__all__ = ["Position", "Source", "position", "running_line", "source", "traceback_line"]

BRYTHON = sys.implementation.name.lower() == "brython"
_getframe = getattr(sys, "_getframe", None)
_DEEP = 400  # frames; a reader's code that stands deeper than this is in a recursion


class Source:
    """The text that is being traced."""

    name = "<your code>"  # the file name that it is compiled under
    lines = ()
    _seen = {}

    def begin(self, text, name):
        """Another text is traced from now on."""
        self.lines, self.name, self._seen = text.split("\n"), "<string>" if BRYTHON else name, {}

    def line(self, number):
        """The text of a line, counted from 1; "" outside."""
        return self.lines[number - 1] if number and 0 < number <= len(self.lines) else ""

    def made(self, kind):
        """The line that makes a layer of some class.

        Brython knows the statement only, so there the layers of that name are counted through its lines.
        """
        line = running_line()
        if not BRYTHON or not line:
            return line
        found, depth = [], 0
        for number in range(line, min(len(self.lines), line + 400) + 1):
            text = self.line(number)
            found += [number] * text.count(kind + "(")
            depth += sum([text.count(c) for c in "([{"]) - sum([text.count(c) for c in ")]}"])
            if depth <= 0:
                break
        count = self._seen[line, kind] = self._seen.get((line, kind), -1) + 1
        return found[count % len(found)] if found else line


source = Source()


def _reader_frame():
    """The innermost frame of the reader's code, or None."""
    frame = _getframe(1) if _getframe else None
    name = source.name
    for _ in range(_DEEP):
        if frame is None or frame.f_code.co_filename == name:
            return frame
        frame = frame.f_back
    return None


def running_line():
    """The line of the reader's code that runs now; None where none does, or where frames cannot be seen."""
    frame = _reader_frame()
    return frame.f_lineno if frame is not None else None


class Position:
    """A place in the text: `column` counts from 1, `end_column` is the first one behind; both None where unknown."""

    def __init__(self, line=None, column=None, end_column=None):
        self.line, self.column, self.end_column = line, column, end_column


def position(names=()):
    """The place of the reader's call that runs now; `names` are looked for in the line where Python has no columns."""
    frame = _reader_frame()
    return _placed(frame.f_lineno, _columns(frame.f_code, frame.f_lasti), names) if frame is not None else Position()


def traceback_line(error):
    """The innermost place of the reader's code in an exception's traceback."""
    trace, found = getattr(error, "__traceback__", None), None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == source.name:
            found = trace
        trace = trace.tb_next
    if found is None:
        return Position()
    return _placed(found.tb_lineno, _columns(found.tb_frame.f_code, found.tb_lasti), ())


def _columns(code, instruction):
    """(first line, last line, column, end column) of an instruction; Python 3.11 and later know them."""
    if not hasattr(code, "co_positions") or instruction < 0:
        return None
    for index, place in enumerate(code.co_positions()):
        if index == instruction // 2:
            return place if None not in place else None
    return None


def _placed(line, found, names):
    text = source.line(line)
    if found and found[0] == line:
        start = len(text.encode()[: found[2]].decode(errors="replace"))
        end = len(text.encode()[: found[3]].decode(errors="replace")) if found[1] == line else len(text.rstrip())
        return Position(line, start + 1, end + 1)
    return named(line, names)


def named(line, names=()):
    """The place of the first of some names in a line; the whole of its text if none is there."""
    text = source.line(line)
    for name in names:
        at = text.find(name) if name else -1
        if at >= 0:
            return Position(line, at + 1, at + 1 + len(name))
    if not text.strip():
        return Position(line)
    return Position(line, len(text) - len(text.lstrip()) + 1, len(text.rstrip()) + 1)
