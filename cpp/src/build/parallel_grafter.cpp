#include "build/parallel_grafter.hpp"

#include <algorithm>

#include "index.hpp"
#include "parallel.hpp"

namespace hint_se {

ParallelGrafter::ParallelGrafter(const GraphView& graph, BinaryTree& tree, const Shares& shares,
                                 int n_threads)
    : graph_(graph),
      tree_(tree),
      shares_(shares),
      n_threads_(std::max(n_threads, 1)),
      order_(tree),
      searches_(at(n_threads_), PlaceSearch(graph, tree, order_)),
      queued_(at(tree.n_leaves)),
      changed_(tree.nodes.size(), 0) {}

double ParallelGrafter::run(std::int64_t max_visits, Monitor& monitor) {
    const double before = joined_cost(tree_);
    double now = before;
    double last;
    do {
        last = now;
        std::fill(queued_.begin(), queued_.end(), 1);
        graft_batches(graft_blocks(true, monitor), monitor);
        graft_blocks(false, monitor);
        now = joined_cost(tree_);
    } while (visits_ < max_visits && now < last);
    return before - now;
}

// Tries the queued leaves within their blocks. Returns those that a place outside may suit better.
std::vector<NodeId> ParallelGrafter::graft_blocks(bool looks_out, Monitor& monitor) {
    const Blocks blocks(tree_, shares_.block);
    std::vector<std::vector<NodeId>> tempted(at(blocks.size()));
    visits_ += std::count(queued_.begin(), queued_.end(), 1);
    parallel_for(n_threads_, blocks.size(), 1, monitor,
                 [&](std::int64_t begin, std::int64_t, std::size_t worker) {
                     graft_block(blocks, node_id(begin), looks_out, searches_[worker], tempted[at(begin)]);
                 });
    std::vector<NodeId> all;
    for (const auto& leaves : tempted) all.insert(all.end(), leaves.begin(), leaves.end());
    return all;
}

void ParallelGrafter::graft_block(const Blocks& blocks, NodeId block, bool looks_out, PlaceSearch& search,
                                  std::vector<NodeId>& tempted) {
    std::vector<Step> steps;
    for (const NodeId leaf : blocks.leaves(block)) {
        if (queued_[at(leaf)] == 0) continue;
        queued_[at(leaf)] = 0;
        const PlaceSearch::Found found = search.find_within(blocks, leaf, looks_out);
        if (found == PlaceSearch::Found::kTempted) tempted.push_back(leaf);
        if (found != PlaceSearch::Found::kPlace) continue;
        steps.clear();
        const Move move = search.plan(steps);
        make(move, steps);
    }
}

void ParallelGrafter::graft_batches(const std::vector<NodeId>& leaves, Monitor& monitor) {
    // A batch takes leaves from everywhere, so that few of its moves meet.
    const auto n_batches = std::max<std::int64_t>(std::ssize(leaves) / shares_.batch, 1);
    std::vector<NodeId> batch;
    std::vector<NodeId> again;
    std::vector<Plans> plans;
    for (std::int64_t b = 0; b < n_batches || !batch.empty(); ++b) {
        for (std::int64_t k = b; b < n_batches && k < std::ssize(leaves); k += n_batches)
            batch.push_back(leaves[at(k)]);
        monitor.check(static_cast<double>(b) / static_cast<double>(n_batches));
        search(batch, plans, monitor);
        ++batch_;
        again.clear();
        for (const Plans& found : plans) {
            for (const Move& move : found.moves) {
                const auto steps =
                    std::span(found.steps).subspan(move.first_step, move.end_step - move.first_step);
                if (still_holds(move, steps)) {
                    if (make(move, steps)) note(move);
                } else {
                    again.push_back(move.leaf);
                }
            }
        }
        n_conflicts_ += std::ssize(again);
        batch.swap(again);
    }
}

// Fills one plan for every chunk of the batch.
void ParallelGrafter::search(std::span<const NodeId> batch, std::vector<Plans>& plans, Monitor& monitor) {
    constexpr std::int64_t kChunk = 32;
    plans.resize(at((std::ssize(batch) + kChunk - 1) / kChunk));
    visits_ += std::ssize(batch);
    parallel_for(n_threads_, std::ssize(batch), kChunk, monitor,
                 [&](std::int64_t begin, std::int64_t end, std::size_t worker) {
                     Plans& own = plans[at(begin / kChunk)];
                     own.moves.clear();
                     own.steps.clear();
                     for (std::int64_t k = begin; k < end; ++k) {
                         if (searches_[worker].find(batch[at(k)]))
                             own.moves.push_back(searches_[worker].plan(own.steps));
                     }
                 });
}

// Moves before in the batch may have changed volumes on the way, but not what is on it.
bool ParallelGrafter::still_holds(const Move& move, std::span<const Step> steps) const {
    const auto stays = [&](NodeId v) { return changed_[at(v)] != batch_; };
    const auto neighbours = graph_.indices.subspan(at(graph_.begin(move.leaf)),
                                                   at(graph_.end(move.leaf) - graph_.begin(move.leaf)));
    const BinaryNode& node = tree_[move.node];
    return stays(move.node) && stays(node.left) && stays(node.right) && stays(move.best) &&
           std::all_of(steps.begin(), steps.end(), [&](const Step& step) { return stays(step.node); }) &&
           std::all_of(neighbours.begin(), neighbours.end(), stays);
}

bool ParallelGrafter::make(const Move& move, std::span<const Step> steps) {
    if (!is_shallow(tree_, move.best) || !order_.has_room(tree_, move.best)) return false;
    const double volume = tree_[move.leaf].volume;
    for (const Step& step : steps) {
        const BinaryNode& node = tree_[step.node];
        set(tree_, step.node, node.volume + step.sign * volume, node.joined + step.joined);
    }
    // The leaf's sibling comes in the place of their parent, which moves along.
    replace_child(tree_, tree_.parent(move.node), move.node, sibling_of(tree_, move.leaf));
    order_.put_beside(tree_, move.leaf, move.node, move.best);
    set(tree_, move.node, tree_[move.best].volume + volume, 2.0 * move.linked);
    return true;
}

// For the moves that follow in the batch, and the tries after it.
void ParallelGrafter::note(const Move& move) {
    for (const NodeId v : {move.leaf, move.node, move.best}) changed_[at(v)] = batch_;
    for (auto e = graph_.begin(move.leaf); e < graph_.end(move.leaf); ++e) queued_[at(graph_.target(e))] = 1;
}

}  // namespace hint_se
