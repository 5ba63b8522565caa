"""What a refused request is told: one shape, one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from hint_train.errors import TrainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request

_LONGEST = 500
"""Letters of a message, which may name an id that was sent."""
_WORDS = {
    404: "there is nothing here; the service answers at /, /encode, /search, /info, /pictures, /healthz, /metrics and /openapi.json",
    405: "this address does not take that method",
    400: "the body is not valid JSON",
}

_FAULTS = {
    "missing": "is missing",
    "extra_forbidden": "there is no such field",
    "model_attributes_type": "expected an object in JSON",
    "model_type": "expected an object in JSON",
    "string_type": "expected a string",
    "string_unicode": "expected a string, and this one holds half a letter",
    "string_too_short": "expected at least {min_length} character(s)",
    "string_pattern_mismatch": "expected a code in small hexadecimal digits, two for each byte",
    "list_type": "expected a list",
    "too_short": "expected at least {min_length} item(s), got {actual_length}",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_parsing_size": "expected a whole number of fewer digits",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "literal_error": "expected {expected}",
    "greater_than_equal": "expected at least {ge}",
    "less_than": "expected less than {lt}",
}
"""What is wrong with a field, by the name that the library that checks bodies has for it."""
_TYPES_OF_IDS = ("str", "int")
"""What the place of a fault ends with where a value may be either."""


class RefusedError(Exception):
    """A request that is not answered.

    Parameters
    ----------
    status
        HTTP status.
    message
        One sentence: what, where, what to do.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def refusal(status: int, message: str, request_id: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer to a refused request."""
    more = {"Retry-After": "1"} if status == 503 else {}
    content = {"error": message[:_LONGEST], "status": status, "request_id": request_id}
    return JSONResponse(content, status, {**(headers or {}), **more})


def say_refusals(app: FastAPI) -> None:
    """Let everything that a request can do wrong end in `refusal`."""

    async def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RefusedError)
        return refusal(error.status, str(error), request.state.request_id)

    async def bad_data(request: Request, error: Exception) -> JSONResponse:
        return refusal(422, str(error), request.state.request_id)

    async def bad_fields(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        status = 400 if any(one["type"] == "json_invalid" for one in error.errors()) else 422
        return refusal(status, _sentence(list(error.errors())), request.state.request_id)

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        words = _WORDS.get(error.status_code, str(error.detail))
        return refusal(error.status_code, words, request.state.request_id, error.headers)

    app.add_exception_handler(RefusedError, refused)
    app.add_exception_handler(TrainError, bad_data)
    app.add_exception_handler(RequestValidationError, bad_fields)
    app.add_exception_handler(HTTPException, http)


def _sentence(errors: list[dict[str, Any]]) -> str:
    """The first of the faults with its place, and how many more there are; what was sent is not repeated."""
    first = errors[0]
    if first["type"] == "json_invalid":
        return f"the body is not valid JSON: {first['ctx']['error']} at character {first['loc'][-1]}"
    place = ".".join(str(part) for part in first["loc"][1:])[:100] or "the body"
    if first["loc"][-1] in _TYPES_OF_IDS:
        return f"{place.rpartition('.')[0]}: expected a string or a whole number"
    words = _FAULTS[first["type"]].format(**first.get("ctx", {})) if first["type"] in _FAULTS else str(first["msg"])
    words = words.removeprefix("Value error, ")
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{place}: {words}{more}"
