"""What all tests share: the package from `src`, the browser's rules in one Node process, and the golden files."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
for folder in (TESTS, TESTS.parent / "src"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate-golden", action="store_true", help="write the golden files instead of comparing with them"
    )


@pytest.fixture(scope="session")
def javascript():
    """The browser's rules: `javascript(kind, **arguments)` gives {"ok": ...} or {"error": ...}."""
    from support import Browser

    with Browser() as node:
        yield node


@pytest.fixture
def one_thread():
    """PyTorch on one thread, so that sums come in one order and tests that run beside each other do not wait."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def golden(request: pytest.FixtureRequest):
    """Compare a text with the file named after the test; `--regenerate-golden` writes it."""
    name = re.sub(r"[^\w.-]+", "-", request.node.name.removeprefix("test_")).strip("-")
    path = Path(request.path).parent / f"{name}.txt"

    def compare(text: str) -> None:
        if request.config.getoption("--regenerate-golden"):
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{path.name} is missing: run pytest --regenerate-golden and look at what it wrote"
        assert text == path.read_text(encoding="utf-8")

    return compare
