#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hint_se/graph/graph.hpp"

namespace hint_se {

/// A rooted tree whose leaves are the nodes of a graph, as flat arrays.
///
/// Invariants: ids 0..n_leaves-1 are the leaves; parent[i] > i but for the root, which is last with parent
/// -1, so one forward loop is bottom-up and one backward loop top-down; each inner node has a child. `volume`
/// is the sum of the degrees below, `cut` the weight of the edges with exactly one end below (0 at the root);
/// a leaf's volume is its cut and, where the graph has one, its extra volume.
struct Tree {
    NodeId n_leaves = 0;
    std::vector<NodeId> parent;
    std::vector<double> volume;
    std::vector<double> cut;
};

struct Csr {
    std::vector<std::int64_t> indptr;
    std::vector<NodeId> indices;
};

/// Throws TreeError naming the first broken invariant of a parent array over `n_leaves` leaves.
void validate_parent(std::span<const NodeId> parent, NodeId n_leaves);

/// Volumes and cuts of a valid parent array over the nodes of a graph. O(t + nnz log t).
[[nodiscard]] Tree tree_from_parent(const GraphView& graph, std::span<const NodeId> parent, Monitor& monitor);

/// Brings any rooted parent array (root: -1, leaves 0..n_leaves-1, inner ids arbitrary) into the form of
/// `Tree`: nodes without a leaf below are dropped, nodes with one child contracted, inner ids given bottom-up
/// by height above the leaves, then by the smallest leaf below, so that equal trees have equal arrays.
/// `original`, if given, is filled with the old id of each node. O(t).
[[nodiscard]] std::vector<NodeId> canonical_parent(std::span<const NodeId> parent, NodeId n_leaves,
                                                   std::vector<NodeId>* original = nullptr);

/// The tree of a canonical parent array of which is known, for each node, twice the weight it joins. O(n +
/// t).
[[nodiscard]] Tree tree_from_joined(const GraphView& graph, std::vector<NodeId> parent,
                                    std::span<const double> joined);

/// Leaves in depth-first order: those of each node are neighbours in it. (n_leaves,)
[[nodiscard]] std::vector<NodeId> leaf_order(std::span<const NodeId> parent, NodeId n_leaves);

/// Edges from the root to each node. (t,)
[[nodiscard]] std::vector<NodeId> depths(std::span<const NodeId> parent);

/// Children of each tree node. Leaves have empty rows.
[[nodiscard]] Csr children(std::span<const NodeId> parent);

/// For each leaf its ancestor `level` edges below the root, or the leaf itself where it is higher; as ids 0..
/// in order of first appearance. (n_leaves,)
[[nodiscard]] std::vector<NodeId> labels(std::span<const NodeId> parent, NodeId n_leaves, NodeId level);

/// Leaves below a node, increasing.
[[nodiscard]] std::vector<NodeId> leaves(std::span<const NodeId> parent, NodeId n_leaves, NodeId node);

/// Lowest common ancestors in O(log t) each, by heavy paths; O(t) to build.
class AncestorIndex {
  public:
    explicit AncestorIndex(std::span<const NodeId> parent);

    [[nodiscard]] NodeId common(NodeId u, NodeId v) const {
        // Ids rise towards the root, so the head with the smaller id cannot be above the other path.
        while (head_[static_cast<std::size_t>(u)] != head_[static_cast<std::size_t>(v)]) {
            const NodeId hu = head_[static_cast<std::size_t>(u)];
            const NodeId hv = head_[static_cast<std::size_t>(v)];
            if (hu < hv) {
                u = parent_[static_cast<std::size_t>(hu)];
            } else {
                v = parent_[static_cast<std::size_t>(hv)];
            }
        }
        return u > v ? u : v;
    }

    /// The child of `ancestor` on the way down to `v`, which is strictly below it.
    [[nodiscard]] NodeId child_towards(NodeId ancestor, NodeId v) const {
        NodeId child = -1;
        while (head_[static_cast<std::size_t>(v)] != head_[static_cast<std::size_t>(ancestor)]) {
            child = head_[static_cast<std::size_t>(v)];
            v = parent_[static_cast<std::size_t>(child)];
        }
        return v == ancestor ? child : heavy_[static_cast<std::size_t>(ancestor)];
    }

  private:
    std::span<const NodeId> parent_;
    std::vector<NodeId> head_;
    std::vector<NodeId> heavy_;
};

}  // namespace hint_se
