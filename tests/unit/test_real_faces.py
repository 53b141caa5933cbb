"""The public set of faces: the real files where they are, and every way in which a copy can be wrong. No picture or
name of a person is shown, whatever fails."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from support import need_real_faces

from resnet_book.data import DataError, folder, real_faces
from resnet_book.data import face_metrics as metrics
from resnet_book.data.keypoints import MIRRORED, by_person, mean_face, mirrored

module = __import__("sys").modules["resnet_book.data.real_faces"]


@pytest.fixture(scope="module")
def usual():
    need_real_faces()
    return real_faces(size=16)


def people() -> list[str]:
    found = []
    for part in module.PARTS:
        with open(folder() / module.FOLDER / part.table, newline="", encoding="utf-8") as file:
            found += [row[0].rpartition("_")[0] for row in list(csv.reader(file))[1:]]
    return found


def test_the_public_set_is_whole(usual):
    training, testing = usual
    assert (len(training), len(testing)) == (3_462, 770)
    assert training.rows.tolist() + testing.rows.tolist() == list(range(4_232))
    widths = torch.cat([training.sizes, testing.sizes])[:, 0]
    assert (widths.min(), widths.max(), np.median(widths)) == (72, 494, 184.5)
    assert (training.points - training.points.round()).abs().max() < 1e-3, "whole pixels, but for rounding to float32"


def test_six_training_pictures_have_points_outside(usual):
    for faces, pictures, points in zip(usual, (6, 0), (19, 0)):
        at = faces.points.round()
        outside = ((at < 0) | (at > faces.sizes[:, None])).any(2)
        assert (outside.any(1).sum(), outside.sum()) == (pictures, points)


def test_the_mean_face_alone(usual):
    training, testing = usual
    said = mean_face(training, testing)
    errors = metrics.nme(said.numpy(), testing.points.numpy())
    assert errors.mean() == pytest.approx(0.283, abs=5e-4) and np.median(errors) == pytest.approx(0.238, abs=5e-4)
    scaled = (said - testing.points) / testing.sizes[:, None]
    assert (scaled**2).mean() == pytest.approx(0.00263, abs=5e-6)
    assert metrics.failures(errors, 0.1) > 0.95 and metrics.area(errors) < 0.02


def test_everybody_of_the_usual_test_part_is_in_its_training_part(usual):
    names = people()
    assert len(set(names)) == 347 and set(names[3_462:]) <= set(names[:3_462])


def test_by_person_nobody_is_on_both_sides(usual):
    training, testing = by_person(people())
    assert (len(training), len(testing)) == (3_375, 857)
    assert sorted([*training.tolist(), *testing.tolist()]) == list(range(4_232))
    names = people()
    assert not {names[i] for i in training} & {names[i] for i in testing}


@pytest.mark.parametrize(
    "ci, without, ends",
    [("", "", "Skipped"), ("true", "", "Failed"), ("true", "true", "Skipped"), ("", "true", "Skipped")],
)
def test_ci_may_miss_the_faces_only_where_it_says_so(tmp_path, monkeypatch, ci, without, ends):
    monkeypatch.setenv("RESNET_BOOK_DATA", str(tmp_path))
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("RESNET_BOOK_NO_REAL_FACES", without)
    with pytest.raises(BaseException, match="are not in RESNET_BOOK_DATA") as caught:
        need_real_faces()
    assert type(caught.value).__name__ == ends
    (tmp_path / module.FOLDER).mkdir()
    need_real_faces()


# ---------------------------------------------------------------- the rule alone


def test_every_fifth_person_in_order_of_first_appearance_tests():
    names = "abacdefagehijfe"
    training, testing = by_person(names)
    order = list(dict.fromkeys(names))
    assert {names[i] for i in testing} == {order[4], order[9]}
    assert {names[i] for i in training} == set(order) - {order[4], order[9]}


def test_mirror_pairs_are_those_of_the_convention():
    assert [MIRRORED[MIRRORED[i]] for i in range(68)] == list(range(68))
    assert [i for i in range(68) if MIRRORED[i] == i] == [8, 27, 28, 29, 30, 33, 51, 57, 62, 66]
    assert (MIRRORED[0], MIRRORED[17], MIRRORED[31], MIRRORED[36], MIRRORED[41], MIRRORED[48], MIRRORED[59], MIRRORED[60], MIRRORED[67]) == (
        16, 26, 35, 45, 46, 54, 55, 64, 65,
    )  # fmt: skip
    places = torch.rand(3, 68, 2)
    assert torch.allclose(mirrored(mirrored(places)), places)


# ---------------------------------------------------------------- copies that are wrong


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A small set of the same form, by names that no person has."""
    place = tmp_path / module.FOLDER
    rng = np.random.default_rng(0)
    parts = []
    for part, count in (("training", 6), ("test", 3)):
        (place / part).mkdir(parents=True)
        rows, sizes = [], []
        for i in range(count):
            width, height = (int(side) for side in rng.integers(40, 80, 2))
            name = f"Nobody_At_All_{part}_{i // 2}_{i}.png"
            Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8).astype(np.uint8)).save(
                place / part / name
            )
            rows.append([name, *(rng.integers(1, 39, 136).astype(float))])
            sizes.append((width, height))
        numbers = [int(number) for row in rows for number in row[1:]]
        order = sum(place * number for place, number in enumerate(numbers))
        made = module.Part(part, count, sum(w for w, _ in sizes), sum(h for _, h in sizes), sum(numbers), order)
        write(place / made.table, [["", *map(str, range(136))], *rows])
        parts.append(made)
    monkeypatch.setattr(module, "PARTS", tuple(parts))
    return place


