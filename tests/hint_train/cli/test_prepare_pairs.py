"""`hint-data prepare pairs` as a user meets it."""

import csv
import io
import json
import os
import signal
import sys
import tarfile
import time

import numpy as np
import pytest
from own_pictures import write_own
from processes import started

from hint_train.cli.data import main
from hint_train.data import read_npz
from hint_train.data.featurizers import build
from hint_train.data.featurizers.pixels import Pixels

PIXELS_OF = Pixels.pixels_of
COMMAND = [sys.executable, "-c", "from hint_train.cli import data_main; data_main()", "prepare", "pairs"]


def run(capsys, *arguments):
    """The command in this process: exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as ended:
        main(["prepare", "pairs", *map(str, arguments)])
    shown = capsys.readouterr()
    return ended.value.code, shown.out, shown.err


def test_folder_and_shards_give_the_same_rows(tmp_path, capsys, caplog):
    caplog.set_level("INFO")
    write_own(tmp_path, 60)
    with (tmp_path / "captions.csv").open(encoding="utf-8") as stream:
        captions = {row["file_name"]: row["caption"] for row in csv.DictReader(stream)}
    with tarfile.open(tmp_path / "s.tar", "w") as shard:
        for name, caption in captions.items():
            shard.add(tmp_path / "pictures" / name, name)
            about = tarfile.TarInfo(name.replace(".png", ".txt"))
            about.size = len(caption)
            shard.addfile(about, io.BytesIO(caption.encode()))
    sources = {
        "f": ["--images", tmp_path / "pictures", "--captions", tmp_path / "captions.csv"],
        "s": ["--shards", tmp_path / "s.tar"],
    }
    made = {}
    for name, source in sources.items():
        out = tmp_path / f"{name}.npz"
        code, shown, err = run(capsys, *source, "--out", out, "--queries", 6, "--train", 40)
        assert (code, shown) == (0, f"{out}\n"), err
        assert "60 pairs: 6 queries, 54 in the database, 40 of them for training" in caplog.text
        data = read_npz(out)
        image, text = build(data.featurizers.image), build(data.featurizers.text)
        pictures = [tmp_path / "pictures" / f"{name.removesuffix('.png')}.png" for name in data.ids]
        assert np.array_equal(image.features(pictures), data.image)
        assert np.array_equal(text.features(data.captions), data.text)
        made[name] = {name.removesuffix(".png"): row.tobytes() for name, row in zip(data.ids, data.image, strict=True)}
    assert made["f"] == made["s"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "expected either --images or --shards"),
        (["--images", "p", "--shards", "s.tar"], 2, "expected either --images or --shards"),
        (["--shards", "s.tar", "--captions", "c.csv"], 2, "--captions: captions of --shards are in the shards"),
        (["--images", "p", "--words", "0"], 2, "--words must be at least 1, got 0"),
        (["--images", "p", "--threads", "0"], 2, "--batch and --threads must be at least 1"),
        (["--images", "p", "--out", "x.npy"], 2, "--out: expected a name that ends in .npz, got x.npy"),
        (["--images", "p", "--weights", "w.pth"], 2, "--weights: pixels takes none"),
        (["--images", "p", "--text-weights", "w.pth"], 2, "--text-weights: words takes none"),
        (
            ["--images", "p", "--text", "bert"],
            2,
            "--text must be words, open_clip:MODEL or sentence:FOLDER, got 'bert'",
        ),
        (
            ["--images", "p", "--text", "sentence:none"],
            3,
            "none: expected the folder of a model of sentence-transformers",
        ),
        (["--images", "p", "--backbone", "pixel"], 2, "--backbone must be one of"),
        (["--images", "p", "--captions", "c.xls"], 2, "--captions: expected a file that ends in .csv"),
        (["--images", "none"], 3, "none: no such folder; expected pictures"),
    ],
)
def test_refusals(tmp_path, monkeypatch, capsys, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    write_own(tmp_path, 5)
    (tmp_path / "pictures").rename("p")
    (tmp_path / "captions.csv").rename("p/metadata.csv")
    (tmp_path / "s.tar").write_bytes(b"")
    before = sorted(tmp_path.iterdir())
    found, out, err = run(capsys, *arguments, *([] if "--out" in arguments else ["--out", "o.npz"]))
    assert found == code, err
    assert message in err
    assert not out
    assert sorted(tmp_path.iterdir()) == before


def test_help_says_where_pixels_are_weak(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert "weak on photographs" in " ".join(out.replace("│", " ").split())


def test_killed_and_started_again_ends_the_same(tmp_path, capsys, monkeypatch):
    n = sum(map(bool, write_own(tmp_path, 300).captions))
    source = [
        "--images",
        tmp_path / "pictures",
        "--captions",
        tmp_path / "captions.csv",
        "--batch",
        1,
        "--threads",
        1,
        "--leave-out",
    ]
    out, note = tmp_path / "killed.npz", tmp_path / ".killed.npz.image.npy.json"
    with started([*COMMAND, *map(str, source), "--out", str(out)]) as process:
        end = time.monotonic() + 60
        while not note.exists():
            assert process.poll() is None, "it ended before it had kept anything"
            assert time.monotonic() < end
            time.sleep(0.001)
        os.kill(process.pid, signal.SIGKILL)
    assert not out.exists()
    done = json.loads(note.read_text())["done"]
    assert 32 <= done < n
    looked_at = []
    monkeypatch.setattr(
        Pixels, "pixels_of", lambda self, item, name: looked_at.append(name) or PIXELS_OF(self, item, name)
    )
    code, _, err = run(capsys, *source, "--out", out)
    assert code == 0, err
    assert len(looked_at) == n - done
    monkeypatch.undo()
    code, _, _ = run(capsys, *source, "--out", tmp_path / "whole.npz")
    assert code == 0
    with np.load(out) as killed, np.load(tmp_path / "whole.npz") as whole:
        assert set(killed) == set(whole)
        for key in whole:
            assert np.array_equal(killed[key], whole[key]), key
    assert sorted(path.name for path in tmp_path.iterdir()) == ["captions.csv", "killed.npz", "pictures", "whole.npz"]
