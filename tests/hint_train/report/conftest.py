import json
import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest
from benchmarks import report
from benchmarks.records import RESULTS
from browser import chromium
from own_pictures import write_own

from hint_train.cli.data import main as prepare
from hint_train.config.sections import OptimiserConfig
from hint_train.data.sources.shapes import shapes
from hint_train.methods.config import Config
from hint_train.runs.sweep import plan, sweep
from hint_train.runs.training_run import run

BRIEF = OptimiserConfig(epochs=2, batch=64)
HOSTILE = (
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "$\\frac{$ and $x",
    '"></bdi></li><svg onload=window.hacked=1>',
    "{{ 7 * 7 }}{% raw %}",
    "ends\u202e here \x07 \ud800 日本語 " + "x" * 300,
    "",
)


@pytest.fixture(scope="session")
def hostile_run(tmp_path_factory):
    """A run whose captions and names are meant to break a page: two code lengths, with labels and pictures."""
    data = shapes(300, n_query=30)
    captions = tuple(HOSTILE[i % len(HOSTILE)] for i in range(300))
    ids = tuple(f"{i}<b onclick=alert(1)>&amp;'\"" for i in range(300))
    data = replace(data, captions=captions, ids=ids, name="<i>shapes</i>")
    # What training may see is a part of the database, so that others are held out.
    data = replace(data, train=data.train[:150])
    folder = tmp_path_factory.mktemp("hostile") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hint_train.runs.training_run.load_dataset", lambda *_: data)
        patch.setattr("hint_train.runs.training_run.write_products", lambda *_: None)  # files refuse such names
        run(Config(bits=(16, 32), optimiser=BRIEF), folder)
    return folder


@pytest.fixture(scope="session")
def own_run(tmp_path_factory):
    """A run of one's own pictures and captions, without labels, by the commands that a reader would type."""
    folder = tmp_path_factory.mktemp("own")
    write_own(folder)
    words = ["--images", folder / "pictures", "--captions", folder / "captions.csv", "--out", folder / "own.npz"]
    with pytest.raises(SystemExit) as ended:
        prepare(["prepare", "pairs", "--leave-out", *map(str, words)])
    assert ended.value.code in (0, None)
    config = Config(dataset=str(folder / "own.npz"), images=str(folder / "pictures"), bits=(16, 24), optimiser=BRIEF)
    run(config, folder / "a run")
    return folder / "a run"


@pytest.fixture(scope="session")
def features(tmp_path_factory):
    """A file of features alone, with labels of three classes."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("features") / "pairs.npz"
    classes = rng.integers(3, size=120)
    centres = rng.standard_normal((3, 6))
    made = {name: centres[classes] + 0.5 * rng.standard_normal((120, 6)) for name in ("image", "text")}
    np.savez(path, **made, labels=np.eye(3, dtype=np.uint8)[classes], query=np.arange(20), retrieval=np.arange(20, 120))
    return path


@pytest.fixture(scope="session")
def grid_folder(features, tmp_path_factory):
    """A grid over two options."""
    folder = tmp_path_factory.mktemp("grid") / "grid"
    base = Config(dataset=str(features), bits=(8,), optimiser=replace(BRIEF, batch=32))
    sweep(plan({"k": [2, 3, 4], "bank_tau": [0.3, 0.5]}, lambda _: base), folder)
    return folder


@pytest.fixture(scope="session")
def driver(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture
def figures_of():
    """What the `result.json` of a folder holds."""
    return lambda folder: json.loads((folder / "result.json").read_text())


@pytest.fixture(scope="session")
def results_page():
    """What makes a page of the tables in a folder."""

    def made(folder, out):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["report.py", "-o", str(out), "--results", str(folder)])
            report.main()
        return out

    return made


@pytest.fixture(scope="session")
def few_results(results_page, tmp_path_factory):
    """A page of some of the committed tables, and of one that is meant to break it."""
    folder = tmp_path_factory.mktemp("results")
    for name in ("search", "wheel", "published"):
        for path in RESULTS.glob(f"{name}.*"):
            shutil.copy(path, folder)
    (folder / "zz.md").write_text(
        "# <b>Bold</b>\n\n| a | b |\n|---|---:|\n| <script>window.hacked = 1</script> | 2 |\n"
    )
    return results_page(folder, folder / "page.html")
