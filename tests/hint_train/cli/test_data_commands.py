"""`hint-data` as a user runs it: output, exit codes, files."""

import json
import subprocess
import sys
from typing import get_args

import h5py
import numpy as np
import pytest
from PIL import Image

from hint_train.cli.data import _Name, main
from hint_train.data import load_dataset
from hint_train.data.featurizers import build
from hint_train.data.sources.named import NAMES


def call(*arguments, cwd=None):
    words = [sys.executable, "-c", "from hint_train.cli.data import main; main()", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120, cwd=cwd)


def run(capsys, *arguments):
    """The command in this process, for stand-ins of libraries: exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, arguments)))
    shown = capsys.readouterr()
    return ended.value.code, shown.out, shown.err


def draw(path, seed):
    pixels = np.random.default_rng(seed).integers(256, size=(24, 30, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def test_the_command_takes_every_named_set():
    assert get_args(_Name) == NAMES


def test_verify_of_the_built_in_set(capsys):
    code, out, _ = run(capsys, "verify", "shapes", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["image"], found["text"], found["labels"]) == ([3000, 272], [3000, 83], [3000, 12])
    assert found["files"] == {}
    code, _, err = run(capsys, "verify", "shapes", "--data-dir", ".")
    assert (code, "of shapes, the name alone is enough" in err) == (2, True)


def test_verify_on_the_real_text_lists(shared):
    """20,015 pairs, 24 labels, 1,386 words; the last 2,000 rows have a density near the published 0.553."""
    folder = shared("mirflickr25k-text/all_tags.txt").parents[1]
    done = call("verify", "mirflickr", "--data-dir", folder)
    assert done.returncode == 0, done.stderr
    assert "text          20,015 x 1,386\n" in done.stdout
    assert "labels        20,015 x 24\n" in done.stdout
    assert "image         missing\n" in done.stdout
    assert "split         query 2,000, retrieval 18,015, train 10,000\n" in done.stdout
    assert "label density 0.5425 (expected 0.553 ± 0.02)\n" in done.stdout
    assert done.stdout.splitlines()[-1] == "result        ok"
    found = json.loads(call("verify", "mirflickr", "--data-dir", folder / "mirflickr25k-text", "--json").stdout)
    assert found["density"] == pytest.approx(0.54245, abs=1e-5)
    assert found["text"] == [20015, 1386]
    assert found["image"] is None
    assert sorted(about["bytes"] for about in found["files"].values()) == [11721, 451835, 691686, 980735]


def test_verify_of_a_whole_set_of_full_size(tmp_path):
    """20,015 pairs as one .h5 file, labels drawn so that two rows are relevant with probability 0.553."""
    rng = np.random.default_rng(0)
    labels = np.zeros((20015, 24), dtype=np.uint8)
    labels[np.arange(20015), rng.choice(24, size=20015, p=[0.7337] + [0.2663 / 23] * 23)] = 1
    with h5py.File(tmp_path / "mirflickr.h5", "w") as file:
        file["XAll"] = rng.standard_normal((20015, 512)).astype(np.float32)
        file["YAll"] = (rng.random((20015, 1386), dtype=np.float32) < 0.003).astype(np.uint8)
        file["LAll"] = labels
    done = call("verify", "mirflickr", "--data-dir", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "image         20,015 x 512\n" in done.stdout


def test_differences_exit_with_3_and_are_said(tmp_path):
    for name, values in (("image", np.zeros((3000, 4))), ("tags", np.zeros((3000, 4))), ("label", np.ones((3000, 24)))):
        np.save(tmp_path / f"{name}.npy", values)
    done = call("verify", "mirflickr", "--data-dir", tmp_path)
    assert done.returncode == 3
    for fault in ("expected 20,015 pairs, got 3,000", "expected text features of width 1,386, got 4", "got 1.0000"):
        assert f"{fault}\n" in done.stdout
    assert done.stdout.splitlines()[-1] == "result        differs from what is known of this data set"


def test_missing_files_exit_with_3_and_say_what_is_needed(tmp_path):
    done = call("verify", "coco", "--data-dir", tmp_path)
    assert done.returncode == 3
    assert done.stdout == ""
    assert "one file: MSCOCO_deep_doc2vec_data_rand.h5py" in done.stderr
    assert "Traceback" not in done.stderr


def test_training_on_missing_files_says_the_same(tmp_path):
    words = [
        sys.executable,
        "-c",
        "from hint_train.cli.train import main; main()",
        "--dataset",
        "nuswide",
        "--out",
        "out",
    ]
    for more in ([], ["--data-dir", str(tmp_path)]):
        done = subprocess.run([*words, *more], capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 3, done.stderr
        assert "nus-wide-tc10-xall-vgg.mat [XAll]" in done.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["verify"], ["verify", "imagenet", "--data-dir", "."], ["prepare"], ["prepare", "coco"]]
)
def test_usage_exits_with_2(capsys, arguments):
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["verify", "--help"],
        ["convert", "--help"],
        *(["prepare", what, "--help"] for what in ("coco", "fashion", "mirflickr")),
    ],
)
def test_help(capsys, arguments):
    code, out, _ = run(capsys, *arguments)
    assert code == 0
    assert "hint-data" in out


def test_prepare_coco_then_train_by_name(tmp_path, capsys, libraries, coco_files):
    coco_files(tmp_path, draw)
    command = [
        "prepare",
        "coco",
        "--images",
        tmp_path,
        "--captions",
        tmp_path / "captions.json",
        "--instances",
        tmp_path / "instances.json",
    ]
    command += [
        "--backbone",
        "torchvision:tiny",
        "--words",
        12,
        "--queries",
        10,
        "--train",
        30,
        "--out",
        tmp_path / "data" / "coco.npz",
    ]
    code, out, err = run(capsys, *command)
    assert code == 0, err
    assert out.splitlines() == [str(tmp_path / "data" / "coco.npz"), str(tmp_path / "data" / "coco-words.txt")]
    # Four categories are not COCO's eighty, which only the name insists on.
    assert len(load_dataset(str(tmp_path / "data" / "coco.npz")).query) == 10
    code, _, err = run(capsys, "verify", "coco", "--data-dir", tmp_path / "data")
    assert code == 3
    assert "expected labels of shape (rows, 80) for coco, got (54, 4)" in err


def test_prepare_says_what_is_missing_before_it_works(tmp_path, capsys, coco_files):
    coco_files(tmp_path, lambda *_: None)
    command = [
        "prepare",
        "coco",
        "--images",
        tmp_path,
        "--captions",
        tmp_path / "captions.json",
        "--instances",
        tmp_path / "instances.json",
    ]
    command += ["--backbone", "torchvision:tiny", "--queries", 10, "--train", 30, "--out", tmp_path / "coco.npz"]
    code, _, err = run(capsys, *command)
    assert code == 3
    assert "54 of 54 pictures are missing" in err
    code, _, err = run(capsys, *command[:5], "none.json", *command[6:])
    assert code == 3
    assert "none.json: not a readable JSON file" in err
    code, _, err = run(capsys, *command, "--batch", 0)
    assert code == 2
    assert "--batch and --threads must be at least 1" in err


def test_prepare_fashion(tmp_path, capsys, libraries):
    (tmp_path / "images").mkdir()
    lines = ["id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName"]
    for i in range(40):
        draw(tmp_path / "images" / f"{i}.jpg", i)
        lines.append(f"{i},Men,Apparel,{'Shoes' if i % 2 else 'Bags'},x,Blue,Fall,2011,Casual,Thing {i}")
    (tmp_path / "styles.csv").write_text("\n".join(lines) + "\n")
    code, out, err = run(
        capsys, "prepare", "fashion", "--raw", tmp_path, "--out", tmp_path / "f.npz", "--backbone", "timm:tiny"
    )
    assert code == 0, err
    assert out == f"{tmp_path / 'f.npz'}\n"
    first = load_dataset(str(tmp_path / "f.npz"))
    assert first.image.shape == (40, 12)
    code, _, err = run(
        capsys,
        "prepare",
        "fashion",
        "--raw",
        tmp_path,
        "--out",
        tmp_path / "g.npz",
        "--backbone",
        "timm:tiny",
        "--like",
        tmp_path / "f.npz",
    )
    assert code == 0, err
    again = load_dataset(str(tmp_path / "g.npz"))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.text, again.text)


def test_prepare_mirflickr_then_read_and_convert(tmp_path, capsys, libraries, monkeypatch):
    n = 2100
    rng = np.random.default_rng(0)
    (tmp_path / "lists").mkdir()
    (tmp_path / "pictures").mkdir()
    for i in range(30):
        draw(tmp_path / "pictures" / f"im{i}.jpg", i)
    (tmp_path / "lists" / "TagList.txt").write_text("a\nb\n")
    (tmp_path / "lists" / "all_tags.txt").write_text("a,b\nb\n" * (n // 2))
    (tmp_path / "lists" / "all_labels.txt").write_text(
        "".join(" ".join(map(str, row)) + "\n" for row in np.eye(24, dtype=int)[rng.integers(24, size=n)])
    )
    (tmp_path / "lists" / "all_imgs.txt").write_text("".join(f"mirflickr/im{i % 30}.jpg\n" for i in range(n)))
    command = [
        "prepare",
        "mirflickr",
        "--data-dir",
        tmp_path / "lists",
        "--images",
        tmp_path / "pictures",
        "--backbone",
        "open_clip:tiny",
        "--batch",
        300,
    ]
    code, out, err = run(capsys, *command)
    assert code == 0, err
    assert out.splitlines() == [str(tmp_path / "lists" / name) for name in ("image.npy", "featurizers.json")]
    assert sorted(path.name for path in (tmp_path / "lists").iterdir()) == [
        "TagList.txt",
        "all_imgs.txt",
        "all_labels.txt",
        "all_tags.txt",
        "featurizers.json",
        "image.npy",
    ]
    data = load_dataset("mirflickr", tmp_path / "lists")
    assert data.captions[:2] == ("a,b", "b")
    assert np.array_equal(build(data.featurizers.text).features(data.captions), data.text)
    assert np.array_equal(build(data.featurizers.image).features([tmp_path / "pictures" / "im0.jpg"])[0], data.image[0])
    assert np.array_equal(data.image[0], data.image[30])
    code, out, _ = run(capsys, "convert", "mirflickr", "--data-dir", tmp_path / "lists", "--out", tmp_path / "mapped")
    assert code == 0
    assert len(out.splitlines()) == 8
    mapped = load_dataset("mirflickr", tmp_path / "mapped")
    assert np.array_equal(mapped.image, data.image)
    assert (mapped.ids, mapped.captions, mapped.featurizers) == (data.ids, data.captions, data.featurizers)
    (tmp_path / "lists" / "all_tags.txt").unlink()
    code, _, err = run(capsys, *command)
    assert code == 3
    assert "no all_tags.txt" in err
