"""The gateway: HELLO, IDENTIFY, RESUME, heartbeats, dispatches, and closing for the right reason."""

import json
import secrets
from typing import Any, Final, cast

import anyio
from aiohttp import WSMsgType, web

from picklebot.sandbox.discord.feed import Happening, Json
from picklebot.sandbox.discord.gateway.codes import Close, Op
from picklebot.sandbox.discord.gateway.connection import CLOSE_PATIENCE, Connection
from picklebot.sandbox.discord.gateway.session import Session
from picklebot.sandbox.discord.intents import (
    GUILD_MEMBERS,
    GUILDS,
    MESSAGE_CONTENT,
    PRIVILEGED,
    admits,
    withhold_content,
)
from picklebot.sandbox.discord.payloads import guild_payload, member_payload, user_payload
from picklebot.sandbox.discord.world import World

SESSIONS_KEPT = 8

ACK_PAUSE: Final = 0.03
"""Seconds until a heartbeat is acknowledged, as on a network. discord.py notes a moment late that it sent one; of an
answer that is there before, it warns as of one to the heartbeat before."""


class Gateway:
    """Carries what happens to the bot's sessions. Counters: `identifies`, `resumes`."""

    def __init__(
        self,
        world: World,
        *,
        token: str,
        url: str,
        heartbeat: float,
    ) -> None:
        self._world = world
        self._token = token
        self._url = url
        self._heartbeat = heartbeat
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self.identifies = 0
        self.resumes = 0

    # -- what tests and people do to it --------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether a session has a connection now."""
        return any(each.connection is not None for each in self._sessions.values())

    def disconnect(self, code: int | None = Close.UNKNOWN_ERROR) -> None:
        """Close every connection with this code, or with None break it without a word; sessions can be resumed."""
        for connection in tuple(self._connections):
            if code is None:
                connection.cut()
            else:
                connection.close(code)

    def reconnect(self) -> None:
        """Ask every client to reconnect and resume (op 7)."""
        for connection in tuple(self._connections):
            connection.send_op(Op.RECONNECT)

    def invalidate(self) -> None:
        """Forget every session and say so (op 9): what happens until the next IDENTIFY is told to nobody."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            if session.connection is not None:
                session.connection.send_op(Op.INVALID, data=False)

    def inject(self, event: str, data: Json) -> None:
        """Dispatch anything to every session, whatever its intents, however odd."""
        for session in self._sessions.values():
            session.push(event, data)

    async def wait_connected(self, timeout: float = 5.0) -> None:
        """Return when a session is connected. Raises TimeoutError."""
        await self._world.feed.until(lambda: self.connected or None, timeout, "a gateway session")

    async def wait_disconnected(self, timeout: float = 5.0) -> None:
        """Return when no session is connected. Raises TimeoutError."""
        await self._world.feed.until(lambda: True if not self.connected else None, timeout, "the bot to go")

    # -- dispatches ----------------------------------------------------------------------------------

    def carry(self, happening: Happening) -> None:
        """Tell each session what its intents let it know."""
        if not happening.for_bot:
            return
        for session in self._sessions.values():
            if admits(happening.name, happening.data, session.intents):
                session.push(happening.name, self._shown(happening, session))

    def _shown(self, happening: Happening, session: Session) -> Json:
        said_in_guild = (
            happening.name in {"MESSAGE_CREATE", "MESSAGE_UPDATE"} and "guild_id" in happening.data
        )
        if said_in_guild and not session.intents & MESSAGE_CONTENT:
            return withhold_content(happening.data, self._world.bot.id)
        return happening.data

    # -- one connection ------------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Hold one connection until either side ends it. Frames are plain text, also when zlib was asked for."""
        socket = web.WebSocketResponse(timeout=CLOSE_PATIENCE)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self._connections.add(connection)
        given_up = False
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(connection.write)
                given_up = await self._converse(socket, connection)
                connection.finish()
                tasks.cancel_scope.deadline = anyio.current_time() + 2 * CLOSE_PATIENCE
        finally:
            self._part(connection, given_up=given_up)
        return socket

    async def _converse(self, socket: web.WebSocketResponse, connection: Connection) -> bool:
        """Obey frames until the end; whether the client gave its session up by closing with 1000 or 1001."""
        connection.send_op(Op.HELLO, {"heartbeat_interval": int(self._heartbeat * 1000)})
        silent_at = anyio.current_time() + 2 * self._heartbeat
        while True:
            frame = None
            with anyio.CancelScope(deadline=silent_at):
                frame = await socket.receive()
            if frame is None:
                await socket.close(code=Close.TIMED_OUT)
                return False
            if frame.type is not WSMsgType.TEXT:
                return frame.type is WSMsgType.CLOSE and frame.data in {1000, 1001}
            try:
                op, data = _parsed(frame.data)
                if op == Op.HEARTBEAT:
                    await anyio.sleep(ACK_PAUSE)
                refusal = self._obey(connection, op, data)
            except (ValueError, TypeError):
                refusal = Close.BAD_FRAME
            else:
                silent_at = anyio.current_time() + 2 * self._heartbeat if op == Op.HEARTBEAT else silent_at
            if refusal is not None:
                connection.close(refusal)

    def _obey(self, connection: Connection, op: int, data: Json) -> Close | None:
        """Do what a frame asks; the close code when it may not. Raises ValueError or TypeError for an odd frame."""
        session = next((each for each in self._sessions.values() if each.connection is connection), None)
        match op:
            case Op.HEARTBEAT:
                connection.send_op(Op.ACK)
            case Op.IDENTIFY:
                return self._identify(connection, data) if session is None else Close.IDENTIFIED_TWICE
            case Op.RESUME:
                return self._resume(connection, data)
            case Op.MEMBERS | Op.PRESENCE | Op.VOICE if session is None:
                return Close.NOT_IDENTIFIED
            case Op.MEMBERS if session is not None:
                self._send_members(session, data)
            case Op.PRESENCE | Op.VOICE:
                return None
            case _:
                return Close.UNKNOWN_OP
        return None

    def _identify(self, connection: Connection, data: Json) -> Close | None:
        self.identifies += 1
        intents = int(data.get("intents") or 0)
        if not self._world.identifies.take() or data.get("token") != self._token:
            return Close.BAD_TOKEN
        if intents & PRIVILEGED & ~self._world.approved:
            return Close.INTENTS_REFUSED
        session = Session(secrets.token_hex(16), intents, connection)
        self._sessions[session.id] = session
        if len(self._sessions) > SESSIONS_KEPT:
            del self._sessions[next(iter(self._sessions))]
        self._greet(session, data)
        self._world.feed.publish("gateway", {"connected": True, "resumed": False}, for_bot=False)
        return None

    def _greet(self, session: Session, data: Json) -> None:
        bot, guilds = self._world.bot, list(self._world.guilds.values())
        ready: Json = {
            "v": 10,
            "user": user_payload(bot),
            "session_id": session.id,
            "resume_gateway_url": self._url,
            "guilds": [{"id": str(each.id), "unavailable": True} for each in guilds],
            "application": {"id": str(self._world.application_id), "flags": self._world.application_flags},
        }
        if "shard" in data:
            ready["shard"] = data["shard"]
        session.push("READY", ready)
        if session.intents & GUILDS:
            everybody = bool(session.intents & GUILD_MEMBERS)
            for guild in guilds:
                session.push("GUILD_CREATE", guild_payload(guild, bot, everybody=everybody))

    def _resume(self, connection: Connection, data: Json) -> Close | None:
        if data.get("token") != self._token:
            return Close.BAD_TOKEN
        session = self._sessions.get(str(data.get("session_id")))
        missed = None if session is None else session.missed(int(data.get("seq") or 0))
        if session is None or missed is None:
            connection.send_op(Op.INVALID, data=False)
            return None
        if session.connection is not None:
            session.connection.close(Close.UNKNOWN_ERROR)
        session.connection = connection
        self.resumes += 1
        for frame in missed:
            connection.send(frame)
        session.push("RESUMED", {})
        self._world.feed.publish("gateway", {"connected": True, "resumed": True}, for_bot=False)
        return None

    def _send_members(self, session: Session, data: Json) -> None:
        """Answer op 8; without the members intent nobody is found."""
        guild = self._world.guilds.get(int(data.get("guild_id") or 0))
        if guild is None:
            return
        wanted = {int(each) for each in data.get("user_ids") or ()}
        query = str(data.get("query") or "").lower()
        people = list(guild.members.values()) if session.intents & GUILD_MEMBERS else []
        found = [
            each
            for each in people
            if each.id in wanted or (not wanted and each.name.lower().startswith(query))
        ]
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [{**member_payload(guild, each), "user": user_payload(each)} for each in found],
            "chunk_index": 0,
            "chunk_count": 1,
        }
        session.push("GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if "nonce" in data else {}))

    def _part(self, connection: Connection, *, given_up: bool) -> None:
        self._connections.discard(connection)
        connection.finish()
        for session in tuple(self._sessions.values()):
            if session.connection is connection:
                session.connection = None
                if given_up:
                    del self._sessions[session.id]
        self._world.feed.publish("gateway", {"connected": self.connected}, for_bot=False)


def _parsed(text: str) -> tuple[int, Json]:
    """A frame's op and data; a heartbeat's data is a bare number, which nothing here needs."""
    frame: Any = json.loads(text)
    if not isinstance(frame, dict):
        raise TypeError("a frame is an object")
    fields = cast("Json", frame)
    data: Any = fields.get("d")
    return int(fields.get("op", -1)), cast("Json", data) if isinstance(data, dict) else {}
