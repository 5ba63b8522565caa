"""The page and its parts put together in one file."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hint_se.colours import ABOVE
from hint_se.explorer.blocks import divided
from hint_se.explorer.columns import columns_of, content, packed
from hint_se.explorer.members import best, by_volume, by_weight_inside
from hint_se.explorer.order import Order, preorder
from hint_se.files.whole import whole_file
from hint_se.hierarchy.summary import TreeSummary
from hint_se.inputs.graph import Graph

__all__ = ["Progress", "write_page"]

Progress = Callable[[str, float], object]

_FOLDER = Path(__file__).parent
_LIBRARY = _FOLDER / "vendor" / "d3-hierarchy.min.js"
# In the order in which they use each other.
_SCRIPTS = ("tree.js", "parts.js", "words.js", "picture.js", "table.js", "search.js", "save.js", "page.js")


@dataclass(frozen=True, slots=True)
class _Text:
    """A script or a style, and the source that the policy of the page allows for it."""

    text: str

    @property
    def source(self) -> str:
        digest = hashlib.sha256(self.text.encode("utf-8")).digest()
        return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def write_page(
    path: str | os.PathLike[str],
    parent: NDArray[np.int32],
    volume: NDArray[np.float64],
    cut: NDArray[np.float64],
    names: list[str] | None,
    graph: Graph | None,
    summary: TreeSummary,
    *,
    title: str,
    progress: Progress | None,
) -> None:
    """Write the page of a tree; see `Tree.report`."""
    tell: Progress = progress or _silent
    with whole_file(path) as file:
        order = preorder(parent, volume)
        texts = None if names is None else [_printable(name) for name in names]
        members = _members(order, volume, graph, lambda fraction: tell("members", fraction))
        blocks = divided(order)
        known = content(parent, volume, cut, texts, summary.suggested.n_communities, order, blocks, members)
        about = {
            "title": _printable(title),
            "size": blocks.size,
            "blocks": len(blocks.parts),
            "named": names is not None,
            "linked": graph is not None,
            "volume": float(volume[-1]),
            "colours": known.colours,
            "above": ABOVE,
            **_told(summary),
        }
        before, _, after = _page(about).partition("<!--blocks-->")
        file.write(before.encode("utf-8"))
        for number in range(len(blocks.parts)):
            text = packed(columns_of(known, number))
            file.write(f'<script type="text/plain" id="block-{number}">{text}</script>\n'.encode("ascii"))
            tell("writing", (number + 1) / len(blocks.parts))
        file.write(after.encode("utf-8"))


def _silent(_stage: str, _fraction: float) -> None:
    """Tell nobody how far it is."""


def _members(
    order: Order, volume: NDArray[np.float64], graph: Graph | None, tell: Callable[[float], object]
) -> dict[int, list[int]]:
    """Return the best connected leaves of all communities; without the graph those of largest degree."""
    if graph is None:
        return best(order, by_volume(order, volume), tell)
    rows = (graph.indptr, graph.indices, graph.weights)
    found = by_weight_inside(order, *rows, lambda fraction: tell(fraction / 2))
    return best(order, found, lambda fraction: tell((1 + fraction) / 2))


def _printable(text: str) -> str:
    """Return a text without lone surrogates, which file names may have and no browser can send or show."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _told(summary: TreeSummary) -> dict[str, Any]:
    return {
        "leaves": summary.n_leaves,
        "nodes": summary.n_nodes,
        "height": summary.height,
        "bits": summary.entropy,
        "flat": summary.one_dimensional_entropy,
        "saved": summary.compression,
        "suggested": {"communities": summary.suggested.n_communities, "words": str(summary.suggested)},
        "null": None if summary.null is None else {"structure": summary.null.structure, "words": str(summary.null)},
    }


def _page(about: dict[str, Any]) -> str:
    """Return the page without the blocks, which stand where ``<!--blocks-->`` is."""
    page = _FOLDER / "page"
    style = _Text((page / "page.css").read_text(encoding="utf-8"))
    library = _Text(_LIBRARY.read_text(encoding="utf-8"))
    script = _Text("".join((page / name).read_text(encoding="utf-8") for name in _SCRIPTS))
    # Nothing is fetched, and nothing runs or styles but what stands here.
    policy = (
        f"default-src 'none'; script-src {library.source} {script.source}; style-src {style.source}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    # Escapes keep names from ending the element: JSON has no other place for these signs than strings.
    told = json.dumps(about, ensure_ascii=True).replace("<", "\\u003c").replace("&", "\\u0026")
    parts = {
        "<!--policy-->": policy,
        "<!--title-->": html.escape(about["title"]),
        "/*style*/": style.text,
        "/*about*/": told,
        "/*library*/": library.text,
        "/*script*/": script.text,
    }
    text = (page / "page.html").read_text(encoding="utf-8")
    for mark in sorted(parts, key=text.index, reverse=True):
        before, _, after = text.partition(mark)  # from below upwards: what was filled in stands behind the mark
        text = before + parts[mark] + after
    return text
