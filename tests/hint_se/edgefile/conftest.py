"""Files for the tests of edge files."""

import pytest


@pytest.fixture
def written(tmp_path):
    """Return a function that writes text or bytes to a file of a name and returns its path."""

    def write(content, name="edges.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
