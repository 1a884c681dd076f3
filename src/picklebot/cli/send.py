"""`picklebot send`: let the bot speak first."""

from __future__ import annotations

import re
import sys
from typing import Annotated

from cyclopts import Parameter

from picklebot.api.resources import MESSAGE_ID, TEXT_LIMIT, writable
from picklebot.assembly.posting import open_posting
from picklebot.cli.running import running_or_lock
from picklebot.cli.workspace import WorkspaceOption, load_workspace
from picklebot.errors import UsageError
from picklebot.logs import configure


async def send(
    *words: Annotated[str, Parameter(allow_leading_hyphen=True)],
    to: str | None = None,
    session: str | None = None,
    post_id: Annotated[str | None, Parameter(name="--id")] = None,
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
    post_id
        A name of your own for this message: sent again under it, it is not posted twice.
    """
    configure("error")
    text = " ".join(words).strip()
    if not text and not sys.stdin.isatty():
        text = sys.stdin.read().strip()
    if not text:
        raise UsageError('there is nothing to post; write: picklebot send "hello"')
    if len(text) > TEXT_LIMIT:
        raise UsageError(f"a message may have {TEXT_LIMIT:,} characters; this one has {len(text):,}")
    if post_id is not None and not re.fullmatch(MESSAGE_ID, post_id):
        raise UsageError(f"--id has letters, digits, - and _, not {post_id!r}")
    text = writable(text)
    place, loaded = load_workspace(workspace)
    async with running_or_lock(place, loaded) as running:
        if running is not None:
            body = {"text": text, "to": to, "session_id": session, "post_id": post_id}
            found = await running.post("/api/v1/posts", body)
            print(f"posted to {found['platform']}:{found['chat_id']}")
            return
        async with open_posting(loaded) as posting:
            posted = await posting.post(text, to=to, session_id=session, post_id=post_id)
    print(
        f"kept for {posted.address.platform}:{posted.address.chat_id}; the gateway delivers it when it runs"
    )
