"""Data sets by name: the same small set written in every layout that circulates reads back the same."""

import logging
from functools import partial

import numpy as np
import pytest
import scipy.io
from layouts import ALL, N_QUERY, N_TRAIN, N, cirh, hdf5, lists, make, mat5, mat73, npy, parts_of

from hint_train.data import load_dataset
from hint_train.data.featurizers import Featurizers
from hint_train.data.featurizers.words import Words
from hint_train.data.preparation.prepare import convert
from hint_train.data.sources.manifest import read_manifest, split_by_rule
from hint_train.data.sources.verify import verify
from hint_train.errors import DataError

pytestmark = pytest.mark.usefixtures("small_manifests")


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
    assert any("their own split" in note for note in verify("nuswide", tmp_path).notes)
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
    raw = {"ids": np.arange(len(image)).astype(str), "captions": np.repeat("a", len(image))}
    np.savez(tmp_path / "mirflickr.npz", image=image, text=text, labels=labels, **rows, **objects, **raw)
    data = load_dataset("mirflickr", tmp_path)
    assert data.query.tolist() == list(range(5))
    assert len(data.training_pairs().parts.objects) == 25
    convert("mirflickr", tmp_path, tmp_path / "arrays")
    assert "objects and words are not converted" in caplog.text
    assert verify("mirflickr", tmp_path).layout == "npz"
    assert data.ids == tuple(map(str, range(len(image))))
    assert data.captions == ("a",) * len(image)


def test_names_captions_and_featurizers_are_converted(tmp_path):
    image, text, labels = make()
    rows = {"query": np.arange(5), "retrieval": np.arange(5, 40), "train": np.arange(5, 30)}
    words = Words(tuple(f"w{i}" for i in range(text.shape[1])))
    said = {"ids": np.arange(40).astype(str), "captions": np.array([f"a w{i}" for i in range(40)])}
    said["featurizers"] = np.asarray(Featurizers(None, words.description()).to_json())
    np.savez(tmp_path / "mirflickr.npz", image=image, text=text, labels=labels, **rows, **said)
    before = load_dataset("mirflickr", tmp_path)
    written = convert("mirflickr", tmp_path, tmp_path / "arrays")
    assert [path.name for path in written[-2:]] == ["names.npz", "featurizers.json"]
    after = load_dataset("mirflickr", tmp_path / "arrays")
    assert (after.ids, after.captions, after.featurizers) == (before.ids, before.captions, before.featurizers)
    np.savez(tmp_path / "arrays" / "names.npz", ids=np.arange(39).astype(str))
    with pytest.raises(DataError, match="expected ids of 40 pairs, got 39"):
        load_dataset("mirflickr", tmp_path / "arrays")


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
    said = "2 of 40 rows have no label and are in no part of the split"
    assert said in verify("mirflickr", tmp_path).notes
    assert said in data.notes
    labels[5:] = 0
    npy(tmp_path, image, text, labels, stem="mir")
    with pytest.raises(DataError, match="4 rows have a label; expected 8 queries and a database"):
        load_dataset("mirflickr", tmp_path)
