"""The end of a session of tests: what one leaves behind fails it, and is ended."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from processes import left_behind, started

TESTS = Path(__file__).parent
SLEEP = f"[{sys.executable!r}, '-c', 'import time; time.sleep(600)']"


def session(folder, body, *arguments):
    """Run pytest over one test with that body under the conftest of these tests."""
    (folder / "conftest.py").write_text((TESTS / "conftest.py").read_text())
    (folder / "test_sample.py").write_text(
        f"import subprocess, tempfile, threading, time\nfrom processes import started\n\ndef test_it():\n    {body}\n"
    )
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = {TESTS}\n")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={folder / 'base'}"]
    return subprocess.run([*words, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_tests_that_clean_up_pass(tmp_path):
    body = f"with started({SLEEP}), tempfile.TemporaryDirectory():\n        pass"
    done = session(tmp_path, body)
    assert done.returncode == 0, done.stdout


def test_what_is_left_fails_the_session_and_is_ended(tmp_path):
    left = [
        f"child = subprocess.Popen({SLEEP})",
        "child.returncode = 0  # Python forgets it",
        "subprocess.run(['sh', '-c', 'exec setsid sleep 600 >/dev/null 2>&1 &'], check=True)",
        "threading.Thread(target=time.sleep, args=(3,), name='straggler').start()",
        "tempfile.mkstemp(prefix='forgotten file')",
        "tempfile.mkdtemp(prefix='forgotten folder')",
    ]
    folder = tmp_path / "base" / "temporary0"
    before = left_behind(folder)  # children of this process: services that other tests share for the whole session
    done = session(tmp_path, "\n    ".join(left))
    assert done.returncode == 1, done.stdout
    assert "1 passed, 1 error" in done.stdout
    for named in ("behind", "time.sleep(600)", "sleep 600", "straggler", "forgotten file", "forgotten folder"):
        assert named in done.stdout
    assert left_behind(folder).keys() <= before.keys()


def test_a_process_ends_with_its_block_whatever_it_ignores():
    code = "import signal, time\nfor n in (signal.SIGINT, signal.SIGTERM): signal.signal(n, signal.SIG_IGN)\nprint(flush=True)\ntime.sleep(600)"
    with pytest.raises(ZeroDivisionError), started([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        raise ZeroDivisionError
    assert process.returncode == -signal.SIGKILL
    assert process.stdout.closed


@pytest.mark.parametrize("ignored", [(), (signal.SIGINT,), (signal.SIGHUP, signal.SIGTERM)])
@pytest.mark.parametrize("mine", [signal.SIG_IGN, signal.SIG_DFL])
def test_a_process_ignores_what_it_is_told_to_and_nothing_else(ignored, mine):
    code = "import signal\nprint([n.name for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) == signal.SIG_IGN])"
    before = signal.signal(signal.SIGINT, mine)
    try:
        with started([sys.executable, "-c", code], ignored=ignored, stdout=subprocess.PIPE, text=True) as process:
            out, _ = process.communicate(timeout=60)
        assert signal.getsignal(signal.SIGINT) == mine
    finally:
        signal.signal(signal.SIGINT, before)
    assert sorted(eval(out)) == sorted(number.name for number in ignored)
