"""Data sets by name: the same small set written in every layout that circulates reads back the same."""

import logging
from dataclasses import replace
from functools import partial

import h5py
import numpy as np
import pytest
import scipy.io

from hint_train.data import load_dataset
from hint_train.data.preparation.prepare import convert
from hint_train.data.sources.manifest import read_manifest, split_by_rule
from hint_train.data.sources.verify import verify
from hint_train.errors import DataError

N, N_QUERY, N_TRAIN = 40, 8, 20
CLASSES = {"mirflickr": 24, "nuswide": 10, "nuswide-tc21": 21, "coco": 80, "iapr-tc12": 255}
ALL = ("XAll", "YAll", "LAll")


@pytest.fixture(autouse=True)
def _small_manifests(monkeypatch):
    """The manifests with sizes that fit 40 pairs."""

    def read(name):
        pairs = {N: split_by_rule(name, N, N_QUERY, N_TRAIN).hashes()}
        sizes = {"n_query": N_QUERY, "n_train": N_TRAIN, "pairs": pairs, "image": (6,), "text": (5,)}
        return replace(read_manifest(name), **sizes, density=0.5, tolerance=0.49)

    for module in ("named", "verify"):
        monkeypatch.setattr(f"hint_train.data.sources.{module}.read_manifest", read)


def make(name="mirflickr"):
    rng = np.random.default_rng(3)
    labels = rng.random((N, CLASSES[name])) < 2.5 / CLASSES[name]
    labels[np.arange(N), rng.integers(CLASSES[name], size=N)] |= ~labels.any(axis=1)
    text = (rng.random((N, 5)) < 0.4).astype(np.float64)
    image = rng.standard_normal((N, 6)).astype(np.float32)
    return image, text, labels.astype(np.uint8)


def mat5(folder, *arrays, stem, tails=("-iall-vgg", "-yall", "-lall"), keys=ALL):
    for tail, key, values in zip(tails, keys, arrays, strict=True):
        scipy.io.savemat(folder / f"{stem}{tail}.mat", {key: values}, do_compression=True)


def mat73(folder, *arrays, stem, tails=("-xall-vgg", "-yall", "-lall"), keys=ALL):
    for tail, key, values in zip(tails, keys, arrays, strict=True):
        with h5py.File(folder / f"{stem}{tail}.mat", "w", userblock_size=512) as file:
            file[key] = values.T
            kind = {"float32": "single", "float64": "double"}.get(str(values.dtype), "uint8")
            file[key].attrs["MATLAB_class"] = np.bytes_(kind)


def hdf5(folder, *arrays, file_name, keys=ALL, turned=False):
    with h5py.File(folder / file_name, "a") as file:
        for key, values in zip(keys, arrays, strict=True):
            file[key] = values.T if turned else values


def npy(folder, image, text, labels, *, stem, split=()):
    for file_name, values in ((f"{stem}_vgg19", image), ("tags", text), ("label", labels)):
        np.save(folder / f"{file_name}.npy", values)
    for part, rows in dict(split).items():
        np.save(folder / f"{part}_num.npy", rows)


def lists(folder, image, text, labels):
    words = np.array([f"word{i}" for i in range(text.shape[1])])
    (folder / "TagList.txt").write_text("\n".join(words) + "\n")
    (folder / "all_tags.txt").write_text(
        "".join(",".join([*words[row > 0], "unheard"]) + "\r\n" for row in text), newline=""
    )
    (folder / "all_labels.txt").write_text("".join(" ".join(map(str, row)) + "\n" for row in labels))
    (folder / "all_imgs.txt").write_text("".join(f"pictures/im{i}.jpg\n" for i in range(len(text))))
    if image is not None:
        np.save(folder / "image.npy", image)


