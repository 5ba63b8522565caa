"""The search for a data set: which way pairs lie, what the message says of every file, folders and names that circulate, leaks."""

import itertools
import logging

import h5py
import numpy as np
import pytest
import scipy.io
from layouts import N

from hint_train.data import load_dataset
from hint_train.data.formats.memory import InMemory
from hint_train.data.sources import named
from hint_train.data.sources.manifest import Split
from hint_train.data.sources.segments import Segment, oriented
from hint_train.data.sources.verify import verify
from hint_train.errors import DataError

pytestmark = pytest.mark.usefixtures("small_manifests")


def make(image=6, text=5, n=N):
    rng = np.random.default_rng(n)
    labels = np.zeros((n, 24), dtype=np.uint8)
    labels[np.arange(n), rng.integers(24, size=n)] = 1
    return rng.standard_normal((n, image)), (rng.random((n, text)) < 0.5).astype(float), labels


def save(path, arrays, keys=("XAll", "YAll", "LAll")):
    path.parent.mkdir(exist_ok=True)
    scipy.io.savemat(path, dict(zip(keys, arrays, strict=True)))


# Which way pairs lie
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("image", "text"), [(N, 5), (6, N), (N, N), (24, 24), (6, 24)])
def test_a_square_matrix_is_turned_with_the_others(tmp_path, turned, image, text):
    arrays = make(image, text)
    save(tmp_path / "mir.mat", [x.T if turned else x for x in arrays])
    data = load_dataset("mirflickr", tmp_path)
    for found, expected in zip((data.image, data.text, data.labels), arrays, strict=True):
        assert np.array_equal(found, expected.astype(found.dtype))


@pytest.mark.parametrize("turned", [False, True])
def test_what_fits_both_ways_is_asked_for(tmp_path, turned):
    arrays = [x[:24] for x in make(24, 24)]
    n_query = 4
    held = {f"{letter}_te": x[:n_query] for letter, x in zip("ITL", arrays, strict=True)}
    whole = [x.T if turned else x for x in arrays]
    save(tmp_path / "mir.mat", whole)
    with pytest.raises(DataError, match=r"pairs may be rows or columns of .*\(24, 24\).*--pairs-in rows or --pairs-in"):
        load_dataset("mirflickr", tmp_path)
    data = load_dataset("mirflickr", tmp_path, "columns" if turned else "rows")
    assert np.array_equal(data.labels, arrays[2].astype(bool))
    assert np.array_equal(data.image, arrays[0].astype(np.float32))
    # A part with another number of rows decides for all.
    held |= {f"{letter}_tr": x for letter, x in zip("ITL", arrays, strict=True)}
    save(tmp_path / "mir.mat", [x.T if turned else x for x in held.values()], held)
    with pytest.raises(DataError, match="queries are in the database part"):
        load_dataset("mirflickr", tmp_path)


def test_an_orientation_that_is_asked_for_has_to_fit(tmp_path):
    save(tmp_path / "mir.mat", make())
    with pytest.raises(DataError, match=r"expected labels of shape \(rows, 24\) for mirflickr, got \(40, 24\)"):
        load_dataset("mirflickr", tmp_path, "columns")


def test_matrices_that_lie_different_ways_are_refused(tmp_path):
    image, text, labels = make()
    save(tmp_path / "mir.mat", (image.T, text, labels))
    with pytest.raises(
        DataError, match=r"expected 40 rows, as many as labels, got shape \(6, 40\); pairs are rows of all"
    ):
        load_dataset("mirflickr", tmp_path)


@pytest.mark.parametrize("shape", list(itertools.product((24, 30), repeat=3)), ids=str)
def test_orientation_of_every_mixture_of_sizes(shape):
    """Rows where n is the number of rows of all; columns of all where n is that; both only where nothing tells."""
    n, image, text = shape
    sizes = {"image": (n, image), "text": (n, text), "labels": (n, 24)}
    for how in ("rows", "columns"):
        held = {key: np.zeros(size if how == "rows" else size[::-1]) for key, size in sizes.items()}
        parts = {"all": Segment(*(InMemory(key, values) for key, values in held.items()))}
        if set(shape) == {24}:
            with pytest.raises(DataError, match="--pairs-in"):
                oriented("set", parts, 24, "auto")
        else:
            found = oriented("set", parts, 24, "auto")["all"]
            assert [found.image.shape, found.text.shape, found.labels.shape] == list(sizes.values())
        assert oriented("set", parts, 24, how)["all"].text.shape == sizes["text"]


