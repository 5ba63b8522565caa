// Parent arrays of all kinds, as a file or a user may bring them. One is refused with TreeError, or
// everything that takes a parent array works on it: no access out of bounds, no step that raises the entropy,
// forms that agree.
#include <algorithm>
#include <limits>
#include <set>

#include "hint_se/build/compress.hpp"
#include "hint_se/build/levels.hpp"
#include "hint_se/errors.hpp"
#include "hint_se/tree/binary_tree.hpp"
#include "hint_se/tree/entropy.hpp"
#include "hint_se/tree/neighbours.hpp"
#include "input.hpp"

using namespace hint_se;
using namespace hint_se::fuzz;

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// Either any small numbers, or for each node one of those above it, which is a tree more often than not.
std::vector<NodeId> parents(Input& input, int n_leaves) {
    const bool any = input.below(4) == 0;
    const int n_inner = input.below(24);
    const int t = n_leaves + n_inner;
    std::vector<NodeId> parent;
    for (int v = 0; v < t; ++v) {
        const int first = std::max(v + 1, n_leaves);
        const bool last = v + 1 >= t || first >= t;
        parent.push_back(static_cast<NodeId>(any    ? input.signed_byte()
                                             : last ? -1
                                                    : first + input.below(t - first)));
    }
    return parent;
}

void ask(Input& input, const std::vector<NodeId>& parent, NodeId n_leaves) {
    const auto root = static_cast<NodeId>(parent.size()) - 1;
    const std::vector<NodeId> depth = depths(parent);
    for (const NodeId level : {1, 2, 5, std::numeric_limits<NodeId>::max()}) {
        const std::vector<NodeId> found = labels(parent, n_leaves, level);
        require(found.size() == at(n_leaves), "a label for each leaf");
        require(*std::min_element(found.begin(), found.end()) == 0, "labels start at 0");
    }
    std::size_t n_children = 0;
    const Csr child = children(parent);
    for (NodeId v = 0; v <= root; ++v) {
        n_children += at(child.indptr[at(v) + 1] - child.indptr[at(v)]);
        const std::vector<NodeId> below = leaves(parent, n_leaves, v);
        require(!below.empty(), "every node has a leaf below");
        require(v != root || below.size() == at(n_leaves), "all leaves are below the root");
    }
    require(n_children + 1 == parent.size(), "every node but the root is a child");
    const std::vector<NodeId> order = leaf_order(parent, n_leaves);
    require(std::set<NodeId>(order.begin(), order.end()).size() == at(n_leaves),
            "the leaf order is a permutation");

    std::vector<NodeId> groups;
    for (NodeId v = 0; v < n_leaves; ++v) groups.push_back(static_cast<NodeId>(input.below(2)));
    const int cap = input.below(8);
    const NeighbourTables tables =
        neighbours(parent, n_leaves, groups, static_cast<NodeId>(input.below(4)), cap, 7);
    for (const Csr* table : {&tables.same, &tables.other}) {
        for (NodeId v = 0; v < n_leaves; ++v) {
            for (auto k = table->indptr[at(v)]; k < table->indptr[at(v) + 1]; ++k) {
                const NodeId u = table->indices[at(k)];
                require(u != v && u >= 0 && u < n_leaves, "neighbours are other leaves");
                require((groups[at(u)] == groups[at(v)]) == (table == &tables.same), "of the table's group");
            }
            require(cap == 0 || table->indptr[at(v) + 1] - table->indptr[at(v)] <= cap,
                    "no more than the cap");
        }
    }
}

// Columns as a file may claim them: whatever they hold, nothing is read out of bounds.
void weigh(Input& input, const std::vector<NodeId>& parent) {
    std::vector<double> volume;
    std::vector<double> cut;
    for (std::size_t v = 0; v < parent.size(); ++v) {
        volume.push_back(std::abs(input.weight()));
        cut.push_back(std::abs(input.weight()));
    }
    require(entropy_terms(parent, volume, cut).size() == parent.size(), "a term for each node");
}

void search(Input& input, const std::vector<NodeId>& parent, NodeId n_leaves) {
    Monitor monitor;
    const Edges list = edges(input, n_leaves, true, true);
    const Graph owned = graph_from_edges<std::int32_t>(list.ids, list.weights, n_leaves, monitor).graph;
    const GraphView graph = owned.view();
    const double entropy = structural_entropy(graph, parent);
    const Tree tree = tree_from_parent(graph, parent, monitor);
    double by_terms = 0.0;
    for (const double term : entropy_terms(parent, tree.volume, tree.cut)) by_terms += term;
    require(close(entropy, by_terms, 1.0), "edge form and node form agree");

    const std::vector<NodeId> canonical = canonical_parent(parent, n_leaves);
    validate_parent(canonical, n_leaves);
    require(close(structural_entropy(graph, canonical), entropy, 1.0), "canonical form keeps the entropy");
    if (n_leaves == 1 || owned.indices.empty()) return;
    const auto not_above = [&](const std::vector<NodeId>& other, double limit, const char* what) {
        validate_parent(other, n_leaves);
        require(structural_entropy(graph, other) <= limit + 1e-9, what);
    };
    not_above(parent_of(graph, binary_tree(graph, canonical)), entropy, "a binary tree costs no more");
    not_above(compress(graph, canonical, monitor), entropy, "compress never raises the entropy");
    for (const NodeId height : {1, 2, 3}) {
        const std::vector<NodeId> low = restrict_height(graph, canonical, height, monitor);
        not_above(low, one_dimensional_entropy(graph), "no cut is worse than the flat tree");
        Tiers tiers = tiers_of(graph, low, height);
        require(parent_of(tiers) == low, "tiers hold the tree they were made of");
        if (height == 1) continue;
        move_between(graph, tiers, 0.0, monitor);
        not_above(parent_of(tiers), structural_entropy(graph, low), "moves never raise the entropy");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    // Now and then a number of leaves that the array does not bear out.
    const int n_leaves = 1 + input.below(24);
    const int claimed = input.below(8) == 0 ? input.signed_byte() : n_leaves;
    const std::vector<NodeId> parent = parents(input, n_leaves);
    try {
        validate_parent(parent, static_cast<NodeId>(claimed));
    } catch (const TreeError&) {
        return 0;
    }
    ask(input, parent, static_cast<NodeId>(claimed));
    weigh(input, parent);
    search(input, parent, static_cast<NodeId>(claimed));
    return 0;
}
