"""The leaderboard's command on a tiny set: every method has its row, measured cells are used again, labels are told apart."""

import json
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
import torch
from benchmarks.training import accuracy, figures, leaderboard
from benchmarks.training.figures import cell_key, config_of, key_of, measure_hits, measure_row, options_of

from hint_train import METHODS, Config, preset
from hint_train.data import load_dataset
from hint_train.training.checkpoint import CheckpointFolder
from hint_train.training.method import SupervisedEntry, TrainingSet
from hint_train.training.trainer import Plan, Trainer


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A set of 120 pairs where the real ones would lie, and no picture drawn."""
    rng = np.random.default_rng(0)
    classes = rng.integers(4, size=120)
    image, text = ((rng.standard_normal((4, d)) * 2)[classes] + rng.standard_normal((120, d)) for d in (6, 5))
    rows = {"query": np.arange(30), "retrieval": np.arange(30, 120), "train": np.arange(30, 120)}
    labels = np.eye(4, dtype=np.uint8)[classes]
    np.savez(tmp_path / "tiny.npz", image=image.astype(np.float32), text=text.astype(np.float32), labels=labels, **rows)
    monkeypatch.setattr(figures, "SHARED", tmp_path)
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
    figures.data_digest.cache_clear()
    yield "tiny"
    figures.data_digest.cache_clear()


def named(name):
    return next(row for row in leaderboard.rows("tiny") if row.name == name)


def test_every_method_has_a_row_and_a_list_of_what_it_reads(tiny):
    rows = leaderboard.rows(tiny)
    assert {row.config.method for row in rows} == set(METHODS)
    assert len({row.name for row in rows}) == len(rows)
    keys = {cell_key(tiny, row.config, 16, 0) for row in rows}
    assert len(keys) == len(rows)
    assert accuracy.cell_key is cell_key


def changed(config, section, **options):
    return replace(config, **{section: replace(getattr(config, section), **options)})


def test_a_cell_is_known_by_what_has_an_effect_on_it(tiny):
    """No code, no option of another method, none that only says where a run goes, none without effect under the others."""
    hint, cvh = preset("default"), preset("default", "cvh")
    same = [
        (hint, replace(hint, device="cuda", tensorboard=True, entropy_unit="nats", checkpoint_seconds=0.0)),
        (hint, changed(hint, "ucch", ucch_tau=0.1)),
        (hint, changed(hint, "loss", hash_tau=0.1)),
        (changed(hint, "loss", variant="v1"), changed(changed(hint, "loss", variant="v1"), "tree", height=2)),
        (cvh, changed(cvh, "optimiser", epochs=3)),
    ]
    for first, second in same:
        assert cell_key(tiny, first, 16, 0) == cell_key(tiny, second, 16, 0)
    other = [replace(hint, noise=0.1), changed(hint, "graph", k=3), changed(hint, "loss", bank_tau=0.7), cvh]
    keys = {cell_key(tiny, config, 16, 0) for config in (hint, *other)} | {cell_key(tiny, hint, 32, 0)}
    assert len(keys | {cell_key(tiny, hint, 16, 1), cell_key("another", hint, 16, 0)}) == len(other) + 4


def watched(config, read):
    """`config` whose sections note into `read` that an option of theirs was asked for."""

    def section_of(name, section):
        options = {field.name for field in fields(section)}

        class Watched(type(section)):
            def __getattribute__(self, option):
                if option in options:
                    read.add(name)
                return super().__getattribute__(option)

        return Watched(**{option: getattr(section, option) for option in options})

    sections = {field.name: getattr(config, field.name) for field in fields(config)}
    return replace(config, **{name: section_of(name, x) for name, x in sections.items() if is_dataclass(x)})


@pytest.mark.parametrize("method", METHODS)
def test_a_method_reads_no_option_that_its_figures_are_not_known_by(tiny, tmp_path, method):
    data = load_dataset(str(tmp_path / "tiny.npz"), None)
    pairs, read = data.training_pairs(), set()
    config = watched(preset("default", method), read)
    read.clear()
    entry, part = METHODS[method], (data.labelled_part(0.2, 0),)
    cpu = torch.device("cpu")
    made = entry.prepare(pairs, *(part if isinstance(entry, SupervisedEntry) else ()), config, cpu)
    train = TrainingSet(*map(torch.from_numpy, (pairs.image, pairs.text)))
    learner = entry.build(made, train, config, 8, 0)
    if entry.trains:
        plan = Plan(8, 0, 1, checkpoint_seconds=3600)
        trainer = Trainer(learner, train, config.optimiser, plan, CheckpointFolder(tmp_path / "checkpoints"))
        trainer.run(lambda _: None, lambda _: None, lambda: False)
    known = options_of(preset("default", method)).keys()
    for section in read:
        names = {field.name for field in fields(getattr(config, section))}
        assert names <= known or (method, section) == ("infonce", "loss")


@pytest.mark.parametrize("method", METHODS)
def test_a_line_is_read_whatever_the_defaults_are(method):
    """Its options come back; what it does not name takes the default of its method."""
    config = replace(preset("default", method), noise=0.2)
    options = json.loads(json.dumps(options_of(config)))
    assert options_of(config_of(options)) == options
    assert isinstance(config_of(options), Config)
    line = {"set": "s", "options": options, "bits": 16, "seed": 0}
    older = {**line, "options": {name: value for name, value in options.items() if name != "cutoffs"}}
    assert key_of(older) == key_of(line) == cell_key("s", config, 16, 0)


def test_cells_are_measured_once_and_rendered_with_what_was_seen(tiny, tmp_path):
    path = tmp_path / "leaderboard.jsonl"
    found = figures.figures(path, leaderboard.COMMAND)
    for name in ("CVH", "CMFH", "SRLCH"):
        measure_row(tiny, named(name), [(8, 0), (8, 1)], found)
    assert len(path.read_text().splitlines()) == 1 + 6
    again = figures.figures(path, leaderboard.COMMAND)
    measure_row(tiny, named("CVH"), [(8, 0)], again)
    assert len(path.read_text().splitlines()) == 1 + 6
    board = leaderboard.collect(tiny, (8,), again, quick=False)
    assert set(board) == {"CVH", "CMFH", "SRLCH"}
    text = leaderboard.report({tiny: board}, (8,), again.made_with(), quick=False)
    main, _, cutoff = text.partition("divided by the hits |\n")
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in main.splitlines() if line.startswith("| ")}
    assert lines["SRLCH"].rstrip(" |").endswith("90, labels of 9")
    assert lines["CVH"].rstrip(" |").endswith("90")
    for name, row in board.items():
        by_min = np.mean([scores["map@50"] for line in row[8] for scores in line["scores"].values()])
        by_hits = np.mean([value for line in row[8] for value in line["map@50 by hits"].values()])
        assert f"| {name} | {by_min:.3f} | {by_hits:.3f} |" in cutoff
        assert by_hits >= by_min
    assert "**" not in lines["SRLCH"]
    assert "**" in lines["CVH"] + lines["CMFH"]
    assert list(lines).index("SRLCH") > max(list(lines).index(x) for x in ("CVH", "CMFH"))


def test_what_is_measured_later_leaves_the_rest_of_a_line(tiny, tmp_path):
    path = tmp_path / "leaderboard.jsonl"
    found = figures.figures(path, leaderboard.COMMAND)
    measure_row(tiny, named("CVH"), [(8, 0), (8, 1)], found)
    whole = list(found)
    assert not any(note.startswith("read ") for line in whole for note in line["notes"])
    older = [{k: v for k, v in line.items() if k != "map@50 by hits"} | {"seconds": 77} for line in whole]
    older[1]["scores"] = {name: {k: v + 0.01 for k, v in x.items()} for name, x in older[1]["scores"].items()}
    path.write_text("\n".join(map(json.dumps, [found.header, *older])) + "\n")
    again = figures.figures(path, leaderboard.COMMAND)
    measure_hits(tiny, named("CVH"), [(8, 0), (8, 1), (8, 2)], again)
    first, second = (json.loads(line) for line in path.read_text().splitlines()[1:])
    assert first == {**whole[0], "seconds": 77}
    assert second == older[1]  # its scores do not come out again


def test_figures_of_the_accuracy_table_are_taken_over_with_their_sessions(tiny, tmp_path):
    other = figures.figures(tmp_path / "accuracy.jsonl", accuracy.COMMAND)
    measure_row(tiny, named("CVH"), [(8, 0)], other)
    other.header["sessions"][0]["commit"] = "earlier"
    mine = figures.figures(tmp_path / "leaderboard.jsonl", leaderboard.COMMAND)
    measure_row(tiny, named("CMFH"), [(8, 0)], mine)
    leaderboard.take_over(tiny, (8,), mine, other, quick=False)
    header, first, second = map(json.loads, (tmp_path / "leaderboard.jsonl").read_text().splitlines())
    assert header["sessions"][1]["commit"] == "earlier"
    assert [(first["row"], first["session"]), (second["row"], second["session"])] == [("CMFH", 0), ("CVH", 1)]


def test_another_file_of_the_same_set_is_refused(tiny, tmp_path):
    path = tmp_path / "leaderboard.jsonl"
    measure_row(tiny, named("CVH"), [(8, 0)], figures.figures(path, leaderboard.COMMAND))
    with np.load(tmp_path / "tiny.npz") as held:
        arrays = dict(held)
    np.savez(tmp_path / "tiny.npz", **{**arrays, "image": arrays["image"] + 1})
    figures.data_digest.cache_clear()
    with pytest.raises(
        SystemExit, match="tiny.npz is not the file that the figures of leaderboard.jsonl were made from"
    ):
        measure_row(tiny, named("CVH"), [(8, 1)], figures.figures(path, leaderboard.COMMAND))


def test_a_cell_measured_again_is_equal_bit_for_bit(tiny, tmp_path):
    """Each length by itself, though they were measured in one run; options of other methods play no part."""
    records = figures.figures(tmp_path / "x.jsonl", "python x.py")
    for name in ("HINT", "CVH", "SRLCH"):
        row = named(name)
        short = changed(row.config, "optimiser", epochs=2, batch=16)
        measure_row(tiny, replace(row, config=short), [(8, 0), (16, 0)], records)
    groups = list(figures.groups(records))
    assert [len(group.cells) for group in groups] == [1] * 6
    assert {cell.method for group in groups for cell in group.cells} == {"hint", "cvh", "srlch"}
    for group in groups:
        (cell,) = group.cells
        assert group.measure() == {cell.name: cell.figures}
        assert cell.figures["scores.image_to_text.map"] > 0
