"""What happens while a network runs: its rows, its mistakes, its notes; and the tensor that an operation puts out."""

from ..errors import ShapeError
from ..operations import SILENT, widest
from ..rules import MAX_ELEMENTS, FeatureMap, times
from .lines import named, position, running_line
from .sizes import float32, prod
from .strides import after

__all__ = [
    "Recorder",
    "Refusal",
    "Stopped",
    "emit",
    "feature_map",
    "from_step",
    "mistake",
    "note",
    "now",
    "single",
    "union",
    "where",
]

MOST_ROWS = 200_000
MOST_ERRORS = 20


class Refusal(Exception):
    """Something that shapes alone cannot answer, or that this torch does not know; `where` names it."""

    def __init__(self, where, why, fix="run it in PyTorch: resnet_book.measure(net, ...) takes the real module"):
        self.where, self.why, self.fix = where, why, fix
        super().__init__(f"{where}: {why}")


class Stopped(BaseException):
    """Enough is known: so many errors that more would not help."""


class Now:
    """What is going on: the recorder, while a network runs."""

    recorder = None


now = Now()


class Row:
    """One operation: the fields of `resnet_book.tracing.Row`, the line that ran it, the line that made its layer."""

    __slots__ = (
        "activations",
        "geometry",
        "input_shape",
        "line",
        "macs",
        "made",
        "name",
        "op",
        "output_shape",
        "params",
    )

    def __init__(self, name, op, input_shape, output_shape, params, macs, activations, geometry, line, made):
        self.name, self.op, self.input_shape, self.output_shape = name, op, input_shape, output_shape
        self.params, self.macs, self.activations, self.geometry = params, macs, activations, geometry
        self.line, self.made = line, made

    def plain(self):
        """As the object of `check --json`."""
        field, stride = self.geometry or (None, None)
        return {
            "name": self.name, "op": self.op, "input_shape": list(self.input_shape),
            "output_shape": list(self.output_shape), "params": self.params, "macs": self.macs,
            "activations": self.activations, "receptive_field": field and list(field),
            "stride": stride and list(stride),
            "line": self.line, "made": self.made,
        }  # fmt: skip


class Call:
    """A module that runs: its path, what it was given, and when it was entered."""

    __slots__ = ("entered", "given", "line", "module", "path")

    def __init__(self, path, module, given, entered):
        self.path, self.module, self.given, self.entered = path, module, given, entered
        self.line = running_line()


class Recorder:
    """Writes down what a network does with an input.

    Args:
        batch: the number of pictures in the input; MACs and activations are of one.
        paths: the path of every module, by its id.
    """

    def __init__(self, batch=1, paths=None):
        self.batch, self.paths = batch, paths or {}
        self.rows, self.calls, self.errors, self.notes, self.stack = [], [], [], [], []
        self.counted = set()  # ids of the parameters that a row has
        self.clock = 0  # one tick a tensor
        self.returned_none = None  # the call of the reader's module that gave None last
        self.right = None  # the number of rows before the first mistake
        self.folded = None  # the view that took the batch for something else
        self.batch_sizes = []  # (number, line, call) written into views where the batch stands
        self.trail = []  # (line, shape) of every tensor of the input's that came out on a line, in order
        self.beside_batch = False  # whether a row's first dim is not the batch
        self.squeezes = []  # (where, line) of squeeze() without a dim

    def where(self, op):
        """The name of a row: a library layer's own path, else the running module's path and the operation."""
        if not self.stack:
            return op
        call = self.stack[-1]
        if call.path and call.module._own_path:
            return call.path
        return f"{call.path}.{op}" if call.path else op

    def made(self):
        """The line that made the library layer that runs; None outside of one."""
        return self.stack[-1].module._made if self.stack and self.stack[-1].module._library else None

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def new_params(self, owned):
        """The number of parameters that are used for the first time."""
        total = 0
        for parameter in owned:
            if id(parameter) not in self.counted:
                self.counted.add(id(parameter))
                total += parameter.numel()
        return total

    def wrong(self, error, place=None):
        """Write a mistake down."""
        place = place or self.place(error.where)
        entry = {
            "line": place.line, "column": place.column, "end_column": place.end_column, "where": error.where,
            "got": error.got, "expected": error.expected, "fix": error.fix,
            "message": f"{error.where}: got {error.got}; expected {error.expected}; fix: {error.fix}",
        }  # fmt: skip
        self.right = len(self.rows) if self.right is None else self.right
        if entry not in self.errors:
            self.errors.append(entry)
        if len(self.errors) >= MOST_ERRORS:
            raise Stopped

    def place(self, name, running=None):
        """Where a mistake stands: the reader's call that runs; in a chain of layers, the line that made the layer."""
        last = name.split(".")[-1]
        place = running or position(["self." + last, last])
        layer = next((c for c in reversed(self.stack) if c.module._library), None)
        caller = next((c for c in reversed(self.stack) if not c.module._library), None)
        if layer is None or not layer.module._made:
            return place
        chained = caller is None or (caller.module._container and not _has_own_forward(caller.module))
        return named(layer.module._made, [type(layer.module).__name__]) if chained or place.line is None else place


