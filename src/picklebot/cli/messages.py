"""`picklebot messages`: what became of each message, and another turn for those that failed."""

from __future__ import annotations

from typing import Any

import cyclopts

from picklebot.cli.listing import print_json, print_table, read_rows, time_text
from picklebot.cli.running import running_or_lock
from picklebot.cli.terminal import printable
from picklebot.cli.workspace import JsonOption, WorkspaceOption, load_workspace
from picklebot.errors import NotFoundError
from picklebot.logs import configure
from picklebot.ports.messages import MessageRecord, MessageState
from picklebot.storage.database import Database
from picklebot.storage.messages import SqlMessages

app = cyclopts.App(name="messages", help="See what became of messages.")


@app.command(name="list")
async def list_messages(
    *,
    state: MessageState | None = None,
    limit: int = 50,
    offset: int = 0,
    json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """List messages, the newest first.

    Parameters
    ----------
    state
        Only those that stand there. A failed one may be redriven; an uncertain one was answered, and nobody
        knows whether that arrived.
    limit
        How many at most.
    offset
        How many to pass over.
    """
    found = await read_rows(
        workspace,
        lambda tx: SqlMessages().find(tx, state=state, limit=max(0, limit), offset=max(0, offset)),
        missing=[],
    )
    if json:
        print_json([_message(record) for record in found])
        return
    print_table(
        ("message", "state", "accepted", "tries", "session", "speaker", "reason", "text"),
        [
            (
                record.id,
                record.state.value,
                time_text(record.accepted_at) or "-",
                str(record.attempts),
                record.session_id or "-",
                printable(f"{record.platform}:{record.speaker}"),
                record.reason or "-",
                printable(record.text),
            )
            for record in found
        ],
    )


@app.command
async def show(message_id: str, /, *, json: JsonOption = False, workspace: WorkspaceOption = None) -> None:
    """Show one message: what it was, and what became of it.

    Parameters
    ----------
    message_id
        The message's id, or its first eight digits: the reference that its speaker was told.
    """
    record = await read_rows(workspace, lambda tx: SqlMessages().get(tx, message_id), missing=None)
    if record is None:
        raise NotFoundError("there are no messages yet")
    if json:
        print_json(_message(record))
        return
    for name, value in _message(record).items():
        print(f"{name:<12}  {printable(str(value or '-'))}")


@app.command
async def redrive(message_id: str, /, *, workspace: WorkspaceOption = None) -> None:
    """Let a failed message have its turn again, with its original text.

    Parameters
    ----------
    message_id
        The message's id, or its first eight digits: the reference that its speaker was told.
    """
    configure("error")
    place, loaded = load_workspace(workspace)
    async with running_or_lock(place, loaded) as running:
        if running is not None:
            answer = await running.post(f"/api/v1/messages/{message_id}/redrive", {})
            print(f"{answer['id']} has its turn again")
            return
        async with Database.open(loaded.database_url) as database:
            job = await database.write(lambda tx: SqlMessages().revive(tx, message_id))
    print(f"{job.id} has its turn again when the gateway starts")


def _message(record: MessageRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "state": record.state.value,
        "session_id": record.session_id,
        "agent": record.agent,
        "platform": record.platform,
        "speaker": record.speaker,
        "text": record.text,
        "reason": record.reason,
        "attempts": record.attempts,
        "reply": record.reply or None,
        "accepted_at": time_text(record.accepted_at),
        "changed_at": time_text(record.changed_at),
    }
