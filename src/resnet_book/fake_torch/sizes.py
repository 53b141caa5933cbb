"""What is known of a tensor: a size, a dtype, a device."""

__all__ = ["CPU", "DTYPES", "Size", "bool_", "broadcast", "device", "dtype", "float32", "int64", "prod"]


def prod(values):
    """The product of some integers; 1 of none."""
    out = 1
    for value in values:
        out *= value
    return out


class Size(tuple):
    """`torch.Size`: a tuple that knows its product."""

    def numel(self):
        return prod(self)

    def __add__(self, other):
        return Size(tuple(self) + tuple(other))

    def __radd__(self, other):
        return Size(tuple(other) + tuple(self))

    def __getitem__(self, index):
        got = tuple.__getitem__(self, index)
        return Size(got) if isinstance(index, slice) else got

    def __repr__(self):
        return "torch.Size([" + ", ".join([str(n) for n in self]) + "])"

    __str__ = __repr__


class dtype:
    """`torch.dtype`: a name, and whether it has a fraction."""

    def __init__(self, name, floating=True, bits=32):
        self.name, self.is_floating_point, self.itemsize = name, floating, bits // 8
        self.is_complex = name.startswith("complex")

    def __repr__(self):
        return "torch." + self.name


float32, int64, bool_ = dtype("float32"), dtype("int64", False, 64), dtype("bool", False, 8)
DTYPES = {
    "float32": float32, "float": float32, "int64": int64, "long": int64, "bool": bool_,
    "float16": dtype("float16", True, 16), "bfloat16": dtype("bfloat16", True, 16), "float64": dtype("float64", True,
    64),
    "int32": dtype("int32", False, 32), "int16": dtype("int16", False, 16), "int8": dtype("int8", False, 8),
    "uint8": dtype("uint8", False, 8), "complex64": dtype("complex64", True, 64),
}  # fmt: skip
for _alias, _name in (("half", "float16"), ("double", "float64"), ("int", "int32"), ("short", "int16")):
    DTYPES[_alias] = DTYPES[_name]


class device:
    """`torch.device`: a name; nothing is ever anywhere."""

    def __init__(self, type="cpu", index=None):
        name = type.type if isinstance(type, device) else str(type)
        self.type, _, place = name.partition(":")
        self.index = index if index is not None else (int(place) if place.isdigit() else None)

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self):
        return f"device(type='{self.type}')"

    def __eq__(self, other):
        return str(self) == str(other)

    def __hash__(self):
        return hash(str(self))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


CPU = device("cpu")


def broadcast(*shapes):
    """The shape that several stretch to, as torch does it; None if they do not."""
    rank = max((len(s) for s in shapes), default=0)
    out = [1] * rank
    for shape in shapes:
        for i, n in enumerate(shape, rank - len(shape)):
            if n != 1 and out[i] not in (1, n):
                return None
            out[i] = n if n != 1 else out[i]
    return tuple(out)
