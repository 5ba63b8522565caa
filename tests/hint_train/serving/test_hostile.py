"""Whatever is sent, the answer is one clear sentence, and the service goes on."""

import json
import re

import pytest
from hostile import PICTURES, base64_of, drawn, plain

DEEP = 100_000
HUGE = "1" + "0" * 400
SEARCH = {  # name: (body, status, words)
    "empty": (b"", 422, "the body: is missing"),
    "null": (b"null", 422, "the body"),
    "a list": (b"[]", 422, "the body"),
    "a string": (b'"text"', 422, "the body"),
    "a number": (b"3", 422, "the body"),
    "torn": (b'{"text": "a', 400, "not valid JSON"),
    "torn after a name": (b'{"text"', 400, "not valid JSON"),
    "too much": (b'{"text": "a"}}', 400, "not valid JSON"),
    "bytes": (bytes(range(256)), 400, "not valid JSON"),
    "no UTF-8": (b'{"text": "\xff\xfe"}', 400, "not valid JSON"),
    "deep lists": (b"[" * DEEP + b"]" * DEEP, 400, "not valid JSON"),
    "deep tables": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, 400, "not valid JSON"),
    "deep features": (b'{"modality": "text", "features": ' + b"[" * 500 + b"]" * 500 + b"}", 422, "features.0"),
    "a number of 5,000 digits": (b'{"text": "a", "k": ' + b"1" * 5000 + b"}", 400, "not valid JSON"),
    "seventy thousand fields": ({f"f{i}": 0 for i in range(70_000)}, 422, "no field 'f0'"),
    "features: a quarter of a million tables": (
        b'{"modality": "text", "features": [' + b"{}," * 250_000 + b"{}]}",
        422,
        "features.0",
    ),
    "within: a quarter of a million tables": (
        b'{"text": "a", "within": [' + b"{}," * 250_000 + b"{}]}",
        422,
        "within.0",
    ),
    "no query": ({}, 422, "exactly one of"),
    "two queries": ({"text": "a", "row": 1}, 422, "exactly one of"),
    "an unknown field": ({"text": "a", "__class__": 1}, 422, "__class__"),
    "text: a number": ({"text": 3}, 422, "text: expected a string"),
    "text: a list": ({"text": ["a"]}, 422, "text"),
    "text: nothing": ({"text": ""}, 422, "text: expected at least 1 character(s)"),
    "text: too long": ({"text": "a" * 2001}, 422, "--max-characters"),
    "text: half a letter": (b'{"text": "\\ud800"}', 422, "text"),
    "features: NaN": (b'{"features": [NaN], "modality": "text"}', 422, "finite"),
    "features: Infinity": (b'{"features": [Infinity], "modality": "text"}', 422, "finite"),
    "features: 1e400": (b'{"features": [1e400], "modality": "text"}', 422, "finite"),
    "features: too large for float32": ({"features": [1e39] * 60, "modality": "text"}, 422, "finite in float32"),
    "features: 10 ** 400": (f'{{"features": [{HUGE}], "modality": "text"}}'.encode(), 422, "features"),
    "features: none": ({"features": [], "modality": "text"}, 422, "features"),
    "features: words": ({"features": ["1"], "modality": "text"}, 422, "features.0"),
    "features: truth values": ({"features": [True], "modality": "text"}, 422, "features.0"),
    "features: wrong width": ({"features": [1.0, 2.0], "modality": "image"}, 422, "features"),
    "features: no modality": ({"features": [1.0]}, 422, "modality"),
    "features: another modality": ({"features": [1.0], "modality": "audio"}, 422, "modality"),
    "modality with a text": ({"text": "a", "modality": "image"}, 422, "modality"),
    "k: 0": ({"text": "a", "k": 0}, 422, "k: expected at least 1"),
    "k: -1": ({"text": "a", "k": -1}, 422, "k"),
    "k: 10 ** 9": ({"text": "a", "k": 10**9}, 422, "--max-k"),
    "k: 10 ** 400": (f'{{"text": "a", "k": {HUGE}}}'.encode(), 422, "k"),
    "k: 1.5": ({"text": "a", "k": 1.5}, 422, "k: expected a whole number"),
    "k: a string": ({"text": "a", "k": "5"}, 422, "k"),
    "k: true": ({"text": "a", "k": True}, 422, "k"),
    "k: null": ({"text": "a", "k": None}, 422, "k"),
    "k: NaN": (b'{"text": "a", "k": NaN}', 422, "k"),
    "radius: -1": ({"text": "a", "radius": -1}, 422, "radius"),
    "radius: 0.5": ({"text": "a", "radius": 0.5}, 422, "radius"),
    "rescore: 0": ({"text": "a", "rescore": 0}, 422, "rescore"),
    "rescore: 10 ** 9": ({"text": "a", "rescore": 10**9}, 422, "--max-k"),
    "rescore: less than k": ({"text": "a", "k": 10, "rescore": 5}, 422, "rescore"),
    "rescore without outputs": ({"row": 1, "rescore": 10}, 422, "real-valued"),
    "within: none": ({"text": "a", "within": []}, 422, "within"),
    "within: an unknown id": ({"text": "a", "within": ["nobody"]}, 422, "nobody"),
    "within: a path": ({"text": "a", "within": ["../../etc/passwd"]}, 422, "../../etc/passwd"),
    "within: a list": ({"text": "a", "within": [["a"]]}, 422, "within.0: expected a string or a whole number"),
    "within: null": ({"text": "a", "within": [None]}, 422, "within.0"),
    "within: a long id": ({"text": "a", "within": ["x" * 500_000]}, 422, "xxx"),
    "within: too many": ({"text": "a", "within": [0] * 100_001}, 422, "--max-within"),
    "row: -1": ({"row": -1}, 422, "row"),
    "row: beyond the end": ({"row": 10**9}, 404, "there is no row"),
    "row: 2 ** 63": ({"row": 2**63}, 404, "there is no row"),
    "row: a path": ({"row": "../0"}, 422, "row"),
    "row: 1.0": (b'{"row": 1.5}', 422, "row"),
    "code: nothing": ({"code": ""}, 422, "code"),
    "code: not hexadecimal": ({"code": "zz" * 8}, 422, "code"),
    "code: half a byte": ({"code": "abc"}, 422, "code: expected a code in small hexadecimal digits"),
    "code: too short": ({"code": "ab"}, 422, "16 digits"),
    "code: too long": ({"code": "ab" * 9}, 422, "16 digits"),
    "code: very long": ({"code": "ab" * 400_000}, 422, "code"),
    "find: something else": ({"text": "a", "find": "audio"}, 422, "find: expected 'image' or 'text'"),
    "picture: a path": ({"picture": "/etc/passwd"}, 422, "picture"),
    "picture: an address": ({"picture": "http://127.0.0.1/secret.png"}, 422, "base64"),
    "picture: no base64": ({"picture": "§§§§"}, 422, "base64"),
    "picture: nothing": ({"picture": ""}, 422, "picture"),
    "picture: an empty address of data": ({"picture": "data:image/png;base64,"}, 422, "picture"),
}
ENCODE = {
    "texts: none": ({"texts": []}, 422, "texts"),
    "texts: one string": ({"texts": "a red wedge"}, 422, "texts"),
    "texts: too many": ({"texts": ["a"] * 257}, 422, "--max-items"),
    "texts: an empty one": ({"texts": ["a", ""]}, 422, "texts.1"),
    "texts: a long one": ({"texts": ["a", "b" * 2001]}, 422, "--max-characters"),
    "features: rows of two lengths": ({"features": [[1.0], [1.0, 2.0]], "modality": "text"}, 422, "same length"),
    "features: a row, no table": ({"features": [1.0], "modality": "text"}, 422, "features.0"),
    "features: an empty row": ({"features": [[]], "modality": "text"}, 422, "features.0"),
    "features: too many": ({"features": [[1.0]] * 257, "modality": "text"}, 422, "--max-items"),
    "pictures: too many": ({"pictures": [base64_of(drawn())] * 257}, 422, "--max-items"),
    "pictures: too many pixels together": ({"pictures": [base64_of(plain((600, 600)))] * 3}, 413, "together"),
    "two kinds": ({"texts": ["a"], "pictures": ["b"]}, 422, "exactly one of"),
}
ADDRESSES = {
    "a path in a row": ("GET", "/pictures/image/..%2f..%2f..%2fetc%2fpasswd", 404),
    "a path": ("GET", "/pictures/image/../../../../etc/passwd", 404),
    "dots": ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
    "two slashes": ("GET", "//etc/passwd", 404),
    "a part of the page with dots": ("GET", "/page.css/../../service.py", 404),
    "a null byte": ("GET", "/pictures/image/1%00.png", 422),
    "another modality": ("GET", "/pictures/audio/1", 422),
    "a row that is none": ("GET", "/pictures/image/0x1", 422),
    "a row below": ("GET", "/pictures/image/-1", 422),
    "a row beyond": ("GET", "/pictures/image/99999999", 404),
    "a row of 5,000 digits": ("GET", "/pictures/image/" + "9" * 5000, 422),
    "no such page": ("GET", "/admin", 404),
    "the pages of the framework": ("GET", "/docs", 404),
    "another method": ("PUT", "/search", 405),
    "a method of nobody": ("BREW", "/search", 405),
    "TRACE": ("TRACE", "/", 405),
    "a question without a body": ("GET", "/search", 405),
}


