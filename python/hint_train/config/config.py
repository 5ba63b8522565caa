"""Every option of a run, its default and the reason for it.

Sections are tables of ``config.toml`` and groups of ``hint-train --help``; names are unique over all. Defaults change only here;
named changes of them are in `presets`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from hint_train.config.baselines import CmfhConfig, CvhConfig, DgcpnConfig, DjsrhConfig, UcchConfig
from hint_train.config.supervision import (
    AnchorConfig,
    BatchConfig,
    DchConfig,
    LabelConfig,
    LpihConfig,
    SrlchConfig,
)
from hint_train.config.vtm_options import VtmConfig

Variant = Literal["v1", "v2", "v3", "v4", "full"]
TieRule = Literal["expected", "index", "block", "optimistic", "pessimistic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphConfig:
    """The graph over the training pairs (paper Eq. 2); variant v1 uses none, and v2 its neighbours alone."""

    similarity: Literal["cosine", "l2", "l1"] = "cosine"
    """How neighbours are ranked inside one modality."""
    graph_features: Literal["auto", "plain", "centred", "sqrt"] = "auto"
    """Features whose neighbours are sought: as they are, less their mean, or signed square roots of unit length less their
    mean; auto takes per modality the one of the last two under which both modalities agree more."""
    k: int = 20
    """Nearest neighbours per row and modality (Eq. 2; the paper's 3). Unconfirmed ones weigh nothing, so many are safe."""
    knn: Literal["union", "mutual"] = "union"
    """Keep an edge when either end, or only when both ends, list the other."""
    edge_weight: Literal["unit", "similarity", "agreement"] = "agreement"
    """Weight of a kNN edge: 1, the similarity where positive, or for each direction listed a floor plus 1 if the other
    modality agrees."""
    agreement_k: int = 100
    """Edge weight agreement: a neighbour is confirmed when it is among this many in the other modality."""
    agreement_floor: float = 0.0
    """Edge weight agreement: weight of a neighbour that the other modality does not confirm; at 0 such edges vanish."""
    pairs: Literal["contract", "edge"] = "contract"
    """One graph node per pair, or two nodes joined by an edge. With unit pair edges 9 of 10 pairs are torn apart."""
    pair_edge: float = 1.0
    """Weight of the edge between the two ends of a pair when pairs are edges; 0 counts links inside a modality alone, as the words
    below Eq. 4 have it, and no community then holds both modalities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchConfig:
    """How HINT finds nearest neighbours."""

    search: Literal["exact", "cells"] = "exact"
    """All pairs of rows are compared; or only rows of the nearest cells of an inverted file, on the CPU (needs the extra `ann`)."""
    probe: float = 0.05
    """Search in cells: share of the cells, and so about of all rows, that a row looks into; 1 is exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeConfig:
    """The encoding tree of least structural entropy (paper Eq. 4); in HINT for variants v3, v4 and full."""

    height: int | None = 4
    """Greatest leaf depth (2: one level of communities, 4: three); None sets no limit. `vtm-uch` takes 2."""
    algorithm: Literal["auto", "merge-compress"] = "auto"
    """Builder; merge-compress is the paper's greedy."""
    effort: Literal["fast", "default", "best"] = "default"
    """How long the builder searches."""
    tree_seed: int = 0
    """Seed of the builder, apart from --seed so that all code lengths and seeds of a run share one tree."""
    rebuild_every: int = 0
    """Rebuild graph and tree from the hash outputs every so many epochs (HINT-ITER, App. C.8), by an update of the tree where at most a
    quarter of the edges changed; 0 never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyConfig:
    """Communities and their means (paper Eq. 5).

    The bank loss takes means over whole communities, own pair included; cap, include_self, include_pair, resample and
    encoder concern the proxies of L_hash, L_con and the MMD: they act where hash_loss is above 0, and in variants v4 and full.
    """

    level: int | None = None
    """Level of the community that gives the neighbours, counted from the root: 1 to --height less 1; None is the finest."""
    cap: int = 32
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
class MixupConfig:
    """Mixup of the two proxies with the weight lambda (paper Eq. 6).

    Kernels, bandwidth, MMD, estimator, profile and what is done with lambda act with variant v4 or full, whose lambda is the MMD.
    """

    kernels: Literal[1, 5] = 5
    """Gaussian kernels exp(-d^2 / 2 sigma^2) in the sum of the MMD; five have 1/4, 1/2, 1, 2, 4 times the base sigma^2."""
    bandwidth: Literal["median", "mean"] = "median"
    """Base sigma^2 from the pairwise squared distances of the pooled profiles."""
    mmd: Literal["squared", "root"] = "squared"
    """Lambda of Eq. 6 is the squared maximum mean discrepancy, or its root."""
    estimator: Literal["biased", "unbiased"] = "biased"
    """Of the MMD: biased is never negative, unbiased is clamped at 0."""
    profile: Literal["same", "opposite", "both"] = "same"
    """Outputs of which modality of the batch the proxies are compared with."""
    share_lambda: bool = False
    """One lambda for both modalities (their mean) instead of one each."""
    shared_mix: bool = False
    """One target for both modalities (the mean of the two mixtures) instead of one each."""
    lambda_momentum: float = 0.0
    """Share of the previous lambda kept at each step (0.9 smooths, 0 does not)."""
    mix_sign: Literal["tanh", "hard", "ste"] = "hard"
    """Surrogate of the sign in Eq. 6; `ste` passes gradients straight through a hard sign, and is no other than `hard` without mix_grad."""
    mix_grad: bool = False
    """Let gradients reach the proxies through the mixture; needs L_hash (a weight --hash-loss above 0), neighbours from
    --encoder reencode, and tanh or ste as the sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig:
    """The terms of the objective and their weights; a weight of 0 leaves a term out."""

    variant: Variant = "v3"
    """The paper's ablation: v1 pairs only, v2 kNN and pair, v3 tree with lambda 1, v4 tree with lambda from the MMD,
    full with the consistency loss. Mean mAP of both directions at 64 bits, 3 seeds, v1 to full: .765 .780 .796 .796 .796 on
    fashion20k, .408 .415 .424 .425 .425 on wikipedia-t100 and .771 .797 .863 .834 .835 on uci-mfeat."""
    hash_loss: float = 0.0
    """Weight of L_hash over the batch (Eq. 7)."""
    hash_tau: float = 0.3
    """Temperature of L_hash (the paper's 0.3), where --hash-loss is above 0."""
    hash_reduction: Literal["mean", "sum"] = "mean"
    """L_hash as the mean over the batch, or as the sum that Eq. 7 prints, which weighs it by the batch against the other terms."""
    logit_scale: Literal["by_L", "cosine", "none"] = "by_L"
    """Products of L_hash (Eq. 7) divided by L, by the norms, or by nothing (the literal text; saturates at L / tau)."""
    pair_loss: float = 1.0
    """Weight of the InfoNCE between the two outputs of a pair, over the batch, both directions added (Eq. 7 with the pair's other
    output as b)."""
    pair_tau: float = 0.9
    """Its temperature, on cosines."""
    bank_loss: float = 0.6
    """Weight of the contrast of an output with the mixtures b of all communities (Eq. 7 over the whole training set), both
    modalities added."""
    bank_tau: float = 0.5
    """Its temperature, on cosines."""
    sharpen: float = 0.0
    """Contrast a level the more sharply the more the modalities agree on its communities: its temperature is --bank-tau times
    1 - sharpen kappa, with kappa Cohen's for the communities named by most of a row's nearest images and of its nearest texts; the
    leaves keep --bank-tau.
    It pays where communities are about the classes and costs where they are finer: held-out training pairs at 64 bits, without
    the leaves, --bank-tau 1 --sharpen .99 against --bank-tau .7, .886 .838 on uci-mfeat, .376 .376 on wikipedia-t100, .714 .765 on
    4,000 pairs of fashion20k."""
    bank_levels: Literal["all", "communities", "one"] = "all"
    """Levels of the tree that are contrasted with, each with the same share of the weight: the communities of every level from the
    root down to the one that --level says and the leaves, where every pair is on its own; those without the leaves; or the
    communities of the one that --level says alone. Mean mAP of held-out training pairs at 16 and 64 bits, with the leaves and
    without them (there at --bank-tau 0.7): .722 .803 and .725 .787 on fashion20k, .822 .848 and .832 .840 on
    uci-mfeat, .344 .380 and .337 .375 on wikipedia-t100; mAP@50 gains .01 to .03."""
    bank_candidates: int = 1536
    """Most communities of a level that are contrasted with; where there are more, as many rows are drawn at each step, and their
    communities stand for all."""
    gamma: float = 0.1
    """Weight of L_con (Eq. 9 and 10) in variant full, and so of the four options below; with 1 and a small learning rate all
    codes collapse."""
    con_tau: float = 0.3
    """Temperature of the softmax that turns Eq. 9 into a distribution."""
    con_norm: Literal["softmax", "shift"] = "softmax"
    """How Eq. 9's cosines become probabilities: softmax, or shifted by 1 and divided by their sum."""
    kl: Literal["fm", "mf", "js"] = "fm"
    """Direction of Eq. 10: output to proxy as printed, proxy to output, or the Jensen-Shannon divergence."""
    exclude_own_pair: bool = False
    """Leave a row's own pair out of Eq. 9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """The two hash networks (paper Eq. 1)."""

    features: Literal["centred", "raw", "l2", "standard"] = "centred"
    """Inputs less the training mean and divided by one number, so that the mean squared norm is 100; as they are; rows of
    unit length; or columns of mean 0 and deviation 1 over the training rows."""
    hidden: int = 512
    """Width of the hidden layers (the paper's 512)."""
    layers: int = 2
    """Linear layers with ReLU between them; 1 is a linear hash function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserConfig:
    """Optimisation; the paper states none of it."""

    optimiser: Literal["adam", "sgd"] = "adam"
    """Adam, or SGD with momentum 0.9."""
    learning_rate: float = 1e-3
    """Step size."""
    schedule: Literal["linear-tail", "constant", "cosine", "step"] = "linear-tail"
    """Constant in the first half and linear to 2 % in the second, constant throughout, cosine to 0, or divided by 10 after
    half and after three quarters of the steps."""
    warmup: int = 20
    """Steps in which the step size rises linearly from 0."""
    weight_decay: float = 1e-6
    """L2 penalty: this times the weights is added to their gradients."""
    batch: int = 256
    """Pairs per step; the last incomplete batch of an epoch is dropped."""
    epochs: int | None = None
    """Passes over the training pairs; None takes as few as the two numbers below allow."""
    min_epochs: int = 13
    """Passes at least, which decide for 8,000 pairs and more in batches of 256."""
    min_steps: int = 400
    """Steps at least, which decide for fewer."""
    precision: Literal["float32", "bf16"] = "float32"
    """Arithmetic of the products in a training step; weights, memory bank and codes are float32 with either."""
    clip: float = 1.0
    """Greatest gradient norm; 0 does not clip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationConfig:
    """Retrieval in Hamming space; relevant means sharing a label."""

    cutoffs: tuple[int, ...] = (50, 5000)
    """Ranks k at which mAP@k is given beside mAP over the whole ranking: with R relevant items, 1 / min(k, R) times the sum over
    the first k ranks of relevance times precision."""
    ties: TieRule = "expected"
    """Rule for equal distances: mean over all orders, database row, whole block, or one of the two bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One run: a data set, a method, code lengths, seeds and every option."""

    dataset: str = "shapes"
    """An .npz file, or the name of a data set: shapes, which is built in, or mirflickr, nuswide, nuswide-tc21, coco or
    iapr-tc12, whose files lie in the folder that --data-dir names."""
    method: str = "hint"
    """hint, vtm-uch, ucch, djsrh, dgcpn, infonce, cvh or cmfh; with labels of a part of the pairs srlch, batch, dch or lpih."""
    bits: tuple[int, ...] = (16, 32, 64, 128)
    """Code lengths; they share features, graph and tree."""
    seed: int = 0
    """Seed of initial weights, batches and sampling."""
    seeds: int = 1
    """Runs with this many consecutive seeds, reported as mean, standard deviation and values."""
    data_dir: str | None = None
    """Folder that holds the files of a named data set."""
    device: str = "auto"
    """cpu, cuda, cuda:1, or auto for CUDA where there is one."""
    noise: float = 0.0
    """Share of the training pairs whose texts are exchanged among each other (App. C.6)."""
    checkpoint_seconds: float = 10.0
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
