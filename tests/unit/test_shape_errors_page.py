"""The page of messages and the error reader say the same of the same messages."""

from pathlib import Path

import nbformat
import pytest
import traitlets

from resnet_book.widgets import ErrorReader
from resnet_book.widgets.error_reader.reading import LONGEST, messages, read

CELLS = nbformat.read(Path(__file__).parents[2] / "book" / "shape_errors.ipynb", as_version=4).cells


@pytest.mark.parametrize("kind", messages(), ids=lambda kind: kind["key"])
def test_each_message_has_its_section_under_its_anchor(kind):
    (i,) = (i for i, cell in enumerate(CELLS) if cell.source.startswith(f"({kind['key']})=\n"))
    assert CELLS[i].source.splitlines()[1] == f"### `{kind['heading']}`"
    assert kind["key"] in [reading.key for reading in read(kind["heading"])]
    assert len(kind["causes"]) == 3
    if "needs a GPU" not in CELLS[i].source:  # run, its message asserted and shown
        program = CELLS[i + 1]
        assert "assert MESSAGE in " in program.source
        assert kind["heading"] in program.outputs[0].text


def test_state_and_fallback():
    text = "mat1 and mat2 shapes cannot be multiplied (4x100 and 300x10)"
    widget = ErrorReader(text)
    assert ErrorReader(**widget.state()).state() == {"message": text}
    assert "nn.Linear(100, 10)" in repr(widget)
    assert ErrorReader("nothing of the kind").fallback().rows == ()
    with pytest.raises(traitlets.TraitError, match=str(LONGEST)):
        ErrorReader("x" * (LONGEST + 1))
