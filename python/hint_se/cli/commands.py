"""What each subcommand of `hint-se` does, and the exit code of what went wrong."""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
import logging
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hint_se.cli.arguments import (
    Build,
    Command,
    EdgeFileOptions,
    Entropy,
    Export,
    Info,
    Labels,
    Plot,
    Report,
    in_options,
)
from hint_se.cli.ending import ended_as_interrupted, plain_warnings
from hint_se.cli.progress import Bar
from hint_se.cli.reading import communities, has_words, in_table, load, over
from hint_se.cli.tables import build_tables, label_table
from hint_se.edgefile import FileEdges, read_edges
from hint_se.errors import HintError
from hint_se.files.whole import check_folder, whole_file
from hint_se.optional import optional
from hint_se.trees.build import build_tree
from hint_se.trees.entropy import one_dimensional_entropy, structural_entropy

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["run"]

_USAGE, _DATA, _OUT_OF_MEMORY, _INTERRUPTED, _PIPE_CLOSED = 2, 3, 4, 130, 141


class _UsageError(Exception):
    """Options that do not go together, or an output that cannot be written."""


def run(chosen: Command) -> int:
    """Run a command and return its exit code; one line on stderr says what went wrong."""
    level = logging.WARNING if getattr(chosen, "quiet", False) else logging.INFO
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr, force=True)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # paths may hold what an output has no letter for
    try:
        with plain_warnings(), ended_as_interrupted():
            _RUN[type(chosen)](chosen)
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()  # the reader has seen enough
        return _PIPE_CLOSED
    except HintError as error:
        _drop_output()
        return _failed(in_options(str(error), chosen), _DATA)
    except OSError as error:
        _drop_output()
        what = f"{error.filename}: " if error.filename is not None else ""
        return _failed(f"{what}{error.strerror or error}", _DATA)
    except (_UsageError, ImportError) as error:
        return _failed(str(error), _USAGE)
    except ValueError as error:
        return _failed(in_options(str(error), chosen), _USAGE)
    except MemoryError as error:
        return _failed(f"out of memory: {error}", _OUT_OF_MEMORY)
    except KeyboardInterrupt as error:
        return _failed(str(error) or "interrupted; no file was written", _INTERRUPTED)
    return 0


def _failed(message: str, code: int) -> int:
    with contextlib.suppress(OSError):  # the terminal may be gone
        print(f"error: {message}", file=sys.stderr)
    return code


