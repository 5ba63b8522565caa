"""Codes of 16 bits of a real run collide; every kind of index answers as the exact one does, ties included."""

import numpy as np

import hint_train
from hint_train.data import load_dataset
from hint_train.search.index import Index


def test_recall_is_one_on_codes_of_a_run(shared, tmp_path, no_pictures):
    source = str(shared("wikipedia-t100.npz"))
    hint_train.run(hint_train.Config(dataset=source, method="cvh", bits=(16,), device="cpu"), tmp_path / "run")
    run, data = hint_train.load(tmp_path / "run"), load_dataset(source)
    codes = run.codes(modality="text")[data.retrieval]
    queries = run.codes(modality="image")[data.query]
    assert len(np.unique(codes, axis=0)) < len(codes)
    exact = Index(codes, bits=16).search(queries, 50)
    for kind in ("ivf", "hnsw"):
        found = Index(codes, bits=16, kind=kind).search(queries, 50)
        assert (found.distances == exact.distances).all()
        assert (found.rows == exact.rows).all()
