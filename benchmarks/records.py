"""Results files: JSON lines of measured figures under a header that says by which command, at which commit, where and when.

The header's `sessions` say commit, machine and versions; every line names its session by number. `replay` says what held
when a sample of the lines was measured again: see `replay.py`. No line is known by the code that made it: code may move.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["QUICK", "RESULTS", "ROOT", "Line", "Records", "agree", "commit", "described", "machine", "session"]

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
QUICK = ROOT / "build" / "benchmarks"
"""Where shortened measurements go, so that they never replace the committed ones."""

Line = dict[str, Any]


@functools.cache
def commit() -> str:
    """The last commit that changed the code of the packages, with `+` where the working tree differs from it."""
    code = ["--", "python", "cpp"]
    last = _git("log", "-1", "--format=%h", *code)
    return (last or "unknown") + ("+" if _git("status", "--porcelain", *code) else "")


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:  # a source distribution on a machine without git
        return ""
    return done.stdout.strip()


@functools.cache
def machine() -> dict[str, str]:
    """What decides the last bits of a figure: processor, its widest vectors, and the system. No host name."""
    found = {"processor": platform.processor() or platform.machine(), "system": platform.system()}
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return found
    fields = dict(re.findall(r"^(model name|cpu family|model|flags)\s*: (.*)$", text, re.MULTILINE))
    if "model name" in fields:
        flags = fields.get("flags", "").split()
        widest = next((name for name in ("avx512f", "avx2", "avx") if name in flags), "none")
        model = f"family {fields.get('cpu family', '?')}, model {fields.get('model', '?')}"
        found |= {"processor": fields["model name"], "model": model, "vectors": widest}
    return found


def session(libraries: Iterable[str] = ()) -> dict[str, Any]:
    """Commit, machine and versions of a measurement that is made now."""
    versions = {"python": platform.python_version()}
    for name in ("hint-se", *libraries):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"commit": commit(), "machine": machine(), "cores": cores, "versions": versions}


def agree(first: dict[str, str], second: dict[str, str]) -> bool:
    """Whether two machines, or two sets of versions, are the same in everything that both of them name."""
    return all(first[name] == second[name] for name in first.keys() & second.keys())


def described(sessions: Iterable[dict[str, Any]]) -> str:
    """Where figures were made, for the head of a table: a part for each set of versions, with its commits."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for made in sessions:
        parts.setdefault(json.dumps([made["machine"], made["versions"]]), []).append(made)
    return "; ".join(map(_described, parts.values()))


def _described(sessions: list[dict[str, Any]]) -> str:
    machine_, versions = sessions[0]["machine"], dict(sessions[0]["versions"])
    python, own = versions.pop("python"), versions.pop("hint-se")
    cores = sorted({made["cores"] for made in sessions})
    commits = list(dict.fromkeys(made["commit"] for made in sessions))
    names = [f"{name} {version}" for name, version in versions.items()]
    return (
        f"{machine_['processor']}, {' or '.join(map(str, cores))} core{'s' if cores != [1] else ''}, {machine_['system']}, Python {python}; "
        + ", ".join([f"hint-se {own} at commit{'s' if len(commits) > 1 else ''} {', '.join(commits)}", *names])
    )


class Records:
    """The lines of one results file, read at once and appended to as they are measured.

    Parameters
    ----------
    path
        The file; it need not exist.
    command
        What makes it, for the header.
    libraries
        Distributions whose versions its figures depend on.
    key
        What a line is found by; its `name` by default.
    settings
        What all its lines share, for instance a time limit. A file with others is refused.
    same_machine
        Whether its lines are comparable only within one machine kind, as times are. A file of another is refused.
    fresh
        Forget what the file holds.
    """

    def __init__(
        self,
        path: Path,
        command: str,
        libraries: Iterable[str] = (),
        *,
        key: Callable[[Line], str] = lambda line: str(line["name"]),
        settings: dict[str, Any] | None = None,
        same_machine: bool = False,
        fresh: bool = False,
    ) -> None:
        self.path, self._libraries, self._key = path, tuple(libraries), key
        self.header: dict[str, Any] = {"command": command, "sessions": [], "replay": None}
        if settings:
            self.header["settings"] = settings
        lines: list[Line] = []
        if path.exists() and not fresh:
            self.header, *lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            if self.header.get("settings") != settings and settings is not None:
                raise SystemExit(f"{path.name} was made with {self.header.get('settings')}, not {settings}; {_WAY_OUT}")
            if same_machine and not all(agree(one["machine"], machine()) for one in self.header["sessions"]):
                raise SystemExit(f"{path.name} was made on another machine, and times do not mix; {_WAY_OUT}")
        self._found = {key(line): line for line in lines}

    def __iter__(self) -> Iterator[Line]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)

    def get(self, key: str) -> Line | None:
        """The line of a key, or None."""
        return self._found.get(key)

    def session_of(self, line: Line) -> dict[str, Any]:
        """Commit, machine and versions that a line was measured with."""
        made: dict[str, Any] = self.header["sessions"][line["session"]]
        return made

    def add(self, line: Line) -> Line:
        """Append one line at once, and open a session where commit, machine or versions are new."""
        return self._append(line, session(self._libraries))

    def take(self, line: Line, other: Records) -> Line:
        """Append a line of another file, with the session that it was measured in."""
        return self._append(line, other.session_of(line))

    def _append(self, line: Line, made: dict[str, Any]) -> Line:
        if made not in self.header["sessions"]:
            self.header["sessions"].append(made)
            self.write()
        line = {**line, "session": self.header["sessions"].index(made)}
        self._found[self._key(line)] = line
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
        return line

    def value(self, name: str, measure: Callable[[], Any]) -> Any:
        """The `value` of the line of a name, measuring it where there is none yet."""
        line = self._found.get(name)
        return line["value"] if line is not None else self.add({"name": name, "value": measure()})["value"]

    def forget(self, old: Callable[[Line], bool]) -> None:
        """Remove the lines that `old` says."""
        self._found = {key: line for key, line in self._found.items() if not old(line)}
        self.write()

    def write(self) -> None:
        """Write the whole file anew, header first; a reader never sees half of it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(json.dumps(line) + "\n" for line in (self.header, *self._found.values()))
        partial = self.path.with_suffix(".partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(self.path)

    def made_with(self, lines: Iterable[Line] | None = None) -> str:
        """Where lines were made, all of them by default."""
        used = {line["session"] for line in (self if lines is None else lines)}
        return described(self.header["sessions"][i] for i in sorted(used))


_WAY_OUT = "--fresh forgets it, --out writes elsewhere"
