"""Pictures of a run: loss and lambda, precision and recall, and what a query finds. Drawn without a display."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from hint_train.retrieval.hamming import hamming_distances
from hint_train.whole import write_atomically, written_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from hint_train.data import PairedData
    from hint_train.data.pairs import Modality
    from hint_train.retrieval.evaluate import Retrieval
    from hint_train.training.trainer import Record

_Cell = tuple[int, int]
_DIRECTIONS = {"image_to_text": "image → text", "text_to_image": "text → image"}
_SHEET_QUERIES, _SHEET_HITS = 6, 8


def write_report(
    folder: Path,
    data: PairedData,
    records: list[Record],
    retrievals: dict[_Cell, dict[str, Retrieval]],
    codes: dict[_Cell, dict[Modality, NDArray[np.uint8]]],
) -> None:
    """Write `training.png` where there was training, with labels `precision_recall.png` and `curves.json`, and a sheet of pictures."""
    if records:
        _save(training_figure(records), folder / "training.png")
    if retrievals:
        _save(precision_recall_figure(retrievals), folder / "precision_recall.png")
        write_atomically(folder / "curves.json", json.dumps(_curves(retrievals)).encode())
    if data.gallery is not None:
        longest = max(codes)
        _save(sheet_figure(data, codes[longest]), folder / "retrieval.png")


def training_figure(records: list[Record]) -> Figure:
    """Loss terms and lambda over epochs, one line per code length (first seed)."""
    first = min(record["seed"] for record in records)
    known = {"bits", "seed", "epoch", "seconds", "loss", "imbalance", "dead_bits", "correlation", "distinct"}
    terms = ["loss", *(k for k in records[0] if k not in known and not k.startswith("lambda"))]
    weights = [k for k in records[0] if k.startswith("lambda")]
    panels = [*((t, [t]) for t in terms), *([("lambda", weights)] if weights else []), ("bit imbalance", ["imbalance"])]
    columns = -(-len(panels) // 2)
    figure = Figure(figsize=(3.8 * columns, 6), layout="constrained")
    grid = np.asarray(figure.subplots(2, columns, squeeze=False)).ravel()
    for axes in grid[len(panels) :]:
        axes.axis("off")
    for axes, (title, names) in zip(grid, panels, strict=False):
        for bits in sorted({record["bits"] for record in records}):
            rows = [r for r in records if r["bits"] == bits and r["seed"] == first]
            for name, style in zip(names, ("-", "--"), strict=False):
                suffix = f", {name.removeprefix('lambda_')}" if len(names) > 1 else ""
                axes.plot([r["epoch"] for r in rows], [r[name] for r in rows], style, label=f"{bits} bits{suffix}")
        axes.set(title=title, xlabel="epoch")
        if title == "lambda":  # falls over several powers of ten, and is 0 for pairs alone
            axes.set_yscale("symlog", linthresh=1e-4)
        axes.grid(alpha=0.3)
        axes.legend(fontsize="x-small")
    return figure


def precision_recall_figure(retrievals: dict[_Cell, dict[str, Retrieval]]) -> Figure:
    """Mean precision over mean recall of the first n items, one line per code length (first seed), and chance."""
    first = min(seed for _, seed in retrievals)
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    for axes, (direction, title) in zip(figure.subplots(1, 2, sharey=True), _DIRECTIONS.items(), strict=True):
        for (bits, seed), cell in sorted(retrievals.items()):
            if seed == first:
                curve = cell[direction].curve
                axes.plot(curve.recall, curve.precision, label=f"{bits} bits, mAP {cell[direction].scores['map']:.3f}")
        chance = next(iter(retrievals.values()))[direction].chance
        axes.axhline(chance, color="grey", linestyle=":", label=f"chance {chance:.3f}")
        axes.set(title=title, xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1))
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    return figure


def sheet_figure(data: PairedData, codes: dict[Modality, NDArray[np.uint8]]) -> Figure:
    """Text queries in rows, the nearest pictures in columns; a frame is green where a label is shared, else red."""
    assert data.gallery is not None
    queries = data.query[:_SHEET_QUERIES]
    distance = hamming_distances(codes["text"][queries], codes["image"][data.retrieval])
    figure = Figure(figsize=(1.25 * _SHEET_HITS + 3, 1.45 * len(queries)), layout="constrained")
    grid = np.asarray(figure.subplots(len(queries), _SHEET_HITS + 1, width_ratios=[1.6] + [1] * _SHEET_HITS))
    for axes, query, row in zip(grid, queries, distance, strict=True):
        axes[0].text(0, 0.5, _wrapped(data.gallery.captions[query]), va="center", fontsize=11)
        axes[0].axis("off")
        for cell, hit in zip(axes[1:], np.argsort(row, kind="stable")[:_SHEET_HITS], strict=True):
            _draw_hit(cell, data, int(query), int(data.retrieval[hit]), int(row[hit]))
    return figure


def _draw_hit(axes: Axes, data: PairedData, query: int, hit: int, distance: int) -> None:
    assert data.gallery is not None
    axes.imshow(data.gallery.pictures[hit])
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel(f"{distance} bits", fontsize=6, labelpad=1)
    if data.labels is not None:
        relevant = bool((data.labels[query] & data.labels[hit]).any())
        for side in axes.spines.values():
            side.set(color="tab:green" if relevant else "tab:red", linewidth=2.5)


def _wrapped(caption: str, width: int = 20) -> str:
    lines = [""]
    for word in caption.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f"{word} "
    return "\n".join(lines)


def _curves(retrievals: dict[_Cell, dict[str, Retrieval]]) -> list[dict[str, Any]]:
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


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure)
    with written_atomically(path) as stream:
        figure.savefig(stream, dpi=110, format=path.suffix.removeprefix("."))
