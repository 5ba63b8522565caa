#include "hint_se/graph/edit.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>

#include "graph/edge_list.hpp"
#include "hint_se/errors.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

struct Edit {
    NodeId u;
    NodeId v;
    double weight;
    std::int64_t row;  // of the caller's list
};

bool same_edge(const Edit& a, const Edit& b) { return a.u == b.u && a.v == b.v; }

// Weight of an edge, or of a loop that counts; 0 where there is none.
double weight_between(const GraphView& graph, NodeId u, NodeId v) {
    if (u >= graph.n_nodes() || v >= graph.n_nodes()) return 0.0;
    if (u == v) return 0.5 * graph.extra(u);
    const auto first = graph.indices.begin() + graph.begin(u);
    const auto last = graph.indices.begin() + graph.end(u);
    const auto found = std::lower_bound(first, last, v);
    return found == last || *found != v ? 0.0 : graph.weight(found - graph.indices.begin());
}

std::string edge_text(const char* list, std::int64_t row, std::int64_t u, std::int64_t v) {
    return "row " + std::to_string(row) + " of " + list + ", the edge between " + std::to_string(u) +
           " and " + std::to_string(v);
}

// The edges of one list, smaller end first, sorted; those of the same ends by weight, so that their sum
// depends on neither order nor direction. Counts loops, and lists them if they count.
std::vector<Edit> parse(const char* list, std::span<const std::int64_t> pairs,
                        std::span<const double> weights, std::int64_t n_nodes, bool keep_loops,
                        std::int64_t& n_loops) {
    if (pairs.size() % 2 != 0)
        throw GraphError(std::string(list) + " must be pairs, but an odd number of ids arrived");
    std::vector<Edit> edits;
    edits.reserve(pairs.size() / 2);
    for (std::int64_t row = 0; std::cmp_less(row, pairs.size() / 2); ++row) {
        const std::int64_t u = pairs[at(2 * row)];
        const std::int64_t v = pairs[at(2 * row + 1)];
        if (u < 0 || u >= n_nodes || v < 0 || v >= n_nodes) {
            throw GraphError("node ids must be in [0, " + std::to_string(n_nodes) + "), but not so in " +
                             edge_text(list, row, u, v));
        }
        const double weight = weights.empty() ? 1.0 : weights[at(row)];
        if (!(weight > 0.0 && std::isfinite(weight))) {
            throw GraphError("weights must be finite and > 0, but " + edge_text(list, row, u, v) + ", has " +
                             shown(weight));
        }
        if (u == v) ++n_loops;
        if (u != v || keep_loops)
            edits.push_back({node_id(std::min(u, v)), node_id(std::max(u, v)), weight, row});
    }
    std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
        return std::tie(a.u, a.v, a.weight, a.row) < std::tie(b.u, b.v, b.weight, b.row);
    });
    return edits;
}

void check_removed(const GraphView& graph, const std::vector<Edit>& removed) {
    const Edit* missing = nullptr;
    for (const Edit& edit : removed) {
        if (weight_between(graph, edit.u, edit.v) == 0.0 && (missing == nullptr || edit.row < missing->row))
            missing = &edit;
    }
    if (missing != nullptr) {
        throw GraphError("removed edges must be edges of the graph, but it has none for " +
                         edge_text("removed_edges", missing->row, missing->u, missing->v));
    }
}

// What one edge weighs once the edits `first` to `last` are added to `base`.
double raised(double base, std::vector<Edit>::const_iterator first, std::vector<Edit>::const_iterator last,
              bool weighted) {
    if (first == last) return base;
    if (weighted)
        return std::accumulate(first, last, base, [](double sum, const Edit& e) { return sum + e.weight; });
    if (base != 0.0 && base != 1.0) {
        throw GraphError(
            "weights are needed to add to an edge that weighs another than 1, but none came for " +
            edge_text("added_edges", first->row, first->u, first->v) + ", which weighs " +
            std::to_string(base));
    }
    return 1.0;
}

std::vector<EdgeChange> changes_of(const GraphView& graph, const std::vector<Edit>& added,
                                   const std::vector<Edit>& removed, bool weighted) {
    std::vector<EdgeChange> changes;
    auto plus = added.begin();
    auto minus = removed.begin();
    while (plus != added.end() || minus != removed.end()) {
        const bool is_added =
            minus == removed.end() ||
            (plus != added.end() && std::tie(plus->u, plus->v) <= std::tie(minus->u, minus->v));
        const Edit edge = is_added ? *plus : *minus;
        const auto others = [&](const Edit& other) { return !same_edge(edge, other); };
        const auto plus_end = std::find_if(plus, added.end(), others);
        const auto minus_end = std::find_if(minus, removed.end(), others);
        const double before = weight_between(graph, edge.u, edge.v);
        const double after = raised(minus == minus_end ? before : 0.0, plus, plus_end, weighted);
        if (after != before) changes.push_back({edge.u, edge.v, before, after});
        plus = plus_end;
        minus = minus_end;
    }
    return changes;
}

void check_size(const GraphView& graph, const std::vector<EdgeChange>& changes) {
    auto n_entries = static_cast<std::int64_t>(graph.indices.size());
    for (const EdgeChange& change : changes) {
        if (change.u == change.v) continue;
        n_entries += (change.after > 0.0 ? 2 : 0) - (change.before > 0.0 ? 2 : 0);
    }
    if (n_entries > kMaxEntries) throw GraphError(too_many_edges(at(n_entries)));
}

