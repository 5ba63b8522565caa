"""Two hundred clients at a time ask the service on loopback, and every answer is compared with that of the library.

    python benchmarks/library/service.py            results/service.md and .jsonl: two minutes of two cores
    python benchmarks/library/service.py --quick    a few seconds of each question; into build/benchmarks
    python benchmarks/library/service.py --check    exit status 1 where a mark is missed

The clients are tasks of one process beside the service, each with a connection of its own, and ask again as soon as they are
answered. A latency is the time from sending a question to having read its answer.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

import aiohttp
import numpy as np
from benchmarks import measure
from benchmarks.cells import Replay
from benchmarks.records import QUICK, RESULTS, Records
from PIL import Image

import hint_train
from hint_train.data.sources.shapes import shapes

COMMAND = "python benchmarks/library/service.py"
LIBRARIES = ("fastapi", "uvicorn", "numpy", "faiss-cpu", "aiohttp")
CLIENTS, SECONDS, QUICK_SECONDS = 200, 20.0, 2.0
BITS, K, QUESTIONS = 64, 10, 50
MOST_TIMES = 5.0
CODE = "from hint_train.cli.serve import main; main()"

Question = tuple[str, dict[str, Any], Any]
"""Address, body, and what the library says."""
REPLAY = Replay(left_out="times, which depend on the machine; each answer is compared with the library's as it comes")


def questions(folder: Path) -> dict[str, list[Question]]:
    """What is asked, by kind."""
    run, data = hint_train.load(folder), shapes()
    index, gallery = run.index(), data.gallery
    assert gallery is not None
    texts = [caption for caption in gallery.captions if len(caption.split()) > 2][:QUESTIONS]
    pictures = [Image.fromarray(gallery.pictures[row]) for row in range(QUESTIONS)]

    def hits(codes: np.ndarray) -> list[list[list[Any]]]:
        found = index.search(codes, K)
        return [
            [list(pair) for pair in zip(*row, strict=True)]
            for row in zip(found.ids, found.distances.tolist(), strict=True)
        ]

    words, seen = run.encode(texts, modality="text"), run.encode(pictures, modality="image")
    files = [_base64(picture) for picture in pictures]
    made: dict[str, list[Question]] = {
        "search with words": [
            ("/search", {"text": text, "k": K}, right) for text, right in zip(texts, hits(words), strict=True)
        ],
        "search with pictures": [
            ("/search", {"picture": file, "k": K}, right) for file, right in zip(files, hits(seen), strict=True)
        ],
        "search with rows": [
            ("/search", {"row": row, "k": K}, right)
            for row, right in enumerate(hits(np.array(index.codes[:QUESTIONS])))
        ],
        "encode words": [
            ("/encode", {"texts": [text]}, [code.tobytes().hex()]) for text, code in zip(texts, words, strict=True)
        ],
    }
    made["all of these in turn"] = [one for kind in zip(*made.values(), strict=True) for one in kind]
    return made


def _base64(picture: Image.Image) -> str:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def said(answer: dict[str, Any]) -> Any:
    """What of an answer is compared."""
    if "codes" in answer:
        return answer["codes"]
    return [[hit["id"], hit["distance"]] for hit in answer["hits"]]


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a service over a run, and its process."""
    words = [sys.executable, "-c", CODE, str(folder), "--port", "0"]
    with (
        (folder.parent / "log").open("w") as log,
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, (folder.parent / "log").read_text()
            yield found[0], process
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()


async def asked(url: str, asking: list[Question], clients: int, seconds: float) -> dict[str, Any]:
    """Let clients ask for some seconds: latencies, and how many answers were errors or not the library's."""
    latencies: list[float] = []
    errors, wrong = 0, 0
    connector = aiohttp.TCPConnector(limit=clients)
    timeout = aiohttp.ClientTimeout(total=60)
    sent = [(address, json.dumps(body).encode(), right) for address, body, right in asking]
    begun = time.perf_counter()
    counted_from, end = begun + seconds / 5, begun + seconds * 6 / 5  # connections are made first

    async def client(number: int) -> None:
        nonlocal errors, wrong
        turn = number
        while (start := time.perf_counter()) < end:
            address, body, right = sent[turn % len(sent)]
            turn += 1
            try:
                async with session.post(
                    url + address, data=body, headers={"Content-Type": "application/json"}
                ) as answer:
                    content = await answer.read()
                    status = answer.status
            except (aiohttp.ClientError, TimeoutError):
                errors += 1
                continue
            now = time.perf_counter()
            if status != 200:
                errors += 1
            elif said(json.loads(content)) != right:
                wrong += 1
            if start >= counted_from:
                latencies.append(now - start)

    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        await asyncio.gather(*map(client, range(clients)))
    p50, p90, p99 = (float(np.percentile(latencies, share)) for share in (50, 90, 99))
    return {
        "requests": len(latencies),
        "a second": len(latencies) / (time.perf_counter() - counted_from),
        "p50": p50,
        "p90": p90,
        "p99": p99,
        "longest": max(latencies),
        "errors": errors,
        "wrong": wrong,
    }


def marks(records: Records) -> list[str]:
    """A sentence for each mark that is missed."""
    faults = []
    for line in records:
        found = line["value"]
        if found["errors"] or found["wrong"]:
            faults.append(
                f"{line['name']}: {found['errors']} errors, {found['wrong']} answers that are not the library's"
            )
        if found["p99"] > MOST_TIMES * found["p50"]:
            faults.append(f"{line['name']}: p99 is {found['p99'] / found['p50']:.1f} times p50")
    return faults


def report(records: Records) -> str:
    """The page."""
    settings = records.header["settings"]
    faults = marks(records)
    head = [
        "# The service under load\n",
        f"`{COMMAND}`\n",
        f"{records.made_with()}. {settings['clients']} clients at a time on loopback, in one process beside the service and on the same cores, "
        f"for {settings['seconds']:g} s of each question; 2,500 items of {BITS} bits, k = {K}. Milliseconds from sending to having read. "
        "Other work ran on the machine: the ratios say more than the times.\n",
        f"Marks: no error, every answer the library's, p99 at most {MOST_TIMES:g} times p50: "
        + ("held" if not faults else "MISSED: " + "; ".join(faults))
        + ".\n\n",
    ]
    rows = []
    for line in records:
        found = line["value"]
        times = (f"{1000 * found[name]:.0f}" for name in ("p50", "p90", "p99", "longest"))
        ratio = f"{found['p99'] / found['p50']:.2f}"
        counts = (f"{found[name]}" for name in ("errors", "wrong"))
        rows.append([line["name"], f"{found['requests']:,}", f"{found['a second']:.0f}", *times, ratio, *counts])
    names = ["question", "requests", "a second", "p50", "p90", "p99", "longest", "p99 / p50", "errors", "other answers"]
    return "\n".join(head) + measure.table(names, rows)


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a mark is missed")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--run", type=Path, help="a run on shapes of 64 bits; one is trained where it is not given")
    chosen = parser.parse_args()
    out = QUICK / "service.md" if chosen.quick else RESULTS / "service.md"
    settings = {"clients": CLIENTS, "seconds": QUICK_SECONDS if chosen.quick else SECONDS}
    given = None if chosen.render else settings
    records = Records(out.with_suffix(".jsonl"), COMMAND, LIBRARIES, settings=given, fresh=not chosen.render)
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.run or Path(scratch) / "run"
        if not chosen.render:
            if chosen.run is None:
                hint_train.run(hint_train.Config(dataset="shapes", bits=(BITS,), device="cpu"), folder)
            made = questions(folder)
            with served(folder) as (url, _):
                for name, asking in made.items():
                    value = asyncio.run(asked(url, asking, CLIENTS, settings["seconds"]))
                    records.add({"name": name, "value": value})
                    measure.write(f"{name}: {value}\n")
    out.write_text(report(records))
    faults = marks(records)
    measure.write("".join(f"{fault}\n" for fault in faults) or "all marks held\n")
    if chosen.check and faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
