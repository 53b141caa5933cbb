"""The page's Python in Node: its small standard library prints what Python's own prints, and networks use it."""

import contextlib
import io

import pytest
from mistaken.slips import SIZED, SLIPS
from support import asking

from resnet_book.fake_torch import check_source
from resnet_book.widgets.own_network import runtime

TEXTS = {
    "dataclasses": """
from dataclasses import KW_ONLY, asdict, astuple, dataclass, field, fields, is_dataclass, replace
from typing import ClassVar, List, Optional, Tuple
@dataclass
class Config:
    width: int = 8
    depth: int = 2
    sizes: List[int] = field(default_factory=lambda: [1, 2])
    kind: ClassVar[str] = "x"
    other: Optional[int] = None
    pair: Tuple[int, ...] = (1, 2)
    maybe: int | None = None
print(Config(), Config(4, depth=5).width, [f.name for f in fields(Config)], is_dataclass(Config))
@dataclass
class More(Config):
    last: str = "a"
    _: KW_ONLY
    key: int = 3
more = More(1, key=4)
print(more, asdict(more), astuple(more), replace(more, width=2) == more, replace(more) == more)
@dataclass
class Empty(More):
    pass
print(Empty(3))
@dataclass
class Whole:
    a: int
    part: Config = field(default_factory=Config)
    b: int = field(init=False)
    def __post_init__(self):
        self.b = self.a * 2
print(Whole(4), asdict(Whole(2)), astuple(Whole(2)))
@dataclass(frozen=True)
class Fixed:
    a: int = 3
print(hash(Fixed()) == hash(Fixed()), {Fixed(): 2}[Fixed()])
for wrong in ("Fixed(1, 2)", "Fixed(b=3)", "Fixed(1, a=2)", "Whole()", "setattr(Fixed(), 'a', 4)"):
    try:
        print(eval(wrong, globals()))
    except (TypeError, AttributeError) as error:
        print(type(error).__name__)
""",
    "annotations that are texts": """
from __future__ import annotations
from dataclasses import dataclass
from typing import NamedTuple
@dataclass
class Config:
    width: int = 8
    below: Config = None
print(Config(4))
class Spec(NamedTuple):
    a: int
    b: int = 3
print(Spec(1))
""",
    "named tuples": """
from collections import namedtuple
from typing import NamedTuple
class Spec(NamedTuple):
    a: int
    b: int = 3
print(Spec(1), Spec(a=4).b, Spec._fields, Spec(1)._replace(b=9), Spec._make([1, 2]), Spec(1) == (1, 3))
class Sub(Spec):
    @property
    def both(self):
        return self.a + self.b
print(Sub(1).both, *Spec(5))
Point = namedtuple("Point", "x y", defaults=[5])
print(Point(1), Point(1, y=2), Point._make([1, 2]))
for kind, given in ((Point, (1, 2, 3)), (Spec, ()), (Spec, (1, 2, 3))):
    try:
        print(kind(*given))
    except TypeError:
        print("TypeError")
""",
    "enum": """
from enum import Enum, IntEnum, auto
class A(Enum):
    R = 1
    S = "s"
    ONE = 1
    def show(self):
        return self.name + "!"
print(list(A), A["R"], A(1), A("s"), len(A), A.R in A, A.R.show(), A.R == 1, {A.R: 3}[A.R], A.ONE is A.R, f"{A.S}")
class B(str, Enum):
    R = "relu"
    G = "gelu"
print(B.R == "relu", "relu" == B.R, {"relu": 3}[B.R], {B.R: 4}[B.R], B("relu") is B.R, B["G"], B.R.upper())
print(B.R in ("relu", "x"), isinstance(B.R, str), B.R == B.G, repr(B.G), str(B.G))
class C(IntEnum):
    X = 3
    Y = 4
print(C.X + 1, C.X * C.Y, [0] * C.X, C.Y > C.X, C.X == 3, {3: 5}[C.X], sum(C), C(3) is C.X, f"{C.X}", repr(C.X), max(C))
class D(Enum):
    P = auto()
    Q = auto()
print([d.value for d in D])
class E(Enum):
    SMALL = (1, 2)
    BIG = (3, 4)
    def __init__(self, width, depth):
        self.width, self.depth = width, depth
    @property
    def area(self):
        return self.width * self.depth
print(E.BIG.area, E.SMALL.value, E((1, 2)))
try:
    A(5)
except ValueError as error:
    print(error)
""",
    "itertools": """
from itertools import *
print(list(islice(count(), 3)), list(islice(count(2, 3), 1, 9, 2)), list(islice(cycle(count()), 5)), list(islice(repeat(7), 2)))
print(list(takewhile(lambda n: n < 4, count())), list(islice(pairwise(count()), 2)), list(pairwise([])))
print(list(zip_longest([1, 2], [3], fillvalue=0)), list(islice(zip_longest(count(), [1]), 3)), list(repeat(1, 2)))
print(list(islice(accumulate(count()), 5)), list(accumulate([1, 2, 3], lambda a, b: a * b)), list(accumulate([1], initial=5)))
print(list(product([1, 2], "ab")), list(product([0, 1], repeat=2)), list(product()), next(product(range(100), repeat=9)))
print(list(islice(chain.from_iterable([n] * n for n in count()), 6)), list(chain([1], (2,), {3: 4})), next(chain([5])))
print(list(combinations([1, 2, 3], 2)), list(permutations([1, 2, 3], 2)))
print([(k, list(g)) for k, g in groupby([1, 1, 2, 1])], next(groupby(count()))[0], list(starmap(pow, [(2, 3)])))
print(list(dropwhile(lambda n: n < 2, range(4))))
a, b = tee(count())
print(next(a), next(a), next(b), next(a))
taken = iter(range(9))
print(list(islice(taken, 3)), next(taken), list(islice(taken, None)), list(islice([1, 2, 3], 1, None)))
""",
    "collections": """
from collections import ChainMap, Counter, deque
d = deque([1, 2, 3], maxlen=2)
d.append(9)
print(d, len(d), d[0], d.popleft(), d.pop())
d.appendleft(3)
d.extend([4, 5])
print(d, d.maxlen)
d = deque(range(4))
d.extendleft([8, 9])
print(d, d.maxlen)
c = Counter("abracadabra")
c.update("aa")
print(c.most_common(2), c["a"], c["zz"], c.most_common()[-1], Counter(a=2, b=1).most_common(1))
m = ChainMap({"a": 1}, {"a": 2, "b": 3})
print(m["a"], m["b"], len(m), "b" in m, m.get("z"))
class AttrDict(dict):
    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__
    __delattr__ = dict.__delitem__
class Sub(AttrDict):
    pass
for kind in (AttrDict, Sub):
    a = kind(x=3)
    a.y = 4
    print(a.x, a.y, a)
    del a.x
    print(a)
""",
    "functools and inspect": """
import inspect
from functools import cached_property, lru_cache, partialmethod, singledispatch, wraps
@singledispatch
def f(x):
    return "any"
@f.register
def _(x: str):
    return "str"
@f.register(list)
@f.register(tuple)
def _(x):
    return "seq"
print(f(1), f("a"), f([]), f(()), f.__name__)
def g(a, b=2, *args, c, d=3, **more): pass
found = inspect.signature(g).parameters
print(list(found), [int(p.kind) for p in found.values()], found["b"].default, found["a"].default is inspect.Parameter.empty)
class K:
    def __init__(self, x, y=3): pass
    def forward(self, z: int) -> str: return z
    def __call__(self, q): pass
    double = partialmethod(forward, 3)
for thing in (K, K.forward, K(1).forward, K(1), lambda a, b: 0):
    print(list(inspect.signature(thing).parameters), inspect.isfunction(thing), inspect.isclass(thing))
print(inspect.signature(K.forward).parameters["z"].annotation, inspect.signature(K.forward).return_annotation, K(1).double())
def plain(function):
    @wraps(function)
    def inner(*args): return function(*args)
    return inner
@plain
def named(a, b):
    "doc"
print(named.__name__, named.__doc__, list(inspect.signature(named).parameters))
made = []
@lru_cache(maxsize=None)
def once(k, j=0):
    made.append(k)
once(1), once(1), once(2, j=3), once(2, j=3)
class L:
    @cached_property
    def layer(self):
        return object()
layers = L()
print(made, layers.layer is layers.layer)
""",
}

