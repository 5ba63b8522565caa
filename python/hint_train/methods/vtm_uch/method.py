"""VTM-UCH: products of codes fitted to similarities that vision lends to texts and communities straighten.

Vision-guided text mining for unsupervised cross-modal hashing with community similarity quantization, AAAI 2025; where the
abstract leaves a choice, as the framework figure or the authors' public program makes it. Written from the equations.

Deviations from that program, all of them known:

* Features. Text features are taken as they are, where the program also trains the text tower of CLIP. By default they are centred
  and scaled for the networks, all objects count, and there are 32 clusters on every set, its own default; `--preset paper` has raw
  features and the first half of the objects. Data without objects or words get the stand-ins that the run's notes name.
* Clusters. k-means begins with k-means++ on a sample of 64 rows per cluster, not with random ones of all rows, and ends after 50
  rounds.
* Similarities. Rows of p are measured (norm, mean, deviation, least and greatest entry) on 4,096 columns drawn at random, which
  is exact for no more pairs than that, and what lies outside a row's range is clipped. Greatest cosines count as they are and are divided by the
  true numbers of objects, where the program pads with zeros and drops what is negative. No N x N matrix exists.
* Graph and communities. Without loops. By default on a random share of the edges, 512 partners for each pair, and of least structural
  entropy; `--preset paper` compares all pairs and takes Leiden, seeded, by scikit-network in place of cdlib. Midpoints between
  means are left out beyond 128 communities.
* Loss. Products are divided by the code length, which leaves the minimum where it is. Hadamard centres, which the program builds and
  never uses, are left out.
* Optimisation. Adam, not BertAdam: the gradient is clipped as a whole and not for each parameter, moments are corrected for their
  start, warm-up is 80 steps and not 5 % of them, and weight decay is an L2 penalty of 1e-6, not a decoupled 0.01. The last incomplete
  batch of an epoch is dropped. Default options (`--preset default`) have the schedule of every method here.
* Selection. The last epoch is kept, not the one with the best labelled mAP; equal distances are ranked by `--ties`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import mse_loss

from hint_train.data.parts import Ragged
from hint_train.methods.vtm_uch.centroids import cluster, nearest_centres, refined
from hint_train.methods.vtm_uch.leiden import leiden
from hint_train.methods.vtm_uch.object_similarity import JointSimilarity, ObjectTable
from hint_train.methods.vtm_uch.vision_text import best_visions, cluster_masks, depicted_words, is_bag_of_words
from hint_train.structure.encoding_tree import EncodingTree
from hint_train.structure.pair_graph import PairGraph
from hint_train.training.method import (
    Batch,
    MethodEntry,
    TrainingSet,
    derived_seed,
    generator,
)
from hint_train.training.two_networks import TwoNetworks, networks_for

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from hint_train.data.pairs import TrainingPairs
    from hint_train.methods.config import Config
    from hint_train.methods.vtm_uch.options import Target, VtmConfig

_WEIGHTS = 0  # purpose of a random draw of one run
_CLUSTERS, _COLUMNS, _EDGES, _LEIDEN = range(4)  # purposes of draws that all code lengths and seeds share
_N_COLUMNS = 4096
"""Columns that rows of p are measured on, drawn at random; all where there are fewer, and the figures are exact then."""
_CROWDED = 0.5
"""Share of similar pairs that is worth a note."""


def similarity_loss(image: Tensor, text: Tensor, target: Tensor, rho: float) -> Tensor:
    """Products of outputs (B, L) against the target S (B, B).

    rho mse(F^t F^t' / L, S) + (1 - rho) mse(F^v F^v' / L, S) + mse(F^v F^t' / L, S); 0 for codes whose products are S.
    """
    images, texts, across = _products(image, text)
    return rho * mse_loss(texts, target) + (1 - rho) * mse_loss(images, target) + mse_loss(across, target)


def alignment_loss(image: Tensor, text: Tensor) -> Tensor:
    """Mean squared differences between products (divided by L) within and across modalities: all three pairs, added."""
    images, texts, across = _products(image, text)
    return mse_loss(images, texts) + mse_loss(across, images) + mse_loss(across, texts)


def _products(image: Tensor, text: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    bits = image.shape[1]
    return image @ image.T / bits, text @ text.T / bits, image @ text.T / bits


def target_of(kind: Target, joint: Tensor, graded: Tensor, together: Tensor) -> Tensor:
    """S (A, B) from S^f and sharing a community, both bool, and the graded similarity.

    `code`: +1 where both say yes, -1 where both say no, else the graded similarity. `figure`: +1 where both say yes, else -1.
    `joint`: S^f. `communities`: S^c.
    """
    if kind == "code":
        return torch.where(joint == together, 2.0 * joint - 1, graded)
    if kind == "figure":
        return 2.0 * (joint & together) - 1
    return 2.0 * (joint if kind == "joint" else together) - 1


@dataclass(frozen=True, slots=True)
class Guidance:
    """Similarities and communities of the training pairs; a target for any batch of them.

    `communities` (N,) int64 are those that the target compares: refined ones for `code`, the graph's own otherwise.
    """

    similarity: JointSimilarity
    communities: Tensor
    kind: Target
    tree: EncodingTree | None
    figures: dict[str, float]
    remarks: tuple[str, ...]

    def target(self, rows: Tensor) -> Tensor:
        """S (B, B) of the training pairs `rows`."""
        joint, graded = self.similarity.block(rows, rows)
        own = self.communities[rows]
        return target_of(self.kind, joint, graded, own[:, None] == own)

    def summary(self) -> dict[str, float]:
        """Objects, texts without a cluster, similar pairs, edges and communities; entropy (bits) where a tree was built."""
        return self.figures

    def notes(self) -> tuple[str, ...]:
        """What stands in for objects and words, and whether nearly all pairs are similar."""
        return self.remarks

    def save(self, folder: Path) -> None:
        """Write the tree as `tree.npz`."""
        if self.tree is not None:
            self.tree.save(folder / "tree.npz")


def prepare(pairs: TrainingPairs, config: Config, device: torch.device) -> Guidance:
    """Similarities, graph and communities of the training pairs."""
    options, seed = config.vtm, config.tree.tree_seed
    objects, remarks = _objects(pairs, options)
    masks, words = _text_masks(pairs, objects, options, derived_seed(seed, _CLUSTERS))
    compared = _first_half(objects) if options.vtm_objects == "half" else objects
    columns = np.sort(np.random.default_rng(derived_seed(seed, _COLUMNS)).permutation(len(pairs))[:_N_COLUMNS])
    similarity = JointSimilarity.fit(
        ObjectTable.from_ragged(compared, device),
        torch.from_numpy(masks).to(device),
        torch.from_numpy(columns).to(device),
        options.vtm_kappa,
        options.vtm_symmetry,
    )
    figures = {"objects": len(objects.rows), "texts_without_cluster": float((masks == 0).mean())}
    figures["similar"] = _similar_share(similarity, len(pairs))
    if figures["similar"] > _CROWDED:
        words = (
            *words,
            f"{figures['similar']:.0%} of the pairs count as similar, which says little: too few clusters?",
        )
    if options.vtm_target == "joint":
        nobody = torch.zeros(len(pairs), dtype=torch.long, device=device)
        return Guidance(similarity, nobody, "joint", None, figures, (*remarks, *words))
    edges = similarity.edges(options.vtm_partners, derived_seed(seed, _EDGES)).cpu().numpy()
    found, tree = _communities(edges, len(pairs), config)
    figures |= _sizes("communities", found) | {"edges": len(edges)} | ({"entropy": tree.entropy} if tree else {})
    if options.vtm_target == "code":
        found = refined(_centre_features(pairs, options), found, densify=options.vtm_densify)
        figures |= _sizes("refined_communities", found)
    labels = torch.from_numpy(found).to(device)
    return Guidance(similarity, labels, options.vtm_target, tree, figures, (*remarks, *words))


def _objects(pairs: TrainingPairs, options: VtmConfig) -> tuple[Ragged, tuple[str, ...]]:
    """Objects of every image, and a note where there are none."""
    n, objects = len(pairs), pairs.parts.objects
    if objects is None:
        return Ragged(pairs.image, np.arange(n + 1)), ("no objects in the data: the whole image is the only object",)
    if options.vtm_objects == "whole":
        return Ragged(objects.rows[objects.ptr[1:] - 1], np.arange(n + 1)), ("objects were left out by --vtm-objects",)
    return objects, ()


def _first_half(objects: Ragged) -> Ragged:
    """The objects before half of the greatest number, one at least; the whole image, which is last, goes first."""
    kept = np.minimum(objects.counts, max(1, int(objects.counts.max()) // 2))
    place = np.arange(len(objects.rows)) - objects.ptr[objects.owners]
    return Ragged(objects.rows[place < kept[objects.owners]], np.concatenate([[0], np.cumsum(kept)]))


def _text_masks(
    pairs: TrainingPairs, objects: Ragged, options: VtmConfig, seed: int
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Clusters of every text as bits, and a note where the data has no words."""
    n, words = len(pairs), pairs.parts.words
    labels, centres = cluster(objects.rows, options.vtm_clusters, seed)
    if words is not None:
        unit = () if pairs.parts.word_unit == "word" else ("words are byte-pair tokens",)
        # Words need no comparison, and no common space, where there is one object to match.
        matched = words.owners if len(objects.rows) == n else best_visions(words, objects)
        return cluster_masks(words.owners, labels[matched], n), unit
    whole = objects.ptr[1:] - 1
    if not is_bag_of_words(pairs.text):
        note = "text is no bag of words: each text is one word whose vision is its own image"
        return cluster_masks(np.arange(n, dtype=np.int64), labels[whole], n), (note,)
    said, visions = depicted_words(pairs.text, objects.rows[whole], options.vtm_depicted)
    note = (
        "no words in the data: a word's vision is the mean of the training images whose text holds it, "
        f"and {len(visions)} of {pairs.text.shape[1]} words have one"
    )
    return cluster_masks(said.owners, nearest_centres(visions, centres)[said.words], n), (note,)


def _communities(edges: NDArray[np.int64], n: int, config: Config) -> tuple[NDArray[np.int64], EncodingTree | None]:
    """Community of every pair; pairs without an edge share one."""
    tree = None
    if config.vtm.vtm_communities == "leiden":
        found = leiden(edges, n, config.tree.tree_seed)
    else:
        tree = EncodingTree.build(PairGraph(edges, np.ones(len(edges)), n, contracted=True), config.tree)
        found = tree.communities(None)
    found[np.bincount(edges.ravel(), minlength=n) == 0] = n
    return np.unique(found, return_inverse=True)[1].astype(np.int64), tree


def _centre_features(pairs: TrainingPairs, options: VtmConfig) -> NDArray[np.float32]:
    """Features whose means are the centres; of both modalities, each less its mean and of mean squared norm 1."""
    if options.vtm_centres != "both":
        return pairs.image if options.vtm_centres == "image" else pairs.text
    centred = [x - x.mean(axis=0) for x in (pairs.image, pairs.text)]
    norms = [max(float(np.square(x).sum(axis=1).mean()) ** 0.5, 1e-12) for x in centred]
    return np.hstack([x / np.float32(norm) for x, norm in zip(centred, norms, strict=True)])


def _similar_share(similarity: JointSimilarity, n: int) -> float:
    """Share of S^f = +1 among the first 1,024 pairs, each with the others."""
    rows = torch.arange(min(n, 1024), device=similarity.masks.device)
    joint = similarity.block(rows, rows)[0]
    return float(joint.sum() - joint.diagonal().sum()) / (len(rows) * (len(rows) - 1))


def _sizes(name: str, labels: NDArray[np.int64]) -> dict[str, float]:
    sizes = np.bincount(labels)
    return {name: len(sizes), f"largest_of_{name}": int(sizes.max())}


class VtmUch(TwoNetworks):
    """Networks of one run; a `Method`. Outputs are tanh of the networks'."""

    def __init__(self, guidance: Guidance, train: TrainingSet, config: Config, bits: int, seed: int) -> None:
        self._guidance, self._options = guidance, config.vtm
        super().__init__(networks_for(train, bits, config.network, generator(seed, _WEIGHTS)))

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The terms `similarity` and `align`."""
        options = self._options
        image, text = map(torch.tanh, self.outputs(batch))
        target = self._guidance.target(batch.index)
        terms = {"similarity": similarity_loss(image, text, target, options.vtm_rho)}
        if options.vtm_align:
            terms["align"] = options.vtm_align * alignment_loss(image, text)
        return terms


ENTRY = MethodEntry(prepare, VtmUch)
