"""The report of compare.py: a table per graph, who is at or below whom, and the marks."""

from __future__ import annotations

import argparse
import statistics
from typing import Any

import numpy as np
from benchmarks import measure

EFFORTS = ("fast", "default", "best")
HEIGHTS = (None, 2, 3, 4, 5)
#: The graph that the marks of speed are about.
SPEED_GRAPH = "knn-50000"

Row = dict[str, Any]


def name_of(effort: str, height: int | None) -> str:
    """Return the name of our builder, for instance "hint_se best K=3"."""
    return f"hint_se {effort}" + ("" if height is None else f" K={height}")


def graph_table(rows: list[Row], limit: float) -> str:
    """Return the table of one graph, peers first, each group by entropy."""
    done = [row for row in rows if row["status"] == "ok"]
    classes = list(done[0]["recovery"]) if done else []
    lines = []
    for row in sorted(rows, key=lambda row: (row["builder"].startswith("hint_se"), row.get("entropy", np.inf))):
        if row["status"] == "late":
            lines.append([row["builder"], "", "", f">{limit:.0f} s", "", *[""] * len(classes)])
        elif row["status"] == "failed":
            lines.append([row["builder"], "", "", f"failed: {row['why']}", "", *[""] * len(classes)])
        else:
            figures = [f"{row['entropy']:.4f}", row["height"], f"{seconds(row):.3g}", f"{row['peak'] / 1e6:.1f}"]
            lines.append([row["builder"], *figures, *(f"{row['recovery'][kind]:.3f}" for kind in classes)])
    return measure.table(["tree", "bits", "height", "seconds", "peak MB", *(f"AMI, {kind}" for kind in classes)], lines)


def seconds(row: Row) -> float:
    """Return the median processor time of a row's builds."""
    return statistics.median(row["cpu"])


def verdicts(rows: list[Row]) -> list[tuple[str, str, bool]]:
    """Return (limit, sentence, holds) per height: ours at height K against every peer that is no taller."""
    done = {row["builder"]: row for row in rows if row["status"] == "ok"}
    rivals = [row for name, row in done.items() if not name.startswith("hint_se")]
    own = [int(name.rpartition("=")[2]) for name in done if name.startswith("hint_se best K=")]
    found = []
    for height in [*sorted(own), None]:
        allowed = [row for row in rivals if height is None or row["height"] <= height]
        ours = done.get(name_of("best", height))
        if not allowed or ours is None:
            continue
        best = min(allowed, key=lambda row: row["entropy"])
        margin = best["entropy"] - ours["entropy"]
        # Equal trees may differ in the last bits of their sums.
        holds = margin >= -1e-9
        word = f"ours lower by {margin:.4f}" if holds else f"**BEHIND by {-margin:.4f}**"
        text = f"{ours['entropy']:.4f} against {best['entropy']:.4f} of {best['builder']}: {word}"
        found.append(("full" if height is None else str(height), text, holds))
    return found


def effort_marks(rows: list[Row]) -> list[tuple[str, str, bool]]:
    """Return the marks between efforts: default within 1 % of best at every height, fast within 1 % of Paris."""
    done = {row["builder"]: row["entropy"] for row in rows if row["status"] == "ok"}
    found = []
    for height in HEIGHTS:
        pair = [done.get(name_of(effort, height)) for effort in ("default", "best")]
        if None not in pair and pair[1] > 0:
            ratio = pair[0] / pair[1]
            label = "full" if height is None else f"K={height}"
            found.append((f"default / best, {label}", f"{ratio:.4f} (mark 1.01)", ratio <= 1.01))
    if name_of("fast", None) in done and "scikit-network Paris" in done:
        ratio = done[name_of("fast", None)] / done["scikit-network Paris"]
        found.append(("fast / Paris, full", f"{ratio:.4f} (mark 1.01)", ratio <= 1.01))
    return found


