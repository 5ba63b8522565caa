#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <string>
#include <string_view>

#include "hint_se/monitor.hpp"

namespace hint_se::python {

namespace py = pybind11;

using Progress = std::optional<py::function>;

// The hook of long work: lets Ctrl-C through and reports progress. Runs with the GIL released around it.
inline Monitor make_monitor(const Progress& progress) {
    return Monitor([&progress](std::string_view stage, double fraction) {
        const py::gil_scoped_acquire gil;
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        if (progress) (*progress)(std::string(stage), fraction);
    });
}

// Runs `work(monitor)` without the GIL.
template <class Work>
auto without_gil(const Progress& progress, Work work) {
    Monitor monitor = make_monitor(progress);
    const py::gil_scoped_release released;
    return work(monitor);
}

}  // namespace hint_se::python
