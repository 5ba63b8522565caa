"""Options of VTM-UCH, one frozen section."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Target = Literal["code", "figure", "joint", "communities"]

MAX_CLUSTERS = 64
"""Clusters of a text are the bits of one integer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VtmConfig:
    """`--method vtm-uch` alone: similarities, communities and target of VTM-UCH (AAAI 2025)."""

    vtm_clusters: int = 32
    """Clusters of objects, at most 64; two texts are similar when words of both belong to one (the program's default)."""
    vtm_objects: Literal["all", "half", "whole"] = "all"
    """Objects of each image that count: all, those before half of the greatest number as in the published program, which
    cuts the whole image off crowded pictures, or the whole image alone (the ablation Img)."""
    vtm_depicted: float = 0.3
    """Data without words: a word counts when the mean of its images lies this far from the mean of all, as a share of the
    root mean squared distance of an image. 0 counts every word, and then nearly all texts are similar."""
    vtm_kappa: float = 1.1
    """Images are similar above mean + this many standard deviations of their normalised similarity."""
    vtm_symmetry: Literal["none", "mean", "max"] = "none"
    """Similarities are normalised by rows: keep the two directions apart as the published program does, or take their
    mean or maximum. On held-out training pairs at 64 bits the three differ by .02 at most, none of them always ahead."""
    vtm_partners: int = 512
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
    vtm_rho: float = 0.1
    """Weight of the texts' own products in the similarity loss; the images' have the rest up to 1."""
    vtm_align: float = 1.0
    """Weight of the alignment loss."""


def faults(options: VtmConfig) -> Iterator[str]:
    """Every value that cannot be run, in words."""
    if not 1 <= options.vtm_clusters <= MAX_CLUSTERS:
        yield f"--vtm-clusters must lie between 1 and {MAX_CLUSTERS}, got {options.vtm_clusters}"
    if not 0 <= options.vtm_rho <= 1:
        yield f"--vtm-rho must lie between 0 and 1, got {options.vtm_rho:g}"
    if not options.vtm_partners >= 1:
        yield f"--vtm-partners must be at least 1, got {options.vtm_partners}"
    for name, value in {"--vtm-depicted": options.vtm_depicted, "--vtm-align": options.vtm_align}.items():
        if not value >= 0:  # also catches NaN
            yield f"{name} must be at least 0, got {value:g}"
    if not math.isfinite(options.vtm_kappa):
        yield f"--vtm-kappa must be finite, got {options.vtm_kappa:g}"
    if options.vtm_communities == "leiden" and find_spec("sknetwork") is None:
        yield "--vtm-communities leiden needs scikit-network, which is not installed: pip install 'hint-se[leiden]'"
