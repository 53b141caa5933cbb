"""torch and its modules, as an import finds them."""

import math

from ..functions import FUNCTIONAL, TORCH, of_rank
from ..layers import INIT, LAYERS, UTILS, Module
from ..layers.containers import DataParallel
from ..recording import emit
from ..sizes import DTYPES, Size, device, dtype
from ..tensor import Buffer, Parameter, Tensor
from .names import Absent, AbsentBase, Context, Namespace, decorator, kept, nothing

__all__ = ["modules"]


def _checkpoint(function, *args, use_reentrant=None, preserve_rng_state=None, **kwargs):
    return function(*args, **kwargs)


def _checkpoint_sequential(functions, segments, input, **_):
    for function in functions:
        input = function(input)
    return input


class Function:
    """torch.autograd.Function: its forward runs as it is."""

    class Context:
        needs_input_grad = (False,) * 8

        def save_for_backward(self, *tensors):
            self.saved_tensors = tensors

        mark_non_differentiable = mark_dirty = set_materialize_grads = nothing

    @classmethod
    def apply(cls, *args, **kwargs):
        return cls.forward(cls.Context(), *args, **kwargs)


def weight_norm(module, name="weight", dim=0):
    """A weight as direction and length: two parameters instead of one."""
    weight = module._parameters.pop(name)
    length = [n if i == dim else 1 for i, n in enumerate(weight.shape)]
    g, v = Parameter(Tensor(length)), Parameter(Tensor(weight.shape))
    module.register_parameter(name + "_g", g)
    module.register_parameter(name + "_v", v)
    computed = Tensor(weight.shape)
    computed.owned = [g, v]
    object.__setattr__(module, name, computed)
    return module


def _attributes():
    """What `torch.<name>` is beside functions and modules."""
    found = dict(TORCH)
    found.update(DTYPES)
    found.update(
        Tensor=Tensor, Size=Size, dtype=dtype, device=device, Generator=Absent("torch.Generator"),
        no_grad=Context, enable_grad=Context, inference_mode=Context, autocast=Context, set_grad_enabled=Context,
        is_tensor=lambda x: isinstance(x, Tensor), is_grad_enabled=lambda: False, compile=decorator,
        manual_seed=nothing, seed=nothing, set_default_dtype=nothing, set_printoptions=nothing, save=nothing,
        set_default_device=nothing, set_float32_matmul_precision=nothing, set_num_threads=nothing,
        use_deterministic_algorithms=nothing, _assert=nothing, set_default_tensor_type=nothing,
        get_default_dtype=lambda: DTYPES["float32"], load=lambda *_, **__: Absent("torch.load()"),
        finfo=lambda *_: Namespace("finfo", {"max": 3.4e38, "min": -3.4e38, "eps": 1.2e-7, "tiny": 1.2e-38}),
        iinfo=lambda *_: Namespace("iinfo", {"max": 2**63 - 1, "min": -(2**63)}),
        inf=float("inf"), nan=float("nan"), pi=math.pi, e=math.e, newaxis=None, __version__="2.14.1",
        strided="strided", contiguous_format=0, channels_last=1, preserve_format=2, channels_last_3d=3,
        get_num_threads=lambda: 1, get_rng_state=nothing, set_rng_state=nothing, typename=lambda x: type(x).__name__,
        result_type=lambda a, b: a.dtype, Graph=Absent("torch.Graph"), Value=Absent("torch.Value"),
        _dynamo=Absent("torch._dynamo"), _utils=Absent("torch._utils"), _C=Absent("torch._C"),
    )  # fmt: skip
    return found


def _fft(input, *_, **__):
    return emit("fft", input.shape, [input], geometry=None)


def _real_fft(dims):
    """rfft of so many last dims: the last of them keeps its first half."""

    def run(input, s=None, dim=None, norm=None):
        dim = tuple(range(-dims, 0)) if dim is None else dim
        last = dim if isinstance(dim, int) else dim[-1]
        shape = list(input.shape)
        shape[last] = shape[last] // 2 + 1
        return emit("fft", shape, [input], geometry=None, dtype=DTYPES["complex64"])

    return run


def _real_ifft(dims):
    def run(input, s=None, dim=None, norm=None):
        dim = tuple(range(-dims, 0)) if dim is None else (dim,) if isinstance(dim, int) else dim
        shape = list(input.shape)
        if s is None:
            shape[dim[-1]] = 2 * (shape[dim[-1]] - 1)
        for d, n in zip(dim, (s,) if isinstance(s, int) else s or ()):
            shape[d] = n
        return emit("fft", shape, [input], geometry=None, dtype=DTYPES["float32"])

    return run


def _one(name, table=None, lenient=True):
    return name, Namespace(name, table, lenient)


