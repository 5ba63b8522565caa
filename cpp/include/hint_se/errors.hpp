#pragma once

#include <stdexcept>

namespace hint_se {

/// The graph, or what was to become one, breaks an invariant of graph.hpp.
class GraphError : public std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

/// The tree, or what was to become one, breaks an invariant of tree.hpp.
class TreeError : public std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

}  // namespace hint_se
