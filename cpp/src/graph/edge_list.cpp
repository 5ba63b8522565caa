#include "graph/edge_list.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "hint_se/errors.hpp"
#include "index.hpp"

namespace hint_se {
namespace {

template <class Id>
void check_rows(std::span<const Id> edges, std::span<const double> weights, std::int64_t n_nodes,
                Monitor& monitor) {
    const auto m = static_cast<std::int64_t>(edges.size() / 2);
    for (std::int64_t row = 0; row < m; ++row) {
        for (const auto id : {edges[at(2 * row)], edges[at(2 * row + 1)]}) {
            if (id < 0 || static_cast<std::int64_t>(id) >= n_nodes) {
                throw GraphError("node ids must be in [0, " + std::to_string(n_nodes) + "), but edge " +
                                 std::to_string(row) + " holds " + std::to_string(id));
            }
        }
        if (!weights.empty() && !(weights[at(row)] > 0.0 && std::isfinite(weights[at(row)]))) {
            throw GraphError("weights must be finite and > 0, but the weight of edge " + std::to_string(row) +
                             " is " + shown(weights[at(row)]));
        }
        monitor.tick(static_cast<double>(row) / static_cast<double>(m));
    }
}

}  // namespace

template <class Id>
void check_edge_list(std::span<const Id> edges, std::span<const double> weights, std::int64_t n_nodes,
                     Monitor& monitor) {
    if (n_nodes < 1 || n_nodes > kMaxNodes) {
        throw GraphError("a graph has between 1 and " + std::to_string(kMaxNodes) +
                         " nodes, but n_nodes is " + std::to_string(n_nodes));
    }
    if (std::cmp_greater(edges.size(), kMaxEntries)) throw GraphError(too_many_edges(edges.size()));
    if (edges.size() % 2 != 0) throw GraphError("edges must be pairs, but an odd number of ids arrived");
    if (!weights.empty() && weights.size() * 2 != edges.size()) {
        throw GraphError("weights must be one per edge (" + std::to_string(edges.size() / 2) + "), but " +
                         std::to_string(weights.size()) + " arrived");
    }
    monitor.stage("check edges");
    check_rows(edges, weights, n_nodes, monitor);
}

template void check_edge_list(std::span<const std::int32_t>, std::span<const double>, std::int64_t, Monitor&);
template void check_edge_list(std::span<const std::int64_t>, std::span<const double>, std::int64_t, Monitor&);

std::string shown(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "infinity" : "-infinity";
    // The shortest text that reads back as the same number, as Python writes it.
    std::array<char, 32> digits{};
    const std::string text(digits.data(),
                           std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string too_many_edges(std::size_t n_entries) {
    return "a graph has at most " + std::to_string(kMaxEntries / 2) + " edges, but " +
           std::to_string(n_entries / 2) + " arrived";
}

}  // namespace hint_se
