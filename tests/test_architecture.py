"""The rules of ARCHITECTURE.md that a machine can hold: arrows between layers, no prints, no `utils`."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "python").rglob("*.py"))
CORE = sorted((ROOT / "cpp").rglob("*.[ch]pp"))


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def test_arrows():
    """The contracts stand in pyproject.toml; import-linter is a tool of `.ci/run`, so tests may lack it."""
    pytest.importorskip("importlinter")
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def when_imported(body):
    """Yield the statements that run when a module is imported: not those in functions or for type checkers."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from when_imported(node.orelse)
            continue
        yield node
        for part in ("body", "orelse", "finalbody", "handlers"):
            yield from when_imported(getattr(node, part, []))


def imports(path):
    """Return the modules that a file imports when it is imported itself, absolute names only."""
    found = set()
    for node in when_imported(ast.parse(path.read_text()).body):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", [path for path in SOURCES if "hint_se" in path.parts], ids=name_of)
def test_hint_se_needs_numpy_alone(path):
    allowed = set(sys.stdlib_module_names) | {"numpy", "hint_se"}
    # The command is not imported with the package.
    allowed |= {"tyro", "tqdm"} if path.parent.name == "cli" else set()
    # Nor is this room.
    allowed |= {"narwhals"} if "tables" in path.parts else set()
    assert imports(path) <= allowed


def test_two_modules_of_the_trainer_know_hint_se():
    users = {path.name for path in SOURCES if "hint_train" in path.parts and "hint_se" in imports(path)}
    # Beside the tree, errors share their base class.
    assert users <= {"encoding_tree.py", "saved_tree.py", "errors.py"}


@pytest.mark.parametrize("path", [path for path in SOURCES if "cli" not in {path.stem, path.parent.name}], ids=name_of)
def test_only_the_command_line_prints_exits_and_reads_arguments(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"print", "sys.exit", "exit", "quit", "os._exit"}, f"line {node.lineno}: {called}"
        if isinstance(node, ast.Attribute):
            assert ast.unparse(node) != "sys.argv", f"line {node.lineno}: sys.argv"


#: Files of more than 300 lines, with the reason why they are not two.
LONG = {
    "cpp/src/update/open_tree.cpp": "one class: every function keeps the same arrays in step",
    "python/hint_train/data/sources/layouts.py": "one short finder a layout, tried in the order of the list at the end",
}


def test_no_file_is_long_without_a_reason():
    folders = ("python", "cpp", "tests", "benchmarks", "docs", ".ci")
    files = [path for name in folders for path in (ROOT / name).rglob("*") if path.suffix in {".py", ".cpp", ".hpp"}]
    assert {name_of(path) for path in files if len(path.read_text().splitlines()) > 300} == set(LONG)


#: Folders of tests that belong to no room of the sources: inputs, and tests of a whole package.
WHOLE = {"malformed", "fuzz_targets", "light", "matfiles", "narrow", "allocation"}


def rooms_below(folder):
    """Return the folders below a folder that hold code, relative to it."""
    return {path.parent.relative_to(folder) for path in folder.rglob("*") if path.suffix in {".py", ".cpp", ".hpp"}}


@pytest.mark.parametrize(
    ("tests", "sources"),
    [("tests/hint_se", "python/hint_se"), ("tests/hint_train", "python/hint_train"), ("cpp/tests", "cpp/src")],
)
def test_tests_lie_where_their_sources_lie(tests, sources):
    alone = {room for room in rooms_below(ROOT / tests) - rooms_below(ROOT / sources) if not WHOLE & set(room.parts)}
    assert alone == set()


@pytest.mark.parametrize("path", [*SOURCES, *CORE], ids=name_of)
def test_no_module_is_called_utils(path):
    assert path.stem not in {"utils", "util", "helpers", "misc", "common"}


@pytest.mark.parametrize("path", [path for path in CORE if not {"tests", "fuzz"} & set(path.parts)], ids=name_of)
def test_the_core_writes_to_no_stream_and_owns_no_raw_memory(path):
    code = "\n".join(line.split("//")[0] for line in path.read_text().splitlines())
    banned = {"std::cout", "std::cerr", "printf(", "shared_ptr", "virtual ", " new ", "delete ", "#define", "omp.h"}
    # The bindings hand a vector to a capsule, which can only take a raw pointer.
    for word in banned - ({"delete "} if path.parent.name == "python" else set()):
        assert word not in code, word


@pytest.mark.parametrize("path", [path for path in CORE if {"src", "include"} & set(path.parts)], ids=name_of)
def test_the_core_knows_no_python(path):
    text = path.read_text()
    assert "pybind11" not in text
    assert "Python.h" not in text


def test_stub_of_the_core_is_up_to_date():
    command = [sys.executable, ROOT / ".ci" / "make_stub.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_benchmarks_are_collected(tmp_path):
    """`pytest --benchmark-only` from the root times something: a configuration that collects nothing is a fault."""
    arguments = [sys.executable, "-m", "pytest", "--benchmark-only", "-q", "-k", "build_tree and rmat-1000 and auto"]
    arguments += ["--no-header", "-p", "no:cacheprovider", f"--basetemp={tmp_path}"]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
    assert "rmat-1000" in done.stdout
