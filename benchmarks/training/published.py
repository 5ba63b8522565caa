"""The figures that the paper prints for itself and its 15 rivals, as published: `python benchmarks/training/published.py` makes their table.

They come from `hint_train.runs.published` and stand in results/published.md and .jsonl, and in no table of measured figures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of
from benchmarks.records import RESULTS, Records

from hint_train.runs.published import BITS, SETS, PublishedRow, published_rows

COMMAND = "python benchmarks/training/published.py"
WAYS = {"image_to_text": "I→T", "text_to_image": "T→I"}


def render(rows: Sequence[PublishedRow]) -> str:
    """A Markdown table per set and direction."""
    parts = [
        "# As published\n\n`python benchmarks/training/published.py`\n\nMean average precision in percent, as printed in HINT, ICLR 2026, "
        "Table 1. None of these figures was measured here, and they compare with nothing that was: data, features and splits "
        "differ, and the paper's own rows mix protocols.\n\n"
    ]
    head = ["method", "cited as", *(f"{bits} bits" for bits in BITS)]
    for dataset in SETS:
        for direction, arrow in WAYS.items():
            lines = [[row.method, row.source, *(f"{x:.1f}" for x in getattr(row, direction)[dataset])] for row in rows]
            parts.append(f"## {dataset}, {arrow}\n\n{measure.table(head, lines)}\n")
    return "".join(parts)


def figures() -> dict[str, Figures]:
    """Every row of the table by its name: what is printed, per cent by code length."""
    return {
        f"{row.method}, {dataset}, {arrow}": {
            str(bits): value for bits, value in zip(BITS, getattr(row, way)[dataset], strict=True)
        }
        for row in published_rows()
        for dataset in SETS
        for way, arrow in WAYS.items()
    }


def groups(records: Records) -> Iterator[Group]:
    """All rows, read again from the data of the package."""
    cells = [cell_of(records, line, line["value"], "as published", tolerance=0) for line in records]
    yield Group(name="all", cells=cells, measure=figures, seconds=1)


REPLAY = Replay(groups=groups)


def main() -> None:
    """Write the table and its lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS / "published.md")
    out = parser.parse_args().out
    out.write_text(render(published_rows()), encoding="utf-8")
    records = Records(out.with_suffix(".jsonl"), COMMAND, fresh=True)
    for name, value in figures().items():
        records.add({"name": name, "value": value})
    measure.write(f"{out}\n")


if __name__ == "__main__":
    main()
