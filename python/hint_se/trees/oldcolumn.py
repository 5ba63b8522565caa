"""The column of cuts by its old name: ``tree.cut`` is the verb now, and still an array, with a DeprecationWarning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from hint_se.errors import warn_user

__all__ = ["BoundVerb", "VerbAndColumn"]

P = ParamSpec("P")
R = TypeVar("R")


class BoundVerb(NDArrayOperatorsMixin, Generic[P, R]):
    """A method of a tree that, used as an array, gives the column ``cuts`` and warns."""

    def __init__(self, verb: Callable[Concatenate[Any, P], R], tree: Any) -> None:
        update_wrapper(self, verb)
        self._verb, self._tree = verb, tree

    def __call__(self, *words: P.args, **options: P.kwargs) -> R:
        """Call the method."""
        return self._verb(self._tree, *words, **options)

    def _column(self) -> NDArray[np.float64]:
        warn_user("the column tree.cut is called tree.cuts now; tree.cut(n) cuts the tree", DeprecationWarning)
        column: NDArray[np.float64] = self._tree.cuts
        return column

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self._column(), dtype=dtype) if copy else np.asarray(self._column(), dtype=dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        plain = (value._column() if isinstance(value, BoundVerb) else value for value in inputs)
        return getattr(ufunc, method)(*plain, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._column(), name)

    def __getitem__(self, key: Any) -> Any:
        return self._column()[key]

    def __len__(self) -> int:
        return len(self._column())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._column())

    def __repr__(self) -> str:
        return f"<bound method {self._verb.__qualname__} of {self._tree!r}>"


class VerbAndColumn(Generic[P, R]):
    """A method that is handed out as a `BoundVerb`."""

    def __init__(self, verb: Callable[Concatenate[Any, P], R]) -> None:
        self._verb = verb

    @overload
    def __get__(self, tree: None, owner: type) -> Callable[Concatenate[Any, P], R]: ...
    @overload
    def __get__(self, tree: object, owner: type) -> BoundVerb[P, R]: ...
    def __get__(self, tree: object | None, owner: type) -> Callable[Concatenate[Any, P], R] | BoundVerb[P, R]:
        return self._verb if tree is None else BoundVerb(self._verb, tree)
