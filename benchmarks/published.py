"""The figures that the paper prints for itself and its 15 rivals, as published: `python benchmarks/published.py` makes their table.

They stand in published.toml and in results/published.md, and in no table of measured figures.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import measure

HERE = Path(__file__).resolve().parent
DIRECTIONS = {"image_to_text": "I→T", "text_to_image": "T→I"}


def read(path: Path = HERE / "published.toml") -> dict[str, Any]:
    """The file as tables; every row has four figures in percent per direction and set.

    Raises
    ------
    ValueError
        The file is not marked "as published", or a figure is missing or no percentage.
    """
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    if found.get("status") != "as published":
        raise ValueError(f'{path.name}: status must be "as published", got {found.get("status")!r}')
    for row in found["row"]:
        for direction in DIRECTIONS:
            for dataset, values in row[direction].items():
                if len(values) != len(found["bits"]) or not all(0 < value < 100 for value in values):
                    raise ValueError(f"{path.name}: {row['method']}, {direction}, {dataset}: {values}")
    return found


def render(found: dict[str, Any]) -> str:
    """A Markdown table per set and direction."""
    parts = [
        f"# As published\n\n`python benchmarks/published.py`\n\nMean average precision in percent, as printed in {found['source']}. "
        "None of these figures was measured here, and they compare with nothing that was: data, features and splits differ, and "
        "the paper's own rows mix protocols.\n\n"
    ]
    for dataset in found["row"][0]["image_to_text"]:
        for direction, arrow in DIRECTIONS.items():
            rows = [[r["method"], r["source"], *(f"{x:.1f}" for x in r[direction][dataset])] for r in found["row"]]
            head = ["method", "cited as", *(f"{bits} bits" for bits in found["bits"])]
            parts.append(f"## {dataset}, {arrow}\n\n{measure.table(head, rows)}\n")
    return "".join(parts)


if __name__ == "__main__":
    out = HERE / "results" / "published.md"
    out.write_text(render(read()), encoding="utf-8")
    measure.write(f"{out}\n")