RAND = ("-iall-vgg-rand", "-yall-rand", "-lall-rand")
CLEAN = ("-xall-vgg-clean", "-yall-clean", "-lall-clean")
WHOLE = {
    "mat 5": ("mirflickr", "three matrices", partial(mat5, stem="mirflickr25k")),
    "mat 5, random order": ("mirflickr", "three matrices", partial(mat5, stem="mirflickr25k", tails=RAND)),
    "mat 7.3": ("nuswide", "three matrices", partial(mat73, stem="nus-wide-tc10")),
    "mat 7.3, IAll": (
        "nuswide-tc21",
        "three matrices",
        partial(mat73, stem="nus-wide-tc21", tails=CLEAN, keys=("IAll", *ALL[1:])),
    ),
    "h5py": ("coco", "one file", partial(hdf5, file_name="MSCOCO_deep_doc2vec_data_rand.h5py")),
    "h5, pairs as columns": ("nuswide", "one file", partial(hdf5, file_name="nus_wide.h5", turned=True)),
    "h5, IAll": ("coco", "one file", partial(hdf5, file_name="coco.h5", keys=("IAll", *ALL[1:]))),
    "npy": ("coco", "npy", partial(npy, stem="mscoco")),
    "mat 5, IAPR": ("iapr-tc12", "three matrices", partial(mat5, stem="iapr-tc12")),
    "text lists": ("mirflickr", "text lists", lists),
}


@pytest.mark.parametrize("case", WHOLE)
@pytest.mark.parametrize("below", [False, True])
def test_whole_sets_get_the_split_of_the_manifest(tmp_path, case, below):
    name, layout, write = WHOLE[case]
    image, text, labels = make(name)
    folder = tmp_path / read_manifest(name).folders[0].upper() if below else tmp_path
    folder.mkdir(exist_ok=True)
    write(folder, image, text, labels)
    data = load_dataset(name, tmp_path)
    assert data.name == name
    assert data.image.dtype == data.text.dtype == np.float32
    assert np.array_equal(data.image, image)
    assert np.array_equal(data.text, text)
    assert np.array_equal(data.labels, labels.astype(bool))
    assert data.query.tolist() == list(range(N - N_QUERY, N))
    assert data.retrieval.tolist() == list(range(N - N_QUERY))
    assert len(data.train) == N_TRAIN
    assert set(data.train) <= set(data.retrieval)
    verdict = verify(name, tmp_path)
    assert verdict.layout == layout
    assert verdict.faults == ()
    assert verdict.split_sha256 == split_by_rule(name, N, N_QUERY, N_TRAIN).hashes()


def parts_of(arrays, train_outside=False):
    """Query, database and train as copies of rows; train is part of the database, with a repeated row in both."""
    for values in arrays:
        values[11] = values[12]
    train = [values[[12, 30, 11, 17]] + (1 if train_outside else 0) for values in arrays[:2]]
    return {
        "query": [values[:8] for values in arrays],
        "database": [values[8:] for values in arrays],
        "train": [*train, arrays[2][[12, 30, 11, 17]]],
    }


def cirh(folder, parts, turned):
    for part, mark in (("train", "tr"), ("query", "te"), ("database", "db")):
        keys = [f"{letter}_{mark}" for letter in "ITL"]
        (mat73 if turned else mat5)(
            folder, *parts[part], stem=f"mirflickr25k_{part}", tails=("-a", "-b", "-c"), keys=keys
        )
        merged = {}
        for tail, key, values in zip("abc", keys, parts[part], strict=True):
            (folder / f"mirflickr25k_{part}-{tail}.mat").unlink()
            merged[key] = values
        if turned:
            with h5py.File(folder / f"mirflickr25k_{part}.mat", "w", userblock_size=512) as file:
                for key, values in merged.items():
                    file[key] = values.T
                    file[key].attrs["MATLAB_class"] = np.bytes_("double")
        else:
            scipy.io.savemat(folder / f"mirflickr25k_{part}.mat", merged)


LONG = {"train": "ImgTrain TagTrain LabTrain", "query": "ImgQuery TagQuery LabQuery"}
LONG["database"] = "ImgDataBase TagDataBase LabDataBase"
SHORT = {"train": "I_tr T_tr L_tr", "query": "I_te T_te L_te", "database": "I_db T_db L_db"}


def one_file(folder, parts, turned, *, keys):
    for part, names in keys.items():
        hdf5(folder, *parts[part], file_name="MIRFlickr.h5", keys=names.split(), turned=turned)


