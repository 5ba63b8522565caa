"""Write python/hint_se/_core.pyi from the signatures of the compiled module; --check compares instead.

pybind11 states each signature in the docstring. Numbers are written as `int` and `float` here,
whatever the pybind11 version calls what it accepts, and the items of returned tuples, which C++ does not state, come
from the table below. So the file depends on the bindings alone.
"""

import re
import sys
from pathlib import Path
from types import ModuleType

from hint_se import _core

STUB = Path(__file__).parents[1] / "python" / "hint_se" / "_core.pyi"

INT32, INT64, FLOAT64 = (f"NDArray[np.{name}]" for name in ("int32", "int64", "float64"))
GRAPH = (INT64, INT32, FLOAT64, f"{FLOAT64} | None")
TUPLES = {
    "build_tree": (INT32, FLOAT64, FLOAT64),
    "children": (INT64, INT32),
    "graph_from_arcs": (*GRAPH, "int"),
    "graph_from_edges": (*GRAPH, "int"),
    "grow_graph": GRAPH,
    "neighbours": (INT64, INT32, INT64, INT32),
    "place_leaves": (INT32, FLOAT64, FLOAT64),
    "tree_from_parent": (FLOAT64, FLOAT64),
    "rebuild_below": (INT32, FLOAT64, FLOAT64, "bool"),
    "update_tree": (INT32, FLOAT64, FLOAT64, FLOAT64, *GRAPH, "int"),
}
HEADER = '''"""{doc} Made by .ci/make_stub.py."""

from collections.abc import Callable
from typing import overload

import numpy as np
from numpy.typing import NDArray
'''
SIGNATURE = re.compile(r"^(?:\d+\. )?(\w+)\((.*)\) -> (.*)$", re.MULTILINE)


def plain_types(text: str) -> str:
    """Return a signature's types in the words of the stub, independent of the pybind11 version."""
    text = re.sub(
        r"typing\.Annotated\[numpy\.typing\.(?:NDArray|ArrayLike)\[?(numpy\.\w+)\]?[^\]]*\]",
        r"NDArray[\1]",
        text,
    )
    text = re.sub(r"(?:typing\.)?SupportsInt(?: \| (?:typing\.)?SupportsIndex)?", "int", text)
    text = re.sub(r"(?:typing\.)?SupportsFloat(?: \| (?:typing\.)?SupportsIndex)?", "float", text)
    text = re.sub(r"(?:collections\.abc\.|typing\.)?Callable\b", "Callable[[str, float], object]", text)
    text = text.replace("numpy.typing.", "").replace("numpy.", "np.").replace("np.NDArray", "NDArray")
    return re.sub(r"(?:typing\.)?Optional\[((?:[^\[\]]|\[[^\[\]]*\])*)\]", r"\1 | None", text)


def tuple_of(items: tuple[str, ...]) -> str:
    """Return the type of a tuple, an item to a line where one line would be too long for the formatter."""
    short = f"tuple[{', '.join(items)}]"
    return short if len(short) < 110 else "tuple[\n" + "".join(f"    {item},\n" for item in items) + "]"


def stub_of(module: ModuleType) -> str:
    """Return the text of the stub of a compiled module."""
    parts = [HEADER.format(doc=module.__doc__)]
    for name in sorted(name for name in vars(module) if not name.startswith("_")):
        found = [match.groups() for match in SIGNATURE.finditer(getattr(module, name).__doc__)]
        found = [(own, arguments, result) for own, arguments, result in found if own == name]
        if not found:
            raise SystemExit(f"no signature found for {name}")
        for _, arguments, result in found:
            result = tuple_of(TUPLES[name]) if result.startswith("tuple") else plain_types(result)
            rows = "".join(f"    {row},\n" for row in re.split(r", (?=\w+:)", plain_types(arguments)))
            parts.append(("@overload\n" if len(found) > 1 else "") + f"def {name}(\n{rows}) -> {result}: ...\n")
    return "\n".join(parts[:1]) + "\n" + "".join(parts[1:])


def main() -> int:
    """Write the stub, or report whether it is up to date."""
    made = stub_of(_core)
    if "--check" not in sys.argv[1:]:
        STUB.write_text(made)
        return 0
    if STUB.read_text() == made:
        return 0
    sys.stderr.write(f"{STUB.name} is out of date: run python .ci/make_stub.py\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
