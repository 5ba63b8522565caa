"""Files of captions: every form of them, and what is wrong with some, by line."""

import json

import pyarrow
import pytest
from pyarrow import parquet

from hint_train.data.sources.captions import caption_rows
from hint_train.data.sources.columns import Columns
from hint_train.errors import ConfigError, DataError

WANTED = [("a.png", ("one, two",)), ("b.png", ("größer 東京",))]


def read(path, **columns):
    return list(caption_rows(path, Columns(**columns)))


def said(rows):
    return [(row.picture, row.captions) for row in rows]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.csv", 'file_name,caption\na.png,"one, two"\nb.png,größer 東京\n'),
        ("c.csv", '\ufefffile_name,caption\r\na.png,"one, two"\r\n\r\nb.png,größer 東京'),
        ("c.csv", "id;image;text\n0;a.png;one, two\n1;b.png;größer 東京\n"),
        ("c.tsv", "image\tcaption\na.png\tone, two\nb.png\tgrößer 東京\n"),
        ("c.txt", "image_name| comment_number| comment\na.png| 0| one, two\nb.png| 0| größer 東京\n"),
        ("c.csv", 'image,caption\na.png,"one,\n  two"\nb.png,"größer 東京"\n'),
        ("c.jsonl", '{"image": "a.png", "caption": "one, two"}\n\n{"caption": ["größer 東京"], "image": "b.png"}'),
        (
            "c.ndjson",
            '{"image": "a.png", "text": "one, two"}\r\n{"image": "b.png", "text": "gr\\u00f6\\u00dfer 東京"}\r\n',
        ),
    ],
)
def test_forms(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content.encode())
    seen = []
    rows = list(caption_rows(path, Columns(), seen.append))
    assert said(rows) == WANTED
    assert sum(seen) == len(content.encode())


@pytest.mark.parametrize(
    "kind", [pyarrow.string(), pyarrow.large_string(), pyarrow.dictionary(pyarrow.int32(), pyarrow.string())]
)
def test_parquet(tmp_path, kind):
    table = {
        "file_name": ["a.png", "b.png"],
        "caption": pyarrow.array(["one, two", "größer 東京"]).cast(kind),
        "n": [1, 2],
    }
    parquet.write_table(pyarrow.table(table), tmp_path / "c.parquet")
    rows = read(tmp_path / "c.parquet")
    assert said(rows) == WANTED
    assert [row.where for row in rows] == [f"{tmp_path}/c.parquet: row 1", f"{tmp_path}/c.parquet: row 2"]


def test_lists_in_parquet(tmp_path):
    table = {"image": ["a.png"], "captions": [["x", None, "", " y\n z "]], "tags": [[3, 4]], "split": ["test"]}
    parquet.write_table(pyarrow.table(table), tmp_path / "c.parquet")
    (row,) = read(tmp_path / "c.parquet", labels="tags")
    assert (row.captions, row.labels, row.split) == (("x", "y z"), ("3", "4"), "test")


