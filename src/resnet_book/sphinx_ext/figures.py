"""The figures that notebooks stored, as WebP without loss: the same picture in about two thirds of the bytes.

Notebooks keep PNG, which every host of notebooks shows; a page is read in a browser, and all that are in use read WebP.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from PIL import Image

__all__ = ["as_webp", "setup"]

STORED = re.compile(r"(?<=_images/)(?P<name>[0-9a-f]{64})\.png")
FOLDER = "_images"


def as_webp(png: bytes) -> bytes:
    """A PNG file as a WebP file of the same pixels; those that nobody sees may differ."""
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGBA").save(out, "WEBP", lossless=True, quality=90, method=4)
    return out.getvalue()


def _lighten(app, error) -> None:
    """Give every page the lighter of the two files; a name is its content's, so what was made once stays."""
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir, FOLDER)

    def lighter(found: re.Match) -> str:
        png, webp = (folder / f"{found['name']}.{kind}" for kind in ("png", "webp"))
        if not webp.is_file() and png.is_file():
            content = as_webp(png.read_bytes())
            if len(content) < png.stat().st_size:
                webp.write_bytes(content)
        return (webp if webp.is_file() else png).name

    for page in Path(app.outdir).glob("**/*.html"):
        text = page.read_text(encoding="utf-8")
        lightened = STORED.sub(lighter, text)
        if lightened != text:
            page.write_text(lightened, encoding="utf-8")
    for webp in folder.glob("*.webp"):
        webp.with_suffix(".png").unlink(missing_ok=True)


def setup(app) -> None:
    """Work on the pages as they are when all else is done."""
    app.connect("build-finished", _lighten, priority=800)
