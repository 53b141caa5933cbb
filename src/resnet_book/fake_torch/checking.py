"""`check_source`: a reader's text, its network found, traced, and told as plain data."""

from .. import repairs
from ..errors import ShapeError
from ..rules import times
from .explaining import entry, explain
from .finding import Nothing, find, first_inputs, missing, needed_inputs, with_arguments
from .layers.module import Module, shapes
from .lines import named, source
from .program import Program
from .recording import Recorder, Stopped, now
from .sizes import int64
from .tensor import Tensor
from .text import clean, from_notebook, guessed_inputs

__all__ = ["check_source", "parse_shape"]

BATCH = 5
"""Pictures in the traced batch: what is wrong with a batch shows only with several, and 2 and 3 mean more."""


def check_source(text, filename="<your code>", network=None, inputs=None, *, beside=None, write=None):
    """Trace the network of a text that is written for PyTorch; what `python -m resnet_book check --json` prints.

    Runs the text as importing it would, on a torch that knows only shapes. It starts no process or thread and sets no
    limit: whoever calls it stops it (an endless loop in the text is one here too).

    Args:
        text: Python for torch, as copied: prompts, magics and Markdown fences are taken out.
        filename: what the object and the messages call it; a name that ends in .ipynb is read as a notebook's JSON.
        network: an expression over the text's names, for example "resnet18(num_classes=10)"; found by itself if None.
        inputs: a list of shapes without the batch, such as [(3, 224, 224)]; if None, the channels of the first layer at
            224x224, and a note says so.
        beside: a function (program, dotted name, dots of a relative import) -> module of a file beside this,
            or None.
        write: a function that takes what the text prints; by default the standard error stream.

    Returns:
        A dict of plain data, ready for JSON:
            file: `filename`. network: the expression that made it, None if there is none.
            output_shape: of the answer without the batch, a list of integers, nested as the answer is (lists, dicts)
                where
                there are several; None where there is an error or no network.
            params, buffers: numbers of elements; macs: of one picture; None without a network.
            rows: the operations in the order they ran, as far as they ran, each with name, op, input_shape,
                output_shape,
                params, macs, activations, receptive_field and stride (pairs, or None), line (the reader's line that ran
                it), made (the line that made its layer); None where unknown. Lines count from 1.
            notes: sentences.
            errors: each with line, column, end_column (from 1, the end exclusive; None where unknown), where, got,
                expected, fix, message ("where: got ...; expected ...; fix: ..."); empty where all is well.
            inputs: the shapes that were traced, as lists.

    Never raises for anything in the text, but what the caller's own limit raises goes through.
    """
    return checked(text, filename, network, inputs, beside=beside, write=write)[0]


def checked(text, filename="<your code>", network=None, inputs=None, *, beside=None, write=None):
    """As `check_source`, with the `Run` beside it: None where nothing ran."""
    out = {
        "file": filename, "network": None, "output_shape": None, "params": None, "buffers": None, "macs": None,
        "rows": [], "notes": [], "errors": [], "inputs": [],
    }  # fmt: skip
    try:
        text = clean(_code(text, filename, out))
    except ValueError as error:
        wrong = ShapeError("file", str(error), "the JSON of a notebook", "save the notebook again")
        out["errors"].append(entry(wrong, named(1)))
        return out, None
    program = Program(text, filename, beside, write)
    try:
        return out, _check(program, network, inputs, out)
    finally:
        now.recorder = None
        program.world.close()


def _code(text, filename, out):
    if not filename.endswith(".ipynb") or not text.lstrip().startswith("{"):
        return text
    import json

    out["notes"].append("lines count through the code cells of the notebook, one empty line between two cells")
    return from_notebook(json.loads(text))


