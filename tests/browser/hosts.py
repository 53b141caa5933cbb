"""A widget in a host that is not the book's page: a blank page with that host's style sheet and signs, and a model of its own."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

THEMES = Path(sys.prefix) / "share" / "jupyter" / "lab" / "themes" / "@jupyterlab"


@dataclass(frozen=True)
class Host:
    """What a host page has: attributes of its html and body, and its style sheet."""

    html: dict[str, str] = field(default_factory=dict)
    body: dict[str, str] = field(default_factory=dict)
    style: str = ""


def _lab(kind: str) -> str:
    """JupyterLab's own style sheet of a theme."""
    text = (THEMES / f"theme-{kind}-extension" / "index.css").read_text(encoding="utf-8")
    return text + "body { background: var(--jp-layout-color0); color: var(--jp-content-font-color1) }"


# ipywidgets brings these, in light, into every host that has no variables of JupyterLab's
LAB_VARIABLES = """:root { --jp-ui-font-color0: rgba(0,0,0,1); --jp-ui-font-color1: rgba(0,0,0,.8); --jp-ui-font-color2: rgba(0,0,0,.5);
  --jp-layout-color0: white; --jp-layout-color1: white; --jp-layout-color2: #eee; --jp-border-color2: #e0e0e0; }"""


def hosts() -> dict[str, Host]:
    """Hosts that readers have, light and dark, known and unknown."""

    def vscode(kind: str, text: str, ground: str) -> Host:
        style = f"""html {{ --vscode-foreground: {text}; --vscode-editor-background: {ground}; --vscode-editor-foreground: {text} }}
          body {{ color: {text}; background: transparent }} html {{ background: {ground} }} pre, code {{ color: #d7ba7d; background: #2b2b2b }}"""
        return Host({}, {"class": kind, "data-vscode-theme-kind": kind}, LAB_VARIABLES + style)

    def colab(theme: str, text: str, ground: str) -> Host:
        style = f"""html[theme="dark"] {{ --jp-ui-font-color1: #d5d5d5; --jp-ui-font-color2: #a0a0a0; --jp-content-font-color1: #d5d5d5 }}
          body {{ color: {text}; background: {ground} }} p, dt, dd, td, th, caption {{ color: {text} }}"""
        return Host({"theme": theme}, {}, LAB_VARIABLES + style)

    return {
        "JupyterLab light": Host(
            {}, {"data-jp-theme-light": "true", "data-jp-theme-name": "JupyterLab Light"}, _lab("light")
        ),
        "JupyterLab dark": Host(
            {}, {"data-jp-theme-light": "false", "data-jp-theme-name": "JupyterLab Dark"}, _lab("dark")
        ),
        "JupyterLab high contrast": Host({}, {"data-jp-theme-light": "false"}, _lab("dark-high-contrast")),
        "VS Code light": vscode("vscode-light", "#3b3b3b", "#ffffff"),
        "VS Code dark": vscode("vscode-dark", "#cccccc", "#1f1f1f"),
        "VS Code high contrast": vscode("vscode-high-contrast", "#ffffff", "#000000"),
        "Colab light": colab("light", "#212121", "#ffffff"),
        "Colab dark": colab("dark", "#d5d5d5", "#383838"),
        "unknown dark": Host({}, {}, "body { background: #10131a; color: #e8e8e8 } p { color: #e8e8e8 }"),
        "unknown, dark by color-scheme": Host({}, {}, "html { color-scheme: dark }"),
        "nothing": Host(),
    }


# A model as a kernel's side would be: it takes what is set, and answers nothing unless told to.
MODEL = """state => {
  const listeners = new Map();
  const tell = (name) => (listeners.get(name) ?? []).forEach((callback) => callback());
  return window.model = {
    sent: 0,
    get: (name) => state[name],
    set(name, value) { state[name] = value; tell(`change:${name}`); },
    save_changes() { this.sent++; },
    on(name, callback) { listeners.set(name, [...(listeners.get(name) ?? []), callback]); },
    off(name, callback) { listeners.set(name, (listeners.get(name) ?? []).filter((other) => other !== callback)); },
  };
}"""


def show(page, host: Host, widget) -> None:
    """Put a widget, as its kernel would send it, into a host's page."""
    page.set_content(
        "<!DOCTYPE html><html lang='en'><head><title>A notebook</title></head><body><main><h1>A notebook</h1><div id='out'></div></main></body></html>"
    )
    page.add_style_tag(content=host.style or "html {}")
    page.evaluate(
        """([html, body]) => {
          for (const [name, value] of Object.entries(html)) document.documentElement.setAttribute(name, value);
          for (const [name, value] of Object.entries(body)) document.body.setAttribute(name, value);
        }""",
        [host.html, host.body],
    )
    page.add_style_tag(content=widget._css)
    state = {**widget.state(), "kernel": True}
    for name in ("verify_request", "verify_result", "record"):
        if name in widget.trait_names():
            state[name] = getattr(widget, name)
    page.evaluate(
        f"""async ([source, state]) => {{
          const module = await import(URL.createObjectURL(new Blob([source], {{ type: "text/javascript" }})));
          const model = ({MODEL})(state);
          window.clean_up = await module.default.render({{ model, el: document.getElementById("out") }});
        }}""",
        [widget._esm, json.loads(json.dumps(state))],
    )
