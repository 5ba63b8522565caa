"""What the training pairs look like before any training: kNN lists, encoding tree, and who neighbours whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hint_train.graph import Csr, EncodingTree, NeighbourLists, TreeNeighbours, neighbour_lists, pair_graph

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

    from hint_train.config import Config
    from hint_train.data.pairs import TrainingPairs
    from hint_train.method import Modality


@dataclass(frozen=True, slots=True)
class Structure:
    """kNN lists of both modalities and, for the variants that use it, the encoding tree."""

    lists: dict[Modality, NeighbourLists]
    tree: EncodingTree | None

    def summary(self) -> dict[str, float]:
        """Entropy (bits) and height of the tree, and the sizes of its finest communities."""
        if self.tree is None:
            return {}
        sizes = np.unique(self.tree.communities(), return_counts=True)[1]
        return {
            "entropy": self.tree.entropy,
            "height": self.tree.height,
            "communities": len(sizes),
            "median_community": float(np.median(sizes)),
            "largest_community": int(sizes.max()),
        }

    def save(self, folder: Path) -> None:
        """Write the tree as `tree.npz`."""
        if self.tree is not None:
            self.tree.save(folder / "tree.npz")


def prepare(pairs: TrainingPairs, config: Config, device: torch.device) -> Structure:
    """Graph and tree of the training pairs (paper section 4.2)."""
    return build_structure({"image": pairs.image, "text": pairs.text}, config, device)


def build_structure(features: dict[Modality, NDArray[np.float32]], config: Config, device: torch.device) -> Structure:
    """Graph and tree of any two sets of N rows, features or hash outputs."""
    lists = {modality: neighbour_lists(x, config.graph, device) for modality, x in features.items()}
    if config.loss.variant in ("v1", "v2"):
        return Structure(lists, None)
    graph = pair_graph(lists["image"], lists["text"], config.graph)
    return Structure(lists, EncodingTree.build(graph, config.tree))


def neighbours(structure: Structure, config: Config, seed: int) -> dict[Modality, TreeNeighbours]:
    """N+ and N- of every pair in both modalities under the chosen variant (paper section 5.2, ablation).

    v1: the pair and nothing else. v2: kNN of the same modality, and the pair. Others: the tree's communities.
    """
    if structure.tree is not None:
        image, text = structure.tree.neighbours(config.proxy, seed)
        return {"image": image, "text": text}
    return {modality: _without_tree(lists, config) for modality, lists in structure.lists.items()}


def _without_tree(lists: NeighbourLists, config: Config) -> TreeNeighbours:
    n = len(lists.index)
    own = Csr(np.arange(n + 1, dtype=np.int64), np.arange(n, dtype=np.int64))
    if config.loss.variant == "v1":
        return TreeNeighbours(own, own)
    near = lists.index[:, : config.graph.k]
    k = near.shape[1]
    return TreeNeighbours(Csr(np.arange(0, n * k + 1, k, dtype=np.int64), near.ravel()), own)
