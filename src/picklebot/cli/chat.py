"""`picklebot chat`: one question, one answer on stdout and nothing else."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Annotated

from cyclopts import Parameter

from picklebot.api.gateway import SessionWish
from picklebot.cli.doors import open_door
from picklebot.cli.terminal import printable
from picklebot.cli.workspace import WorkspaceOption, load_workspace
from picklebot.config.secrets import secrets_of
from picklebot.errors import UsageError
from picklebot.logs import configure
from picklebot.model.session import is_session_id

SessionOption = Annotated[
    str, Parameter(name="--session", help="last (go on, the default), new, or a session's id.")
]


async def chat(*words: str, session: SessionOption = "last", workspace: WorkspaceOption = None) -> None:
    """Say something to an agent and print its answer.

    Without words, the message is read from standard input. Words that begin with a dash stand after --.

    Parameters
    ----------
    words
        @AGENT to choose an agent, then the message.
    """
    configure("error")
    agent, text = split_words(words)
    if not text and not sys.stdin.isatty():
        text = sys.stdin.buffer.read().decode("utf-8", "replace").strip()
    if not text:
        raise UsageError('there is nothing to say; write: picklebot chat "hello"')
    if session not in {"last", "new"} and not is_session_id(session):
        raise UsageError(f"--session is last, new or a session's id, not {session!r}")
    place, loaded = load_workspace(workspace)
    configure("error", secrets=secrets_of(loaded.settings))
    async with open_door(place, loaded) as door:
        if session in {"last", "new"}:
            wish = SessionWish("console", getpass.getuser(), agent=agent, fresh=session == "new")
            entered = await door.session(wish)
            session = entered.session_id
            if entered.notice:
                print(entered.notice, file=sys.stderr)
        said = await door.ask(session, text)
    for notice in said.notices:
        print(notice, file=sys.stderr)
    for path in said.files:
        print(f"file: {printable(str(place.results(session) / path))}", file=sys.stderr)
    print(printable(said.reply) if sys.stdout.isatty() else said.reply)


def split_words(words: tuple[str, ...]) -> tuple[str | None, str]:
    """The agent that a leading `@name` chooses, and the message."""
    # What a terminal of another encoding sends is not text; it must not stop the rest.
    readable = [os.fsencode(word).decode("utf-8", "replace") for word in words]
    if readable and readable[0].startswith("@") and len(readable[0]) > 1:
        return readable[0][1:], " ".join(readable[1:]).strip()
    return None, " ".join(readable).strip()
