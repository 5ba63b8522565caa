"""WebDataset shards: as programs write them, and as nobody should."""

import io
import json
import tarfile

import pytest

from hint_train.data.sources.columns import Columns
from hint_train.data.sources.entries import Unfit
from hint_train.data.sources.shards import read_shards
from hint_train.errors import DataError


def write(path, *members, form=tarfile.PAX_FORMAT):
    """A tar file of (name, content) or of ready headers."""
    with tarfile.open(path, "w", format=form) as shard:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                shard.addfile(member)
                continue
            name, content = member
            about = tarfile.TarInfo(name)
            about.size = len(content)
            shard.addfile(about, io.BytesIO(content))
    return path


def read(*paths, **columns):
    unfit = Unfit()
    entries, notes = read_shards(paths, Columns(**columns), unfit)
    return entries, notes, unfit


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_samples(tmp_path, form):
    long = "x" * 90 + "/" + "y" * 90
    members = [
        (f"./{long}.jpg", b"one"),
        (f"./{long}.txt", b"first"),
        ("b.PNG", b"two"),
        ("b.txt", "größer\n".encode()),
    ]
    entries, notes, unfit = read(write(tmp_path / "s.tar", *members, form=form))
    assert [(entry.id, entry.captions, entry.picture.read()) for entry in entries] == [
        (long, ["first"], b"one"),
        ("b", ["größer"], b"two"),
    ]
    assert not notes
    assert not unfit


def test_members_of_a_sample_need_not_stand_side_by_side(tmp_path):
    path = write(tmp_path / "s.tar", ("a.jpg", b"A"), ("b.txt", b"bee"), ("b.jpg", b"B"), ("a.txt", b"ay"))
    entries, _, unfit = read(path)
    assert [(entry.id, entry.captions, entry.picture.read()) for entry in entries] == [
        ("a", ["ay"], b"A"),
        ("b", ["bee"], b"B"),
    ]
    assert not unfit


def test_captions_and_labels_of_json(tmp_path):
    about = [{"caption": "one", "kind": ["x", "y"], "split": "train"}, {"caption": "two", "kind": "x", "split": "test"}]
    members = [
        (f"{i}.{suffix}", content)
        for i, table in enumerate(about)
        for suffix, content in (("jpg", b"p"), ("json", json.dumps(table).encode()), ("cls", b"7"))
    ]
    entries, _, _ = read(write(tmp_path / "s.tar", *members), labels="kind")
    assert [(entry.captions, entry.labels, entry.split) for entry in entries] == [
        (["one"], ["x", "y"], "train"),
        (["two"], ["x"], "test"),
    ]
    entries, _, _ = read(tmp_path / "s.tar", labels="cls")
    assert [entry.labels for entry in entries] == [["7"], ["7"]]
    entries, _, _ = read(tmp_path / "s.tar", caption="kind")
    assert [entry.captions for entry in entries] == [["x", "y"], ["x"]]


def test_names_that_occur_in_two_shards(tmp_path):
    paths = [write(tmp_path / f"s{i}.tar", ("a.jpg", b"A"), ("a.txt", b"x")) for i in range(2)]
    assert [entry.id for entry in read(*paths)[0]] == ["s0/a", "s1/a"]
    with pytest.raises(DataError, match="s0/a occurs twice; expected shards of different names"):
        read(paths[0], paths[0])


def test_samples_that_lack_something(tmp_path):
    members = [
        ("a.jpg", b"A"),
        ("b.txt", b"x"),
        ("c.jpg", b"C"),
        ("c.txt", b" "),
        ("d.jpg", b"D"),
        ("d.txt", b"x"),
        ("d.pyd", b""),
    ]
    entries, notes, unfit = read(write(tmp_path / "s.tar", *members))
    assert [entry.id for entry in entries] == ["d"]
    assert notes == ["members of other kinds are not read: .pyd"]
    path = tmp_path / "s.tar"
    assert unfit.words() == (
        f"samples without a caption: 2 (the first is {path}: sample a), samples without a picture: 1 (the first is {path}: sample b)"
    )


