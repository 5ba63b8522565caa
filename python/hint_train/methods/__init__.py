"""Methods by name. A method is one file here and one line in this dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hint_train.methods import cvh, hint, infonce, ucch

if TYPE_CHECKING:
    from hint_train.method import MethodEntry

METHODS: dict[str, MethodEntry] = {
    "hint": hint.ENTRY,
    "ucch": ucch.ENTRY,
    "infonce": infonce.ENTRY,
    "cvh": cvh.ENTRY,
}
