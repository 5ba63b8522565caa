"""Options that several methods share, one frozen section each: tables of `config.toml` and groups of `hint-train --help`.

Names are unique over all sections, those of the methods included. A default changes here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from hint_train.config.ranges import Count, Natural, Positive, Range, Weight

TieRule = Literal["expected", "index", "block", "optimistic", "pessimistic"]
TopkRule = Literal["min-k-relevant", "first-k-relevant", "hits", "nonzero-hits"]
NoRelevant = Literal["skip", "zero"]
MAX_CAP = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphConfig:
    """The graph over the training pairs (paper Eq. 2); variant v1 uses none, and v2 its neighbours alone."""

    similarity: Literal["cosine", "l2", "l1"] = "cosine"
    """How neighbours are ranked inside one modality."""
    graph_features: Literal["auto", "plain", "centred", "sqrt"] = "auto"
    """Features whose neighbours are sought: as they are, less their mean, or signed square roots of unit length less their
    mean; auto takes per modality the one of the last two under which both modalities agree more."""
    k: Count = 20
    """Nearest neighbours per row and modality (Eq. 2; the paper's 3). Unconfirmed ones weigh nothing, so many are safe."""
    knn: Literal["union", "mutual"] = "union"
    """Keep an edge when either end, or only when both ends, list the other."""
    edge_weight: Literal["unit", "similarity", "agreement"] = "agreement"
    """Weight of a kNN edge: 1, the similarity where positive, or for each direction listed a floor plus 1 if the other
    modality agrees."""
    agreement_k: Count = 100
    """Edge weight agreement: a neighbour is confirmed when it is among this many in the other modality."""
    agreement_floor: Weight = 0.0
    """Edge weight agreement: weight of a neighbour that the other modality does not confirm; at 0 such edges vanish."""
    pairs: Literal["contract", "edge"] = "contract"
    """One graph node per pair, or two nodes joined by an edge. With unit pair edges 9 of 10 pairs are torn apart."""
    pair_edge: Weight = 1.0
    """Weight of the edge between the two ends of a pair when pairs are edges; 0 counts links inside a modality alone, as the words
    below Eq. 4 have it, and no community then holds both modalities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchConfig:
    """How HINT finds nearest neighbours."""

    search: Literal["auto", "exact", "approximate"] = "auto"
    """All pairs of rows are compared, or short codes of the rows in the nearest cells of an inverted file, on the CPU; auto is the
    second for more than 50,000 training pairs on the CPU, where similarity is cosine. Up to 1,000 pairs are always compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeConfig:
    """The encoding tree of least structural entropy (paper Eq. 4); in HINT for variants v3, v4 and full."""

    height: Count | None = 4
    """Greatest leaf depth (2: one level of communities, 4: three); None sets no limit. `vtm-uch` takes 2."""
    algorithm: Literal["auto", "merge-compress"] = "auto"
    """Builder; merge-compress is the paper's greedy."""
    effort: Literal["fast", "default", "best"] = "default"
    """How long the builder searches."""
    tree_seed: int = 0
    """Seed of the builder, apart from --seed so that all code lengths and seeds of a run share one tree."""
    rebuild_every: Natural = 0
    """Rebuild graph and tree from the hash outputs every so many epochs (HINT-ITER, App. C.8), by an update of the tree where at most a
    quarter of the edges changed; 0 never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyConfig:
    """Communities and their means (paper Eq. 5).

    The bank loss takes means over whole communities, own pair included; cap, include_self, include_pair, resample and
    encoder concern the proxies of L_hash, L_con and the MMD: they act where hash_loss is above 0, and in variants v4 and full.
    """

    level: Count | None = None
    """Level of the community that gives the neighbours, counted from the root: 1 to --height less 1; None is the finest."""
    cap: Annotated[int, Range(1, MAX_CAP)] = 32
    """At most this many neighbours per row and modality, sampled by seed."""
    include_self: bool = False
    """Count the row itself among its neighbours of the same modality."""
    include_pair: bool = True
    """Count the row's own pair among its neighbours of the other modality."""
    resample: Literal["static", "epoch", "batch"] = "epoch"
    """Draw the sampled neighbours once, or anew in every epoch, or at every step, which draws those of all pairs each time."""
    encoder: Literal["bank", "reencode"] = "bank"
    """Take neighbours' outputs from a memory bank, or compute them with the current weights."""
    average: Literal["tanh", "preactivation", "sign"] = "tanh"
    """What Eq. 5 averages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """The two hash networks (paper Eq. 1)."""

    features: Literal["centred", "raw", "l2", "standard"] = "centred"
    """Inputs less the training mean and divided by one number, so that the mean squared norm is 100; as they are; rows of
    unit length; or columns of mean 0 and deviation 1 over the training rows."""
    hidden: Count = 512
    """Width of the hidden layers (the paper's 512)."""
    layers: Count = 2
    """Linear layers with ReLU between them; 1 is a linear hash function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserConfig:
    """Optimisation; the paper states none of it."""

    optimiser: Literal["adam", "sgd"] = "adam"
    """Adam, or SGD with momentum 0.9."""
    learning_rate: Positive = 1e-3
    """Step size."""
    schedule: Literal["linear-tail", "constant", "cosine", "step"] = "linear-tail"
    """Constant in the first half and linear to 2 % in the second, constant throughout, cosine to 0, or divided by 10 after
    half and after three quarters of the steps."""
    warmup: Natural = 20
    """Steps in which the step size rises linearly from 0."""
    weight_decay: Weight = 1e-6
    """L2 penalty: this times the weights is added to their gradients."""
    batch: Annotated[int, Range(2)] = 256
    """Pairs per step; the last incomplete batch of an epoch is dropped."""
    epochs: Count | None = None
    """Passes over the training pairs; None takes as few as min_epochs and min_steps allow."""
    min_epochs: Count = 13
    """Passes at least, which decide for 8,000 pairs and more in batches of 256."""
    min_steps: Count = 400
    """Steps at least, which decide for fewer."""
    precision: Literal["float32", "bf16"] = "float32"
    """Arithmetic of the products in a training step; weights, memory bank and codes are float32 with either."""
    clip: Weight = 1.0
    """Greatest gradient norm; 0 does not clip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationConfig:
    """Retrieval in Hamming space; relevant means sharing a label."""

    cutoffs: tuple[Count, ...] = (50, 5000)
    """Ranks k at which mAP@k is given beside mAP over the whole ranking."""
    topk_rule: TopkRule = "min-k-relevant"
    """What mAP@k, precision summed over relevant ranks, is divided by: up to rank k by min(k, R), with R relevant items in the
    database; at the first min(k, R) relevant ranks, however far down, by their number; up to rank k by the hits there, 0 without a
    hit, as most published programs and torchmetrics have it; or the same with queries without a hit left out."""
    no_relevant: NoRelevant = "skip"
    """Queries without a relevant item in the database: left out of the means, or counted as 0, as most published programs do."""
    ties: TieRule = "expected"
    """Rule for equal distances: mean over all orders, database row, whole block, or one of the two bounds."""
