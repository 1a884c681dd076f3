"""`picklebot chat`: one question, one answer on stdout and nothing else."""

from __future__ import annotations

import getpass
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Protocol
from uuid import uuid4

from cyclopts import Parameter

from picklebot.api.gateway import SessionWish
from picklebot.api.inside import AppGateway
from picklebot.app import load_agents, open_app
from picklebot.cli.running import RunningGateway, find_running
from picklebot.cli.workspace import WorkspaceOption, load_workspace
from picklebot.config.load import Loaded
from picklebot.config.lock import WorkspaceLock
from picklebot.config.workspace import Workspace
from picklebot.errors import PicklebotError, UsageError
from picklebot.logs import configure
from picklebot.model.events import Failed, Final
from picklebot.model.session import is_session_id
from picklebot.ports.platform import Receipt

SessionOption = Annotated[
    str, Parameter(name="--session", help="last (go on, the default), new, or a session's id.")
]


class Door(Protocol):
    """A way to a gateway: the one that runs already, or our own."""

    async def session(self, wish: SessionWish) -> str:
        """The id of the speaker's session, made when there is none or a fresh one is wished for."""
        ...

    async def ask(self, session_id: str, text: str) -> str:
        """The answer. Raises NotFoundError for an unknown session, PicklebotError for a failed turn."""
        ...


async def chat(
    *words: Annotated[str, Parameter(allow_leading_hyphen=True)],
    session: SessionOption = "last",
    workspace: WorkspaceOption = None,
) -> None:
    """Say something to an agent and print its answer.

    Without words, the message is read from standard input.

    Parameters
    ----------
    words
        @AGENT to choose an agent, then the message.
    """
    configure("error")
    agent, text = split_words(words)
    if not text and not sys.stdin.isatty():
        text = sys.stdin.read().strip()
    if not text:
        raise UsageError('there is nothing to say; write: picklebot chat "hello"')
    if session not in {"last", "new"} and not is_session_id(session):
        raise UsageError(f"--session is last, new or a session's id, not {session!r}")
    place, loaded = load_workspace(workspace)
    async with _open_door(place, loaded) as door:
        if session in {"last", "new"}:
            wish = SessionWish("console", getpass.getuser(), agent=agent, fresh=session == "new")
            session = await door.session(wish)
        reply = await door.ask(session, text)
    print(reply)


def split_words(words: tuple[str, ...]) -> tuple[str | None, str]:
    """The agent that a leading `@name` chooses, and the message."""
    if words and words[0].startswith("@") and len(words[0]) > 1:
        return words[0][1:], " ".join(words[1:]).strip()
    return None, " ".join(words).strip()


@asynccontextmanager
async def _open_door(place: Workspace, loaded: Loaded) -> AsyncGenerator[Door]:
    async with find_running(place, loaded) as running:
        if running is not None:
            yield RunningDoor(running)
            return
    with WorkspaceLock(place):
        async with open_app(place, loaded, load_agents(place, loaded), listen=False) as app:
            yield OwnDoor(AppGateway(app))
            await app.drain()


class RunningDoor:
    """Through the gateway that runs, by its HTTP API."""

    def __init__(self, gateway: RunningGateway) -> None:
        self._gateway = gateway

    async def session(self, wish: SessionWish) -> str:
        body = {"platform": wish.platform, "speaker": wish.speaker, "agent": wish.agent, "fresh": wish.fresh}
        return str((await self._gateway.post("/api/v1/sessions", body))["id"])

    async def ask(self, session_id: str, text: str) -> str:
        body = {"text": text, "message_id": uuid4().hex}
        return str((await self._gateway.post(f"/api/v1/sessions/{session_id}/messages", body))["reply"])


class OwnDoor:
    """Through a gateway of our own, without platforms."""

    def __init__(self, gateway: AppGateway) -> None:
        self._gateway = gateway

    async def session(self, wish: SessionWish) -> str:
        return (await self._gateway.open_session(wish)).session.id

    async def ask(self, session_id: str, text: str) -> str:
        message_id = uuid4().hex
        with self._gateway.hub.subscribe(session_id, only_reply_to=message_id) as replies:
            receipt = await self._gateway.post(session_id, text, message_id)
            if receipt is not Receipt.ACCEPTED:
                raise PicklebotError(
                    "too many messages wait in this session; try again when some are answered"
                )
            async for item in replies:
                match item.event:
                    case Final(text=reply):
                        return reply
                    case Failed(text=reason):
                        raise PicklebotError(reason)
                    case _:
                        continue
        raise PicklebotError("the gateway stopped before it answered; ask again")
