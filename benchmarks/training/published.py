"""The figures that the paper prints for itself and its 15 rivals, as published: `python benchmarks/training/published.py` makes their table.

They come from `hint_train.runs.published` and stand in results/published.md, and in no table of measured figures.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure

from hint_train.runs.published import BITS, SETS, PublishedRow, published_rows

RESULTS = Path(__file__).resolve().parents[1] / "results"


def render(rows: Sequence[PublishedRow]) -> str:
    """A Markdown table per set and direction."""
    parts = [
        "# As published\n\n`python benchmarks/training/published.py`\n\nMean average precision in percent, as printed in HINT, ICLR 2026, "
        "Table 1. None of these figures was measured here, and they compare with nothing that was: data, features and splits "
        "differ, and the paper's own rows mix protocols.\n\n"
    ]
    head = ["method", "cited as", *(f"{bits} bits" for bits in BITS)]
    for dataset in SETS:
        for direction, arrow in (("image_to_text", "I→T"), ("text_to_image", "T→I")):
            lines = [[row.method, row.source, *(f"{x:.1f}" for x in getattr(row, direction)[dataset])] for row in rows]
            parts.append(f"## {dataset}, {arrow}\n\n{measure.table(head, lines)}\n")
    return "".join(parts)


if __name__ == "__main__":
    out = RESULTS / "published.md"
    out.write_text(render(published_rows()), encoding="utf-8")
    measure.write(f"{out}\n")
