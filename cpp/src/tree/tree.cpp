#include "hint_se/tree/tree.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "hint_se/errors.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

// Top-down order (parents before children) of a parent array whose ids are in no order.
std::vector<NodeId> top_down(std::span<const NodeId> parent) {
    const auto t = node_id(parent.size());
    std::vector<NodeId> order;
    NodeId ordered = 0;
    while (ordered + 1 < t && parent[at(ordered)] > ordered) ++ordered;
    if (ordered + 1 == t) {  // as linkages leave them: no walk is needed
        order.resize(at(t));
        std::iota(order.rbegin(), order.rend(), 0);
        return order;
    }
    std::vector<NodeId> first(at(t) + 1, 0);
    NodeId root = -1;
    for (NodeId v = 0; v < t; ++v) {
        if (parent[at(v)] >= 0) {
            ++first[at(parent[at(v)]) + 1];
        } else if (root < 0) {
            root = v;
        }
    }
    std::partial_sum(first.begin(), first.end(), first.begin());
    std::vector<NodeId> next(first.begin(), first.end() - 1);
    std::vector<NodeId> child(at(t));
    for (NodeId v = 0; v < t; ++v) {
        if (parent[at(v)] >= 0) child[at(next[at(parent[at(v)])]++)] = v;
    }
    order.reserve(at(t));
    order.push_back(root);
    for (std::size_t k = 0; k < order.size(); ++k) {
        const NodeId v = order[k];
        for (NodeId c = first[at(v)]; c < first[at(v) + 1]; ++c) order.push_back(child[at(c)]);
    }
    return order;
}

}  // namespace

void validate_parent(std::span<const NodeId> parent, NodeId n_leaves) {
    const auto t = static_cast<std::int64_t>(parent.size());
    if (n_leaves < 1)
        throw TreeError("a tree has at least one leaf, but n_leaves is " + std::to_string(n_leaves));
    if (t < n_leaves || t >= (std::int64_t{1} << 31)) {
        throw TreeError("parent must hold at least the " + std::to_string(n_leaves) + " leaves, but it has " +
                        std::to_string(t) + " entries");
    }
    if (t == n_leaves && n_leaves > 1)
        throw TreeError("several leaves need a root above them, but parent has none");
    if (parent.back() != -1) {
        throw TreeError("the last node is the root and has parent -1, but it has " +
                        std::to_string(parent.back()));
    }
    std::vector<bool> has_child(at(t), false);
    for (std::int64_t v = 0; v + 1 < t; ++v) {
        const NodeId p = parent[at(v)];
        if (p <= v || p >= t || p < n_leaves) {
            throw TreeError("the parent of node " + std::to_string(v) +
                            " must be an inner node with a greater id below " + std::to_string(t) +
                            ", but it is " + std::to_string(p));
        }
        has_child[at(p)] = true;
    }
    for (std::int64_t v = n_leaves; v < t; ++v) {
        if (!has_child[at(v)]) throw TreeError("inner node " + std::to_string(v) + " has no child");
    }
}

Tree tree_from_parent(const GraphView& graph, std::span<const NodeId> parent, Monitor& monitor) {
    const NodeId n = graph.n_nodes();
    const auto t = parent.size();
    Tree tree{n, {parent.begin(), parent.end()}, std::vector<double>(t, 0.0), std::vector<double>(t, 0.0)};
    const AncestorIndex index(parent);
    for (NodeId v = 0; v < n; ++v) {
        monitor.tick(static_cast<double>(v) / static_cast<double>(n));
        for (auto e = graph.begin(v); e < graph.end(v); ++e) {
            const double w = graph.weight(e);
            tree.volume[at(v)] += w;
            tree.cut[at(v)] += w;
            // An edge counts for both ends until it stops being cut, at their lowest common ancestor.
            if (graph.target(e) > v) tree.cut[at(index.common(v, graph.target(e)))] -= 2.0 * w;
        }
        tree.volume[at(v)] += graph.extra(v);
    }
    for (std::size_t v = 0; v + 1 < t; ++v) {
        tree.volume[at(parent[v])] += tree.volume[v];
        tree.cut[at(parent[v])] += tree.cut[v];
        tree.cut[v] = std::max(tree.cut[v], 0.0);  // what rounding leaves of a component's empty cut
    }
    tree.cut.back() = 0.0;
    return tree;
}

