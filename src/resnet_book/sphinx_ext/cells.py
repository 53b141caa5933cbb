"""Three kinds of cells on a page, by their tags: code to read, apparatus, and results.

- ``apparatus``: its code is folded; the first line, a comment, says what it does. One switch a page shows all of them.
- ``result``, behind a prediction, code and text alike: folded until the reader has guessed. The page holds it all the
  same, so that a link, a search or the browser's own find opens it.
- A cell that shows a widget has no code to read: the switch shows it.
- ``further``, a text cell that begins with a heading: the whole section is folded under its heading.
- ``answers``: shown only where there is no JavaScript, and in print.

What is folded stands open where there is no JavaScript, but for apparatus and further, which a browser opens itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from docutils import nodes
from myst_nb.core.render import MditRenderMixin
from sphinx.transforms.post_transforms import SphinxPostTransform

from .widgets import widget_mount

SWITCH = "Show all code"
NO_COMMENT = "Code"
TAGS = ("result", "further", "answers")


class folded_code(nodes.General, nodes.Element):
    """Code under a line that says what it does: attribute `summary`."""


class folded_result(nodes.General, nodes.Element):
    """What belongs to a prediction: attribute `key`."""


class folded_section(nodes.General, nodes.Element):
    """The inside of a section that opens under its heading; its first child is a `summary_line`."""


class summary_line(nodes.General, nodes.Element):
    """A heading that opens what is below it: attribute `level`; its children are those of the title."""


class code_switch(nodes.General, nodes.Element):
    """The switch that opens all folded code of a page."""


# ---------------------------------------------------------------- the tags of text cells


def _mark_markdown(render):
    """MyST-NB forgets the tags of a text cell: keep them as classes of the nodes that it becomes."""

    def render_nb_cell_markdown(self, token):
        tags = [tag for tag in token.meta["metadata"].get("tags", ()) if tag in TAGS]
        parent, before = self.current_node, len(self.current_node.children)
        render(self, token)
        if "further" in tags and isinstance(self.current_node, nodes.section):
            self.current_node["classes"].append("further")
        elif tags:
            for node in parent.children[before:]:
                if isinstance(node, nodes.Element):
                    node["classes"] += [f"tag_{tag}" for tag in tags]

    return render_nb_cell_markdown


# ---------------------------------------------------------------- folding


class FoldCells(SphinxPostTransform):
    """Fold what the tags say, in HTML."""

    default_priority = 197  # before MyST-NB hides cells of its own
    formats = ("html",)

    def run(self, **_):
        for cell in list(self.document.findall(_is_cell)):
            if "tag_apparatus" in cell["classes"]:
                _fold_code(cell)
            for mount in list(cell.findall(widget_mount))[:1]:
                cell["classes"].append("widget-call")
                if mount["widget"] == "prediction":
                    _fold_result(cell, mount["state"]["key"])
        for section in list(self.document.findall(nodes.section)):
            if "further" in section["classes"]:
                _fold_section(section)
        if any(self.document.findall(folded_code)) or any(
            "widget-call" in c["classes"] for c in self.document.findall(_is_cell)
        ):
            title = next(iter(self.document.findall(nodes.title)), None)
            if title is not None:
                title.parent.insert(title.parent.index(title) + 1, code_switch())


def _is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def _fold_code(cell: nodes.container) -> None:
    for source in cell.children:
        if source.get("nb_element") == "cell_code_source":
            first = source.astext().lstrip().splitlines()[0]
            summary = first.lstrip("# ").strip() if first.startswith("#") else NO_COMMENT
            fold = folded_code(summary=summary)
            cell.replace(source, fold)
            fold += source
            return


def _fold_result(cell: nodes.container, key: str) -> None:
    """Take the cells behind a prediction that are tagged as its result into one part."""
    parent = cell.parent
    found = list(_results(parent.children[parent.index(cell) + 1 :]))
    if not found:
        return
    fold = folded_result(key=key)
    for node in found:
        parent.remove(node)
        fold += node
    parent.insert(parent.index(cell) + 1, fold)


def _results(following: list[nodes.Node]) -> Iterator[nodes.Node]:
    for node in following:
        if not isinstance(node, nodes.Element) or "tag_result" not in node["classes"]:
            return
        yield node


def _fold_section(section: nodes.section) -> None:
    title, *rest = section.children
    level, at = 1, section.parent
    while at is not None:
        level, at = level + isinstance(at, nodes.section), at.parent
    fold = folded_section()
    fold += summary_line("", *title.children, level=level)
    fold += rest
    section.children = []
    section += fold


# ---------------------------------------------------------------- HTML


def _visit_code(self, node):
    self.body.append(self.starttag(node, "details", CLASS="apparatus"))
    self.body.append(f"<summary>{self.encode(node['summary'])}</summary>\n")


def _close_details(self, node):
    self.body.append("</details>\n")


def _visit_result(self, node):
    # Found and opened by a browser's find and by a link; the style sheet shows it where no script runs.
    self.body.append(
        self.starttag(node, "div", CLASS="result-fold", ids=[f"result-{node['key']}"], hidden="until-found")
    )


def _close_div(self, node):
    self.body.append("</div>\n")


def _visit_section(self, node):
    self.body.append(self.starttag(node, "details", CLASS="further-fold"))


def _visit_summary(self, node):
    self.body.append(f"<summary><h{node['level']}>")


def _depart_summary(self, node):
    self.body.append(f"</h{node['level']}></summary>\n")


def _visit_switch(self, node):
    self.body.append(self.starttag(node, "p", "", CLASS="code-switch"))
    self.body.append(f'<label><input type="checkbox"> {self.encode(SWITCH)}</label></p>\n')
    raise nodes.SkipNode


def setup(app):
    """Register the transform and the nodes."""
    if not getattr(MditRenderMixin, "resnet_book_marks", False):
        MditRenderMixin.render_nb_cell_markdown = _mark_markdown(MditRenderMixin.render_nb_cell_markdown)
        MditRenderMixin.resnet_book_marks = True
    app.add_node(folded_code, html=(_visit_code, _close_details))
    app.add_node(folded_result, html=(_visit_result, _close_div))
    app.add_node(folded_section, html=(_visit_section, _close_details))
    app.add_node(summary_line, html=(_visit_summary, _depart_summary))
    app.add_node(code_switch, html=(_visit_switch, None))
    app.add_post_transform(FoldCells)
