#include <algorithm>
#include <cmath>
#include <utility>

#include "hint_se/build/compress.hpp"
#include "hint_se/tree/tree.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

NodeId tallest(const Tree& tree) {
    const std::vector<NodeId> depth = depths(tree.parent);
    return *std::max_element(depth.begin(), depth.end());
}

// The tree of a parent array over the nodes of another, from which inner nodes were deleted: what stays keeps
// its leaves, so its volume and its cut.
Tree part_of(const Tree& tree, const std::vector<NodeId>& parent) {
    std::vector<NodeId> original;
    Tree part{tree.n_leaves, canonical_parent(parent, tree.n_leaves, &original), {}, {}};
    part.volume.reserve(original.size());
    part.cut.reserve(original.size());
    for (const NodeId v : original) {
        part.volume.push_back(tree.volume[at(v)]);
        part.cut.push_back(tree.cut[at(v)]);
    }
    return part;
}

// Deletes inner nodes until no leaf is deeper than kMaxProgrammeHeight + 1: a node stays where its volume has
// fallen by a fixed factor since the last one that stayed.
Tree thin(const Tree& tree) {
    const auto t = tree.parent.size();
    double least = tree.volume.back();
    for (NodeId v = 0; v < tree.n_leaves; ++v) {
        if (tree.volume[at(v)] > 0.0) least = std::min(least, tree.volume[at(v)]);
    }
    const double factor = std::exp2(-std::log2(tree.volume.back() / least) / kMaxProgrammeHeight);
    std::vector<NodeId> nearest(t);  // the lowest node that stays, at or above each
    std::vector<NodeId> parent(t, -1);
    nearest[t - 1] = node_id(t) - 1;
    for (std::size_t v = t - 1; v-- > 0;) {
        const NodeId above = nearest[at(tree.parent[v])];
        const bool stays = node_id(v) < tree.n_leaves || tree.volume[v] <= factor * tree.volume[at(above)];
        nearest[v] = stays ? node_id(v) : above;
        parent[v] = above;
    }
    return part_of(tree, parent);
}

// cost(v, a, k): least sum of cut * log2(volume of kept parent / volume) over the nodes at and below v, when
// the nearest kept ancestor is the one at depth a and k edges may be used below it. One table a level of the
// current path holds the sum over the finished children; which of keep and delete was better is one bit per
// (v, a, k).
class Programme {
  public:
    Programme(const Tree& tree, NodeId height)
        : tree_(tree), height_(height), child_(children(tree.parent)), depth_(depths(tree.parent)) {
        const auto t = tree.parent.size();
        log_volume_.resize(t);
        for (std::size_t v = 0; v < t; ++v)
            log_volume_[v] = tree.volume[v] > 0.0 ? std::log2(tree.volume[v]) : 0.0;
        first_bit_.assign(t + 1, 0);
        for (std::size_t v = 0; v < t; ++v) {
            const bool inner = node_id(v) >= tree.n_leaves;
            first_bit_[v + 1] = first_bit_[v] + (inner ? std::int64_t{depth_[v]} * (height_ - 1) : 0);
        }
        keep_.assign(at(first_bit_.back()), false);
    }

    Tree run(Monitor& monitor) {
        const auto root = node_id(tree_.parent.size()) - 1;
        struct Frame {
            NodeId node;
            std::int64_t next_child;
        };
        std::vector<Frame> path;
        const auto enter = [&](NodeId v) {
            const auto d = at(depth_[at(v)]);
            if (ancestors_.size() <= d) {
                ancestors_.resize(d + 1);
                sums_.resize(d + 1);
            }
            ancestors_[d] = v;
            sums_[d].assign((d + 1) * at(height_), 0.0);
            path.push_back({v, child_.indptr[at(v)]});
        };
        enter(root);
        NodeId done = 0;
        while (!path.empty()) {
            Frame& frame = path.back();
            if (frame.next_child < child_.indptr[at(frame.node) + 1]) {
                const NodeId c = child_.indices[at(frame.next_child++)];
                if (c < tree_.n_leaves) {
                    add_leaf(c);
                } else {
                    enter(c);
                }
                monitor.tick(static_cast<double>(++done) / static_cast<double>(root));
            } else {
                if (frame.node != root) leave(frame.node);
                path.pop_back();
            }
        }
        return kept_tree();
    }

  private:
    [[nodiscard]] double cost(NodeId v, std::size_t ancestor_depth) const {
        return tree_.cut[at(v)] * (log_volume_[at(ancestors_[ancestor_depth])] - log_volume_[at(v)]);
    }

    void add_leaf(NodeId leaf) {
        const auto d = at(depth_[at(leaf)]);
        auto& sum = sums_[d - 1];
        for (std::size_t a = 0; a < d; ++a) {
            const double c = cost(leaf, a);
            for (std::size_t k = 0; k < at(height_); ++k) sum[a * at(height_) + k] += c;
        }
    }

    // Row k - 1 of an ancestor's table is for k edges left.
    void leave(NodeId v) {
        const auto d = at(depth_[at(v)]);
        const auto h = at(height_);
        const auto& own = sums_[d];
        auto& above = sums_[d - 1];
        auto bit = first_bit_[at(v)];
        for (std::size_t a = 0; a < d; ++a) {
            above[a * h] += own[a * h];
            const double c = cost(v, a);
            for (std::size_t k = 1; k < h; ++k, ++bit) {
                const double kept = c + own[d * h + k - 1];
                const bool keep = kept < own[a * h + k];
                keep_[at(bit)] = keep;
                above[a * h + k] += keep ? kept : own[a * h + k];
            }
        }
    }

    [[nodiscard]] Tree kept_tree() const {
        const auto t = tree_.parent.size();
        std::vector<NodeId> parent(t, -1);
        std::vector<NodeId> nearest(t);
        std::vector<NodeId> left(t);  // edges left below the nearest kept node at or above each
        nearest[t - 1] = node_id(t) - 1;
        left[t - 1] = height_;
        for (std::size_t v = t - 1; v-- > 0;) {
            const auto p = at(tree_.parent[v]);
            const NodeId above = nearest[p];
            const NodeId k = left[p];
            const auto bit = first_bit_[v] + std::int64_t{depth_[at(above)]} * (height_ - 1) + k - 2;
            const bool keep = node_id(v) < tree_.n_leaves || (k > 1 && keep_[at(bit)]);
            parent[v] = above;
            nearest[v] = keep ? node_id(v) : above;
            left[v] = keep ? k - 1 : k;
        }
        return part_of(tree_, parent);
    }

    const Tree& tree_;
    NodeId height_;
    Csr child_;
    std::vector<NodeId> depth_;
    std::vector<double> log_volume_;
    std::vector<std::int64_t> first_bit_;
    std::vector<bool> keep_;
    std::vector<NodeId> ancestors_;          // of the current path, by depth
    std::vector<std::vector<double>> sums_;  // by depth: (ancestor depth, edges left)
};

}  // namespace

Tree restrict_height(Tree tree, NodeId height, Monitor& monitor) {
    monitor.stage("restrict height");
    if (tallest(tree) > std::max(height, kMaxProgrammeHeight)) tree = thin(tree);
    if (tallest(tree) <= height) return tree;
    return Programme(tree, height).run(monitor);
}

std::vector<NodeId> restrict_height(const GraphView& graph, const std::vector<NodeId>& parent, NodeId height,
                                    Monitor& monitor) {
    return restrict_height(tree_from_parent(graph, parent, monitor), height, monitor).parent;
}

}  // namespace hint_se
