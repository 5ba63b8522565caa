"""One's own pictures and captions to a data set, and back to the rows from the raw items."""

import numpy as np
import pytest
from own_pictures import write_own
from pictures import draw

from hint_train.data import read_npz
from hint_train.data.featurizers import build
from hint_train.data.featurizers.pixels import Pixels
from hint_train.data.featurizers.words import STOP_WORDS
from hint_train.data.preparation.features import Work
from hint_train.data.preparation.pairs import Plan, prepare_pairs
from hint_train.data.sources.columns import Columns
from hint_train.data.sources.entries import Unfit
from hint_train.data.sources.folder import read_folder
from hint_train.errors import DataError


def prepare(folder, steps=None, columns=None, **options):
    """The data set of `folder`, and the notes."""
    unfit = Unfit()
    entries, notes = read_folder(folder / "pictures", folder / "captions.csv", columns or Columns(), unfit)
    plan = Plan(**{"image": Pixels(), "stop": STOP_WORDS} | options)
    done = (lambda _: None) if steps is None else steps.append
    (out,), more = prepare_pairs(entries, unfit, plan, folder / "own.npz", Work(16, 2, done), Work(16))
    return read_npz(out), [*notes, *more]


def test_rows_come_back_from_the_raw_items(tmp_path):
    shown = write_own(tmp_path)
    data, notes = prepare(tmp_path, n_train=100)
    assert notes == [
        "200 pairs: 20 queries, 180 in the database, 100 of them for training; split by the digest of their names",
        notes[1],
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["captions.csv", "own.npz", "pictures"]
    row_of = {f"{name}.png": row for row, name in enumerate(shown.ids)}
    rows = [row_of[name] for name in data.ids]
    assert sorted(rows) == list(range(200))
    assert data.captions == tuple(shown.captions[row] for row in rows)
    assert np.array_equal(data.image, shown.image[rows])
    image, text = build(data.featurizers.image), build(data.featurizers.text)
    assert np.array_equal(image.features([tmp_path / "pictures" / name for name in data.ids]), data.image)
    assert np.array_equal(text.features(data.captions), data.text)
    assert (data.train.tolist(), data.query.tolist()) == (list(range(100)), list(range(180, 200)))
    seen = {word for row in data.train for word in data.captions[row].split()} - STOP_WORDS
    assert sorted(text.vocabulary) == sorted(seen)
    assert data.labels is None


def test_several_captions_of_a_picture_are_one_row(tmp_path):
    write_own(tmp_path, 40)
    with (tmp_path / "captions.csv").open("a") as stream:
        stream.write("shape-3.png,zebra\nshape-3.png,yak\n")
    data, _ = prepare(tmp_path, n_train=36)
    row = data.ids.index("shape-3.png")
    assert len(data.ids) == 40
    assert data.captions[row].split("\n")[1:] == ["zebra", "yak"]
    text = build(data.featurizers.text)
    assert np.array_equal(text.features([data.captions[row]])[0], data.text[row])
    assert data.text[row, [text.vocabulary.index(word) for word in ("zebra", "yak")]].tolist() == [1, 1]


def test_labels_and_split_of_the_file(tmp_path):
    write_own(tmp_path, 12)
    rows = [f"shape-{i}.png,word{i},{'a;b' if i % 2 else 'b'},{'test' if i < 3 else 'train'}" for i in range(12)]
    (tmp_path / "captions.csv").write_text("\n".join(["file_name,caption,kinds,split", *rows]))
    data, notes = prepare(tmp_path, columns=Columns(labels="kinds", separator=";"))
    assert "split as the files say" in notes[0]
    assert {data.ids[row] for row in data.query} == {f"shape-{i}.png" for i in range(3)}
    odd = [int(name[6:-4]) % 2 for name in data.ids]
    assert data.labels.tolist() == [[bool(value), True] for value in odd]
    assert np.load(tmp_path / "own.npz")["label_names"].tolist() == ["a", "b"]
    data, notes = prepare(tmp_path, columns=Columns(labels="kinds"), n_query=5)
    assert len(data.query) == 5
    assert "by the digest" in notes[0]


def test_unfit_pictures_are_named_all_at_once_and_left_out_when_asked(tmp_path, monkeypatch):
    write_own(tmp_path, 30)
    pictures = tmp_path / "pictures"
    for i, content in enumerate((b"", b"junk", (pictures / "shape-2.png").read_bytes()[:200])):
        (pictures / f"shape-{i}.png").write_bytes(content)
    draw(pictures / "shape-3.png", 0, size=(2000, 500))
    monkeypatch.setattr("hint_train.data.featurizers.pictures.MAX_PIXELS", 100_000)
    monkeypatch.setattr("hint_train.data.sources.entries.MAX_PICTURE_BYTES", 4_000_000)
    (pictures / "shape-4.png").write_bytes(b"\0" * 4_000_001)
    steps = []
    with pytest.raises(
        DataError, match="^unfit pictures: 5 .the first is shape-0.png: not a readable picture.*by --leave-out"
    ):
        prepare(tmp_path, steps)
    assert steps == [0, 16, 14]
    with (tmp_path / "captions.csv").open("a") as stream:
        stream.write("none.png,a star\nshape-9.png,\n")
    with pytest.raises(DataError, match="rows that name no picture in the folder: 1 .*, rows without a caption: 1"):
        prepare(tmp_path, steps)
    steps.clear()
    draw(pictures / "shape-1.png", 0, size=(32, 32))  # mended in between: it is looked at again, and no other
    data, notes = prepare(tmp_path, steps, leave_out=True)
    assert steps == [30]
    assert sorted(data.ids) == sorted(f"shape-{i}.png" for i in (1, *range(5, 30)))
    assert "unfit pictures: 4 (the first is shape-0.png" in notes[1]
    assert np.array_equal(Pixels().features([pictures / name for name in data.ids]), data.image)


def test_equal_pictures_are_said_and_kept_on_one_side(tmp_path):
    write_own(tmp_path, 60)
    pictures = tmp_path / "pictures"
    for i in range(0, 60, 2):
        (pictures / f"shape-{i}.png").write_bytes(
            (pictures / "shape-1.png" if i < 12 else pictures / f"shape-{i + 1}.png").read_bytes()
        )
    data, notes = prepare(tmp_path, n_query=10)
    assert "pictures that are another one byte for byte, kept: 30 (the first is " in notes[1]
    assert not any("queries that show" in note for note in notes)
    query, rest = ({data.image[row].tobytes() for row in rows} for rows in (data.query, data.retrieval))
    assert not query & rest
    rows = [f"shape-{i}.png,disc,{'test' if i % 2 else 'train'}" for i in range(60)]
    (tmp_path / "captions.csv").write_text("\n".join(["file_name,caption,split", *rows]))
    _, notes = prepare(tmp_path)
    assert "queries that show a picture of the database: 25; their figures say little" in notes


def test_captions_that_say_nothing_are_counted(tmp_path):
    write_own(tmp_path, 30)
    content = (tmp_path / "captions.csv").read_text().splitlines()
    content[5] = "shape-4.png,the of and"
    (tmp_path / "captions.csv").write_text("\n".join(content))
    data, notes = prepare(tmp_path, n_query=1)
    silent = [name for name, row in zip(data.ids, data.text, strict=True) if not row.any()]
    assert "shape-4.png" in silent
    assert f"captions that hold none of these words: {len(silent)} (the first is that of {silent[0]})" in notes
    (tmp_path / "captions.csv").write_text(
        "".join(["file_name,caption\n", *(f"shape-{i}.png,the\n" for i in range(9))])
    )
    with pytest.raises(DataError, match="hold no word but function words; keep those by --stop-words none"):
        prepare(tmp_path)


def test_no_pairs(tmp_path):
    write_own(tmp_path, 30)
    (tmp_path / "captions.csv").write_text("file_name,caption\n")
    with pytest.raises(DataError, match="there are no pairs"):
        prepare(tmp_path)
    (tmp_path / "captions.csv").write_text("file_name,caption\nshape-1.png,a disc\n")
    with pytest.raises(DataError, match="1 pairs are fit; expected at least one query, and 2 training pairs"):
        prepare(tmp_path)