Tree tree_from_joined(const GraphView& graph, std::vector<NodeId> parent, std::span<const double> joined) {
    const auto t = parent.size();
    Tree tree{graph.n_nodes(), std::move(parent), {}, node_cuts(graph)};
    tree.volume = degrees(graph, tree.cut);
    tree.volume.resize(t, 0.0);
    tree.cut.resize(t, 0.0);
    for (std::size_t v = 0; v + 1 < t; ++v) {
        tree.cut[v] = std::max(tree.cut[v] - joined[v], 0.0);  // rounding may leave less than nothing
        tree.volume[at(tree.parent[v])] += tree.volume[v];
        tree.cut[at(tree.parent[v])] += tree.cut[v];
    }
    tree.cut.back() = 0.0;
    return tree;
}

std::vector<NodeId> canonical_parent(std::span<const NodeId> parent, NodeId n_leaves,
                                     std::vector<NodeId>* original) {
    const auto t = node_id(parent.size());
    if (n_leaves == 1) {
        if (original != nullptr) *original = {0};
        return {-1};
    }
    const std::vector<NodeId> order = top_down(parent);
    // Bottom-up: what stands for each node once empty nodes (-1) and only children are gone.
    std::vector<NodeId> stands(at(t), -1);
    std::vector<NodeId> n_children(at(t), 0);
    std::vector<NodeId> above(at(t), 0);  // height above the leaves
    std::vector<NodeId> least(at(t), t);  // smallest leaf below
    const auto count = [&](NodeId p, NodeId v) {
        ++n_children[at(p)];
        above[at(p)] = std::max<NodeId>(above[at(p)], above[at(v)] + 1);
        least[at(p)] = std::min(least[at(p)], least[at(v)]);
    };
    std::vector<NodeId> only(at(t), -1);
    for (std::size_t k = order.size(); k-- > 0;) {
        const NodeId v = order[k];
        if (v < n_leaves) {
            stands[at(v)] = v;
            least[at(v)] = v;
        } else if (n_children[at(v)] == 1) {
            stands[at(v)] = only[at(v)];
        } else if (n_children[at(v)] > 1) {
            stands[at(v)] = v;
        }
        const NodeId p = parent[at(v)];
        if (p >= 0 && stands[at(v)] >= 0) {
            only[at(p)] = stands[at(v)];
            count(p, stands[at(v)]);
        }
    }
    const NodeId root = stands[at(order.front())];
    std::vector<NodeId> inner;
    for (const NodeId v : order) {
        if (v >= n_leaves && stands[at(v)] == v) inner.push_back(v);
    }
    // Counting sort by least leaf, then stable by height: two passes instead of a comparison sort.
    const auto sorted_by = [&](const std::vector<NodeId>& key, NodeId bound) {
        std::vector<NodeId> first(at(bound) + 2, 0);
        for (const NodeId v : inner) ++first[at(key[at(v)]) + 1];
        std::partial_sum(first.begin(), first.end(), first.begin());
        std::vector<NodeId> out(inner.size());
        for (const NodeId v : inner) out[at(first[at(key[at(v)])]++)] = v;
        inner = std::move(out);
    };
    sorted_by(least, t);
    sorted_by(above, t);
    std::vector<NodeId> id(at(t), -1);
    for (NodeId v = 0; v < n_leaves; ++v) id[at(v)] = v;
    for (std::size_t k = 0; k < inner.size(); ++k) id[at(inner[k])] = n_leaves + node_id(k);
    std::vector<NodeId> result(at(n_leaves) + inner.size(), -1);
    if (original != nullptr) {
        original->assign(result.size(), 0);
        std::iota(original->begin(), original->begin() + n_leaves, 0);
        std::copy(inner.begin(), inner.end(), original->begin() + n_leaves);
    }
    // Top-down: the nearest ancestor that stays.
    std::vector<NodeId> kept(at(t), -1);
    for (const NodeId v : order) {
        const NodeId p = parent[at(v)];
        const NodeId kept_parent = p < 0 ? -1 : kept[at(p)];
        if (stands[at(v)] == v) {
            kept[at(v)] = v;
            if (v != root) result[at(id[at(v)])] = id[at(kept_parent)];
        } else {
            kept[at(v)] = kept_parent;
        }
    }
    return result;
}