def speed_marks(rows: list[Row]) -> list[tuple[str, str, bool]]:
    """Return the marks of speed that both sides were measured for."""
    done = {row["builder"]: row for row in rows if row["status"] == "ok"}
    marks = [
        (name_of("fast", None), "networkit PLM", 1.0, 0.0),
        (name_of("fast", None), "scikit-network Paris", 1 / 20, 1.01),
        (name_of("default", None), "scikit-network Paris", 1 / 5, 1.0),
        (name_of("default", 3), "Infomap multilevel", 1.0, 1.0),
    ]
    found = []
    for ours, rival, share, factor in marks:
        if ours in done and rival in done:
            ratio = seconds(done[ours]) / seconds(done[rival])
            text = f"time {ratio:.3f} (mark {share:.3g})"
            holds = ratio <= share
            if factor:
                entropy = done[ours]["entropy"] / done[rival]["entropy"]
                text += f", entropy {entropy:.4f} (mark {factor})"
                holds &= entropy <= factor
            found.append((f"{ours} / {rival}", text, holds))
    return found


def recovery_lines(rows: list[Row]) -> list[list[str]]:
    """Return per kind of classes: our best AMI, and the best peer's."""
    done = [row for row in rows if row["status"] == "ok"]
    lines = []
    for kind in done[0]["recovery"] if done else []:
        groups = ([row for row in done if row["builder"].startswith("hint_se") == own] for own in (True, False))
        cells = []
        for group in groups:
            best = max(group, key=lambda row: row["recovery"][kind], default=None)
            cells.append("" if best is None else f"{best['recovery'][kind]:.3f} ({best['builder']})")
        by_name = {row["builder"]: f"{row['recovery'][kind]:.3f}" for row in done}
        chosen = (name_of("default", 2), name_of("default", None), "Infomap multilevel", "leidenalg modularity")
        lines.append([kind, *cells, *(by_name.get(name, "") for name in chosen)])
    return lines


def report(
    found: dict[str, tuple[str, list[Row]]], skipped: list[str], options: argparse.Namespace, made_with: str
) -> tuple[str, int]:
    """Return the Markdown report and the number of comparisons that are lost."""
    everything = [row for _, rows in found.values() for row in rows if row["status"] == "ok"]
    stretch = (
        statistics.median(sum(row["wall"]) / max(sum(row["cpu"]), 1e-9) for row in everything) if everything else 1
    )
    command = " ".join(["python benchmarks/trees/compare.py", *options.given])
    summary, lost, parts = [], 0, []
    recovered = []
    for name, (_, rows) in found.items():
        for label, text, holds in verdicts(rows):
            summary.append([name, label, text, "yes" if holds else "NO"])
            lost += not holds
        recovered += [[name, *line] for line in recovery_lines(rows)]
    marks = [
        [name, *mark[:2], "yes" if mark[2] else "NO"]
        for name, (_, rows) in found.items()
        for mark in effort_marks(rows)
    ]
    speed = [[*mark[:2], "yes" if mark[2] else "NO"] for mark in speed_marks(found.get(SPEED_GRAPH, ("", []))[1])]
    parts.append(f"# Trees of hint_se and of its peers\n\n`{command}`\n\n{made_with}\n")
    parts.append(
        f"One thread, each build in a process of its own, pinned to one core; seconds are the median processor time of up to "
        f"{options.repeats} interleaved rounds, the graph's construction excluded; peak memory is what the build takes above "
        f"its loaded graph; entropy is `hint_se.structural_entropy` throughout. Time limit {options.limit:.0f} s. Wall time was {stretch:.2f} "
        "times processor time in the median: 1.0 is an idle machine.\n"
    )
    parts += [f"Skipped: {text}\n" for text in skipped]
    parts.append(f"## Ours (best) at height K against the best peer of height <= K: {lost} of {len(summary)} lost\n")
    parts.append(measure.table(["graph", "K", "bits", "at or below"], summary))
    parts.append("## Between the efforts\n")
    parts.append(measure.table(["graph", "ratio", "entropy", "holds"], marks))
    if speed:
        parts.append(f"## Marks of speed, {SPEED_GRAPH}\n")
        parts.append(measure.table(["ours / peer", "figures", "holds"], speed))
    if recovered:
        parts.append("## Recovery: adjusted mutual information of the best cut\n")
        names = [name_of("default", 2), name_of("default", None), "Infomap multilevel", "leidenalg modularity"]
        parts.append(measure.table(["graph", "known", "best of ours", "best of the peers", *names], recovered))
    for name, (description, rows) in found.items():
        parts.append(f"## {name}\n\n{description}\n")
        parts.append(graph_table(rows, options.limit))
    return "\n".join(parts), lost