def _check(program, network, inputs, out):
    """Fill the answer in; returns the `Run`, if one there was."""
    if program.error:
        out["errors"].append(program.error)
        return None
    try:
        found = find(program, network)
    except Nothing as nothing:
        out["notes"] += [str(nothing), *_absent(program)]
        out["errors"] += (
            [_wrong_network(network, str(nothing))] if network else _certain(program) or _miscalled(program)
        )
        return None
    except (Exception, SystemExit) as error:
        failed = _cause(program, error) or explain(error, None)
        inside = failed["line"] and failed["line"] <= len(source.lines)  # of the text, and not of the expression
        out["errors"].append(
            failed if inside or not network else _wrong_network(network, failed["got"], missing(error))
        )
        out["notes"] += _absent(program)
        return None
    net = found.net
    out["network"] = found.expression
    out["notes"] += found.notes
    net.eval()
    run = _traced_with(net, inputs, program.text, out["notes"])
    _tell(run, net, out)
    out["errors"] += [e for e in _certain(program) if e not in out["errors"]]
    if out["errors"]:
        out["output_shape"] = None
    left_out = [s for s in program.skipped if s[3] not in out["errors"]]
    out["notes"] += [f"line {line} was left out ({told['got']}): {first}" for line, first, _, told in left_out[:20]]
    out["notes"] += _absent(program)
    return run


def _cause(program, error):
    """What went wrong in the statement that was to make a name which is now missing; None where none was."""
    if not isinstance(error, NameError) or "'" not in str(error):
        return None
    name = str(error).split("'")[1]
    for _, first, _, told in program.skipped:
        made = first.removeprefix("class ").removeprefix("def ").split("=")[0].split("(")[0].split(":")[0].strip()
        if made == name:
            return told
    return None


def _wrong_network(expression, got, missing=()):
    fix = "name a class of the file with its arguments"
    if missing and expression.endswith(")"):
        fix = f"write {with_arguments(expression, missing)}"
    return entry(
        ShapeError(
            "network",
            f"{expression}: {got}",
            "an expression that makes a network",
            fix,
        ),
        named(0),
    )


def _certain(program):
    """The errors of statements that failed for sure: by shapes, or in the text's own calls of its network."""
    sure = (ShapeError, RecursionError)
    return [told for _, _, error, told in program.skipped if isinstance(error, sure) or _in_forward(error)]


def _miscalled(program):
    """The errors of statements that gave a network's class other arguments than it takes, written out in the text."""
    parts, calls = dict(program.parts), [f"{name}(" for name in program.classes()]
    return [
        told
        for line, first, error, told in program.skipped
        if isinstance(error, TypeError) and "__init__() " in str(error) and "argument" in str(error)
        and "*" not in parts.get(line, first) and any(call in parts.get(line, first) for call in calls)
    ]  # fmt: skip


def _in_forward(error):
    text = str(error)
    return isinstance(error, TypeError) and (
        ("forward() " in text and "argument" in text) or "not a Module subclass" in text
    )


def _absent(program):
    missing = program.world.absent
    return [f"not here, and only named by the text: {', '.join(missing[:8])}"] if missing else []


# ---------------------------------------------------------------- running a network


class Run:
    """One trace: the recorder, the answer or the exception."""

    def __init__(self, net, inputs, batch=BATCH, integers=False):
        self.inputs, self.batch, self.integers = [tuple(s) for s in inputs], batch, integers
        self.answer, self.error = None, None
        paths = {id(m): path for path, m in net.named_modules()}
        self.recorder = recorder = Recorder(batch, paths)
        given = []
        for shape in self.inputs:
            x = Tensor((batch, *shape), int64 if integers else None)
            x.live, x.geometry = True, ((1, 1), (1, 1)) if len(shape) in (1, 3) else None
            given.append(x)
        now.recorder = recorder
        try:
            self.answer = net(*given)
        except Stopped:
            pass
        except Exception as error:
            self.error = error
            recorder.errors += [e for e in [explain(error, recorder)] if e not in recorder.errors]
        else:
            self._look_at_answer(net)
        finally:
            now.recorder = None

    def _look_at_answer(self, net):
        """What shows only in what came out: nothing, or a batch that was folded away."""
        recorder = self.recorder
        if self.answer is None:
            error = AttributeError("'NoneType' was returned")
            recorder.errors.append(explain(error, recorder))
            return
        first = self.answer
        while isinstance(first, (list, tuple)) and first:
            first = first[0]
        if recorder.folded and isinstance(first, Tensor) and first.shape[:1] != (self.batch,):
            name, shape, asked, features, call, place = recorder.folded
            words = repairs.batch_eaten(shape, asked, features, call)
            recorder.errors.append(entry(ShapeError(name, *words), place))

    @property
    def errors(self):
        return self.recorder.errors

    def reached(self):
        """How many operations ran before the first mistake."""
        return len(self.recorder.rows) if self.recorder.right is None else self.recorder.right

    def summary(self):
        """Every shape without its batch: what must not depend on the batch."""
        return [(r.name, r.op, r.output_shape) for r in self.recorder.rows], without_batch(self.answer)


