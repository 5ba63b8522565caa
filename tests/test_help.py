"""Whoever asks a command for help, or mistypes an option, waits for no library that computes."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

SCRIPTS = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]["scripts"]
HEAVY = {
    "PIL", "faiss", "fastapi", "h5py", "hint_se._core", "matplotlib", "networkx", "numpy", "pandas", "pyarrow",
    "pydantic", "safetensors", "scipy", "sklearn", "torch", "uvicorn",
}  # fmt: skip
CODE = """
import sys
from {module} import {function}
sys.argv = ["{name}", "{word}"]
try:
    {function}()
finally:
    print(*sorted(sys.modules))
"""


@pytest.mark.parametrize(("word", "code"), [("--help", 0), ("--no-such-option", 2)])
@pytest.mark.parametrize("name", SCRIPTS)
def test_help_and_mistakes_load_nothing_heavy(name, word, code):
    module, function = SCRIPTS[name].split(":")
    words = [sys.executable, "-c", CODE.format(module=module, function=function, name=name, word=word)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr if code else f"usage: {name}" in done.stdout
    assert not HEAVY & set(done.stdout.splitlines()[-1].split())