// The total was finite. Weights up to this are lost in rounding where it is near its limit, however many.
void check_total(const std::vector<EdgeChange>& changes, const Graph& graph) {
    constexpr double kHarmless = 0x1p900;
    const auto large = [](const EdgeChange& change) { return change.after > kHarmless; };
    if (std::none_of(changes.begin(), changes.end(), large)) return;
    const double edges = std::accumulate(graph.weights.begin(), graph.weights.end(), 0.0);
    if (!std::isfinite(std::accumulate(graph.extra_volume.begin(), graph.extra_volume.end(), edges)))
        throw GraphError("the total of the weights must be finite, but it overflows");
}

std::vector<double> changed_loops(const GraphView& graph, const std::vector<EdgeChange>& changes,
                                  std::int64_t n_nodes) {
    std::vector<double> extra(graph.extra_volume.begin(), graph.extra_volume.end());
    if (extra.empty()) return extra;
    extra.resize(at(n_nodes), 0.0);
    for (const EdgeChange& change : changes) {
        if (change.u == change.v) extra[at(change.u)] = 2.0 * change.after;
    }
    return extra;
}

// Entries copied between two looks at the monitor.
constexpr EdgeOffset kStride = 4'096;

// Copies the rows, stretch by stretch between the changes.
Graph changed_graph(const GraphView& graph, const std::vector<EdgeChange>& changes, std::int64_t n_nodes,
                    Monitor& monitor) {
    std::vector<EdgeChange> entries;  // now by row u; each edge in both directions
    for (const EdgeChange& change : changes) {
        if (change.u == change.v) continue;
        entries.push_back(change);
        entries.push_back({change.v, change.u, change.before, change.after});
    }
    std::sort(entries.begin(), entries.end(), [](const EdgeChange& a, const EdgeChange& b) {
        return std::tie(a.u, a.v) < std::tie(b.u, b.v);
    });
    Graph result;
    result.extra_volume = changed_loops(graph, changes, n_nodes);
    result.indptr.reserve(at(n_nodes) + 1);
    result.indices.reserve(graph.indices.size() + entries.size());
    result.weights.reserve(graph.weights.size() + entries.size());
    EdgeOffset copied = 0;
    const auto copy_to = [&](EdgeOffset end) {
        while (copied < end) {
            const EdgeOffset next = end - copied > kStride ? edge_offset(copied + kStride) : end;
            result.indices.insert(result.indices.end(), graph.indices.begin() + copied,
                                  graph.indices.begin() + next);
            result.weights.insert(result.weights.end(), graph.weights.begin() + copied,
                                  graph.weights.begin() + next);
            copied = next;
            monitor.tick(0.5);
        }
    };
    const auto fill_offsets = [&](NodeId row) {  // up to the start of a row
        const EdgeOffset shift = edge_offset(result.indices.size()) - copied;
        for (auto r = node_id(result.indptr.size()); r <= row; ++r)
            result.indptr.push_back(graph.indptr[at(std::min(r, graph.n_nodes()))] + shift);
    };
    for (const EdgeChange& entry : entries) {
        fill_offsets(entry.u);
        const bool is_new_row = entry.u >= graph.n_nodes();
        const EdgeOffset begin = is_new_row ? graph.indptr.back() : graph.begin(entry.u);
        const EdgeOffset end = is_new_row ? begin : graph.end(entry.u);
        copy_to(std::lower_bound(graph.indices.begin() + begin, graph.indices.begin() + end, entry.v) -
                graph.indices.begin());
        if (entry.before > 0.0) ++copied;
        if (entry.after > 0.0) {
            result.indices.push_back(entry.v);
            result.weights.push_back(entry.after);
        }
    }
    fill_offsets(node_id(n_nodes));
    copy_to(graph.indptr.back());
    return result;
}

}  // namespace

EditedGraph edit_graph(const GraphView& graph, const EdgeEdits& edits, std::int64_t n_nodes,
                       Monitor& monitor) {
    if (n_nodes < graph.n_nodes() || n_nodes > kMaxNodes) {
        throw GraphError("n_nodes must be at least the " + std::to_string(graph.n_nodes()) +
                         " nodes there are and at most 2^30, but is " + std::to_string(n_nodes));
    }
    if (!edits.weights.empty() && edits.weights.size() * 2 != edits.added.size()) {
        throw GraphError("weights must be one per added edge (" + std::to_string(edits.added.size() / 2) +
                         "), but " + std::to_string(edits.weights.size()) + " arrived");
    }
    monitor.stage("edit graph");
    EditedGraph result;
    const bool keep = !graph.extra_volume.empty();
    const auto removed = parse("removed_edges", edits.removed, {}, graph.n_nodes(), keep, result.n_loops);
    const auto added = parse("added_edges", edits.added, edits.weights, n_nodes, keep, result.n_loops);
    check_removed(graph, removed);
    result.changes = changes_of(graph, added, removed, !edits.weights.empty());
    check_size(graph, result.changes);
    result.graph = changed_graph(graph, result.changes, n_nodes, monitor);
    check_total(result.changes, result.graph);
    return result;
}

}  // namespace hint_se
