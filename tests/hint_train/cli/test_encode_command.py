"""`hint-encode` as a user runs it: every kind of item, files larger than memory, full disks, Ctrl-C, and one sentence for what is wrong."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from processes import processor_seconds_until_the_end, started

from hint_train.cli import encode
from hint_train.data import DATASETS
from hint_train.encoding.featurizers import FEATURIZERS
from hint_train.encoding.modelfile import write_model
from hint_train.encoding.networks import Layer, Network
from hint_train.encoding.saved import load

CODE = "from hint_train.cli.encode import main; main()"
WIDE = 1280


def linear(inputs, bits, seed=0):
    rng = np.random.default_rng([seed, inputs])
    weight, bias = rng.standard_normal((bits, inputs)), rng.standard_normal(bits)
    shift = rng.standard_normal(inputs).astype(np.float32)
    layer = Layer(weight.astype(np.float32), bias.astype(np.float32))
    return Network(False, shift, np.ones(inputs, np.float32), (layer,))


@pytest.fixture(scope="module")
def shapes():
    return DATASETS["shapes"](None)


@pytest.fixture
def run(tmp_path, shapes):
    """A folder with a model of untrained networks for the built-in data set, and what makes its features."""
    folder = tmp_path / "run"
    folder.mkdir()
    write_model(folder, "none", {(12, 0): {"image": linear(272, 12), "text": linear(83, 12)}})
    (folder / FEATURIZERS).write_text(shapes.featurizers.to_json())
    return folder


@pytest.fixture
def wide(tmp_path):
    """A model of features of a common width, which does not know what makes them."""
    folder = tmp_path / "wide"
    folder.mkdir()
    write_model(folder, "none", {(64, 0): {"image": linear(WIDE, 64), "text": linear(WIDE, 64)}})
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch, capfd):
    """Run `hint-encode` inside this process, in an empty folder; return code, stdout and stderr."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("COLUMNS", "200")

    def go(*arguments):
        with pytest.raises(SystemExit) as end:
            encode.main([str(a) for a in arguments])
        return end.value.code, *capfd.readouterr()

    return go


def test_texts(here, run):
    texts = ["a red wedge", "two rings", "-x and blue"]
    given = [word for text in texts for word in (f"--text={text}",)]
    assert here(run, *given, "-o", "c.npy") == (0, "", "")
    assert np.array_equal(np.load("c.npy"), load(run).encode(texts, modality="text"))
    assert here(run, "--text", texts[0], "--text", texts[1], "--bits", 12, "--seed", 0, "-o", "d.npy")[0] == 0
    assert np.array_equal(np.load("d.npy"), np.load("c.npy")[:2])


@pytest.fixture
def pictures(tmp_path, shapes):
    """A folder with pictures below each other and other files among them."""
    names = ["b.png", "a.PNG", "below/c.bmp", "below/deeper/a.png"]
    for name, picture in zip(names, shapes.gallery.pictures, strict=False):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    for name in (".hidden.png", "notes.txt", ".cache/x.png"):
        (tmp_path / "pictures" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "pictures" / name).write_text("no picture")
    return tmp_path / "pictures"


def test_a_folder_of_pictures(here, run, pictures, shapes):
    assert here(run, "--images", pictures, "-o", "c.npy") == (0, "", "")
    names = json.loads(Path("c.ids.json").read_text())
    assert names == ["a.PNG", "b.png", "below/c.bmp", "below/deeper/a.png"]
    expected = load(run).encode(shapes.gallery.pictures[:4][[1, 0, 2, 3]], modality="image")
    assert np.array_equal(np.load("c.npy"), expected)


def test_one_picture(here, run, pictures):
    assert here(run, "--images", pictures / "b.png", "-o", "c.npy")[0] == 0
    assert json.loads(Path("c.ids.json").read_text()) == ["b.png"]
    assert np.load("c.npy").shape == (1, 2)


