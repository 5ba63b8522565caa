"""Whoever asks a command for help, or mistypes an option, waits for no library that computes."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

SCRIPTS = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]["scripts"]
HEAVY = {
    "PIL", "faiss", "fastapi", "h5py", "hint_se._core", "matplotlib", "networkx", "numpy", "pandas", "pyarrow",
    "pydantic", "safetensors", "scipy", "sklearn", "torch", "tqdm",
    "uvicorn",
}  # fmt: skip
CHECKER = {"asyncio", "ssl", "typeguard"}
"""What the library that reads arguments loads where it cannot check a type by itself: lists of numbers or of files."""
LISTS = {("hint-train", ""), ("hint-data", ""), ("hint-data", "prepare")}
CODE = """
import sys
from {module} import {function}
sys.argv = ["{name}", *"{verb} {word}".split()]
try:
    {function}()
finally:
    print(*sorted(sys.modules))
"""


VERBS = {
    "hint-se": ("build", "entropy", "labels", "plot", "report", "export", "info"),
    "hint-data": ("verify", "convert", "prepare"),
}
CASES = [(name, verb) for name in SCRIPTS for verb in ("", *VERBS.get(name, ()))]


@pytest.mark.parametrize(("word", "code"), [("--help", 0), ("--no-such-option", 2)])
@pytest.mark.parametrize(("name", "verb"), CASES)
def test_help_and_mistakes_load_nothing_heavy(name, verb, word, code):
    module, function = SCRIPTS[name].split(":")
    words = [sys.executable, "-c", CODE.format(module=module, function=function, name=name, verb=verb, word=word)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr if code else f"usage: {name}" in done.stdout
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not HEAVY & loaded
    assert (name, verb) in LISTS or not CHECKER & loaded
