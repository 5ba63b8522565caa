#pragma once

#include <algorithm>
#include <vector>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "hint_se/tree/tree.hpp"
#include "index.hpp"
#include "update/draft.hpp"

namespace hint_se {

/// A rooted tree under change, any number of children to a node. Ids 0..n_leaves-1 are the leaves, those of
/// the inner nodes begin with those of the draft. Arrays by node and little of each, because a change touches
/// few nodes and making the arrays would otherwise take the time.
///
/// Volumes and weights are those of the graph times a power of two that brings the total of the weights below
/// 1, so that no scale of the weights changes a comparison.
class OpenTree {
  public:
    OpenTree(Draft draft, Monitor& monitor);

    [[nodiscard]] NodeId root() const { return root_; }
    [[nodiscard]] NodeId n_leaves() const { return n_leaves_; }
    [[nodiscard]] std::size_t n_ids() const { return rungs_.size(); }
    [[nodiscard]] bool is_leaf(NodeId v) const { return v < n_leaves_; }
    /// Whether an id is one of a node of the tree.
    [[nodiscard]] bool is_in_use(NodeId v) const { return is_leaf(v) || inner(v).count > 0; }
    [[nodiscard]] NodeId parent(NodeId v) const { return rungs_[at(v)].parent; }
    [[nodiscard]] NodeId first_child(NodeId v) const { return is_leaf(v) ? -1 : inner(v).first; }
    [[nodiscard]] NodeId next_sibling(NodeId v) const { return next_[at(v)]; }
    [[nodiscard]] bool is_binary(NodeId v) const;
    /// Leaves below.
    [[nodiscard]] NodeId count(NodeId v) const { return is_leaf(v) ? 1 : inner(v).count; }
    [[nodiscard]] std::vector<NodeId> leaves_below(NodeId node) const;
    /// Height above the leaves, or more.
    [[nodiscard]] NodeId above(NodeId v) const { return is_leaf(v) ? 0 : inner(v).above; }
    [[nodiscard]] double volume(NodeId v) const { return raw_volume(v) * scale_; }
    /// Twice the weight between the children.
    [[nodiscard]] double joined(NodeId v) const { return is_leaf(v) ? 0.0 : inner(v).joined * scale_; }
    /// A weight of the graph in the unit of the volumes here.
    [[nodiscard]] double scaled(double weight) const { return std::max(weight * scale_, kLeastWeight); }

    /// Scratch of a search, beside the parent because a climb reads both.
    [[nodiscard]] std::int32_t& mark(NodeId v) { return rungs_[at(v)].mark; }
    [[nodiscard]] std::int32_t mark(NodeId v) const { return rungs_[at(v)].mark; }

    /// Adds to the volume, to what is joined and to the number of leaves of an inner node.
    void add(NodeId v, double volume, double joined, NodeId count);
    void attach(NodeId child, NodeId parent);
    void detach(NodeId child);
    /// A new node in the place of `v` with `v` as its only child.
    NodeId insert_above(NodeId v);
    /// Puts the only child of a node in its place.
    void contract(NodeId v);
    /// Hangs the children of a detached node on another one.
    void hand_over(NodeId from, NodeId to);
    /// Hangs the children of a node on its parent.
    void dissolve(NodeId v);

    /// The canonical tree. What no change has touched keeps its volume and cut bit by bit; `changed`, if
    /// given, is filled with whether a node differs from those of the draft in anything, as all above it do.
    [[nodiscard]] Tree closed(Monitor& monitor, std::vector<bool>* changed = nullptr) &&;

  private:
    // Products of shares below this would underflow.
    static constexpr double kLeastWeight = 0x1p-500;

    // The list of siblings is linked backwards only where something was taken out of it.
    static constexpr NodeId kUnknown = -2;

    struct Rung {
        NodeId parent = -1;
        std::int32_t mark = 0;
    };
    struct Inner {
        NodeId first = -1;  // child
        NodeId count = 0;   // 0: an id out of use
        NodeId above = 0;
        NodeId least = -1;    // smallest leaf below, as it was in the draft
        double volume = 0.0;  // these three in the unit of the graph
        double joined = 0.0;
        double cut = 0.0;  // out of date where a change has touched
    };

    [[nodiscard]] const Inner& inner(NodeId v) const { return inner_[at(v - n_leaves_)]; }
    [[nodiscard]] Inner& inner(NodeId v) { return inner_[at(v - n_leaves_)]; }
    [[nodiscard]] NodeId least(NodeId v) const { return is_leaf(v) ? v : inner(v).least; }
    [[nodiscard]] double raw_volume(NodeId v) const {
        return is_leaf(v) ? leaf_volume_[at(v)] : inner(v).volume;
    }
    [[nodiscard]] double cut(NodeId v) const {
        if (!is_leaf(v)) return inner(v).cut;
        return leaf_cut_.empty() ? leaf_volume_[at(v)] : leaf_cut_[at(v)];
    }
    [[nodiscard]] bool comes_before(NodeId a, NodeId b) const;
    void load(const Draft& draft, Monitor& monitor);
    void load_joined(Draft& draft);
    [[nodiscard]] bool is_canonical() const;
    void release(NodeId v);
    void raise(NodeId v);
    void drop_empty_root();
    void mark_above(NodeId v, std::vector<bool>& marked, std::vector<NodeId>& found) const;
    [[nodiscard]] std::vector<NodeId> bottom_up(const std::vector<NodeId>& nodes) const;
    [[nodiscard]] std::vector<NodeId> stale_nodes() const;
    [[nodiscard]] std::vector<NodeId> changed_nodes() const;
    void measure(NodeId v);
    void sum_up(NodeId v);
    [[nodiscard]] std::vector<NodeId> inner_order(std::vector<NodeId> changed, Monitor& monitor) const;

    NodeId n_leaves_;
    NodeId root_ = -1;
    double scale_ = 1.0;
    bool all_stale_;
    std::vector<Rung> rungs_;
    std::vector<NodeId> next_;      // sibling
    std::vector<NodeId> previous_;  // sibling, -1 for a first child
    std::vector<double> leaf_volume_;
    std::vector<double> leaf_cut_;  // empty where it is the volume
    std::vector<Inner> inner_;
    std::vector<NodeId> free_;
    std::vector<NodeId> stale_;    // leaves with other edges than before
    std::vector<NodeId> touched_;  // nodes with other children than before
};

}  // namespace hint_se