def refused(answer, status, words):
    assert answer.status == status, answer.body[:300]
    assert set(answer.said) == {"error", "status", "request_id"}
    assert words in answer.said["error"]
    assert not re.search("Input should|should have|Field required|Extra inputs|Value error", answer.said["error"])
    assert len(answer.said["error"]) < 700
    more = re.search(r"and (\d+) more", answer.said["error"])  # a fault is not looked for a million times
    assert more is None or int(more[1]) < 10
    assert answer.said["status"] == status
    assert answer.headers["x-request-id"] == answer.said["request_id"]


@pytest.fixture(scope="module", autouse=True)
def up_afterwards(service):
    """The service gives the same answer before and after all of it, and has not grown by what was sent."""
    question = {"text": "a red wedge", "k": 5}
    before, held = service.ask("/search", question).said, service.memory()
    service.forget_peak()
    yield
    assert service.ask("/search", question).said == before
    assert service.memory("VmHWM") - held < 100e6
    assert "Traceback" not in service.log.read_text()


@pytest.mark.parametrize("name", SEARCH)
def test_questions(service, name):
    refused(service.ask("/search", SEARCH[name][0]), *SEARCH[name][1:])


@pytest.mark.parametrize("name", ENCODE)
def test_items_to_encode(service, name):
    refused(service.ask("/encode", ENCODE[name][0]), *ENCODE[name][1:])


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(service, name):
    content, status, words = PICTURES[name]
    refused(service.ask("/search", {"picture": base64_of(content), "k": 1}), status, words)
    refused(service.ask("/encode", {"pictures": [base64_of(drawn()), base64_of(content)]}), status, words)


@pytest.mark.parametrize("name", ADDRESSES)
def test_addresses(service, name):
    method, path, status = ADDRESSES[name]
    answer = service.ask(path, method=method)
    assert answer.status == status
    assert b"root:" not in answer.body
    assert json.loads(answer.body)["status"] == status


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "image/png"]
)
def test_kinds_of_bodies(service, kind):
    body = json.dumps({"text": "a"}).encode()
    refused(service.ask("/search", body, headers={"Content-Type": kind}), 415, "JSON")