def test_labels_and_parts(tmp_path):
    (tmp_path / "c.csv").write_text("image,caption,kind,split\na,x,cat; dog;,train\nb,y,,test\n")
    rows = read(tmp_path / "c.csv", labels="kind", separator=";")
    assert [(row.labels, row.split) for row in rows] == [(("cat", "dog"), "train"), ((), "test")]
    assert [row.labels for row in read(tmp_path / "c.csv", labels="kind")] == [("cat; dog;",), ()]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("c.csv", b"", "header: no column is called file_name or image or filename; it has ; see --image-column"),
        ("c.csv", b"a.png,one\nb.png,two\n", "header: no column is called .*; it has a.png, one; see --image-column"),
        (
            "c.csv",
            b"image,words\na.png,x\n",
            "no column is called caption or captions or text; it has image, words; see --caption",
        ),
        ("c.csv", b"image,text,title\n", "text and title could be the caption column; say which by --caption-column"),
        (
            "c.csv",
            b"image,text\na.png,one, two\n",
            "line 2: has 3 cells, and the header 2; a caption that holds ',' belongs",
        ),
        ("c.csv", b"image,text\na.png\n", "line 2: has 1 cells, and the header 2"),
        ("c.csv", b'image,text\na.png,"one\n', "line 2: not readable as CSV .unexpected end of data"),
        ("c.csv", "image,text\na.png,x\nb.png,größer\n".encode("latin-1"), "line 3: expected UTF-8"),
        ("c.csv", "image,text\na.png,x\n".encode("utf-16"), "line 1: expected UTF-8"),
        ("c.csv", b"image,text\na.png," + b"x" * 2**21, "line 2 has more than 1,048,576 bytes"),
        ("c.csv", b"image,text\na.png," + b"x" * 70_000, "line 2: text has more than 65,536 characters"),
        ("c.jsonl", b'{"image": "a"', "line 1: not readable as JSON"),
        ("c.jsonl", b"[" * 100_000, "line 1: not readable as JSON"),
        ("c.jsonl", b'["a", "b"]\n', "line 1: expected a JSON object"),
        ("c.jsonl", b'{"image": 3, "text": "x"}\n', "line 1: expected image to be a name, got 3"),
        ("c.jsonl", b'{"image": "a", "text": 3}\n', "line 1: expected text to be a text or a list of texts, got 3"),
        ("c.jsonl", b'{"image": "a", "text": ["x", {}]}\n', "line 1: expected text to be a text or a list of texts"),
        ("c.jsonl", b'{"image": "a", "text": "x", "split": 1}\n', "line 1: expected split to be a name, got 1"),
        ("c.parquet", b"PAR1junk", "not a readable Parquet file"),
        ("c.parquet", b"", "not a readable Parquet file"),
    ],
)
def test_unfit_files(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read(tmp_path / name)


def test_unfit_columns(tmp_path):
    (tmp_path / "c.csv").write_text("image,text\na.png,x\n")
    with pytest.raises(DataError, match="has no column 'kind'; it has image, text"):
        read(tmp_path / "c.csv", labels="kind")
    (tmp_path / "c.jsonl").write_text('{"image": "a", "text": "x", "kind": 1.5}\n')
    with pytest.raises(DataError, match="line 1: expected kind to be strings or integers, got 1.5"):
        read(tmp_path / "c.jsonl", labels="kind")
    with pytest.raises(ConfigError, match=r"--captions: expected a file that ends in \.csv, .*, got c\.xlsx"):
        caption_rows(tmp_path.__class__("c.xlsx"), Columns())
    with pytest.raises(DataError, match="none.csv: no such file"):
        caption_rows(tmp_path / "none.csv", Columns())


def test_pictures_in_parquet_are_refused(tmp_path):
    kind = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    table = pyarrow.table({"image": pyarrow.array([{"bytes": b"x", "path": "a"}], kind), "text": ["x"]})
    parquet.write_table(table, tmp_path / "c.parquet")
    with pytest.raises(DataError, match="image holds the pictures themselves; expected names of files"):
        read(tmp_path / "c.parquet")


def test_what_a_small_table_unpacks_to_is_bounded(tmp_path, monkeypatch):
    """One text of 20 MB in a thousand rows: 3 kB of file that took more than 10 GB."""
    text = pyarrow.DictionaryArray.from_arrays(
        pyarrow.array([0] * 1000, pyarrow.int32()), pyarrow.array(["x" * 20_000_000])
    )
    lists = pyarrow.ListArray.from_arrays(pyarrow.array(range(1001), pyarrow.int32()), text)
    for column in (text, lists):
        table = pyarrow.table({"image": ["a"] * 1000, "text": column})
        parquet.write_table(table, tmp_path / "c.parquet", compression="zstd")
        assert (tmp_path / "c.parquet").stat().st_size < 10_000
        with pytest.raises(DataError, match="rows from 1 on: hold a text of 20,000,000 bytes, more than 262,144"):
            read(tmp_path / "c.parquet")
    many = pyarrow.ListArray.from_arrays([0, 2**21], pyarrow.array([""] * 2**21).dictionary_encode())
    parquet.write_table(pyarrow.table({"image": ["a"], "text": many}), tmp_path / "c.parquet")
    with pytest.raises(DataError, match="rows from 1 on: hold 2,097,152 values, more than 1,048,576"):
        read(tmp_path / "c.parquet")
    monkeypatch.setattr("hint_train.data.sources.parquet.MAX_GROUP", 10**5)
    table = pyarrow.table({"image": ["a"] * 1000, "text": ["x" * 1000 + str(i) for i in range(1000)]})
    parquet.write_table(table, tmp_path / "c.parquet", use_dictionary=False, compression="zstd")
    with pytest.raises(
        DataError, match="a group of rows unpacks to 1,0.* bytes in 2,000 values; expected at most 100,000 and 25,000"
    ):
        read(tmp_path / "c.parquet")


def test_lines_of_json_are_named(tmp_path):
    (tmp_path / "c.jsonl").write_text("\n".join(json.dumps({"image": f"{i}.png", "text": "x"}) for i in range(3)))
    assert [row.where.rpartition(": ")[2] for row in read(tmp_path / "c.jsonl")] == ["line 1", "line 2", "line 3"]
