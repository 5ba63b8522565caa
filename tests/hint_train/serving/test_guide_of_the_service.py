"""The commands of docs/serving.md that ask a service are asked, and answer what the page says."""

import shutil

import pytest
from test_guide import BLOCK, DOCS, run_console

PAGE = DOCS / "serving.md"
URL = "http://127.0.0.1:8000"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the commands are those of curl, which is not there")
def test_commands(service, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text()
    blocks = [block for block in BLOCK.finditer(text) if block["mark"] == "with the service"]
    assert len(blocks) == 4
    for block in blocks:
        line = text.count("\n", 0, block.start("code"))
        run_console(block["code"].replace(URL, service.url), PAGE, line + 1)


def test_the_tables_name_what_there_is(service):
    text = PAGE.read_text()
    for name in service.ask("/info").said["limits"]:
        assert f"`--{name.replace('_', '-')}`" in text
    for line in service.ask("/metrics").body.decode().splitlines():
        if line.startswith("# TYPE ") and "_created" not in line:
            assert f"`{line.split()[2]}`" in text
