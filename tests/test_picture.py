"""ARCHITECTURE.md shows the rooms and arrows that the imports have: `.ci/picture.py` draws them."""

import graphlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("grimp", reason="grimp comes with import-linter, a tool of .ci/run")
PROGRAM = Path(__file__).parents[1] / ".ci" / "picture.py"


@pytest.fixture(scope="module")
def picture():
    spec = importlib.util.spec_from_file_location("picture", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    sys.modules["picture"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["picture"]


def test_architecture_shows_the_imports():
    done = subprocess.run([sys.executable, PROGRAM, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("(before: ") == 4


def test_rooms_floors_and_arrows_that_follow_from_others(picture):
    files = {"a1": "top", "a2": "top", "b1": "middle", "c1": "ground", "c2": "ground"}
    imports = [("a1", "a2"), ("a1", "b1"), ("a2", "b1"), ("a2", "c1"), ("b1", "c1"), ("b1", "c2"), ("a1", "numpy")]
    rooms = picture.rooms_of(files, imports)
    assert rooms.files == {"top": 2, "middle": 1, "ground": 2}
    assert rooms.arrows == {("top", "middle"): 2, ("top", "ground"): 1, ("middle", "ground"): 2}
    assert list(rooms.floors.items()) == [("top", 3), ("middle", 2), ("ground", 1)]
    assert rooms.direct == [("top", "middle"), ("middle", "ground")]
    assert str(rooms) == "3 rooms on 3 floors with 3 arrows, 5 files"


def test_a_circle_has_no_floors(picture):
    rooms = picture.rooms_of({"a1": "a", "b1": "b"}, [("a1", "b1"), ("b1", "a1")])
    with pytest.raises(graphlib.CycleError, match="cycle"):
        _ = rooms.floors


def test_a_page_without_markers_is_left_alone(picture):
    page = "words\n<!-- rooms of p -->\nold\n<!-- end of p -->\nmore\n"
    assert picture.page_of(page, {"p": "new"}) == "words\n<!-- rooms of p -->\n\nnew\n\n<!-- end of p -->\nmore\n"
    with pytest.raises(ValueError, match="expected the markers"):
        picture.page_of("words\n", {"p": "new"})
