"""The commands that the page prints do what they say, from any directory."""

import html
import json
import re
import shlex
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
from asking import served

import hint_train


def printed(folder, language):
    """The code on the page."""
    content = (folder / "report.html").read_text()
    return [html.unescape(code) for code in re.findall(rf'class="{language}"><code>(.*?)</code>', content, re.DOTALL)]


def typed(line, capsys):
    """Run a command as its entry point does; what it prints."""
    name, *words = shlex.split(line)
    assert name.startswith("hint-")
    with pytest.raises(SystemExit) as ended:
        import_module(f"hint_train.cli.{name.removeprefix('hint-')}").main(words)
    said = capsys.readouterr()
    assert ended.value.code in (0, None), said.err
    return said.out


@pytest.fixture(params=["own", "cell"])
def folder(request, own_run, grid_folder):
    return own_run if request.param == "own" else grid_folder / "k=2,bank_tau=0.3"


def test_every_command_works_as_printed(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lines = [line for line in printed(folder, "console") if not line.startswith("hint-serve")]
    kinds = [shlex.split(line)[0] for line in lines]
    assert kinds.count("hint-search") == 2
    assert kinds.count("hint-index") == 1
    assert kinds.count("hint-encode") == (3 if (folder / "featurizers.json").exists() else 1)
    for line in lines:
        said = typed(line, capsys)
        assert len(said.splitlines()) == 11 if line.startswith("hint-search") else True
    run = hint_train.load(folder)
    bits = max(bits for bits, _ in run.networks)
    made = {path.name for path in tmp_path.iterdir()}
    assert {"rows.npy", "faiss-index"} <= made
    # Row i of the features is pair i of the run.
    assert np.array_equal(np.load("rows.npy"), run.codes(modality="image", bits=bits))
    if "pictures.npy" in made:
        names = json.loads((tmp_path / "pictures.ids.json").read_text())
        rows = [run.items.ids.index(name) for name in names if name in run.items.ids]
        kept = [i for i, name in enumerate(names) if name in run.items.ids]
        assert np.array_equal(np.load("pictures.npy")[kept], run.codes(modality="image", bits=bits)[rows])


def test_the_script_works_as_printed(folder, tmp_path):
    (script,) = printed(folder, "python")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 10
    distances = [int(line.split()[0]) for line in lines]
    assert distances == sorted(distances)


def test_the_service_starts_as_printed(own_run, tmp_path):
    (line,) = [line for line in printed(own_run, "console") if line.startswith("hint-serve")]
    _, place, *words = shlex.split(line)
    with served(place, tmp_path / "log", *words) as service:
        assert service.ask("/").status == 200
