"""A service in a process of its own, and questions to it."""

import contextlib
import http.client
import json
import re
import subprocess
import sys
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from processes import started

CODE = "from hint_train.cli.serve import main; main()"


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def said(self):
        return json.loads(self.body)


@dataclass
class Service:
    """Where it answers, its process, and the file of its log."""

    url: str
    process: subprocess.Popen
    log: Path

    def ask(self, path, body=None, *, method=None, headers=None):
        """One request; a body that is no bytes is sent as JSON."""
        parts = urllib.parse.urlsplit(self.url)
        with contextlib.closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)) as connection:
            given = {} if body is None else {"Content-Type": "application/json"}
            sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.putrequest(method or ("GET" if body is None else "POST"), path, skip_accept_encoding=True)
            for name, value in {**given, **(headers or {})}.items():
                connection.putheader(name, value)
            if sent is not None:
                connection.putheader("Content-Length", str(len(sent)))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before it was sent whole
                connection.endheaders(sent)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())

    def forget_peak(self):
        """Let VmHWM begin anew: starting takes more than serving."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def memory(self, field="VmRSS"):
        """Bytes that the process holds, or with VmHWM held at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+)", status)[1]) * 1024


@contextlib.contextmanager
def served(folder, log, *options):
    """Serve a run until the block ends."""
    words = [sys.executable, "-c", CODE, folder, "--port", "0", *options]
    with (
        log.open("w") as stream,
        started([*map(str, words)], stdout=subprocess.PIPE, stderr=stream, text=True) as process,
    ):
        said = process.stdout.readline()
        found = re.search(r"http://\S+", said)
        assert found, said + log.read_text()
        yield Service(found[0], process, log)
