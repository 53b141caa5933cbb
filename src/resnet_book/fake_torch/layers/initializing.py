"""torch.nn.init and torch.nn.utils: there are no values, so nothing to do but hand the tensor back."""

__all__ = ["INIT", "UTILS"]


def _kept(tensor, *_, **__):
    return tensor


_NAMES = (
    "kaiming_normal kaiming_uniform xavier_normal xavier_uniform normal uniform constant ones zeros trunc_normal eye "
    "orthogonal dirac sparse"
).split()


def calculate_gain(nonlinearity, param=None):
    return {"tanh": 5.0 / 3, "relu": 2.0**0.5, "selu": 0.75}.get(nonlinearity, 1.0)


def _calculate_fan_in_and_fan_out(tensor):
    if len(tensor.shape) < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = 1
    for n in tensor.shape[2:]:
        field *= n
    return tensor.shape[1] * field, tensor.shape[0] * field


def _calculate_correct_fan(tensor, mode):
    return _calculate_fan_in_and_fan_out(tensor)[0 if mode == "fan_in" else 1]


INIT = dict.fromkeys(_NAMES, _kept)
INIT.update({name + "_": _kept for name in _NAMES})
INIT.update(
    calculate_gain=calculate_gain,
    _calculate_fan_in_and_fan_out=_calculate_fan_in_and_fan_out,
    _calculate_correct_fan=_calculate_correct_fan,
    _no_grad_trunc_normal_=_kept,
)


def parameters_to_vector(parameters):
    from ..functions import TORCH

    return TORCH["cat"]([p.view(-1) for p in parameters])


UTILS = {
    "spectral_norm": _kept, "remove_weight_norm": _kept, "remove_spectral_norm": _kept,
    "clip_grad_norm_": _kept, "clip_grad_norm": _kept, "clip_grad_value_": _kept,
    "parameters_to_vector": parameters_to_vector,
}  # fmt: skip
