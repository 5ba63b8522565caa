"""The page's picture: what the paper's tables and figures show, as published where figures are printed, and ours."""

from __future__ import annotations

import io
import statistics
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from benchmarks.training.paper_cells import BITS, CURVES, FILES
from benchmarks.training.paper_numbers import PAPER_SETS, Source
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_COLOURS = ("#0072B2", "#D55E00", "#009E73")
"""One for each set of a side; of Okabe and Ito."""
_OTHERS = ("#56B4E9", "#E69F00", "#CC79A7", "#7F7F7F")
_PARTS = ("HINT V1", "HINT V2", "HINT V3", "HINT V4", "HINT full")
_STYLES = ("--", "-")
_KEY = "; dashed: the paper's reading, solid: the default"
_SHOWN = "wikipedia-t100"


def picture(sources: Sequence[Source]) -> str:
    """Six panels as SVG, the same text for the same figures."""
    printed, *mine = sources
    with mpl.rc_context(
        {
            "svg.hashsalt": "paper",
            "svg.fonttype": "none",
            "font.size": 8,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    ):
        figure = Figure(figsize=(10, 6.4), layout="constrained")
        axes = figure.subplots(2, 3).ravel()
        _lengths(axes[0], [(printed, PAPER_SETS, "-")], "Table 1 as published: HINT")
        _lengths(axes[1], [(s, FILES, style) for s, style in zip(mine, _STYLES, strict=True)], "Table 1, ours: HINT")
        _ablation(axes[2], printed, mine)
        _lambda(axes[3], mine[0])
        _precision(axes[4], mine)
        _classes(axes[5], mine)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _lengths(axes: Axes, lines: Sequence[tuple[Source, Sequence[str], str]], title: str) -> None:
    for source, sets, style in lines:
        for dataset, colour in zip(sets, _COLOURS, strict=True):
            found = [(bits, x[0]) for bits in BITS if (x := source.mean(["HINT"], dataset, bits))]
            axes.plot(*zip(*found, strict=True), style, color=colour, marker=".")
            if style == "-":
                axes.annotate(dataset, found[-1], (0, 5), textcoords="offset points", ha="right", color=colour)
    axes.set(title=title, xlabel=f"bits{_KEY if len(lines) > 1 else ''}", xscale="log", xticks=BITS)
    axes.set_ylabel("mAP, per cent, mean of both directions")
    axes.set_xticklabels(map(str, BITS))
    axes.minorticks_off()
    axes.margins(y=0.1)


def _ablation(axes: Axes, printed: Source, mine: Sequence[Source]) -> None:
    lines = [(printed, PAPER_SETS[0], 128, "#000000", ":")]
    for source, style in zip(mine, _STYLES, strict=True):
        lines += [(source, name, 64, colour, style) for name, colour in zip(FILES, _COLOURS, strict=True)]
    for source, dataset, bits, colour, style in lines:
        found = source.mean(_PARTS, dataset, bits)
        if found:
            gained = [value - found[0] for value in found]
            label = f"{dataset}, published" if source is printed else dataset if style == "-" else None
            axes.plot(gained, style, color=colour, marker=".", label=label)
    axes.set(title="Table 2: gained over V1", ylabel="points of mAP", xticks=range(len(_PARTS)))
    axes.set_xlabel(_KEY.removeprefix("; "))
    axes.set_xticklabels([name.removeprefix("HINT ") for name in _PARTS])
    axes.margins(y=0.25)
    axes.legend(fontsize=6, frameon=False, ncols=2, loc="upper right")


def _lambda(axes: Axes, source: Source) -> None:
    for dataset, colour in zip(FILES, _COLOURS, strict=True):
        run = source.runs.get(("HINT", dataset, 128))
        if run:
            axes.plot(np.linspace(0, 100, len(run["lambda"])), run["lambda"], color=colour, label=dataset)
    axes.set(title=f"Figure 5, {source.name}", xlabel="per cent of the epochs", ylabel="λ", yscale="log")
    axes.legend(fontsize=6, frameon=False)


def _named(mine: Sequence[Source]) -> list[tuple[str, dict, str, str]]:
    """Name, run, colour and style of every method on the set that is shown, at 128 bits."""
    own = [
        (s.name, s.runs.get(("HINT", _SHOWN, 128)), "#000000", style) for s, style in zip(mine, _STYLES, strict=True)
    ]
    others = [(n, mine[0].runs.get((n, _SHOWN, 128)), c, "-") for n, c in zip(CURVES, _OTHERS, strict=True)]
    return [(name, run, colour, style) for name, run, colour, style in own + others if run]


def _precision(axes: Axes, mine: Sequence[Source]) -> None:
    for name, run, colour, style in _named(mine):
        both = [curve["precision"] for curve in run["curves"].values()]
        n = run["curves"]["image_to_text"]["n"]
        axes.plot(n, [100 * statistics.fmean(x) for x in zip(*both, strict=True)], style, color=colour, label=name)
    axes.set(title=f"Figure 6: {_SHOWN}, 128 bits", xlabel="first N", ylabel="precision, per cent", xscale="log")
    axes.legend(fontsize=6, frameon=False)


def _classes(axes: Axes, mine: Sequence[Source]) -> None:
    shown = _named(mine)
    for i, (name, run, colour, style) in enumerate(shown):
        width = 0.8 / len(shown)
        bars = [100 * value for value in run["classes"].values()]
        hatch = "///" if style == "--" else ""
        axes.bar(
            np.arange(len(bars)) + i * width, bars, width, facecolor=colour, edgecolor="white", hatch=hatch, label=name
        )
    groups = list(shown[0][1]["classes"]) if shown else []
    axes.set(
        title=f"Figure 11: {_SHOWN}, 128 bits", ylabel="mAP by class, per cent", xticks=np.arange(len(groups)) + 0.33
    )
    axes.set_xticklabels(groups)
    axes.legend(fontsize=6, frameon=False)
