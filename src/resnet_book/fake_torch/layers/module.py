"""`torch.nn.Module`: what it holds, how it is called, and what it tells the recorder."""

from ... import repairs
from ...errors import ShapeError
from ..lines import running_line, source
from ..recording import Call, Refusal, now
from ..sizes import dtype
from ..tensor import Buffer, Parameter, Tensor
from .hooks import Hooks, after_forward, before_forward

__all__ = ["Layer", "Module", "shapes"]

MOST_MODULES = 100_000
_TABLES = ("_parameters", "_buffers", "_modules")


class Module(Hooks):
    """A part of a network, as `torch.nn.Module`.

    Attributes:
        _library: whether it is one of torch's own layers.
        _own_path: whether its operations bear its path alone, as those of all of torch's own modules do.
        _container: whether it only calls what it holds, one after the other.
        _made: the reader's line that made it, of library layers.
    """

    _library = _container = _own_path = False
    _made = None
    training = True
    dump_patches = False
    call_super_init = False
    _total = 0  # modules that were made since the text began

    def __init__(self, *args, **kwargs):
        Module._total += 1
        if Module._total > MOST_MODULES:
            raise Refusal(type(self).__name__, f"more than {MOST_MODULES:,} layers were made", "make a smaller network")
        put = object.__setattr__
        for table in _TABLES:
            put(self, table, {})
        put(self, "training", True)
        put(self, "_late", now.recorder is not None)  # made while a network runs
        put(self, "_forward_hooks", {})
        put(self, "_forward_pre_hooks", {})
        if self._library or self._container:
            put(self, "_made", source.made(type(self).__name__))

    # ---- attributes

    def __setattr__(self, name, value):
        own = self.__dict__
        table = "_parameters" if isinstance(value, Parameter) else "_modules" if isinstance(value, Module) else None
        if table:
            if "_modules" not in own:
                kind = "module" if table == "_modules" else "parameters"
                raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
            for other in _TABLES:
                own[other].pop(name, None) if other != table else None
            own.pop(name, None)
            own[table][name] = value
            return
        if isinstance(value, Buffer) and "_buffers" in own:
            own["_buffers"][name] = value
            return
        for table in _TABLES if "_modules" in own else ():
            if name in own[table]:
                if value is not None and table != "_buffers":
                    kind = "parameter" if table == "_parameters" else "child module"
                    wanted = "torch.nn.Parameter" if table == "_parameters" else "torch.nn.Module"
                    raise TypeError(
                        f"cannot assign '{type(value).__name__}' as {kind} '{name}' ({wanted} or None expected)"
                    )
                own[table][name] = value
                return
        object.__setattr__(self, name, value)

    def __getattr__(self, name):
        own = self.__dict__
        for table in _TABLES:
            if table in own and name in own[table]:
                return own[table][name]
        hint = ""
        if "_modules" in own:
            there = [*own["_modules"], *own["_parameters"], *own["_buffers"]]
            close = [n for n in there if near(n, name)]
            hint = f". Did you mean: '{close[0]}'?" if close else ""
        elif name in _TABLES:
            hint = ": call super().__init__() first in __init__"
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'{hint}")

    def __delattr__(self, name):
        for table in _TABLES:
            if name in self.__dict__.get(table, ()):
                del self.__dict__[table][name]
                return
        object.__delattr__(self, name)

    def __dir__(self):
        return sorted({*object.__dir__(self), *self._parameters, *self._buffers, *self._modules})

    def add_module(self, name, module):
        if module is not None and not isinstance(module, Module):
            raise not_a_module(module, "module")
        _whole("module", str(name))
        self._modules[str(name)] = module

    register_module = add_module

    def register_parameter(self, name, param):
        _whole("parameter", name)
        self.__dict__.pop(name, None)
        self._parameters[name] = param

    def register_buffer(self, name, tensor, persistent=True):
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        _whole("buffer", name)
        self.__dict__.pop(name, None)
        self._buffers[name] = tensor

    def get_submodule(self, target):
        module = self
        for part in target.split(".") if target else ():
            module = getattr(module, part)
        return module

    def get_parameter(self, target):
        path, _, name = target.rpartition(".")
        return getattr(self.get_submodule(path), name)

    get_buffer = get_parameter

    # ---- what is in it

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        waiting = [(prefix, self)]
        while waiting:
            path, module = waiting.pop()
            if remove_duplicate and id(module) in memo:
                continue
            memo.add(id(module))
            yield path, module
            inside = [(f"{path}.{n}" if path else n, m) for n, m in module._modules.items() if m is not None]
            waiting.extend(reversed(inside))

    def modules(self):
        for _, module in self.named_modules():
            yield module

    def named_children(self):
        seen = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self):
        for _, module in self.named_children():
            yield module

    def __held(self, table, prefix, recurse, unique=True):
        seen = set()
        for path, module in self.named_modules(prefix=prefix) if recurse else [(prefix, self)]:
            for name, value in module.__dict__[table].items():
                if value is not None and not (unique and id(value) in seen):
                    seen.add(id(value))
                    yield f"{path}.{name}" if path else name, value

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        return self.__held("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse=True):
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        return self.__held("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse=True):
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def state_dict(self, *_, **__):
        return dict([*self.__held("_parameters", "", True, False), *self.__held("_buffers", "", True, False)])

    def load_state_dict(self, state_dict=None, *_, **__):
        return "<All keys matched successfully>"

    # ---- what changes nothing here

    def _same(self, *_, **__):
        return self

    cuda = cpu = zero_grad = share_memory = to_empty = compile = half = double = bfloat16 = float = type = ipu = _same

    def to(self, *args, **kwargs):
        for value in args:
            if isinstance(value, (dtype, Tensor)):
                break
        return self

    def requires_grad_(self, requires_grad=True):
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def train(self, mode=True):
        object.__setattr__(self, "training", mode)
        for child in self.children():
            child.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def apply(self, fn):
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    # ---- running

    def __call__(self, *args, **kwargs):
        recorder = now.recorder
        if recorder is None:
            return self.__run(args, kwargs)
        path = recorder.paths.get(id(self))
        call = Call(self.__new_path(recorder) if path is None else path, self, args, recorder.clock)
        if path is None and self._late and next(self.parameters(), None) is not None:
            recorder.note(repairs.made_in_forward(type(self).__name__, running_line()))
        recorder.stack.append(call)
        out = self.__run(args, kwargs)
        if isinstance(out, Module):
            name = out._get_name()
            error = ShapeError(
                call.path or type(self).__name__, *repairs.module_returned(name, out._library and out._late)
            )
            error.returned = out
            raise error
        if out is None and not self._library:
            recorder.returned_none = call
        elif path is not None:
            recorder.calls.append((path, type(self).__name__, shapes(out)))
            if not self._library and isinstance(out, Tensor):
                recorder.trail.append((call.line, tuple(out.shape)))
        for x in args:
            if out is x and isinstance(x, Tensor):  # it gives back what it changed: its caller means the change
                for given_to, _, _ in x.changed:
                    given_to[:] = [c for c in given_to if c is not call]
        recorder.stack.pop()
        return out  # after an error the stack stays, and says where it was

    def __new_path(self, recorder):
        """The path of a module that is not in the network: kept in a plain list, or made in forward."""
        above = recorder.stack[-1].path if recorder.stack else ""
        return f"{above}.{type(self).__name__}" if above else type(self).__name__

    def __run(self, args, kwargs):
        if self._forward_pre_hooks:
            args, kwargs = before_forward(self, args, kwargs)
        out = self.forward(*args, **kwargs)
        return after_forward(self, args, kwargs, out) if self._forward_hooks else out

    def forward(self, *_):
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __deepcopy__(self, memo):
        known = memo.get(id(self))
        if known is not None:
            return known
        out = object.__new__(type(self))
        memo[id(self)] = out
        for name, value in self.__dict__.items():
            object.__setattr__(out, name, _copied(value, memo))
        return out

    # ---- text

    def _get_name(self):
        return type(self).__name__

    def extra_repr(self):
        return ""

    def __repr__(self):
        inside = [f"({name}): " + repr(m).replace("\n", "\n  ") for name, m in self._modules.items()]
        extra = self.extra_repr()
        if not inside:
            return f"{self._get_name()}({extra})"
        return f"{self._get_name()}(\n  " + "\n  ".join(([extra] if extra else []) + inside) + "\n)"

    def __hash__(self):
        return id(self)

    def __eq__(self, other):
        return self is other


class Layer(Module):
    """One of torch's own layers."""

    _library = _own_path = True


def not_a_module(value, holder, place=""):
    """The error for what a module or a container is given in place of a module."""
    if hasattr(value, "_refusal"):  # an `Absent`
        return value._refusal(f"a {holder} holds it")
    if isinstance(value, type) and issubclass(value, Module):
        return ShapeError(holder, *repairs.not_made(value.__name__, place))
    hint = ": put a * before the list" if isinstance(value, (list, tuple)) else ""
    return TypeError(f"{type(value).__name__} is not a Module subclass{f' ({place})' if place else ''}{hint}")


def _whole(kind, name):
    """Refuse a name that stands for a path, as torch does."""
    if "." in name:
        raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
    if not name:
        raise KeyError(f'{kind} name can\'t be empty string ""')


def _copied(value, memo):
    """A deep copy of what a module holds; what it does not know how to copy is shared."""
    if isinstance(value, (Module, Tensor)):
        if id(value) not in memo:
            memo[id(value)] = value.__deepcopy__(memo)
        return memo[id(value)]
    if isinstance(value, dict):
        out = value.__class__()
        for key, item in value.items():
            out[key] = _copied(item, memo)
        return out
    if type(value) in (list, tuple, set):
        return type(value)([_copied(item, memo) for item in value])
    return value


def shapes(out):
    """The shapes in what a module returned, nested as it was; batch included."""
    if isinstance(out, Tensor):
        return tuple(out.shape)
    if isinstance(out, (list, tuple)):
        return [shapes(item) for item in out]
    if isinstance(out, dict):
        return {key: shapes(item) for key, item in out.items()}
    return None


def near(a, b):
    """Whether two names differ by one letter, or in case alone."""
    if a.lower() == b.lower():
        return True
    if abs(len(a) - len(b)) > 1 or min(len(a), len(b)) < 2:
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    return a[i + 1 :] == b[i + 1 :] or a[i + 1 :] == b[i:] or a[i:] == b[i + 1 :]
