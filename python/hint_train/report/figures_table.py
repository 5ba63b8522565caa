"""The figures of a run as aligned text, as the command prints them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hint_train.report.result import Result

_WIDTH = 15


def figures_table(result: Result) -> str:
    """The figures as aligned text, ending with the output folder.

    The last line of figures is what codes that are all equal score, column by column. A cutoff that no ranking reaches has no column.
    """
    name = f"{result.method} on {result.dataset}"
    total = f"{result.seconds['total']:.1f} s, {result.peak_memory_bytes / 2**30:.2f} GB; written to {result.folder}"
    notes = [f"note: {note}" for note in result.notes]
    if result.chance is None:
        return "\n".join([name, "no labels: codes were written, nothing was measured", *notes, total])
    head = f"{name}, ties: {result.tie_rule}, map@k: {result.topk_rule}"
    return "\n".join([head, *_measured(result), *notes, total])


def _measured(result: Result) -> Iterator[str]:
    asked, judged = result.sizes["query"], result.sizes["query"] - result.queries_without_relevant
    if not judged:
        yield f"none of {asked:,} queries has a relevant item in the database: there is nothing to measure"
        return
    reached = [name for name in result.chance_scores if _cutoff(name) < result.sizes["retrieval"]]
    yield _row("bits", [f"{arrow} {name}" for arrow in ("I→T", "T→I") for name in reached])
    for bits, directions in result.bits.items():
        yield _row(bits, [figure(scores[name]) for scores in directions.values() for name in reached])
    yield _row("chance", [figure(result.chance_scores[name]) for name in reached] * 2)
    beyond = [name for name in result.chance_scores if name not in reached]
    if beyond:
        yield f"{', '.join(beyond)}: as map, the database has {result.sizes['retrieval']:,} items"
    if result.queries_without_relevant:
        others = "are left out" if result.no_relevant == "skip" else "count as 0"
        yield f"{judged:,} of {asked:,} queries have a relevant item; the others {others}"


def _cutoff(name: str) -> int:
    """The k of `map@k`; 0 for the whole ranking, which always has a column."""
    return int(name.partition("@")[2] or 0)


def _row(first: str, cells: list[str]) -> str:
    return "  ".join([f"{first:>6}", *(f"{cell:>{_WIDTH}}" for cell in cells)])


def figure(value: float | dict[str, Any]) -> str:
    """A figure, with its standard deviation where there were several seeds; a dash where no query counts."""
    if isinstance(value, dict):
        return "–" if math.isnan(value["mean"]) else f"{value['mean']:.4f} ± {value['std']:.4f}"
    return "–" if math.isnan(value) else f"{value:.4f}"
