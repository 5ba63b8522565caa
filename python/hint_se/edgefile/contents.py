"""What a file is by its first bytes and lines, whatever its name says: a format that is read, or one refused by name."""

from __future__ import annotations

import re

from hint_se.choices import FileFormat
from hint_se.errors import GraphError

__all__ = ["format_of_bytes", "format_of_text"]

_READ_BYTES: tuple[tuple[bytes, FileFormat], ...] = (
    (b"PAR1\x15", "parquet"),
    (b"ARROW1\x00\x00", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),
)
_OTHER_BYTES = (
    (b"\x1f\x8b", "a file that is compressed twice"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"%PDF-", "a PDF document"),
    (b"\x89HDF", "an HDF5 file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file; scipy.io.loadmat and Graph.from_scipy take its matrix"),
    (b"\x93NUMPY", "a NumPy array; numpy.savez(path, edges=...) writes what is read"),
    (b"\x80\x02", "a Python pickle, which is never read"),
    (b"\x80\x03", "a Python pickle, which is never read"),
    (b"\x80\x04", "a Python pickle, which is never read"),
    (b"\x80\x05", "a Python pickle, which is never read"),
    (b"FEA1\x00", "a Feather file of version 1; pyarrow.feather.write_feather writes version 2"),
    (b"\xe2\x9b\xbe gt", "a file of graph-tool; graph.save(path, fmt='graphml') writes what is read"),
    (b"7z\xbc\xaf'\x1c", "a 7-Zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"PK\x03\x04", "a zip archive"),
)
_XML = re.compile(rb"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*>\s*)*<([A-Za-z_][\w.:-]*)", re.DOTALL)
_GML = re.compile(
    rb'\s*(?:[#%][^\n]*\n\s*|Creator\s+"[^"]*"\s*|Version\s+\S+\s*|comment\s+"[^"]*"\s*)*graph\s*\[\s*[\w\]#]',
    re.IGNORECASE,
)
_BLANK_OR_NOTE = r"(?:[ \t]*(?:[#%/][^\n]*)?\n)*"
_READ_TEXT: tuple[tuple[re.Pattern[str], FileFormat], ...] = (
    (re.compile(r"%%MatrixMarket\s", re.IGNORECASE), "mtx"),
    (re.compile(r"%\s*(?:sym|asym|bip)\s+[a-z]+\s*$", re.MULTILINE), "konect"),
    (re.compile(r"(?:[ \t]*(?:c(?:[ \t][^\n]*)?)?\n)*p[ \t]+[a-z]+[ \t]+\d+[ \t]+\d+[ \t]*$", re.MULTILINE), "dimacs"),
    (
        re.compile(
            _BLANK_OR_NOTE + r"[ \t]*\*(?:network|vertices|edges|arcs|edgeslist|arcslist|matrix|links|states|"
            r"multilayer|intra|inter|bipartite|multiplex)\b",
            re.IGNORECASE,
        ),
        "pajek",
    ),
)
_NETWORKX = "networkx.write_weighted_edgelist writes what is read"
_OTHER_TEXT = (
    (re.compile(r"version https://git-lfs"), "a pointer of Git LFS and not the file; git lfs pull fetches that"),
    (re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\"])"), "JSON"),
    (re.compile(r"\s*(?:/\*.*?\*/\s*)?(?:strict\s+)?(?:di)?graph\b[^\[\n]*\{", re.DOTALL), "a DOT file of Graphviz"),
    (re.compile(r"LEDA\.GRAPH"), "a LEDA graph"),
    (re.compile(r"nodedef>", re.IGNORECASE), "a GDF file"),
    (re.compile(r"\s*dl\s+n\s*=", re.IGNORECASE), "a DL file of UCINET"),
    (re.compile(r">>(?:graph|sparse|digraph)6<<"), "a graph6 or sparse6 file"),
    (re.compile(_BLANK_OR_NOTE + r"\*node (?:data|properties)", re.IGNORECASE), "a VNA file"),
    (re.compile(r"# path [^\n]*(?:flow|modules)\b", re.MULTILINE), "a tree of Infomap, which holds no edges"),
    (re.compile(r"# ?node(?:_id)? (?:module|cluster) flow", re.MULTILINE), "a partition of Infomap (.clu)"),
    (re.compile(r"(?:\d+:)+\d+ [\d.e+-]+ \"", re.MULTILINE), "a tree of Infomap, which holds no edges"),
    (re.compile(r"# GMT \w{3} \w{3} [\d ]\d \d\d:\d\d", re.MULTILINE), f"an adjacency list of networkx; {_NETWORKX}"),
    (
        re.compile(r"p \d+ \d+ [ud] [uwd] \d+\s*$", re.MULTILINE),
        "the SNAP format of networkit; EdgeListTabZero is read",
    ),
)
#: Those of the above that may stand below other lines.
_ANYWHERE = ("# path", "# ?node", "# GMT")
_HEAD = 2**16
_NUMBERS = re.compile(r"(?:[ \t]*[\d.eE+-]+[ \t]*(?:\n|$))+\s*", re.ASCII)
_LGL_NAME = re.compile(r"#[ \t]+\S+[ \t]*")