@pytest.mark.parametrize(
    ("write", "turned"),
    [
        (cirh, False),
        (cirh, True),
        (partial(one_file, keys=LONG), False),
        (partial(one_file, keys=SHORT), False),
        (partial(one_file, keys=SHORT), True),
    ],
)
def test_sets_in_parts_keep_their_split(tmp_path, write, turned):
    arrays = make()
    write(tmp_path, parts_of(arrays), turned)
    data = load_dataset("mirflickr", tmp_path)
    assert np.array_equal(data.image, arrays[0])
    assert np.array_equal(data.labels, arrays[2])
    assert data.query.tolist() == list(range(8))
    assert data.retrieval.tolist() == list(range(8, 40))
    assert data.train.tolist() == [11, 12, 17, 30]
    verdict = verify("mirflickr", tmp_path)
    assert verdict.split == {"query": 8, "database": 32, "train": 4}
    assert verdict.faults == ()


def test_training_rows_outside_the_database_stay_outside(tmp_path, caplog):
    arrays = make()
    with caplog.at_level(logging.WARNING):
        cirh(tmp_path, parts_of(arrays, train_outside=True), False)
        data = load_dataset("mirflickr", tmp_path)
    assert "training rows are not all in the database" in caplog.text
    assert data.train.tolist() == [40, 41, 42, 43]
    assert data.retrieval.tolist() == list(range(8, 40))


QUERY_AND_DATABASE = {
    "I_te": (("I_te", "T_te", "L_te"), ("I_tr", "T_tr", "L_tr")),
    "VTest": (("VTest", "YTest", "testL"), ("VDatabase", "YDatabase", "databaseL")),
    "test_imgs_deep": (
        ("test_imgs_deep", "test_text", "test_imgs_labels"),
        ("train_imgs_deep", "train_text", "train_imgs_labels"),
    ),
}


@pytest.mark.parametrize("case", QUERY_AND_DATABASE)
@pytest.mark.parametrize("form", ["mat 5", "h5", "h5, pairs as columns"])
def test_files_without_a_training_part_get_one_by_rule(tmp_path, case, form):
    arrays = make("nuswide")
    held = {}
    for keys, part in zip(QUERY_AND_DATABASE[case], (slice(8), slice(8, None)), strict=True):
        held |= {key: values[part] for key, values in zip(keys, arrays, strict=True)}
    if form == "mat 5":
        scipy.io.savemat(tmp_path / "nus.mat", held, do_compression=True)
    else:
        hdf5(tmp_path, *held.values(), file_name="nus.h5", keys=held, turned=form != "h5")
    data = load_dataset("nuswide", tmp_path)
    for read, written in zip((data.image, data.text, data.labels), arrays, strict=True):
        assert np.array_equal(read, written)
    assert data.query.tolist() == list(range(8))
    assert data.retrieval.tolist() == list(range(8, 40))
    assert len(data.train) == N_TRAIN
    assert set(data.train) < set(data.retrieval)
    verdict = verify("nuswide", tmp_path)
    assert (verdict.layout, verdict.faults) == ("one file, split", ())


def test_the_file_of_iapr_tc12(tmp_path):
    """iapr-tc12-rand.mat: query and database, no training part."""
    arrays = make("iapr-tc12")
    query, database = QUERY_AND_DATABASE["VTest"]
    held = {key: values[:8] for key, values in zip(query, arrays, strict=True)}
    scipy.io.savemat(tmp_path / "iapr-tc12-rand.mat", held | {k: v[8:] for k, v in zip(database, arrays, strict=True)})
    data = load_dataset("iapr-tc12", tmp_path)
    assert np.array_equal(data.image, arrays[0])
    assert data.query.tolist() == list(range(8))
    assert set(data.train) < set(data.retrieval)


@pytest.mark.parametrize("case", QUERY_AND_DATABASE)
def test_an_incomplete_set_of_keys_is_no_layout(tmp_path, case):
    arrays = make("nuswide")
    query, database = QUERY_AND_DATABASE[case]
    held = {key: values[:8] for key, values in zip(query, arrays, strict=True)}
    held |= {key: values[8:] for key, values in zip(database[:2], arrays[:2], strict=True)}
    scipy.io.savemat(tmp_path / "nus.mat", held)
    with pytest.raises(DataError, match="no complete layout of nuswide"):
        load_dataset("nuswide", tmp_path)


