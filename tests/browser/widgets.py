"""How the tests drive the widgets: by accessible names only, as a reader with a screen reader would."""

from __future__ import annotations

import re


def widget(page, name: str):
    """The first widget of that name."""
    return page.locator(f'[data-widget="{name}"]').first


def choose(root, **settings) -> None:
    """Set controls by their accessible names: choose(w, Architecture="resnet18", Input_size=96)."""
    for name, value in settings.items():
        control = root.get_by_label(name.replace("_", " "), exact=True)
        if control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(str(value))
        else:
            control.fill(str(value))


def numbers(root) -> dict[str, list[str]]:
    """The exact values of every visible row, by the text of its first cell; the totals under "Total"."""
    rows = root.locator("table tr").evaluate_all(
        """rows => rows.filter(r => r.cells[0].scope === 'row').map(r => [
             r.cells[0].innerText.trim(), [...r.cells].slice(1).map(c => c.dataset.value ?? '')])"""
    )
    found: dict[str, list[str]] = {}
    for name, values in rows:
        found.setdefault(re.sub(r"^[^\w]+", "", name), values)
    return found


def expected(row, factor: int = 1) -> list[str]:
    """The values that a row of a `Trace` has in the table."""
    return [
        "x".join(map(str, row.output_shape)),
        str(row.params),
        str(row.macs * factor),
        str(row.activations),
        "x".join(map(str, row.receptive_field)),
    ]


def totals(trace, factor: int = 1) -> list[str]:
    shape = "x".join(map(str, trace.output_shape))
    return [shape, str(trace.params), str(trace.macs * factor), str(trace.activations)]
