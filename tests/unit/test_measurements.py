"""Records of measurements: what was written is read, and a damaged file is told by its name."""

from typing import NamedTuple

import pytest

from resnet_book.files import MeasurementError, read_measurements, read_rows, write_measurements


class Row(NamedTuple):
    name: str
    count: int
    seconds: float | None = None


ROWS = [Row("a, b", 3, 0.25), Row("", 4, 1e-9)]


@pytest.fixture
def folder(tmp_path):
    write_measurements(tmp_path, {"of": "test"}, {"cores": 2}, ROWS)
    return tmp_path


def test_rows_come_back_with_their_types(folder):
    assert read_rows(folder, Row) == ROWS
    config, env, cells = read_measurements(folder)
    assert (config, env) == ({"of": "test"}, {"cores": 2}) and cells[0]["count"] == "3"


@pytest.mark.parametrize(
    ("file", "content", "fault"),
    [
        ("config.json", b"{", "config.json is damaged"),
        ("config.json", b"[1]", "no object but list"),
        ("env.json", b"\xff", "env.json is damaged"),
        ("metrics.csv", b"name,count,seconds\na,3\n", "line 2 has not as many cells"),
        ("metrics.csv", b"name,count,seconds\na,3,1,1\n", "line 2 has not as many cells"),
        ("metrics.csv", b"name,count,seconds\na,many,1\n", "'many'"),
        ("metrics.csv", b"name,seconds\na,1\n", "its columns are name, seconds; expected name, count, seconds"),
        ("metrics.csv", b'name,count,seconds\n"a,3,1\n', "metrics.csv is damaged"),
        ("metrics.csv", b"name,count,seconds\n\xff,3,1\n", "metrics.csv is damaged"),
    ],
)
def test_a_damaged_file_is_told_by_its_name(folder, file, content, fault):
    (folder / file).write_bytes(content)
    with pytest.raises(MeasurementError, match=fault) as caught:
        read_rows(folder, Row)
    assert str(folder / file) in str(caught.value)


def test_a_missing_record_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_rows(tmp_path, Row)
