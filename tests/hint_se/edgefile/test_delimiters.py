"""What parts the columns: the right edges, or an error that names the candidates, and never other edges."""

import itertools

import pytest

from hint_se import GraphError
from hint_se.edgefile import read_edges

EDGES = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 0)]

#: What is written between two columns, and how a user would call it.
SEPARATORS = {
    ",": ",", ", ": ",", " ,": ",", ";": ";", "; ": ";", "\t": "tab", "|": "|", " ": "space", "   ": "space",
}  # fmt: skip
SUFFIXES = (".txt", ".csv", ".tsv")
HEADERS = {"no header": None, "known header": ("source", "target"), "unknown header": ("user", "friend")}
IDS = {
    "integers": ("0", "7", "12", "305"),
    "padded": ("000", "007", "012", "305"),
    "words": ("ann", "bob-lee", "Ω.x", "d_4"),
    "blanks": ("new york", "san jose", "rome", "los angeles"),
    "commas": ("Doe, J", "Roe", "Poe, E", "Moe"),
    "tags": ("#art", "music", "%dance", "film"),
    "brackets": ("(a)", "[b]", "c", "{d}"),
}
WEIGHTED = {"unweighted": None, "weighted": ("2", "0.5", "1e2", "3", "7.25")}
CASES = list(itertools.product(SEPARATORS, SUFFIXES, (False, True), HEADERS, IDS))
#: Ids that no separator and no comment is part of.
PLAIN = ("integers", "padded", "words", "brackets")


def content(separator, quoted, header, ids, weights):
    """Return the text of a file, and whether a separator stands within a column and nothing says so."""
    words = [[IDS[ids][u], IDS[ids][v]] for u, v in EDGES]
    if HEADERS[header]:
        words.insert(0, list(HEADERS[header]))
    if WEIGHTED[weights]:
        values = [*(["weight"] if HEADERS[header] else []), *WEIGHTED[weights]]
        words = [[*row, value] for row, value in zip(words, values, strict=True)]
    # Between a quote and the separator behind it Python's csv allows no blank.
    broken = separator == " ," if quoted else any((separator.strip() or " ") in field for row in words for field in row)
    shown = [[f'"{field}"' for field in row] for row in words] if quoted else words
    return "".join(separator.join(row) + "\n" for row in shown), broken


def check(found, ids, weights):
    """Assert that edges are the ones that were written."""
    table = [int(name) for name in IDS[ids]] if ids == "integers" else list(IDS[ids])
    names = list(range(found.n_nodes)) if found.node_names is None else found.node_names
    assert [(names[u], names[v]) for u, v in found.edges.tolist()] == [(table[u], table[v]) for u, v in EDGES]
    expected = None if WEIGHTED[weights] is None else [float(value) for value in WEIGHTED[weights]]
    assert (None if found.weights is None else found.weights.tolist()) == expected


def is_clear(separator, suffix, quoted, header, ids, weights):
    """Return whether a file says all by its suffix and rows: such a one is read without help."""
    by_suffix = {".tsv": separator == "\t", ".csv": separator.strip(" ") != ""}.get(suffix, True)
    told = header != "unknown header" or ids == "integers" or weights == "weighted"
    return by_suffix and told and ids in PLAIN and not (quoted and separator == " ,")


@pytest.mark.parametrize("weights", WEIGHTED)
@pytest.mark.parametrize(("separator", "suffix", "quoted", "header", "ids"), CASES)
def test_product(written, separator, suffix, quoted, header, ids, weights):
    text, broken = content(separator, quoted, header, ids, weights)
    path = written(text, f"edges{suffix}")
    try:
        found, said = read_edges(path), ""
    except GraphError as error:
        found, said = None, str(error)
    if found is None:
        assert not is_clear(separator, suffix, quoted, header, ids, weights)
        assert any(word in said for word in ("delimiter", "column", "header", "quotes", "weight", "at least one"))
    else:
        check(found, ids, weights)
    if not broken:
        options = {"delimiter": SEPARATORS[separator], "header": HEADERS[header] is not None}
        check(read_edges(path, **options), ids, weights)


