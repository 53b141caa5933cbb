"""Bring a Chromium and a Firefox for the browser tests, and print where they are.

Chromium, in order: what `RESNET_BOOK_CHROMIUM` names; what Playwright has or can fetch; a Chromium of the system; as
root on Debian or Ubuntu, a package. When none can be had, the message says what to do. The headless shell comes first: it is
the same engine without the windows of a browser, and opens a page in a third of the processor's time.

Firefox: what `RESNET_BOOK_FIREFOX` names; a Firefox of the system; as root on Debian, the package `firefox-esr`. Playwright's
own is a changed one, which no reader has. Without any the tests that need it are skipped, or fail in CI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SYSTEM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium-headless-shell", "chromium")  # the first one that can be had
FIREFOX_NAMES = ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")
NO_FIREFOX = (
    "none, and none could be had. Install your system's package (Debian: apt-get install firefox-esr), or name one with "
    "export RESNET_BOOK_FIREFOX=/path/to/firefox"
)


def playwright_chromium() -> Path | None:
    """The browser that Playwright would start by itself, if it is installed and starts."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
        if not path.exists():
            return None
        try:
            playwright.chromium.launch(args=["--no-sandbox"]).close()
        except Error:  # for want of a system library, say
            return None
        return path


def find_chromium() -> Path | None:
    """A Chromium that is there already; tests start it with Playwright's `executable_path`."""
    named = os.environ.get("RESNET_BOOK_CHROMIUM")
    if named:
        return Path(named)
    found = playwright_chromium()
    if found:
        return found
    return _of_the_system(SYSTEM_NAMES)


def find_firefox() -> Path | None:
    """A Firefox that is there already."""
    named = os.environ.get("RESNET_BOOK_FIREFOX")
    return Path(named) if named else _of_the_system(FIREFOX_NAMES)


def _of_the_system(names: Sequence[str]) -> Path | None:
    return next((Path(path) for path in map(shutil.which, names) if path), None)


def fetch_chromium() -> None:
    """Try what can be tried without asking; failing is fine, `find_chromium` tells."""
    install = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        if subprocess.run(install, capture_output=True, timeout=300).returncode == 0 and find_chromium():
            return
    except subprocess.TimeoutExpired:
        pass
    for name in PACKAGES:
        install_package(name)
        if find_chromium():
            return


def install_package(name: str) -> None:
    """Install a package of Debian's, as root; anyone else, and any other system, is left alone."""
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", name]):
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)


def main() -> int:
    """Find or fetch; returns the exit status, which is of the Chromium: nearly all of the tests need it."""
    if find_firefox() is None:
        install_package("firefox-esr")
    print(f"Firefox: {find_firefox() or NO_FIREFOX}")
    if find_chromium() is None:
        fetch_chromium()
    found = find_chromium()
    if found is None:
        print(
            "The browser tests need a Chromium, and none could be had. Either run\n"
            f"  {sys.executable} -m playwright install --with-deps chromium\n"
            "or install your system's package (Debian: apt-get install chromium), or name one with\n"
            "  export RESNET_BOOK_CHROMIUM=/path/to/chromium",
            file=sys.stderr,
        )
        return 1
    print(f"Chromium: {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
