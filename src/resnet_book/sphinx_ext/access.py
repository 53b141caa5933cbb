"""Accessibility that HTML writers leave open and a style sheet cannot close."""

from __future__ import annotations

from docutils import nodes


def _visit_citation(self, node):
    # The writer's role doc-biblioentry is deprecated; a list of works is a list.
    if not isinstance(node.previous_sibling(), nodes.citation):
        self.body.append('<div role="list" class="citation-list">\n')
    self.body.append(self.starttag(node, "div", classes=["citation"], role="listitem"))


def _depart_citation(self, node):
    self.body.append("</div>\n")
    following = node.parent[node.parent.index(node) + 1 :]
    if not (following and isinstance(following[0], nodes.citation)):
        self.body.append("</div>\n")


def setup(app):
    """Replace the visitors."""
    app.add_node(nodes.citation, override=True, html=(_visit_citation, _depart_citation))
