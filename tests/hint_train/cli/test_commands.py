"""The commands as a user runs them: output, files, exit codes, signals, codes of new rows."""

import dataclasses
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
import torch
from processes import started

import hint_train
from hint_train.cli.train import main
from hint_train.methods.config import Config
from hint_train.retrieval.evaluate import evaluate


def command(name, *arguments, cwd):
    """The installed command where there is one beside the interpreter, else the function that it calls."""
    installed = Path(sys.executable).with_name(name)
    code = f"from hint_train.cli.{name.removeprefix('hint-')} import main; main()"
    words = [str(installed)] if installed.is_file() else [sys.executable, "-c", code]
    return [*words, *map(str, arguments)], {"cwd": cwd, "text": True}


def call(name, *arguments, cwd):
    words, options = command(name, *arguments, cwd=cwd)
    return subprocess.run(words, capture_output=True, check=False, timeout=300, **options)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A short run of the built-in data set by the command."""
    folder = tmp_path_factory.mktemp("run")
    done = call("hint-train", "--bits", 16, 32, "--epochs", 15, "--out", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_table_and_folder_on_stdout(finished):
    folder, done = finished
    lines = done.stdout.splitlines()
    assert lines[0] == "hint on shapes, ties: expected, map@k: min-k-relevant"
    for word in ("I→T map", "T→I map", "map@50"):
        assert word in lines[1]
    assert [line.split()[0] for line in lines[2:5]] == ["16", "32", "chance"]
    assert lines[5] == "map@5000: as map, the database has 2,500 items"
    assert lines[-2].endswith("written to out")
    (asked,) = re.fullmatch(r"search it with: hint-search out '(.+)' --bits 32", lines[-1]).groups()
    found = call("hint-search", "out", asked, "--bits", 32, "-k", 3, cwd=folder)
    assert (found.returncode, len(found.stdout.splitlines())) == (0, 4), found.stderr
    for name in (
        "report.html",
        "README.txt",
        "config.toml",
        "metrics.jsonl",
        "result.json",
        "model.safetensors",
        "codes.npz",
        "tree.npz",
        "training.png",
        "precision_recall.png",
        "retrieval.png",
        "curves.json",
    ):
        assert (folder / "out" / name).stat().st_size > 0, name


def test_result_is_far_from_chance_and_from_perfect(finished):
    result = json.loads((finished[0] / "out" / "result.json").read_text())
    for bits in ("16", "32"):
        for direction in ("image_to_text", "text_to_image"):
            assert result["chance"] + 0.1 < result["bits"][bits][direction]["map"] < 0.9
    assert (result["tie_rule"], result["topk_rule"], result["no_relevant"]) == ("expected", "min-k-relevant", "skip")
    assert result["chance_scores"]["map"] == pytest.approx(result["chance"], abs=0.01)
    assert result["sizes"]["train"] == 2500
    assert result["queries_without_relevant"] == 0


def test_figures_can_be_computed_again_from_the_codes(finished):
    folder = finished[0] / "out"
    codes, data = np.load(folder / "codes.npz"), hint_train.DATASETS["shapes"](None)
    found = evaluate(
        codes["bits32-seed0-image"][data.query],
        codes["bits32-seed0-text"][data.retrieval],
        data.labels[data.query],
        data.labels[data.retrieval],
        bits=32,
    )
    assert found.scores == json.loads((folder / "result.json").read_text())["bits"]["32"]["image_to_text"]


def test_new_rows_get_the_codes_of_the_run(finished, tmp_path):
    folder, _ = finished
    data, codes = hint_train.DATASETS["shapes"](None), np.load(folder / "out" / "codes.npz")
    saved = hint_train.load(folder / "out")
    for modality, features in (("image", data.image), ("text", data.text)):
        found = saved.encode(features[777:901], modality=modality, bits=16)
        assert np.array_equal(found, codes[f"bits16-seed0-{modality}"][777:901])
    np.save(tmp_path / "rows.npy", data.text[:50])
    done = call(
        "hint-encode",
        folder / "out",
        tmp_path / "rows.npy",
        "--modality",
        "text",
        "--bits",
        32,
        "-o",
        "codes.npy",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert np.array_equal(np.load(tmp_path / "codes.npy"), codes["bits32-seed0-text"][:50])


def test_encoding_says_what_is_wrong(finished, tmp_path):
    saved = hint_train.load(finished[0] / "out")
    with pytest.raises(hint_train.ConfigError, match="has codes of 16, 32 bits; say which with --bits"):
        saved.encode(np.zeros((1, 272)), modality="image")
    with pytest.raises(hint_train.ConfigError, match="no codes of 64 bits"):
        saved.encode(np.zeros((1, 272)), modality="image", bits=64)
    with pytest.raises(hint_train.DataError, match="image rows must have 272 features, got 5"):
        saved.encode(np.zeros((1, 5)), modality="image", bits=16)
    with pytest.raises(hint_train.DataError, match="holds no finished run"):
        hint_train.load(tmp_path)
    missing = call(
        "hint-encode", finished[0] / "out", tmp_path / "none.npy", "--modality", "image", "-o", "c.npy", cwd=tmp_path
    )
    assert missing.returncode == 3
    assert "no such file" in missing.stderr


def test_rows_to_encode_may_be_a_list_a_tensor_a_frame_or_sparse(finished):
    saved = hint_train.load(finished[0] / "out")
    rows = hint_train.DATASETS["shapes"](None).text[:30]
    expected = saved.encode(rows, modality="text", bits=16)
    forms = (
        rows.tolist(),
        list(rows),
        tuple(map(tuple, rows)),
        rows.astype(np.float64),
        np.asfortranarray(rows),
        torch.from_numpy(rows),
        torch.from_numpy(rows).requires_grad_(),
        torch.from_numpy(rows).to_sparse(),
        scipy.sparse.csr_matrix(rows),
        memoryview(rows),
    )
    for form in forms:
        assert np.array_equal(saved.encode(form, modality="text", bits=16), expected), type(form)
    counts = np.round(rows)  # whole numbers, which bfloat16 holds
    again = saved.encode(torch.from_numpy(counts).bfloat16(), modality="text", bits=16)
    assert np.array_equal(again, saved.encode(counts, modality="text", bits=16))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1.0, 2.0], [3.0]], "text rows must be a table of numbers, all rows of one length, got list"),
        ([["a"] * 3], "text rows must hold numbers, got dtype <U1"),
        ([], r"text rows must have shape \(rows, features\), both at least 1, got \(0,\)"),
        (None, r"text rows must have shape \(rows, features\)"),
        ({"a": 1}, r"text rows must have shape \(rows, features\)"),
        (torch.zeros(3), r"got \(3,\)"),
        (torch.zeros(2, 3, dtype=torch.complex64), "text rows must hold numbers, got dtype complex64"),
        (np.full((2, 3), np.nan), "text rows must be finite"),
    ],
)
def test_rows_that_cannot_be_encoded_are_refused_with_a_sentence(finished, rows, message):
    with pytest.raises(hint_train.DataError, match=message):
        hint_train.load(finished[0] / "out").encode(rows, modality="text", bits=16)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Run `hint-train` inside this process, in an empty folder; return its exit code."""
    monkeypatch.chdir(tmp_path)
    handlers = logging.root.handlers[:]

    def go(*arguments):
        with pytest.raises(SystemExit) as end:
            main([str(a) for a in arguments])
        return end.value.code

    yield go
    logging.root.handlers[:] = handlers


