#include "hint_se/tree/connected.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "hint_se/tree/tree.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

// Goes over the suspected nodes bottom-up. What hangs together by then is a unit: a child that is whole, or a
// piece of one that is not. The forest `above_` leads from every leaf to the unit that holds it.
class Divider {
  public:
    Divider(const GraphView& graph, std::vector<NodeId>& parent, const std::vector<bool>& suspected,
            Monitor& monitor)
        : graph_(graph),
          parent_(parent),
          monitor_(monitor),
          root_(node_id(parent.size()) - 1),
          above_(parent.size()),
          place_(parent.size(), -1) {
        order_leaves();
        collect_children(suspected);
    }

    // Notes where edges meet, so that a node of two children needs no search. It pays where all are
    // suspected.
    void note_links() {
        linked_.assign(parent_.size(), false);
        const AncestorIndex index(parent_);
        for (NodeId v = 0; v < graph_.n_nodes(); ++v) {
            monitor_.tick(0.0);
            for (auto e = graph_.begin(v); e < graph_.end(v); ++e) {
                if (graph_.target(e) > v) linked_[at(index.common(v, graph_.target(e)))] = true;
            }
        }
    }

    bool run() {
        for (NodeId v = graph_.n_nodes(); v < root_; ++v) {
            if (first_child_[at(v)] == first_child_[at(v) + 1]) continue;
            collect_units(v);
            if (hangs_together(v)) {
                hang(units_, v);
            } else {
                divide(v);
            }
            for (const NodeId unit : units_) place_[at(unit)] = -1;
        }
        if (pieces_.empty()) return false;
        collect_units(root_);
        hang(units_, root_);
        parent_ = canonical_parent(parent_, graph_.n_nodes());
        return true;
    }

  private:
    // The leaves of each node as a stretch of one order.
    void order_leaves() {
        count_.assign(parent_.size(), 0);
        std::fill(count_.begin(), count_.begin() + graph_.n_nodes(), 1);
        for (std::size_t v = 0; v + 1 < parent_.size(); ++v) count_[at(parent_[v])] += count_[v];
        first_leaf_.assign(parent_.size(), 0);
        leaves_.resize(at(graph_.n_nodes()));
        std::vector<NodeId> next(parent_.size(), 0);
        for (NodeId v = root_ - 1; v >= 0; --v) {
            monitor_.tick(0.0);
            NodeId& of_parent = next[at(parent_[at(v)])];
            first_leaf_[at(v)] = next[at(v)] = of_parent;
            if (v < graph_.n_nodes()) leaves_[at(of_parent)] = v;
            of_parent += count_[at(v)];
        }
    }

    // Of the suspected nodes: a node that is not suspected is a unit from the beginning.
    void collect_children(const std::vector<bool>& suspected) {
        const auto is_unit = [&](NodeId v) { return suspected[at(parent_[at(v)])]; };
        first_child_.assign(parent_.size() + 1, 0);
        above_[at(root_)] = root_;
        for (NodeId v = 0; v < root_; ++v) {
            monitor_.tick(0.0);
            above_[at(v)] = is_unit(v) ? v : parent_[at(v)];
            if (is_unit(v)) ++first_child_[at(parent_[at(v)]) + 1];
        }
        std::partial_sum(first_child_.begin(), first_child_.end(), first_child_.begin());
        children_.resize(at(first_child_.back()));
        std::vector<NodeId> next(first_child_.begin(), first_child_.end() - 1);
        for (NodeId v = 0; v < root_; ++v) {
            if (is_unit(v)) children_[at(next[at(parent_[at(v)])]++)] = v;
        }
    }

    [[nodiscard]] std::span<const NodeId> children(NodeId v) const {
        return std::span(children_).subspan(at(first_child_[at(v)]),
                                            at(first_child_[at(v) + 1] - first_child_[at(v)]));
    }

    NodeId unit_of(NodeId v) {
        while (above_[at(v)] != v) v = above_[at(v)] = above_[at(above_[at(v)])];
        return v;
    }

    void collect_units(NodeId v) {
        units_.clear();
        for (const NodeId child : children(v)) {
            const auto pieces = pieces_.find(child);
            if (pieces == pieces_.end()) {
                units_.push_back(child);
            } else {
                units_.insert(units_.end(), pieces->second.begin(), pieces->second.end());
            }
        }
        group_.resize(units_.size());
        std::iota(group_.begin(), group_.end(), 0);
        for (std::size_t k = 0; k < units_.size(); ++k) place_[at(units_[k])] = node_id(k);
    }