# What the search says
def test_an_unfit_raw_file_hides_nothing(tmp_path):
    arrays = make()
    scipy.io.savemat(
        tmp_path / "FLICKR-25K.mat", {"images": np.zeros((3, 4, 4, 2)), "YAll": arrays[1], "LAll": arrays[2]}
    )
    scipy.io.savemat(tmp_path / "mirflickr25k-iall.mat", {"IAll": np.zeros((N, 3, 4, 4))})
    (tmp_path / "mir.h5").write_bytes(b"no such file")
    save(tmp_path / "mirflickr.mat", arrays)
    data = load_dataset("mirflickr", tmp_path)
    assert np.array_equal(data.image, arrays[0].astype(np.float32))
    said = "\n".join(data.notes)
    assert f"read one file: mirflickr.mat in {tmp_path}" in said
    assert "FLICKR-25K.mat: holds images, YAll, LAll, which are the keys of no layout" in said
    assert "mir.h5: not a MATLAB file" in said


def test_several_complete_sets_are_named(tmp_path):
    save(tmp_path / "mir-a.mat", make())
    save(tmp_path / "mir-b.mat", [x[::-1] for x in make()])
    for tail, key, values in zip(("-xall", "-yall", "-lall"), ("XAll", "YAll", "LAll"), make(), strict=True):
        scipy.io.savemat(tmp_path / f"mirflickr{tail}.mat", {key: values})
    notes = load_dataset("mirflickr", tmp_path).notes
    assert notes[0].startswith("read three matrices: mirflickr-xall.mat, mirflickr-yall.mat, mirflickr-lall.mat in ")
    assert [note.split(" in ")[0] for note in notes[1:3]] == [
        "not read, though complete as well: one file: mir-a.mat",
        "not read, though complete as well: one file: mir-b.mat",
    ]
    assert notes[:3] == verify("mirflickr", tmp_path).notes[:3]


def test_files_of_no_layout_are_named(tmp_path):
    for name in ("index.mat", "caption.mat", "label.mat"):
        scipy.io.savemat(tmp_path / name, {"x": np.zeros(3)})
    (tmp_path / "tags.pkl").write_bytes(b"")
    (tmp_path / "im").mkdir()
    with pytest.raises(DataError) as error:
        load_dataset("mirflickr", tmp_path)
    said = "part of no layout by name: caption.mat, im/, index.mat, label.mat, tags.pkl; pickles are never read."
    assert said in str(error.value)
    for i in range(30):
        (tmp_path / f"im{i:02}.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"im09.jpg|and 23 more"):
        load_dataset("mirflickr", tmp_path)


@pytest.mark.parametrize(
    "names",
    [
        ("IAll/mirflickr25k-iall.mat", "YAll/mirflickr25k-yall.mat", "LAll/mirflickr25k-lall.mat"),
        ("XAll/mirflickr25k-xall-vgg.mat", "mirflickr25k-yall.mat", "mirflickr25k-lall.mat"),
        ("images.npy", "mirflickr25k-yall.mat", "mirflickr25k-lall.mat"),
        ("images.npy", "mirflickr25k-yall-rand.mat", "mirflickr25k-lall-rand.mat"),
        ("raw_mirflickr25k-iall-vgg.mat", "raw_mirflickr25k-yall.mat", "raw_mirflickr25k-lall.mat"),
        ("images.npy", "tags.npy", "labels.npy"),
    ],
)
def test_names_and_folders_that_circulate(tmp_path, names):
    arrays = make()
    for name, key, values in zip(names, ("IAll", "YAll", "LAll"), arrays, strict=True):
        path = tmp_path / name
        if path.suffix == ".npy":
            np.save(path, values)
        else:
            save(path, [values], [key])
    data = load_dataset("mirflickr", tmp_path)
    assert np.array_equal(data.image, arrays[0].astype(np.float32))
    assert np.array_equal(data.labels, arrays[2].astype(bool))
    assert data.notes[0].endswith(f": {', '.join(names)} in {tmp_path}")
    (tmp_path / names[-1]).unlink()
    with pytest.raises(DataError) as error:
        load_dataset("mirflickr", tmp_path)
    assert all(name in str(error.value) for name in names[:-1])


def test_one_raw_file(tmp_path):
    arrays = make()
    save(tmp_path / "raw_mir.mat", arrays)
    assert np.array_equal(load_dataset("mirflickr", tmp_path).text, arrays[1].astype(np.float32))


def test_what_was_dropped_is_counted(tmp_path):
    image, text, labels = make()
    labels[:3] = 0
    text[10:15] = 0
    save(tmp_path / "mir.mat", (image, text, labels))
    notes = load_dataset("mirflickr", tmp_path).notes
    assert "3 of 40 rows have no label and are in no part of the split" in notes
    assert f"{(~text.any(axis=1)).sum()} of 40 texts are all zero" in notes


# Queries that are elsewhere too
def by_part(path, arrays, rows, n_train=12):
    """One file with query rows `rows`, the others as database, and a training part of those."""
    others = np.setdiff1d(np.arange(len(arrays[0])), rows["query"])
    chosen = {"te": rows["query"], "db": rows.get("database", others), "tr": rows.get("train", others[:n_train])}
    keys = [f"{letter}_{part}" for part in chosen for letter in "ITL"]
    save(path, [x[index] for index in chosen.values() for x in arrays], keys)


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ({"database": np.arange(300)}, {"database": 100}),
        ({"train": np.arange(50, 150)}, {"train": 50}),
        ({"database": np.arange(300), "train": np.arange(98, 200)}, {"database": 100, "train": 2}),
        ({"database": np.arange(98, 300)}, {"database": 2}),
    ],
)
def test_queries_in_another_part_are_refused_with_their_number(tmp_path, rows, counts):
    by_part(tmp_path / "mir.mat", make(n=300), {"query": np.arange(100)} | rows)
    verdict = verify("mirflickr", tmp_path)
    with pytest.raises(DataError, match="figures of rows that were seen say nothing") as error:
        load_dataset("mirflickr", tmp_path)
    for part, count in counts.items():
        said = f"{count} of 100 queries are in the {part} part as well"
        assert said in str(error.value)
        assert any(said in fault for fault in verdict.faults)


