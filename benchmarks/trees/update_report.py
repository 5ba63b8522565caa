"""What `update.py` measured, as a report with its marks."""

from __future__ import annotations

from typing import Any

from benchmarks import measure
from benchmarks.records import Records

#: At a change of one edge in a thousand: so many times faster than a rebuild, and at most so much more entropy.
SPEED, GAP = 20.0, 0.005
#: What a chain of updates may lose to a rebuild.
CHAIN_LENGTH, CHAIN_GAP = 20, 0.01
#: What an update of many edges at once and a long chain may lose.
LONG_GAP = 0.005
HEAD = ["changed edges", "rebuild, s", "update, s", "times faster", "entropy against the rebuild", "tree left as it is"]
LATE = ["new nodes", "their edges", "rebuild, s", "update, s", "place, s", "times faster", "update against the rebuild"]


def percent(gap: float) -> str:
    """Return a gap with its sign."""
    return f"{100 * gap:+.3f} %"


def row_of(found: dict[str, Any]) -> list[str]:
    """Return the cells that every comparison has."""
    ratio = found["rebuild"] / found["update"]
    return [
        f"{found['changed']:,}",
        f"{found['rebuild']:.3f}",
        f"{found['update']:.4f}",
        f"{ratio:.1f}",
        percent(found["gap"]),
        percent(found["stale"]),
    ]


def late_row(found: dict[str, Any]) -> list[str]:
    """Return the cells of nodes that came later."""
    return [
        f"{found['late']:,}",
        f"{found['edges']:,}",
        f"{found['rebuild']:.3f}",
        f"{found['update']:.4f}",
        f"{found['place']:.4f}",
        f"{found['rebuild'] / found['place']:.1f}",
        percent(found["gap of update"]),
        percent(found["gap"]),
    ]


def report(records: Records, command: str, rounds: int) -> tuple[str, int]:
    """Return the report and the number of missed marks."""
    tables: dict[str, list[list[str]]] = {
        part: [] for part in ("places", "heights", "shares", "many", "chain", "long chain", "arrivals")
    }
    missed = 0

    def judged(cells: list[str], kept: bool) -> list[str]:
        nonlocal missed
        missed += not kept
        return [*cells, "yes" if kept else "NO"]

    for line in records:
        kind, part, *rest = line["name"].split(", ")
        row = line["value"]
        if part == "places":
            size = [f"{row['nodes']:,}", f"{row['edges']:,}"]
            kept = row["rebuild"] / row["update"] >= SPEED and row["gap"] <= GAP
            cells = judged([kind, *rest, *size, *row_of(row)], kept)
        elif part == "heights":
            cells = [kind, *rest, *row_of(row)]
        elif part == "shares":
            cells = [kind, f"{100 * float(rest[0]):g} %", *row_of(row)]
        elif part == "many":
            cells = judged([kind, *_height(rest), *row_of(row)], row["gap"] <= LONG_GAP)
        elif part == "chain":
            cells = judged([kind, *map(percent, row)], row[-1] <= CHAIN_GAP)
        elif part == "long chain":
            cells = judged([kind, f"{row['update']:.3f}", *map(percent, row["gaps"])], max(row["gaps"]) <= LONG_GAP)
        else:
            cells = [kind, *_height(rest), *late_row(row)]
        tables[part].append(cells)
    steps = ["after 1", *(f"after {step}" for step in range(5, CHAIN_LENGTH + 1, 5))]
    long_steps = [f"after {step}" for step in range(10, 51, 10)]
    text = (
        f"# Updates against rebuilds\n\n`{command}`\n\n{records.made_with()}\n\n"
        f"Medians of {rounds} rounds in which update and rebuild take turns, processor seconds on one thread, effort default. The update makes "
        "tree and graph from the old ones; the rebuild has the new graph already. Half of the changed edges go, and half come.\n\n"
        f"## One edge in a thousand\n\nMarks: {SPEED:g} times faster, {100 * GAP:g} % more entropy at most. New edges join any two nodes, "
        "or two neighbours of a node.\n\n"
        + measure.table(["graph", "new edges", "nodes", "edges", *HEAD, "holds"], tables["places"])
        + "\n## At a height limit\n\n"
        + measure.table(["graph", "height", *HEAD], tables["heights"])
        + "\n## Other shares of the edges\n\n"
        + measure.table(["graph", "changed", *HEAD], tables["shares"])
        + f"\n## Many edges at once\n\n16 % of the edges. So much is built anew. One round. Mark: {100 * LONG_GAP:g} % more entropy at most.\n\n"
        + measure.table(["graph", "height", *HEAD, "holds"], tables["many"])
        + f"\n## {CHAIN_LENGTH} updates in a row\n\nOne edge in a thousand each, new edges between any two nodes. Entropy against a rebuild; "
        f"mark: {100 * CHAIN_GAP:g} % in the end.\n\n"
        + measure.table(["graph", *steps, "holds"], tables["chain"])
        + "\n## 50 updates in a row, a fifth of the edges\n\nFour edges in a thousand each. Entropy against a rebuild, and seconds of an update on "
        f"average, with what is built anew on the way; mark: {100 * LONG_GAP:g} % at each step.\n\n"
        + measure.table(["graph", "update, s", *long_steps, "holds"], tables["long chain"])
        + "\n## Nodes that come later\n\nOne node in a hundred, drawn at random, with all its edges, to a tree of the others: by `place`, by `update` "
        "and by a rebuild. `place` needs no graph and makes none; `update` makes tree and graph.\n\n"
        + measure.table(["graph", "height", *LATE, "place against the rebuild"], tables["arrivals"])
    )
    return text, missed


def _height(rest: list[str]) -> list[str]:
    return ["none" if rest == ["None"] else rest[0]]
