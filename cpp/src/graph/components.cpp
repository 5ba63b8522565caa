#include "graph/components.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "index.hpp"

namespace hint_se {
namespace {

class DisjointSets {
  public:
    explicit DisjointSets(std::size_t size) : up_(size) { std::iota(up_.begin(), up_.end(), 0); }

    NodeId find(NodeId x) {
        while (up_[at(x)] != x) x = up_[at(x)] = up_[at(up_[at(x)])];
        return x;
    }
    void join(NodeId x, NodeId y) { up_[at(find(y))] = find(x); }

  private:
    std::vector<NodeId> up_;
};

// Searches that grow in step; a group is what has met.
class Searches {
  public:
    Searches(const GraphView& graph, std::vector<NodeId> sources, Monitor& monitor)
        : graph_(graph),
          monitor_(monitor),
          owner_(at(graph.n_nodes()), -1),
          found_(sources.size()),
          next_(sources.size(), 0),
          groups_(sources.size()) {
        for (std::size_t s = 0; s < sources.size(); ++s) {
            owner_[at(sources[s])] = node_id(s);
            found_[s].push_back(sources[s]);
        }
    }

    // The group of a node, as the number of one of its sources.
    [[nodiscard]] NodeId group_of(NodeId node) { return groups_.find(owner_[at(node)]); }

    // Grows until every pair is in one group or has an exhausted group on one side. Strides double, so that
    // a search goes at most a few times as far as it must, in few rounds.
    void settle(std::vector<std::pair<NodeId, NodeId>> pairs) {
        for (std::size_t stride = 1;; stride *= 2) {
            const std::vector<bool> open = open_groups();
            std::erase_if(pairs, [&](const auto& pair) {
                const NodeId u = group_of(pair.first);
                const NodeId v = group_of(pair.second);
                return u == v || !open[at(u)] || !open[at(v)];
            });
            if (pairs.empty()) return;
            std::vector<bool> wanted(found_.size(), false);
            for (const auto& [u, v] : pairs) wanted[at(group_of(u))] = wanted[at(group_of(v))] = true;
            for (NodeId s = 0; s < node_id(found_.size()); ++s) {
                if (!wanted[at(groups_.find(s))]) continue;
                for (std::size_t k = 0; k < stride && next_[at(s)] < found_[at(s)].size(); ++k) grow(s);
            }
        }
    }

    // By group: whether a search of it has nodes left to grow from.
    [[nodiscard]] std::vector<bool> open_groups() {
        std::vector<bool> open(found_.size(), false);
        for (std::size_t s = 0; s < found_.size(); ++s) {
            if (next_[s] < found_[s].size()) open[at(groups_.find(node_id(s)))] = true;
        }
        return open;
    }

    // By group: the nodes found.
    [[nodiscard]] std::vector<std::vector<NodeId>> nodes_by_group() {
        std::vector<std::vector<NodeId>> nodes(found_.size());
        for (std::size_t s = 0; s < found_.size(); ++s) {
            auto& of_group = nodes[at(groups_.find(node_id(s)))];
            of_group.insert(of_group.end(), found_[s].begin(), found_[s].end());
        }
        return nodes;
    }

  private:
    void grow(NodeId s) {
        monitor_.tick(0.0);
        const NodeId v = found_[at(s)][next_[at(s)]++];
        for (auto e = graph_.begin(v); e < graph_.end(v); ++e) {
            const NodeId u = graph_.target(e);
            if (owner_[at(u)] < 0) {
                owner_[at(u)] = s;
                found_[at(s)].push_back(u);
            } else {
                groups_.join(s, owner_[at(u)]);
            }
        }
    }

    const GraphView graph_;
    Monitor& monitor_;
    std::vector<NodeId> owner_;  // by node: the search that found it
    std::vector<std::vector<NodeId>> found_;
    std::vector<std::size_t> next_;  // by search: the first of its nodes not yet grown from
    DisjointSets groups_;
};

// Of the groups of each old component all but the one that is still open or, where all came to their end, has
// the most nodes.
std::vector<std::vector<NodeId>> all_but_largest(const std::vector<std::vector<NodeId>>& groups,
                                                 Searches& searches) {
    const std::vector<bool> open = searches.open_groups();
    auto nodes = searches.nodes_by_group();
    std::vector<std::vector<NodeId>> fallen;
    for (const auto& of_component : groups) {
        if (of_component.size() < 2) continue;
        const auto smaller = [&](NodeId a, NodeId b) {
            return open[at(a)] != open[at(b)] ? open[at(b)] : nodes[at(a)].size() < nodes[at(b)].size();
        };
        const NodeId kept = *std::max_element(of_component.begin(), of_component.end(), smaller);
        for (const NodeId group : of_component) {
            if (group != kept) fallen.push_back(std::move(nodes[at(group)]));
        }
    }
    return fallen;
}

}  // namespace

std::vector<std::vector<NodeId>> fallen_off(const GraphView& graph,
                                            std::span<const std::pair<NodeId, NodeId>> removed,
                                            Monitor& monitor) {
    std::vector<NodeId> ends;
    for (const auto& [u, v] : removed) ends.insert(ends.end(), {u, v});
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    const auto place = [&](NodeId v) {
        return node_id(std::lower_bound(ends.begin(), ends.end(), v) - ends.begin());
    };
    DisjointSets old_components(ends.size());  // of what removed edges reach
    for (const auto& [u, v] : removed) old_components.join(place(u), place(v));

    Searches searches(graph, ends, monitor);
    std::vector<std::vector<NodeId>> groups(ends.size());  // by old component
    std::vector<std::pair<NodeId, NodeId>> pairs(removed.begin(), removed.end());
    while (!pairs.empty()) {
        searches.settle(std::move(pairs));
        pairs.clear();
        for (std::size_t k = 0; k < ends.size(); ++k)
            old_components.join(node_id(k), searches.group_of(ends[k]));
        // Two groups that only a fallen one had linked may be one all the same.
        const std::vector<bool> open = searches.open_groups();
        std::vector<bool> seen(ends.size(), false);
        std::vector<NodeId> last_open(ends.size(), -1);
        for (auto& of_component : groups) of_component.clear();
        for (const NodeId v : ends) {
            const NodeId group = searches.group_of(v);
            if (seen[at(group)]) continue;
            seen[at(group)] = true;
            const auto old = at(old_components.find(place(v)));
            groups[old].push_back(group);
            if (!open[at(group)]) continue;
            if (last_open[old] >= 0) pairs.emplace_back(last_open[old], v);
            last_open[old] = v;
        }
    }
    return all_but_largest(groups, searches);
}

}  // namespace hint_se
