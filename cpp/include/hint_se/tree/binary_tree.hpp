#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hint_se/graph/graph.hpp"

namespace hint_se {

/// What a climb reads and writes of a node: four to a cache line.
struct Rung {
    NodeId parent = -1;
    std::int32_t place = -1;  ///< scratch of a graft: position on the path above the leaf, -1 elsewhere
    double linked = 0.0;      ///< scratch of a graft: weight between the leaf and the leaves below
};

/// What a descent reads of a node.
struct BinaryNode {
    NodeId left = -1;  ///< -1 for leaves
    NodeId right = -1;
    double volume = 0.0;
    double joined = 0.0;  ///< twice the weight between left and right: vol * E = sum of joined * log2(volume)
    double log_volume = 0.0;  ///< log2, 0 where the volume is 0
};

/// A rooted binary tree under change. Ids 0..n_leaves-1 are the leaves, the inner nodes are in no order. An
/// unlimited tree of least structural entropy is binary up to nodes that join nothing: combining linked
/// siblings never raises it.
struct BinaryTree {
    NodeId n_leaves = 0;
    std::vector<BinaryNode> nodes;
    std::vector<Rung> rungs;

    [[nodiscard]] BinaryNode& operator[](NodeId v) { return nodes[static_cast<std::size_t>(v)]; }
    [[nodiscard]] const BinaryNode& operator[](NodeId v) const { return nodes[static_cast<std::size_t>(v)]; }
    [[nodiscard]] Rung& rung(NodeId v) { return rungs[static_cast<std::size_t>(v)]; }
    [[nodiscard]] NodeId parent(NodeId v) const { return rungs[static_cast<std::size_t>(v)].parent; }
};

/// The binary form of a canonical tree: the children of a node with more than two are joined, smallest
/// volumes first.
[[nodiscard]] BinaryTree binary_tree(const GraphView& graph, std::span<const NodeId> parent);

/// Canonical parent array; inner nodes that join nothing are deleted, which changes no entropy, and nodes
/// without edges hang under the root.
[[nodiscard]] std::vector<NodeId> parent_of(const GraphView& graph, const BinaryTree& tree);

/// sum of joined * log2(volume): the structural entropy times vol up to a constant of the graph.
[[nodiscard]] double joined_cost(const BinaryTree& tree);

/// Nodes of the tree, parents first.
[[nodiscard]] std::vector<NodeId> top_down(const BinaryTree& tree);

/// Puts `by` in the place of a child of `parent`; -1 is above the root.
void replace_child(BinaryTree& tree, NodeId parent, NodeId child, NodeId by);

[[nodiscard]] NodeId sibling_of(const BinaryTree& tree, NodeId v);

/// Sets what the cost is made of.
void set(BinaryTree& tree, NodeId v, double volume, double joined);

/// Whether at most 128 nodes lie from `v` up to the root: grafts put nothing deeper.
[[nodiscard]] bool is_shallow(const BinaryTree& tree, NodeId v);

/// log2, 0 where the volume is 0.
[[nodiscard]] double log_of(double volume);

/// A connected part of a tree as a tree of its own: its leaves are nodes of the whole tree, with all below
/// them.
struct PartTree {
    BinaryTree tree;
    std::vector<NodeId> original;  ///< by node of the part
};

/// The part above the greatest subtrees of at most `size` leaves, and for each leaf of the whole tree its
/// leaf in it.
struct UpperTree {
    PartTree part;
    std::vector<NodeId> group;
};
[[nodiscard]] UpperTree upper_tree(const BinaryTree& tree, std::int64_t size);

/// The part with these nodes; those before `n_leaves` become its leaves, and every other one is listed after
/// its parent, the part's root first of them. `id` is scratch of one entry per node of the whole tree.
[[nodiscard]] PartTree part_of(const BinaryTree& tree, std::vector<NodeId> nodes, NodeId n_leaves,
                               std::vector<NodeId>& id);

/// Puts a changed part back in its place. The root of the part may be another node than before.
void write_back(const PartTree& part, BinaryTree& tree);

}  // namespace hint_se
