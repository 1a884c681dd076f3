"""`picklebot sessions`: look at sessions without disturbing a gateway that runs."""

from __future__ import annotations

from typing import Any

import cyclopts

from picklebot.cli.listing import print_json, print_table, read_rows, time_text
from picklebot.cli.terminal import printable
from picklebot.cli.workspace import JsonOption, WorkspaceOption
from picklebot.errors import UnknownSessionError
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.session import Session, is_session_id
from picklebot.ports.storage import Transaction
from picklebot.storage.history import SqlHistory
from picklebot.storage.sessions import SqlSessions

app = cyclopts.App(name="sessions", help="Look at sessions.")


@app.command(name="list")
async def list_sessions(
    *,
    agent: str | None = None,
    platform: str | None = None,
    speaker: str | None = None,
    limit: int = 50,
    offset: int = 0,
    json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """List sessions, newest activity first.

    Parameters
    ----------
    agent
        Only sessions with this agent.
    platform
        Only sessions of this platform.
    speaker
        Only sessions of this speaker, as written in config.runtime.yaml.
    limit
        How many at most.
    offset
        How many to pass over.
    """
    found = await read_rows(
        workspace,
        lambda tx: SqlSessions().find(
            tx, platform=platform, agent=agent, speaker=speaker, limit=max(0, limit), offset=max(0, offset)
        ),
        missing=[],
    )
    if json:
        print_json([_session(session) for session in found])
        return
    print_table(
        ("session", "agent", "platform", "speaker", "messages", "last message"),
        [
            (
                it.id,
                it.agent,
                it.platform,
                it.speaker,
                str(it.message_count),
                time_text(it.last_message_at) or "-",
            )
            for it in found
        ],
    )


@app.command
async def show(
    session_id: str, /, *, limit: int = 50, json: JsonOption = False, workspace: WorkspaceOption = None
) -> None:
    """Show a session and its last messages.

    Parameters
    ----------
    session_id
        The session's id.
    limit
        How many messages at most.
    """

    def look(tx: Transaction) -> tuple[Session, list[HistoryMessage]] | None:
        session = SqlSessions().get(tx, session_id)
        if session is None:
            return None
        rows = SqlHistory().messages(tx, session_id, limit=max(0, limit))
        return session, [row for _, row in rows]

    found = await read_rows(workspace, look, missing=None) if is_session_id(session_id) else None
    if found is None:
        raise UnknownSessionError(session_id)
    session, messages = found
    if json:
        print_json({**_session(session), "messages": [_message(message) for message in messages]})
        return
    print(f"{session.id} with {session.agent}, {session.platform} {session.speaker}")
    print(f"{session.message_count} messages")
    for message in messages:
        who = message.role.value if message.role is Role.SUMMARY else message.agent or message.role.value
        print(f"\n{time_text(message.at)} {who}:\n{printable(message.text)}")
        for path in message.files:
            print(f"file: {printable(path)}")


def _session(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "agent": session.agent,
        "platform": session.platform,
        "speaker": session.speaker,
        "mode": session.mode.value,
        "title": session.title,
        "message_count": session.message_count,
        "created_at": time_text(session.created_at),
        "last_message_at": time_text(session.last_message_at),
    }


def _message(message: HistoryMessage) -> dict[str, Any]:
    return {
        "role": message.role.value,
        "agent": message.agent or None,
        "text": message.text,
        "at": time_text(message.at),
        "files": list(message.files),
    }
