"""`import hint_se` is light: fresh interpreters see what it loads and how long it takes."""

import subprocess
import sys

HEAVY = ("torch", "scipy", "networkx", "sklearn", "matplotlib", "pandas", "pyarrow", "igraph", "h5py", "hint_train")


def fresh(code):
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_nothing_heavy_is_imported():
    code = (
        "import sys, hint_se; hint_se.build_tree([(0, 1), (1, 2)]); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert fresh(code) == "[]"


def test_import_takes_less_than_150_ms_beyond_numpy():
    code = "import numpy, time; start = time.process_time(); import hint_se; print(time.process_time() - start)"
    # Processor time, and the best of some: the machine may be busy, the package is not.
    assert min(float(fresh(code)) for _ in range(5)) < 0.150


def test_public_names():
    import hint_se

    for name in hint_se.__all__:
        assert getattr(hint_se, name).__doc__, name
    assert issubclass(hint_se.GraphError, (hint_se.HintError, ValueError))
    assert issubclass(hint_se.TreeError, (hint_se.HintError, ValueError))