def link(kind, name="a.jpg"):
    about = tarfile.TarInfo(name)
    about.type, about.linkname = kind, "/etc/passwd"
    return about


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([link(tarfile.SYMTYPE)], "a.jpg is no plain file"),
        ([link(tarfile.LNKTYPE)], "a.jpg is no plain file"),
        ([link(tarfile.CHRTYPE)], "a.jpg is no plain file"),
        ([link(tarfile.FIFOTYPE)], "a.jpg is no plain file"),
        ([("a.jpg", b"A"), ("a.jpg", b"B")], "the sample a has two members .jpg"),
        ([("a.jpg", b"A"), ("a.png", b"B"), ("a.txt", b"x")], "has jpg and png; expected one of them"),
        ([("a.jpg", b"A"), ("a.txt", b"\xff")], "sample a: expected UTF-8"),
        (
            [("a.jpg", b"A"), ("a.txt", b"x" * 300_000)],
            "sample a: has a text of 300,000 bytes, more than the limit of 262,144",
        ),
        ([("a.jpg", b"A"), ("a.json", b"{")], "sample a: not readable as JSON"),
        ([("a.jpg", b"A"), ("a.json", b"[" * 100_000)], "sample a: not readable as JSON"),
        ([("a.jpg", b"A"), ("a.json", b"[]")], "expected its .json to be an object"),
        ([("a.jpg", b"A"), ("a.json", b'{"words": "x"}')], "no column is called caption"),
        ([("a.jpg", b"A"), ("a.json", b'{"text": "x", "title": "x"}')], "text and title could be the caption column"),
    ],
)
def test_unfit_shards(tmp_path, members, message):
    with pytest.raises(DataError, match=message):
        read(write(tmp_path / "s.tar", *members))


def test_paths_of_members_are_names_and_reach_no_disk(tmp_path):
    before = sorted(tmp_path.rglob("*"))
    path = write(
        tmp_path / "s.tar", ("../../a.jpg", b"A"), ("../../a.txt", b"x"), ("/etc/b.jpg", b"B"), ("/etc/b.txt", b"y")
    )
    entries, _, _ = read(path)
    assert [(entry.id, entry.picture.read()) for entry in entries] == [("../../a", b"A"), ("/etc/b", b"B")]
    assert sorted(tmp_path.rglob("*")) == [*before, path]


def test_files_that_are_no_shards(tmp_path):
    whole = write(tmp_path / "s.tar", ("a.jpg", b"A" * 2000), ("a.txt", b"x"), ("b.jpg", b"B" * 9000)).read_bytes()
    torn = tmp_path / "torn.tar"
    torn.write_bytes(whole[:6000])
    with pytest.raises(DataError, match="torn.tar: is torn; b.jpg ends behind the end of the file"):
        read(torn)
    with tarfile.open(tmp_path / "s.tar.gz", "w:gz") as shard:
        shard.addfile(tarfile.TarInfo("a.jpg"))
    for name in ("s.tar.gz", "junk.tar"):
        (tmp_path / "junk.tar").write_bytes(b"junk" * 1000)
        with pytest.raises(DataError, match="not a readable tar file .*; a compressed one has to be unpacked first"):
            read(tmp_path / name)
    with pytest.raises(DataError, match="none.tar: no such file; expected a tar file of samples"):
        read(tmp_path / "none.tar")


def test_a_header_that_declares_gigabytes_costs_none(tmp_path):
    """A PAX header of 2 GB of zeros, in a file with a hole: tarfile alone would read it whole."""
    about = tarfile.TarInfo("header")
    about.type, about.size = tarfile.XHDTYPE, 2**31
    path = tmp_path / "s.tar"
    path.write_bytes(about.tobuf(tarfile.USTAR_FORMAT))
    with path.open("r+b") as stream:
        stream.truncate(2**31 + 4096)
    with pytest.raises(DataError, match="a header declares 2,147,483,648 bytes"):
        read(path)