def _drop_output() -> None:
    """Let what stdout cannot take go nowhere, or Python complains once more at exit."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _build(chosen: Build) -> None:
    if chosen.engine is not None:
        build_tables(chosen)
        return
    if chosen.more:
        raise _UsageError("expected one file of edges; several need --engine")
    _check_output(chosen.out, Path(chosen.edges))
    _suffix(chosen.out, ("npz",))
    started = time.perf_counter()
    with Bar(chosen.quiet) as bar:
        graph = _read(chosen, chosen.names, bar).graph(directed=_direction(chosen), self_loops=chosen.self_loops)
        read = time.perf_counter()
        tree = build_tree(
            graph,
            height=chosen.height,
            effort=chosen.effort,
            algorithm=chosen.algorithm,
            seed=chosen.seed,
            n_threads=chosen.threads,
            progress=bar,
        )
    built = time.perf_counter()
    tree.save(chosen.out)
    seconds = {"read": read - started, "build": built - read}
    if chosen.json:
        about = {"n_edges": graph.n_edges, "seconds": seconds, "out": str(chosen.out)}
        print(json.dumps({**asdict(tree.summary()), **about}))
    else:
        print(f"{graph.n_nodes:,} nodes, {graph.n_edges:,} edges\n{tree.summary()}\n")
        print(f"{seconds['read']:.2f} s to read, {seconds['build']:.2f} s to build; written to {chosen.out}")


def _entropy(chosen: Entropy) -> None:
    tree = load(chosen.tree, None)
    with Bar(chosen.quiet) as bar:
        edges = _read(chosen, chosen.names or has_words(tree), bar)
    graph = over(tree, edges).graph(directed=_direction(chosen), self_loops=chosen.self_loops)
    bits = structural_entropy(graph, tree)
    if chosen.json:
        flat = one_dimensional_entropy(graph)
        about = {"n_nodes": graph.n_nodes, "n_edges": graph.n_edges}
        print(json.dumps({"entropy": bits, "one_dimensional_entropy": flat, **about}))
    else:
        print(f"{bits:.10g}")


def _labels(chosen: Labels) -> None:
    if chosen.level is not None and (chosen.communities is not None or chosen.min_size > 1):
        raise _UsageError("expected --level, or --communities and --min-size, which cut the tree instead")
    if chosen.min_size > 1 and chosen.edges is None:
        raise _UsageError("--min-size needs --edges, the file that the tree was built from")
    if chosen.out is not None:
        _check_output(chosen.out, chosen.tree)
        if chosen.tree.is_dir() and chosen.out.suffix.lower() == ".parquet":
            label_table(chosen)
            return
    tree = load(chosen.tree, chosen.edges)
    labels = communities(tree, chosen).tolist()
    nodes = list(range(tree.n_leaves)) if tree.node_names is None else list(tree.node_names)
    if chosen.json:
        text = json.dumps({"n_communities": len(set(labels)), "nodes": nodes, "communities": labels}) + "\n"
    else:
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(("node", "community"))
        writer.writerows(zip(nodes, labels, strict=True))
        text = lines.getvalue()
    _write(text, chosen.out)


def _info(chosen: Info) -> None:
    of_table = chosen.tree.is_dir() and chosen.edges is None
    summary = in_table(chosen.tree).summary() if of_table else load(chosen.tree, chosen.edges).summary()
    print(json.dumps(asdict(summary)) if chosen.json else summary)


def _plot(chosen: Plot) -> None:
    form = _suffix(chosen.out, ("png", "svg", "pdf"))
    _check_output(chosen.out, chosen.tree)
    # A picture for a file needs no screen.
    os.environ.setdefault("MPLBACKEND", "Agg")
    tree = load(chosen.tree, chosen.edges)
    ax = tree.plot(chosen.kind, ax=_axes(chosen.size), n_communities=chosen.communities, title=chosen.title)
    with whole_file(chosen.out) as file:
        cast("Figure", ax.figure).savefig(file, format=form, dpi=200)


def _report(chosen: Report) -> None:
    _suffix(chosen.out, ("html",))
    _check_output(chosen.out, chosen.tree)
    if chosen.edges is not None:
        _check_output(chosen.out, chosen.edges)
    title = chosen.tree.stem if chosen.title is None else chosen.title
    with Bar(chosen.quiet) as bar:
        load(chosen.tree, chosen.edges).report(chosen.out, title=title, progress=bar)


def _axes(size: tuple[float, float] | None) -> Axes | None:
    """Return axes of a size in inches; None leaves the size to the kind of picture."""
    if size is None:
        return None
    if not all(1 <= side <= 100 for side in size):
        raise _UsageError(f"--size: expected width and height from 1 to 100 inches, got {size[0]:g} and {size[1]:g}")
    with optional("matplotlib", needed_by="hint-se plot"):
        import matplotlib.pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def _export(chosen: Export) -> None:
    form = _suffix(chosen.out, ("nwk", "graphml", "npy"))
    _check_output(chosen.out, chosen.tree)
    tree = load(chosen.tree, None)
    if form == "npy":
        linkage = tree.to_linkage()
        with whole_file(chosen.out) as file:
            np.save(file, linkage, allow_pickle=False)
    else:
        _write(tree.to_newick() if form == "nwk" else tree.to_graphml(), chosen.out)


_RUN: dict[type, Callable[[Any], None]] = {
    Build: _build,
    Entropy: _entropy,
    Labels: _labels,
    Plot: _plot,
    Report: _report,
    Export: _export,
    Info: _info,
}


def _read(chosen: EdgeFileOptions, names: bool, bar: Bar) -> FileEdges:
    return read_edges(
        Path(chosen.edges),
        format=chosen.format,
        delimiter=chosen.delimiter,
        decimal=chosen.decimal,
        header=None if chosen.header is None else chosen.header == "yes",
        columns=chosen.columns,
        weight="auto" if chosen.weight is None else chosen.weight,
        names=names or None,
        n_nodes=chosen.n_nodes,
        progress=bar,
    )


def _direction(chosen: EdgeFileOptions) -> bool | None:
    """Return whether edges are directed; None leaves it to the file."""
    if chosen.directed and chosen.undirected:
        raise _UsageError("expected --directed or --undirected, one of them")
    return True if chosen.directed else False if chosen.undirected else None


def _write(text: str, out: Path | None) -> None:
    """Write text to a file, whole or not at all, or to stdout; names that are no Unicode pass as they came."""
    if out is None:
        if sys.stdout is None:
            raise OSError(errno.EBADF, "stdout is closed")
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
        return
    with whole_file(out) as file:
        file.write(text.encode("utf-8", "surrogateescape"))


def _suffix(out: Path, known: tuple[str, ...]) -> str:
    form = out.suffix.lower().removeprefix(".")
    if form not in known:
        raise _UsageError(f"--out: expected a name that ends in .{', .'.join(known)}, got {out.name}")
    return form


def _check_output(out: Path, read: Path) -> None:
    """Refuse an output that could not be written, or would replace what is read, before anything is computed for it."""
    try:
        if out.exists() and not out.is_file():
            raise _UsageError(f"--out: expected a file, got {out}")
        if out.exists() and read.exists() and out.samefile(read):
            raise _UsageError(f"--out: {out} is what is read; choose another name")
        check_folder(out.parent)
    except OSError as error:
        place = f"expected a folder that can be written to, got {out.parent}"
        raise _UsageError(f"--out: {place} ({error.strerror})") from error
