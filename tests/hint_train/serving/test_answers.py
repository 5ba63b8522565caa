"""The service gives the answers of the library, alone and in company."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hostile import base64_of, drawn, noise
from PIL import Image

from hint_train.data.sources.shapes import shapes

TEXTS = ["a red wedge", "two blue rings", "green star", "white cross near a disc", "wedge"]


@pytest.fixture(scope="module")
def data():
    return shapes()


@pytest.fixture(scope="module")
def indexes(run):
    return {modality: run.index(modality=modality) for modality in ("image", "text")}


def hexes(codes):
    return [row.tobytes().hex() for row in codes]


def same(answer, hits):
    """Rows, names and distances of an answer and of the library."""
    found = answer.said["hits"]
    assert [hit["row"] for hit in found] == [row for row in hits.rows[0].tolist() if row >= 0]
    assert [hit["id"] for hit in found] == hits.ids[0]
    assert [hit["distance"] for hit in found] == hits.distances[0][: len(found)].tolist()
    return found


def test_texts_pictures_and_features_are_encoded_as_the_library_does(service, run, data):
    said = service.ask("/encode", {"texts": TEXTS}).said
    assert said["codes"] == hexes(run.encode(TEXTS, modality="text"))
    assert (said["bits"], said["modality"], said["model"]) == (64, "text", run.digest)
    files = [drawn(), drawn("GIF"), noise(), drawn("WEBP")]
    opened = [Image.open(io.BytesIO(file)) for file in files]
    said = service.ask("/encode", {"pictures": [base64_of(file) for file in files]}).said
    assert said["codes"] == hexes(run.encode(opened, modality="image"))
    for modality, rows in (("image", data.image[:5]), ("text", data.text[:5])):
        said = service.ask("/encode", {"features": rows.tolist(), "modality": modality}).said
        assert said["codes"] == hexes(run.encode(rows, modality=modality))


@pytest.mark.parametrize("find", ["image", "text"])
@pytest.mark.parametrize("text", TEXTS)
def test_words_find_what_the_library_finds(service, run, indexes, text, find):
    answer = service.ask("/search", {"text": text, "find": find, "k": 7})
    code = run.encode([text], modality="text")
    same(answer, indexes[find].search(code, 7))
    assert answer.said["code"] == code.tobytes().hex()
    assert (answer.said["modality"], answer.said["find"]) == ("text", find)


def test_pictures_features_rows_and_codes_find_what_the_library_finds(service, run, indexes, data):
    code = run.encode([Image.open(io.BytesIO(drawn()))], modality="image")
    same(service.ask("/search", {"picture": base64_of(drawn()), "k": 5}), indexes["image"].search(code, 5))
    address = "data:image/png;base64," + base64_of(drawn())
    same(service.ask("/search", {"picture": address, "k": 5}), indexes["image"].search(code, 5))
    same(service.ask("/search", {"code": code.tobytes().hex(), "k": 5}), indexes["image"].search(code, 5))
    code = run.encode(data.text[3:4], modality="text")
    body = {"features": data.text[3].tolist(), "modality": "text", "k": 5}
    same(service.ask("/search", body), indexes["image"].search(code, 5))
    own = indexes["image"].codes[17:18]
    same(service.ask("/search", {"row": 17, "k": 5}), indexes["image"].search(own, 5))
    same(
        service.ask("/search", {"row": 17, "modality": "image", "find": "text", "k": 5}), indexes["text"].search(own, 5)
    )


def test_radius_ids_and_the_second_stage(service, run, indexes):
    code, outputs = run.encode([TEXTS[0]], modality="text"), run.outputs([TEXTS[0]], modality="text")
    index = indexes["image"]
    found = same(service.ask("/search", {"text": TEXTS[0], "k": 50, "radius": 4}), index.search(code, 50, radius=4))
    assert all(hit["distance"] <= 4 for hit in found)
    within = [index.ids[row] for row in (5, 900, 77)]
    same(service.ask("/search", {"text": TEXTS[0], "within": within}), index.search(code, 10, within=within))
    hits = index.search(code, 10, rescore=100, outputs=outputs)
    found = same(service.ask("/search", {"text": TEXTS[0], "rescore": 100}), hits)
    assert [hit["score"] for hit in found] == pytest.approx(hits.scores[0].tolist())


def test_hits_have_captions_pictures_and_communities(service, run, data):
    found = service.ask("/search", {"text": TEXTS[0], "k": 4}).said["hits"]
    for hit in found:
        number = run.items.ids.index(hit["id"])
        assert hit["caption"] == data.gallery.captions[number]
        answer = service.ask("/" + hit["picture"])
        assert answer.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(answer.body)) as picture:
            np.testing.assert_array_equal(np.asarray(picture), data.gallery.pictures[number])
        sizes = [community["size"] for community in hit["communities"]]
        assert sizes == sorted(sizes, reverse=True)
        assert [community["level"] for community in hit["communities"]] == list(range(1, len(sizes) + 1))


def test_many_at_a_time_get_the_answers_of_one_at_a_time(service):
    bodies = [
        {"texts": [f"{colour} {kind}"]} for colour in ("red", "blue", "green") for kind in ("star", "ring", "bar")
    ]
    bodies += [{"pictures": [base64_of(drawn())]}, {"texts": ["xyzzy"]}]
    alone = [service.ask("/encode", body).said.get("codes") for body in bodies]
    with ThreadPoolExecutor(22) as threads:
        together = list(threads.map(lambda body: service.ask("/encode", body).said.get("codes"), bodies * 4))
    assert together == alone * 4
    assert alone[-1] is None
    lines = service.ask("/metrics").body.decode().splitlines()
    count, total = (
        float(next(x for x in lines if x.startswith(f"hint_batch_items_{name}")).split()[-1])
        for name in ("count", "sum")
    )
    assert total > count  # some of them were encoded in one call


def test_words_that_the_run_does_not_know_have_no_code(service):
    answer = service.ask("/encode", {"texts": ["red", "xyzzy"]})
    assert answer.status == 422
    assert "text 1" in answer.said["error"]


def test_health_about_and_metrics(service, run):
    assert service.ask("/healthz").said == {"status": "ok"}
    about = service.ask("/info").said
    assert about["items"] == {"image": 2500, "text": 2500}
    assert (about["bits"], about["method"], about["model"]) == (64, "hint", run.digest)
    assert about["asks"] == ["image", "text"]
    assert about["training_pairs"] == 2500
    assert len(about["examples"]) == 12
    metrics = service.ask("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert b'hint_requests_total{method="GET",route="/healthz",status="200"}' in metrics.body
    assert b'hint_index_items{modality="image"} 2500.0' in metrics.body


def test_the_description_says_what_is_taken_and_answered(service):
    spec = service.ask("/openapi.json").said
    assert set(spec["paths"]) == {"/encode", "/search", "/pictures/{find}/{row}", "/info", "/healthz", "/metrics"}
    for path in ("/encode", "/search"):
        described = spec["paths"][path]["post"]
        assert {"200", "400", "413", "415", "422", "503"} <= set(described["responses"])
        name = described["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for example in spec["components"]["schemas"][name]["examples"]:
            assert service.ask(path, example).status == 200
    refusal = {"$ref": "#/components/schemas/Refusal"}
    assert spec["paths"]["/search"]["post"]["responses"]["422"]["content"]["application/json"]["schema"] == refusal


def test_the_page_needs_nobody_else(service):
    page = service.ask("/")
    assert page.status == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for part in ("page.css", "page.js", "icon.svg"):
        assert f'"{part}"'.encode() in page.body
        answer = service.ask("/" + part)
        assert answer.status == 200
        assert b"http" not in answer.body.replace(b"http://www.w3.org/", b"")
