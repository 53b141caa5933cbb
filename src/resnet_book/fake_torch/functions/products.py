"""Products of matrices: linear layers, matmul, einsum, attention, embeddings."""

from ... import repairs, rules
from ...errors import ShapeError
from ..recording import Refusal, emit, feature_map, from_step, mistake, now, single, where
from ..sizes import broadcast, prod
from ..tensor import Tensor
from .elementwise import binary
from .tables import known

__all__ = ["matmul"]


@known("F torch")
def linear(input, weight, bias=None):
    x = input
    if not isinstance(x, Tensor):
        raise TypeError(f"linear(): argument 'input' must be Tensor, not {type(x).__name__}")
    if not len(x.shape):
        raise ShapeError(where("linear"), "a single number", "a vector", f"give {where('linear')} a vector")
    if x.poured is not None:
        mistake("linear", repairs.batch_flattened(*x.poured))
        return emit("linear", (now.recorder.batch, weight.shape[0]), [x, weight], geometry=None)
    have, want = x.shape[-1], weight.shape[-1]
    parents = [x, weight] if bias is None else [x, weight, bias]
    rows = prod(x.shape[:-1])
    if have != want:
        words = repairs.linear_features(single(x.shape) or (have,), want, weight.shape[0], where("linear"), x.flat_of)
        mistake("linear", words)
        if len(x.shape) == 4:  # the flatten that is missing, assumed
            return emit("linear", (x.shape[0], weight.shape[0]), parents, geometry=None)
    elif len(x.shape) == 4 and x.live and x.geometry is not None and weight.shape[0] != have:
        mistake("linear", repairs.along_width(single(x.shape), where("linear")))  # torch multiplies all the same
        return emit("linear", (x.shape[0], weight.shape[0]), parents, geometry=None)
    if len(x.shape) == 2 and len(weight.shape) == 2 and have == want:
        step = rules.linear(feature_map(x), weight.shape[0], bias=bias is not None, where=where("linear"))
        return from_step("linear", step, x, parents)
    macs = rows * have * weight.shape[0] if len(x.shape) > 1 else 0  # of a single vector torch counts none
    return emit("linear", (*x.shape[:-1], *weight.shape[:-1]), parents, macs, None)


@known("torch tensor", "matmul", "mm", "bmm", "mv", "dot", "inner", "vdot")
def matmul(input, other, out=None):
    a, b = input, other
    p, q = tuple(a.shape), tuple(b.shape)
    if not p or not q:
        raise ShapeError(where("matmul"), f"{repairs.size(p)} and {repairs.size(q)}", "matrices", "unsqueeze a dim")
    left, right = (1, *p) if len(p) == 1 else p, (*q, 1) if len(q) == 1 else q
    batch = broadcast(left[:-2], right[:-2])
    if left[-1] != right[-2] or batch is None:
        mistake("matmul", repairs.product(p, q))
        batch = batch or left[:-2]
    shape = batch + (left[-2:-1] if len(p) > 1 else ()) + (right[-1:] if len(q) > 1 else ())
    counted = len(q) > 1 and (len(p) > 1 or len(q) == 2 or prod(batch) > 1 < left[-1])
    macs = prod(batch) * left[-2] * left[-1] * right[-1] if counted else 0  # torch counts no matrix times a vector
    return emit("matmul", shape, [a, b], macs, None)


Tensor.__matmul__ = lambda self, other: matmul(self, other)
Tensor.__rmatmul__ = lambda self, other: matmul(other, self)


def _add_product(name):
    @known("torch tensor", name)
    def run(input, a, b, *, beta=1, alpha=1):
        y = matmul(a, b)
        return binary("add", y, input)


for _name in ("addmm", "baddbmm", "addbmm", "addmv"):
    _add_product(_name)


@known("torch tensor", "outer", "ger")
def outer(input, vec2):
    return emit("outer", (input.shape[0], vec2.shape[0]), [input, vec2], geometry=None)


