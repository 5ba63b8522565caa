"""The list of methods, and every option of a run.

A method is a folder beside this file and a line in `LISTED`; if it has options of its own, they are a section of `Config`, too.
Nothing here loads torch: `METHODS` in `entries` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Annotated, Literal

from hint_train.config.ranges import Count, Natural, Range, Share, Weight
from hint_train.config.sections import (
    EvaluationConfig,
    GraphConfig,
    NetworkConfig,
    OptimiserConfig,
    ProxyConfig,
    SearchConfig,
    TreeConfig,
)
from hint_train.methods.cmfh.options import CmfhConfig
from hint_train.methods.cvh.options import CvhConfig
from hint_train.methods.dgcpn.options import DgcpnConfig
from hint_train.methods.djsrh.options import DjsrhConfig
from hint_train.methods.hint import idle as hint_idle
from hint_train.methods.hint import options as hint
from hint_train.methods.hint.options import LossConfig, MixupConfig
from hint_train.methods.infonce import options as infonce
from hint_train.methods.supervised import options as supervised
from hint_train.methods.supervised.options import (
    AnchorConfig,
    BatchConfig,
    DchConfig,
    LabelConfig,
    LpihConfig,
    SrlchConfig,
)
from hint_train.methods.ucch import options as ucch
from hint_train.methods.ucch.options import UcchConfig
from hint_train.methods.vtm_uch import options as vtm_uch
from hint_train.methods.vtm_uch.options import VtmConfig

Preset = Literal["default", "paper", "demo"]
MAX_BITS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One run: a data set, a method, code lengths, seeds and every option."""

    dataset: str = "shapes"
    """An .npz file, or the name of a data set: shapes, which is built in, or mirflickr, nuswide, nuswide-tc21, coco or
    iapr-tc12, whose files lie in the folder that --data-dir names."""
    method: str = "hint"
    """hint, vtm-uch, ucch, djsrh, dgcpn, infonce, cvh or cmfh; with labels of a part of the pairs srlch, batch, dch or lpih."""
    bits: tuple[Annotated[int, Range(1, MAX_BITS)], ...] = (16, 32, 64, 128)
    """Code lengths; they share features, graph and tree."""
    seed: Natural = 0
    """Seed of initial weights, batches and sampling."""
    seeds: Count = 1
    """Runs with this many consecutive seeds, reported as mean, standard deviation and values."""
    data_dir: str | None = None
    """Folder that holds the files of a named data set."""
    pairs_in: Literal["auto", "rows", "columns"] = "auto"
    """Whether pairs are rows or columns of the matrices in that folder; auto goes by their sizes, and asks where these fit both ways."""
    images: str | None = None
    """Folder of pictures to show in the report, named as the pairs of the data set are, with or without suffix; for sets that bring none."""
    device: str = "auto"
    """cpu, cuda, cuda:1, or auto for CUDA where there is one."""
    noise: Share = 0.0
    """Share of the training pairs whose texts are exchanged among each other (App. C.6)."""
    checkpoint_seconds: Weight = 10.0
    """A checkpoint is written at the end of an epoch when the last one is at least this old, and when training ends or is stopped."""
    entropy_unit: Literal["bits", "nats"] = "bits"
    """Unit of the tree's entropy (Eq. 4) in the results: logarithms of base 2 or e. The tree is the same, and its file holds bits."""
    tensorboard: bool = False
    """Write the epochs' figures also for TensorBoard, into the output folder (needs the extra `tensorboard`)."""
    graph: GraphConfig = field(default_factory=GraphConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    tree: TreeConfig = field(default_factory=TreeConfig)
    proxy: ProxyConfig = field(default_factory=ProxyConfig)
    mixup: MixupConfig = field(default_factory=MixupConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    ucch: UcchConfig = field(default_factory=UcchConfig)
    cvh: CvhConfig = field(default_factory=CvhConfig)
    cmfh: CmfhConfig = field(default_factory=CmfhConfig)
    djsrh: DjsrhConfig = field(default_factory=DjsrhConfig)
    dgcpn: DgcpnConfig = field(default_factory=DgcpnConfig)
    vtm: VtmConfig = field(default_factory=VtmConfig)
    labels: LabelConfig = field(default_factory=LabelConfig)
    anchors: AnchorConfig = field(default_factory=AnchorConfig)
    srlch: SrlchConfig = field(default_factory=SrlchConfig)
    batch: BatchConfig = field(default_factory=BatchConfig)
    dch: DchConfig = field(default_factory=DchConfig)
    lpih: LpihConfig = field(default_factory=LpihConfig)

    def n_epochs(self, n_pairs: int) -> int:
        """Epochs for a training set of `n_pairs` pairs."""
        chosen = self.optimiser
        if chosen.epochs is not None:
            return chosen.epochs
        steps = n_pairs // min(chosen.batch, n_pairs)
        return max(chosen.min_epochs, math.ceil(chosen.min_steps / steps))


@dataclass(frozen=True, slots=True)
class Listed:
    """What is known of a method before it is loaded.

    Attributes
    ----------
    module
        Holds its `ENTRY`, below `hint_train.methods`.
    reads
        The tables of options that it reads, or single options of one as "table.option"; the others change nothing.
    preset
        Its options under a name, made of those that all methods begin with.
    faults
        Values that cannot be run together, in words.
    idle
        Options that differ from all of the presets given and have no effect under the others, in words.
    """

    module: str
    reads: tuple[str, ...]
    preset: Callable[[Config, Preset], Config] = lambda base, _: base
    faults: Callable[[Config], Iterator[str]] = lambda _: iter(())
    idle: Callable[[Config, list[Config]], list[str]] = lambda *_: []


TRAINED = ("network", "optimiser", "evaluation")
"""The tables that every method with a training loop reads."""
_SOLVED = ("network", "evaluation")
_HINT = ("graph", "search", "tree", "proxy", "mixup", "loss")
_LABELLED = ("labels", "anchors")
LISTED: dict[str, Listed] = {
    "hint": Listed("hint.method", (*_HINT, *TRAINED), hint.preset, hint.faults, hint_idle.idle),
    "ucch": Listed("ucch.method", ("ucch", *TRAINED), ucch.preset),
    "infonce": Listed("infonce.method", ("loss.pair_tau", *TRAINED), infonce.preset),
    "djsrh": Listed("djsrh.method", ("djsrh", *TRAINED)),
    "dgcpn": Listed("dgcpn.method", ("dgcpn", *TRAINED)),
    "cvh": Listed("cvh.method", ("cvh", *_SOLVED)),
    "cmfh": Listed("cmfh.method", ("cmfh", *_SOLVED)),
    "vtm-uch": Listed("vtm_uch.method", ("vtm", "tree", *TRAINED), vtm_uch.preset, vtm_uch.faults),
    "srlch": Listed("supervised.srlch", (*_LABELLED, "srlch", *_SOLVED), faults=supervised.faults),
    "batch": Listed("supervised.batch", (*_LABELLED, "batch", *_SOLVED), faults=supervised.faults),
    "dch": Listed("supervised.dch", (*_LABELLED, "dch", *_SOLVED), faults=supervised.faults),
    "lpih": Listed(
        "supervised.lpih",
        (*_LABELLED, "srlch", "batch", "dch", "lpih", "graph", *_SOLVED),
        faults=supervised.faults,
    ),
}
"""The methods by name."""


def options_read(config: Config) -> Iterator[tuple[str, str]]:
    """The options that the method of `config` reads: the name of the table and that of the option in it."""
    for part in LISTED[config.method].reads:
        section, _, option = part.partition(".")
        for name in [option] if option else [x.name for x in fields(getattr(config, section))]:
            yield section, name
