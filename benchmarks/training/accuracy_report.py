"""The tables of accuracy.py as Markdown, and what they say about the claims of the paper."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from benchmarks import measure
from benchmarks.training import accuracy_cells as plan

Table = dict[str, dict[int, list[dict[str, Any]]]]
"""Measured lines by row and code length, one per seed."""
_DIRECTIONS = ("image_to_text", "text_to_image")
_PROJECT_MARKS = {
    "fashion20k": {16: 0.716, 32: 0.752, 64: 0.791, 128: 0.776},
    "wikipedia-t100": {16: 0.377, 32: 0.390, 64: 0.412, 128: 0.410},
}
"""Mean mAP@all of an earlier study of HINT on these sets, which the default has to reach."""
_LEAST = {"k": 5, "tau": 5, "similarity": 3, "iterative": 2}
"""Values of an option that a claim about it takes; fewer were measured where a study was stopped."""
_LEVEL_ROWS = (("all levels, height 4",), ("one level",))
"""Beginnings of the names of the default's row and of the rows with a single level."""


def values(lines: list[dict[str, Any]], name: str = "map", direction: str | None = None) -> list[float]:
    """A figure per seed: of one direction, or the mean of both."""
    directions = _DIRECTIONS if direction is None else (direction,)
    return [statistics.fmean(line["scores"][d][name] for d in directions) for line in lines]


def mean(lines: list[dict[str, Any]], name: str = "map", direction: str | None = None) -> float:
    """Mean over seeds."""
    return statistics.fmean(values(lines, name, direction))


def spread(found: list[float], digits: int = 3) -> str:
    """A mean, and the standard deviation where there are several values."""
    text = f"{statistics.fmean(found):.{digits}f}"
    return text if len(found) == 1 else f"{text} ± {statistics.stdev(found):.{digits}f}"


def heading(
    study: str | None, tables: dict[str, Table], made_with: Callable[[Iterable[dict[str, Any]]], str], *, quick: bool
) -> str:
    """Title, command, seeds, seconds and machine."""
    command = (
        f"python benchmarks/training/accuracy.py{f' --study {study}' if study else ''}{' --quick' if quick else ''}"
    )
    # A row that has two names in a table is measured once.
    lines = {id(x): x for t in tables.values() for row in t.values() for cell in row.values() for x in cell}.values()
    seconds = sum(line["seconds"] for line in lines)
    cores = {line["cores"] for line in lines}
    repeated = (
        "for HINT where noise or trees are compared" if study else "for HINT and UCCH, for HINT's variants at 64 bits"
    )
    made = (
        "HINT is without walks here, and takes pairs as given (`--walk 0 --bank-tau 0.5 --sharpen 0 --mismatch 0`). "
        if study not in (None, "noise", "ablation")
        else ""
    )
    seeds = f"{made}Three seeds (± standard deviation) on the two small sets, {repeated}; one elsewhere."
    return (
        f"# {'Accuracy' if study is None else f'Sensitivity: {study}'}\n\n`{command}`\n\n{len(lines)} cells measured on "
        f"{', '.join(map(str, sorted(cores)))} CPU cores in {seconds:.0f} s of preparation, training and evaluation, "
        f"with {made_with(lines)}.\n\n{'One seed.' if quick else seeds} Last epoch; no label is seen in training; equal distances count by their mean; trained on each "
        "file's `train`. **Bold**: best mean of the column.\n\n"
    )


def body(tables: dict[str, Table], bits: tuple[int, ...], choices: dict[str, dict[float, float]]) -> str:
    """Three tables per set: mAP@all by direction, and the means of both directions at 50 and 5,000."""
    parts = []
    for dataset, table in tables.items():
        chance = next((x["chance"] for row in table.values() for cell in row.values() for x in cell), 0.0)
        parts.append(f"## {dataset} (chance {chance:.3f})\n\nmAP@all, I→T / T→I, and seconds per run\n\n")
        parts.append(_by_direction(table, bits))
        names = [("map", "@all"), ("map@50", "@50"), ("map@5000", "@5000")]
        parts.append(
            "\nMean of both directions; @k divides by min(k, R) of R relevant items\n\n"
            + _means(table, bits, names)
            + "\n"
        )
        if choices.get(dataset):
            found = choices[dataset]
            listed = ", ".join(f"τ = {tau:g}: {mrr:.4f}" for tau, mrr in found.items())
            parts.append(
                f"InfoNCE's τ by a criterion without labels, the mean reciprocal rank of a fifth of the training pairs, held out, "
                f"64 bits: {listed}; so τ = {max(found, key=lambda tau: found[tau]):g}. Both are shown, and HINT is compared with "
                "the better one in every cell.\n\n"
            )
    return "".join(parts)


