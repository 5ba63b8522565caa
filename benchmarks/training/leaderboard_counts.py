"""HINT beside every other method that sees no label: wins, ties and losses over sets, code lengths, directions and cut-offs."""

from __future__ import annotations

from typing import Any

from benchmarks import measure
from benchmarks.training.accuracy_report import mean

Board = dict[str, dict[int, list[dict[str, Any]]]]
"""Measured lines by row and code length, one per seed."""
TIE = 0.005
"""Means that lie no further apart count as equal."""
_DIRECTIONS = {"image_to_text": "I→T", "text_to_image": "T→I"}
_FIGURES = {"map": "@all", "map@50": "@50", "map@5000": "@5000"}


def gaps(board: Board, name: str) -> dict[tuple[int, str, str], float]:
    """By how much HINT is ahead of a method, by code length, direction and cut-off; only what both were measured at."""
    ours, theirs = board["HINT"], board[name]
    return {
        (bits, direction, figure): mean(ours[bits], figure, direction) - mean(theirs[bits], figure, direction)
        for bits in sorted(ours.keys() & theirs.keys())
        for direction in _DIRECTIONS
        for figure in _FIGURES
    }


def counted(boards: dict[str, Board], names: list[str]) -> str:
    """A table of wins, ties and losses against `names`, and a line for each loss."""
    rows, lost = [], []
    for name in names:
        found = {
            (dataset, *cell): gap
            for dataset, board in boards.items()
            if name in board and "HINT" in board
            for cell, gap in gaps(board, name).items()
        }
        if not found:
            continue
        behind = {cell: gap for cell, gap in found.items() if gap < -TIE}
        wins = sum(gap > TIE for gap in found.values())
        rows.append([name, str(wins), str(len(found) - wins - len(behind)), str(len(behind))])
        lost += [
            f"* {name}, {dataset}, {bits} bits, {_DIRECTIONS[direction]}, {_FIGURES[figure]}: {-gap:.3f}\n"
            for (dataset, bits, direction, figure), gap in behind.items()
        ]
    text = (
        "## HINT beside each of the others\n\nCells of all sets, code lengths, directions and cut-offs (all, 50, 5000); a tie is a "
        f"difference of at most {TIE:g} of the means over seeds.\n\n"
        + measure.table(["against", "wins", "ties", "losses"], rows)
    )
    return text + (f"\nWhere HINT is behind, and by how much:\n\n{''.join(lost)}\n" if lost else "\n")
