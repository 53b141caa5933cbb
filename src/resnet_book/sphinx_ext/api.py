"""The directive ``public-api``: a package's public names with their docstrings, read from the source and not imported.

Reading, not importing, because the site's environment has no torch. Docstrings follow Google's form; a name in single
backticks is code.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import griffe
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.ext.napoleon import Config, GoogleDocstring
from sphinx.util.docutils import SphinxDirective

SOURCE = Path(__file__).parents[2]
STYLE = Config(napoleon_use_param=True, napoleon_use_rtype=False, napoleon_use_ivar=True)


@lru_cache
def _package(stamp: float) -> griffe.Module:
    """The package as its sources say; the stamp tells a changed source."""
    return griffe.load("resnet_book", search_paths=[SOURCE], allow_inspection=False)


def _rst(docstring: griffe.Docstring | None, what: str) -> list[str]:
    text = docstring.value if docstring else ""
    text = re.sub(r"(?<![`:\w])`([^`\n]+)`(?!`)", r"``\1``", text)
    return str(GoogleDocstring(text, STYLE, what=what)).splitlines()


def _signature(function: griffe.Function, method: bool = False) -> str:
    parts, kinds = [], griffe.ParameterKind
    parameters = list(function.parameters)[method and "staticmethod" not in function.labels :]
    starred = False
    for i, parameter in enumerate(parameters):
        if parameter.kind is kinds.keyword_only and not starred:
            parts.append("*")
        starred = starred or parameter.kind in (kinds.keyword_only, kinds.var_positional)
        prefix = {kinds.var_positional: "*", kinds.var_keyword: "**"}.get(parameter.kind, "")
        annotation = f": {parameter.annotation}" if parameter.annotation else ""
        equals = " = " if annotation else "="
        shown = parameter.default is not None and not prefix
        parts.append(f"{prefix}{parameter.name}{annotation}{f'{equals}{parameter.default}' if shown else ''}")
        last = i + 1 == len(parameters) or parameters[i + 1].kind is not kinds.positional_only
        if parameter.kind is kinds.positional_only and last:
            parts.append("/")
    returns = f" -> {function.returns}" if function.returns else ""
    return f"({', '.join(parts)}){returns}"


def _indent(lines: list[str]) -> list[str]:
    return [f"   {line}".rstrip() for line in lines]


def _describe(name: str, found: griffe.Object) -> list[str]:
    """One name as reStructuredText."""
    if found.is_function:
        return [f".. py:function:: {name}{_signature(found)}", "", *_indent(_rst(found.docstring, "function")), ""]
    if not found.is_class:
        return [f".. py:data:: {name}", "", *_indent(_rst(found.docstring, "data")), ""]
    raised = any("Error" in str(base) or "Exception" in str(base) for base in found.bases)
    parameters = _signature(found.members["__init__"], True) if "__init__" in found.members else _fields(found)
    body = [*_rst(found.docstring, "class"), ""]
    for member in found.members.values():
        if member.name.startswith("_") or member.is_alias or not member.docstring:
            continue
        kind = "property" if "property" in member.labels or "cached_property" in member.labels else ""
        if member.is_function and not kind:
            mark = ["   :classmethod:"] if "classmethod" in member.labels else []
            entry = [f".. py:method:: {member.name}{_signature(member, True)}", *mark]
        else:
            annotation = getattr(member, "annotation", None) or getattr(member, "returns", None)
            kind = kind or "attribute"
            entry = [f".. py:{kind}:: {member.name}", *([f"   :type: {annotation}"] if annotation else [])]
        body += [*entry, "", *_indent(_rst(member.docstring, "method")), ""]
    return [
        f".. py:{'exception' if raised else 'class'}:: {name}{parameters.removesuffix(' -> None')}",
        "",
        *_indent(body),
        "",
    ]


def _fields(found: griffe.Class) -> str:
    """The constructor that a dataclass gets, or nothing."""
    if not any("dataclass" in str(decorator.value) for decorator in found.decorators):
        return ""
    fields = [m for m in found.members.values() if m.is_attribute and m.annotation and "property" not in m.labels]
    parts = (f"{m.name}: {m.annotation}" + (f" = {m.value}" if m.value is not None else "") for m in fields)
    return f"({', '.join(parts)})"


class PublicApi(SphinxDirective):
    """Argument: a dotted module. Content: the names to show; without it, the module's ``__all__``."""

    required_arguments = 1
    has_content = True
    option_spec = {"package": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Parse the generated text in place of the directive."""
        files = sorted(SOURCE.joinpath("resnet_book").glob("**/*.py"))
        for path in files:
            self.env.note_dependency(str(path))
        package = _package(max(path.stat().st_mtime for path in files))
        _, _, inner = self.arguments[0].partition(".")
        module = package[inner] if inner else package
        names = [line.strip() for line in self.content if line.strip()] or list(map(str, module.exports or ()))
        lines = [
            f".. py:module:: {self.arguments[0]}" if not inner else f".. py:currentmodule:: {self.arguments[0]}",
            "",
        ]
        for name in names:
            found = module.members.get(str(name).strip("'\""))
            if found is None:
                raise self.error(f"{self.arguments[0]} has no {name}")
            lines += _describe(name, found.final_target if found.is_alias else found)
        node = nodes.section()
        node.document = self.state.document
        self.state.nested_parse(StringList(lines, source=self.arguments[0]), self.content_offset, node)
        for label in node.findall(nodes.field_name):
            if label.astext() == "Variables":  # Sphinx's word for what the docstrings call attributes
                label[:] = [nodes.Text("Attributes")]
        return node.children


def setup(app):
    """Register the directive."""
    app.add_directive("public-api", PublicApi)
