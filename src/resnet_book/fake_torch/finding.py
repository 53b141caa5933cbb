"""Which network a text means, and what it is given."""

from ..errors import ShapeError
from .explaining import listed
from .layers.module import Module
from .program import NAME
from .recording import Refusal
from .text import guessed_inputs
from .world import Absent

__all__ = ["Found", "Nothing", "find", "first_inputs", "missing", "needed_inputs", "with_arguments"]

_NOT_A_FACTORY = (
    "main",
    "test",
    "train",
    "eval",
    "valid",
    "run",
    "demo",
    "fit",
    "get_args",
    "parse",
    "plot",
    "show",
    "load",
    "init",
)
_CHANNELS_IN = (
    "in_channels input_channels n_channels in_ch inp in_chans in_channel in_planes inplanes channels in_dim img_ch"
).split()
_CHANNELS_OUT = (
    "out_channels output_channels num_channels out_ch oup out_chans out_channel planes outplanes out_planes out_dim"
).split()
_CLASSES = "num_classes n_classes classes nclass num_class class_num nb_classes n_class output_ch output_dim".split()


class Nothing(Exception):
    """There is no network; the text says why."""


class Found:
    """A network: the expression that makes it, the module, and sentences about how it was found."""

    def __init__(self, expression, net, notes=()):
        self.expression, self.net, self.notes = expression, net, list(notes)


def find(program, expression=None):
    """The network that a text means.

    Raises:
        Nothing: where there is none.
        Exception: what the reader's code raised when the network was made.
    """
    if expression:
        net = program.evaluate(expression)
        if isinstance(net, type) and issubclass(net, Module):
            net = net()
        if isinstance(net, Absent):
            raise Nothing(f"{expression} comes from a package that is not here")
        if not isinstance(net, Module):
            raise Nothing(f"{expression} is not a network but {type(net).__name__}")
        return Found(expression, net)
    found, failure = _among(program)
    if found is None and failure is None:
        program.run_main()
        found = _variable(program)
    if found is None and failure is None:
        found, failure = _with_guesses(program)
    if found is None and failure is None:  # a network that learns nothing, or registers nothing
        found = _variable(program, bare=True) or _among(program, bare=True)[0]
    if found is not None:
        return found
    if failure is not None:
        raise failure
    raise Nothing(_why_nothing(program))


def _among(program, bare=False):
    """A variable, else a class, else a function, else a class that is a part of others; or why none could be made."""
    found = _variable(program)
    if found is not None:
        return found, None
    classes, parts = program.classes(), _parts(program)
    whole = [name for name in reversed(list(classes)) if name not in parts]
    failure = None
    for names in (whole, _factories(program), [n for n in reversed(list(classes)) if n in parts and not whole]):
        for name in names:
            try:
                net = program.names[name]()
            except (Exception, SystemExit) as error:
                if _counts(error, program.names[name]):
                    failure = failure or error
                continue
            if isinstance(net, Module) and (bare or _has_parameters(net)):
                return Found(f"{name}()", net), None
    return None, failure


def _variable(program, bare=False):
    """The last variable that holds a network, and is no part of another one."""
    held = [n for n in program.order if isinstance(program.names.get(n), Module)]
    held = [n for n in held if bare or _has_parameters(program.names[n])]
    inside = set()
    for name in held:
        inside.update([id(m) for m in program.names[name].modules() if m is not program.names[name]])
    whole = [n for n in held if id(program.names[n]) not in inside]
    return Found(whole[-1], program.names[whole[-1]]) if whole else None


def _has_parameters(net):
    return next(net.parameters(), None) is not None or any("Lazy" in type(m).__name__ for m in net.modules())


def _parts(program):
    """The classes that another class names: in its body, or as its base."""
    classes, parts = program.classes(), set()
    bodies = [
        (part.split("class ", 1)[1].split("(")[0].split(":")[0].strip(), part)
        for _, part in program.parts
        if _is_class(part)
    ]
    for name in classes:
        for owner, body in bodies:
            if owner != name and _names(body, name):
                parts.add(name)
    return parts


def _is_class(part):
    return part.startswith("class ") or (part.startswith("@") and "\nclass " in part)


def _names(text, name):
    """Whether a word stands in a text."""
    at = text.find(name)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        if not (before.isalnum() or before in ("_", ".")) and not (after.isalnum() or after == "_"):
            return True
        at = text.find(name, at + 1)
    return False


def _factories(program):
    """The functions of the text that may make a network, in their order."""
    out = []
    for name in program.order:
        value = program.names.get(name)
        own = type(value) is type(find) and getattr(value, "__module__", NAME) in (NAME, None)
        if own and not name.startswith("_") and not name.lower().startswith(_NOT_A_FACTORY):
            out.append(name)
    return sorted(out, key=lambda n: program.names[n].__code__.co_firstlineno)


def _needs_arguments(error, maker=None):
    """Whether a call lacked arguments; with a class or a function, whether it was the call of this one."""
    text = str(error)
    if not isinstance(error, TypeError) or "argument" not in text or not ("missing" in text or "required" in text):
        return False
    made = isinstance(maker, type)
    function = maker.__init__ if made else maker
    if getattr(getattr(function, "__code__", None), "co_flags", 0) & 12:  # *args or **kwargs, to be passed on
        return True
    return maker is None or set(missing(error)) <= set(arguments(function, int(made)) or ())


# ---------------------------------------------------------------- arguments that are evident from their names


