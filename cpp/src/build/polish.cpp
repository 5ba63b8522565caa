#include "hint_se/build/polish.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>
#include <utility>
#include <vector>

#include "build/leaf_grafter.hpp"
#include "hint_se/build/graft.hpp"
#include "index.hpp"
#include "random.hpp"

namespace hint_se {
namespace {

constexpr NodeId kBlockLeaves = 96;
constexpr GraftOptions kRepair{4, 4.0, 0.0};
constexpr GraftOptions kTouchUp{1, 4.0, 0.0};

// Perturbations of a block per leaf: many on small graphs, a few on large ones.
double kicks_per_leaf(NodeId n) { return std::clamp(40'000.0 / n, 2.0, 48.0); }

class Polisher {
  public:
    Polisher(const GraphView& graph, BinaryTree& tree, double share, std::uint64_t seed)
        : graph_(graph),
          tree_(tree),
          kicks_per_leaf_(share * kicks_per_leaf(tree.n_leaves)),
          random_(seed),
          size_(tree.nodes.size(), 1),
          id_(tree.nodes.size(), -1),
          group_(at(tree.n_leaves), -1) {}

    double run(Monitor& monitor) {
        monitor.stage("polish");
        const std::vector<NodeId> order = top_down(tree_);
        for (std::size_t k = order.size(); k-- > 1;) {
            const NodeId v = order[k];
            if (v >= tree_.n_leaves) size_[at(v)] = size_[at(tree_[v].left)] + size_[at(tree_[v].right)];
        }
        size_[at(order[0])] = tree_.n_leaves;
        double gained = 0.0;
        std::vector<NodeId> roots{order[0]};
        std::int64_t done = 0;
        while (!roots.empty()) {
            const NodeId root = roots.back();
            roots.pop_back();
            std::vector<NodeId> nodes = block(root);
            PartTree part = part_of(tree_, std::move(nodes), n_block_leaves_, id_);
            for (NodeId u = 0; u < part.tree.n_leaves; ++u) {
                if (size_[at(part.original[at(u)])] > 3) roots.push_back(part.original[at(u)]);
            }
            if (part.tree.n_leaves < 4) continue;
            const Graph graph = block_graph(part);
            gained += polish_block(graph.view(), part.tree, monitor);
            write_back(part, tree_);
            done += part.tree.n_leaves;
            monitor.check(static_cast<double>(done) / static_cast<double>(tree_.n_leaves));
        }
        return gained;
    }

  private:
    // Nodes of the block below `root`, leaves of the block first, then inner nodes, parents before children:
    // the greatest subtrees are opened until the block has enough leaves.
    std::vector<NodeId> block(NodeId root) {
        const auto smaller = [&](NodeId u, NodeId v) {
            return size_[at(u)] != size_[at(v)] ? size_[at(u)] < size_[at(v)] : u < v;
        };
        std::priority_queue<NodeId, std::vector<NodeId>, decltype(smaller)> open(smaller);
        std::vector<NodeId> inner;
        open.push(root);
        while (std::cmp_less(open.size(), kBlockLeaves) && open.top() >= tree_.n_leaves) {
            const NodeId v = open.top();
            open.pop();
            inner.push_back(v);
            open.push(tree_[v].left);
            open.push(tree_[v].right);
        }
        std::vector<NodeId> nodes;
        for (; !open.empty(); open.pop()) nodes.push_back(open.top());
        n_block_leaves_ = node_id(nodes.size());
        nodes.insert(nodes.end(), inner.begin(), inner.end());
        return nodes;
    }

    // The graph between the leaves of a block.
    Graph block_graph(const PartTree& part) {
        const NodeId n = part.tree.n_leaves;
        std::vector<std::vector<NodeId>> below(at(n));
        for (NodeId u = 0; u < n; ++u) {
            std::vector<NodeId> stack{part.original[at(u)]};
            while (!stack.empty()) {
                const NodeId v = stack.back();
                stack.pop_back();
                if (v < tree_.n_leaves) {
                    group_[at(v)] = u;
                    below[at(u)].push_back(v);
                } else {
                    stack.push_back(tree_[v].left);
                    stack.push_back(tree_[v].right);
                }
            }
        }
        Graph result;
        result.indptr.push_back(0);
        std::vector<double> row(at(n), 0.0);
        for (NodeId u = 0; u < n; ++u) {
            for (const NodeId v : below[at(u)]) {
                for (auto e = graph_.begin(v); e < graph_.end(v); ++e) {
                    const NodeId other = group_[at(graph_.target(e))];
                    if (other >= 0 && other != u) row[at(other)] += graph_.weight(e);
                }
            }
            for (NodeId other = 0; other < n; ++other) {
                if (row[at(other)] == 0.0) continue;
                result.indices.push_back(other);
                result.weights.push_back(row[at(other)]);
                row[at(other)] = 0.0;
            }
            result.indptr.push_back(edge_offset(result.indices.size()));
        }
        for (const auto& leaves_below : below) {
            for (const NodeId v : leaves_below) group_[at(v)] = -1;
        }
        return result;
    }

    double polish_block(const GraphView& graph, BinaryTree& tree, Monitor& monitor) {
        const NodeId n = tree.n_leaves;
        Monitor silent;
        const double start = joined_cost(tree);
        graft(graph, tree, kRepair, silent);
        double cost = joined_cost(tree);
        const double scale = cost_scale(graph);
        BinaryTree best = tree;
        const auto kicks = static_cast<std::int64_t>(kicks_per_leaf_ * n);
        for (std::int64_t kick = 0; kick < kicks; ++kick) {
            monitor.tick(0.5);
            const double noise = scale * std::exp2(-4.0 * random_.uniform());
            std::vector<NodeId> kicked = neighbourhood(graph, 2 + random_.below(std::min<NodeId>(n, 12)));
            LeafGrafter grafter(graph, tree);
            for (const NodeId leaf : kicked) grafter.try_leaf(leaf, noise, random_);
            grafter.run(kicked, 64 * std::int64_t{n}, silent);
            if (kick % 8 == 0) graft(graph, tree, kTouchUp, silent);
            const double now = joined_cost(tree);
            if (now < cost - 1e-13) {
                cost = now;
                best = tree;
            } else if (now > cost + 1e-13) {
                tree = best;
            }
        }
        tree = std::move(best);
        return start - cost;
    }

    // Twice the mean weight of a leaf's edges: the cost of one binary digit more for all of them.
    static double cost_scale(const GraphView& graph) {
        const double total = std::accumulate(graph.weights.begin(), graph.weights.end(), 0.0);
        return 2.0 * total / static_cast<double>(graph.n_nodes());
    }

    // A random leaf and the leaves first met around it.
    std::vector<NodeId> neighbourhood(const GraphView& graph, std::int64_t size) {
        std::vector<NodeId> found{node_id(random_.below(graph.n_nodes()))};
        std::vector<bool> seen(at(graph.n_nodes()), false);
        seen[at(found[0])] = true;
        for (std::size_t k = 0; k < found.size() && std::cmp_less(found.size(), size); ++k) {
            const NodeId v = found[k];
            const EdgeOffset degree = graph.end(v) - graph.begin(v);
            const EdgeOffset shift = degree > 0 ? random_.below(degree) : 0;
            for (EdgeOffset i = 0; i < degree && std::cmp_less(found.size(), size); ++i) {
                const NodeId u = graph.target(graph.begin(v) + (i + shift) % degree);
                if (seen[at(u)]) continue;
                seen[at(u)] = true;
                found.push_back(u);
            }
        }
        return found;
    }

    const GraphView graph_;
    BinaryTree& tree_;
    double kicks_per_leaf_;
    Random random_;
    std::vector<NodeId> size_;
    std::vector<NodeId> id_;
    std::vector<NodeId> group_;
    NodeId n_block_leaves_ = 0;
};

}  // namespace

double polish(const GraphView& graph, BinaryTree& tree, double share, std::uint64_t seed, Monitor& monitor) {
    return Polisher(graph, tree, share, seed).run(monitor);
}

double polish(const GraphView& graph, Tiers& tiers, double share, std::uint64_t seed, Monitor& monitor) {
    monitor.stage("polish");
    Monitor silent;
    Random random(seed);
    const double start = joined_cost(tiers);
    double cost = start;
    const auto work = static_cast<double>(graph.indices.size() * tiers.height());
    const auto kicks = static_cast<std::int64_t>(share * std::min(4e6 / (work + 1.0), 1e3));
    for (std::int64_t kick = 0; kick < kicks; ++kick) {
        monitor.check(static_cast<double>(kick) / static_cast<double>(kicks));
        Tiers trial = tiers;
        dissolve(graph, trial, random.next());
        move_between(graph, trial, 0.0, silent);
        const double now = joined_cost(trial);
        if (now > cost + 1e-13) continue;
        cost = now;
        tiers = std::move(trial);
    }
    return start - cost;
}

}  // namespace hint_se
