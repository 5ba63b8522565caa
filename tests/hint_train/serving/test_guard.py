"""What stands before every request: its size, its time, its id, its line in the log."""

import asyncio
import json
import logging

import pytest

from hint_train.serving.guard import Guard
from hint_train.serving.limits import Limits
from hint_train.serving.measures import Measures

JSON = {"content-type": "application/json"}


async def echo(scope, receive, send):
    """Send the body back."""
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


class Client:
    """One request of parts, and what was answered; `read` says how many parts were taken."""

    def __init__(self, parts, *, method="POST", headers=JSON, pause=0.0, gone=False):
        self.parts, self.pause, self.gone, self.read = list(parts), pause, gone, 0
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        self.scope = {"type": "http", "method": method, "path": "/x", "headers": pairs, "query_string": b""}
        self.status, self.headers, self.body = 0, {}, b""

    async def receive(self):
        await asyncio.sleep(self.pause)
        if self.read == len(self.parts):
            assert self.gone
            return {"type": "http.disconnect"}
        self.read += 1
        more = self.gone or self.read < len(self.parts)
        return {"type": "http.request", "body": self.parts[self.read - 1], "more_body": more}

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")

    @property
    def said(self):
        return json.loads(self.body)


def answered(*clients, app=echo, measures=None, **limits):
    """Let a guarded application answer them at the same time."""

    async def main():
        guard = Guard(app, limits=Limits(**limits), measures=measures or Measures(), json=("/x",))
        await asyncio.gather(*(guard(one.scope, one.receive, one.send) for one in clients))

    asyncio.run(main())
    return clients[0]


def test_a_body_passes_whole():
    client = answered(Client([b"{", b"}" * 98, b""]), max_body=100)
    assert (client.status, client.body) == (200, b"{" + b"}" * 98)


def test_a_declared_body_that_is_too_large_is_refused_before_a_byte_is_read():
    for length in ("101", "9" * 18, "9" * 4000):
        client = answered(Client([b"x"] * 101, headers={**JSON, "content-length": length}), max_body=100)
        assert (client.status, client.read) == (413, 0)
        assert "100 bytes" in client.said["error"]


@pytest.mark.parametrize("length", ["", "many", "-1", "1e3", "0x10"])
def test_a_length_that_is_no_number(length):
    assert answered(Client([b"{}"], headers={**JSON, "content-length": length})).status == 400


def test_a_body_without_a_length_is_refused_as_soon_as_it_is_too_large():
    client = answered(Client([b"x" * 40] * 1000), max_body=100)
    assert (client.status, client.read) == (413, 3)
    assert client.headers["connection"] == "close"


def test_all_bodies_together_have_a_limit_and_give_back_what_they_held():
    measures = Measures()
    clients = [Client([b"x" * 60] * 2, pause=0.05) for _ in range(3)]
    answered(*clients, max_body=200, max_held=200, measures=measures)
    assert sorted(one.status for one in clients) in ([200, 503, 503], [200, 200, 503], [503, 503, 503])
    refused = next(one for one in clients if one.status == 503)
    assert refused.headers["retry-after"] == "1"
    assert b"hint_held_bytes 0.0" in measures.page()


@pytest.mark.parametrize(
    "given", ["", "text/plain", "application/jsonp", "multipart/form-data; boundary=x", "image/png"]
)
def test_a_body_that_is_not_said_to_be_json_is_refused(given):
    assert answered(Client([b"{}"], headers={"content-type": given} if given else {})).status == 415


@pytest.mark.parametrize("given", ["application/json", "Application/JSON; charset=utf-8"])
def test_json(given):
    assert answered(Client([b"{}"], headers={"content-type": given})).status == 200


def test_a_body_that_does_not_come_is_not_waited_for():
    client = answered(Client([b"{", b"}"], pause=0.2), max_seconds=0.1)
    assert client.status == 408


def test_an_answer_that_takes_too_long_is_given_up():
    async def slow(scope, receive, send):
        await asyncio.sleep(5)

    client = answered(Client([b"{}"]), app=slow, max_seconds=0.1)
    assert client.status == 503
    assert "0.1 s" in client.said["error"]


def test_a_fault_of_the_service_says_nothing_of_itself(caplog):
    async def broken(scope, receive, send):
        raise RuntimeError("/secret/path")

    measures = Measures()
    with caplog.at_level(logging.INFO, "hint_train.serving"):
        client = answered(Client([b"{}"], headers={**JSON, "x-request-id": "mine"}), app=broken, measures=measures)
    assert client.status == 500
    assert "secret" not in client.body.decode()
    assert "mine failed" in caplog.text
    assert "/secret/path" in caplog.text
    assert b'hint_errors_total{route="none"} 1.0' in measures.page()


def test_a_client_that_leaves_is_no_fault():
    measures = Measures()
    client = answered(Client([b"{"], gone=True), measures=measures)
    assert client.status == 0
    assert b"hint_errors_total{" not in measures.page()
    assert b"hint_held_bytes 0.0" in measures.page()


@pytest.mark.parametrize("given", ["a", "Trace-1.2_3", "x" * 64])
def test_a_plain_request_id_is_kept(given, caplog):
    with caplog.at_level(logging.INFO, "hint_train.serving"):
        client = answered(Client([b"{}"], headers={**JSON, "x-request-id": given}))
    assert client.headers["x-request-id"] == given
    assert f"{given} POST /x 200" in caplog.text


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\nb", "a\r\nSet-Cookie: b", "<script>", "é", "../../etc"])
def test_any_other_request_id_is_replaced(given, caplog):
    with caplog.at_level(logging.INFO, "hint_train.serving"):
        client = answered(Client([b"{}"], headers={**JSON, "x-request-id": given}))
    made = client.headers["x-request-id"]
    assert len(made) == 16
    assert made.isalnum()
    assert not given or given not in caplog.text


def test_every_answer_has_an_id_of_its_own_and_headers_for_browsers():
    clients = [Client([b"{}"]) for _ in range(2)]
    answered(*clients)
    assert clients[0].headers["x-request-id"] != clients[1].headers["x-request-id"]
    policy = clients[0].headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert clients[0].headers["x-content-type-options"] == "nosniff"


def test_what_is_asked_for_cannot_write_into_the_log(caplog):
    client = Client([b"{}"])
    client.scope["path"] = "/a\n2026 ERROR forged\x1b[31m" + "y" * 10_000
    with caplog.at_level(logging.INFO, "hint_train.serving"):
        answered(client)
    line = caplog.records[-1].getMessage()
    assert line.isprintable()
    assert len(line) < 400


def test_counters():
    measures = Measures()
    clients = [Client([b"{}"]), Client([b"x" * 200]), Client([], method="BREW")]
    clients[2].parts = [b""]
    answered(*clients, max_body=100, measures=measures)
    page = measures.page().decode()
    assert 'hint_requests_total{method="POST",route="none",status="200"} 1.0' in page
    assert 'hint_requests_total{method="POST",route="none",status="413"} 1.0' in page
    assert 'hint_requests_total{method="other",route="none",status="200"} 1.0' in page
    assert 'hint_request_seconds_count{route="none"} 3.0' in page
    assert "hint_requests_in_flight 0.0" in page
