#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace hint_se::python {

namespace py = pybind11;

/// Arrays that cross the boundary: C-contiguous, of exactly this dtype (the arguments are declared
/// noconvert).
template <class T>
using Array = py::array_t<T, py::array::c_style>;

/// Borrows a one-dimensional array, or any array as its elements in a row.
template <class T>
[[nodiscard]] std::span<const T> view(const Array<T>& array) {
    return {array.data(), static_cast<std::size_t>(array.size())};
}

/// The same of an array that may be None, which has no elements.
template <class T>
[[nodiscard]] std::span<const T> view(const std::optional<Array<T>>& array) {
    return array ? view(*array) : std::span<const T>{};
}

/// Hands a vector to Python as a read-only array that owns it.
template <class T>
[[nodiscard]] Array<T> to_array(std::vector<T> values) {
    auto owned = std::make_unique<std::vector<T>>(std::move(values));
    const auto size = static_cast<py::ssize_t>(owned->size());
    const T* data = owned->data();
    const py::capsule owner(owned.get(), [](void* p) { delete static_cast<std::vector<T>*>(p); });
    (void)owned.release();
    Array<T> array(size, data, owner);
    array.attr("setflags")(py::arg("write") = false);
    return array;
}

}  // namespace hint_se::python
