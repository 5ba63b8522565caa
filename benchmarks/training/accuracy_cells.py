"""What the accuracy table measures: rows as configurations, code lengths and seeds per set, and the sensitivity studies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from hint_train import Config, preset

SETS = ("fashion20k", "wikipedia-t100", "uci-mfeat")
LARGE = frozenset({"fashion20k"})
"""Sets with one seed, except where `Row.seeds` says three."""
BITS = (16, 32, 64, 128)
VARIANTS = ("v1", "v2", "v3", "v4", "full")
TAUS = (0.9, 2.0)
STUDIES = ("noise", "k", "tau", "similarity", "iterative", "ablation", "levels")

RIVALS = (
    *(f"InfoNCE τ={tau:g}{own}" for own in ("", ", HINT's networks") for tau in TAUS),
    "UCCH",
    "CVH",
    "CVH + ITQ",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a name and the configuration for a set."""

    name: str
    config: Config

    def seeds(self, dataset: str, bits: int, *, study: bool) -> int:
        """How many seeds: three for everything on the small sets, for HINT at 64 bits, and for HINT and UCCH in the main table."""
        rivals = self.config in (preset("default"), own_communities(), preset("default", "ucch"))
        if dataset not in LARGE or (rivals and not study):
            return 3
        # Noise and rebuilding compare two figures that lie close together.
        repeated = not study or "noise" in self.name or "tree" in self.name
        return 3 if bits == 64 and self.config.method == "hint" and repeated else 1


def changed(config: Config, section: str, **options: Any) -> Config:
    """`config` with options of one section replaced."""
    return replace(config, **{section: replace(getattr(config, section), **options)})


def own_communities() -> Config:
    """HINT without walks: a row has one target at each level, that of its pair's community. Studies of single options are made with it."""
    return changed(preset("default"), "loss", walk=0, bank_tau=0.5, sharpen=0.0, mismatch=0.0)


def pairs_as_given() -> Config:
    """HINT that takes no pair apart, however unlike its halves are."""
    return changed(preset("default"), "loss", mismatch=0.0)


def infonce(tau: float, dataset: str) -> Config:
    """Paired InfoNCE with the settings its known figures were measured with, which differ by the size of the set."""
    config = changed(preset("default", "infonce"), "loss", pair_tau=tau)
    return config if dataset in LARGE else changed(config, "optimiser", learning_rate=1e-3, epochs=50)


def infonce_as_hint(tau: float) -> Config:
    """Paired InfoNCE with the networks, features and optimiser of HINT's default: only the loss differs."""
    hint, config = preset("default"), preset("default", "infonce")
    return changed(replace(config, network=hint.network, optimiser=hint.optimiser), "loss", pair_tau=tau)


def main_rows(dataset: str) -> list[Row]:
    """HINT with walks and without, its ablation under the default, its preset for the paper, and the rivals."""
    hint, cvh = preset("default"), preset("default", "cvh")
    rivals = [
        *(infonce(tau, dataset) for tau in TAUS),
        *(infonce_as_hint(tau) for tau in TAUS),
        preset("default", "ucch"),
        cvh,
        changed(cvh, "cvh", cvh_rotation="itq"),
    ]
    return [
        Row("HINT", hint),
        Row("HINT, own communities", own_communities()),
        *(Row(f"HINT {v}", changed(hint, "loss", variant=v)) for v in VARIANTS),
        Row("HINT, preset paper", preset("paper")),
        *(Row(name, config) for name, config in zip(RIVALS, rivals, strict=True)),
    ]


def noise_rows(dataset: str) -> list[Row]:
    """Ten per cent of the pairs deranged, and none (App. C.6)."""
    methods = {
        "HINT": preset("default"),
        "HINT, pairs as given": pairs_as_given(),
        "HINT, own communities": own_communities(),
        "HINT v1": changed(preset("default"), "loss", variant="v1"),
        "HINT, preset paper": preset("paper"),
        "UCCH": preset("default", "ucch"),
        "InfoNCE τ=0.9": infonce(0.9, dataset),
    }
    return [
        Row(f"{name}, noise {share:g}", replace(config, noise=share))
        for name, config in methods.items()
        for share in (0.0, 0.1)
    ]


def _over(section: str, option: str, values: tuple[Any, ...], base: Config, name: str) -> list[Row]:
    return [Row(f"{name}, {option} {value}", changed(base, section, **{option: value})) for value in values]


def study_rows(study: str, dataset: str) -> list[Row]:
    """The rows of one sensitivity study."""
    hint, paper = own_communities(), preset("paper")
    rows: dict[str, Callable[[], list[Row]]] = {
        "noise": lambda: noise_rows(dataset),
        "k": lambda: [
            *_over("graph", "k", (1, 2, 3, 5, 10, 20, 40), hint, "HINT"),
            *_over("graph", "k", (1, 2, 3, 4, 5), paper, "paper"),
        ],
        "tau": lambda: [
            *_over("loss", "bank_tau", (0.1, 0.3, 0.5, 0.7, 0.9, 2.0), hint, "HINT"),
            *_over("loss", "pair_tau", (0.1, 0.3, 0.5, 0.7, 0.9, 2.0), hint, "HINT"),
            *_over("loss", "hash_tau", (0.1, 0.2, 0.3, 0.4, 0.5), paper, "paper"),
        ],
        "similarity": lambda: [
            *_over("graph", "similarity", ("cosine", "l2", "l1"), hint, "HINT"),
            *_over("graph", "similarity", ("cosine", "l2", "l1"), paper, "paper"),
        ],
        "iterative": lambda: [
            Row(f"{name}, {word} tree", changed(base, "tree", rebuild_every=every))
            for name, base in (("HINT", hint), ("paper", paper))
            for word, every in (("static", 0), ("iterative", 5))
        ],
        "ablation": lambda: [Row(f"paper {v}", changed(paper, "loss", variant=v)) for v in VARIANTS],
        "levels": lambda: [
            *(Row(f"all levels, height {height}", changed(hint, "tree", height=height)) for height in (2, 3, 4, 5, 6)),
            Row("all levels but the leaves, height 4", changed(hint, "loss", bank_levels="communities")),
            *(
                Row(
                    f"one level, {name} of height 4",
                    changed(changed(hint, "loss", bank_levels="one"), "proxy", level=level),
                )
                for name, level in (("coarsest", 1), ("middle", 2), ("finest", None))
            ),
        ],
    }
    return rows[study]()


def cells(row: Row, dataset: str, bits: tuple[int, ...], *, study: bool, quick: bool) -> Iterator[tuple[int, int]]:
    """(code length, seed) of every figure of a row."""
    for length in bits:
        for seed in range(1 if quick else row.seeds(dataset, length, study=study)):
            yield length, seed
