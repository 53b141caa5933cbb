"""Regular expressions are not in a page: what asks for one is told so."""

IGNORECASE = MULTILINE = DOTALL = VERBOSE = 0


def _refused(*_, **__):
    raise NotImplementedError("regular expressions are not in a page")


match = search = fullmatch = sub = subn = split = findall = finditer = _refused


def compile(*_):
    return _Pattern()


def escape(text):
    return text


class _Pattern:
    match = search = fullmatch = sub = split = findall = finditer = staticmethod(_refused)