def modules():
    """Every module of torch that there is, by its dotted name."""
    pairs = {f"_{word}": of_rank(n) for n, word in enumerate(("single", "pair", "triple", "quadruple"), 1)}
    pairs["_ntuple"] = of_rank
    layers = dict(LAYERS)
    norms = {**UTILS, "weight_norm": weight_norm, "rnn": Absent("torch.nn.utils.rnn")}
    flags = {"is_available": lambda *_: False, "device_count": lambda: 0}
    cuda = {**flags, "manual_seed": nothing, "manual_seed_all": nothing, "empty_cache": nothing, "synchronize": nothing}
    script = {
        "script": decorator, "ignore": decorator, "unused": kept, "export": kept, "script_method": kept, "trace": kept,
        "is_scripting": lambda: False, "is_tracing": lambda: False, "annotate": lambda kind, x: x, "Final": {},
        "ScriptModule": Module, "interface": kept, "_overload_method": kept, "_script_if_tracing": kept,
        "isinstance": isinstance,
    }  # fmt: skip
    vectors = {"norm": TORCH["vector_norm"], "vector_norm": TORCH["vector_norm"], "multi_dot": TORCH["matmul"]}
    fourier = dict.fromkeys(("fft", "ifft", "fft2", "ifft2", "fftn", "ifftn", "fftshift", "ifftshift"), _fft)
    fourier.update(rfft=_real_fft(1), rfft2=_real_fft(2), rfftn=_real_fft(2))
    fourier.update(irfft=_real_ifft(1), irfft2=_real_ifft(2), irfftn=_real_ifft(2))
    data = {"Dataset": AbsentBase, "IterableDataset": AbsentBase, "Sampler": AbsentBase}
    parallel = {"DataParallel": DataParallel, "DistributedDataParallel": DataParallel}
    found = dict(
        [
            _one("torch", _attributes(), False), _one("torch.nn", layers, False),
            _one("torch.nn.functional", dict(FUNCTIONAL), False), _one("torch.nn.init", INIT, False),
            _one("torch.nn.parameter", {"Parameter": Parameter, "Buffer": Buffer, "UninitializedParameter": Parameter}),
            _one("torch.nn.utils", norms), _one("torch.nn.utils.parametrizations", norms),
            _one("torch.nn.utils.parametrize"), _one("torch.nn.utils.fusion"), _one("torch.nn.utils.weight_norm",
            norms),
            _one("torch.nn.parallel", parallel), _one("torch.nn.attention"), _one("torch.nn.modules", layers),
            _one("torch.utils"), _one("torch.utils.data", data), _one("torch.utils.model_zoo"),
            _one("torch.utils.checkpoint", {"checkpoint": _checkpoint,
            "checkpoint_sequential": _checkpoint_sequential}),
            _one("torch.cuda", cuda), _one("torch.cuda.amp", {"autocast": Context, "custom_fwd": decorator,
            "custom_bwd": decorator}),
            _one("torch.amp", {"autocast": Context, "custom_fwd": decorator}), _one("torch.mps", flags),
            _one("torch.accelerator", flags), _one("torch.xpu", flags), _one("torch.backends"),
            _one("torch.backends.mps", flags), _one("torch.backends.cuda"), _one("torch.jit", script),
            _one("torch.fx", {"wrap": kept}),
            _one("torch.linalg", vectors), _one("torch.fft", fourier), _one("torch.special"),
            _one("torch.autograd", {"Variable": kept, "Function": Function, "no_grad": Context}),
            _one("torch.autograd.variable", {"Variable": kept}), _one("torch.autograd.function",
            {"Function": Function, "once_differentiable": kept}),
            _one("torch.overrides", {"has_torch_function": lambda *_: False}), _one("torch.functional", {"F": None}),
            _one("torch.types"), _one("torch.hub"), _one("torch.optim"), _one("torch.distributed"),
            _one("torch.random"), _one("torch.profiler"), _one("torch.ao"), _one("torch.quantization"),
            _one("torch._jit_internal"), _one("torch.ops"), _one("torch.export"),
            _one("torch.distributions"), _one("torch.onnx"), _one("torch.torch_version"), _one("torch.sparse"),
        ]
    )  # fmt: skip
    for name in (
        "activation adaptive batchnorm container conv dropout flatten fold instancenorm linear loss module "
        "normalization padding pixelshuffle pooling rnn sparse transformer upsampling utils"
    ).split():
        found[f"torch.nn.modules.{name}"] = Namespace(f"torch.nn.modules.{name}", {**layers, **pairs}, True)
    found["torch.nn.modules.batchnorm"]._BatchNorm = LAYERS["BatchNorm2d"].__mro__[1]
    found["torch.nn.modules.instancenorm"]._InstanceNorm = LAYERS["InstanceNorm2d"].__mro__[1]
    found["torch.nn.modules.conv"]._ConvNd = LAYERS["Conv2d"].__mro__[1]
    for name, module in found.items():
        above, _, last = name.rpartition(".")
        if above in found and last not in ("weight_norm",):
            found[above].__dict__.setdefault(last, module)
    found["torch.functional"].F = found["torch.nn.functional"]
    found["torch.nn.functional"].Tensor = Tensor
    return found
