"""Plain `pytest` skips the benchmarks, `--benchmark-only` times them, `--benchmark-disable` runs each once."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Let --benchmark-disable win over the --benchmark-skip of addopts, as --benchmark-only does by itself."""
    if config.getoption("benchmark_disable"):
        config.option.benchmark_skip = False
        session = getattr(config, "_benchmarksession", None)
        if session is not None:
            session.skip = False


@pytest.fixture(scope="session")
def quick(pytestconfig: pytest.Config) -> bool:
    """Return whether benchmarks only have to run: then large graphs prove nothing that small ones do not."""
    return bool(pytestconfig.getoption("benchmark_disable"))
