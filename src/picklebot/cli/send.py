"""`picklebot send`: let the bot speak first."""

from __future__ import annotations

import sys
from typing import Annotated

from cyclopts import Parameter

from picklebot.api.resources import TEXT_LIMIT, writable
from picklebot.assembly.posting import open_posting
from picklebot.cli.running import running_or_lock
from picklebot.cli.workspace import WorkspaceOption, load_workspace
from picklebot.errors import UsageError
from picklebot.logs import configure


async def send(
    *words: Annotated[str, Parameter(allow_leading_hyphen=True)],
    to: str | None = None,
    session: str | None = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Post a message: to the default chat, or to the one that is named.

    It is kept before this ends. The gateway delivers it: now if it runs, else when it starts.
    Without words, the message is read from standard input.

    Parameters
    ----------
    words
        The message.
    to
        The chat: PLATFORM:CHAT_ID or PLATFORM:CHAT_ID#THREAD.
    session
        The session, by its id.
    """
    configure("error")
    text = " ".join(words).strip()
    if not text and not sys.stdin.isatty():
        text = sys.stdin.read().strip()
    if not text:
        raise UsageError('there is nothing to post; write: picklebot send "hello"')
    if len(text) > TEXT_LIMIT:
        raise UsageError(f"a message may have {TEXT_LIMIT:,} characters; this one has {len(text):,}")
    text = writable(text)
    place, loaded = load_workspace(workspace)
    async with running_or_lock(place, loaded) as running:
        if running is not None:
            found = await running.post("/api/v1/posts", {"text": text, "to": to, "session_id": session})
            print(f"posted to {found['platform']}:{found['chat_id']}")
            return
        async with open_posting(loaded) as posting:
            posted = await posting.post(text, to=to, session_id=session)
    print(
        f"kept for {posted.address.platform}:{posted.address.chat_id}; the gateway delivers it when it runs"
    )