def format_of_bytes(head: bytes, where: str, *, zipped: bool) -> FileFormat | None:
    """Return the format that the first bytes of an unpacked file show, or None where they may be text.

    Parameters
    ----------
    head : bytes
        A few thousand, or all.
    where : str
        What error messages call the file.
    zipped : bool
        Whether the name of the file says that it is an npz archive, which is a zip archive.

    Raises
    ------
    GraphError
        If they show a format that holds no edges or is not read.
    """
    for magic, found in _READ_BYTES:
        if head.startswith(magic):
            return found
    name_length = int.from_bytes(head[26:28], "little")
    if head.startswith(b"PK\x03\x04") and (zipped or head[30 : 30 + name_length].endswith(b".npy")):
        return "npz"
    for magic, name in _OTHER_BYTES:
        if head.startswith(magic):
            raise _refused(where, name)
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _GML.match(text):
        return "gml"
    tag = _XML.match(text)
    if tag is None:
        return None
    word = tag[1].decode("ascii", "replace").lower().rpartition(":")[2]
    if word == "graphml":
        return "graphml"
    if word == "gexf":
        raise _refused(where, "GEXF; Graph.from_networkx(networkx.read_gexf(path)) takes it")
    if word in ("html", "head", "body"):
        raise _refused(where, "a web page: HTML")
    # Names may stand in angle brackets; a tag is told by the document that it begins.
    if text.lstrip().startswith((b"<?xml", b"<!")):
        raise _refused(where, f"XML of <{word}>")
    return None


def format_of_text(text: str, where: str) -> FileFormat | None:
    """Return the format that the beginning of a text shows, or None where its rows may be edges.

    Raises
    ------
    GraphError
        If it shows a format that holds no edges or is not read.
    """
    head = text[:_HEAD]
    for pattern, found in _READ_TEXT:
        if pattern.match(head):
            if found == "pajek" and _is_partition(text):
                raise _refused(where, "a partition, vector or permutation of Pajek (.clu, .vec, .per)")
            return found
    for pattern, name in _OTHER_TEXT:
        anywhere = pattern.pattern.startswith(_ANYWHERE)
        if pattern.match(head) or (anywhere and any(map(pattern.match, head.split("\n", 64)[:64]))):
            raise _refused(where, name)
    if "#" in text and "\n#\n" in text and _is_tgf(text):
        raise _refused(where, "a TGF file: nodes, a line of #, edges")
    if head.startswith("# ") and _is_lgl(head):
        raise _refused(where, "an LGL file: a line of # for each node; igraph writes format='ncol', which is read")
    return None


def _is_partition(text: str) -> bool:
    """Return whether nothing but one number a line stands below *Vertices, and they do not number the vertices."""
    above, _, below = text.partition("\n")
    if not above.lower().startswith("*vertices") or _NUMBERS.fullmatch(below) is None:
        return False
    numbers = below.split()
    whole = numbers if below.endswith("\n") or len(numbers) < 2 else numbers[:-1]
    return whole != [str(number) for number in range(1, len(whole) + 1)]


def _is_tgf(text: str) -> bool:
    """Return whether nodes with words stand above a line of #, and edges between them below."""
    above, _, below = text.partition("\n#\n")
    nodes = [row.split(maxsplit=1)[0] for row in above.split("\n") if row.strip()]
    known = set(nodes)
    edges = [row.split() for row in below.split("\n")[:256] if row.strip()]
    whole = edges if below.endswith("\n") or len(edges) < 2 else edges[:-1]
    return len(known) == len(nodes) > 0 and all(len(e) > 1 and {*e[:2]} <= known for e in whole) and bool(whole)


def _is_lgl(text: str) -> bool:
    """Return whether lines of # and one word each stand above rows of a name, or a name and a weight."""
    rows = [row for row in text.split("\n") if row.strip()][:256]
    signs = [row.startswith("#") for row in rows]
    if sum(signs) < 2 or all(signs[: signs.count(True)]):
        return False
    heads = [row for row, sign in zip(rows, signs, strict=True) if sign]
    return all(map(_LGL_NAME.fullmatch, heads)) and all(len(row.split()) < 3 for row in rows)


def _refused(where: str, name: str) -> GraphError:
    return GraphError(f"{where}: expected a file of edges, got {name}")
