"""Arrays of other libraries as NumPy's, without a copy where their memory lies on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError

__all__ = ["as_array", "describe", "dimensions", "is_array"]

# Device types of the DLPack standard: ordinary memory, and memory pinned for CUDA or for ROCm.
_ON_CPU = frozenset({1, 3, 11})
_DEVICES = {2: "CUDA", 8: "Metal", 10: "ROCm"}


def as_array(values: Any, what: str) -> NDArray[Any]:
    """Return anything array-like as a NumPy array that shares its memory where it can.

    Parameters
    ----------
    values : array_like
        Whatever NumPy reads, and tensors with ``__dlpack__`` (torch, CuPy, JAX) on the CPU.
    what : str
        The argument's name, for the message.

    Raises
    ------
    GraphError
        If the values are no array, are masked, lie on another device, or are of a kind that NumPy lacks.
    """
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise GraphError(f"{what}: expected no masked values, got {int(values.mask.sum())}; drop them first")
    kind = type(values).__name__
    try:
        if isinstance(values, np.ndarray) or not hasattr(values, "__dlpack_device__"):
            return np.asarray(values)
        device = int(values.__dlpack_device__()[0])
        if device in _ON_CPU:
            return np.from_dlpack(values) if _owns_dlpack(type(values)) else _handed_out(values)
    except MemoryError:
        raise
    except Exception as error:
        # Whatever class the values' own library raises.
        raise GraphError(
            f"{what}: expected an array that NumPy can read, got {kind}: {_first_line(error)}{_remedy(values)}"
        ) from error
    name = _DEVICES.get(device, f"DLPack device type {device}")
    raise GraphError(
        f"{what}: expected an array in the CPU's memory, got {kind} on {name}; copy it first: .cpu() in torch, "
        ".get() in CuPy, jax.device_get in JAX"
    )


def _owns_dlpack(kind: type) -> bool:
    """Return whether a class itself, and not one that it inherits from, says how its memory is exported."""
    return "__dlpack__" in vars(kind)


def _handed_out(values: Any) -> NDArray[Any]:
    """Return what an object of a subclass holds in its own words.

    Subclasses of tensors may wrap another one (torch_geometric's EdgeIndex, torch's MaskedTensor). What they inherit
    exports memory of their own that holds nothing.
    """
    inner = getattr(values, "as_tensor", None)
    return as_array(inner(), type(values).__name__) if callable(inner) else np.asarray(values)


def _remedy(values: Any) -> str:
    """Return what to do with a tensor of a kind that NumPy lacks."""
    if "bfloat16" in str(getattr(values, "dtype", "")):
        return "; convert it first: .float()"
    if "sparse" in str(getattr(values, "layout", "")).lower():
        return (
            "; a sparse adjacency matrix goes in through SciPy: A = A.to_sparse_coo().coalesce(), then "
            "Graph.from_scipy(scipy.sparse.coo_array((A.values(), A.indices()), A.shape))"
        )
    return (
        ""
        if not hasattr(values, "__dlpack__") or _owns_dlpack(type(values))
        else "; give the plain array that it holds"
    )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def is_array(values: Any) -> bool:
    """Return whether a value says that it is an array or a column; lists, strings and scalars do not."""
    return (hasattr(values, "__array__") or hasattr(values, "__dlpack__")) and getattr(values, "ndim", 1) != 0


def dimensions(values: Any, what: str) -> int:
    """Return the number of dimensions of what `is_array`; some that speak a protocol do not tell it at once."""
    if hasattr(values, "dictionary_encode"):
        return 1
    known = getattr(values, "ndim", None)
    if known is None and isinstance(getattr(values, "shape", None), tuple):
        known = len(values.shape)
    return as_array(values, what).ndim if known is None else int(known)


def describe(value: Any) -> str:
    """Return a value for an error message: itself where it is short, else its type."""
    if isinstance(value, int | float | str) and len(repr(value)) <= 40:
        return f"{value!r} ({type(value).__name__})"
    return type(value).__name__