@pytest.mark.parametrize(
    ("content", "name", "options", "edges", "weights"),
    [
        ("0, 1\n1, 2\n2, 0\n", "e.txt", {}, [(0, 1), (1, 2), (2, 0)], None),
        ("0; 1\n1; 2\n2; 0\n", "e.edges", {}, [(0, 1), (1, 2), (2, 0)], None),
        ("ann: bob\nbob: cid\n", "e.txt", {"delimiter": ":"}, [("ann", "bob"), ("bob", "cid")], None),
        ("Doe, J\tp1\nRoe, P\tp1\n", "e.tsv", {}, [("Doe, J", "p1"), ("Roe, P", "p1")], None),
        ("Doe, J\tp1\nRoe, P\tp1\n", "e.txt", {}, [("Doe, J", "p1"), ("Roe, P", "p1")], None),
        ("Doe, J\tp1\nRoe, P\tp1\n", "e.csv", {}, [("Doe, J", "p1"), ("Roe, P", "p1")], None),
        ("0;1;1,5\n1;2;2,5\n", "e.csv", {"decimal": ","}, [(0, 1), (1, 2)], [1.5, 2.5]),
        ("0;1;1,5\n1;2;2\n", "e.txt", {"decimal": ",", "delimiter": ";"}, [(0, 1), (1, 2)], [1.5, 2.0]),
        ("a;b;1,5\nb;c;,5\n", "e.csv", {"decimal": ","}, [("a", "b"), ("b", "c")], [1.5, 0.5]),
        ("a; b; 1,5\nb; c; 2\n", "e.txt", {"decimal": ","}, [("a", "b"), ("b", "c")], [1.5, 2]),
        ("x; y; W\na; b; 1,5\nb; c; ,5\n", "e.txt", {"decimal": ","}, [("a", "b"), ("b", "c")], [1.5, 0.5]),
        ("a b\tc\nc\td e f\n", "e.txt", {}, [("a b", "c"), ("c", "d e f")], None),
        ("new york\tparis\nparis\tsan jose\n", "e.txt", {"delimiter": "tab"},
         [("new york", "paris"), ("paris", "san jose")], None),
        ('"a ""b""" "c d"\n"c d" e\n', "e.txt", {}, [('a "b"', "c d"), ("c d", "e")], None),
        ("0|1\n1|2\n", "e.txt", {}, [(0, 1), (1, 2)], None),
        ("user,friend\nann,bob\nbob,cid\n", "e.csv", {"header": True}, [("ann", "bob"), ("bob", "cid")], None),
        ("x,y\nann,bob\n", "e.csv", {"header": False}, [("x", "y"), ("ann", "bob")], None),
        ("day;who;whom\nmon;a;b\ntue;b;c", "e.csv", {"columns": (2, 3), "header": True}, [("a", "b"), ("b", "c")], None),
        ("source,target\na,source\n", "e.csv", {"header": False}, [("source", "target"), ("a", "source")], None),
        ("MATLAB Octave\nOctave R\n", "e.txt", {}, [("MATLAB", "Octave"), ("Octave", "R")], None),
        ("PAR1 F2R\nF2R BZh9\nBZh9 GIF8\n", "e.txt", {}, [("PAR1", "F2R"), ("F2R", "BZh9"), ("BZh9", "GIF8")], None),
        ("PAR1,F2R\nF2R,x\n", "e.csv", {}, [("PAR1", "F2R"), ("F2R", "x")], None),
        ("BZh9 F2R\nF2R x\n", "e", {}, [("BZh9", "F2R"), ("F2R", "x")], None),
        ("graph theory\ntheory x\n", "e.txt", {}, [("graph", "theory"), ("theory", "x")], None),
        ("c d\nd p\np edge\n", "e.txt", {}, [("c", "d"), ("d", "p"), ("p", "edge")], None),
        ("<a> <b>\n<b> <c>\n", "e.txt", {}, [("<a>", "<b>"), ("<b>", "<c>")], None),
        ("3 3\n0 1\n1 2\n2 0\n", "e.txt", {"header": True}, [(0, 1), (1, 2), (2, 0)], None),
        ("3 3\n0 1\n1 2\n2 0\n", "e.txt", {"header": False}, [(3, 3), (0, 1), (1, 2), (2, 0)], None),
        ("3 4\n0 1\n1 2\n2 0\n", "e.txt", {}, [(3, 4), (0, 1), (1, 2), (2, 0)], None),
        ("001 1\n1 2\n", "e.txt", {}, [("001", "1"), ("1", "2")], None),
        ("001 1\n1 2\n", "e.txt", {"names": False}, [(1, 1), (1, 2)], None),
        ("+1,2\n2,3\n", "e.csv", {}, [("+1", "2"), ("2", "3")], None),
        ("#art music\nmusic dance\ndance #art\n", "e.txt", {}, [("#art", "music"), ("music", "dance"), ("dance", "#art")], None),
        ("music dance\n#art music\n", "e.txt", {}, [("music", "dance"), ("#art", "music")], None),
        ("#art #music\n#music dance\n", "e.txt", {}, [("#art", "#music"), ("#music", "dance")], None),
        ("#from to\n0 1\n", "e.txt", {}, [(0, 1)], None),
        ("#a comment of five words\n0 1\n", "e.txt", {}, [(0, 1)], None),
        ("0 1\n#end\n1 2\n", "e.txt", {}, [(0, 1), (1, 2)], None),
        ("a-b --b\n--b c-\n", "e.txt", {}, [("a-b", "--b"), ("--b", "c-")], None),
        ("a ---\n--- b\n", "e.txt", {"delimiter": "space"}, [("a", "---"), ("---", "b")], None),
        ("O'Neil,bob\nbob,D'Arcy\nD'Arcy,'t Hooft\n", "e.csv", {}, [("O'Neil", "bob"), ("bob", "D'Arcy"), ("D'Arcy", "'t Hooft")], None),
        ("'ann','bob'\n", "e.csv", {"names": True}, [("'ann'", "'bob'")], None),
    ],
)  # fmt: skip
def test_right_value(written, content, name, options, edges, weights):
    found = read_edges(written(content, name), **options)
    names = range(found.n_nodes) if found.node_names is None else found.node_names
    assert [(names[u], names[v]) for u, v in found.edges.tolist()] == edges
    assert (None if found.weights is None else found.weights.tolist()) == weights


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("(0, 1)\n(1, 2)\n", "e.txt", r"line 1: expected ids .*, got '\(0,' between white space, '\(0' between commas"),
        ("[0, 1]\n[1, 2]\n", "e.csv", r"line 1: expected ids and what parts them, got '\[0' between commas; .*--delim"),
        ("[[0, 1],\n[1, 2]]\n", "e.txt", "got JSON"),
        ("0 1;\n1 2;\n", "e.txt", "got '1;' between white space, '' between semicolons"),
        ("ann: bob\nbob: cid\n", "e.txt", r"got 'ann:' between white space; say which by delimiter=\.\.\."),
        ("0 -> 1\n1 -> 2\n", "e.txt", "got '->' between white space"),
        ("0 - 1\n1 - 2\n", "e.txt", "got '-' between white space"),
        ("a b\n--- ---\nb c\n", "e.txt", "line 1: expected ids and what parts them, got '---' between white space"),
        ("a,b\n-----,--\nb,c\n", "e.csv", "got '-----' between commas"),
        ("a;b\n=;==\nb;c\n", "e.csv", "got '=' between semicolons"),
        ("a | b\n___|___\nb | c\n", "e.csv", "got '___' between bars"),
        ("// note\nann // bob\nbob // cid\n", "e.txt", "expected"),
        ("// ann\nann bob\nbob cid\n", "e.txt", "got '//' between white space"),
        ("// note\n0 1\n1 2\n", "e.txt", "got '//' between white space"),
        ("a --- b\nb --- c\n", "e.txt", "got '---' between white space"),
        ("a .. b\nb .. c\n", "e.txt", "expected a finite weight > 0, got 'b'"),
        ("0-1\n1-2\n", "e.txt", "line 1: expected 2 or 3 columns, got 1; say what parts them by delimiter"),
        ("0;1;1,5\n1;2;2,5\n", "e.csv", r"one way to part the columns, got commas \(2\) or semicolons \(3\)"),
        ("0 1,5\n1 2,5\n", "e.txt", r"got white space \(2\) or commas \(2\)"),
        ("new york\tparis\nparis\tsan jose\n", "e.txt", r"got white space \(3\) or tabs \(2\)"),
        ("a,b c,d\ne,f g,h\n", "e.txt", r"got white space \(2\) or commas \(3\)"),
        ("0 1 1,5\n", "e.txt", r"got white space \(3\) or commas \(2\)"),
        ("0,1\n1,2\n", "e.tsv", "line 1: expected 2 or 3 columns, got 1"),
        ("user,friend\nann,bob\nbob,cid\n", "e.csv", "'user' and 'friend' stand in no other row; say which by header="),
        ("who;whom;n\na;b;x\nb;c;y\n", "e.csv", "expected a finite weight > 0, got 'n'"),
        ("user friend\nann bob\nbob cid\n", "e.txt", "line 1: expected an edge or a header"),
        ("3 3\n0 1\n1 2\n2 0\n", "e.txt", "line 1: expected an edge or the size of what follows, 3 and 3 may be both"),
        ("3 3\n1 2\n2 3\n3 1\n", "e.txt", "expected an edge or the size"),
        ("3 3 3\n1 2 4\n2 3 1\n3 1 9\n", "e.txt", "expected an edge or the size"),
        ("5 5\n2 5\n1 3\n2 4\n3 5\n4 1\n", "e.txt", "expected an edge or the size"),
        ("0 1\n" * 300 + "001 2\n", "e.txt", "line 301: expected an integer without leading zeros and sign, got '001'"),
        ("0 1\n" * 300 + "2 +1\n", "e.txt", r"line 301: expected an integer without leading zeros and sign, got '\+1'"),
        ("0 1\n" * 300 + "2,1\n", "e.txt", "line 301: expected 2 columns, as in the rows before, got 1"),
        ("0;1;1.5\n", "e.csv", None),
        ('"a b c\nd e\n', "e.txt", "expected quotes in pairs on one line"),
        ('"a"b c\nd e\n', "e.txt", "expected quotes in pairs on one line"),
        ("'ann','bob'\n'bob','cid'\n", "e.csv", """line 1: expected ids in double quotes or none, got "'ann'"; .*names=True"""),
        ("'1';'2'\n'2';'3'\n", "e.csv", "line 1: expected ids in double quotes or none"),
        ("source,target\nann,bob\nbob,'cid'\n", "e.csv", """line 3: expected ids in double quotes or none, got "'cid'"""),
        ("'ann lee' 'bob'\n'bob' 'cid x'\n", "e.txt", """line 1: expected ids in double quotes or none, got "'ann"""),
        ("'a, b',c\n'c',d\n", "e.csv", """line 1: expected ids in double quotes or none, got "'a"""),
        ("'ann'\tbob\nbob\tcid\n", "e.tsv", "line 1: expected ids in double quotes or none"),
    ],
)  # fmt: skip
def test_refused(written, content, name, message):
    path = written(content, name)
    if message is None:
        with pytest.raises(GraphError, match="expected a finite weight > 0, got '1.5'"):
            read_edges(path, decimal=",")
        return
    with pytest.raises(GraphError, match=message):
        read_edges(path)


def test_skipped_lines_are_counted_and_doubts_told(written, caplog):
    caplog.set_level("INFO", "hint_se")
    read_edges(written("#art music\n# note\nmusic dance\n"))
    said = [(record.levelname, record.getMessage().split("/")[-1]) for record in caplog.records]
    assert said == [
        ("WARNING", "edges.txt, line 1: '#art music' taken for a comment; delimiter=... (--delimiter) takes it for an edge"),
        ("INFO", "edges.txt: skipped 2 lines of comments"),
    ]  # fmt: skip
