"""The script of continuous integration fails when a step fails, whatever comes after, and runs in the background."""

import signal
import subprocess
from pathlib import Path

import pytest
from processes import started

SCRIPT = Path(__file__).parents[1] / ".ci" / "run"


def run(folder, steps, **options):
    """Run the script with other steps; return its exit code and what it said."""
    head, first, _ = SCRIPT.read_text().partition('\nstep "')
    assert first
    (folder / ".ci").mkdir()
    (folder / ".ci" / "run").write_text(head + "\n" + steps)
    with started(["bash", folder / ".ci" / "run"], stdout=subprocess.PIPE, text=True, **options) as process:
        out, _ = process.communicate(timeout=60)
    return process.returncode, out


@pytest.mark.parametrize(
    "bad",
    [
        "bad() { false; echo went on; }",
        "bad() { false | cat; echo went on; }",
        "bad() { local x; x=$(false); echo went on; }",
    ],
)
def test_a_step_that_fails_ends_it(tmp_path, bad):
    code, out = run(tmp_path, f'{bad}\nstep "first" true\nstep "second" bad\nstep "third" echo went on\n')
    assert code != 0
    assert "== first: ok" in out
    assert "== second: FAILED" in out
    assert "went on" not in out


def test_it_passes_in_the_background(tmp_path):
    """There interrupts are ignored, and nothing can be read."""
    steps = 'scratch_is_there() { [ -d "$scratch" ]; echo "at $scratch"; }\nstep "only" scratch_is_there\n'
    code, out = run(tmp_path, steps, ignored=(signal.SIGINT, signal.SIGHUP), stdin=subprocess.DEVNULL)
    assert code == 0, out
    assert not Path(out.partition("at ")[2].split()[0]).exists()
