"""The report of a run in its folder: pictures, the numbers of the curves, and the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hint_train.whole import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from markupsafe import Markup
    from matplotlib.figure import Figure

    from hint_train.report.finished import Finished

PAGE = "report.html"
_DRAWN = ("training.png", "precision_recall.png", "curves.json", "retrieval.png")
_LINKED = {".toml", ".jsonl", ".json", ".npz", ".png", ".safetensors"}


def write_report(folder: Path, run: Finished, seconds: Callable[[], Mapping[str, float]]) -> None:
    """Write `report.html`, and what it shows as files of their own.

    These are `training.png` where training moved anything, with labels `precision_recall.png` and `curves.json`, and `retrieval.png`
    where there are pictures.

    Parameters
    ----------
    seconds
        Asked when everything is drawn: seconds by stage so far, and in total.
    """
    # matplotlib takes half a second to load: only when there is something to draw.
    from hint_train.report.figures import curves, precision_recall_figure, training_figure
    from hint_train.report.ink import as_svg, save_png
    from hint_train.report.page import run_page
    from hint_train.report.pictures import pictures_of
    from hint_train.report.sheet import sheets
    from hint_train.report.sheet_figure import sheet_figure

    drawn: dict[str, Markup] = {}

    stale = set(_DRAWN)  # a call before a resumption may have had what this one has not

    def draw(name: str, figure: Figure, alt: str) -> None:
        save_png(figure, folder / f"{name}.png")
        stale.discard(f"{name}.png")
        figure.set_layout_engine("none")  # the second drawing keeps what the first laid out
        drawn[name] = as_svg(figure, name, alt)

    figure = training_figure(run.records, run.sample) if run.records else None
    if figure is not None:
        draw("training", figure, "Curves over epochs, a line for each code length; the table below has their numbers.")
    if run.retrievals:
        alt = (
            "Precision over recall in both directions, a line for each code length; the table below has their numbers."
        )
        draw("precision_recall", precision_recall_figure(run.retrievals), alt)
        write_atomically(folder / "curves.json", json.dumps(curves(run.retrievals)).encode())
        stale.discard("curves.json")
    longest = max(run.codes, key=lambda cell: (cell[0], -cell[1]))
    shown = sheets(run.data, run.codes[longest], longest[0])
    rows = {row for sheet in shown for query, hits in sheet.hits.items() for row in (query, *(h.row for h in hits))}
    pictures = pictures_of(run.data, sorted(rows), run.config.images)
    if pictures:
        title = f"What {run.config.method} finds in {run.data.name}"
        save_png(sheet_figure(title, shown, run.data, pictures), folder / "retrieval.png")
        stale.discard("retrieval.png")
    for name in stale:
        (folder / name).unlink(missing_ok=True)
    page = run_page(
        folder,
        run,
        seconds=seconds(),
        curves=drawn,
        sheets=shown if pictures or run.data.captions else [],
        pictures=pictures,
        files=sorted(path.name for path in folder.iterdir() if path.suffix in _LINKED),
    )
    write_atomically(folder / PAGE, page)
