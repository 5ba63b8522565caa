"""Make the .mat files beside this script with the programs that write them; tests read the files and do not need the programs.

    python tests/hint_train/data/matfiles/make.py

Needs GNU Octave on the path (made with 7.3.0), and of Python packages hdf5storage 0.1.19, h5py 3.16.0 and numpy 1.26.4. Octave writes
versions 4, 5 (-v6) and 5 deflated (-v7), its own text and its own HDF5; it cannot write version 7.3, so that comes from hdf5storage,
which writes what MATLAB reads. The same seven pairs are in all: XAll (7, 4) double, YAll (7, 3) sparse, LAll (7, 2) logical.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import h5py
import hdf5storage
import numpy as np

HERE = Path(__file__).parent
OCTAVE = """
XAll = reshape(1:28, 7, 4) / 8 - 1;
YAll = sparse([1 2 4 7 7], [1 2 3 1 3], [1 2 3 4 5], 7, 3);
LAll = logical(mod(reshape(1:14, 7, 2), 3) == 0);
save('-v6', 'octave-v6.mat', 'XAll', 'YAll', 'LAll');
save('-v7', 'octave-v7.mat', 'XAll', 'YAll', 'LAll');
single_ = single(XAll); int8_ = int8(XAll * 8); uint16_ = uint16(full(YAll)); none = sparse(7, 3); empty = zeros(0, 3);
one = 5; row = 1:3; complex_ = XAll + i; cell_ = {1, 'a'}; struct_.a = 1; text = 'abc'; cube = zeros(2, 3, 4, 5); range_ = 1:7;
save('-v6', 'octave-kinds-v6.mat', 'single_', 'int8_', 'uint16_', 'none', 'empty', 'one', 'row', 'complex_', 'cell_', 'struct_', ...
     'text', 'cube', 'range_');
save('-v7', 'octave-kinds-v7.mat', 'single_', 'int8_', 'uint16_', 'none', 'empty', 'one', 'row', 'complex_', 'cell_', 'struct_', ...
     'text', 'cube', 'range_');
save('-v4', 'octave-v4.mat', 'XAll');
save('octave-text.mat', 'XAll');
save('-hdf5', 'octave-hdf5.mat', 'XAll', 'YAll', 'LAll');
"""


def matlab73() -> None:
    """Version 7.3: full matrices by hdf5storage; the sparse ones, which it cannot write, with h5py as MATLAB lays them out."""
    full = {
        "XAll": (np.arange(1, 29).reshape(4, 7).T / 8 - 1),
        "LAll": np.arange(1, 15).reshape(2, 7).T % 3 == 0,
    }
    path = HERE / "matlab-v73.mat"
    path.unlink(missing_ok=True)
    hdf5storage.savemat(str(path), full, format="7.3", oned_as="row", store_python_metadata=False)
    with h5py.File(path, "a") as file:
        for name, entries in (("YAll", True), ("none", False)):
            group = file.create_group(name)
            group.attrs["MATLAB_class"] = np.bytes_("double")
            group.attrs["MATLAB_sparse"] = np.uint64(7)
            group["jc"] = np.array([0, 2, 3, 5] if entries else [0] * 4, dtype=np.uint64)
            if entries:
                group["ir"] = np.array([0, 6, 1, 3, 6], dtype=np.uint64)
                group["data"] = np.array([1.0, 4, 2, 3, 5])


def matlab73_kinds() -> None:
    """What a variable of version 7.3 may be beside a matrix of doubles, under the names that the files of Octave have."""
    full = np.arange(1, 29).reshape(4, 7).T / 8 - 1
    sparse = np.zeros((7, 3))
    sparse[[0, 1, 3, 6, 6], [0, 1, 2, 0, 2]] = [1, 2, 3, 4, 5]
    cell = np.empty((1, 2), dtype=object)
    cell[0, 0], cell[0, 1] = np.array([[1.0]]), "a"
    kinds = {
        "single_": full.astype(np.float32),
        "int8_": (full * 8).astype(np.int8),
        "uint16_": sparse.astype(np.uint16),
        "empty": np.zeros((0, 3)),
        "one": np.array([[5.0]]),
        "row": np.arange(1.0, 4.0)[None],
        "range_": np.arange(1.0, 8.0)[None],
        "complex_": full + 1j,
        "cell_": cell,
        "struct_": {"a": np.array([[1.0]])},
        "text": "abc",
        "cube": np.zeros((2, 3, 4, 5)),
    }
    path = HERE / "matlab-kinds-v73.mat"
    path.unlink(missing_ok=True)
    hdf5storage.savemat(str(path), kinds, format="7.3", oned_as="row", store_python_metadata=False)
    with h5py.File(path, "a") as file:
        group = file.create_group("none")
        group.attrs["MATLAB_class"] = np.bytes_("double")
        group.attrs["MATLAB_sparse"] = np.uint64(7)
        group["jc"] = np.zeros(4, dtype=np.uint64)


if __name__ == "__main__":
    subprocess.run(["octave-cli", "--no-gui", "--quiet", "--eval", OCTAVE], cwd=HERE, check=True)
    matlab73()
    matlab73_kinds()
