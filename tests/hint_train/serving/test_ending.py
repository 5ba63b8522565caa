"""How the service ends, and what it makes of bytes that are no request."""

import contextlib
import signal
import socket
import threading
import time
import urllib.parse

import pytest
from asking import served


def said(service, *parts, pause=0.0):
    """What is answered to raw bytes, until the connection is closed or nothing more comes for 3 s."""
    address = urllib.parse.urlsplit(service.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
        found = b""
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while part := connection.recv(65536):
                found += part
                connection.settimeout(3)
    return found


HEAD = b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNK = b"10000\r\n" + b"x" * 65536 + b"\r\n"
BYTES = {  # name: (parts, beginning of the answer)
    "nothing of HTTP": ([b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100) + b"\r\n\r\n"], b"HTTP/1.1 400"),
    "HTTP/0.9": ([b"GET /\r\n\r\n"], b"HTTP/1.1 400"),
    "a header without an end": (
        [b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: " + b"b" * 200_000 + b"\r\n\r\n"],
        b"HTTP/1.1 4",
    ),
    "a length that is none": ([HEAD + b"Content-Length: many\r\n\r\n{}"], b"HTTP/1.1 400"),
    "a length below zero": ([HEAD + b"Content-Length: -1\r\n\r\n{}"], b"HTTP/1.1 400"),
    "two lengths": ([HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"], b"HTTP/1.1 400"),
    "a terabyte that is announced": ([HEAD + b"Content-Length: 1000000000000\r\n\r\n{"], b"HTTP/1.1 413"),
    "chunks without an end": ([HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[CHUNK] * 200], b"HTTP/1.1 413"),
    "a chunk that is none": ([HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"], b"HTTP/1.1 4"),
    "another coding": (
        [HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\nConnection: close\r\n\r\n\x1f\x8b\x08\x00"],
        b"HTTP/1.1 400",
    ),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes(service, name):
    parts, answer = BYTES[name]
    assert said(service, *parts).startswith(answer)
    assert service.ask("/healthz").status == 200


def test_a_body_that_stops_half_way_is_given_up(run_folder, tmp_path):
    with served(run_folder, tmp_path / "log", "--max-seconds", "1") as service:
        found = said(service, HEAD + b"Content-Length: 100\r\n\r\n{")
        assert found.startswith(b"HTTP/1.1 408")
        assert b"within 1 s" in found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_begun_is_finished_and_the_exit_code_is_0(run_folder, tmp_path, number):
    with served(run_folder, tmp_path / "log") as service:
        service.ask("/healthz")
        answers = []
        body = b'{"text": "a red wedge", "k": 1}'
        head = HEAD + b"Content-Length: %d\r\n\r\n" % len(body)
        asking = threading.Thread(target=lambda: answers.append(said(service, head + body[:10], body[10:], pause=4.0)))
        asking.start()
        time.sleep(2)  # for the half that was sent to arrive
        service.process.send_signal(number)
        asking.join()
        assert answers[0].startswith(b"HTTP/1.1 200")
        assert service.process.wait(60) == 0
        assert "Traceback" not in service.log.read_text()


def test_idle_connections_and_a_stuck_client_do_not_hold_the_end_up(run_folder, tmp_path):
    with served(run_folder, tmp_path / "log", "--max-seconds", "2") as service:
        address = urllib.parse.urlsplit(service.url)
        # They stay open until the end has come: a service that waited for them would never end.
        with contextlib.ExitStack() as stack:
            for words in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n", HEAD + b"Content-Length: 100\r\n\r\n{"):
                connection = stack.enter_context(socket.create_connection((address.hostname, address.port)))
                connection.sendall(words)
            time.sleep(0.3)
            service.process.send_signal(signal.SIGTERM)
            assert service.process.wait(60) == 0


def test_a_second_signal_ends_it_at_once(run_folder, tmp_path):
    with served(run_folder, tmp_path / "log", "--max-seconds", "600") as service:
        address = urllib.parse.urlsplit(service.url)
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
            time.sleep(0.3)
            service.process.send_signal(signal.SIGINT)
            time.sleep(0.5)
            assert service.process.poll() is None
            service.process.send_signal(signal.SIGINT)
            service.process.wait(60)
