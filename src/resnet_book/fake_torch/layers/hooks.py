"""Hooks of a module: those of forward run as they are; those of backward and of state dicts have nothing to do."""

__all__ = ["Handle", "Hooks", "after_forward", "before_forward"]


class Handle:
    """What a registration gives back; `remove` takes the hook away again."""

    def __init__(self, table=None):
        self._table = table

    def remove(self):
        if self._table is not None:
            self._table.pop(id(self), None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()


class Hooks:
    """The part of a module that has hooks; `_forward_hooks` and `_forward_pre_hooks` hold (hook, with_kwargs)."""

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        return _enter(self._forward_hooks, hook, with_kwargs, prepend)

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        return _enter(self._forward_pre_hooks, hook, with_kwargs, prepend)

    def _unused(self, *_, **__):
        return Handle()

    register_full_backward_hook = register_backward_hook = register_full_backward_pre_hook = _unused
    register_state_dict_pre_hook = register_load_state_dict_post_hook = register_load_state_dict_pre_hook = _unused
    _register_load_state_dict_pre_hook = _register_state_dict_hook = _unused


def before_forward(module, args, kwargs):
    """What the hooks before forward make of its arguments."""
    for hook, with_kwargs in list(module._forward_pre_hooks.values()):
        got = hook(module, args, kwargs) if with_kwargs else hook(module, args)
        if got is None:
            continue
        if with_kwargs:
            args, kwargs = got
        else:
            args = got if isinstance(got, tuple) else (got,)
    return args, kwargs


def after_forward(module, args, kwargs, out):
    """What the hooks after forward make of its answer."""
    for hook, with_kwargs in list(module._forward_hooks.values()):
        got = hook(module, args, kwargs, out) if with_kwargs else hook(module, args, out)
        out = out if got is None else got
    return out


def _enter(table, hook, with_kwargs, prepend):
    handle = Handle(table)
    others = dict(table) if prepend else {}
    if prepend:
        table.clear()
    table[id(handle)] = (hook, with_kwargs)
    table.update(others)
    return handle
