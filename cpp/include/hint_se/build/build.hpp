#pragma once

#include <cstdint>

#include "hint_se/graph/graph.hpp"
#include "hint_se/monitor.hpp"
#include "hint_se/tree/tree.hpp"

namespace hint_se {

enum class Algorithm { kAuto, kMergeCompress };

/// kFast: a linkage in rounds, cut to the height. kDefault: grafts and local moving on top. kBest: until
/// nothing gains, then perturbation.
enum class Effort { kFast, kDefault, kBest };

struct BuildOptions {
    NodeId height = 0;  ///< greatest leaf depth, 0: no limit
    Algorithm algorithm = Algorithm::kAuto;
    Effort effort = Effort::kDefault;
    std::uint64_t seed = 0;
    int n_threads = 1;
    bool perturbs_small = true;  ///< whether the default takes the time to do so, for small graphs
};

/// The encoding tree of a graph: of the trees tried, the one of least structural entropy. At equal effort a
/// taller limit is never worse than a lower one: on graphs of more than 2,000 nodes this rests, for no limit
/// at all, on the distance between an unlimited tree and one of five levels, which no measured graph comes
/// near. The leaves below each node but the root are connected by edges among themselves: of `kFast` by
/// construction, as clusters merge along edges and a limit of height only deletes nodes.
[[nodiscard]] Tree build_tree(const GraphView& graph, const BuildOptions& options, Monitor& monitor);

}  // namespace hint_se
