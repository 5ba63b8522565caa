#include "build/place_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "index.hpp"

namespace hint_se {
namespace {

// A gain below this is rounding.
constexpr double kLeastGain = 1e-12;

}  // namespace

bool PlaceSearch::find(NodeId leaf) {
    leaf_ = leaf;
    if (tree_.parent(leaf) < 0 || graph_.begin(leaf) == graph_.end(leaf)) return false;
    collect_links();
    collect_path(-1);
    return top_ > 0 && search();
}

PlaceSearch::Found PlaceSearch::find_within(const Blocks& blocks, NodeId leaf, bool looks_out) {
    leaf_ = leaf;
    const NodeId block = blocks.of(leaf);
    const NodeId above = blocks.above(block);
    if (tree_.parent(leaf) == above) return Found::kTempted;  // the block is the leaf
    split_links(blocks, block, looks_out);
    // Without a look at the tree: the inner links cost at least what they would beside a leaf as large.
    if (is_tempted(2.0 * inner_ * (tree_[leaf].log_volume + 1.0))) return Found::kTempted;
    collect_path(above);
    if (top_ > 0) {
        const bool found = search();
        if (is_tempted(best_cost_)) return Found::kTempted;
        return found ? Found::kPlace : Found::kNothing;
    }
    return is_tempted(top_ < 0 ? 0.0 : 2.0 * hit_[0] * tree_[path_[0]].log_volume) ? Found::kTempted
                                                                                   : Found::kNothing;
}

void PlaceSearch::collect_links() {
    links_.clear();
    for (auto e = graph_.begin(leaf_); e < graph_.end(leaf_); ++e)
        links_.push_back({order_.label(graph_.target(e)), graph_.weight(e)});
    sort_links();
}

// Keeps the links within the block.
void PlaceSearch::split_links(const Blocks& blocks, NodeId block, bool looks_out) {
    links_.clear();
    ties_.clear();
    inner_ = 0.0;
    for (auto e = graph_.begin(leaf_); e < graph_.end(leaf_); ++e) {
        const NodeId u = graph_.target(e);
        const NodeId other = blocks.of(u);
        if (other != block) {
            if (looks_out) ties_.push_back({blocks.log_common(block, other), graph_.weight(e)});
        } else {
            links_.push_back({order_.label(u), graph_.weight(e)});
            inner_ += graph_.weight(e);
        }
    }
    sort_links();
    std::sort(ties_.begin(), ties_.end(), [](const Tie& a, const Tie& b) { return a.level < b.level; });
}

void PlaceSearch::sort_links() {
    std::sort(links_.begin(), links_.end(), [](const Link& a, const Link& b) { return a.label < b.label; });
}

// Takes in the links to what else lies in the span; returns their weight.
double PlaceSearch::widen(Piece& piece, const LeafOrder::Span& span) const {
    double added = 0.0;
    while (piece.begin > 0 && links_[piece.begin - 1].label >= span.first)
        added += links_[--piece.begin].weight;
    while (piece.end < links_.size() && links_[piece.end].label <= span.last)
        added += links_[piece.end++].weight;
    piece.weight += added;
    return added;
}

// Up to the first ancestor that holds all neighbours; those out of reach do not count.
void PlaceSearch::collect_path(NodeId above) {
    const std::int64_t own = order_.label(leaf_);
    std::size_t here = 0;
    while (here < links_.size() && links_[here].label < own) ++here;
    Piece piece{here, here, 0.0};
    top_ = -1;
    int i = 0;
    for (NodeId a = tree_.parent(leaf_); a != above && i < kMaxClimb; a = tree_.parent(a), ++i) {
        path_[at(i)] = a;
        hit_[at(i)] = widen(piece, order_.span(a));
        within_[at(i)] = piece;
        if (hit_[at(i)] > 0.0) top_ = i;
        if (piece.end - piece.begin == links_.size()) break;
    }
}

// Finds the place of least cost in the tree without the leaf, if it gains: first on the path, as staying
// bounds the rest.
bool PlaceSearch::search() {
    const double volume = tree_[leaf_].volume;
    double cost = 0.0;
    best_cost_ = std::numeric_limits<double>::infinity();
    stack_.clear();
    for (int i = top_; i > 0; --i) {
        const BinaryNode& node = tree_[path_[at(i)]];
        const NodeId lower = path_[at(i - 1)];
        const Piece& inside = within_[at(i - 1)];
        const double joined = node.joined - 2.0 * hit_[at(i)];
        const double before = cost - joined * log_of(node.volume - volume);
        if (hit_[at(i)] > 0.0) {
            const bool is_left = node.left == lower;
            const Piece& all = within_[at(i)];
            const double there = before + (joined + 2.0 * inside.weight) * node.log_volume;
            stack_.push_back({is_left ? node.right : node.left, 0, there,
                              is_left ? Piece{inside.end, all.end, hit_[at(i)]}
                                      : Piece{all.begin, inside.begin, hit_[at(i)]}});
        }
        cost = before + node.joined * node.log_volume;
        if (i > 1) offer(lower, cost + 2.0 * inside.weight * tree_[lower].log_volume, inside);
    }
    const double staying = cost + 2.0 * within_[0].weight * tree_[path_[0]].log_volume;
    if (best_cost_ >= staying - kLeastGain) offer(-1, staying - kLeastGain, {});
    descend();
    return best_ >= 0;
}

void PlaceSearch::offer(NodeId node, double cost, const Piece& links) {
    if (cost >= best_cost_) return;
    best_cost_ = cost;
    best_ = node;
    best_links_ = links;
}

// Below a node that holds no neighbour the cost only rises, and it never falls below `cost` plus all links at
// the leaf's own volume, which cuts most of the descent.
void PlaceSearch::descend() {
    const double volume = tree_[leaf_].volume;
    const double log_own = tree_[leaf_].log_volume;
    const auto push = [&](NodeId node, int depth, double cost, const Piece& links) {
        if (links.weight > 0.0 && cost + 2.0 * links.weight * log_own < best_cost_)
            stack_.push_back({node, depth, cost, links});
    };
    while (!stack_.empty()) {
        const auto [v, depth, cost, links] = stack_.back();
        stack_.pop_back();
        if (cost + 2.0 * links.weight * log_own >= best_cost_) continue;
        const BinaryNode& node = tree_[v];
        const double log_full = std::log2(node.volume + volume);
        offer(v, cost + 2.0 * links.weight * log_full, links);
        if (v < tree_.n_leaves || depth == kMaxClimb) continue;
        const std::int64_t middle = order_.span(node.right).first;
        Piece left{links.begin, links.begin, 0.0};
        while (left.end < links.end && links_[left.end].label < middle)
            left.weight += links_[left.end++].weight;
        Piece right{left.end, links.end, 0.0};
        for (std::size_t k = right.begin; k < right.end; ++k) right.weight += links_[k].weight;
        const double before = cost - node.joined * node.log_volume;
        push(node.left, depth + 1, before + (node.joined + 2.0 * right.weight) * log_full, left);
        push(node.right, depth + 1, before + (node.joined + 2.0 * left.weight) * log_full, right);
    }
}

// Whether a place outside the block could cost less than the inner links do now: it would save what the links
// that meet there cost, down to that of a leaf as large beside the leaf, and raise the others to its level.
bool PlaceSearch::is_tempted(double inner_cost) const {
    const double least = tree_[leaf_].log_volume + 1.0;
    double near = inner_;
    double near_cost = inner_cost;
    for (std::size_t i = 0; i < ties_.size();) {
        const double level = ties_[i].level;
        double weight = 0.0;
        for (; i < ties_.size() && ties_[i].level == level; ++i) weight += ties_[i].weight;
        if (2.0 * weight * (level - least) > 2.0 * near * level - near_cost) return true;
        near += weight;
        near_cost += 2.0 * weight * level;
    }
    return false;
}

Move PlaceSearch::plan(std::vector<Step>& steps) const {
    const std::int64_t own = order_.label(leaf_);
    Piece piece = best_links_;
    Move move{leaf_, path_[0], best_, piece.weight, steps.size(), 0};
    NodeId meets = tree_.parent(best_);
    for (; !order_.span(meets).holds(own); meets = tree_.parent(meets)) {
        const double added = widen(piece, order_.span(meets));
        steps.push_back({meets, 1.0, 2.0 * added});
    }
    int place = 0;
    while (path_[at(place)] != meets) ++place;
    for (int i = 1; i < place; ++i) steps.push_back({path_[at(i)], -1.0, -2.0 * hit_[at(i)]});
    // Down from the leaf's sibling nothing else changes, but the grandparent must stay where it is.
    const double joined =
        place > 0 ? 2.0 * (within_[at(place)].weight - piece.weight - hit_[at(place)]) : 0.0;
    steps.push_back({path_[at(std::max(place, 1))], 0.0, joined});
    move.end_step = steps.size();
    return move;
}

}  // namespace hint_se
