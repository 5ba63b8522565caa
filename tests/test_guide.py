"""Every example of the user guide runs: Python blocks as doctests, console blocks as commands, in the order of the page."""

import contextlib
import doctest
import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from processes import started

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [page for page in sorted(DOCS.glob("*.md")) if ">>> " in page.read_text() or "```console" in page.read_text()]
URL = "http://127.0.0.1:8000"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# A line "% needs NAME" before a block: it is skipped where that library is missing. "% not run" says what it says, and blocks "% with
# the service" run in tests/hint_train/serving.
BLOCK = re.compile(
    r"^(?:% (?P<mark>[^\n]*)\n\n)?```(?P<kind>python|console)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to run in, with the commands on the path even where they are not installed as scripts."""
    commands = tmp_path / "bin"
    commands.mkdir()
    scripts = tomllib.loads((DOCS.parent / "pyproject.toml").read_text())["project"]["scripts"]
    for name, (module, function) in ((name, entry.split(":")) for name, entry in scripts.items()):
        call = f"from {module} import {function}; {function}()"
        (commands / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c "{call}" "$@"\n')
        (commands / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def run_python(code, names, page, line):
    """Run a block as a doctest in the names of the blocks before it."""
    test = doctest.DocTestParser().get_doctest(code, names, page.name, str(page), line)
    said = []
    result = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append, clear_globs=False)
    names.update(test.globs)
    assert result.failed == 0, "".join(said)


def run_service(code, stack):
    """Start the one command of a block, compare the first line that it prints, and return where it answers."""
    command, expected = code.removeprefix("$ ").splitlines()
    words = ["bash", "-c", f"exec {command} --port 0"]
    process = stack.enter_context(started(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
    found = process.stdout.readline().rstrip("\n")
    [url] = re.findall(r"http://\S+", found)
    assert found.replace(url, URL) == expected
    return url


def run_console(code, page, line):
    """Run the lines that begin with a dollar sign, and compare what each prints with the lines below it."""
    checker = doctest.OutputChecker()
    for part in re.split(r"^\$ ", code, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        words = ["bash", "-c", command]
        with started(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            found, _ = process.communicate(timeout=240)
        assert checker.check_output(expected, found, FLAGS), f"{page.name}, line {line}: {command}\n{found}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.usefixtures("folder")
def test_page(page):
    text, names = page.read_text(), {"__name__": "__main__"}
    blocks = list(BLOCK.finditer(text))
    assert blocks
    url = URL
    with contextlib.ExitStack() as stack:
        for block in blocks:
            mark = block["mark"] or ""
            if mark in {"not run", "with the service"} or (
                mark.startswith("needs ") and importlib.util.find_spec(mark[6:]) is None
            ):
                continue
            line = text.count("\n", 0, block.start("code"))
            if mark == "until the end of the page":
                url = run_service(block["code"], stack)
            elif block["kind"] == "console":
                run_console(block["code"].replace(URL, url), page, line + 1)
            elif ">>> " in block["code"]:
                run_python(block["code"], names, page, line)


def test_no_page_has_the_address_of_one_that_sphinx_makes():
    """Sphinx writes its own page of search results over a page of that name, without a word."""
    assert not {"genindex", "modindex", "py-modindex", "search"} & {page.stem for page in DOCS.glob("*.md")}
