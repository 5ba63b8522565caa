#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>

#include "arrays.hpp"
#include "hint_se/build/build.hpp"
#include "hint_se/build/rebuild.hpp"
#include "hint_se/errors.hpp"
#include "hint_se/graph/flow.hpp"
#include "hint_se/graph/graph.hpp"
#include "hint_se/tree/entropy.hpp"
#include "hint_se/tree/neighbours.hpp"
#include "hint_se/tree/tree.hpp"
#include "hint_se/update/place.hpp"
#include "hint_se/update/update.hpp"
#include "released.hpp"

namespace hint_se::python {
namespace {

using Ids = Array<std::int32_t>;
using Offsets = Array<std::int64_t>;
using Reals = Array<double>;
using MaybeReals = std::optional<Reals>;

GraphView graph_view(const Offsets& indptr, const Ids& indices, const Reals& weights,
                     const MaybeReals& extra_volume) {
    return {view(indptr), view(indices), view(weights), view(extra_volume)};
}

// The four arrays of a graph; None where loops do not count.
py::tuple graph_tuple(Graph graph) {
    py::object extra_volume = py::none();
    if (!graph.extra_volume.empty()) extra_volume = to_array(std::move(graph.extra_volume));
    return py::make_tuple(to_array(std::move(graph.indptr)), to_array(std::move(graph.indices)),
                          to_array(std::move(graph.weights)), extra_volume);
}

template <class Enum>
Enum parse(const std::string& name, std::initializer_list<std::pair<const char*, Enum>> choices,
           const char* what) {
    std::string known;
    for (const auto& [choice, value] : choices) {
        if (name == choice) return value;
        known += (known.empty() ? "'" : ", '") + std::string(choice) + "'";
    }
    throw py::value_error(std::string(what) + " must be one of " + known + ", but is '" + name + "'");
}

SelfLoops loops_of(const std::string& self_loops) {
    return parse<SelfLoops>(self_loops, {{"drop", SelfLoops::kDrop}, {"keep", SelfLoops::kKeep}},
                            "self_loops");
}

template <class Id>
py::tuple from_edges(const Array<Id>& edges, const MaybeReals& weights, std::int64_t n_nodes,
                     const std::string& self_loops) {
    const SelfLoops loops = loops_of(self_loops);
    auto built = without_gil({}, [&, pairs = view(edges), edge_weights = view(weights)](Monitor& m) {
        return graph_from_edges(pairs, edge_weights, n_nodes, m, loops);
    });
    return graph_tuple(std::move(built.graph)) + py::make_tuple(built.n_loops);
}

template <class Id>
py::tuple from_arcs(const Array<Id>& arcs, const MaybeReals& weights, std::int64_t n_nodes, double damping,
                    const std::string& self_loops) {
    const SelfLoops loops = loops_of(self_loops);
    auto flow = without_gil({}, [&, pairs = view(arcs), arc_weights = view(weights)](Monitor& m) {
        return stationary_flow(pairs, arc_weights, n_nodes, damping, m, loops);
    });
    return graph_tuple(std::move(flow.graph)) + py::make_tuple(flow.n_loops);
}

py::tuple csr_tuple(Csr csr) {
    return py::make_tuple(to_array(std::move(csr.indptr)), to_array(std::move(csr.indices)));
}

py::tuple tree_tuple(Tree tree) {
    return py::make_tuple(to_array(std::move(tree.parent)), to_array(std::move(tree.volume)),
                          to_array(std::move(tree.cut)));
}

Effort effort_of(const std::string& effort) {
    return parse<Effort>(
        effort, {{"fast", Effort::kFast}, {"default", Effort::kDefault}, {"best", Effort::kBest}}, "effort");
}

Tree tree_of(const Ids& parent, const Reals& volume, const Reals& cut, NodeId n_leaves) {
    const auto copy = [](auto column) { return std::vector(column.begin(), column.end()); };
    return {n_leaves, copy(view(parent)), copy(view(volume)), copy(view(cut))};
}

py::tuple build(const Offsets& indptr, const Ids& indices, const Reals& weights,
                const MaybeReals& extra_volume, NodeId height, const std::string& algorithm,
                const std::string& effort, std::uint64_t seed, int n_threads, const Progress& progress) {
    BuildOptions options{height, Algorithm::kAuto, effort_of(effort), seed, n_threads};
    options.algorithm = parse<Algorithm>(
        algorithm, {{"auto", Algorithm::kAuto}, {"merge-compress", Algorithm::kMergeCompress}}, "algorithm");
    const GraphView graph = graph_view(indptr, indices, weights, extra_volume);
    Tree tree = without_gil(progress, [&](Monitor& m) { return build_tree(graph, options, m); });
    return tree_tuple(std::move(tree));
}

// The tree with what is below a node built anew where that is better, and whether it is.
py::tuple rebuild(const Offsets& indptr, const Ids& indices, const Reals& weights,
                  const MaybeReals& extra_volume, const Ids& parent, const Reals& volume, const Reals& cut,
                  NodeId node, NodeId height, const std::string& effort, std::uint64_t seed, int n_threads) {
    const BuildOptions options{height, Algorithm::kAuto, effort_of(effort), seed, n_threads};
    const GraphView graph = graph_view(indptr, indices, weights, extra_volume);
    bool better = false;
    Tree tree = without_gil({}, [&](Monitor& m) {
        Tree made = tree_of(parent, volume, cut, graph.n_nodes());
        better = rebuild_below(graph, made, std::vector{node}, options, m);
        return made;
    });
    return tree_tuple(std::move(tree)) + py::make_tuple(better);
}

py::tuple update(const Offsets& indptr, const Ids& indices, const Reals& weights,
                 const MaybeReals& extra_volume, const Ids& parent, const Reals& volume, const Reals& cut,
                 const MaybeReals& changed, const Offsets& added, const MaybeReals& added_weights,
                 const Offsets& removed, std::int64_t n_nodes, NodeId height,
                 const std::optional<std::string>& effort, int n_threads) {
    const BuildOptions options{height, Algorithm::kAuto, effort_of(effort.value_or("default")), 0, n_threads};
    const GraphView graph = graph_view(indptr, indices, weights, extra_volume);
    const EdgeEdits edits{view(added), view(added_weights), view(removed)};
    EditedGraph edited;
    Followed followed = without_gil({}, [&](Monitor& m) {
        Tree old = tree_of(parent, volume, cut, graph.n_nodes());
        check_tree_of(graph, old, m);
        edited = edit_graph(graph, edits, n_nodes, m);
        const auto before = view(changed);
        return follow(edited.graph.view(), std::move(old), edited.changes, {before.begin(), before.end()},
                      options, effort.has_value(), m);
    });
    return tree_tuple(std::move(followed.tree)) + py::make_tuple(to_array(std::move(followed.changed))) +
           graph_tuple(std::move(edited.graph)) + py::make_tuple(edited.n_loops);
}

py::tuple place(const Offsets& indptr, const Ids& indices, const Reals& weights,
                const MaybeReals& extra_volume, const Ids& parent, const Reals& volume, const Reals& cut,
                NodeId n_leaves, NodeId height) {
    const GraphView added = graph_view(indptr, indices, weights, extra_volume);
    return tree_tuple(without_gil({}, [&](Monitor& m) {
        return place_leaves(added, tree_of(parent, volume, cut, n_leaves), height, m);
    }));
}

py::tuple grow(const Offsets& indptr, const Ids& indices, const Reals& weights,
               const MaybeReals& extra_volume, const Offsets& added, const MaybeReals& added_weights,
               std::int64_t n_nodes) {
    const GraphView graph = graph_view(indptr, indices, weights, extra_volume);
    auto edited = without_gil({}, [&, edits = EdgeEdits{view(added), view(added_weights), {}}](Monitor& m) {
        return edit_graph(graph, edits, n_nodes, m);
    });
    return graph_tuple(std::move(edited.graph));
}

void register_errors() {
    const py::module_ errors = py::module_::import("hint_se.errors");
    static const py::object graph_error = errors.attr("GraphError");
    static const py::object tree_error = errors.attr("TreeError");
    py::register_exception_translator([](std::exception_ptr pending) {
        try {
            if (pending) std::rethrow_exception(pending);
        } catch (const GraphError& error) {
            py::set_error(graph_error, error.what());
        } catch (const TreeError& error) {
            py::set_error(tree_error, error.what());
        }
    });
}

}  // namespace

PYBIND11_MODULE(_core, m, py::mod_gil_not_used()) {
    using py::arg;
    m.doc() = "Compiled core of hint_se: flat arrays in, flat arrays out.";
    register_errors();

    m.def("graph_from_edges", &from_edges<std::int32_t>, arg("edges").noconvert(),
          arg("weights").noconvert().none(true), arg("n_nodes"), arg("self_loops"));
    m.def("graph_from_edges", &from_edges<std::int64_t>, arg("edges").noconvert(),
          arg("weights").noconvert().none(true), arg("n_nodes"), arg("self_loops"));
    m.def("graph_from_arcs", &from_arcs<std::int32_t>, arg("arcs").noconvert(),
          arg("weights").noconvert().none(true), arg("n_nodes"), arg("damping"), arg("self_loops"));
    m.def("graph_from_arcs", &from_arcs<std::int64_t>, arg("arcs").noconvert(),
          arg("weights").noconvert().none(true), arg("n_nodes"), arg("damping"), arg("self_loops"));
    m.def(
        "validate_graph",
        [](const Offsets& p, const Ids& i, const Reals& w, const MaybeReals& x) {
            without_gil({}, [g = graph_view(p, i, w, x)](Monitor& monitor) { validate_graph(g, monitor); });
        },
        arg("indptr").noconvert(), arg("indices").noconvert(), arg("weights").noconvert(),
        arg("extra_volume").noconvert().none(true));
    m.def(
        "degrees",
        [](const Offsets& p, const Ids& i, const Reals& w, const MaybeReals& x) {
            return to_array(degrees(graph_view(p, i, w, x)));
        },
        arg("indptr").noconvert(), arg("indices").noconvert(), arg("weights").noconvert(),
        arg("extra_volume").noconvert().none(true));
    m.def("build_tree", &build, arg("indptr").noconvert(), arg("indices").noconvert(),
          arg("weights").noconvert(), arg("extra_volume").noconvert().none(true), arg("height"),
          arg("algorithm"), arg("effort"), arg("seed"), arg("n_threads"), arg("progress").none(true));
    m.def("update_tree", &update, arg("indptr").noconvert(), arg("indices").noconvert(),
          arg("weights").noconvert(), arg("extra_volume").noconvert().none(true), arg("parent").noconvert(),
          arg("volume").noconvert(), arg("cut").noconvert(), arg("changed").noconvert().none(true),
          arg("added").noconvert(), arg("added_weights").noconvert().none(true), arg("removed").noconvert(),
          arg("n_nodes"), arg("height"), arg("effort").none(true), arg("n_threads"));
    m.def("rebuild_below", &rebuild, arg("indptr").noconvert(), arg("indices").noconvert(),
          arg("weights").noconvert(), arg("extra_volume").noconvert().none(true), arg("parent").noconvert(),
          arg("volume").noconvert(), arg("cut").noconvert(), arg("node"), arg("height"), arg("effort"),
          arg("seed"), arg("n_threads"));
    m.def("place_leaves", &place, arg("indptr").noconvert(), arg("indices").noconvert(),
          arg("weights").noconvert(), arg("extra_volume").noconvert().none(true), arg("parent").noconvert(),
          arg("volume").noconvert(), arg("cut").noconvert(), arg("n_leaves"), arg("height"));
    m.def("grow_graph", &grow, arg("indptr").noconvert(), arg("indices").noconvert(),
          arg("weights").noconvert(), arg("extra_volume").noconvert().none(true), arg("added").noconvert(),
          arg("added_weights").noconvert().none(true), arg("n_nodes"));
    m.def(
        "validate_parent", [](const Ids& parent, NodeId n) { validate_parent(view(parent), n); },
        arg("parent").noconvert(), arg("n_leaves"));
    m.def(
        "tree_from_parent",
        [](const Offsets& p, const Ids& i, const Reals& w, const MaybeReals& x, const Ids& parent) {
            const GraphView graph = graph_view(p, i, w, x);
            validate_parent(view(parent), graph.n_nodes());
            Tree tree =
                without_gil({}, [&, p = view(parent)](Monitor& m) { return tree_from_parent(graph, p, m); });
            return py::make_tuple(to_array(std::move(tree.volume)), to_array(std::move(tree.cut)));
        },
        arg("indptr").noconvert(), arg("indices").noconvert(), arg("weights").noconvert(),
        arg("extra_volume").noconvert().none(true), arg("parent").noconvert());
    m.def(
        "structural_entropy",
        [](const Offsets& p, const Ids& i, const Reals& w, const MaybeReals& x, const Ids& parent) {
            const GraphView graph = graph_view(p, i, w, x);
            validate_parent(view(parent), graph.n_nodes());
            return without_gil({},
                               [&, p = view(parent)](Monitor& m) { return structural_entropy(graph, p, m); });
        },
        arg("indptr").noconvert(), arg("indices").noconvert(), arg("weights").noconvert(),
        arg("extra_volume").noconvert().none(true), arg("parent").noconvert());
    m.def(
        "entropy_terms",
        [](const Ids& parent, const Reals& volume, const Reals& cut) {
            return to_array(entropy_terms(view(parent), view(volume), view(cut)));
        },
        arg("parent").noconvert(), arg("volume").noconvert(), arg("cut").noconvert());
    m.def(
        "one_dimensional_entropy",
        [](const Offsets& p, const Ids& i, const Reals& w, const MaybeReals& x) {
            return one_dimensional_entropy(graph_view(p, i, w, x));
        },
        arg("indptr").noconvert(), arg("indices").noconvert(), arg("weights").noconvert(),
        arg("extra_volume").noconvert().none(true));
    m.def(
        "depths", [](const Ids& parent) { return to_array(depths(view(parent))); },
        arg("parent").noconvert());
    m.def(
        "children", [](const Ids& parent) { return csr_tuple(children(view(parent))); },
        arg("parent").noconvert());
    m.def(
        "labels",
        [](const Ids& parent, NodeId n, NodeId level) { return to_array(labels(view(parent), n, level)); },
        arg("parent").noconvert(), arg("n_leaves"), arg("level"));
    m.def(
        "leaves",
        [](const Ids& parent, NodeId n, NodeId node) { return to_array(leaves(view(parent), n, node)); },
        arg("parent").noconvert(), arg("n_leaves"), arg("node"));
    m.def(
        "neighbours",
        [](const Ids& parent, NodeId n, const Ids& groups, NodeId level, std::int64_t cap,
           std::uint64_t seed) {
            auto tables = neighbours(view(parent), n, view(groups), level, cap, seed);
            const py::tuple same = csr_tuple(std::move(tables.same));
            const py::tuple other = csr_tuple(std::move(tables.other));
            return py::make_tuple(same[0], same[1], other[0], other[1]);
        },
        arg("parent").noconvert(), arg("n_leaves"), arg("groups").noconvert(), arg("level"), arg("cap"),
        arg("seed"));
}

}  // namespace hint_se::python