def arguments(function, skip=0):
    """The names of the arguments of a function that have no default; None where that cannot be seen."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    names, defaults = list(code.co_varnames), getattr(function, "__kwdefaults__", None) or {}
    count = code.co_argcount - len(getattr(function, "__defaults__", None) or ())
    by_name = names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return names[skip:count] + [name for name in by_name if name not in defaults]


def missing(error):
    """The arguments that a call was made without, by the error that Python raised; () for another error."""
    text = str(error)
    if not _needs_arguments(error) or ": " not in text:
        return ()
    return listed(text.split(": ")[-1])


def with_arguments(call, names):
    """A call with more arguments, valued where a name explains it: "Net()" -> "Net(classes=10, parts=...)"."""
    before = call.rstrip()[:-1].rstrip()
    given = [f"{name}={(_evident([name]) or [(name, '...')])[0][1]}" for name in names]
    return f"{before}{'' if before.endswith('(') else ', '}{', '.join(given)})"


def _counts(error, maker):
    """Whether what was raised is the text's mistake, and not that of an attempt without arguments."""
    if isinstance(error, SystemExit) or _needs_arguments(error, maker):
        return False
    if isinstance(error, (ShapeError, Refusal)) or "before Module.__init__() call" in str(error):
        return True
    if _needs_arguments(error):  # a call inside it
        return True
    defaults = getattr(maker.__init__ if isinstance(maker, type) else maker, "__defaults__", None) or ()
    return isinstance(maker, type) and None not in defaults


def _with_guesses(program):
    """A class or a function whose arguments its names explain; a part of others is not guessed at."""
    classes, parts = program.classes(), _parts(program)
    makers = [(n, classes[n].__init__, 1) for n in reversed(list(classes)) if n not in parts]
    makers += [(n, program.names[n], 0) for n in _factories(program)]
    for name, function, skip in makers:
        values = _evident(arguments(function, skip) or ())
        if not values:
            continue
        given = ", ".join([f"{key}={value}" for key, value in values])
        try:
            net = program.evaluate(f"{name}({given})")
        except Exception as error:
            if isinstance(error, ShapeError) and skip:
                return None, error
            continue
        if isinstance(net, Module) and _has_parameters(net):
            note = f"made as {name}({given}), which was guessed from the names; --network says otherwise"
            return Found(f"{name}({given})", net, [note]), None
    return None, None


def _evident(names):
    """Values for arguments that their names explain; None if one is not explained."""
    block = any(n in _CHANNELS_OUT for n in names) and not any(n in _CLASSES for n in names)
    values = []
    for name in names:
        if name in _CHANNELS_IN:
            values.append((name, 64 if block else 3))
        elif name in _CHANNELS_OUT:
            values.append((name, 64))
        elif name in _CLASSES:
            values.append((name, 10))
        elif name in ("stride", "strides"):
            values.append((name, 1))
        else:
            return None
    return values


def _why_nothing(program):
    classes = program.classes()
    if not classes:
        text = "no network was found: no class of torch.nn.Module, and no variable that holds one"
        if program.skipped:
            text += f"; line {program.skipped[-1][0]} could not run ({program.skipped[-1][3]['got']})"
        return text
    name = next((n for n in reversed(list(classes)) if n not in _parts(program)), list(classes)[-1])
    needed = arguments(classes[name].__init__, 1) or []
    needs = ", ".join(needed or ["arguments"])
    call = with_arguments(f"{name}()", needed) if needed else f"{name}(...)"
    return f"no network was found: {name} needs {needs}; give --network '{call}'"


# ---------------------------------------------------------------- inputs

_FIRST = (
    ("Conv2d", lambda m: (m.in_channels, 224, 224)), ("ConvTranspose2d", lambda m: (m.in_channels, 224, 224)),
    ("Conv1d", lambda m: (m.in_channels, 224)), ("ConvTranspose1d", lambda m: (m.in_channels, 224)),
    ("Conv3d", lambda m: (m.in_channels, 16, 112, 112)), ("BatchNorm2d", lambda m: (m.num_features, 224, 224)),
    ("LSTM", lambda m: (16, m.input_size)), ("GRU", lambda m: (16, m.input_size)),
    ("RNN", lambda m: (16, m.input_size)),
    ("TransformerEncoderLayer", lambda m: (16, m.self_attn.embed_dim)),
    ("MultiheadAttention", lambda m: (16, m.embed_dim)),
)  # fmt: skip


def first_inputs(net, text):
    """Input shapes to try where none is given, the likeliest first; each with whether it holds integers."""
    layers = [(_kind(m), m) for m in net.modules() if m._library and m._parameters]
    kinds = [kind for kind, _ in layers]
    if kinds[:1] == ["Embedding"] and not any(k.startswith("Conv2d") for k in kinds):
        return [((16,), True), ((), True)]
    known = dict(_FIRST)
    found = next((known[kind](m) for kind, m in layers if kind.startswith("Conv") and kind in known), None)
    if found is None and kinds and kinds[0] in known:
        found = known[kinds[0]](layers[0][1])
    if found is not None:
        return [(found, False)]
    linear = next((m for kind, m in layers if kind == "Linear"), None)
    if linear is None:
        return [((3, 224, 224), False)]
    n = linear.in_features
    shapes = [(n,), (3, 224, 224)]
    for channels in (1, 3):
        side = round((n / channels) ** 0.5)
        if channels * side * side == n:
            shapes.append((channels, side, side))
    return [(shape, False) for shape in [*shapes, *guessed_inputs(text)]]


def _kind(module):
    """The name of torch's own class that a layer is, or inherits from."""
    return type(module).__name__


def needed_inputs(net):
    """How many tensors forward takes: its arguments without a default."""
    seen = arguments(type(net).forward, 1)
    if seen is None or type(net)._library or (type(net)._container and "forward" not in type(net).__dict__):
        return 1
    return max(1, len(seen))
