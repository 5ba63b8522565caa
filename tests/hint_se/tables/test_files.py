"""Several files of edges, and text without a header: nothing is left out or rounded, whichever comes first."""

import networkx
import pyarrow
import pytest
from pyarrow import parquet

import hint_se

SOURCE, TARGET = [0, 1, 2, 3, 4, 5, 2], [1, 2, 0, 4, 5, 3, 3]


@pytest.fixture
def file(tmp_path):
    def write(name, **columns):
        parquet.write_table(pyarrow.table(columns), tmp_path / name)
        return str(tmp_path / name)

    return write


@pytest.mark.parametrize("turned", [False, True])
def test_whole_weights_in_one_file_round_none_in_another(build, file, turned):
    files = [
        file("whole.parquet", source=SOURCE, target=TARGET, weight=[1] * 7),
        file("half.parquet", source=[0, 1], target=[4, 5], weight=[0.25, 2.5]),
    ]
    assert build(files[::-1] if turned else files).volume == 2 * (7 + 2.75)


@pytest.mark.parametrize("turned", [False, True])
def test_weights_that_one_file_lacks_are_missing(build, file, turned):
    files = [
        file("none.parquet", source=SOURCE, target=TARGET),
        file("some.parquet", source=[0], target=[4], weight=[0.25]),
    ]
    with pytest.raises(hint_se.GraphError, match=r"weight of edge \(0, 1\) is NaN; 7 rows"):
        build(files[::-1] if turned else files)


def test_the_wider_of_two_types_holds_all_ids(build, file):
    files = [
        file("narrow.parquet", source=pyarrow.array([0], pyarrow.int32()), target=pyarrow.array([1], pyarrow.int32())),
        file("wide.parquet", source=[2**33], target=[1]),
    ]
    assert build(files).to_tree().node_names == (0, 1, 2**33)


def test_columns_of_other_names_are_missing(build, file):
    files = [file("a.parquet", source=[0], target=[1]), file("b.parquet", u=[1], v=[2])]
    with (
        pytest.warns(hint_se.InputWarning, match="left aside: 'u', 'v'"),
        pytest.raises(hint_se.GraphError, match="source column: expected no missing values"),
    ):
        build(files)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("text", ["a,b\nb,c\n", "source,target\na,b\nb,c\n"])
def test_a_first_line_that_names_no_columns_is_an_edge(build, tmp_path, engine, text):
    pytest.importorskip(engine)
    (tmp_path / "edges.csv").write_text(text)
    tree = build(str(tmp_path / "edges.csv"), engine=engine)
    assert (tree.n_edges, tree.to_tree().node_names) == (2, ("a", "b", "c"))


def test_values_that_fit_no_type_are_refused(build, file, tmp_path):
    with pytest.raises(hint_se.GraphError, match="out of range"):
        build(file("large.parquet", source=pyarrow.array([2**64 - 1], pyarrow.uint64()), target=[1]))
    late = "source,target\n" + "1,2\n" * 100_000 + "x,1\n"
    (tmp_path / "late.csv").write_text(late)
    with pytest.raises(hint_se.GraphError, match="expected"):
        build(str(tmp_path / "late.csv"))
    (tmp_path / "b.csv").write_text("source,target\n1,2\n")
    with pytest.raises(hint_se.GraphError, match="expected"):
        build([file("a.parquet", source=SOURCE, target=TARGET), str(tmp_path / "b.csv")])


def test_tables_that_are_none(build):
    two = pyarrow.Table.from_arrays([pyarrow.array(SOURCE)] * 3, ["source", "target", "target"])
    with pytest.raises(hint_se.GraphError, match="unique"):
        build(two)
    with pytest.raises(hint_se.GraphError, match="got Graph"):
        build(networkx.path_graph(3))


@pytest.mark.parametrize("unit", [1e-310, 1e-300, 1e300])
def test_the_unit_of_the_weights_does_not_matter(build, unit):
    tree = build(pyarrow.table({"source": SOURCE, "target": TARGET, "weight": [unit] * 7}))
    assert tree.volume == pytest.approx(14 * unit, rel=1e-9, abs=0)
    assert tree.structural_entropy() == pytest.approx(1.46884101, rel=1e-6)


def test_weights_whose_total_overflows_are_refused(build):
    with pytest.raises(hint_se.GraphError, match="total of the weights must be finite"):
        build(pyarrow.table({"source": SOURCE, "target": TARGET, "weight": [1.7e308] * 7}))
