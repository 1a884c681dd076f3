"""`picklebot run` with a model that costs nothing: python bench/gateway.py WORKSPACE [PROFILE]

Everything but the model is as an operator has it. With PROFILE, what its event loop does
after SIGUSR1 is written there at the end.
"""

from __future__ import annotations

import cProfile
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import anyio

import picklebot.app
from picklebot.cli.run import run
from picklebot.model.events import Final, ReplyEvent, TextDelta
from picklebot.model.history import HistoryMessage, Role
from picklebot.ports.engine import Turn


class Parrot:
    """Streams back what was said, in two pieces."""

    async def run(self, turn: Turn) -> AsyncIterator[ReplyEvent]:
        """See Engine."""
        text = turn.job.text
        cut = len(text) * 2 // 3
        yield TextDelta(text[:cut])
        yield TextDelta(text[cut:])
        row = HistoryMessage(
            Role.ASSISTANT, text, at=datetime.now(UTC), agent=turn.agent.id, turn=turn.job.id
        )
        yield Final(text, (row,))


def main(workspace: str, profile: str = "") -> None:
    """Serve until SIGTERM."""
    picklebot.app.DemoEngine = Parrot
    serve = partial(anyio.run, partial(run, workspace=Path(workspace)))
    if not profile:
        serve()
        return
    profiler = cProfile.Profile()
    signal.signal(signal.SIGUSR1, lambda *_: profiler.enable())
    try:
        serve()
    finally:
        profiler.disable()
        profiler.dump_stats(profile)


if __name__ == "__main__":
    main(*sys.argv[1:])