def write(path: Path, rows: list) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def table(copy: Path, part: str = "training") -> tuple[Path, list[list[str]]]:
    path = copy / f"{part}_frames_keypoints.csv"
    with open(path, newline="", encoding="utf-8") as file:
        return path, list(csv.reader(file))


def refused(copy: Path, match: str) -> None:
    with pytest.raises(DataError, match=match) as caught:
        real_faces(size=8, root=copy.parent)
    said = str(caught.value)
    assert "Nobody" not in said, "no name of a person"
    assert str(copy) in said and "drawn-faces" in said, "the folder, and a way out"


def test_a_whole_copy_is_read(copy):
    training, testing = real_faces(size=8, root=copy.parent)
    assert training.images.shape == (6, 3, 8, 8) and testing.rows.tolist() == [6, 7, 8]
    _, rows = table(copy)
    given = np.array(rows[1][1:], float).reshape(68, 2)
    assert np.allclose(training.points[0], given, atol=1e-4)
    by = real_faces("by person", size=8, root=copy.parent)
    assert [len(part) for part in by] == [8, 1] and by[1].name == "real faces, test set, split by person"
    with pytest.raises(ValueError, match="unknown split 'best'; there is: usual, by person"):
        real_faces("best")


@pytest.mark.parametrize(
    "mode, suffix", [("RGBA", "png"), ("L", "png"), ("P", "png"), ("LA", "png"), ("1", "png"), ("CMYK", "jpg")]
)
def test_other_kinds_of_pictures_become_coloured(copy, mode, suffix):
    path, rows = table(copy)
    picture = Image.open(copy / "training" / rows[1][0]).convert("RGB")
    plain = real_faces(size=8, root=copy.parent)[0].images[0]
    name = rows[1][0].replace("png", suffix)
    other = picture.convert(mode)
    if mode == "RGBA":
        other.putalpha(0)  # wholly transparent: what is painted counts all the same
    other.save(copy / "training" / name)
    rows[1][0] = name
    write(path, rows)
    found = real_faces(size=8, root=copy.parent)[0].images[0]
    assert found.shape == (3, 8, 8)
    if mode == "RGBA":
        assert torch.equal(found, plain)
    if mode in ("L", "LA", "1"):
        assert torch.equal(found[0], found[1]) and torch.equal(found[1], found[2])


def test_no_folder_and_no_table(copy):
    path, _ = table(copy)
    path.unlink()
    refused(copy, "training_frames_keypoints.csv: this file is missing")
    shutil.rmtree(copy)
    refused(copy, "the real faces are missing: there is no folder")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01\x80", b"", b'"a,b'])
def test_a_table_that_is_none(copy, content):
    path, _ = table(copy)
    path.write_bytes(content)
    refused(copy, "this is no csv file that can be read")


def test_columns_missing_swapped_or_named_otherwise(copy):
    path, whole = table(copy)
    write(path, [row[:-1] for row in whole])
    refused(copy, "column 135 is nothing")
    write(path, [[*row[:4], row[5], row[4], *row[6:]] for row in whole])
    refused(copy, "column 3 is '4'")
    write(path, [["", *(f"x{i}" for i in range(136))], *whole[1:]])
    refused(copy, "column 0 is 'x0'")
    write(path, [[*whole[0], "136"], *whole[1:]])
    refused(copy, "column 136 is '136'")
    write(path, [whole[0], whole[1][:-1], *whole[2:]])
    refused(copy, "row 1 has 136 columns instead of 137")


@pytest.mark.parametrize("text", ["", "forty", "nan", "inf", "1,5"])
def test_a_cell_that_is_no_number(copy, text):
    path, rows = table(copy)
    rows[3][18] = text
    write(path, rows)
    refused(copy, f"row 3, column 17: expected a number, got '{text}'")


def test_rows_missing_twice_or_leading_elsewhere(copy):
    path, rows = table(copy)
    write(path, rows[:-1])
    refused(copy, "5 rows, where the public set has 6")
    write(path, [*rows[:-1], rows[1]])
    refused(copy, "a picture has two rows")
    for name in ("../Nobody.png", "", "/Nobody.png", "a\\Nobody.png"):
        write(path, [rows[0], [name, *rows[1][1:]], *rows[2:]])
        refused(copy, "row 1 names no picture")


def test_points_that_were_changed(copy):
    path, rows = table(copy)
    rows[2][5] = str(float(rows[2][5]) + 1)
    write(path, rows)
    refused(copy, "points were changed or scaled")


def test_points_that_were_exchanged(copy):
    path, whole = table(copy)
    x_and_y = [[row[0], *(row[1 + (place ^ 1)] for place in range(136))] for row in whole[1:]]
    write(path, [whole[0], *x_and_y])
    refused(copy, "rows or columns were exchanged")
    write(path, [whole[0], whole[2], whole[1], *whole[3:]])
    refused(copy, "rows or columns were exchanged")


def test_pictures_missing_cut_short_or_none(copy):
    _, rows = table(copy)
    first, second = (copy / "training" / rows[i][0] for i in (1, 2))
    content = first.read_bytes()
    for broken in (content[: len(content) // 2], b"", b"GIF89a", b"<html>"):
        first.write_bytes(broken)
        refused(copy, "1 of 6 pictures are damaged or cut short, those of the rows 1 of")
    first.write_bytes(content)
    second.unlink()
    refused(copy, "1 of 6 pictures are missing, those of the rows 2 of")


def test_pictures_of_other_sizes(copy):
    _, rows = table(copy)
    path = copy / "training" / rows[1][0]
    Image.open(path).resize((20, 20)).save(path)
    refused(copy, r"some were resized or cropped.*\(1 pictures have points outside\)")
