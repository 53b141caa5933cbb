"""Recurrent layers and their cells."""

from ... import repairs
from ...errors import ShapeError
from ..recording import emit, mistake, single, where
from ..sizes import prod
from ..tensor import Parameter, Tensor
from .module import Layer

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell"]


class _Recurrent(Layer):
    gates = 1

    def __init__(
        self, input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0, bidirectional=False,
        proj_size=0, nonlinearity="tanh", device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        self.input_size, self.hidden_size, self.num_layers, self.bias = input_size, hidden_size, num_layers, bias
        self.batch_first, self.bidirectional, self.proj_size, self.dropout = (
            batch_first,
            bidirectional,
            proj_size,
            dropout,
        )
        wide, given = self.gates * hidden_size, input_size
        for layer in range(num_layers):
            for way in range(self.ways):
                end = f"_l{layer}" + ("_reverse" if way else "")
                sizes = {"weight_ih": (wide, given), "weight_hh": (wide, self.answer)}
                sizes.update({"bias_ih": (wide,), "bias_hh": (wide,)} if bias else {})
                sizes.update({"weight_hr": (proj_size, hidden_size)} if proj_size else {})
                for name, size in sizes.items():
                    self.register_parameter(name + end, Parameter(Tensor(size)))
            given = self.answer * self.ways

    ways = property(lambda self: 2 if self.bidirectional else 1)
    answer = property(lambda self: self.proj_size or self.hidden_size)

    def flatten_parameters(self):
        pass

    def forward(self, input, hx=None):
        x = input
        op = type(self).__name__.lower()
        if len(x.shape) not in (2, 3):
            expected = "(length, features)"
            raise ShapeError(where(op), *repairs.dims(single(x.shape), expected, where(op)))
        if x.shape[-1] != self.input_size:
            got = f"{x.shape[-1]} features"
            mistake(op, repairs.Words(got, f"{self.input_size} features", f"input_size={x.shape[-1]}"))
        steps, macs, given = prod(x.shape[:-1]), 0, self.input_size
        for _ in range(self.num_layers):
            macs += steps * self.ways * (self.gates * self.hidden_size * (given + self.answer))
            macs += steps * self.ways * self.hidden_size * self.proj_size
            given = self.answer * self.ways
        out = emit(op, (*x.shape[:-1], given), [x, *self._parameters.values()], macs, None)
        batch = (x.shape[0 if self.batch_first else 1],) if len(x.shape) == 3 else ()
        first = (self.num_layers * self.ways, *batch)
        hidden = emit("view", (*first, self.answer), [out], geometry=None)
        if self.gates != 4:
            return out, hidden
        return out, (hidden, emit("view", (*first, self.hidden_size), [out], geometry=None))


class RNN(_Recurrent):
    pass


class LSTM(_Recurrent):
    gates = 4


class GRU(_Recurrent):
    gates = 3


class _Cell(Layer):
    gates = 1

    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        super().__init__()
        self.input_size, self.hidden_size, wide = input_size, hidden_size, self.gates * hidden_size
        self.weight_ih, self.weight_hh = Parameter(Tensor((wide, input_size))), Parameter(Tensor((wide, hidden_size)))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(Tensor((wide,))) if bias else None)

    def forward(self, input, hx=None):
        x, op = input, type(self).__name__.lower()
        if x.shape[-1] != self.input_size:
            got = f"{x.shape[-1]} features"
            mistake(op, repairs.Words(got, f"{self.input_size} features", f"input_size={x.shape[-1]}"))
        rows = prod(x.shape[:-1])
        macs = rows * self.gates * self.hidden_size * (self.input_size + self.hidden_size)
        parents = [x, *[p for p in self._parameters.values() if p is not None]]
        out = emit(op, (*x.shape[:-1], self.hidden_size), parents, macs, None)
        return (out, emit("view", out.shape, [out], geometry=None)) if self.gates == 4 else out


class RNNCell(_Cell):
    pass


class LSTMCell(_Cell):
    gates = 4


class GRUCell(_Cell):
    gates = 3