@known("torch")
def einsum(equation, *operands):
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = operands[0]
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms, sizes, batch = left.split(","), {}, ()
    if len(terms) != len(operands):
        raise ShapeError(
            where("einsum"), f"{len(operands)} tensors", f"{len(terms)}, as in {equation!r}", "one term for each tensor"
        )
    for term, x in zip(terms, operands):
        batch = broadcast(batch, _lettered(term, x, sizes))
    if not arrow:
        right = "".join(sorted([c for c in sizes if left.count(c) == 1]))
        right = "..." + right if "..." in left else right
    shape = ()
    for c in right.replace("...", "."):
        shape += batch if c == "." else (sizes[c],)
    return emit("einsum", shape, list(operands), _einsum_macs(terms, right, sizes, batch), None)


def _lettered(term, x, sizes):
    """Give every letter of a term its size; returns what the dots stand for."""
    shape, dots = tuple(x.shape), ()
    before, has_dots, after = term.partition("...")
    letters = before + after
    if has_dots:
        dots = shape[len(before) : len(shape) - len(after)]
        shape = shape[: len(before)] + shape[len(shape) - len(after) :]
    if len(letters) != len(shape):
        fix = f"a term of {len(x.shape)} letters for it"
        raise ShapeError(where("einsum"), f"{repairs.size(x.shape)} for {term!r}", f"{len(letters)} dims", fix)
    for letter, n in zip(letters, shape):
        if sizes.get(letter, n) != n and 1 not in (n, sizes[letter]):
            mistake(
                "einsum",
                repairs.Words(
                    f"{letter!r} as {sizes[letter]} and as {n}",
                    "one size for each letter",
                    f"{sizes[letter]} for {letter!r} in both",
                ),
            )
        sizes[letter] = max(n, sizes.get(letter, n))
    return dots


def _einsum_macs(terms, right, sizes, batch):
    """What torch multiplies, two tensors at a time from the left; it counts a sum over no letter as no product."""
    done, macs = terms[0].replace("...", ""), 0
    for i, term in enumerate(terms[1:], 2):
        rest, here = right + "".join(terms[i:]), set(done) | set(term.replace("...", ""))
        kept = [c for c in here if c in rest]
        summed = [c for c in here if c not in rest]
        shared = [c for c in summed if c in done and c in term and sizes[c] > 1]
        alone = [c for c in summed if not (c in done and c in term)]
        macs += prod(batch) * prod([sizes[c] for c in here if c not in alone]) if shared else 0
        done = "".join(kept)
    return macs


@known("F torch")
def bilinear(input1, input2, weight, bias=None):
    a, b = input1, input2
    for x, n in ((a, weight.shape[1]), (b, weight.shape[2])):
        if x.shape[-1] != n:
            mistake("bilinear", repairs.linear_features((x.shape[-1],), n, weight.shape[0], where("bilinear")))
    return emit("bilinear", (*a.shape[:-1], weight.shape[0]), [a, b, weight] + ([] if bias is None else [bias]))


@known("F")
def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False
):
    q, k, v = query, key, value
    if q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        got = ", ".join([repairs.size(single(x.shape)) for x in (q, k, v)])
        mistake(
            "attention",
            repairs.Words(got, "queries and keys of one width, keys and values of one length", "check the heads"),
        )
    macs = prod(q.shape[:-1]) * k.shape[-2] * (q.shape[-1] + v.shape[-1])
    return emit("attention", (*q.shape[:-1], v.shape[-1]), [q, k, v], macs, None)


@known("F torch")
def embedding(input, weight, *_, **__):
    if input.dtype.is_floating_point:
        mistake("embedding", repairs.embedding(input.dtype.name))
    return emit("embedding", (*input.shape, weight.shape[1]), [input, weight], geometry=None)


@known("F")
def one_hot(tensor, num_classes=-1):
    if num_classes < 0:
        raise Refusal(where("one_hot"), "one_hot without num_classes needs the values of a tensor", "give num_classes")
    return emit("one_hot", (*tensor.shape, num_classes), [tensor], geometry=None)


@known("torch")
def cdist(x1, x2, *_, **__):
    return emit("cdist", (*x1.shape[:-1], x2.shape[-2]), [x1, x2], geometry=None)


@known("torch")
def tensordot(a, b, dims=2):
    n = dims if isinstance(dims, int) else None
    if n is None:
        raise Refusal(where("tensordot"), "tensordot over named dims is not known here", "write it as torch.einsum")
    macs = prod(a.shape) * prod(b.shape[n:])
    return emit("matmul", (*a.shape[: len(a.shape) - n], *b.shape[n:]), [a, b], macs, None)