def _by_direction(table: Table, bits: tuple[int, ...]) -> str:
    best = {b: max((mean(row[b]) for row in table.values() if b in row), default=0.0) for b in bits}
    rows = []
    for name, row in table.items():
        cells = []
        for b in bits:
            text = " / ".join(spread(values(row[b], direction=d)) for d in _DIRECTIONS) if b in row else "–"
            cells.append(f"**{text}**" if b in row and mean(row[b]) == best[b] else text)
        seconds = statistics.fmean(x["seconds"] for cell in row.values() for x in cell)
        rows.append([name, *cells, f"{seconds:.0f}"])
    return measure.table(["method", *(f"{b} bits" for b in bits), "s"], rows)


def _means(table: Table, bits: tuple[int, ...], names: list[tuple[str, str]]) -> str:
    columns = [(b, name, label) for name, label in names for b in bits]
    best = {(b, n): max((mean(row[b], n) for row in table.values() if b in row), default=0.0) for b, n, _ in columns}
    rows = []
    for name, row in table.items():
        cells = [spread(values(row[b], n)) if b in row else "–" for b, n, _ in columns]
        won = [b in row and mean(row[b], n) == best[b, n] for b, n, _ in columns]
        rows.append([name, *(f"**{c}**" if w else c for c, w in zip(cells, won, strict=True))])
    return measure.table(["method", *(f"{label} {b}" for b, _, label in columns)], rows)


def claims(study: str | None, tables: dict[str, Table]) -> str:
    """A line per claim: confirmed or not, by how much."""
    found: list[str] = []
    for dataset, table in tables.items():
        found += [f"{dataset}: {line}" for line in (_main(dataset, table) if study is None else _study(study, table))]
    return "## What this says\n\n" + "".join(f"* {line}\n" for line in found)


def _verdict(holds: bool) -> str:
    return "confirmed" if holds else "**not confirmed**"


def _main(dataset: str, table: Table) -> Iterator[str]:
    if "HINT" not in table:
        return
    ours = table["HINT"]
    rivals = {name: table[name] for name in plan.RIVALS if name in table}
    margins = []
    for b, cell in ours.items():
        strengths = {name: mean(row[b]) for name, row in rivals.items() if b in row}
        if strengths:
            best = max(strengths, key=strengths.__getitem__)
            margins.append((mean(cell) - strengths[best], b, best))
    if margins:
        listed = ", ".join(f"{gap:+.3f} at {b} bits over {name}" for gap, b, name in margins)
        yield f"HINT above every rival (mean mAP@all): {_verdict(all(m[0] > 0 for m in margins))} ({listed})."
        by = {
            d: [mean(ours[b], direction=d) - mean(rivals[name][b], direction=d) for _, b, name in margins]
            for d in _DIRECTIONS
        }
        first, second = (statistics.fmean(x) for x in by.values())
        yield (
            f"larger gains on T→I than on I→T: {_verdict(second > first)} ({second:+.3f} against {first:+.3f} over the best rival)."
        )
    marks = {b: m for b, m in _PROJECT_MARKS.get(dataset, {}).items() if b in ours}
    if marks:
        listed = ", ".join(f"{mean(ours[b]):.3f} for {m:.3f} at {b} bits" for b, m in marks.items())
        yield f"HINT at the figures of the earlier study: {_verdict(all(mean(ours[b]) >= m for b, m in marks.items()))} ({listed})."
    if len(ours) > 1:
        means = [mean(ours[b]) for b in sorted(ours)]
        rising = all(a < b for a, b in pairwise(means))
        yield f"longer codes are better: {_verdict(rising)} ({' '.join(f'{m:.3f}' for m in means)})."
    deviations = [statistics.stdev(values(cell)) for cell in ours.values() if len(cell) > 1]
    if deviations:
        yield f"deviation over seeds below 0.01: {_verdict(max(deviations) < 0.01)} (largest {max(deviations):.4f})."
    yield from _ablation(table, "HINT ")