def test_dgcpn_style_brings_its_split(tmp_path):
    arrays = make("nuswide")
    order = np.random.default_rng(0).permutation(N)
    split = {"test": order[:6], "val": order[6:9], "train": order[9:20], "database": order[9:]}
    npy(tmp_path, *arrays, stem="nuswide", split=split)
    data = load_dataset("nuswide", tmp_path)
    assert data.query.tolist() == order[:6].tolist()
    assert data.train.tolist() == order[9:20].tolist()
    assert data.retrieval.tolist() == order[9:].tolist()
    assert "their own split" in verify("nuswide", tmp_path).notes[0]
    (tmp_path / "train_num.npy").unlink()
    with pytest.raises(DataError, match="row numbers for train are missing, the others are there"):
        load_dataset("nuswide", tmp_path)
    np.save(tmp_path / "train_num.npy", order[4:9])
    with pytest.raises(DataError, match="query and train share 2 rows"):
        load_dataset("nuswide", tmp_path)
    np.save(tmp_path / "train_num.npy", np.array([40]))
    with pytest.raises(DataError, match="must hold rows from 0 to 39"):
        load_dataset("nuswide", tmp_path)


def test_npz_by_name(tmp_path, caplog):
    image, text, labels = make()
    rows = {"query": np.arange(5), "retrieval": np.arange(5, 40), "train": np.arange(5, 30)}
    objects = {"objects": np.ones((40, 2)), "objects_ptr": np.arange(41)}
    np.savez(tmp_path / "mirflickr.npz", image=image, text=text, labels=labels, **rows, **objects)
    data = load_dataset("mirflickr", tmp_path)
    assert data.query.tolist() == list(range(5))
    assert len(data.training_pairs().parts.objects) == 25
    convert("mirflickr", tmp_path, tmp_path / "arrays")
    assert "objects and words are not converted" in caplog.text
    assert verify("mirflickr", tmp_path).layout == "npz"


def test_converted_sets_are_mapped_and_the_same(tmp_path):
    arrays = make()
    cirh(tmp_path, parts_of(arrays), False)
    before = load_dataset("mirflickr", tmp_path)
    written = convert("mirflickr", tmp_path, tmp_path / "arrays")
    assert [path.name for path in written] == [
        f"{key}.npy" for key in ("image", "text", "labels", "query", "retrieval", "train")
    ]
    after = load_dataset("mirflickr", tmp_path / "arrays")
    for key in ("image", "text", "labels", "query", "retrieval", "train"):
        assert np.array_equal(getattr(before, key), getattr(after, key)), key
    assert isinstance(after.image.base, np.memmap)
    after.image[0] = 7  # torch wants arrays that it could write, but the file must stay as it is
    assert np.array_equal(load_dataset("mirflickr", tmp_path / "arrays").image, before.image)


def test_rows_without_a_label_are_in_no_part(tmp_path):
    image, text, labels = make()
    labels[[3, 39]] = 0
    npy(tmp_path, image, text, labels, stem="mir")
    data = load_dataset("mirflickr", tmp_path)
    assert data.query.tolist() == list(range(31, 39))
    assert 3 not in data.retrieval
    assert "2 rows have no label and are in no part of a split by rule" in verify("mirflickr", tmp_path).notes
    labels[5:] = 0
    npy(tmp_path, image, text, labels, stem="mir")
    with pytest.raises(DataError, match="4 rows have a label; expected 8 queries and a database"):
        load_dataset("mirflickr", tmp_path)


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match=r"mirflickr needs --data-dir[^$]*mirflickr25k-iall-vgg.mat") as error:
        load_dataset("mirflickr")
    assert len(str(error.value).splitlines()) == 7
    with pytest.raises(DataError, match="no such folder"):
        load_dataset("coco", tmp_path / "none")
    with pytest.raises(
        DataError, match="no complete layout of nuswide in .*Put one of these into the data folder, or into nuswide/"
    ):
        load_dataset("nuswide", tmp_path)
    arrays = make()
    mat5(tmp_path, *arrays, stem="mirflickr25k")
    (tmp_path / "mirflickr25k-yall.mat").unlink()
    with pytest.raises(DataError, match="Found in part: files in .*: no file with YAll"):
        load_dataset("mirflickr", tmp_path)
    (tmp_path / "TagList.txt").write_text("a\n")
    with pytest.raises(DataError, match="no all_tags.txt, all_labels.txt, all_imgs.txt"):
        load_dataset("mirflickr", tmp_path)
    cirh(tmp_path, parts_of(arrays), False)
    (tmp_path / "mirflickr25k_database.mat").unlink()
    with pytest.raises(DataError, match="no file for database"):
        load_dataset("mirflickr", tmp_path)


