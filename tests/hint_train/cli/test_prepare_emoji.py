"""`hint-data prepare emoji` as a user meets it, with made-up packages; with the real ones where they lie in build/emoji."""

import re
from pathlib import Path

import numpy as np
import pytest
from emoji_packages import captions, images, rows

from hint_train.cli.data import main
from hint_train.data import read_npz
from hint_train.data.featurizers import build
from hint_train.data.sources.emoji import read_manifest

PACKAGES = Path(__file__).parents[3] / "build" / "emoji"


def run(capsys, *arguments):
    """The command in this process: exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as ended:
        main(["prepare", "emoji", *map(str, arguments)])
    shown = capsys.readouterr()
    return ended.value.code, shown.out, shown.err


def test_set_of_made_up_packages(tmp_path, capsys, caplog):
    caplog.set_level("INFO")
    images(tmp_path / "i.tgz", rows(40))
    captions(tmp_path / "c.tgz", rows(40))
    given = ("--images", tmp_path / "i.tgz", "--captions", tmp_path / "c.tgz", "--any-version")
    made = []
    for name in ("one.npz", "two.npz"):
        code, shown, err = run(capsys, *given, "--out", tmp_path / name)
        assert (code, shown) == (0, f"{tmp_path / name}\n"), err
        with np.load(tmp_path / name) as held:
            made.append({key: held[key] for key in held.files})
    assert all(np.array_equal(made[0][key], made[1][key]) for key in made[0])
    assert made[0]["label_names"].tolist() == ["flat", "round"]
    assert made[0]["label_names_group"].tolist() == ["faces", "things"]
    assert np.array_equal(made[0]["labels"], made[0]["labels_group"][:, ::-1])  # the flat ones are things
    data = read_npz(tmp_path / "one.npz")
    assert len(data.query) + len(data.retrieval) == 40
    assert np.array_equal(data.train, data.retrieval)
    assert data.captions[data.ids.index("1f600.png")] == "emoji 4, tag1, shared"
    assert np.array_equal(build(data.featurizers.text).features(data.captions), data.text)
    assert "40 pairs: " in caplog.text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.tgz", "i.tgz", "one.npz", "two.npz"]


def test_refusals_say_what_to_do(tmp_path, capsys):
    out = tmp_path / "e.npz"
    given = ("--images", tmp_path / "i.tgz", "--captions", tmp_path / "c.tgz")
    code, _, err = run(capsys, *given, "--out", out)
    assert code == 3
    assert re.search(r"c.tgz: no such file; expected what `npm pack emojibase-data@[\d.]+` fetches", err)
    images(tmp_path / "i.tgz")
    captions(tmp_path / "c.tgz")
    code, _, err = run(capsys, *given, "--out", out)
    assert code == 3
    assert "is not emojibase-data" in err
    assert run(capsys, *given, "--out", out, "--words", "0")[0] == 2
    assert run(capsys, *given, "--out", tmp_path / "c.tgz")[0] == 2
    assert not out.exists()


@pytest.mark.slow
def test_real_packages_give_the_split_of_the_manifest(tmp_path, capsys, caplog):
    manifest = read_manifest()
    files = [PACKAGES / f"{package.name}-{package.version}.tgz" for package in (manifest.images, manifest.captions)]
    if not all(path.is_file() for path in files):
        pytest.skip("benchmarks/training/emoji.py has not fetched the packages")
    caplog.set_level("INFO")
    code, _, err = run(capsys, "--images", files[0], "--captions", files[1], "--out", tmp_path / "emoji.npz")
    assert code == 0, err
    assert "(the split of the manifest)" in caplog.text
    data = read_npz(tmp_path / "emoji.npz")
    assert (len(data.ids), len(data.query), data.labels.shape[1]) == (1906, 382, 98)
    [row] = np.flatnonzero(np.array(data.ids) == "1f63a.png")
    assert data.captions[row] == "grinning cat, animal, cat, face, grinning, mouth, open, smile, smiling"