HEAD = "from dataclasses import dataclass\nimport torch\nfrom torch import nn\n"
NET = """
class Net(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.conv = nn.Conv2d(3, cfg.width, 3)
    def forward(self, x):
        return self.conv(x)
"""
CONFIG = "@dataclass\nclass Config:\n    width: int = 8\n    depth: int = 2\n"
MODULE = """
@dataclass(eq=False)
class Net(nn.Module):
    width: int = 8
    def __post_init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, self.width, 3)
    def forward(self, x):
        return self.conv(x)
net = Net(5)
"""
NAMED = """
import sys
from functools import partial
def made(depth): return nn.Sequential(*[nn.Conv2d(3, 3, 1) for _ in range(depth)])
def net_2(): pass
this = sys.modules[__name__]
for depth in (2, 3):
    setattr(this, f"net_{depth}", partial(made, depth))
net = this.net_3() if net_2 is not None else None
"""


@pytest.fixture(scope="module", params=["first", "later"])
def page(request):
    """The page's Python as it starts at first, and with what the first has compiled."""
    given = {"brython": runtime.brython(), "modules": runtime.sources()}
    if request.param == "later":
        with asking("page_python.mjs") as first:
            given["compiled"] = first("begin", **given)
        assert {"answering", "resnet_book.fake_torch.checking"} <= set(given["compiled"])
    with asking("page_python.mjs") as ask:
        ask("begin", **given)
        yield lambda text: ask("trace", text=text, network="", shapes="", mending=False)