def _has_own_forward(module):
    """Whether the reader wrote forward, of a class that inherits from a container."""
    return "forward" in type(module).__dict__ and type(module).__name__ != "Sequential"


def where(op):
    return now.recorder.where(op) if now.recorder else op


def note(text):
    if now.recorder:
        now.recorder.note(text)


def mistake(op, words):
    """A mistake of shapes: written down, so that the caller goes on as if it were mended; raised where nothing runs."""
    error = ShapeError(where(op), words.got, words.expected, words.fix)
    if now.recorder is None:
        raise error
    now.recorder.wrong(error)


def single(shape):
    """A shape without its batch."""
    return tuple(shape[1:])


def emit(op, shape, parents, macs=0, geometry="widest", dtype=None, row=None):
    """The tensor that an operation puts out; if something of the network's input is in it, a row is written.

    Args:
        op: its canonical name; one of `SILENT` writes no row.
        shape: with the batch.
        parents: the tensors that went in, the map first; parameters in them are counted where they are first used.
        macs: of the whole batch.
        geometry: (receptive field, stride), None if unknown, "widest" for an operation on every element.
        row: whether to write one; by default, as `op` says.
    """
    from .tensor import Tensor

    out = Tensor(shape, dtype or (parents[0].dtype if parents else float32))
    live, owned, waiting = [], [], []
    for parent in parents:
        if parent.live:
            live.append(parent)
        if parent.owned and parent.owned is not owned:
            owned = parent.owned if not owned else union(owned, parent.owned)
        if parent.waiting:
            waiting.append(parent.waiting)
    recorder = now.recorder
    if not live:
        out.owned = owned
        if recorder is not None:
            out.copied = _is_copied(op, shape, parents, recorder.batch)
            if macs or waiting:  # of weights and constants: the row that uses them counts it
                out.waiting = [_taken(waiting) + (macs // recorder.batch if out.copied else macs)]
        return out
    out.live, out.strides = True, after(op, shape, live)
    shapes = [p.shape for p in live]
    out.geometry = widest([p.geometry for p in live], shapes, shape) if geometry == "widest" else geometry
    if recorder is None:
        return out
    recorder.clock += 1
    line = running_line()
    if len(recorder.trail) < MOST_ROWS:
        recorder.trail.append((line, tuple(shape)))
    out.born, out.depth = recorder.clock, 1 + max([p.depth for p in live])
    row = op not in SILENT if row is None else row
    if not (row or macs):
        out.owned, out.depth = owned, out.depth - 1
        out.waiting = [_taken(waiting)] if waiting else None
        out.through, out.flat_of = live[0].through, live[0].flat_of if len(shape) == 2 else None
        return out
    if shape[:1] != (recorder.batch,) and shape[:1] != [recorder.batch]:
        recorder.beside_batch = True
    count = prod(shape)
    if count > MAX_ELEMENTS:
        raise ShapeError(where(op), times(single(shape)), f"at most {MAX_ELEMENTS} elements", "give a smaller input")
    if len(recorder.rows) >= MOST_ROWS:
        raise Refusal(where(op), f"more than {MOST_ROWS:,} operations", "trace a part of the network")
    name, batch = recorder.where(op), recorder.batch
    cost = macs // batch + _taken(waiting)
    recorder.rows.append(
        Row(
            name, op, single(live[0].shape), single(shape), recorder.new_params(owned), cost, count // batch,
            out.geometry, line, recorder.made(),
        )
    )  # fmt: skip
    out.through = (name, single(live[0].shape), out.born) if macs else live[0].through
    return out


def _is_copied(op, shape, parents, batch):
    """Whether a constant stands there once for every picture, as a token that was expanded to the batch."""
    if len(shape) < 2 or not parents:
        return False
    grown = op in ("expand", "repeat") and shape[0] % batch == 0 and shape[:1] != parents[0].shape[:1]
    first = shape[0] == batch and op != "permute"  # which puts any dim first
    return grown or first or any(p.copied for p in parents)


def _taken(waiting):
    """The products that wait to be counted; they are counted once."""
    total = sum([sum(cell) for cell in waiting])
    for cell in waiting:
        cell.clear()
    return total


def union(a, b):
    """Two lists of parameters as one, each once; neither is changed."""
    seen = {id(p) for p in a}
    return [*a, *[p for p in b if id(p) not in seen]]


def feature_map(x):
    """What the rules take: the shape without the batch, and its geometry where that is known."""
    field, stride = x.geometry or ((1, 1), (1, 1))
    return FeatureMap(single(x.shape), field, stride)


def from_step(op, step, x, parents):
    """The tensor of a rule's answer."""
    geometry = (step.output.receptive_field, step.output.stride) if x.geometry else None
    batch = x.shape[0]
    return emit(op, (batch, *step.output.shape), parents, step.macs * batch, geometry)
