"""What the repository may hold: no large files, no machine's addresses, every skip explained, every test collected."""

import importlib.util
import re
import subprocess

import pytest
from support import REPOSITORY, TESTS

LIMIT = 1_000_000
"""Bytes of the largest tracked file. A larger one needs its reason in `LARGE`."""
LARGE: dict[str, str] = {
    "book/runs/cifar/cifar-plain56-0/weights.npz": "chapters take the network apart, see book/runs/README.md",
    "book/runs/cifar/cifar-resnet56-A-0/weights.npz": "chapters take the network apart, see book/runs/README.md",
}


def tracked() -> list:
    """Every file that git tracks or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    return sorted(path for name in listed.split("\0") if name and (path := REPOSITORY / name).is_file())


FILES = tracked()


def name(path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def content(path) -> bytes:
    """What a file holds; nothing if it has gone since it was listed."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def text(path) -> str:
    return content(path).decode("utf-8", errors="ignore")


def test_there_are_files():
    assert {"tests/unit/test_repository.py", "src/resnet_book/__init__.py"} <= {name(path) for path in FILES}


def test_no_large_file_without_a_reason():
    assert {name(path) for path in FILES if len(content(path)) > LIMIT} == set(LARGE)


def test_nothing_that_is_built_is_tracked():
    built = re.compile(r"(^|/)(_build|__pycache__|\.ipynb_checkpoints|\.venv[^/]*|node_modules)/|\.(pyc|whl|woff2?)$")
    assert [name(path) for path in FILES if built.search(name(path))] == []


# Written in parts, so that this file does not contain what it looks for.
REGISTRIES = [
    r"--(extra-)?index-" + "url", r"pypi\.org" + "/simple", "files.python" + "hosted", r"registry\.npm" + "js",
    r"https?://[^\s/\"']+(/[\w.-]+)*/(simple|npm)" + "/", r"https?://\d+\.\d+\.\d+\.\d+" + r"(?<!127\.0\.0\.1)[:/]",
]  # fmt: skip
MACHINE = [
    r"(?<![\w.$}])/(home|Users)" + r"/(?!jovyan)\w+",
    r"(?<![\w.$}])/root" + r"/\w+",
    r"(?<![\w.$}/])/(work|tmp/w)" + r"/\w+",
]


@pytest.mark.parametrize("pattern", [*REGISTRIES, *MACHINE])
def test_no_address_of_a_registry_or_of_one_machine(pattern):
    found = re.compile(pattern)
    assert [(name(path), match[0]) for path in FILES if (match := found.search(text(path)))] == []


@pytest.mark.parametrize("lock", [path for path in FILES if re.fullmatch(r"requirements.*\.txt", path.name)], ids=name)
def test_a_lock_pins_everything_and_names_no_index(lock):
    lines = [line for line in text(lock).splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    assert "://" not in "".join(lines)
    pinned = re.compile(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==[\w.+!]+( *;.*)?( \\)?|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in lines if not pinned.fullmatch(line)] == []


SKIPS = re.compile(
    r"\bpytest\.(?:mark\.)?(?:skip|skipif|xfail|importor" + r"skip)\b|unittest\.skip"
    r"|\bnbval[-_](?:skip|ignore[-_]output)\b|\bNBVAL_(?:SKIP|IGNORE_OUTPUT)\b|\braises-exception\b"
)


def test_every_skip_and_every_ignored_output_has_its_reason():
    explained = text(TESTS / "SKIPS.md")
    marked = [p for p in FILES if p.suffix in (".py", ".ipynb", ".cfg", ".toml") and p.name != "test_repository.py"]
    skipping = {name(path) for path in marked if SKIPS.search(text(path)) and not name(path).startswith("src/")}
    assert [path for path in sorted(skipping) if f"`{path}`" not in explained] == []


def test_what_the_skip_list_names_is_there():
    named = re.findall(r"^- `([^`]+)`", text(TESTS / "SKIPS.md"), flags=re.MULTILINE)
    assert [path for path in named if not (REPOSITORY / path).is_file()] == []


def test_every_file_with_tests_is_collected():
    tests = [
        path for path in TESTS.rglob("*.py") if re.search(r"^(async )?def test_|^class Test", text(path), re.MULTILINE)
    ]
    assert len(tests) > 10
    assert [name(path) for path in tests if not path.name.startswith("test_")] == []
    names = [path.name for path in tests]
    assert len(names) == len(set(names)), "two test files of one name hide each other"


def test_the_tests_mirror_the_core():
    core = {"errors", "rules", "architectures", "tracing", "measuring", "building"}
    assert {f"test_{module}.py" for module in core} <= {path.name for path in (TESTS / "unit").iterdir()}
    assert all(importlib.util.find_spec(f"resnet_book.{module}") for module in core)
