"""Errors as programs and people read them: a status, a stable code and one clear sentence."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Final

import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from picklebot.errors import (
    ConflictError,
    NotFoundError,
    PicklebotError,
    StorageError,
    UsageError,
    UsedUpError,
)

log = structlog.get_logger()

_STATUS: Final[Mapping[type[PicklebotError], int]] = {
    NotFoundError: 404,
    ConflictError: 409,
    UsageError: 422,
    UsedUpError: 429,
    StorageError: 503,
}
_SENTENCES: Final = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
}


class Problem(HTTPException):
    """A refusal with a code of its own."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail=message, headers=headers)
        self.code = code


def problem_response(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The one shape of every error: `{"error": {"code", "message"}}`."""
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def install(app: FastAPI) -> None:
    """Answer every error of the app in that shape, and never with a stack trace."""
    app.add_exception_handler(StarletteHTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(PicklebotError, _ours)
    app.add_exception_handler(Exception, _unexpected)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StarletteHTTPException)
    if isinstance(error, Problem):
        return problem_response(error.status_code, error.code, error.detail, error.headers)
    code = HTTPStatus(error.status_code).name.lower()
    return problem_response(
        error.status_code, code, _SENTENCES.get(error.status_code, str(error.detail)), error.headers
    )


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem_response(422, "invalid", sentence_of(error))


async def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PicklebotError)
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
    if status >= 500:
        log.error("request failed", path=request.url.path, code=error.code, error=str(error))
    headers = {"retry-after": str(ceil(error.seconds))} if isinstance(error, UsedUpError) else None
    return problem_response(status, error.code, str(error), headers)


async def _unexpected(_: Request, __: Exception) -> JSONResponse:
    # The server logs the traceback; it is no use to whoever asked.
    return problem_response(500, "internal", "Something went wrong inside picklebot; its log says what.")


def sentence_of(error: RequestValidationError) -> str:
    """The first fault of a request as one sentence, without repeating the input."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return "The body is not valid JSON."
    place = ".".join(str(part) for part in first["loc"] if part not in {"body", "query", "path", "header"})
    return f"{place or 'The body'}: {first['msg'].removeprefix('Value error, ')}."
