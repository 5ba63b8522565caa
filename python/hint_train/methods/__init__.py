"""Methods by name. A method is one file here and one line in this dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hint_train.methods import cmfh, cvh, dgcpn, djsrh, infonce, ucch
from hint_train.methods.hint.method import ENTRY as _HINT
from hint_train.methods.supervised import batch, dch, lpih, srlch
from hint_train.methods.vtm_uch.method import ENTRY as _VTM_UCH

if TYPE_CHECKING:
    from hint_train.training.method import MethodEntry, SupervisedEntry

METHODS: dict[str, MethodEntry | SupervisedEntry] = {
    "hint": _HINT,
    "ucch": ucch.ENTRY,
    "infonce": infonce.ENTRY,
    "djsrh": djsrh.ENTRY,
    "dgcpn": dgcpn.ENTRY,
    "cvh": cvh.ENTRY,
    "cmfh": cmfh.ENTRY,
    "vtm-uch": _VTM_UCH,
    "srlch": srlch.ENTRY,
    "batch": batch.ENTRY,
    "dch": dch.ENTRY,
    "lpih": lpih.ENTRY,
}
