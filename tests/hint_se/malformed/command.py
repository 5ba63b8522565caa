"""What the command `hint-se` refuses: its exit code, and one line on stderr."""

import contextlib
import io
import logging
import tempfile
from pathlib import Path

from hint_se import build_tree
from hint_se.cli import main
from malformed.case import EDGES, Case


class CommandError(Exception):
    """How the command ended: ``CODE: what it said on stderr``."""


def fill(folder):
    """Write a tree, its edges, and things that are neither."""
    build_tree(EDGES).save(folder / "tree.npz")
    (folder / "edges.txt").write_text("".join(f"{u} {v}\n" for u, v in EDGES))
    (folder / "bad.txt").write_text("0 1\n1 x\n")
    (folder / "more.txt").write_text("0 1\n1 99\n")
    (folder / "empty.txt").write_text("")


def command(words):
    """Run the command on words, of which those with a suffix are files; raise how it ended unless it ended well."""
    root, said = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    with tempfile.TemporaryDirectory() as name:
        fill(folder := Path(name))
        words = [str(folder / word) if "." in word and not word[0].isdigit() else word for word in words.split()]
        try:
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
                main(words)
        except SystemExit as end:
            if end.code:
                raise CommandError(f"{end.code}: {said.getvalue()}") from end
        finally:
            root.handlers[:], root.level = handlers, level


BAD_WORDS = [
    ("nothing", "", "2: "),
    ("an unknown subcommand", "draw tree.npz", "2: "),
    ("an unknown option", "info tree.npz --fast", "2: "),
    ("build: no output", "build edges.txt", "2: "),
    ("build: height of a word", "build edges.txt -o out.npz --height two", "2: "),
    ("build: height 0", "build edges.txt -o out.npz --height 0", "2: error: --height: expected an integer >= 1"),
    ("build: unknown effort", "build edges.txt -o out.npz --effort more", "2: "),
    ("build: no threads", "build edges.txt -o out.npz --threads 0", "2: error: --threads: expected an integer >= 1"),
    ("build: a negative seed", "build edges.txt -o out.npz --seed -1", "2: error: --seed: expected an integer >= 0"),
    ("build: a missing file", "build missing.txt -o out.npz", "3: error: .*No such file"),
    ("build: a bad line", "build bad.txt -o out.npz", "3: error: .*bad.txt, line 2: expected an integer id, got 'x'"),
    ("build: an empty file", "build empty.txt -o out.npz", "3: error: .*expected at least one edge, got none"),
    ("build: a tree as edges", "build tree.npz -o out.npz", "3: error: .*expected the array edges"),
    (
        "build: too few nodes",
        "build edges.txt -o out.npz --n-nodes 3",
        "3: error: .*line 4: expected an id of at most 2, got 3",
    ),
    ("build: a missing folder", "build edges.txt -o missing/out.npz", "2: error: --out: expected a folder"),
    ("build: unknown format", "build edges.txt -o out.npz --format xls", "2: "),
    ("entropy: edges as a tree", "entropy edges.txt edges.txt", "3: error: .*expected a saved tree"),
    ("entropy: a node that the tree lacks", "entropy more.txt tree.npz", "3: error: .*99"),
    ("entropy: a missing tree", "entropy edges.txt missing.npz", "3: error: .*No such file"),
    (
        "labels: beyond the height",
        "labels tree.npz --level 99",
        "2: error: --level: expected at most 3, the height of the tree, got 99",
    ),
    (
        "labels: small ones without edges",
        "labels tree.npz --min-size 2",
        "2: error: --min-size needs --edges",
    ),
    (
        "labels: both",
        "labels tree.npz --level 1 --communities 2",
        "2: error: expected --level, or --communities and --min-size",
    ),
    ("labels: level 0", "labels tree.npz --level 0", "2: error: --level: expected an integer >= 1, got 0"),
    ("labels: no communities", "labels tree.npz --communities 0", "2: error: --communities: expected an integer >= 1"),
    ("labels: too many", "labels tree.npz --communities 7", "2: error: --communities: expected .* < 7, got 7"),
    ("labels: no tree", "labels edges.txt --level 1", "3: error: .*expected a saved tree"),
    ("plot: an unknown picture", "plot tree.npz -o picture.gif", "2: error: --out: expected a name that ends in .png"),
    ("plot: an unknown kind", "plot tree.npz -o picture.png --kind pie", "2: "),
    ("plot: too large", "plot tree.npz -o picture.png --size 1000 2", "2: error: --size: expected .* 1 to 100 inches"),
    ("plot: too many communities", "plot tree.npz -o picture.png --communities 9", "2: error: --communities: expected"),
    ("export: an unknown format", "export tree.npz -o tree.xml", "2: error: --out: expected a name that ends in .nwk"),
    ("info: no tree", "info edges.txt", "3: error: .*expected a saved tree"),
    ("info: a missing tree", "info missing.npz", "3: error: .*No such file"),
]

CASES = [
    Case(f"hint-se, {name}", lambda words=words: command(words), CommandError, f"^{message}")
    for name, words, message in BAD_WORDS
]