    NodeId group_of(NodeId place) {
        while (group_[at(place)] != place) place = group_[at(place)] = group_[at(group_[at(place)])];
        return place;
    }

    // Joins the units of a node along edges. An edge of the largest child ends within it, in another child or
    // outside of the node.
    bool hangs_together(NodeId v) {
        if (units_.size() == 2 && !linked_.empty()) return linked_[at(v)];
        const auto fewer = [&](NodeId a, NodeId b) { return count_[at(a)] < count_[at(b)]; };
        const NodeId largest = *std::max_element(children(v).begin(), children(v).end(), fewer);
        std::size_t n_groups = units_.size();
        for (const NodeId child : children(v)) {
            if (child == largest) continue;
            for (NodeId k = 0; k < count_[at(child)]; ++k) {
                monitor_.tick(static_cast<double>(v) / static_cast<double>(root_));
                const NodeId leaf = leaves_[at(first_leaf_[at(child)] + k)];
                const NodeId own = place_[at(unit_of(leaf))];
                for (auto e = graph_.begin(leaf); e < graph_.end(leaf); ++e) {
                    const NodeId other = place_[at(unit_of(graph_.target(e)))];
                    if (other < 0) continue;
                    const NodeId a = group_of(own);
                    const NodeId b = group_of(other);
                    if (a == b) continue;
                    group_[at(std::max(a, b))] = std::min(a, b);
                    if (--n_groups == 1) return true;
                }
            }
        }
        return n_groups == 1;
    }

    void hang(std::span<const NodeId> units, NodeId v) {
        for (const NodeId unit : units) parent_[at(unit)] = above_[at(unit)] = v;
    }

    // A group of one unit is a piece as it is; the first of several takes the place of the node.
    void divide(NodeId v) {
        std::vector<std::vector<NodeId>> groups(units_.size());
        for (std::size_t k = 0; k < units_.size(); ++k) groups[at(group_of(node_id(k)))].push_back(units_[k]);
        std::vector<NodeId> pieces;
        free_.push_back(v);
        for (const std::vector<NodeId>& group : groups) {
            if (group.size() > 1) {
                pieces.push_back(new_node());
                hang(group, pieces.back());
            } else if (group.size() == 1) {
                pieces.push_back(group.front());
            }
        }
        pieces_.emplace(v, std::move(pieces));
    }

    // Ids are used again, so that there are never more than a tree has whose inner nodes all branch.
    NodeId new_node() {
        NodeId v = node_id(parent_.size());
        if (free_.empty()) {
            parent_.push_back(-1);
            above_.push_back(v);
            place_.push_back(-1);
        } else {
            v = free_.back();
            free_.pop_back();
            above_[at(v)] = v;
        }
        return v;
    }

    const GraphView graph_;
    std::vector<NodeId>& parent_;
    Monitor& monitor_;
    NodeId root_;
    std::vector<NodeId> leaves_;
    std::vector<NodeId> first_leaf_;  // by node
    std::vector<NodeId> count_;       // of leaves, by node
    std::vector<NodeId> children_;
    std::vector<NodeId> first_child_;  // by node
    std::vector<NodeId> above_;
    std::vector<NodeId> units_;  // of the node at hand
    std::vector<NodeId> place_;  // among the units, by node, -1 elsewhere
    std::vector<NodeId> group_;  // by place: sets under way
    std::vector<NodeId> free_;   // ids of no node
    std::vector<bool> linked_;   // by node, whether edges meet there
    std::unordered_map<NodeId, std::vector<NodeId>> pieces_;
};

}  // namespace

bool divide_into_components(const GraphView& graph, std::vector<NodeId>& parent, Monitor& monitor) {
    monitor.stage("connect");
    Divider divider(graph, parent, std::vector<bool>(parent.size(), true), monitor);
    divider.note_links();
    return divider.run();
}

bool divide_into_components(const GraphView& graph, std::vector<NodeId>& parent,
                            const std::vector<bool>& suspected, Monitor& monitor) {
    monitor.stage("connect");
    return Divider(graph, parent, suspected, monitor).run();
}

}  // namespace hint_se
