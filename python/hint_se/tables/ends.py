"""Which columns are edges, and what in them is refused: by the sentences of edges in memory, with a count and an example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw

from hint_se.errors import GraphError
from hint_se.inputs.tables import end_names
from hint_se.inputs.words import Weight, choose_weight
from hint_se.tables.engines import Engine
from hint_se.tables.naming import LARGEST_ID
from hint_se.tables.rounds import Frame

__all__ = ["Edges", "checked_edges"]

_AS_NAMES = "read ids as names by names=True (--names)"
_WHOLE = r"^[0-9]+$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Edges that hold no fault, ``source, target, weight``, and what is known of them."""

    frame: Frame
    rows: int
    loops: int
    #: Whether the ends are names, which get numbers; else they are the numbers.
    named: bool
    #: Whether there were weights: repeated edges then add up, and else count once.
    weighted: bool
    largest: float


def checked_edges(engine: Engine, frame: Frame, *, weight: Weight, names: bool) -> Edges:
    """Return the edges of a table.

    Raises
    ------
    GraphError
        If it has no two columns of ends, or one holds what is no id, no name or no weight.
    """
    edges, named, weighted = _columns(frame, weight)
    source, target, value = nw.col("source"), nw.col("target"), nw.col("weight")
    faults = {"source": source.is_null(), "target": target.is_null()}
    if weighted:
        faults["weight"] = value.is_null() | value.is_nan() | (value <= 0) | ~value.is_finite()
    if not named:
        faults["negative"] = (source < 0) | (target < 0)
    counts = {
        name: nw.when(fault).then(nw.lit(1)).otherwise(nw.lit(0)).sum().alias(name) for name, fault in faults.items()
    }
    same = nw.when(source == target).then(nw.lit(1)).otherwise(nw.lit(0)).sum().alias("loops")
    about = [nw.len().alias("rows"), same, value.max().alias("largest"), *counts.values()]
    if not named:
        about.append(nw.max_horizontal(source.max(), target.max()).alias("last"))
    found = engine.rows(edges.select(*about))[0]
    if not found["rows"]:
        raise GraphError("edges: expected at least one edge, got an empty table")
    for name, fault in faults.items():
        if found[name]:
            # Not by a filter on the fault itself: DuckDB finds no NaN so in files whose statistics leave them out.
            wrong = nw.when(fault).then(nw.lit(1)).otherwise(nw.lit(0))
            _refuse(name, int(found[name]), _example(engine, edges.with_columns(wrong.alias("wrong"))))
    if named and not names:
        _refuse_text_among_integers(engine, edges)
    return Edges(
        frame=edges,
        rows=int(found["rows"]),
        loops=int(found["loops"]),
        named=named or names or int(found["last"]) > LARGEST_ID,
        weighted=weighted,
        largest=float(found["largest"]),
    )


def _columns(frame: Frame, weight: Weight) -> tuple[Frame, bool, bool]:
    """Return the columns under known names, whether the ends are names, and whether there are weights."""
    schema: dict[Any, Any] = dict(frame.collect_schema())
    columns = list(schema)
    ends: tuple[Any, Any] = end_names(columns, weight)
    chosen: Any = choose_weight(
        columns, weight, "table", holds_numbers=lambda name: schema[name].is_numeric(), ends=ends
    )
    kinds = [schema[name] for name in ends]
    for end, kind in zip(("source", "target"), kinds, strict=True):
        if not (kind.is_integer() or _is_text(kind)):
            raise GraphError(f"{end} column: expected integer node ids or strings, got dtype {kind}")
    if _is_text(kinds[0]) != _is_text(kinds[1]):
        raise GraphError(f"edges: expected columns of one type, got {kinds[0]} for sources and {kinds[1]} for targets")
    if chosen is not None and not schema[chosen].is_numeric():
        raise GraphError(f"weights: expected real numbers, got dtype {schema[chosen]}")
    named = _is_text(kinds[0])
    stored: Any = nw.String if named else nw.Int64
    value = nw.lit(1.0) if chosen is None else nw.col(chosen)
    ends_as = [nw.col(name).cast(stored).alias(end) for name, end in zip(ends, ("source", "target"), strict=True)]
    return frame.select(*ends_as, value.cast(nw.Float64).alias("weight")), named, chosen is not None


def _is_text(kind: Any) -> bool:
    return kind in (nw.String, nw.Categorical, nw.Enum)


def _example(engine: Engine, marked: Frame) -> dict[str, Any]:
    """Return one of the rows that are marked as ``wrong``, the same one from every engine but for missing values."""
    first = marked.filter(nw.col("wrong") == 1).sort("source", "target", "weight").head(1)
    return engine.rows(first)[0]


def _refuse(fault: str, count: int, row: dict[str, Any]) -> None:
    edge = f"({row['source']!r}, {row['target']!r})"
    others = "" if count == 1 else f"; {count:,} rows are like that"
    if fault in ("source", "target"):
        beside = row["target" if fault == "source" else "source"]
        raise GraphError(f"{fault} column: expected no missing values, got one beside {beside!r}{others}")
    if fault == "weight":
        raise GraphError(
            f"weights must be finite and > 0, but the weight of edge {edge} is {_shown(row['weight'])}{others}"
        )
    raise GraphError(f"node ids must be >= 0, but edge {edge} holds one below{others}")


def _shown(weight: float | None) -> str:
    if weight is None or weight != weight:
        return "NaN"
    return repr(weight) if abs(weight) != float("inf") else "infinity" if weight > 0 else "-infinity"


def _refuse_text_among_integers(engine: Engine, edges: Frame) -> None:
    """Raise GraphError where most ends are integers that are written as text, and some are none."""
    ends = nw.concat([edges.select(nw.col(end).alias("end")) for end in ("source", "target")])
    whole = nw.col("end").str.contains(_WHOLE)
    count = nw.when(whole).then(nw.lit(1)).otherwise(nw.lit(0)).sum().alias("whole")
    found = engine.rows(ends.select(nw.len().alias("ends"), count))[0]
    total, integers = int(found["ends"]), int(found["whole"])
    if total > integers > total / 2:
        wrong = engine.rows(ends.filter(~whole).sort("end").head(1))[0]["end"]
        others = "" if total - integers == 1 else f"; {total - integers:,} ids are none"
        raise GraphError(f"edges: expected an integer id, got {wrong!r}{others}; {_AS_NAMES}")
