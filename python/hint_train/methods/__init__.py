"""Methods by name. A method is one file here and one line in this dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hint_train.methods import batch, cmfh, cvh, dch, dgcpn, djsrh, hint, infonce, lpih, srlch, ucch, vtm_uch

if TYPE_CHECKING:
    from hint_train.method import MethodEntry, SupervisedEntry

METHODS: dict[str, MethodEntry | SupervisedEntry] = {
    "hint": hint.ENTRY,
    "ucch": ucch.ENTRY,
    "infonce": infonce.ENTRY,
    "djsrh": djsrh.ENTRY,
    "dgcpn": dgcpn.ENTRY,
    "cvh": cvh.ENTRY,
    "cmfh": cmfh.ENTRY,
    "vtm-uch": vtm_uch.ENTRY,
    "srlch": srlch.ENTRY,
    "batch": batch.ENTRY,
    "dch": dch.ENTRY,
    "lpih": lpih.ENTRY,
}