std::vector<NodeId> leaf_order(std::span<const NodeId> parent, NodeId n_leaves) {
    const auto t = parent.size();
    std::vector<NodeId> count(t, 0);
    std::fill(count.begin(), count.begin() + n_leaves, 1);
    for (std::size_t v = 0; v + 1 < t; ++v) count[at(parent[v])] += count[v];
    std::vector<NodeId> next(t, 0);  // place of the next leaf below each node
    std::vector<NodeId> order(at(n_leaves));
    for (std::size_t v = t - 1; v-- > 0;) {
        next[v] = next[at(parent[v])];
        next[at(parent[v])] += count[v];
        if (std::cmp_less(v, n_leaves)) order[at(next[v])] = node_id(v);
    }
    return order;
}

std::vector<NodeId> depths(std::span<const NodeId> parent) {
    std::vector<NodeId> depth(parent.size(), 0);
    for (std::size_t v = parent.size() - 1; v-- > 0;) depth[v] = depth[at(parent[v])] + 1;
    return depth;
}

Csr children(std::span<const NodeId> parent) {
    Csr result;
    result.indptr.assign(parent.size() + 1, 0);
    for (const NodeId p : parent) {
        if (p >= 0) ++result.indptr[at(p) + 1];
    }
    std::partial_sum(result.indptr.begin(), result.indptr.end(), result.indptr.begin());
    result.indices.resize(parent.size() - 1);
    std::vector<std::int64_t> next(result.indptr.begin(), result.indptr.end() - 1);
    for (std::size_t v = 0; v + 1 < parent.size(); ++v) {
        result.indices[at(next[at(parent[v])]++)] = node_id(v);
    }
    return result;
}

std::vector<NodeId> labels(std::span<const NodeId> parent, NodeId n_leaves, NodeId level) {
    const auto t = parent.size();
    std::vector<NodeId> depth(t, 0);
    std::vector<NodeId> ancestor(t);
    ancestor[t - 1] = node_id(t) - 1;
    for (std::size_t v = t - 1; v-- > 0;) {
        depth[v] = depth[at(parent[v])] + 1;
        ancestor[v] = depth[v] <= level ? node_id(v) : ancestor[at(parent[v])];
    }
    std::vector<NodeId> id(t, -1);
    std::vector<NodeId> result(at(n_leaves));
    NodeId next = 0;
    for (NodeId v = 0; v < n_leaves; ++v) {
        NodeId& label = id[at(ancestor[at(v)])];
        if (label < 0) label = next++;
        result[at(v)] = label;
    }
    return result;
}

std::vector<NodeId> leaves(std::span<const NodeId> parent, NodeId n_leaves, NodeId node) {
    std::vector<bool> below(at(node) + 1, false);
    below[at(node)] = true;
    std::vector<NodeId> result;
    for (NodeId v = node; v-- > 0;) {
        below[at(v)] = parent[at(v)] <= node && below[at(parent[at(v)])];
        if (v < n_leaves && below[at(v)]) result.push_back(v);
    }
    if (node < n_leaves) result.push_back(node);
    std::sort(result.begin(), result.end());
    return result;
}

AncestorIndex::AncestorIndex(std::span<const NodeId> parent)
    : parent_(parent), labels_(parent.size()), heads_(parent.size() + 1), along_(parent.size(), -1) {
    const auto t = parent.size();
    std::vector<std::uint32_t> size(t, 1);
    for (std::size_t v = 0; v + 1 < t; ++v) size[at(parent[v])] += size[v];
    // Numbers of a walk that enters parents first, from 1; of a subtree they are a stretch, and the path of
    // its top is the number in it with the most zeros at its end.
    std::vector<std::uint32_t> next(t, 1);
    for (std::size_t v = t; v-- > 0;) {
        const bool is_root = v + 1 == t;
        const auto p = is_root ? v : at(parent[v]);
        const std::uint32_t first = next[p];
        const std::uint32_t last = first + size[v] - 1;
        if (!is_root) next[p] += size[v];
        next[v] = first + 1;
        const std::uint32_t path = last & ~(std::bit_floor((first - 1) ^ last) - 1);
        labels_[v] = {path, path & ~(path - 1)};
        if (!is_root) labels_[v].above |= labels_[p].above;
        if (is_root || path != labels_[p].path) {
            heads_[path] = node_id(v);
        } else {
            along_[p] = node_id(v);
        }
    }
}

}  // namespace hint_se