def test_json_alone_on_stdout(here, capsys):
    assert here("--bits", 8, "--epochs", 1, "--json", "--out", "out") == 0
    assert json.loads(capsys.readouterr().out) == json.loads(Path("out/result.json").read_text())


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--bits", "many"], 2, "bits"),
        (["--bits", 0], 2, "--bits must lie between 1 and 4096"),
        (["--no-such-option"], 2, "no-such-option"),
        (["--method", "magic"], 2, "unknown method 'magic'"),
        (["--resume"], 2, "--resume needs --out"),
        (["--config", "none.toml"], 2, "none.toml: no such file; expected a TOML file of options"),
        (["--dataset", "none.npz"], 3, "no such file"),
        (["--dataset", "atlantis"], 3, "unknown data set"),
        (["--bits", 8, "--learning-rate", "1e30", "--clip", 0], 5, "not finite"),
    ],
)
def test_exit_codes(here, capsys, arguments, code, message):
    assert here(*arguments) == code
    out, err = capsys.readouterr()
    assert message in err
    assert out == ""
    assert "Traceback" not in err


def test_out_of_memory_has_its_own_code(here, capsys, monkeypatch):
    def load(*_):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr("hint_train.runs.training_run.load_dataset", load)
    assert here() == 4
    assert "out of memory" in capsys.readouterr().err