def test_features_in_both_words_and_from_both_files(here, run, shapes):
    np.save("rows.npy", shapes.text[:50])
    np.savez("rows.npz", text=shapes.text[:50])
    for number, given in enumerate((["--features", "rows.npy"], ["--features", "rows.npz"], ["rows.npy"])):
        assert here(run, *given, "--modality", "text", "-o", f"{number}.npy") == (0, "", "")
        assert np.array_equal(np.load(f"{number}.npy"), load(run).encode(shapes.text[:50], modality="text"))


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "expected one of --text, --images and --features, got none of them"),
        (
            ["--text", "a", "--images", "."],
            2,
            "expected one of --text, --images and --features, got --text and --images",
        ),
        (
            ["rows.npy", "--features", "rows.npy"],
            2,
            "expected one of --text, --images and --features, got --features and ROWS",
        ),
        (["--features", "rows.npy"], 2, "rows.npy: say whose features these are, --modality image or --modality text"),
        (["--text", "a", "--modality", "image"], 2, "--modality image does not go with --text; leave it out"),
        (["--text", "a", "--bits", "9"], 2, "the run has no codes of 9 bits"),
        (
            ["--features", "rows.npy", "--modality", "text"],
            3,
            "rows.npy: no such file; expected .npy, or .npz with the key text",
        ),
        (["--images", "none"], 3, "none: no such file or folder; expected a picture, or a folder of them"),
        (["--images", "."], 3, ".: holds no picture; expected names that end in .avif"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_no_file(here, run, arguments, code, message):
    found, out, err = here(run, *arguments, "-o", "c.npy")
    assert (found, out) == (code, "")
    assert err.startswith(f"error: {message}")
    assert len(err.splitlines()) == 1
    assert os.listdir() == []


def test_a_torn_picture_is_named_and_leaves_older_codes_alone(here, run, pictures):
    (pictures / "torn.png").write_bytes((pictures / "b.png").read_bytes()[:100])
    here(run, "--images", pictures / "b.png", "-o", "c.npy")
    before = [Path(name).read_bytes() for name in ("c.npy", "c.ids.json")]
    code, _, err = here(run, "--images", pictures, "-o", "c.npy")
    assert code == 3
    assert "torn.png" in err
    assert [Path(name).read_bytes() for name in ("c.npy", "c.ids.json")] == before
    assert sorted(os.listdir()) == ["c.ids.json", "c.npy"]


def test_names_of_other_rows_are_not_left_beside_new_codes(here, run, pictures):
    here(run, "--images", pictures, "-o", "c.npy")
    code, _, err = here(run, "--text", "a", "-o", "c.npy")
    assert (code, err) == (
        2,
        "error: --out: c.ids.json names the rows of other codes; remove it, or choose another name\n",
    )


def test_what_is_wrong_with_rows_is_said_with_their_file(here, run):
    for rows, words in (
        (np.zeros((5, 7)), "rows.npy: text rows must have 83 features, got 7"),
        (
            np.full((5, 83), [[0], [0], [0], [np.nan], [0]]),
            "rows.npy: text rows must be finite in float32; row 3, column 0 is nan",
        ),
        (np.full((5, 83), 3e38), "rows.npy: text rows: row 0 is so large that the network's output is not finite"),
    ):
        np.save("rows.npy", rows)
        assert here(run, "rows.npy", "--modality", "text", "-o", "c.npy") == (3, "", f"error: {words}\n")
    assert os.listdir() == ["rows.npy"]


def test_a_run_that_does_not_know_how_features_are_made(here, wide):
    code, _, err = here(wide, "--text", "a red wedge", "-o", "c.npy")
    assert code == 3
    assert "the run does not know how features of texts are made" in err
    assert "give features instead, 1280 numbers for each" in err


@pytest.fixture
def large(tmp_path):
    """A file of features of 1 GB, which takes no room: what is not written in it is zero."""
    path, n = tmp_path / "large.npy", 200_000
    with path.open("wb") as stream:
        header = {"descr": "<f4", "fortran_order": False, "shape": (n, WIDE)}
        np.lib.format.write_array_header_1_0(stream, header)
        start = stream.tell()
        stream.truncate(start + 4 * WIDE * n)
        stream.seek(-4 * WIDE, os.SEEK_END)
        stream.write(np.ones(WIDE, np.float32).tobytes())
    assert path.stat().st_size > 2**30 - 2**26
    return path


MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_a_file_of_a_gigabyte_takes_little_memory(tmp_path, wide, large):
    words = [sys.executable, "-c", CODE, wide, "--features", large, "--modality", "image", "-o", tmp_path / "c.npy"]
    done = subprocess.run([sys.executable, "-c", MEASURED, *words], capture_output=True, text=True, check=True)
    code, kilobytes = map(int, done.stdout.split())
    assert code == 0, done.stderr
    assert kilobytes < 200_000  # the mapped or read file included
    codes = np.load(tmp_path / "c.npy")
    rows = np.stack([np.zeros(WIDE, np.float32), np.ones(WIDE, np.float32)])
    first, last = load(wide).encode(rows, modality="image")
    assert codes.shape == (200_000, 8)
    assert (codes[:-1] == first).all()
    assert (codes[-1] == last).all()


def test_interrupted_it_ends_at_once_and_leaves_no_file(tmp_path, wide, large, heard):
    words = [sys.executable, "-c", CODE, wide, "--features", large, "--modality", "image", "-o", tmp_path / "c.npy"]
    with started([*map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not [*tmp_path.glob(".c.npy.*")]:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        seconds = processor_seconds_until_the_end(process)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.endswith("error: interrupted; no file was written\n")
    assert seconds < 1  # half a second of each of two threads
    assert not [*tmp_path.glob("*c.npy*")]


def test_a_disk_that_takes_a_part_is_one_sentence_and_leaves_older_codes(tmp_path, wide, large):
    """The system's own limit on the size of a file stands for the disk."""
    (tmp_path / "c.npy").write_bytes(b"older")
    words = [sys.executable, "-c", CODE, wide, "--features", large, "--modality", "image", "-o", "c.npy"]
    limited = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))}
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path, **limited)
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "error: c.npy: File too large\n")
    assert (tmp_path / "c.npy").read_bytes() == b"older"
    assert not [*tmp_path.glob(".c.npy*")]


LIGHT = """
import sys
from hint_train.cli.encode import main
try:
    main()
finally:
    print(sorted({"torch", "scipy", "h5py", "matplotlib", "PIL"} & set(sys.modules)))
"""


def test_a_few_rows_start_without_the_libraries_that_train(tmp_path, run, shapes):
    np.save(tmp_path / "rows.npy", shapes.text[:10])
    for given in (["--features", "rows.npy", "--modality", "text"], ["--text", "a red wedge"]):
        words = [sys.executable, "-c", LIGHT, run, *given, "-o", "c.npy"]
        done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path)
        assert done.stdout == "[]\n"