def without_batch(answer):
    """The shapes of an answer without the batch, nested as it is."""
    return _trimmed(shapes(answer))


def _trimmed(found):
    if isinstance(found, dict):
        return {str(key): _trimmed(value) for key, value in found.items()}
    if isinstance(found, list):
        return [_trimmed(value) for value in found]
    return list(found[1:]) if found is not None else None


def _traced_with(net, inputs, text, notes):
    """The trace of the given inputs, or of the likeliest that fits; the batch unknown."""
    if inputs is not None:
        run = Run(net, inputs)
        if run.errors and any(e["fix"].endswith("x.long()") for e in run.errors):
            run = _better(run, Run(net, inputs, integers=True))
        return _any_batch(net, run, notes)
    count, tries = needed_inputs(net), first_inputs(net, text)
    best = None
    for shape, integers in tries:
        run = _any_batch(net, Run(net, [shape] * count, integers=integers), [])
        if not run.errors:
            break
        best = run if best is None or run.reached() > best.reached() else best
    else:
        run = _of_other_channels(net, best, count) or _named_in_text(net, best, count, text, notes) or best
    shown = " and ".join([times(s) if s else "a number" for s in run.inputs])
    notes.append(f"traced with an input of {shown}, as no --input was given" + _that_fits(net, run, count))
    return _any_batch(net, run, notes)


def _of_other_channels(net, run, count):
    """The first layer that ran wants other channels than the one that was made first."""
    error = run.errors[0]
    wanted = error["expected"].split(" channels")[0]
    shape = run.inputs[0]
    if len(shape) != 3 or not wanted.isdigit() or not error["got"].startswith(times(shape)):
        return None
    other = Run(net, [(int(wanted), *shape[1:])] * count)
    return other if not other.errors else None


def _named_in_text(net, run, count, text, notes):
    """An input that the text names, where 224x224 does not fit."""
    for shape in guessed_inputs(text):
        if shape not in run.inputs:
            other = _any_batch(net, Run(net, [shape] * count), [])
            if not other.errors:
                notes.append(
                    f"{times(run.inputs[0])} does not fit ({run.errors[0]['message']}); the text names {times(shape)}"
                )
                return other
    return None


_OF_SIZE = (" features (", " elements a picture", "one value a channel", "a map of ")
"""What is told of a network that wants a picture of another size."""
_SIDES = (32, 28, 64, 96, 128, 227, 256, 299)  # of the pictures of usual data sets and networks


def _that_fits(net, run, count):
    """What to say of a picture of another usual size, if only the size keeps the traced one out."""
    if not run.errors or len(run.inputs[0]) != 3 or not any(word in run.errors[0]["got"] for word in _OF_SIZE):
        return ""
    for side in _SIDES:
        shape = (run.inputs[0][0], side, side)
        if not _any_batch(net, Run(net, [shape] * count), []).errors:
            return f"; one of {times(shape)} goes through: name it if it is yours"
    return ""


def _better(a, b):
    return b if len(b.errors) < len(a.errors) else a