@pytest.mark.slow
def test_terminated_and_resumed_ends_the_same(finished, tmp_path):
    words, options = command("hint-train", "--bits", 16, 32, "--epochs", 15, "--out", "out", cwd=tmp_path)
    metrics = tmp_path / "out" / "metrics.jsonl"
    with started(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
        while process.poll() is None and not (metrics.exists() and metrics.read_text().count("\n") >= 3):
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=120)
    assert process.returncode == 130, log
    assert "checkpoint written; continue with: hint-train --resume --out out" in log.splitlines()[-1]
    again = call("hint-train", "--resume", "--out", "out", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    first, second = (np.load(folder / "out" / "codes.npz") for folder in (finished[0], tmp_path))
    for key in first:
        assert np.array_equal(first[key], second[key])
    assert again.stdout.splitlines()[:4] == finished[1].stdout.splitlines()[:4]


@pytest.mark.parametrize("package", ["hint_train", "hint_train.data"])
def test_names_are_listed_before_they_are_fetched(package):
    code = f"import sys, {package} as p; print(set(p.__all__) <= set(dir(p)), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_importing_the_package_loads_neither_torch_nor_numpy(tmp_path):
    code = "import sys, hint_train; print(sorted({'torch', 'numpy', 'matplotlib', 'tyro'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "[]"


def options(section):
    """Names and plain defaults of all options."""
    for field in dataclasses.fields(section):
        value = getattr(section, field.name)
        if dataclasses.is_dataclass(value):
            yield from options(value)
        else:
            yield f"--{field.name.replace('_', '-')}", value


def test_help_shows_every_option_with_its_default_and_no_torn_line(tmp_path):
    done = subprocess.run(
        command("hint-train", "--help-all", cwd=tmp_path)[0],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
    )
    text = "\n".join(line.strip("│ ") for line in done.stdout.splitlines())
    entries = re.split(r"\n(?=--|╭)", text)
    shown = {entry.split()[0].strip(","): " ".join(entry.split()) for entry in entries}
    for name, value in options(Config()):
        default = " ".join(map(str, value)) if isinstance(value, tuple) else value
        assert f"(default: {default})" in shown[name], name
        assert len(shown[name].split("(default:")[0].split()) > 3, name
    for words in ("Eq. 2", "Eq. 4", "Eq. 5", "Eq. 6", "Eq. 7", "Eq. 9", "Eq. 10", "--resume", "--config", "[grid]"):
        assert words in done.stdout
    assert "[grid] with lists of values," in text.replace("\n", " ")
    assert not re.search(r"\w\n\w{1,20} \w{1,9}\n", text.split("╭─ graph options")[1].split("╭─ tree options")[0])


def test_help_of_a_method_shows_its_own_defaults(tmp_path):
    done = call("hint-train", "--method", "ucch", "--help-all", cwd=tmp_path)
    assert "(default: 1024)" in done.stdout