def test_a_picture_that_occurs_twice_is_said_and_read(tmp_path, caplog):
    by_part(tmp_path / "mir.mat", make(n=300), {"query": np.arange(100), "database": np.arange(99, 300)})
    with caplog.at_level(logging.WARNING):
        data = load_dataset("mirflickr", tmp_path)
    said = "1 of 100 queries are in the database part as well, the first is row 99"
    assert said in caplog.text
    assert said in data.notes
    assert said in verify("mirflickr", tmp_path).notes


def test_parts_that_share_nothing_say_nothing(tmp_path):
    by_part(tmp_path / "mir.mat", make(n=300), {"query": np.arange(100)})
    assert not any("as well" in note for note in load_dataset("mirflickr", tmp_path).notes)
    assert verify("mirflickr", tmp_path).split == {"query": 100, "database": 200, "train": 12}


@pytest.mark.parametrize("layout", ["npz", "mat"])
def test_queries_in_the_database_of_a_set_in_one_piece_are_said(tmp_path, caplog, layout):
    image, text, labels = make()
    if layout == "npz":
        split = Split(np.arange(10), np.arange(10, N), np.arange(10, N))
    else:
        split = named.read_manifest("mirflickr").split(labels.astype(bool))
    twin, original = split.retrieval[3], split.query[4]
    image[twin], text[twin] = image[original], text[original]
    if layout == "npz":
        rows = {"query": split.query, "retrieval": split.retrieval}
        np.savez(tmp_path / "mirflickr.npz", image=image, text=text, labels=labels, **rows)
    else:
        save(tmp_path / "mir.mat", (image, text, labels))
    with caplog.at_level(logging.WARNING):
        data = load_dataset("mirflickr", tmp_path)
    said = f"1 of {len(split.query)} queries are in the database part as well, the first is row 4, by value"
    assert [note for note in data.notes if "as well" in note] == [said]
    assert f"mirflickr: {said}" in caplog.text
    assert said in verify("mirflickr", tmp_path).notes


# Sparse matrices of version 7.3
def sparse73(path, key, rows, columns, entries=()):
    """A sparse matrix as MATLAB writes it: without `data` and `ir` where it has no entry."""
    with h5py.File(path, "a", userblock_size=512) as file:
        group = file.create_group(key)
        group.attrs["MATLAB_class"] = np.bytes_("double")
        group.attrs["MATLAB_sparse"] = np.uint64(rows)
        count = np.zeros(columns + 1, dtype=np.uint64)
        for _, column in entries:
            count[column + 1 :] += 1
        group["jc"] = count
        if entries:
            group["ir"] = np.array([row for row, _ in entries], dtype=np.uint64)
            group["data"] = np.ones(len(entries))


def test_a_sparse_matrix_without_entries_is_zeros(tmp_path):
    image, text, labels = make()
    for key, values in (("XAll", image), ("LAll", labels)):
        with h5py.File(tmp_path / "mir.mat", "a", userblock_size=512) as file:
            file[key] = values.T
            file[key].attrs["MATLAB_class"] = np.bytes_("double")
    sparse73(tmp_path / "mir.mat", "YAll", *text.shape)
    data = load_dataset("mirflickr", tmp_path)
    assert data.text.shape == text.shape
    assert not data.text.any()
    assert "40 of 40 texts are all zero" in data.notes
    with h5py.File(tmp_path / "mir.mat", "a") as file:
        file["YAll/jc"][-1] = 3
    with pytest.raises(DataError, match="offsets or row numbers of the sparse matrix are broken"):
        load_dataset("mirflickr", tmp_path)
    with h5py.File(tmp_path / "mir.mat", "a") as file:
        file["YAll/ir"] = np.zeros(3, dtype=np.uint64)
    with pytest.raises(DataError, match="a sparse matrix needs the data set data"):
        load_dataset("mirflickr", tmp_path)
