"""Draw the rooms of both packages and the arrows between them into ARCHITECTURE.md, from the imports; --check compares instead.

A room is a folder of a package, or a module that lies beside the folders. An arrow is an import from one room to another,
those for types included. The floor of a room is one above the highest that it imports. A circle of arrows has no floors
and ends the command with an error. Counts of the C++ core and of the benchmarks are printed with those of the packages.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "ARCHITECTURE.md"
PACKAGES = ("hint_train", "hint_se")
#: The same counts while each package was one folder.
BEFORE = {
    "hint_train": "54 rooms on 12 floors with 185 arrows",
    "hint_se": "33 rooms with 131 arrows",
    "cpp": "1 room of 33 files",
    "benchmarks": "1 room of 32 files",
}


@dataclass(frozen=True)
class Rooms:
    """The files of each room, and how many imports lead from one to another."""

    files: Counter[str]
    arrows: Counter[tuple[str, str]]

    @cached_property
    def below(self) -> dict[str, set[str]]:
        """The rooms that each room imports."""
        return {room: {to for start, to in self.arrows if start == room} for room in self.files}

    @cached_property
    def floors(self) -> dict[str, int]:
        """The floor of each room, from the top; 1 is the ground. `graphlib.CycleError` where arrows make a circle."""
        floors: dict[str, int] = {}
        for room in TopologicalSorter(self.below).static_order():
            floors[room] = 1 + max((floors[to] for to in self.below[room]), default=0)
        return dict(sorted(floors.items(), key=lambda item: (-item[1], item[0])))

    @cached_property
    def direct(self) -> list[tuple[str, str]]:
        """The arrows that do not follow from others: the transitive reduction."""
        reached: dict[str, set[str]] = {}
        for room in reversed(self.floors):
            reached[room] = self.below[room].union(*(reached[to] for to in self.below[room]))
        return [
            (room, to)
            for room in self.floors
            for to in sorted(self.below[room], key=list(self.floors).index)
            if not any(to in reached[other] for other in self.below[room])
        ]

    def __str__(self) -> str:
        rooms = f"{len(self.files)} rooms on {max(self.floors.values())} floors"
        return f"{rooms} with {len(self.arrows)} arrows, {self.files.total()} files"


def rooms_of(files: dict[str, str], imports: Iterable[tuple[str, str]]) -> Rooms:
    """Return the rooms of files, given the room of each and the imports between files."""
    pairs = ((files[start], files[to]) for start, to in imports if start in files and to in files)
    return Rooms(Counter(files.values()), Counter(pair for pair in pairs if pair[0] != pair[1]))


def package_rooms(package: str) -> Rooms:
    """Return the rooms of a package; what `__init__` of the package itself imports is no arrow."""
    graph = grimp.build_graph(package, cache_dir=None)
    files = {name: name.split(".")[1] for name in graph.modules if "." in name}
    return rooms_of(files, ((start, to) for start in files for to in graph.find_modules_directly_imported_by(start)))


def core_rooms() -> Rooms:
    """Return the rooms of the C++ core: the folders of sources and headers, arrows by #include."""
    paths = [*(ROOT / "cpp" / "src").rglob("*.[ch]pp"), *(ROOT / "cpp" / "include" / "hint_se").rglob("*.hpp")]
    room = {str(path): path.parent.name if path.parent.name not in {"src", "hint_se"} else "ground" for path in paths}
    by_end = {"/".join(path.parts[-2:]): str(path) for path in paths} | {path.name: str(path) for path in paths}
    found = re.compile(r'#include [<"](?:hint_se/)?([^>"]+)[>"]')
    return rooms_of(
        room, ((str(path), by_end[end]) for path in paths for end in found.findall(path.read_text()) if end in by_end)
    )


def benchmark_rooms() -> Rooms:
    """Return the rooms of the benchmarks: folders, and what they share as the ground."""
    paths = [path for path in (ROOT / "benchmarks").rglob("*.py") if "results" not in path.parts]
    room = {path.stem: path.parent.name if path.parent.name != "benchmarks" else "ground" for path in paths}
    imports = [
        (path.stem, name.split(".")[-1])
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
    ]
    return rooms_of(room, imports)


def purpose(package: str, room: str) -> str:
    """Return the first sentence that a room says about itself."""
    folder = ROOT / "python" / package / room
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    return re.split(r"\.(?:\s|$)", ast.get_docstring(ast.parse(path.read_text())) or "")[0].replace("\n", " ")


def drawn(package: str, rooms: Rooms) -> str:
    """Return picture and table of a package in Markdown; GitHub and others draw the Mermaid block."""
    arrows = "\n".join(f"    {start} -->|{rooms.arrows[start, to]}| {to}" for start, to in rooms.direct)
    rows = "\n".join(
        f"| {floor} | `{room}` | {rooms.files[room]} | {purpose(package, room)} | "
        + (", ".join(f"{to} {rooms.arrows[room, to]}" for to in rooms.floors if to in rooms.below[room]) or "–")
        + " |"
        for room, floor in rooms.floors.items()
    )
    return (
        f"`{package}`: {rooms}. Arrows that follow from others are in the table alone.\n\n"
        f"```mermaid\ngraph TD\n{arrows}\n```\n\n"
        f"| floor | room | files | what it holds | imports, with their number |\n|---|---|---|---|---|\n{rows}"
    )


def page_of(old: str, pictures: dict[str, str]) -> str:
    """Return a page with the pictures between its markers."""
    for package, picture in pictures.items():
        start, end = f"<!-- rooms of {package} -->\n", f"<!-- end of {package} -->\n"
        before, _, rest = old.partition(start)
        _, found, after = rest.partition(end)
        if not found:
            raise ValueError(f"{PAGE.name}: expected the markers {start.strip()} and {end.strip()}")
        old = f"{before}{start}\n{picture}\n\n{end}{after}"
    return old


def main(arguments: list[str]) -> int:
    """Write or check the page, print the counts, and return the exit code."""
    sys.path.insert(0, str(ROOT / "python"))
    packages = {package: package_rooms(package) for package in PACKAGES}
    for name, rooms in {**packages, "cpp": core_rooms(), "benchmarks": benchmark_rooms()}.items():
        print(f"{name}: {rooms} (before: {BEFORE[name]})")
    old = PAGE.read_text()
    new = page_of(old, {package: drawn(package, rooms) for package, rooms in packages.items()})
    if "--check" in arguments:
        if new == old:
            return 0
        print(f"{PAGE.name} differs from the imports: run python .ci/picture.py", file=sys.stderr)
        return 1
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
