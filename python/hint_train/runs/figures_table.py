"""The figures of a run as aligned text, as the command prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hint_train.runs.result import Result


def figures_table(result: Result) -> str:
    """The figures as aligned text, ending with the output folder."""
    names: list[str] = []
    for directions in result.bits.values():
        names = [name for scores in directions.values() for name in scores][: len(next(iter(directions.values()), {}))]
    lines = [f"{result.method} on {result.dataset}"]
    if result.chance is None:
        lines.append("no labels: codes were written, nothing was measured")
    else:
        lines[0] += f", chance {result.chance:.3f}, ties: {result.tie_rule}"
        header = [f"{arrow} {name}" for arrow in ("I→T", "T→I") for name in names]
        lines.append("  ".join([f"{'bits':>5}", *(f"{h:>15}" for h in header)]))
        for bits, directions in result.bits.items():
            cells = [_cell(scores[name]) for scores in directions.values() for name in names]
            lines.append("  ".join([f"{bits:>5}", *(f"{c:>15}" for c in cells)]))
    lines += [f"note: {note}" for note in result.notes]
    lines.append(
        f"{result.seconds['total']:.1f} s, {result.peak_memory_bytes / 2**30:.2f} GB; written to {result.folder}"
    )
    return "\n".join(lines)


def _cell(figure: float | dict[str, Any]) -> str:
    return f"{figure['mean']:.4f} ± {figure['std']:.4f}" if isinstance(figure, dict) else f"{figure:.4f}"
