"""The little of numpy that network code computes widths and depths with; no arrays of more than one dim."""

import math

from .names import Absent, Namespace, nothing

__all__ = ["modules"]


class _Array(list):
    """A list of numbers with an array's arithmetic."""

    shape = property(lambda self: (len(self),))

    def tolist(self):
        return list(self)

    def item(self):
        return self[0]

    def astype(self, kind):
        return _Array([int(v) if kind in (int, "int") else v for v in self])

    def sum(self):
        return sum(self)

    def _each(self, other, run):
        others = other if isinstance(other, list) else [other] * len(self)
        return _Array([run(a, b) for a, b in zip(self, others)])

    def __add__(self, other):
        return self._each(other, lambda a, b: a + b)

    def __sub__(self, other):
        return self._each(other, lambda a, b: a - b)

    def __mul__(self, other):
        return self._each(other, lambda a, b: a * b)

    def __truediv__(self, other):
        return self._each(other, lambda a, b: a / b)

    def __pow__(self, other):
        return self._each(other, lambda a, b: a**b)

    def __floordiv__(self, other):
        return self._each(other, lambda a, b: a // b)

    def __rpow__(self, other):
        return self._each(other, lambda a, b: b**a)

    def __rsub__(self, other):
        return self._each(other, lambda a, b: b - a)

    def __rtruediv__(self, other):
        return self._each(other, lambda a, b: b / a)

    __radd__, __rmul__ = __add__, __mul__


def _each(run):
    return lambda x, *_, **__: _Array([run(v) for v in x]) if isinstance(x, (list, tuple)) else run(x)


def _product(values, *_, **__):
    out = 1
    for value in values if hasattr(values, "__iter__") else [values]:
        out *= value
    return out


def _linspace(start, stop, num=50, **_):
    return _Array([start + (stop - start) * i / max(1, num - 1) for i in range(num)])


def _array(value, *_, **__):
    return _Array(value) if isinstance(value, (list, tuple)) else value


def _arange(start, stop=None, step=1, **_):
    start, stop = (0, start) if stop is None else (start, stop)
    return _Array([start + i * step for i in range(max(0, math.ceil((stop - start) / step)))])


def _sums(values, *_, **__):
    out = []
    for value in values:
        out.append(value + (out[-1] if out else 0))
    return _Array(out)


def modules():
    """numpy and numpy.random, by name."""
    table = {
        "prod": _product, "linspace": _linspace, "array": _array, "asarray": _array, "arange": _arange, "cumsum": _sums,
        "ceil": _each(lambda x: float(math.ceil(x))), "floor": _each(lambda x: float(math.floor(x))),
        "round": _each(round), "sqrt": _each(math.sqrt), "log": _each(math.log), "log2": _each(math.log2),
        "log10": _each(math.log10), "exp": _each(math.exp), "abs": _each(abs), "power": pow, "maximum": max,
        "minimum": min, "max": max, "min": min, "sum": lambda v, *_, **__: sum(v), "mean": lambda v: sum(v) / len(v),
        "pi": math.pi, "inf": float("inf"), "nan": float("nan"), "e": math.e, "newaxis": None, "int64": int,
        "int32": int, "float32": float, "float64": float, "ndarray": _Array, "random": Absent("numpy.random"),
        "set_printoptions": nothing, "clip": lambda x, a, b: min(max(x, a), b), "integer": int, "floating": float,
    }  # fmt: skip
    found = Namespace("numpy", table, True)
    return {"numpy": found, "numpy.random": table["random"]}
