"""What the training pairs look like before any training: kNN lists, encoding tree, and who neighbours whom."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hint_train.graph import Csr, EncodingTree, NeighbourLists, TreeNeighbours, neighbour_lists, pair_graph
from hint_train.transform import GraphView, choose

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

    from hint_train.config import Config
    from hint_train.data.pairs import TrainingPairs
    from hint_train.method import Modality

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Structure:
    """kNN lists of both modalities and, where the variant uses one and the graph has an edge, the encoding tree.

    `levels` holds the community of every row at each level that outputs are contrasted with, from the root down, where the
    last is that of the proxies; without a tree it is one level, and every pair a community of its own.
    """

    lists: dict[Modality, NeighbourLists]
    tree: EncodingTree | None
    levels: tuple[dict[Modality, NDArray[np.int64]], ...]

    def summary(self) -> dict[str, float]:
        """Entropy (bits) and height of the tree; number and sizes of the last level's communities, and the share alone in one."""
        labels = self.levels[-1]
        if self.tree is None:
            return {"communities": len(labels["image"]), "alone": 1.0}
        nodes = labels["image"] if self.tree.contracted else np.concatenate(list(labels.values()))
        sizes = np.bincount(nodes)
        return {
            "entropy": self.tree.entropy,
            "height": self.tree.height,
            "communities": len(sizes),
            "median_community": float(np.median(sizes)),
            "largest_community": int(sizes.max()),
            "alone": float((sizes == 1).sum() / len(nodes)),
        }

    def notes(self) -> tuple[str, ...]:
        """No notes."""
        return ()

    def save(self, folder: Path) -> None:
        """Write the tree as `tree.npz`."""
        if self.tree is not None:
            self.tree.save(folder / "tree.npz")


def prepare(pairs: TrainingPairs, config: Config, device: torch.device) -> Structure:
    """Graph and tree of the training pairs (paper section 4.2)."""
    return build_structure({"image": pairs.image, "text": pairs.text}, config, device)


def build_structure(features: dict[Modality, NDArray[np.float32]], config: Config, device: torch.device) -> Structure:
    """Graph and tree of any two sets of N rows, features or hash outputs.

    A graph without edges is no fault: no neighbourhood is shared by the modalities, so the tree has nothing to say, and every
    pair is a community of its own.
    """
    n = len(features["image"])
    alone = ({m: np.arange(n, dtype=np.int64) for m in features},)
    how = choose(features["image"], features["text"], config.graph, config.tree.tree_seed, device)
    _log.info("features for the graph: image %s, text %s", *how)
    lists = {
        modality: neighbour_lists(GraphView(x, h), config.graph, device)
        for (modality, x), h in zip(features.items(), how, strict=True)
    }
    if config.loss.variant in ("v1", "v2"):
        return Structure(lists, None, alone)
    graph = pair_graph(lists["image"], lists["text"], config.graph)
    if len(graph.edges) == 0:
        _log.warning("no edge of the graph is left, so the tree is not used: every pair is a community of its own")
        return Structure(lists, None, alone)
    tree = EncodingTree.build(graph, config.tree)
    last = config.proxy.level
    above = range(1, tree.height - 1 if last is None else last) if config.loss.bank_levels == "all" else ()
    found = [tree.communities(level) for level in (*above, last)]
    return Structure(lists, tree, tuple({"image": x[:n], "text": x[-n:]} for x in found))


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
    if config.loss.variant != "v2":
        return TreeNeighbours(own, own)
    near = lists.index[:, : config.graph.k]
    k = near.shape[1]
    return TreeNeighbours(Csr(np.arange(0, n * k + 1, k, dtype=np.int64), near.ravel()), own)
