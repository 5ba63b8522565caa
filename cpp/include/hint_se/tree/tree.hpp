#pragma once

#include <bit>
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

/// Volumes and cuts of a valid parent array over the nodes of a graph. O(t + nnz).
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

/// Lowest common ancestors in constant time, O(t) to build, by the inlabels of Schieber and Vishkin (SIAM J.
/// Comput. 17, 1988). They cut the tree into paths, one for each inlabel. The path of an ancestor differs in
/// its high bits alone from that of a node, so that a node finds each path above it from the bits of two
/// numbers: three places in memory instead of one for each path that a climb would cross.
class AncestorIndex {
  public:
    explicit AncestorIndex(std::span<const NodeId> parent);

    [[nodiscard]] NodeId common(NodeId u, NodeId v) const {
        const Label a = label(u);
        const Label b = label(v);
        if (a.path == b.path) return u > v ? u : v;
        // The lowest path at which both may arrive: the least bit that both have, at or above where they
        // part.
        const std::uint32_t both = a.above & b.above & ~(std::bit_floor(a.path ^ b.path) - 1);
        const std::uint32_t bit = both & ~(both - 1);
        const NodeId from_u = arrival(u, a, bit);
        const NodeId from_v = arrival(v, b, bit);
        return from_u > from_v ? from_u : from_v;
    }

    /// The child of `ancestor` on the way down to `v`, which is strictly below it.
    [[nodiscard]] NodeId child_towards(NodeId ancestor, NodeId v) const {
        const Label a = label(v);
        const Label b = label(ancestor);
        if (a.path != b.path) {
            const NodeId head = heads_[path_below(a, b.path & ~(b.path - 1))];
            if (parent_[static_cast<std::size_t>(head)] == ancestor) return head;
        }
        return along_[static_cast<std::size_t>(ancestor)];
    }

  private:
    // The inlabel of a node's path, and the lowest bits of those of all paths from it up to the root.
    struct Label {
        std::uint32_t path;
        std::uint32_t above;
    };

    [[nodiscard]] Label label(NodeId v) const { return labels_[static_cast<std::size_t>(v)]; }

    // The last path on the way from a node to the one whose inlabel has `bit` for its lowest.
    [[nodiscard]] static std::size_t path_below(Label from, std::uint32_t bit) {
        const std::uint32_t lowest = std::bit_floor(from.above & (bit - 1));
        return (from.path & ~(2 * lowest - 1)) | lowest;
    }

    // Where a node arrives on that path.
    [[nodiscard]] NodeId arrival(NodeId v, Label from, std::uint32_t bit) const {
        if ((from.path & ~(from.path - 1)) == bit) return v;
        return parent_[static_cast<std::size_t>(heads_[path_below(from, bit)])];
    }

    std::span<const NodeId> parent_;
    std::vector<Label> labels_;
    std::vector<NodeId> heads_;  // topmost node of a path, by inlabel
    std::vector<NodeId> along_;  // the child on the same path, -1 at its end
};

}  // namespace hint_se
