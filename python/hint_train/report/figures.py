"""Curves of a run: what falls and rises in training, and precision over recall. Drawn without a display."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from hint_train.report.finished import DIRECTIONS
from hint_train.report.ink import COLOURS
from hint_train.training.partners import RECALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hint_train.encoding.modelfile import Cell
    from hint_train.retrieval.evaluate import Retrieval
    from hint_train.training.partners import PartnerSample
    from hint_train.training.trainer import Record

_HEALTH = {"imbalance", "dead_bits", "correlation", "distinct"}
_PLACE = {"bits", "seed", "epoch", "seconds"}
_WORDS = {
    RECALL: "recall@10: partner among the 10 nearest",
    "loss": "loss, all terms",
    "lambda": "lambda, weight of a community",
    "imbalance": "imbalance of bits, 0 at best",
    "dead_bits": "constant bits",
    "correlation": "correlation of bits",
    "distinct": "distinct codes, share",
}


def training_figure(records: list[Record], sample: PartnerSample) -> Figure | None:
    """Recall@10, loss terms, lambda and health over epochs, a line for each code length (first seed); None where nothing moved."""
    first = min(record["seed"] for record in records)
    records = [record for record in records if record["seed"] == first]
    panels = [(title, names) for title, names in _panels(records) if _moves(records, names)]
    if not panels:
        return None
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(3.7 * columns, 2.7 * rows + 0.4), layout="constrained")
    grid = np.asarray(figure.subplots(rows, columns, squeeze=False)).ravel()
    for axes in grid[len(panels) :]:
        axes.axis("off")
    for axes, (title, names) in zip(grid, panels, strict=False):
        for bits, colour in zip(sorted({record["bits"] for record in records}), cycle(COLOURS), strict=False):
            for name, style in zip(names, cycle(("-", "--", ":")), strict=False):
                points = [(r["epoch"], r[name]) for r in records if r["bits"] == bits and name in r]
                part = f", {name.removeprefix('lambda_')}" if len(names) > 1 else ""
                _line(axes, points, style, color=colour, label=f"{bits} bits{part}")
        axes.set_title(title, fontsize="medium")
        axes.set_xlabel("epoch")
        if names == [RECALL]:  # the rest is of the training pairs
            axes.axhline(sample.chance, color=COLOURS[-1], linestyle=":", label="chance")
            axes.set_ylim(0, 1)
            which = "not trained on" if sample.held_out else "that were trained on"
            axes.set_xlabel(f"epoch; {len(sample):,} pairs {which}")
        if names[0].startswith("lambda"):  # falls over several powers of ten, and is 0 for pairs alone
            axes.set_yscale("symlog", linthresh=1e-4)
        axes.grid(alpha=0.3)
    _shared_legend(figure, grid[0])
    return figure


def _panels(records: list[Record]) -> list[tuple[str, list[str]]]:
    """Titles and names of what may be drawn, the figure that tells most first."""
    names = list(dict.fromkeys(name for record in records for name in record))
    weights = [name for name in names if name.startswith("lambda")]
    terms = [name for name in names if name not in {*_PLACE, *_HEALTH, *weights, RECALL}]
    terms = [] if terms == ["loss"] else terms
    found = [(RECALL, [RECALL]), *((name, [name]) for name in ["loss", *(t for t in terms if t != "loss")])]
    found += [("lambda", weights)] if weights else []
    found += [(name, [name]) for name in ("imbalance", "dead_bits", "correlation", "distinct")]
    return [
        (_WORDS.get(title, f"{title}, a term of the loss"), [n for n in members if n in names])
        for title, members in found
    ]


def _moves(records: list[Record], names: list[str]) -> bool:
    """Whether any of them changes: a line that is level all along says nothing that the table of the codes' health does not."""
    for name in names:
        for bits in {record["bits"] for record in records}:
            values = [record[name] for record in records if record["bits"] == bits and name in record]
            if values and max(values) - min(values) > 1e-9 * max(1.0, abs(max(values))):
                return True
    return False


def _line(axes: Axes, points: list[tuple[float, float]], style: str, **how: Any) -> None:
    marker = "o" if len(points) == 1 else None
    axes.plot([x for x, _ in points], [y for _, y in points], linestyle=style, marker=marker, **how)


def _shared_legend(figure: Figure, axes: Axes) -> None:
    lines, labels = axes.get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside lower center", ncols=min(5, len(labels)), fontsize="small")


def precision_recall_figure(retrievals: dict[Cell, dict[str, Retrieval]]) -> Figure:
    """Mean precision over mean recall of the first n items, one line per code length (first seed), and chance."""
    first = min(seed for _, seed in retrievals)
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    for axes, (direction, title) in zip(figure.subplots(1, 2, sharey=True), DIRECTIONS.items(), strict=True):
        cells = [(bits, cell[direction]) for (bits, seed), cell in sorted(retrievals.items()) if seed == first]
        for (bits, found), colour in zip(cells, cycle(COLOURS), strict=False):
            axes.plot(
                found.curve.recall,
                found.curve.precision,
                color=colour,
                label=f"{bits} bits, mAP {found.scores['map']:.3f}",
            )
        chance = cells[0][1].chance
        axes.axhline(chance, color=COLOURS[-1], linestyle=":", label=f"chance {chance:.3f}")
        axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1))
        axes.set_title(title, fontsize="medium")
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    return figure


def curves(retrievals: dict[Cell, dict[str, Retrieval]]) -> list[dict[str, Any]]:
    """The numbers of the curves, of every code length, seed and direction."""
    return [
        {
            "bits": bits,
            "seed": seed,
            "direction": direction,
            "n": retrieval.curve.n.tolist(),
            "precision": retrieval.curve.precision.tolist(),
            "recall": retrieval.curve.recall.tolist(),
        }
        for (bits, seed), cell in sorted(retrievals.items())
        for direction, retrieval in cell.items()
    ]
