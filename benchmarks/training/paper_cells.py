"""What ours needs beside the paper's tables: configurations by the names of rows, code lengths and seeds, and where they are found.

A cell is looked for in accuracy.jsonl, leaderboard.jsonl and paper.jsonl, in this order, so that nothing is measured twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.records import Line, Records
from benchmarks.training.accuracy_cells import SETS as FILES
from benchmarks.training.accuracy_cells import VARIANTS, Row, changed, own_communities
from benchmarks.training.figures import cell_key

from hint_train import Config, preset

SETS = (*FILES, "shapes")
"""The sets that are here; the last is made by the package."""
SMALL = ("wikipedia-t100", "uci-mfeat")
BITS = (16, 32, 64, 128)
READINGS: dict[str, Config] = {"the paper's reading": preset("paper"), "the default": own_communities()}
"""Ours, by the words that the page has for it; the default without walks, which the paper does not know."""
RIVALS = {
    "UCCH": "ucch",
    "DGCPN": "dgcpn",
    "VTM-UCH": "vtm-uch",
    "CMFH": "cmfh",
    "CVH": "cvh",
    "DCH": "dch",
}
"""Rivals of Table 1 that `hint_train` has, each at its own default."""
UNSUPERVISED = ("UCCH", "DGCPN", "VTM-UCH", "CMFH", "CVH")
CURVES = ("UCCH", "DGCPN", "CMFH", "CVH")
"""Rivals whose curves, classes and mixing of modalities are measured beside ours."""
ITERATIVE, NOISE = 5, 0.1
NEIGHBOURS, TAUS, METRICS = (1, 2, 3, 4, 5), (0.1, 0.2, 0.3, 0.4, 0.5), ("cosine", "l2", "l1")
STUDIED = (64, 128)
"""Code lengths of ours in tables 6 to 8: that of the committed studies, and that of the paper."""
STABLE = (32, 64, 96, 128)
SEEDS = 5

Wanted = tuple[str, Row, int, int]
"""Set, row, code length and seed."""


def rows() -> dict[str, Row]:
    """Every row of ours by its name: readings, their variants and studies, rivals with and without noise."""
    found = dict(READINGS)
    for name, base in READINGS.items():
        found |= {f"{name}, {v}": changed(base, "loss", variant=v) for v in VARIANTS}
        found |= {f"{name}, noise": replace(base, noise=NOISE)}
        found |= {f"{name}, {metric}": changed(base, "graph", similarity=metric) for metric in METRICS}
        found |= {f"{name}, iterative": changed(base, "tree", rebuild_every=ITERATIVE)}
        found |= {f"{name}, K {k}": changed(base, "graph", k=k) for k in NEIGHBOURS}
    paper, default = READINGS.values()
    found |= {f"the paper's reading, tau {tau}": changed(paper, "loss", hash_tau=tau) for tau in TAUS}
    found |= {f"the default, tau {tau}": changed(default, "loss", bank_tau=tau) for tau in TAUS}
    for name, method in RIVALS.items():
        found |= {name: preset("default", method), f"{name}, noise": replace(preset("default", method), noise=NOISE)}
    return {name: Row(name, config) for name, config in found.items()}


ROWS = rows()


def wanted(sets: tuple[str, ...]) -> Iterator[Wanted]:
    """Every cell that the page shows beside what the committed files hold, the quickest tables first; seed 0 but in Table 9."""
    for dataset in (name for name in sets if name != "shapes"):
        yield from ((dataset, ROWS[f"{r}, {v}"], bits, 0) for r in READINGS for v in VARIANTS for bits in BITS)
        for name in READINGS:
            studied = ("noise", *METRICS, "iterative")
            yield from ((dataset, ROWS[f"{name}, {what}"], bits, 0) for what in studied for bits in STUDIED)
            yield from ((dataset, ROWS[f"{name}, K {k}"], 64, 0) for k in NEIGHBOURS)
            yield from ((dataset, ROWS[f"{name}, tau {tau}"], 64, 0) for tau in TAUS)
        yield from ((dataset, ROWS["UCCH, noise"], bits, 0) for bits in STUDIED)
    for dataset in sets:
        shown = RIVALS if dataset != "shapes" else {"CVH": "", "CMFH": ""}
        yield from ((dataset, ROWS[name], bits, 0) for name in (*READINGS, *shown) for bits in BITS)
    for dataset in (name for name in sets if name != "shapes"):
        yield from ((dataset, ROWS[name], bits, seed) for name in READINGS for seed in range(SEEDS) for bits in STABLE)


def run_name(dataset: str, row: Row, bits: int) -> str:
    """What the line of a run that was looked into is found by; see `paper_runs.py`."""
    return f"run, {dataset}, {row.name}, {bits} bits"


@dataclass(frozen=True, slots=True)
class Cells:
    """The files that cells are found in, the page's own last."""

    files: tuple[Records, ...]

    def get(self, dataset: str, row: Row, bits: int, seed: int) -> Line | None:
        """The line of a cell from the first file that has it, or what is known of a run that was looked into."""
        key = cell_key(dataset, row.config, bits, seed)
        found = next((line for records in self.files if (line := records.get(key)) is not None), None)
        return self.run(dataset, row.name, bits) if found is None and seed == 0 else found

    def run(self, dataset: str, name: str, bits: int) -> Line | None:
        """Curves, classes and mixing of a run of seed 0."""
        found = self.files[-1].get(run_name(dataset, ROWS[name], bits))
        return None if found is None else found["value"]

    def scores(self, dataset: str, name: str, bits: int) -> list[tuple[float, float]]:
        """mAP from image to text and from text to image, for each seed that was measured."""
        lines = [self.get(dataset, ROWS[name], bits, seed) for seed in range(SEEDS)]
        return [_both(line["scores"]) for line in lines if line is not None]

    def missing(self, sets: tuple[str, ...]) -> list[Wanted]:
        """What no file holds."""
        return [cell for cell in wanted(sets) if self.get(*cell) is None]


def _both(scores: dict[str, Any]) -> tuple[float, float]:
    return float(scores["image_to_text"]["map"]), float(scores["text_to_image"]["map"])
