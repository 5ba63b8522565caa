"""The tables of the page: as published, and ours beside them in both readings."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import measure
from benchmarks.training.paper_cells import BITS, FILES, READINGS, RIVALS, SETS, STABLE, STUDIED
from benchmarks.training.paper_numbers import PAPER_SETS, WAYS, Key, Source, tables
from benchmarks.training.paper_runs import SPEED_BITS

from hint_train.runs.published import published_rows

Values = Sequence[float | None]
NONE = "–"
_COMPONENTS = ("V1", "V2", "V3", "V4", "full")


@dataclass(frozen=True, slots=True)
class Part:
    """Text of the page, with the figures in it and the figures that would be there."""

    text: str
    cells: int = 0
    wanted: int = 0


def joined(parts: Sequence[Part], between: str = "\n") -> Part:
    """Parts one after the other."""
    return Part(between.join(p.text for p in parts), sum(p.cells for p in parts), sum(p.wanted for p in parts))


def grid(head: Sequence[str], rows: Sequence[tuple[str, Sequence[Values]]], digits: int = 1) -> Part:
    """A table; a cell shows one figure or several, a dash where it was not measured."""
    flat = [value for _, cells in rows for values in cells for value in values]
    text = [
        [name, *(" / ".join(NONE if v is None else f"{v:.{digits}f}" for v in c) for c in cells)]
        for name, cells in rows
    ]
    return Part(measure.table(head, text), sum(v is not None for v in flat), len(flat))


def printed(number: int) -> Part:
    """A table of the paper but the first."""
    table = tables()[number]
    digits = 2 if number == 9 else 1
    rows = [(name, [[float(v)] for v in values]) for name, values in table["rows"].items()]
    return grid([f"Table {number}, published", *table["columns"]], rows, digits)


def first_printed() -> Part:
    """Table 1 as printed."""
    ways = ("image_to_text", "text_to_image")
    head = ["published: 16 / 32 / 64 / 128 bits", *(f"{s} {way}" for way in WAYS for s in PAPER_SETS)]
    rows = [(row.method, [getattr(row, way)[s] for way in ways for s in PAPER_SETS]) for row in published_rows()]
    return grid(head, rows)


class Ours:
    """Figures of ours under the names of rows."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = {source.name: source for source in sources}
        self._any = next(iter(self._sources.values()))

    def of(self, name: str, dataset: str, bits: int, way: str) -> float | None:
        """Mean over seeds; `name` is a rival, or a reading and what follows HINT in the names of figures."""
        source, figure = self._named(name)
        found = source.scores.get(Key(figure, dataset, bits, way))
        return statistics.fmean(found.values()) if found else None

    def both(self, names: Sequence[str], dataset: str, bits: int, way: str) -> Values:
        """Several figures, over the seeds that all have."""
        named = [self._named(name) for name in names]
        found = named[0][0].common([figure for _, figure in named], dataset, bits, way)
        return found or [self.of(name, dataset, bits, way) for name in names]

    def deviation(self, name: str, dataset: str, bits: int, way: str) -> tuple[float | None, int]:
        """Deviation over seeds, and how many."""
        source, figure = self._named(name)
        key = Key(figure, dataset, bits, way)
        return source.deviation(key), len(source.scores.get(key, ()))

    def source(self, name: str) -> Source:
        """Where a row's figures are."""
        return self._named(name)[0]

    def _named(self, name: str) -> tuple[Source, str]:
        reading = next((r for r in self._sources if name.startswith(r)), None)
        if reading is None:
            return self._any, name
        return self._sources[reading], f"HINT{name.removeprefix(reading)}"


def first(ours: Ours) -> Part:
    """Table 1: ours and the rivals that `hint_train` has."""
    parts = []
    for way in WAYS:
        head = [f"{way}, ours: 16 / 32 / 64 / 128 bits", *SETS]
        rows = [(n, [[ours.of(n, s, b, way) for b in BITS] for s in SETS]) for n in (*READINGS, *RIVALS)]
        parts.append(grid(head, rows))
    return joined(parts)


def ablation(ours: Ours, bits: Sequence[int]) -> Part:
    """Tables 2 and 3."""
    head = [f"ours: {' / '.join(map(str, bits))} bits", *(f"{s} {way}" for s in FILES for way in WAYS)]
    names = [(reading, part) for reading in READINGS for part in _COMPONENTS]
    rows = [
        (f"{reading}, {part}", [[ours.of(f"{reading} {part}", s, b, way) for b in bits] for s in FILES for way in WAYS])
        for reading, part in names
    ]
    return grid(head, rows)


def speed(cells: Any) -> Part:
    """Table 4."""
    lines = {bits: cells.files[-1].get(f"speed, {bits}") for bits in SPEED_BITS}
    names = ("hash", "dense, faiss", "dense, NumPy", "dense, faiss over hash", "dense, NumPy over hash")
    rows = [(n, [[line["value"][n] if line else None] for line in lines.values()]) for n in names]
    return grid(["ours: processor ms a query, one thread; ratios", *map(str, lines)], rows, 2)


def cost(ours: Ours, cells: Any, rows: dict[str, Any]) -> Part:
    """Table 5."""
    head = ["ours at 128 bits", *(f"{s}: M parameters / s / mAP I→T" for s in FILES)]
    out = []
    for name in (*READINGS, "UCCH", "DGCPN", "VTM-UCH", "CMFH", "CVH"):
        found = []
        for dataset in FILES:
            line = cells.get(dataset, rows[name], 128, 0)
            # Runs that were looked into may have shared the processor with others.
            seconds = line["seconds"] if line and isinstance(line["seconds"], float) else None
            size = line["parameters"] / 1e6 if line else None
            found.append([size, seconds, ours.of(name, dataset, 128, WAYS[0])])
        out.append((name, found))
    return grid(head, out, 2)


def compared(ours: Ours, names: dict[str, Sequence[str]], what: str) -> Part:
    """Tables 6, 7 and 8: figures of a row beside each other, at the length of the studies and at the paper's."""
    parts = []
    for bits in STUDIED:
        head = [f"ours at {bits} bits: {what}", *(f"{s} {way}" for s in FILES for way in WAYS)]
        parts.append(
            grid(head, [(n, [ours.both(each, s, bits, w) for s in FILES for w in WAYS]) for n, each in names.items()])
        )
    return joined(parts)


def stability(ours: Ours) -> Part:
    """Table 9."""
    parts = []
    for dataset in FILES:
        rows = []
        for name in READINGS:
            for way in WAYS:
                spreads = [ours.deviation(name, dataset, b, way) for b in STABLE]
                means = [ours.of(name, dataset, b, way) for b in STABLE]
                seeds = "/".join(str(n) for _, n in spreads)
                cells = [[m, s] for m, (s, _) in zip(means, spreads, strict=True)]
                rows.append((f"{name}, {way}, seeds {seeds}", cells))
        parts.append(grid([f"ours on {dataset}: mean / deviation", *(f"{b} bits" for b in STABLE)], rows, 2))
    return joined(parts)


def sensitivity(ours: Ours, figure: str, values: Sequence[object]) -> Part:
    """Figure 8a: one option, the mean of both directions at 64 bits."""
    rows = []
    for name in READINGS:
        for dataset in FILES:
            found = [[ours.source(name).mean([f"HINT {figure} {v}"], dataset, 64)] for v in values]
            rows.append((f"{name}, {dataset}", [[x[0][0] if x[0] else None] for x in found]))
    return grid(["ours at 64 bits, mean of both directions", *(f"{figure} {v}" for v in values)], rows)
