"""The light path: `pip install numpy && pip install --no-deps .` is enough for trees, and what is missing is named."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def run(folder, *words, extra=None):
    """Run a program of the light environment from an empty folder, without what this one would lend it."""
    names = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    names |= {} if extra is None else {"PYTHONPATH": str(extra)}
    (folder / "work").mkdir(exist_ok=True)
    program = [str(folder / "light" / "bin" / words[0]), *map(str, words[1:])]
    return subprocess.run(
        program, cwd=folder / "work", env=names, capture_output=True, text=True, check=False, timeout=900
    )


@pytest.fixture(scope="module")
def light(tmp_path_factory):
    """A new environment with NumPy and hint_se in it, nothing else."""
    folder = tmp_path_factory.mktemp("light")
    subprocess.run([sys.executable, "-m", "venv", folder / "light"], check=True)
    numpy = run(folder, "pip", "install", "-q", f"numpy=={np.__version__}")
    if numpy.returncode != 0:
        pytest.skip(f"no package registry in reach: {numpy.stderr.strip().splitlines()[-1]}")
    built = run(folder, "pip", "install", "-q", "--no-deps", f"--config-settings=build-dir={folder / 'build'}", ROOT)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_trees_need_numpy_alone(light):
    listed = json.loads(run(light, "pip", "list", "--format=json").stdout)
    assert {package["name"] for package in listed} - {"pip", "setuptools"} == {"numpy", "hint-se"}
    done = run(light, "python", Path(__file__).parent / "calls.py")
    assert done.returncode == 0, done.stderr
    missing = {name: said for name, said in json.loads(done.stdout).items() if said != "done"}
    table = "GraphError: table: expected a data frame or a table with named columns"
    assert missing == {
        "Graph.from_dataframe": f"{table}, got OtherLibrary",
        "Graph.from_igraph": "GraphError: graph: expected an igraph graph, got OtherLibrary",
        "Graph.from_networkx": "GraphError: graph: expected a networkx graph, got OtherLibrary",
        "Graph.from_scipy": "GraphError: graph: expected a scipy sparse matrix or array, got OtherLibrary",
        "Graph.from_torch_geometric": "GraphError: graph: expected an object with edge_index, got OtherLibrary",
        "Tree.plot": "ModuleNotFoundError: plot needs matplotlib: pip install matplotlib",
        "Tree.to_frame": "ModuleNotFoundError: to_frame needs pandas: pip install pandas",
        "Tree.to_igraph": "ModuleNotFoundError: to_igraph needs igraph: pip install igraph",
        "Tree.to_networkx": "ModuleNotFoundError: to_networkx needs networkx: pip install networkx",
    }


def test_a_command_names_what_it_lacks(light):
    all_of_it = "pip install . in the sources of hint-se, without --no-deps"
    said = {
        "hint-se": "error: the command hint-se needs tyro: pip install tyro tqdm\n",
        "hint-train": f"error: hint-train needs tyro: {all_of_it}\n",
        "hint-encode": f"error: hint-encode needs tyro: {all_of_it}\n",
        "hint-data": f"error: hint-data needs tyro: {all_of_it}\n",
    }
    for command, message in said.items():
        done = run(light, command, "--help")
        assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


def test_the_command_with_what_it_asked_for(light, tmp_path):
    assert run(light, "pip", "install", "-q", "--target", tmp_path, "tyro", "tqdm").returncode == 0
    (light / "work" / "edges.txt").write_text("0 1\n1 2\n2 0\n")
    assert run(light, "hint-se", "build", "edges.txt", "-o", "tree.npz", extra=tmp_path).returncode == 0
    for size in ((), ("--size", "3", "3")):
        done = run(light, "hint-se", "plot", "tree.npz", "-o", "tree.png", *size, extra=tmp_path)
        assert done.returncode == 2
        assert "needs matplotlib: pip install matplotlib" in done.stderr
