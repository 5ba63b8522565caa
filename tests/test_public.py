"""What is public, name by name: a name that comes or goes is a decision, and is written down here."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

PYTHON = Path(__file__).parents[1] / "python"
PUBLIC = {
    "hint_se": [
        "Comparison",
        "Graph",
        "GraphError",
        "HintError",
        "InputWarning",
        "LevelSummary",
        "Matching",
        "Neighbours",
        "NullModel",
        "SelfLoopWarning",
        "StructuralEntropyClustering",
        "Suggestion",
        "Tree",
        "TreeError",
        "TreeSummary",
        "Update",
        "build_tree",
        "compare",
        "entropy_terms",
        "match",
        "one_dimensional_entropy",
        "read_graph",
        "structural_entropy",
    ],
    "hint_train": [
        "DATASETS",
        "METHODS",
        "Config",
        "ConfigError",
        "DataError",
        "Hits",
        "Index",
        "InterruptedRunError",
        "Method",
        "NonFiniteLossError",
        "Result",
        "SavedRun",
        "TrainError",
        "export_codes",
        "load",
        "preset",
        "run",
    ],
}
LOOK = """
import json, {package}
before = dir({package})
found = [name for name in {package}.__all__ if getattr({package}, name) is not None]
print(json.dumps([before, found, dir({package})]))
"""


@pytest.mark.parametrize("package", PUBLIC)
def test_public_names_are_these_and_no_others(package):
    """Seen by a fresh interpreter, before and after every name was used: beside them there are rooms and private names."""
    words = [sys.executable, "-c", LOOK.format(package=package)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    before, found, after = json.loads(done.stdout)
    assert found == PUBLIC[package]
    rooms = {path.stem for path in (PYTHON / package).iterdir()}
    for names in (before, after):
        assert {name for name in names if not name.startswith("_")} <= {*found, *rooms}


@pytest.mark.parametrize("page", [("hint_se", "api.md"), ("hint_train", "api-hashing.md")], ids=lambda page: page[0])
def test_every_public_name_is_in_the_reference_and_nothing_else(page):
    package, name = page
    text = (PYTHON.parent / "docs" / name).read_text(encoding="utf-8")
    assert sorted(re.findall(rf"^\.\. (?:auto\w+|py:data):: {package}\.(\w+)$", text, re.MULTILINE)) == sorted(
        PUBLIC[package]
    )