def _ablation(table: Table, prefix: str) -> Iterator[str]:
    """The gain of each component over the variant before it, seed by seed."""
    words = ("kNN", "tree", "curriculum", "consistency")
    for (before, after), word in zip(pairwise(plan.VARIANTS), words, strict=True):
        a, b = table.get(prefix + before, {}), table.get(prefix + after, {})
        for bits in sorted(a.keys() & b.keys()):
            yield f"{prefix}{before} → {after} ({word}) at {bits} bits: {_gain(a[bits], b[bits])}."


def _gain(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> str:
    gains = [y - x for x, y in zip(values(before), values(after), strict=False)]
    middle = statistics.fmean(gains)
    if len(gains) == 1:
        return f"{middle:+.4f}, one seed: {'a gain' if middle > 0 else '**no gain**'}"
    deviation = statistics.stdev(gains)
    word = "a gain" if middle > deviation else "**a loss**" if middle < -deviation else "within the deviation"
    return f"{middle:+.4f} ± {deviation:.4f}: {word}"


def _study(study: str, table: Table) -> Iterator[str]:
    """Claims of the appendix, at each code length measured."""
    for bits in sorted({b for row in table.values() for b in row}):
        score = {name: mean(row[bits]) for name, row in table.items() if bits in row}
        if study == "ablation":
            yield from _ablation({name: {bits: row[bits]} for name, row in table.items() if bits in row}, "paper ")
            continue
        if study == "levels":
            listed = ", ".join(f"{name}: {value:.4f}" for name, value in score.items())
            default, one = (max((v for k, v in score.items() if k.startswith(w)), default=0.0) for w in _LEVEL_ROWS)
            yield f"all levels of height 4 and the leaves above every level of communities alone ({bits} bits): {_verdict(default > one)} ({listed})."
            continue
        kinds: dict[str, dict[str, float]] = {}
        for name, value in score.items():
            words = name.split(", ")
            last = words[-1].rpartition(" ")
            kind = ", ".join(words[:-1]) if study in ("noise", "iterative") else f"{words[0]}, {last[0]}"
            kinds.setdefault(kind, {})[words[-1] if study in ("noise", "iterative") else last[2]] = value
        if study == "noise":
            drops = {kind: x["noise 0"] - x["noise 0.1"] for kind, x in kinds.items() if len(x) == 2}
            listed = ", ".join(f"{kind} {drop:.4f}" for kind, drop in drops.items())
            holds = all(drops.get("HINT", 1.0) <= drop for drop in drops.values())
            yield f"HINT loses least under 10 % noise ({bits} bits): {_verdict(holds)} ({listed})."
            continue
        for kind, found in kinds.items():
            if len(found) < _LEAST[study]:
                continue
            yield f"{kind} ({bits} bits): {_said(study, found)} ({', '.join(f'{k}: {v:.4f}' for k, v in found.items())})."


def _said(study: str, found: dict[str, float]) -> str:
    best = max(found, key=lambda name: found[name])
    if study == "k":
        return f"best at K = 3: {_verdict(best == '3')}, best at {best}"
    if study == "tau":
        low = [value for name, value in found.items() if float(name) <= 0.5]
        gap = max(low) - min(low) if low else 0.0
        return f"within 0.02 for τ from 0.1 to 0.5: {_verdict(gap <= 0.02)}, range {gap:.4f}, best at {best}"
    if study == "similarity":
        order = [found[name] for name in ("cosine", "l2", "l1") if name in found]
        return f"cosine above L2 above L1: {_verdict(order == sorted(order, reverse=True))}"
    gap = found.get("static tree", 0.0) - found.get("iterative tree", 0.0)
    return f"the static tree is at least as good as one rebuilt every 5 epochs: {_verdict(gap >= 0)}, by {gap:+.4f}"