def _any_batch(net, run, notes):
    """The batch is unknown: what a smaller one would show is noted, what one of a written size would hide as well."""
    recorder = run.recorder
    written = [(n, line, call) for n, line, call in recorder.batch_sizes if n > 1]
    others = [w for w in dict.fromkeys(written) if w[0] != run.batch]
    for n, line, call in others[:3]:
        if n > 4096 or not (run.errors or n % run.batch or _stands_in(n, line)):
            continue  # of several times the batch, as heads are folded into it, the number seldom stands there
        other = Run(net, run.inputs, n, run.integers)
        told = run.errors or other.summary() != run.summary()
        if told and not other.errors and (n, line, call) in other.recorder.batch_sizes:
            notes.append(repairs.batch_written(n, line, call))
            return other
    if run.errors:
        return run
    for n, line, call in [w for w in written if w[0] == run.batch][:1]:
        other = Run(net, run.inputs, run.batch + 1, run.integers)
        if other.errors or other.summary() != run.summary():
            notes.append(repairs.batch_written(n, line, call))
    if recorder.squeezes and run.batch > 1:
        other = Run(net, run.inputs, 1, run.integers)
        if other.errors or len(_flat(shapes(other.answer))) != len(_flat(shapes(run.answer))):
            notes.append(repairs.squeezed(*recorder.squeezes[0]))
    return run


def _stands_in(n, line):
    """Whether a number is written in a line."""
    return str(n) in "".join([c if c.isalnum() or c == "_" else " " for c in source.line(line)]).split()


def _flat(found):
    if isinstance(found, (list, dict)):
        return [n for item in (found.values() if isinstance(found, dict) else found) for n in _flat(item)]
    return list(found or ())


# ---------------------------------------------------------------- telling it


def _tell(run, net, out):
    recorder = run.recorder
    out["inputs"] = [list(s) for s in run.inputs]
    out["rows"] = [row.plain() for row in _of_one_picture(run, net)]
    out["errors"] += recorder.errors
    out["output_shape"] = None if recorder.errors else without_batch(run.answer)
    out["macs"] = sum([row.macs for row in recorder.rows])
    out["params"] = sum([p.numel() for p in net.parameters()])
    out["buffers"] = sum([b.numel() for b in net.buffers()])
    out["notes"] += recorder.notes
    if not recorder.errors:
        out["notes"] += [*_unregistered(net), *_unused(net, recorder)]


def _of_one_picture(run, net):
    """The rows without the batch's size, where it is not the first dim of every answer: those of a batch of one."""
    rows = run.recorder.rows
    if run.errors or not run.recorder.beside_batch or run.batch == 1:
        return rows
    one = Run(net, run.inputs, 1, run.integers)
    found = one.recorder.rows
    same = [(r.name, r.op) for r in found] == [(r.name, r.op) for r in rows]
    costs = sum([r.macs for r in found]) == sum([r.macs for r in rows])
    return found if same and costs and not one.errors else rows


def _unused(net, recorder):
    """A sentence on the weights that no operation used."""
    waiting = [(path, p) for path, p in net.named_parameters() if id(p) not in recorder.counted and p.numel()]
    owners, total = [], 0
    for path, parameter in waiting:
        owner = path.rpartition(".")[0] or path
        total += parameter.numel()
        if owner not in owners:
            owners.append(owner)
    return [repairs.unused(owners, total)] if owners else []


def _unregistered(net):
    """Sentences on modules in plain lists, tuples and dicts."""
    known, out = {id(p) for p in net.parameters()}, []
    for path, module in net.named_modules():
        for name, value in module.__dict__.items():
            if name in ("_modules", "_parameters", "_buffers", "_forward_hooks", "_forward_pre_hooks"):
                continue
            lost = {id(p): p.numel() for m in _held(value) for p in m.parameters() if id(p) not in known}
            if lost:
                full = f"{path}.{name}" if path else name
                out.append(repairs.unregistered(full, type(value).__name__, sum(lost.values())))
                known.update(lost)
    return out


def _held(value, depth=3):
    """The modules in a list, tuple, set or dict, and in those in it."""
    if isinstance(value, Module):
        return [value]
    if depth and isinstance(value, (list, tuple, set, dict)):
        inside = value.values() if isinstance(value, dict) else value
        return [m for item in inside for m in _held(item, depth - 1)]
    return []


def parse_shape(text):
    """ "3,224,224" or "3x224x224" as a tuple of integers.

    Raises:
        ShapeError: for anything else.
    """
    parts = [p.strip() for p in str(text).replace("x", ",").replace("×", ",").strip("()[] ").split(",") if p.strip()]
    if not all(p.isdigit() and int(p) > 0 for p in parts):
        raise ShapeError("input", repr(text), "positive integers, the batch left out", "write 3,224,224")
    return tuple([int(p) for p in parts])
