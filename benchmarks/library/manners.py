"""What peers do with Ctrl-C in the middle of a build, and with a weight that is not a number.

``python benchmarks/library/manners.py`` writes ``results/manners.md`` and beside it ``manners.jsonl``: for every library the longest time from the signal to
KeyboardInterrupt, or that the build ran to its end, and whether one NaN among the weights is refused.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks.cells import Figures, Group, Replay, cell_of
from benchmarks.records import RESULTS, Records
from benchmarks.trees.benchmark_graphs import cross_modal_knn
from benchmarks.trees.peers import PEERS, Builder, ours

BUILDERS: dict[str, Builder] = {**PEERS, "hint_se default": ours("default", None), "hint_se best": ours("best", None)}
COMMAND = "python benchmarks/library/manners.py"
LIBRARIES = tuple(sorted({builder.distribution for builder in PEERS.values()}))
# Seconds from the start of the build to the signal, a run each; a build that has ended by then shows nothing.
WAITS = (0.2, 1.0)


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def build(name: str, nodes: int) -> None:
    """Build once, in a process of its own, and say when it starts and when, and how, it ended."""
    # A shell starts what runs in the background with the signal ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    edges, weights, n = cross_modal_knn(nodes)
    job = BUILDERS[name].prepare(edges, weights, n)
    say("start")
    try:
        job.build()
    except KeyboardInterrupt:
        say(f"stopped {time.monotonic()}")
    else:
        say(f"ended {time.monotonic()}")


def nan(name: str) -> str:
    """Return what a builder does with a triangle whose one weight is NaN, in a process of its own."""
    code = (
        "import sys, numpy as np\n"
        "from benchmarks.library import manners\n"
        "edges, weights = np.array([[0, 1], [1, 2], [0, 2], [2, 3]]), np.array([1.0, np.nan, 1.0, 1.0])\n"
        f"job = manners.BUILDERS[{name!r}].prepare(edges, weights, 4)\n"
        "job.trees(job.build())\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "does not end"
    if done.returncode < 0:
        return f"crashes (signal {-done.returncode})"
    if done.returncode == 0:
        return "a result without a word"
    words = done.stderr.strip().splitlines()[-1][:90]
    return f"refused: {words}" if "weight" in words.lower() else f"fails: {words}"


def interrupt(name: str, nodes: int, wait: float, limit: float) -> tuple[str, float]:
    """Return how a build ended after SIGINT in its middle, and how many seconds later; negative: before the signal."""
    words = [sys.executable, __file__, "--build", name, "--nodes", str(nodes)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            if not process.stdout.readline():
                return "not installed", 0.0
            time.sleep(wait)
            sent = time.monotonic()
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=limit)[0].split()
        except subprocess.TimeoutExpired:
            return "went on", limit
        finally:  # whatever happens
            process.kill()
    return (said[0], float(said[1]) - sent) if said else ("killed", time.monotonic() - sent)


def slowest(name: str, nodes: int, limit: float) -> str:
    """Return the longest that a builder took to stop, over signals at several moments."""
    ends = [interrupt(name, nodes, wait, limit) for wait in WAITS]
    seen = [(how, seconds) for how, seconds in ends if seconds > 0]
    how, seconds = max(seen, key=lambda end: end[1], default=ends[0])
    words = {
        "stopped": "{:.2f} s",
        "ended": "ran to its end, {:.1f} s more",
        "went on": "not within {:.0f} s",
        "killed": "the process ends, {:.2f} s",
    }
    return words.get(how, how).format(seconds)


def groups(records: Records) -> Iterator[Group]:
    """What each library says of the weight; how it takes Ctrl-C depends on the moment."""
    for line in records:
        name = line["name"]
        cell = cell_of(records, line, _compared(line["value"]["nan"]), name, tolerance=0)
        yield Group(name=name, cells=[cell], measure=partial(_again, name), seconds=5)


def _again(name: str) -> dict[str, Figures]:
    return {name: _compared(nan(name))}


def _compared(said: str) -> Figures:
    # What scikit-network fails with is a number from memory that nobody wrote: another one each time.
    return {"nan": re.sub(r"-?\d+", "N", said) if said.startswith("fails") else said}


REPLAY = Replay(
    groups=groups, left_out="Ctrl-C: how a build ends depends on the moment of the signal and on the machine"
)


def report(records: Records) -> str:
    """The page."""
    made = records.header["settings"]
    versions = records.header["sessions"][-1]["versions"]
    head = [
        "# Manners of the libraries\n",
        f"`{COMMAND} --nodes {made['nodes']} --limit {made['limit']:g}`\n",
        f"The kNN graph of {made['nodes']:,} nodes, one thread. SIGINT {', '.join(map(str, WAITS))} s into the build, a run each, on a "
        "machine on which other work ran; the longest time until KeyboardInterrupt arrived. The weight is one NaN among four edges.\n",
        f"Versions: {', '.join(f'{name} {version}' for name, version in sorted(versions.items()) if name != 'python')}.\n",
        "| library | Ctrl-C | a weight of NaN |",
        "| --- | --- | --- |",
    ]
    rows = [f"| {line['name']} | {line['value']['ctrl_c']} | {line['value']['nan']} |" for line in records]
    return "\n".join([*head, *rows]) + "\n"


def main() -> None:
    """Measure all builders and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", help=argparse.SUPPRESS)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--limit", type=float, default=20.0)
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path, default=RESULTS / "manners.md")
    options = parser.parse_args()
    if options.build:
        build(options.build, options.nodes)
        return
    settings = None if options.render else {"nodes": options.nodes, "limit": options.limit}
    path = options.out.with_suffix(".jsonl")
    records = Records(path, COMMAND, LIBRARIES, settings=settings, fresh=not options.render)
    for name in () if options.render else BUILDERS:
        value = {"ctrl_c": slowest(name, options.nodes, options.limit), "nan": nan(name)}
        records.add({"name": name, "value": value})
        say(f"{name}: {value}")
    options.out.write_text(report(records))


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
