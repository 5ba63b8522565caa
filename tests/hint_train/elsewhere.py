"""A device that is none: tensors on it compute on the CPU, and what a GPU would refuse or wait for fails or is counted.

`ELSEWHERE` is the CPU under another name: torch tells `cpu:0` from `cpu`. Autograd, optimisers and modules work on it as on any
device, so that a method runs with real values, and must give the very bits of the CPU. Torch's own FakeTensorMode has no values,
and no backward pass where torch was built without CUDA.
"""

from contextlib import ExitStack

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_flatten, tree_map

ELSEWHERE = torch.device("cpu:0")
WAITING = {
    "_local_scalar_dense", "nonzero", "_unique2", "unique_dim", "masked_select", "repeat_interleave", "equal", "bincount",
}  # fmt: skip
"""Reading a number, and shapes that depend on values."""
MOVING = {"_to_copy", "copy_"}
"""What may have operands on both sides."""

JOINING = {"cat", "stack"}


class MixedDevicesError(Exception):
    """An operation that a GPU refuses: its operands are on two devices."""


class Away(torch.Tensor):
    """A tensor elsewhere; `here` holds its values."""

    @staticmethod
    def __new__(cls, here):
        sizes = {"strides": here.stride(), "storage_offset": here.storage_offset()}
        return torch.Tensor._make_wrapper_subclass(cls, here.shape, **sizes, dtype=here.dtype, device=ELSEWHERE)

    def __init__(self, here):
        self.here = here

    def __repr__(self):
        return f"Away({self.here})"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise MixedDevicesError(f"{func}: used outside of its device")

    def numpy(self, **_):
        raise MixedDevicesError("numpy: can't convert a tensor on a device; use .cpu() first")

    __array__ = tolist = numpy


class _Operations(TorchDispatchMode):
    def __init__(self, device):
        super().__init__()
        self._device = device

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name, tensors = (
            func.overloadpacket.__name__,
            [x for x in tree_flatten((args, kwargs))[0] if isinstance(x, torch.Tensor)],
        )
        inputs = [x for x in tensors if isinstance(x, Away)]
        target = kwargs.get("device")
        to = bool(inputs) if target is None else target == ELSEWHERE
        # A number of the CPU may take part, but not become one of several.
        strange = [x for x in tensors if not isinstance(x, Away) and (x.dim() or name in JOINING)]
        if inputs and strange and name not in MOVING:
            raise MixedDevicesError(f"{name}: {[(str(x.device), tuple(x.shape)) for x in tensors]}")
        if to and isinstance(kwargs.get("generator"), torch.Generator):
            raise MixedDevicesError(f"{name}: draws on a device by a generator of the CPU")
        here = tree_map(lambda x: x.here if isinstance(x, Away) else x, (args, kwargs))
        self._note(name, args, inputs, to)
        if target is not None:
            here[1]["device"] = torch.device("cpu")
        if not to:
            return func(*here[0], **here[1])
        if name == "_to_copy" and not here[1].keys() - {"device", "non_blocking"}:
            found = here[0][0].clone()  # the other side of a copy is never the same memory
        else:
            found = func(*here[0], **here[1])
        if name == "copy_":
            return args[0]
        away = tree_map(lambda x: Away(x) if isinstance(x, torch.Tensor) else x, found)
        return return_and_correct_aliasing(func, args, kwargs, away) if inputs else away

    def _note(self, name, args, inputs, to):
        """Count what waits: operations by name, masks as indices, copies to the host."""
        if not inputs:
            return
        indices = args[1] if name in ("index", "index_put_") else ()
        masked = any(i is not None and i.dtype == torch.bool for i in indices)
        back = (name == "_to_copy" and not to) or (name == "copy_" and not isinstance(args[0], Away))
        if name in WAITING or masked or back:
            self._device.waits.append(name)


class _Constants(TorchFunctionMode):
    """`torch.tensor` and `torch.as_tensor` make their values on the CPU, and move them unseen by the operations."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func in (torch.tensor, torch.as_tensor) and kwargs.get("device") == ELSEWHERE:
            del kwargs["device"]
            return func(*args, **kwargs).to(ELSEWHERE)
        return func(*args, **kwargs)


class Device(ExitStack):
    """The device, for the length of a block; `waits` names what has waited for it."""

    def __init__(self):
        super().__init__()
        self.waits = []

    def __enter__(self):
        super().__enter__()
        # Modules that move get new parameters; else they would keep theirs, and only what these say of their device would change.
        before = torch.__future__.get_overwrite_module_params_on_conversion()
        self.callback(torch.__future__.set_overwrite_module_params_on_conversion, before)
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        self.enter_context(_Operations(self))
        self.enter_context(_Constants())
        return self
