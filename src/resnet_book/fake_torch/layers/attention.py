"""Attention and Transformers."""

from ... import repairs
from ...errors import ShapeError
from ..functions import FUNCTIONAL
from ..recording import emit, mistake, single
from ..tensor import Parameter, Tensor
from .activations import Dropout
from .containers import ModuleList
from .convolutions import Linear as _Linear
from .convolutions import NonDynamicallyQuantizableLinear
from .module import Layer, Module
from .norms import LayerNorm

__all__ = [
    "MultiheadAttention",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]


class MultiheadAttention(Layer):
    def __init__(
        self, embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None,
        vdim=None,
        batch_first=False, device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        if embed_dim % num_heads:
            fits = [n for n in range(1, num_heads + 1) if embed_dim % n == 0][-1]
            got = f"embed_dim {embed_dim} for {num_heads} heads"
            raise ShapeError("MultiheadAttention", got, "heads that divide it", f"num_heads={fits}")
        self.embed_dim, self.num_heads, self.batch_first, self.dropout = embed_dim, num_heads, batch_first, dropout
        self.kdim, self.vdim, self.head_dim = kdim or embed_dim, vdim or embed_dim, embed_dim // num_heads
        one = self.kdim == embed_dim and self.vdim == embed_dim
        weights = {"in_proj_weight": (3 * embed_dim, embed_dim)} if one else {}
        if not one:
            weights["q_proj_weight"] = (embed_dim, embed_dim)
            weights["k_proj_weight"], weights["v_proj_weight"] = (embed_dim, self.kdim), (embed_dim, self.vdim)
        weights.update({"in_proj_bias": (3 * embed_dim,)} if bias else {})
        for name, size in weights.items():
            self.register_parameter(name, Parameter(Tensor(size)))
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias)
        self.bias_k = Parameter(Tensor((1, 1, embed_dim))) if add_bias_kv else None
        self.bias_v = Parameter(Tensor((1, 1, embed_dim))) if add_bias_kv else None
        self.extra = bool(add_bias_kv) + bool(add_zero_attn)

    def forward(
        self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None, average_attn_weights=True,
        is_causal=False,
    ):  # fmt: skip
        q, k, v, e = query, key, value, self.embed_dim
        for x, n, name in ((q, e, "embed_dim"), (k, self.kdim, "kdim"), (v, self.vdim, "vdim")):
            if x.shape[-1] != n:
                words = repairs.Words(f"vectors of {x.shape[-1]}", f"vectors of {n}", f"{name}={x.shape[-1]}")
                mistake("attention", words)
                break
        batch, length, places = 1, q.shape[0], k.shape[0]
        if len(q.shape) == 3:
            first = 0 if self.batch_first else 1
            batch, length, places = q.shape[first], q.shape[1 - first], k.shape[1 - first]
        macs = batch * (
            2 * length * e * e + places * e * (self.kdim + self.vdim) + 2 * length * (places + self.extra) * e
        )
        owned = [*self._parameters.values(), *self.out_proj._parameters.values()]
        out = emit("attention", q.shape, [q, k, v, *[p for p in owned if p is not None]], macs, None)
        weights = None
        if need_weights:
            heads = () if average_attn_weights else (self.num_heads,)
            shape = (*heads, length, places + self.extra)
            weights = emit("view", (batch, *shape) if len(q.shape) == 3 else shape, [q], geometry=None)
        return out, weights


class _Block(Module):
    """What the layers of encoder and decoder share: the feed-forward part."""

    _own_path = True

    def _feed_parts(self, d_model, dim_feedforward, dropout, activation, bias):
        self.linear1, self.dropout = _Linear(d_model, dim_feedforward, bias), Dropout(dropout)
        self.linear2 = _Linear(dim_feedforward, d_model, bias)
        object.__setattr__(self, "activation", FUNCTIONAL[activation] if isinstance(activation, str) else activation)

    def _feed(self, x, last):
        return last(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerEncoderLayer(_Block):
    def __init__(
        self, d_model, nhead, dim_feedforward=2048, dropout=0.1, activation="relu", layer_norm_eps=1e-5,
        batch_first=False, norm_first=False, bias=True, device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first)
        self._feed_parts(d_model, dim_feedforward, dropout, activation, bias)
        self.norm_first = norm_first
        self.norm1, self.norm2 = LayerNorm(d_model, layer_norm_eps), LayerNorm(d_model, layer_norm_eps)
        self.dropout1, self.dropout2 = Dropout(dropout), Dropout(dropout)

    def _attend(self, x):
        return self.dropout1(self.self_attn(x, x, x, need_weights=False)[0])

    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        x = src
        if self.norm_first:
            x = x + self._attend(self.norm1(x))
            return x + self._feed(self.norm2(x), self.dropout2)
        x = self.norm1(x + self._attend(x))
        return self.norm2(x + self._feed(x, self.dropout2))


class TransformerDecoderLayer(_Block):
    def __init__(
        self, d_model, nhead, dim_feedforward=2048, dropout=0.1, activation="relu", layer_norm_eps=1e-5,
        batch_first=False, norm_first=False, bias=True, device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first)
        self._feed_parts(d_model, dim_feedforward, dropout, activation, bias)
        self.norm_first = norm_first
        self.norm1, self.norm2, self.norm3 = [LayerNorm(d_model, layer_norm_eps) for _ in range(3)]
        self.dropout1, self.dropout2, self.dropout3 = Dropout(dropout), Dropout(dropout), Dropout(dropout)

    def _attend(self, x):
        return self.dropout1(self.self_attn(x, x, x, need_weights=False)[0])

    def _look(self, x, memory):
        return self.dropout2(self.multihead_attn(x, memory, memory, need_weights=False)[0])

    def forward(self, tgt, memory, *_, **__):
        x = tgt
        if self.norm_first:
            x = x + self._attend(self.norm1(x))
            x = x + self._look(self.norm2(x), memory)
            return x + self._feed(self.norm3(x), self.dropout3)
        x = self.norm1(x + self._attend(x))
        x = self.norm2(x + self._look(x, memory))
        return self.norm3(x + self._feed(x, self.dropout3))


class _Stack(Module):
    def __init__(self, layer, num_layers, norm=None, *_, **__):
        super().__init__()
        self.layers = ModuleList([layer.__deepcopy__({}) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def _through(self, x, *others):
        for layer in self.layers:
            x = layer(x, *others)
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
        return self._through(src)


class TransformerDecoder(_Stack):
    def forward(self, tgt, memory, *_, **__):
        return self._through(tgt, memory)


class Transformer(Module):
    def __init__(
        self, d_model=512, nhead=8, num_encoder_layers=6, num_decoder_layers=6, dim_feedforward=2048, dropout=0.1,
        activation="relu", custom_encoder=None, custom_decoder=None, layer_norm_eps=1e-5, batch_first=False,
        norm_first=False, bias=True, device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        given = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*given), num_encoder_layers, LayerNorm(d_model, layer_norm_eps)
        )
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*given), num_decoder_layers, LayerNorm(d_model, layer_norm_eps)
        )

    def forward(self, src, tgt, *_, **__):
        if src.shape[-1] != tgt.shape[-1]:
            mistake("add", repairs.addition(single(src.shape), single(tgt.shape)))
        return self.decoder(tgt, self.encoder(src))