def test_ambiguous_files_are_named(tmp_path):
    arrays = make()
    mat5(tmp_path, *arrays, stem="mirflickr25k")
    mat5(tmp_path, *arrays, stem="mirflickr", tails=("-iall-clip", "-yall", "-lall"))
    with pytest.raises(DataError, match="keep one of"):
        load_dataset("mirflickr", tmp_path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({2: np.zeros((N, 10))}, r"expected labels of shape \(rows, 24\) for mirflickr, got \(40, 10\)"),
        ({1: np.zeros((39, 5))}, r"expected 40 rows, as many as labels, got shape \(39, 5\)"),
        ({2: np.full((N, 24), 2)}, "labels must be 0 or 1, got 2"),
        ({0: np.full((N, 6), np.nan)}, "must be finite in float32; row 0, column 0 is nan"),
        ({0: np.zeros((N, 3, 8, 8))}, "which is raw pictures"),
        ({0: np.zeros((N, 6), dtype=complex)}, "is complex"),
    ],
)
def test_unfit_matrices(tmp_path, changed, message):
    arrays = [changed.get(i, values) for i, values in enumerate(make())]
    mat5(tmp_path, *arrays, stem="mirflickr25k")
    with pytest.raises(DataError, match=message):
        load_dataset("mirflickr", tmp_path)


def test_raw_pictures_beside_features_are_passed_over(tmp_path):
    arrays = make()
    mat5(tmp_path, *arrays, stem="mirflickr25k")
    scipy.io.savemat(tmp_path / "mirflickr25k-iall.mat", {"IAll": np.zeros((N, 3, 4, 4))})
    assert np.array_equal(load_dataset("mirflickr", tmp_path).image, arrays[0])
    (tmp_path / "mirflickr25k-iall-vgg.mat").unlink()
    with pytest.raises(DataError, match="raw pictures"):
        load_dataset("mirflickr", tmp_path)


def test_wrong_keys_are_named(tmp_path):
    mat5(tmp_path, *make(), stem="mirflickr25k", keys=("XAll", "Text", "LAll"))
    with pytest.raises(DataError, match="expected YAll; it holds Text"):
        load_dataset("mirflickr", tmp_path)


def test_unusual_sizes_are_read_with_a_warning_and_verified_as_a_fault(tmp_path, caplog):
    image, text, labels = make()
    npy(tmp_path, image[:30, :4], text[:30], labels[:30], stem="mir")
    with caplog.at_level(logging.WARNING):
        load_dataset("mirflickr", tmp_path)
    expected = ("expected 40 pairs, got 30", "expected image features of width 6, got 4")
    for fault in expected:
        assert f"mirflickr: {fault}" in caplog.text
    assert verify("mirflickr", tmp_path).faults == expected


def test_another_label_density_is_a_fault(tmp_path):
    image, text, labels = make()
    npy(tmp_path, image, text, np.ones_like(labels), stem="mir")
    assert verify("mirflickr", tmp_path).faults == ("expected a label density of 0.5 ± 0.49, got 1.0000",)


def test_text_lists_without_images_verify_and_do_not_train(tmp_path):
    _, text, labels = make()
    lists(tmp_path, None, text, labels)
    verdict = verify("mirflickr", tmp_path)
    assert verdict.image is None
    assert verdict.faults == ()
    assert "images are missing" in verdict.notes[0]
    with pytest.raises(
        DataError, match="images are missing: text lists .*one row of features for each line of all_imgs.txt"
    ):
        load_dataset("mirflickr", tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("all_tags.txt", "a\n", "has 1 lines; expected 40, as many as all_labels.txt"),
        ("all_labels.txt", "0 1\n0 1 1\n", "line 2 differs in length"),
        ("all_labels.txt", "0 1\n0 2\n", "line 2 must hold 0s and 1s with one space between, got '0 2'"),
        ("all_labels.txt", "0,1\n0,1\n", "line 1 must hold 0s and 1s"),
        ("all_labels.txt", "", "line 1 differs"),
        ("TagList.txt", "", "holds no tag"),
    ],
)
def test_malformed_text_lists(tmp_path, name, content, message):
    lists(tmp_path, *make())
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        load_dataset("mirflickr", tmp_path)
    (tmp_path / name).write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="not a readable text list"):
        load_dataset("mirflickr", tmp_path)
