"""Named sets of options: what measures best, and the form of a paper's text."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

from hint_train.config.config import (
    Config,
    GraphConfig,
    LossConfig,
    MixupConfig,
    NetworkConfig,
    OptimiserConfig,
    ProxyConfig,
    TreeConfig,
)
from hint_train.config.vtm_options import VtmConfig
from hint_train.errors import ConfigError

Preset = Literal["default", "paper", "demo"]


def preset(name: Preset, method: str = "hint") -> Config:
    """Options of a method under a name: `default`, or `paper`, as literal as its paper's text allows, or `demo`.

    The paper preset keeps raw features, 3 neighbours, unit weights, pair edges, the greedy tree, in-batch negatives and no term
    beyond Eq. 7 and Eq. 10. Products are divided by L: without it the softmax of Eq. 7 saturates at any length above 16 bits.
    The sum of Eq. 7 is a mean, as that of Eq. 10 is (--hash-reduction sum is as printed). The paper states no optimiser; `demo`
    is `paper` with that of DEMO (arXiv 2405.11496), the work that HINT's experiments follow: stochastic gradient descent with
    step size 1e-3 and batches of 128. In as few epochs that hardly trains: .12 at 64 bits on uci-mfeat, where chance is .10 and
    `paper` has .60. For other methods it is `paper`.
    """
    if name not in get_args(Preset):
        raise ConfigError(f"unknown preset {name!r}; expected one of {', '.join(get_args(Preset))}")
    base = Config(method=method)
    if method in ("infonce", "ucch"):
        return _baseline(base, name)
    if method == "vtm-uch":
        return _vtm_uch(base, name)
    if name == "default" or method != "hint":
        return base
    paper = _hint_paper(base)
    if name == "paper":
        return paper
    return replace(paper, optimiser=replace(paper.optimiser, optimiser="sgd"))


def _hint_paper(base: Config) -> Config:
    return replace(
        base,
        graph=GraphConfig(graph_features="plain", k=3, edge_weight="unit", pairs="edge"),
        tree=TreeConfig(height=None, algorithm="merge-compress"),
        proxy=ProxyConfig(resample="static"),
        mixup=MixupConfig(mix_sign="tanh"),
        loss=LossConfig(variant="full", hash_loss=1.0, pair_loss=0.0, bank_loss=0.0),
        network=NetworkConfig(features="raw"),
        optimiser=OptimiserConfig(schedule="constant", warmup=0, batch=128, min_epochs=20, min_steps=800),
    )


def _baseline(base: Config, name: Preset) -> Config:
    """The settings that the published or known figures of a rival were made with."""
    optimiser = OptimiserConfig(learning_rate=1e-4, schedule="constant", warmup=0, batch=256, epochs=20)
    hidden = 512 if base.method == "infonce" else 1024 if name == "default" else 8192
    return replace(base, network=NetworkConfig(features="raw", hidden=hidden), optimiser=optimiser)


def _vtm_uch(base: Config, name: Preset) -> Config:
    """The published width, and a partition as communities; as `paper` also the published similarities, communities and optimiser.

    On held-out training pairs at 64 bits, mean mAP of both directions: 2,048 units .698 .632 .278, 512 units .654 .604 .285 on
    fashion20k, uci-mfeat and wikipedia-t100.

    As `paper` the graph compares all pairs of training sets of up to 10,001, which all published ones are: 13 million edges and
    2.6 GB for fashion20k. In a larger set each pair meets 10,000 others, and memory grows linearly from there; --vtm-partners
    lowers it. The program's weight decay of 0.01 is decoupled: with its step size it takes a millionth off the weights per step.
    Here decay is an L2 penalty inside Adam, where 0.01 outweighs the losses and collapses the codes (.17 to .13 on shapes, .24 to
    .11 on uci-mfeat at 64 bits), so it stays at 1e-6.
    """
    base = replace(base, tree=TreeConfig(height=2))
    if name == "default":
        return replace(base, network=NetworkConfig(hidden=2048))
    return replace(
        base,
        vtm=VtmConfig(vtm_objects="half", vtm_communities="leiden", vtm_partners=10_000),
        network=NetworkConfig(features="raw", hidden=2048),
        optimiser=OptimiserConfig(learning_rate=1e-4, schedule="cosine", warmup=80, batch=128, epochs=20),
    )