@pytest.mark.parametrize("name", TEXTS)
def test_the_page_prints_what_python_prints(page, name):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(TEXTS[name], name, "exec", dont_inherit=True), {"__name__": __name__})
    told = page(TEXTS[name])
    assert told["printed"] == out.getvalue(), told["notes"]


def test_a_network_takes_its_width_from_a_dataclass(page):
    told = page(HEAD + CONFIG + NET + "net = Net(Config(width=16, depth=3))\n")
    assert told["errors"] == [] and told["output_shape"][0] == 16
    assert page(HEAD + MODULE)["output_shape"][0] == 5


def test_a_name_that_the_page_does_not_have_leaves_the_others_there(page):
    told = page(HEAD + "from dataclasses import make_dataclass, field\n" + CONFIG + NET + "net = Net(Config(4))\n")
    assert told["errors"] == [] and told["output_shape"][0] == 4
    assert any("dataclasses.make_dataclass" in note for note in told["notes"])
    misspelt = page(HEAD + "import math\n" + NET.replace("cfg.width", "int(math.sqr(9))").replace(", cfg)", ")"))
    assert "sqr" in misspelt["errors"][0]["got"]


def test_a_text_sets_names_in_itself_as_a_module(page):
    """Public collections of networks name their members so."""
    for told in (page(HEAD + NAMED), check_source(HEAD + NAMED, write=lambda printed: None)):
        assert told["errors"] == [] and told["params"] == 3 * (9 + 3)


def test_a_sentence_with_import_in_it_imports_nothing(page):
    text = '"""\nimport from elsewhere\nfrom there we import much\n"""\n' + HEAD + "net = nn.Conv2d(3, 4, 3)\n"
    for told in (page(text), check_source(text, write=lambda printed: None)):
        assert told["errors"] == [] and not any("not here" in note for note in told["notes"])


@pytest.mark.parametrize("maker", ["def made(**options):", "def made(*options, depth=3):"])
def test_a_function_that_passes_its_arguments_on_is_not_blamed_for_having_none(page, maker):
    text = SIZED + maker + "\n    return Net(" + maker.split("(")[1].split(",")[0].rstrip("):") + ")\n"
    for told in (page(text), check_source(text, write=lambda printed: None)):
        assert told["errors"] == [] and "Net needs width, depth" in told["notes"][0]


PARTS = [
    "import os.path", "import os.path as osp\nprint(osp.join('a', 'b'))", "from os.path import exists, join",
    "import logging.handlers", "import torch.nn.functional as F, os.path",
]  # fmt: skip


@pytest.mark.parametrize("line", PARTS)
def test_a_part_of_a_module_that_is_one_file_in_the_page(page, line):
    told = page(line + "\n" + HEAD + "net = nn.Conv2d(3, 4, 3)\n")
    assert told["errors"] == [] and not any("left out" in note for note in told["notes"])


@pytest.mark.parametrize("line", ["import torch.no_such", "from typing.io import TextIO", "open('weights.txt')"])
def test_what_the_page_cannot_give_leaves_one_statement_out(page, line):
    told = page(line + "\n" + HEAD + "net = nn.Conv2d(3, 4, 3)\n")
    assert told["errors"] == [] and sum("left out" in note for note in told["notes"]) == 1


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_in_the_page_as_it_is_by_the_command(page, slip):
    text, repair, _ = SLIPS[slip]
    told, here = page(text)["errors"], check_source(text, write=lambda printed: None)["errors"]
    assert told[0]["fix"] == repair
    assert [(error["line"], error["fix"]) for error in told] == [(error["line"], error["fix"]) for error in here]
