"""Options of VTM-UCH, and its presets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Literal

from hint_train.config.ranges import Count, Finite, Range, Share, Weight
from hint_train.config.sections import NetworkConfig, OptimiserConfig, TreeConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hint_train.methods.config import Config, Preset

Target = Literal["code", "figure", "joint", "communities"]

MAX_CLUSTERS = 64
"""Clusters of a text are the bits of one integer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VtmConfig:
    """`--method vtm-uch` alone: similarities, communities and target of VTM-UCH (AAAI 2025)."""

    vtm_clusters: Annotated[int, Range(1, MAX_CLUSTERS)] = 32
    """Clusters of objects, at most 64; two texts are similar when words of both belong to one (the program's default)."""
    vtm_objects: Literal["all", "half", "whole"] = "all"
    """Objects of each image that count: all, those before half of the greatest number as in the published program, which
    cuts the whole image off crowded pictures, or the whole image alone (the ablation Img)."""
    vtm_depicted: Weight = 0.3
    """Data without words: a word counts when the mean of its images lies this far from the mean of all, as a share of the
    root mean squared distance of an image. 0 counts every word, and then nearly all texts are similar."""
    vtm_kappa: Finite = 1.1
    """Images are similar above mean + this many standard deviations of their normalised similarity."""
    vtm_symmetry: Literal["none", "mean", "max"] = "none"
    """Similarities are normalised by rows: keep the two directions apart as the published program does, or take their
    mean or maximum. On held-out training pairs at 64 bits the three differ by .02 at most, none of them always ahead."""
    vtm_partners: Count = 512
    """Pairs that each pair is compared with for the graph, drawn at random; all where there are fewer. An edge takes some 160
    bytes while communities are sought, and one to three of ten comparisons give one."""
    vtm_communities: Literal["tree", "leiden"] = "tree"
    """Communities of the graph: of least structural entropy, with the options of the tree, or of greatest modularity by
    Leiden (needs the extra `leiden`)."""
    vtm_target: Target = "code"
    """What products of codes are fitted to: the published program's target, in which neighbourhoods and refined communities
    agree or a graded similarity decides; the paper's figure, +1 where both agree and -1 elsewhere; and the ablations
    without communities (Nocomm) and with communities alone (Comm)."""
    vtm_densify: bool = True
    """Refine communities among their means and the midpoints of these, or among their means alone."""
    vtm_centres: Literal["image", "text", "both"] = "image"
    """Features whose means refine the communities."""
    vtm_rho: Share = 0.1
    """Weight of the texts' own products in the similarity loss; the images' have the rest up to 1."""
    vtm_align: Weight = 1.0
    """Weight of the alignment loss."""


def faults(config: Config) -> Iterator[str]:
    """What cannot be run here, in words."""
    if config.vtm.vtm_communities == "leiden" and find_spec("sknetwork") is None:
        yield "--vtm-communities leiden needs scikit-network, which is not installed: pip install '.[leiden]' in the sources of hint-se"


def preset(base: Config, name: Preset) -> Config:
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
