"""Print the rows of `pytest --benchmark-only --benchmark-json=out.json` as a Markdown table.

python benchmarks/table.py out.json
"""

import json
import sys
from pathlib import Path

COLUMNS = ("graph", "nodes", "edges", "height limit", "builder", "bits", "height", "seconds", "peak MB")


def rows(report: dict) -> list[tuple[str, ...]]:
    """Return a row per benchmark that recorded an entropy: medians, in the order of the run."""
    found = []
    for row in report["benchmarks"]:
        info, arguments = row["extra_info"], row["params"]
        if "entropy" not in info:
            continue
        peak = info["peak_memory"]
        found.append(
            (
                str(arguments["family"]),
                f"{info['nodes']:,}",
                f"{info['edges']:,}",
                str(arguments["height"] or "none"),
                str(arguments["builder"]),
                f"{info['entropy']:.4f}",
                str(info["height"]),
                f"{row['stats']['median']:.3g}",
                "" if peak is None else f"{peak / 1e6:.0f}",
            )
        )
    return found


def main() -> None:
    """Print the table of the file named on the command line."""
    report = json.loads(Path(sys.argv[1]).read_text())
    lines = [COLUMNS, tuple("---" for _ in COLUMNS), *rows(report)]
    sys.stdout.write("".join(f"| {' | '.join(line)} |\n" for line in lines))


if __name__ == "__main__":
    main()
