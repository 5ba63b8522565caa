"""The report of at_scale.py: a table per graph, peers beside ours of the same height."""

from __future__ import annotations

import itertools
import statistics
from typing import Any

from benchmarks import measure
from benchmarks.records import Records

Row = dict[str, Any]
Builds = dict[tuple[str, int], list[Row]]
"""The rows of a graph by builder and number of threads, in the order of the rounds."""

HEAD = ["tree", "threads", "height", "bits", "ours as tall", "ours / it", "edges/s, processor", "edges/s, wall"]
HEAD += ["peak MB", "same over runs", "same as on one thread"]
NOTE = """Each build in a process of its own on as many cores as threads, all in turn, two or three rounds; the graph's construction is left out.
*edges/s* divides the edges by the median of seconds: processor seconds of all threads together, and wall seconds. *bits* is
`hint_se.structural_entropy` of every result, the mean of the rounds where they differ. *ours as tall* is the default's tree of at most that height,
for a flat partition the one of height 2, and without a limit beside trees taller than {tallest}. *peak MB* is what the build takes above its loaded
graph. *same over runs*: whether all builds of a row found the same tree, or how many different ones; *as on one thread*: whether these are the
trees that one thread found. `>{limit:.0f} s`: more processor seconds than that.
"""


def builds_of(records: Records) -> dict[str, Builds]:
    """Return the rows of every graph."""
    found: dict[str, Builds] = {}
    for line in records:
        graph, builder, threads, _ = line["name"].split("|")
        found.setdefault(graph, {}).setdefault((builder, int(threads)), []).append(line["value"])
    return found


def ours_as_tall(builds: Builds, height: int, tallest: int) -> Row | None:
    """Return the row of our default that stands beside a tree of a height."""
    name = "hint_se default" if height > tallest else f"hint_se default K={max(height, 2)}"
    rows = [row for row in builds.get((name, 1), []) if row["status"] == "ok"]
    return rows[0] if rows else None


def sameness(builds: Builds, builder: str, threads: int) -> list[str]:
    """Say whether all builds of a row found the same tree, and whether it is that of one thread."""
    found = [row["tree"] for row in builds[builder, threads] if row["status"] == "ok"]
    different = set(found)
    runs = (
        "one build" if len(found) < 2 else "yes" if len(different) == 1 else f"**no: {len(different)} of {len(found)}**"
    )
    if threads == 1:
        return [runs, ""]
    alone = {row["tree"] for row in builds.get((builder, 1), []) if row["status"] == "ok"}
    return [runs, "" if not alone else "yes" if alone == different else "**no**"]


def graph_table(builds: Builds, m: int, limit: float, tallest: int) -> str:
    """Return the table of one graph."""
    lines = []
    for (name, threads), rows in builds.items():
        done = [row for row in rows if row["status"] == "ok"]
        if not done:
            why = f">{limit:.0f} s" if rows[0]["status"] == "late" else f"failed: {rows[0]['why']}"
            lines.append([name, threads, "", "", "", "", why, *[""] * 4])
            continue
        cpu, wall = (_median_seconds(done, clock) for clock in ("cpu", "wall"))
        peak = statistics.median(row["peak"] for row in done)
        bits = statistics.mean(row["bits"] for row in done)
        rival = None if name.startswith("hint_se") else ours_as_tall(builds, done[0]["height"], tallest)
        beside = ["", ""] if rival is None else [f"{rival['bits']:.4f}", f"{rival['bits'] / bits:.4f}"]
        speeds = [f"{m / cpu:,.0f}", f"{m / wall:,.0f}" if threads > 1 else ""]
        figures = [done[0]["height"], f"{bits:.4f}", *beside, *speeds, f"{peak / 1e6:.0f}"]
        lines.append([name, threads, *figures, *sameness(builds, name, threads)])
    return measure.table(HEAD, lines)


def _median_seconds(rows: list[Row], clock: str) -> float:
    # Below a millisecond the clock of processor seconds may stand still.
    return max(statistics.median(itertools.chain.from_iterable(row[clock] for row in rows)), 1e-3)


def report(records: Records, command: str, tallest: int) -> str:
    """Return the Markdown report of all that was measured."""
    limit = records.header["settings"]["limit"]
    own = [line for line in records if line["name"].split("|")[1].startswith("hint_se")]
    serial = [
        line["value"] for line in records if line["name"].split("|")[2] == "1" and line["value"]["status"] == "ok"
    ]
    text = f"# Peers at scale\n\n`{command}`\n\n{records.made_with()}.\n\n"
    if own:
        commits = dict.fromkeys(records.session_of(line)["commit"] for line in own)
        text += f"Rows of hint_se are of commit {', '.join(commits)}.\n\n"
    text += NOTE.format(limit=limit, tallest=tallest)
    if serial:
        stretch = statistics.median(row["wall"][0] / max(row["cpu"][0], 1e-9) for row in serial)
        text += (
            f"Wall time on one thread was {stretch:.2f} times processor time in the median: 1.0 is an idle machine.\n"
        )
    for graph, builds in builds_of(records).items():
        family, _, m = graph.rpartition("-")
        text += f"\n## {family}, {int(m):,} edges\n\n{graph_table(builds, int(m), limit, tallest)}"
    return text
