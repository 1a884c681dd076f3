"""Files that agents wrote: `/api/v1/sessions/{id}/results`, and `/files/` for whoever has a link to one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from picklebot.api.access import GatewayOf
from picklebot.api.download import Download
from picklebot.api.sessions import find_session
from picklebot.errors import NotFoundError
from picklebot.ports.results import OpenFile, ResultFile

router = APIRouter(prefix="/sessions", tags=["results"])
links = APIRouter(include_in_schema=False)

_BYTES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
    404: {"description": "there is no such session, or no such file"},
}


class ResultView(BaseModel):
    """A file that an agent wrote. `size` is in bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    size: int
    modified: datetime
    media_type: str

    @classmethod
    def of(cls, file: ResultFile) -> ResultView:
        """Show a file."""
        return cls(path=file.path, size=file.size, modified=file.modified, media_type=file.media_type)


class ResultList(BaseModel):
    """The files of a session, by path."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    results: list[ResultView]


@router.get("/{session_id}/results")
async def list_results(gateway: GatewayOf, session_id: str) -> ResultList:
    """The files that the session's agent wrote."""
    session = await find_session(gateway, session_id)
    files = await gateway.shelf.results.files(session.id)
    return ResultList(results=[ResultView.of(file) for file in files])


@router.get("/{session_id}/results/{path:path}", response_class=Response, responses=_BYTES)
async def fetch_result(gateway: GatewayOf, session_id: str, path: str) -> Response:
    """One of them."""
    session = await find_session(gateway, session_id)
    return _download(await gateway.shelf.open(session.id, path))


@links.get("/files/{handle}")
async def fetch_link(gateway: GatewayOf, handle: str) -> Response:
    """What a link leads to. Whoever has it may have that, and needs nothing else."""
    return _download(await gateway.shelf.fetch(handle))


def _download(file: OpenFile | None) -> Response:
    if file is None:
        raise NotFoundError("There is no such file, or not any more.")
    return Download(file)
