"""Options of HINT, its presets, and what they may not be together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

from hint_train.config.ranges import Count, Positive, Range, Weight
from hint_train.config.sections import GraphConfig, NetworkConfig, OptimiserConfig, ProxyConfig, TreeConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hint_train.methods.config import Config, Preset

Variant = Literal["v1", "v2", "v3", "v4", "full"]


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
    lambda_momentum: Annotated[float, Range(0, 1, open_high=True)] = 0.0
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
    hash_loss: Weight = 0.0
    """Weight of L_hash over the batch (Eq. 7)."""
    hash_tau: Positive = 0.3
    """Temperature of L_hash (the paper's 0.3), where --hash-loss is above 0."""
    hash_reduction: Literal["mean", "sum"] = "mean"
    """L_hash as the mean over the batch, or as the sum that Eq. 7 prints, which weighs it by the batch against the other terms."""
    logit_scale: Literal["by_L", "cosine", "none"] = "by_L"
    """Products of L_hash (Eq. 7) divided by L, by the norms, or by nothing (the literal text; saturates at L / tau)."""
    pair_loss: Weight = 1.0
    """Weight of the InfoNCE between the two outputs of a pair, over the batch, both directions added (Eq. 7 with the pair's other
    output as b)."""
    pair_tau: Positive = 0.9
    """Its temperature, on cosines."""
    bank_loss: Weight = 0.6
    """Weight of the contrast of an output with the mixtures b of all communities (Eq. 7 over the whole training set), both
    modalities added."""
    bank_tau: Positive = 0.4
    """Its temperature, on cosines."""
    walk: Annotated[int, Range(0, 100)] = 8
    """Steps of the random walks on the graph whose ends say how much of a row belongs to which community of the coarsest level, half as
    many at each level below, at least one; 0 gives each row its own community alone. A row between two communities is drawn to
    both, and those with many edges between them come to lie near each other. Where a level has more communities than
    --bank-candidates each row has its own."""
    mismatch: Annotated[float, Range(0, 1)] = 1.0
    """Take pairs apart as far as they may be mismatched, times this; 0 takes every pair as given. How likely that is says the local
    false discovery rate of pairs whose image and text share as few near neighbours as halves of different pairs do. So far the two
    rows of a pair are drawn to the communities of their own nearest rows, where --walk draws them to several, and the pair
    counts the less in --pair-loss."""
    sharpen: Annotated[float, Range(0, 1, open_high=True)] = 0.5
    """Contrast a level the more sharply the more the modalities agree on its communities: its temperature is --bank-tau times
    1 - sharpen kappa, with kappa Cohen's for the communities named by most of a row's nearest images and of its nearest texts; the
    leaves keep --bank-tau."""
    bank_levels: Literal["all", "communities", "one"] = "all"
    """Levels of the tree that are contrasted with, each with the same share of the weight: the communities of every level from the
    root down to the one that --level says and the leaves, where every pair is on its own; those without the leaves; or the
    communities of the one that --level says alone. Mean mAP of held-out training pairs at 16 and 64 bits, with the leaves and
    without them (there at --bank-tau 0.7): .722 .803 and .725 .787 on fashion20k, .822 .848 and .832 .840 on
    uci-mfeat, .344 .380 and .337 .375 on wikipedia-t100; mAP@50 gains .01 to .03."""
    bank_candidates: Count = 1536
    """Most communities of a level that are contrasted with; where there are more, as many rows are drawn at each step, and their
    communities stand for all."""
    gamma: Weight = 0.1
    """Weight of L_con (Eq. 9 and 10) in variant full, and so of the four options below; with 1 and a small learning rate all
    codes collapse."""
    con_tau: Positive = 0.3
    """Temperature of the softmax that turns Eq. 9 into a distribution."""
    con_norm: Literal["softmax", "shift"] = "softmax"
    """How Eq. 9's cosines become probabilities: softmax, or shifted by 1 and divided by their sum."""
    kl: Literal["fm", "mf", "js"] = "fm"
    """Direction of Eq. 10: output to proxy as printed, proxy to output, or the Jensen-Shannon divergence."""
    exclude_own_pair: bool = False
    """Leave a row's own pair out of Eq. 9."""


def faults(config: Config) -> Iterator[str]:
    """What these options may not be together, in words."""
    if config.search.search == "approximate" and config.graph.similarity != "cosine":
        yield f"--search approximate knows no --similarity {config.graph.similarity}; take exact, or cosine"
    loss = config.loss
    if loss.hash_loss == loss.pair_loss == loss.bank_loss == 0:
        yield "at least one of --hash-loss, --pair-loss and --bank-loss must be greater than 0"
    level, height = config.proxy.level, config.tree.height
    # Level `height` is that of the leaves: every pair alone. Only HINT takes communities of a level.
    if config.method == "hint" and level is not None and height is not None and 1 <= height <= level:
        which = f"levels 1 to {height - 1} make communities" if height > 1 else "such a tree has no communities"
        yield f"--level must be less than --height, got {level} and {height}: {which}"


def preset(base: Config, name: Preset) -> Config:
    """What measures best; the paper's text taken literally; or that with the optimiser of DEMO.

    The paper preset keeps raw features, 3 neighbours, unit weights, pair edges, the greedy tree, in-batch negatives and no term
    beyond Eq. 7 and Eq. 10. Products are divided by L: without it the softmax of Eq. 7 saturates at any length above 16 bits.
    The sum of Eq. 7 is a mean, as that of Eq. 10 is (--hash-reduction sum is as printed). The paper states no optimiser; `demo`
    is `paper` with that of DEMO (arXiv 2405.11496), the work that HINT's experiments follow: stochastic gradient descent with
    step size 1e-3 and batches of 128. In as few epochs that hardly trains: .12 at 64 bits on uci-mfeat, where chance is .10 and
    `paper` has .60.
    """
    if name == "default":
        return base
    optimiser = OptimiserConfig(schedule="constant", warmup=0, batch=128, min_epochs=20, min_steps=800)
    return replace(
        base,
        graph=GraphConfig(graph_features="plain", k=3, edge_weight="unit", pairs="edge"),
        tree=TreeConfig(height=None, algorithm="merge-compress"),
        proxy=ProxyConfig(resample="static"),
        mixup=MixupConfig(mix_sign="tanh"),
        loss=LossConfig(variant="full", hash_loss=1.0, pair_loss=0.0, bank_loss=0.0, mismatch=0.0),
        network=NetworkConfig(features="raw"),
        optimiser=optimiser if name == "paper" else replace(optimiser, optimiser="sgd"),
    )
