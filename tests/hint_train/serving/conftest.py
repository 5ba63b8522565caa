import pytest
from asking import served

import hint_train
from hint_train.config.sections import OptimiserConfig
from hint_train.methods.config import Config


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    """A run of drawn pictures with a tree, trained for a moment."""
    folder = tmp_path_factory.mktemp("runs") / "shapes"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
        hint_train.run(Config(bits=(64,), optimiser=OptimiserConfig(epochs=2)), folder)
    return folder


@pytest.fixture(scope="session")
def run(run_folder):
    return hint_train.load(run_folder)


@pytest.fixture(scope="session")
def service(run_folder, tmp_path_factory):
    """A service over it with small limits, for all tests of the session."""
    limits = ["--max-body", "1000000", "--max-pixels", "1000000", "--max-seconds", "20"]
    with served(run_folder, tmp_path_factory.mktemp("log") / "log", *limits) as one:
        yield one
