#include "hint_se/build/build.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "hint_se/build/compress.hpp"
#include "hint_se/build/graft.hpp"
#include "hint_se/build/groups.hpp"
#include "hint_se/build/levels.hpp"
#include "hint_se/build/linkage.hpp"
#include "hint_se/build/polish.hpp"
#include "hint_se/tree/connected.hpp"
#include "hint_se/tree/entropy.hpp"
#include "index.hpp"
#include "parallel.hpp"

namespace hint_se {
namespace {

using Parent = std::vector<NodeId>;

// Heights above this are cut from the unlimited tree: local moving tier by tier no longer pays.
constexpr NodeId kMaxTiers = 5;
// Up to this size the unlimited tree also starts from the trees of limited height, whose entropies lie close
// there.
constexpr NodeId kSmallGraph = 2'000;
constexpr std::int64_t kSmallGraphEntries = 40'000;
// Above this size trees of limited height are searched with groups of leaves.
constexpr NodeId kLargeGraph = std::min<std::int64_t>(65'536, kMaxNodes);
// A cycle of local moving that gains no more, as a share of the weights of a graph, is the last.
constexpr double kLeastGain = 3e-4;
// The default's share of the perturbations of `best` on such graphs.
constexpr double kDefaultPolish = 0.02;

Parent flat_parent(NodeId n) {
    if (n == 1) return {-1};
    Parent parent(at(n), n);
    parent.push_back(-1);
    return parent;
}

// Divides the weights and extra volumes by the power of two next above the total of the weights: exact, so
// that scaling all of them by a power of two leaves every comparison, and so the tree, as it is. Shares below
// 2^-500 count as that, lest products underflow, and extra volumes above 2^900, lest sums overflow.
void scale(std::vector<double>& weights, std::vector<double>& extra_volume) {
    int exponent = 0;
    std::frexp(std::accumulate(weights.begin(), weights.end(), 0.0), &exponent);
    for (double& w : weights) w = std::max(std::ldexp(w, -exponent), 0x1p-500);
    for (double& x : extra_volume) x = std::min(std::ldexp(x, -exponent), 0x1p900);
}

// The leaves renamed: leaf i of the result is leaf order[i] of `parent`, or the other way round.
Parent renamed(const Parent& parent, const std::vector<NodeId>& order, bool back) {
    Parent result = parent;
    for (std::size_t i = 0; i < order.size(); ++i) {
        (back ? result[at(order[i])] : result[i]) = back ? parent[i] : parent[at(order[i])];
    }
    return canonical_parent(result, node_id(order.size()));
}

Tree merge_compress(const GraphView& graph, NodeId height, Monitor& monitor) {
    std::vector<double> weights(graph.weights.begin(), graph.weights.end());
    std::vector<double> extra_volume(graph.extra_volume.begin(), graph.extra_volume.end());
    scale(weights, extra_volume);
    const GraphView scaled{graph.indptr, graph.indices, weights, extra_volume};
    Parent parent = canonical_parent(link_greedily(scaled, monitor), graph.n_nodes());
    parent = compress(scaled, std::move(parent), monitor);
    // Before the cut, which is the least of all that the divided tree has and so no worse for a taller limit.
    (void)divide_into_components(scaled, parent, monitor);
    if (height > 0) parent = restrict_height(scaled, parent, height, monitor);
    return tree_from_parent(graph, parent, monitor);
}

// Builds trees of one graph at one effort; every tree tried goes through here.
class Builder {
  public:
    Builder(const GraphView& graph, Effort effort, const BuildOptions& options, Monitor& monitor)
        : graph_(graph),
          effort_(effort),
          seed_(options.seed),
          perturbs_small_(options.perturbs_small),
          n_threads_(options.n_threads),
          monitor_(monitor) {}

    // No limit of height: grafts from a linkage, on small graphs also from the trees of limited height.
    [[nodiscard]] Parent unlimited(const Parent& linked) {
        BinaryTree best = grafted(linked);
        Divided lower;
        if (is_small()) {
            const Parent start = parent_of(graph_, best);
            Tiers tiers = tiers_of(graph_, flat_parent(graph_.n_nodes()), 1);
            for (NodeId k = 2; k <= kMaxTiers; ++k) {
                tiers = taller(tiers, start);
                keep_better(best, grafted(parent_of(tiers)));
                lower = divided(parent_of(tiers), std::move(lower));
            }
        }
        return divided(parent_of(graph_, best), std::move(lower)).parent;
    }

    // Height <= K: one tier after the other. Each tree starts from the one before and from the best cut of
    // the unlimited tree, so that a taller limit is never worse.
    [[nodiscard]] Parent limited(const Parent& linked, NodeId height) {
        const Parent start = parent_of(graph_, grafted(linked));
        Tiers tiers = tiers_of(graph_, flat_parent(graph_.n_nodes()), 1);
        Divided found;
        for (NodeId k = 2; k <= std::min(height, kMaxTiers); ++k) {
            tiers = is_large() ? taller_of_large(tiers, start, linked) : taller(tiers, start);
            found = divided(parent_of(tiers), std::move(found));
        }
        if (height <= kMaxTiers) return std::move(found.parent);
        // Compared as parent arrays: tiers would hold a chain as long as the limit above every leaf.
        const Parent cut = restrict_height(graph_, unlimited(linked), height, monitor_);
        return structural_entropy(graph_, cut) < structural_entropy(graph_, found.parent) ? cut
                                                                                          : found.parent;
    }

  private:
    struct Divided {
        Parent parent;
        bool was_torn = false;
    };

    // Moves look at what an entropy gains, not at what they leave behind: communities that do not hang
    // together are divided at last, and the search for a taller tree goes on from the undivided one. So a
    // lower tree that was divided may be the better one, and stays.
    [[nodiscard]] Divided divided(Parent parent, Divided lower) {
        const bool is_torn = divide_into_components(graph_, parent, monitor_);
        if (lower.was_torn && structural_entropy(graph_, lower.parent) < structural_entropy(graph_, parent))
            return lower;
        return {std::move(parent), is_torn};
    }

    [[nodiscard]] BinaryTree grafted(const Parent& parent) {
        BinaryTree tree = binary_tree(graph_, parent);
        // Measured on the 50,000-node kNN graph: two short cycles reach in the time of 1.4 long ones what
        // takes two.
        const GraftOptions options = effort_ == Effort::kBest ? GraftOptions{20, 4.0, 1e-5, n_threads_}
                                                              : GraftOptions{2, 1.0, 0.0, n_threads_};
        graft(graph_, tree, options, monitor_);
        if (polish_share() > 0.0) {
            polish(graph_, tree, polish_share(), seed_, monitor_);
            graft(graph_, tree, options, monitor_);
        }
        return tree;
    }

    [[nodiscard]] Tiers taller(const Tiers& lower, const Parent& unlimited_tree) {
        const auto height = node_id(lower.height()) + 1;
        const double least_gain = effort_ == Effort::kDefault ? kLeastGain : 1e-6;
        Tiers grown = with_tier_above_leaves(lower);
        move_between(graph_, grown, least_gain, monitor_);
        Tiers cut = cut_of(unlimited_tree, height);
        move_between(graph_, cut, least_gain, monitor_);
        Tiers& best = joined_cost(cut) < joined_cost(grown) ? cut : grown;
        if (polish_share() > 0.0) polish(graph_, best, polish_share(), seed_, monitor_);
        return std::move(best);
    }

    [[nodiscard]] Tiers cut_of(const Parent& tree, NodeId height) const {
        return tiers_of(graph_, restrict_height(graph_, tree, height, monitor_), height);
    }

    // From the same two starts, of which the lower one goes up to the end; at two levels the cut of the
    // unlimited tree is that, unless grafts have not paid at all.
    [[nodiscard]] Tiers taller_of_large(const Tiers& lower, const Parent& unlimited_tree,
                                        const Parent& linked) {
        const auto height = node_id(lower.height()) + 1;
        Tiers cut = cut_of(unlimited_tree, height);
        Tiers grown;
        const auto grow = [&](const Parent& tree, Monitor& monitor) {
            grown = with_groups_above_leaves(graph_, lower, tree, monitor);
            move_with_groups(graph_, grown, tree, true, kLeastGain, monitor);
        };
        const auto search_cut = [&](Monitor& monitor, int n_threads) {
            move_with_groups(graph_, cut, unlimited_tree, false, kLeastGain, monitor, n_threads);
        };
        if (height > 2) {
            side_by_side(
                n_threads_, monitor_, [&](Monitor& monitor) { search_cut(monitor, 1); },
                [&](Monitor& monitor) { grow(unlimited_tree, monitor); });
            if (joined_cost(grown) < joined_cost(cut)) cut = std::move(grown);
        } else if (joined_cost(cut_of(linked, height)) < joined_cost(cut)) {
            grow(linked, monitor_);
            cut = std::move(grown);
        } else {
            search_cut(monitor_, n_threads_);
        }
        return cut;
    }

    // On small graphs the default perturbs as well: a search that ends early loses up to 1.5 % there.
    [[nodiscard]] double polish_share() const {
        if (effort_ == Effort::kBest) return 1.0;
        return is_small() ? kDefaultPolish : 0.0;
    }

    [[nodiscard]] bool is_small() const {
        return perturbs_small_ && graph_.n_nodes() <= kSmallGraph &&
               std::cmp_less_equal(graph_.indices.size(), kSmallGraphEntries);
    }

    [[nodiscard]] bool is_large() const {
        return effort_ == Effort::kDefault && graph_.n_nodes() > kLargeGraph;
    }

    static void keep_better(BinaryTree& best, BinaryTree other) {
        if (joined_cost(other) < joined_cost(best)) best = std::move(other);
    }

    const GraphView graph_;
    Effort effort_;
    std::uint64_t seed_;
    bool perturbs_small_;
    int n_threads_;
    Monitor& monitor_;
};

Tree automatic(const GraphView& graph, const BuildOptions& options, Monitor& monitor) {
    const NodeId n = graph.n_nodes();
    // Around hubs grafts end lower if they start from best pairs alone: 0.04 % on R-MAT.
    const bool near_best = options.effort == Effort::kFast || !has_hub(graph);
    Linked linkage = link_in_rounds(graph, options.seed, monitor, options.n_threads,
                                    near_best ? Pairs::kNearBest : Pairs::kBest);
    std::vector<NodeId> original;
    Parent linked = canonical_parent(linkage.parent, n, &original);
    if (options.effort == Effort::kFast) {
        std::vector<double> joined(linked.size());
        for (std::size_t v = 0; v < joined.size(); ++v) joined[v] = linkage.joined[at(original[v])];
        linkage = {};
        Tree tree = tree_from_joined(graph, std::move(linked), joined);
        if (options.height > 0) tree = restrict_height(std::move(tree), options.height, monitor);
        return tree;
    }
    // Nodes near in the tree near in memory: all that follows walks from nodes to their neighbours.
    const std::vector<NodeId> order = leaf_order(linked, n);
    Graph near = reordered(graph, order);
    scale(near.weights, near.extra_volume);
    linked = renamed(linked, order, false);
    const auto at_effort = [&](Effort effort) {
        Builder builder(near.view(), effort, options, monitor);
        return options.height == 0 ? builder.unlimited(linked) : builder.limited(linked, options.height);
    };
    // The lowest of what this effort and those below it find: searches end in different valleys, and more
    // effort must not be worse. Without a limit of height the default starts from what is fast, or from a
    // linkage like it, and only goes down.
    Parent best = at_effort(Effort::kDefault);
    const auto keep_better = [&](Parent other) {
        if (structural_entropy(near.view(), other) < structural_entropy(near.view(), best))
            best = std::move(other);
    };
    if (options.height > 0) keep_better(restrict_height(near.view(), linked, options.height, monitor));
    if (options.effort == Effort::kBest) keep_better(at_effort(Effort::kBest));
    return tree_from_parent(graph, renamed(best, order, true), monitor);
}

}  // namespace

Tree build_tree(const GraphView& graph, const BuildOptions& options, Monitor& monitor) {
    const NodeId n = graph.n_nodes();
    if (n == 1 || graph.indices.empty() || options.height == 1)
        return tree_from_parent(graph, flat_parent(n), monitor);
    return options.algorithm == Algorithm::kMergeCompress ? merge_compress(graph, options.height, monitor)
                                                          : automatic(graph, options, monitor);
}

}  // namespace hint_se
