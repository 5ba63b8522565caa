"""Edges that are refused: the sentence of edges in memory, how many rows, and one of them."""

import numpy as np
import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest

from hint_se import GraphError

N = 100_000
SOURCE, TARGET = np.arange(N), np.arange(N) + 1


def table(**columns):
    return pyarrow.table({"source": SOURCE, "target": TARGET, "weight": np.ones(N)} | columns)


def with_values(array, **changes):
    changed = array.copy()
    for place, value in changes.items():
        changed[int(place[1:])] = value
    return changed


def text_with(*others):
    return [*others, *map(str, SOURCE[len(others) :])]


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (
            table(source=pyarrow.array([None, None, *SOURCE[2:].tolist()], pyarrow.int64())),
            r"source column: expected no missing values, got one beside [12]; 2 rows are like that",
        ),
        (
            table(weight=with_values(np.ones(N), _7=np.nan)),
            r"weights must be finite and > 0, but the weight of edge \(7, 8\) is NaN$",
        ),
        (
            table(weight=with_values(np.ones(N), _7=-1.5, _9=0.0, _11=np.inf)),
            r"weights must be finite and > 0, but the weight of edge \(7, 8\) is -1.5; 3 rows are like that",
        ),
        (
            table(weight=pyarrow.array([None, *np.ones(N - 1).tolist()])),
            r"weights must be finite and > 0, but the weight of edge \(0, 1\) is NaN$",
        ),
        (
            table(source=text_with("fish", "Fisch"), target=list(map(str, TARGET))),
            r"edges: expected an integer id, got 'Fisch'; 2 ids are none; read ids as names by names=True \(--names\)",
        ),
        (table(source=with_values(SOURCE, _4=-3)), r"node ids must be >= 0, but edge \(-3, 5\) holds one below$"),
        (table(source=SOURCE * 0.5), "source column: expected integer node ids or strings, got dtype Float64"),
        (table(source=list(map(str, SOURCE))), "edges: expected columns of one type, got String for sources and Int64"),
        (table(weight=["x"] * N), "weights: expected real numbers, got dtype String"),
        (table().slice(0, 0), "edges: expected at least one edge, got an empty table"),
        (
            pyarrow.table({"a": [1], "b": [2], "c": [3]}),
            "table: expected the columns source, target and perhaps weight",
        ),
    ],
)
def test_a_fault_is_counted_and_shown(build, tmp_path, edges, message):
    with pytest.raises(GraphError, match=message):
        build(edges, out=tmp_path / "tree")
    assert not (tmp_path / "tree" / "tree.parquet").exists()


def test_faults_of_many_rows_are_counted(build):
    """A million rows, of which every other one is wrong; the example is the first by its ends."""
    rows = np.arange(10**6)
    weights = np.where(rows % 2 == 1, np.nan, 1.0)
    with pytest.raises(GraphError, match=r"weight of edge \(1, 2\) is NaN; 500,000 rows are like that"):
        build(pyarrow.table({"source": rows, "target": rows + 1, "weight": weights}))
    words = np.where(rows % 4 == 1, "x", rows.astype(str))
    with pytest.raises(GraphError, match="expected an integer id, got 'x'; 250,000 ids are none"):
        build(pyarrow.table({"source": words, "target": (rows + 1).astype(str)}))


@pytest.mark.slow
def test_ten_million_rows_are_refused_by_the_same_sentences(build, tmp_path):
    """Rows 3 and 9,999,999 are wrong: the sentence, the count, and the first as the example."""
    rows = np.arange(10**7)

    def refused(message, **columns):
        pyarrow.parquet.write_table(
            pyarrow.table({"source": rows, "target": rows + 1} | columns), tmp_path / "e.parquet"
        )
        with pytest.raises(GraphError, match=message):
            build(str(tmp_path / "e.parquet"))

    wrong = np.isin(rows, [3, 10**7 - 1])
    refused(
        r"weight of edge \(3, 4\) is NaN; 2 rows are like that", weight=np.where(wrong, np.nan, 1.0).astype(np.float32)
    )
    refused(
        r"source column: expected no missing values, got one beside 4; 2 rows are like that",
        source=pyarrow.array(rows, mask=wrong),
    )
    text = pyarrow.compute.if_else(wrong, "fish", pyarrow.compute.cast(pyarrow.array(rows), pyarrow.string()))
    refused(
        r"expected an integer id, got 'fish'; 2 ids are none",
        source=text,
        target=pyarrow.compute.cast(pyarrow.array(rows + 1), pyarrow.string()),
    )


def test_text_is_a_name_where_that_is_asked_for(build):
    edges = pyarrow.table({"source": ["1", "2", "fish"], "target": ["2", "3", "1"]})
    assert build(edges, names=True).to_tree().node_names == ("1", "2", "3", "fish")


def test_files_that_are_none(build, tmp_path):
    with pytest.raises(GraphError, match="expected files of edges that DuckDB reads"):
        build(str(tmp_path / "nothing-*.parquet"))
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 is not enough")
    with pytest.raises(GraphError, match="expected files of edges that DuckDB reads"):
        build(str(tmp_path / "broken.parquet"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"memory": "much"}, "memory: expected bytes, or an amount such as 4GB, got 'much'"),
        ({"memory": "9" * 400 + "GB"}, "memory: expected at least 500MB and less than a million TB"),
        ({"memory": "20MB"}, "memory: expected at least 500MB and less than a million TB, got '20MB'"),
        ({"engine": "locally"}, "engine: expected duckdb, polars, spark://"),
        ({"engine": "sqlite"}, "engine: expected duckdb, polars, spark://"),
        ({"height": 0}, "height: expected an integer >= 1"),
        ({"effort": "huge"}, "effort: expected one of"),
    ],
)
def test_options_out_of_range(tmp_path, options, message):
    from hint_se.tables import build_tree_from_tables

    with pytest.raises(ValueError, match=message):
        build_tree_from_tables(pyarrow.table({"source": [0], "target": [1]}), out=tmp_path / "tree", **options)
