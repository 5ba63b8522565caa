"""What the command `hint-se` takes: one class for each of its subcommands, one field for each option."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, cast, get_args

import tyro

from hint_se.choices import Algorithm, Effort, FileFormat
from hint_se.cli.hints import light
from hint_se.inputs.loops import SelfLoops

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Build",
    "Command",
    "EdgeFileOptions",
    "Entropy",
    "Export",
    "Info",
    "Labels",
    "Plot",
    "Report",
    "in_options",
    "parse",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeFileOptions:
    """Which edges are read, and how."""

    edges: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="PATH")]
    """Edge file: source, target and maybe weight on each line, or any other format that --format lists, maybe compressed."""
    format: FileFormat | None = None
    """What the contents show where not given, and else what the suffix says; text in columns where neither says it."""
    delimiter: str | None = None
    """What stands between two columns: one sign, or tab, or space for any white space. Told from the rows where not given."""
    decimal: Literal[".", ","] = "."
    """Sign between the whole and the fraction of a weight."""
    header: Literal["yes", "no"] | None = None
    """Whether the first row is one. Told from the rows where not given."""
    columns: tuple[str, ...] | None = None
    """Source, target and maybe weight: words of the header, or positions from 1."""
    weight: str | None = None
    """The column or attribute of weights, by name. The known names where not given."""
    names: bool = False
    """Take ids for strings even where they are integers."""
    n_nodes: int | None = None
    """Take the nodes 0 to N-1, whether they occur or not."""
    directed: bool = False
    """Edges lead from source to target: take the flow of a random walker along them."""
    undirected: bool = False
    """Leave the directions aside that a file gives its edges."""
    self_loops: SelfLoops = "drop"
    """Whether edges from a node to itself go, or count twice in its degree and in no cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build(EdgeFileOptions):
    """Build an encoding tree from a file of edges."""

    more: Annotated[tuple[str, ...], tyro.conf.Positional] = ()
    """With --engine: further files, and addresses with * in them."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """Where the tree goes, an .npz file; an existing one is replaced. With --engine a new folder."""
    engine: str | None = None
    """For graphs larger than memory: duckdb, polars, or a cluster of Spark, as spark://... or local[2]."""
    memory: str = "4GB"
    """With --engine: what this process stays within."""
    height: int | None = None
    """Greatest leaf depth: 2 is a partition, 3 communities of communities. No limit where not given."""
    effort: Effort = "default"
    """How long the builder searches."""
    algorithm: Algorithm = "auto"
    """merge-compress is the greedy of the HINT paper."""
    seed: int = 0
    """The same seed gives the same tree, for every number of threads."""
    threads: int | None = None
    """As many as this process may use where not given."""
    json: bool = False
    """Print one JSON object instead of a table."""
    quiet: bool = False
    """No progress and no notes on stderr, only warnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entropy(EdgeFileOptions):
    """Print the structural entropy, in bits, of a graph under a tree over its nodes, which may stem from another graph."""

    tree: Annotated[Path, tyro.conf.Positional]
    """Tree that `hint-se build` wrote, a file or the folder of a table."""
    json: bool = False
    """Print one JSON object."""
    quiet: bool = False
    """No progress and no notes on stderr, only warnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Print the community of each node as comma-separated values: node, community."""

    tree: Annotated[Path, tyro.conf.Positional]
    """Tree that `hint-se build` wrote, a file or the folder of a table."""
    level: int | None = None
    """Level counted from the root: 1 is the coarsest. Without it and --communities the suggested cut."""
    communities: int | None = None
    """Cut the tree into this many communities instead."""
    min_size: int = 1
    """Let communities of a cut with fewer nodes join a linked one; needs --edges."""
    edges: Path | None = None
    """The file that the tree was built from, without which a node is divided into all of its children or not at all."""
    out: Annotated[Path | None, tyro.conf.arg(aliases=["-o"])] = None
    """A file instead of stdout. From a folder to .parquet nothing has to fit in memory."""
    json: bool = False
    """One JSON object of two lists instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """Print the size, height and entropy of a tree, and its levels."""

    tree: Annotated[Path, tyro.conf.Positional]
    """Tree that `hint-se build` wrote, a file or the folder of a table."""
    edges: Path | None = None
    """The file that the tree was built from, to say what random graphs of the same degrees save."""
    json: bool = False
    """Print one JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Draw a tree."""

    tree: Annotated[Path, tyro.conf.Positional]
    """Tree that `hint-se build` wrote, a file or the folder of a table."""
    edges: Path | None = None
    """The file that the tree was built from, to say what random graphs of the same degrees save."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """The picture, .png, .svg or .pdf; an existing one is replaced."""
    kind: Literal["dendrogram", "sunburst", "treemap", "icicle"] = "dendrogram"
    """Way of drawing."""
    communities: int | None = None
    """Colour the communities of the cut into this many; the suggested ones where not given."""
    size: tuple[float, float] | None = None
    """Width and height in inches; larger pictures open thinner subtrees."""
    title: str | None = None
    """Leaves, height, entropy and what chance saves where not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Write a tree as a page to look around in: one HTML file that works offline."""

    tree: Annotated[Path, tyro.conf.Positional]
    """Tree that `hint-se build` wrote, a file or the folder of a table."""
    edges: Path | None = None
    """The file that the tree was built from: members are named by their weight inside, and random graphs are asked."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """The page, .html; an existing one is replaced."""
    title: str | None = None
    """Heading; the name of the tree's file where not given."""
    quiet: bool = False
    """No progress on stderr."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Write a tree in a format of other programs."""

    tree: Annotated[Path, tyro.conf.Positional]
    """Tree that `hint-se build` wrote, a file or the folder of a table."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """.nwk (Newick), .graphml, or .npy for the linkage matrix of scipy; an existing file is replaced."""


Command: TypeAlias = Build | Entropy | Labels | Plot | Report | Export | Info


def parse(arguments: Sequence[str]) -> Command:
    """Return the subcommand that arguments stand for; exit with 2 and a message where they stand for none."""
    for section in get_args(Command):
        light(section)
    union = (
        Annotated[Build, tyro.conf.subcommand("build")]
        | Annotated[Entropy, tyro.conf.subcommand("entropy")]
        | Annotated[Labels, tyro.conf.subcommand("labels")]
        | Annotated[Plot, tyro.conf.subcommand("plot")]
        | Annotated[Report, tyro.conf.subcommand("report")]
        | Annotated[Export, tyro.conf.subcommand("export")]
        | Annotated[Info, tyro.conf.subcommand("info")]
    )
    chosen = tyro.cli(
        cast("type[Any]", union),
        args=arguments,
        prog="hint-se",
        description="Encoding trees of least structural entropy: hierarchies of communities for any graph. --version says which this is.",
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes, tyro.conf.DisallowNone),
    )
    return cast("Command", chosen)


def in_options(message: str, chosen: Command) -> str:
    """Return a sentence of the library with options where it names their arguments: at its start, or by an underscore."""
    options = {field.name: f"--{field.name.replace('_', '-')}" for field in fields(chosen)}
    options |= {"n_communities": "--communities", "n_threads": "--threads"}
    return re.sub(r"^\w+(?=: )|\b[a-z]+_[a-z]+\b(?!=)", lambda word: options.get(word[0], word[0]), message)
