"""The application: addresses, and what stands before them."""

from __future__ import annotations

import contextlib
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Body, FastAPI, Path, Response
from fastapi.concurrency import run_in_threadpool
from prometheus_client import CONTENT_TYPE_LATEST

from hint_train.serving.answers import About, Encoded, Found, Health, Refusal
from hint_train.serving.guard import Guard
from hint_train.serving.limits import Limits
from hint_train.serving.measures import Measures
from hint_train.serving.questions import EncodeQuestion, Modality, SearchQuestion
from hint_train.serving.refusals import say_refusals
from hint_train.serving.service import Service
from hint_train.serving.shown import Shown

if TYPE_CHECKING:
    import pathlib
    from collections.abc import AsyncIterator, Mapping

    from hint_train.encoding.saved import SavedRun
    from hint_train.search.index import Index

_PAGE = {
    "": ("index.html", "text/html"),
    "page.css": ("page.css", "text/css"),
    "page.js": ("page.js", "text/javascript"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": words}
    for status, words in {
        400: "The body is not valid JSON",
        408: "The body did not arrive in time",
        413: "The body or a picture is too large",
        415: "The body is not said to be JSON",
        422: "A field is wrong",
        500: "The service failed",
        503: "Too much to do; try again in a second",
    }.items()
}


def create_app(
    run: SavedRun,
    indexes: Mapping[Modality, Index],
    *,
    shown: Shown | None = None,
    limits: Limits | None = None,
    seed: int | None = None,
    weights: pathlib.Path | None = None,
) -> FastAPI:
    """The service as an ASGI application, for any server of these.

    Parameters
    ----------
    run
        From `hint_train.load`.
    indexes
        Codes that are searched, by modality, such as `{"image": run.index()}`; all of one length.
    shown
        Captions, pictures and the tree; `hint_train.serving.start.what_is_shown` gathers them.
    limits
        Bounds of requests.
    seed
        Of the run's networks, where it has several.
    weights
        Of the network that makes the run's features, where there is one.

    Raises
    ------
    ConfigError
        An index holds codes of another model, or of another length.
    """
    limits, measures = limits or Limits(), Measures()
    service = Service(run, indexes, shown or Shown(), limits, measures, seed=seed, weights=weights)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.open():
            yield

    app = FastAPI(
        title="hint-serve",
        description="Codes of texts and pictures, and the items whose codes are nearest.",
        version="1",
        docs_url=None,  # its page asks another host for its parts
        redoc_url=None,
        lifespan=lifespan,
    )
    app.add_middleware(Guard, limits=limits, measures=measures, json=("/encode", "/search"))
    say_refusals(app)
    _page(app)

    @app.post("/encode", responses=_REFUSALS)
    async def encode(question: Annotated[EncodeQuestion, Body()]) -> Encoded:
        """Codes of texts, of pictures, or of rows of features."""
        return await service.encode(question)

    @app.post("/search", responses={**_REFUSALS, 404: {"model": Refusal, "description": "There is no such row"}})
    async def search(question: Annotated[SearchQuestion, Body()]) -> Found:
        """The items nearest to a text, a picture, features, an item of the index, or a code."""
        return await service.search(question)

    @app.get(
        "/pictures/{find}/{row}",
        response_class=Response,
        responses={
            200: {"content": {"image/png": {}, "image/jpeg": {}}, "description": "At most 320 x 320 pixels"},
            404: {"model": Refusal, "description": "There is no picture of this row"},
            422: {"model": Refusal, "description": "No modality, or no number"},
        },
    )
    async def picture(find: Modality, row: Annotated[int, Path(ge=0, lt=2**63)]) -> Response:
        """A small picture of a row of an index."""
        content = await service.picture(row, find)
        kind = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
        return Response(content, media_type=kind, headers={"Cache-Control": "private, max-age=3600"})

    @app.get("/info")
    async def info() -> About:
        """What the service holds and takes."""
        return service.about()

    @app.get("/healthz")
    async def healthz() -> Health:
        """Answers as long as the service is up."""
        return Health()

    @app.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """Counters for Prometheus."""
        return Response(await run_in_threadpool(measures.page), media_type=CONTENT_TYPE_LATEST)

    return app


def _page(app: FastAPI) -> None:
    """The page and its parts, which are read once."""
    folder = files("hint_train.serving") / "page"
    for address, (file, kind) in _PAGE.items():
        content = (folder / file).read_bytes()

        async def part(content: bytes = content, kind: str = kind) -> Response:
            return Response(content, media_type=f"{kind}; charset=utf-8", headers={"Cache-Control": "no-cache"})

        app.add_api_route(f"/{address}", part, methods=["GET"], include_in_schema=False)
