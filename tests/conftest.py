"""What holds for every test: what hypothesis draws never changes, and nothing is left behind at the end."""

import contextlib
import os
import signal
import tempfile
import threading
import time

import pytest
from hypothesis import HealthCheck, settings
from processes import hearing, left_behind

# ONNX Runtime leaves a file behind as soon as it is imported, and would report to its makers.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
settings.register_profile(
    "tests", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tests")


@pytest.fixture(scope="session", autouse=True)
def nothing_left(tmp_path_factory):
    """Fail at the end of the session where a process, a thread or a temporary file of its tests is left.

    Temporary files go to a folder of their own, which processes inherit, so that those of others are no concern.
    """
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        # A folder that torch makes as soon as an optimiser is made, and keeps.
        patch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path_factory.mktemp("torch")))
        yield
    others = set(threading.enumerate()) - {threading.main_thread()}
    threads = [thread.name for thread in others if not thread.daemon]
    processes = left_behind(folder)
    deadline = time.monotonic() + 30
    while processes and time.monotonic() < deadline:  # those that are just ending
        time.sleep(0.05)
        processes = left_behind(folder)
    for number in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    files = [path.name for path in folder.iterdir()]
    left = [*(f"process {number}: {command}" for number, command in processes.items())]
    left += [*(f"thread: {name}" for name in threads), *(f"temporary file: {name}" for name in files)]
    if left:
        pytest.fail("the tests left behind\n" + "\n".join(left), pytrace=False)


@pytest.fixture
def heard():
    """Signals reach this process, whatever it was started to ignore."""
    with hearing():
        yield
